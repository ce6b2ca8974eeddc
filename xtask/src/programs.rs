//! The programs of this workspace, built as the tests are or as a user has them. Must not run them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

/// How a program is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// As the tests are, so that nothing is compiled twice.
    Tested,
    /// As the tests are, but optimised: where much is computed.
    Simulated,
    /// As a user has it; the emulator's programs only.
    Optimised,
}

/// A program of this workspace.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    Command(&'static str),
    Example(&'static str),
}

/// The folder that cargo builds into.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Builds a program, if need be, and gives its path.
///
/// # Errors
///
/// When it does not build.
pub(crate) fn built(root: &Path, build: Build, program: Program) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet"]).args(program.target());
    let mut path = target(root);
    match build {
        Build::Tested | Build::Simulated => {
            cargo.args(["--workspace", "--all-features"]);
            // The features of what only tests and examples use are switched on where one of those is
            // built. Without one, a command and all that it stands on would be compiled anew.
            if matches!(program, Program::Command(_)) {
                cargo.args(Program::SERVE.target());
            }
            if build == Build::Simulated {
                cargo.arg("--profile=sim");
                path.push("sim");
            } else {
                path.push("debug");
            }
        }
        Build::Optimised => {
            cargo.args(["--release", "--package=creatify-emulator"]);
            path.push("release");
        }
    }
    if !cargo.current_dir(root).status()?.success() {
        bail!("{} does not build", program.name());
    }
    if matches!(program, Program::Example(_)) {
        path.push("examples");
    }
    let file = format!("{}{}", program.name(), std::env::consts::EXE_SUFFIX);
    Ok(path.join(file))
}

impl Program {
    /// The emulator as a process.
    pub(crate) const SERVE: Self = Self::Example("serve");
    /// The command `creatify`.
    pub(crate) const CREATIFY: Self = Self::Command("creatify");
    /// The simulations.
    pub(crate) const SIM: Self = Self::Command("sim");

    fn name(self) -> &'static str {
        match self {
            Self::Command(name) | Self::Example(name) => name,
        }
    }

    fn target(self) -> [&'static str; 2] {
        match self {
            Self::Command(name) => ["--bin", name],
            Self::Example(name) => ["--example", name],
        }
    }
}
