//! Puts the generated files on disk, all of them or none, or says which are stale.
//!
//! Nothing is written before everything is made. A file that did not change is not touched, so its
//! time stays and nothing that depends on it is built again.

use std::{
    borrow::Cow,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use similar::TextDiff;
use tempfile::NamedTempFile;

/// Lines of a diff that are shown; a longer one is cut and says so.
const DIFF_LINES: usize = 60;

/// One generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Path relative to the workspace, with `/` between its parts.
    pub path: Cow<'static, str>,
    /// The whole text.
    pub text: String,
}

/// A file on disk that is not what the folder makes.
#[derive(Clone, Debug)]
pub struct Stale {
    /// Path relative to the workspace.
    pub path: Cow<'static, str>,
    /// Unified diff from the file on disk to what it should be, cut at a sane length.
    pub diff: String,
}

/// The outputs whose file on disk differs or is missing.
///
/// # Errors
///
/// When a file is there and cannot be read.
pub fn stale(root: &Path, outputs: &[Output]) -> Result<Vec<Stale>> {
    let mut stale = Vec::new();
    for output in outputs {
        let current = read(&root.join(&*output.path))?.unwrap_or_default();
        if current != output.text.as_bytes() {
            let current = String::from_utf8_lossy(&current);
            stale.push(Stale {
                path: output.path.clone(),
                diff: diff(output, &current),
            });
        }
    }
    Ok(stale)
}

fn diff(output: &Output, current: &str) -> String {
    let diff = TextDiff::from_lines(current, output.text.as_str());
    let new = format!("{} (generated)", output.path);
    let text = diff
        .unified_diff()
        .context_radius(2)
        .header(&output.path, &new)
        .to_string();
    let count = text.lines().count();
    if count <= DIFF_LINES {
        return text.trim_end().to_owned();
    }
    let mut cut: String = text.lines().take(DIFF_LINES).collect::<Vec<_>>().join("\n");
    cut.push_str(&format!(
        "\n... {} more lines of this diff",
        count - DIFF_LINES
    ));
    cut
}

/// Writes the outputs whose text changed and returns their paths.
///
/// All texts are first written beside their places; only then is any put in place. When that
/// fails half-way, the files already replaced get their old text back.
///
/// # Errors
///
/// When a file cannot be read or written; every file is then as it was.
pub fn write(root: &Path, outputs: &[Output]) -> Result<Vec<Cow<'static, str>>> {
    let mut staged = Vec::new();
    for output in outputs {
        let path = root.join(&*output.path);
        let old = read(&path)?;
        if old.as_deref() != Some(output.text.as_bytes()) {
            let file = stage(&path, output.text.as_bytes())
                .with_context(|| format!("{} cannot be written", output.path))?;
            staged.push((output.path.clone(), path, old, file));
        }
    }
    let mut written = Vec::new();
    let mut replaced: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
    for (name, path, old, file) in staged {
        if let Err(error) = file.persist(&path) {
            let undone = undo(replaced);
            return Err(error.error).with_context(|| format!("{name} cannot be replaced{undone}"));
        }
        replaced.push((path, old));
        written.push(name);
    }
    Ok(written)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn stage(path: &Path, text: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let file = NamedTempFile::new_in(folder)?;
    fs::write(file.path(), text)?;
    // A temporary file is private; a source file is read by everybody who may read its neighbours.
    let permissions = match fs::metadata(path) {
        Ok(metadata) => metadata.permissions(),
        Err(_) => readable_by_all(file.path())?,
    };
    fs::set_permissions(file.path(), permissions)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(unix)]
fn readable_by_all(_: &Path) -> io::Result<fs::Permissions> {
    Ok(std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(path: &Path) -> io::Result<fs::Permissions> {
    Ok(fs::metadata(path)?.permissions())
}

/// Gives the files back their old text; returns what to add to the message when that fails too.
fn undo(replaced: Vec<(PathBuf, Option<Vec<u8>>)>) -> String {
    let mut lost = Vec::new();
    for (path, old) in replaced {
        let result = match old {
            Some(bytes) => fs::write(&path, bytes),
            None => fs::remove_file(&path),
        };
        if result.is_err() {
            lost.push(path.display().to_string());
        }
    }
    if lost.is_empty() {
        String::new()
    } else {
        format!("; restore these by `git checkout`: {}", lost.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(path: &'static str, text: &str) -> Output {
        Output {
            path: path.into(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn only_what_changed_is_written() {
        let root = tempfile::tempdir().unwrap();
        let first = [output("a/x.rs", "1\n"), output("b.md", "2\n")];
        assert_eq!(write(root.path(), &first).unwrap(), ["a/x.rs", "b.md"]);
        assert!(write(root.path(), &first).unwrap().is_empty());
        let second = [output("a/x.rs", "1\n"), output("b.md", "3\n")];
        let stale = stale(root.path(), &second).unwrap();
        assert_eq!(stale.len(), 1);
        assert!(stale[0].diff.contains("-2\n+3"), "{}", stale[0].diff);
        assert_eq!(write(root.path(), &second).unwrap(), ["b.md"]);
    }

    #[test]
    fn a_failure_leaves_every_file_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[output("a.rs", "old\n")]).unwrap();
        // A folder in the place of a file cannot be replaced by one.
        fs::create_dir_all(root.path().join("b.rs/inner")).unwrap();
        let outputs = [output("a.rs", "new\n"), output("b.rs", "new\n")];
        assert!(write(root.path(), &outputs).is_err());
        assert_eq!(
            fs::read_to_string(root.path().join("a.rs")).unwrap(),
            "old\n"
        );
        let names: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(names.len(), 2, "no temporary file stays behind");
    }

    #[test]
    fn files_already_replaced_get_their_text_back() {
        let root = tempfile::tempdir().unwrap();
        let (kept, made) = (root.path().join("kept"), root.path().join("made"));
        fs::write(&kept, "new").unwrap();
        fs::write(&made, "new").unwrap();
        let message = undo(vec![
            (kept.clone(), Some(b"old".to_vec())),
            (made.clone(), None),
        ]);
        assert_eq!(message, "");
        assert_eq!(fs::read_to_string(kept).unwrap(), "old");
        assert!(!made.exists());
    }

    #[test]
    fn a_long_diff_is_cut_and_says_so() {
        let text: String = (0..500).map(|line| format!("{line}\n")).collect();
        let cut = diff(&output("a.rs", &text), "");
        assert!(cut.lines().count() <= DIFF_LINES + 1);
        assert!(cut.contains("more lines of this diff"));
    }
}
