//! Formats generated Rust with the stable `rustfmt` of the machine.
//!
//! The settings are the workspace's own (`rustfmt.toml`), so that formatting the workspace later
//! changes no generated file.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// Formats one file's text.
///
/// # Errors
///
/// When there is no `rustfmt`, or when the text is no Rust.
pub fn format(root: &Path, source: &str) -> Result<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--config-path"])
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("rustfmt cannot be started; install it with `rustup component add rustfmt`")?;
    let mut stdin = child.stdin.take().context("rustfmt takes no input")?;
    // Written from a thread of its own, because a pipe holds less than a file.
    let writer = std::thread::spawn({
        let source = source.to_owned();
        move || stdin.write_all(source.as_bytes())
    });
    let output = child.wait_with_output().context("rustfmt did not end")?;
    let written = writer.join();
    if !output.status.success() {
        bail!(
            "rustfmt refuses the generated code: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    if !matches!(written, Ok(Ok(()))) {
        bail!("rustfmt did not read the generated code");
    }
    String::from_utf8(output.stdout).context("rustfmt's output is not UTF-8")
}
