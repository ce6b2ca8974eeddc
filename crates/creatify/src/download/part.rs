//! The file while it grows: `<name>.part`, what it takes to resume it, and the last step.
//!
//! One download at a time writes a part file, held by a lock of the operating system that dies with
//! the process. Everything here blocks and belongs on a thread that may.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// How much is read at a time when what is here is hashed again.
const CHUNK: usize = 256 * 1024;

/// The largest bookkeeping that is read.
const MAX_NOTES: u64 = 16 * 1024;

/// What it takes to resume; the address is kept as a hash, because it may hold a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Notes {
    url_sha256: String,
    etag: String,
}

/// A file that is not complete.
pub(super) struct Part {
    path: PathBuf,
    part_path: PathBuf,
    notes_path: PathBuf,
    url_sha256: String,
    replaces: bool,
    file: File,
    hash: Context,
    bytes: u64,
    etag: Option<String>,
    resumed_at: u64,
}

impl Part {
    /// Opens the part file of `path`, and takes up what an earlier download of the same address
    /// left in it.
    pub(super) fn open(path: PathBuf, url: &str, replaces: bool) -> Result<Self, Error> {
        let part_path = beside(&path, ".part");
        let notes_path = beside(&path, ".part.json");
        if !replaces {
            refuse_existing(&path)?;
        }
        // A link planted under this name would have its target overwritten.
        for path in [&part_path, &notes_path] {
            if fs::symlink_metadata(path).is_ok_and(|data| !data.is_file()) {
                return Err(file_error(format!("{} is no plain file", path.display())));
            }
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part_path)
            .map_err(|error| cannot("write", &part_path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message = format!("another download is writing {}", part_path.display());
                return Err(file_error(message).hint("wait for it, or choose another file"));
            }
            Err(TryLockError::Error(error)) => return Err(cannot("lock", &part_path, error)),
        }
        // Whoever held the lock may have finished and moved the file away in between.
        if !is_still_at(&file, &part_path) || (!replaces && path.exists()) {
            let message = format!("another download has just written {}", path.display());
            return Err(file_error(message));
        }
        let url_sha256 = hex(ring::digest::digest(&SHA256, url.as_bytes()).as_ref());
        let mut part = Self {
            path,
            part_path,
            notes_path,
            url_sha256,
            replaces,
            file,
            hash: Context::new(&SHA256),
            bytes: 0,
            etag: None,
            resumed_at: 0,
        };
        match part.read_notes() {
            Some(notes) if notes.url_sha256 == part.url_sha256 => {
                part.hash_what_is_here()
                    .map_err(|error| cannot("read", &part.part_path, error))?;
                part.etag = (part.bytes > 0).then_some(notes.etag);
                part.resumed_at = part.bytes;
            }
            _ => part.start_over()?,
        }
        Ok(part)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The validator of what is here; nothing can be resumed without one.
    pub(super) fn validator(&self) -> Option<&str> {
        self.etag.as_deref().filter(|_| self.bytes > 0)
    }

    pub(super) fn resumed_at(&self) -> u64 {
        self.resumed_at
    }

    /// Throws away what is here.
    pub(super) fn start_over(&mut self) -> Result<(), Error> {
        remove(&self.notes_path)?;
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .map_err(|error| cannot("write", &self.part_path, error))?;
        self.hash = Context::new(&SHA256);
        self.bytes = 0;
        self.etag = None;
        self.resumed_at = 0;
        Ok(())
    }

    /// Begins a whole file with this validator, or without one.
    pub(super) fn begin(&mut self, etag: Option<String>) -> Result<(), Error> {
        self.start_over()?;
        let Some(etag) = etag else {
            return Ok(());
        };
        let notes = Notes {
            url_sha256: self.url_sha256.clone(),
            etag: etag.clone(),
        };
        let text = serde_json::to_vec(&notes)
            .map_err(|error| cannot("write", &self.notes_path, error.into()))?;
        fs::write(&self.notes_path, text)
            .map_err(|error| cannot("write", &self.notes_path, error))?;
        self.etag = Some(etag);
        Ok(())
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file
            .write_all(bytes)
            .map_err(|error| cannot("write", &self.part_path, error))?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Gives the complete file its name; returns its SHA-256.
    pub(super) fn finish(self) -> Result<(PathBuf, String), Error> {
        self.file
            .sync_all()
            .map_err(|error| cannot("write", &self.part_path, error))?;
        if !self.replaces {
            refuse_existing(&self.path)?;
        }
        fs::rename(&self.part_path, &self.path)
            .map_err(|error| cannot("write", &self.path, error))?;
        remove(&self.notes_path)?;
        sync_folder_of(&self.path);
        Ok((self.path, hex(self.hash.finish().as_ref())))
    }

    /// Throws everything away.
    pub(super) fn discard(self) -> Result<(), Error> {
        remove(&self.notes_path)?;
        remove(&self.part_path)
    }

    fn read_notes(&self) -> Option<Notes> {
        let file = File::open(&self.notes_path).ok()?;
        let mut text = Vec::new();
        file.take(MAX_NOTES).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }

    fn hash_what_is_here(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            match self.file.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    self.hash.update(&chunk[..count]);
                    self.bytes += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn refuse_existing(path: &Path) -> Result<(), Error> {
    // A dangling link counts too.
    if fs::symlink_metadata(path).is_ok() {
        let message = format!("{} exists already", path.display());
        return Err(file_error(message).hint("choose another file, or ask for it to be replaced"));
    }
    Ok(())
}

/// Whether the open file is the one that has this name now.
fn is_still_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(named)) = (file.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        (open.dev(), open.ino()) == (named.dev(), named.ino())
    }
    #[cfg(not(unix))]
    {
        open.len() == named.len()
    }
}

/// Makes the new name last through a loss of power, where the system has a way to.
fn sync_folder_of(path: &Path) {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        // The file itself is safe; at worst it is there under its part name.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    #[cfg(not(unix))]
    let _ = path;
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cannot("remove", path, error)),
        _ => Ok(()),
    }
}

fn file_error(message: String) -> Error {
    Error::new(ErrorKind::File, message)
}

fn cannot(what: &str, path: &Path, error: io::Error) -> Error {
    file_error(format!("cannot {what} {}", path.display())).because(error)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
