//! What the pricing core weighs as WebAssembly: the probe is built as a page would, and its bytes
//! are counted.
//!
//! No tool shrinks the file: what is counted is what the compiler gives anyone.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// The target without a system below it.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The most bytes the module may have.
pub(crate) const LIMIT: u64 = 40_000;

/// Whether the target's library is there.
pub(crate) fn is_installed() -> bool {
    let printed = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let directory = printed
        .ok()
        .and_then(|out| String::from_utf8(out.stdout).ok());
    directory.is_some_and(|path| {
        let path = path.trim();
        !path.is_empty() && Path::new(path).is_dir()
    })
}

/// What is said where it is not.
pub(crate) fn missing() -> String {
    format!("target {TARGET} is not installed (`rustup target add {TARGET}`)")
}

/// Builds the probe and counts its bytes.
///
/// # Errors
///
/// When it does not build, or is heavier than [`LIMIT`].
pub(crate) fn weigh(root: &Path) -> Result<u64> {
    let probe = root.join("wasm-probe");
    // A folder of its own: cargo's lock on the other one may be held by who called this.
    let folder = root.join("target").join("wasm-probe");
    let status = Command::new("cargo")
        .args(["build", "--release", "--locked", "--target", TARGET])
        .arg("--manifest-path")
        .arg(probe.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&folder)
        .status()
        .context("cargo did not start")?;
    if !status.success() {
        bail!("the probe does not build: {status}");
    }
    let module = folder.join(TARGET).join("release/wasm_probe.wasm");
    let bytes = std::fs::metadata(&module)
        .with_context(|| module.display().to_string())?
        .len();
    within(bytes)
}

fn within(bytes: u64) -> Result<u64> {
    if bytes > LIMIT {
        bail!("the probe has {bytes} bytes, more than {LIMIT}; what was added to a quote?");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_above_the_limit_fails() {
        assert_eq!(within(LIMIT).expect("just light enough"), LIMIT);
        assert!(within(LIMIT + 1).is_err());
    }
}
