//! A temporary folder whose files are searched before they are gone.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::{end, find_key};

/// A temporary folder; when it is dropped, each file in it is searched for planted keys.
///
/// Call-back addresses may be in there: a ledger keeps the requests it may have to send again, and
/// they name them.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// A new, empty folder.
    ///
    /// # Errors
    ///
    /// When the system has no place for one.
    pub fn new() -> io::Result<Self> {
        tempfile::tempdir().map(Self)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        search(self.path());
    }
}

/// A file that is gone meanwhile, or cannot be read, is nothing that came out.
fn search(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            search(&path);
        } else if let Ok(bytes) = fs::read(&path)
            && let Some(found) = find_key(&bytes)
        {
            end(&format!("the file {}", path.display()), &found);
        }
    }
}
