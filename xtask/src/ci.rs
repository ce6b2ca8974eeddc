//! `cargo xtask ci`: every gate that a change must pass, one after another, with seconds per step.
//!
//! CI runs this command and nothing else, so a green run here is a green run there. A step that
//! needs a tool or a target this machine lacks is skipped loudly and counted; no step needs more
//! than Rust and a C compiler to be worth running.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::output::{complain, say};
use crate::programs::{Build, Program, built};
use crate::sim::SimArgs;
use crate::wasm;

/// What came of one step.
enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

impl From<Result<()>> for Outcome {
    fn from(result: Result<()>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(error) => Self::Failed(format!("{error:#}")),
        }
    }
}

/// One gate: what is printed in front of it, and what it does.
struct Step {
    name: &'static str,
    run: fn(&Path) -> Outcome,
}

/// The order puts the cheap gates first, and the ones that share a build next to each other.
const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        run: |root| cargo(root, &["fmt", "--all", "--check"]),
    },
    Step {
        name: "tidy",
        run: tidy,
    },
    Step {
        name: "generate --check",
        run: generated_is_fresh,
    },
    Step {
        name: "clippy",
        run: |root| {
            let lint = [
                "clippy",
                "--workspace",
                "--all-targets",
                "--all-features",
                "--",
                "-Dwarnings",
            ];
            cargo(root, &lint)
        },
    },
    Step {
        name: "core: features",
        run: core_features,
    },
    Step {
        name: "core: no dependency",
        run: core_has_no_dependency,
    },
    Step {
        name: "core: wasm32",
        run: core_builds_for_wasm,
    },
    Step {
        name: "core: wasm size",
        run: wasm_probe_is_small,
    },
    Step {
        name: "core: package",
        run: |root| {
            // Verified: the packed files alone are compiled, without the workspace around them.
            let package = ["package", "--package=creatify-core", "--allow-dirty"];
            cargo(root, &package)
        },
    },
    Step {
        name: "no aws-lc-rs",
        run: no_second_crypto_library,
    },
    Step {
        name: "test",
        run: tests,
    },
    Step {
        name: "doctest",
        run: |root| cargo(root, &["test", "--workspace", "--all-features", "--doc"]),
    },
    Step {
        name: "doc",
        run: docs,
    },
    Step {
        name: "sim",
        run: simulations,
    },
    Step {
        name: "demo",
        run: demo,
    },
    Step {
        name: "judge",
        run: judged,
    },
    Step {
        name: "deny",
        run: |root| if_installed(root, "cargo-deny", &["deny", "check"]),
    },
    Step {
        name: "machete",
        run: |root| if_installed(root, "cargo-machete", &["machete"]),
    },
];

/// Runs every step, also after a failure, and sums up.
///
/// # Errors
///
/// When at least one step failed.
pub fn run(root: &Path) -> Result<()> {
    let mut rows = Vec::new();
    for step in STEPS {
        say(&format!("\n=== {}", step.name));
        let begun = Instant::now();
        let outcome = (step.run)(root);
        rows.push((step.name, outcome, begun.elapsed().as_secs_f64()));
    }
    say("\n=== summary");
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (name, outcome, seconds) in &rows {
        let verdict = match outcome {
            Outcome::Passed => {
                passed += 1;
                "passed".to_owned()
            }
            Outcome::Failed(why) => {
                failed += 1;
                format!("FAILED: {why}")
            }
            Outcome::Skipped(why) => {
                skipped += 1;
                format!("SKIPPED: {why}")
            }
        };
        say(&format!("{seconds:>7.1} s  {name:<20} {verdict}"));
    }
    say(&format!(
        "steps: {passed} passed, {failed} failed, {skipped} skipped"
    ));
    if failed > 0 {
        bail!("{failed} of {} steps failed", rows.len());
    }
    Ok(())
}

/// Every test but the doctests. A test that cannot run here says so on stderr, in a line that begins
/// with "skipped"; those lines are counted.
///
/// Everything the tests print is shown, also by those that pass, and searched for the secrets they
/// plant: logs, panics and files are searched by the tests themselves.
fn tests(root: &Path) -> Outcome {
    let mut command = Command::new("cargo");
    command
        .args([
            "test",
            "--workspace",
            "--all-features",
            "--all-targets",
            "--no-fail-fast",
        ])
        .current_dir(root)
        .env("RUST_TEST_NOCAPTURE", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Outcome::Failed(format!("{command:?} did not start: {error}")),
    };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (printed, complained) = std::thread::scope(|scope| {
        let printed = scope.spawn(move || Heard::on(out, say));
        let complained = Heard::on(err, complain);
        (printed.join().unwrap_or_default(), complained)
    });
    say(&format!(
        "parts of tests that were skipped: {}",
        complained.skips
    ));
    say(&format!(
        "lines searched for planted secrets: {}",
        printed.lines + complained.lines
    ));
    if let Some(place) = printed.secret.or(complained.secret) {
        return Outcome::Failed(format!("a planted secret shows: {place}"));
    }
    match child.wait() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(format!("{command:?} ended with {status}")),
        Err(error) => Outcome::Failed(format!("{command:?} was lost: {error}")),
    }
}

/// The outsiders of `cargo xtask judge`; what the registries do not give is skipped, the rest is not.
fn judged(root: &Path) -> Outcome {
    match crate::judge::run(root) {
        Ok(skipped) if skipped.is_empty() => Outcome::Passed,
        Ok(skipped) => Outcome::Skipped(format!("{}, see above", skipped.join(", "))),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

/// What was heard on one stream of the tests.
#[derive(Default)]
struct Heard {
    lines: usize,
    skips: usize,
    /// Where the first secret stood, and which one.
    secret: Option<String>,
}

impl Heard {
    /// Passes each line on; one that holds a secret is replaced by a word about it.
    fn on(stream: Option<impl Read>, pass: fn(&str)) -> Self {
        let mut heard = Self::default();
        let mut before = String::new();
        for line in stream
            .into_iter()
            .flat_map(|s| BufReader::new(s).split(b'\n'))
        {
            let line = line.unwrap_or_default();
            heard.lines += 1;
            if let Some(found) = planted::find(&line) {
                let place = format!("{found} of the line after `{before}`");
                pass(&place);
                heard.secret.get_or_insert(place);
                continue;
            }
            let line = String::from_utf8_lossy(&line).into_owned();
            heard.skips += usize::from(line.to_lowercase().starts_with("skipped"));
            pass(&line);
            before = line;
        }
        heard
    }
}

fn tidy(root: &Path) -> Outcome {
    crate::tidy::run(root).into()
}

fn generated_is_fresh(root: &Path) -> Outcome {
    crate::generate::run(root, true).into()
}

/// Features are additive and each set builds alone, without a warning.
fn core_features(root: &Path) -> Outcome {
    for features in ["", "alloc", "std", "serde", "schemars"] {
        let arguments = [
            "clippy",
            "--package=creatify-core",
            "--lib",
            "--no-default-features",
            "--features",
            features,
            "--",
            "-Dwarnings",
        ];
        let outcome = cargo(root, &arguments);
        if !matches!(outcome, Outcome::Passed) {
            return outcome;
        }
    }
    Outcome::Passed
}

fn core_has_no_dependency(root: &Path) -> Outcome {
    let arguments = [
        "tree",
        "--package=creatify-core",
        "--edges=normal,build",
        "--prefix=none",
    ];
    match output(root, &arguments) {
        Ok(tree) if tree.lines().count() == 1 => Outcome::Passed,
        Ok(tree) => Outcome::Failed(format!("the dependency tree is not one line:\n{tree}")),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn core_builds_for_wasm(root: &Path) -> Outcome {
    if !wasm::is_installed() {
        return Outcome::Skipped(wasm::missing());
    }
    cargo(
        root,
        &[
            "build",
            "--package=creatify-core",
            "--no-default-features",
            "--target",
            wasm::TARGET,
        ],
    )
}

fn wasm_probe_is_small(root: &Path) -> Outcome {
    if !wasm::is_installed() {
        return Outcome::Skipped(wasm::missing());
    }
    match wasm::weigh(root) {
        Ok(bytes) => {
            say(&format!(
                "a whole quote as WebAssembly: {bytes} bytes of {}",
                wasm::LIMIT
            ));
            Outcome::Passed
        }
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

/// reqwest's default TLS would bring a second crypto library that needs cmake and a minute to
/// compile.
fn no_second_crypto_library(root: &Path) -> Outcome {
    match output(
        root,
        &["tree", "--workspace", "--all-features", "--prefix=none"],
    ) {
        Ok(tree) if tree.contains("aws-lc-rs") => {
            Outcome::Failed("aws-lc-rs is in the tree; `cargo tree -i aws-lc-rs` says why".into())
        }
        Ok(_) => Outcome::Passed,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// The first command of the README. Cargo builds it with what its package alone switches on, which no
/// other step does, so that is checked; the flows run in the program that the tests have built.
fn demo(root: &Path) -> Outcome {
    let alone = cargo(root, &["check", "--quiet", "--package=creatify-cli"]);
    if !matches!(alone, Outcome::Passed) {
        return alone;
    }
    match built(root, Build::Tested, Program::CREATIFY) {
        Ok(creatify) => finish(Command::new(creatify).arg("demo").current_dir(root)),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

/// A fault in one seed of thousands fails the build, with the command that replays it.
fn simulations(root: &Path) -> Outcome {
    match crate::sim::run(root, SimArgs::default()) {
        Ok(true) => Outcome::Passed,
        Ok(false) => Outcome::Failed("see above".to_owned()),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

fn docs(root: &Path) -> Outcome {
    let mut command = Command::new("cargo");
    command
        .args(["doc", "--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-Dwarnings");
    finish(command.current_dir(root))
}

fn if_installed(root: &Path, program: &str, arguments: &[&str]) -> Outcome {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if found {
        cargo(root, arguments)
    } else {
        Outcome::Skipped(format!(
            "{program} is not installed (`cargo install {program}`)"
        ))
    }
}

fn cargo(root: &Path, arguments: &[&str]) -> Outcome {
    finish(Command::new("cargo").args(arguments).current_dir(root))
}

fn finish(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(format!("{command:?} ended with {status}")),
        Err(error) => Outcome::Failed(format!("{command:?} did not start: {error}")),
    }
}

fn output(root: &Path, arguments: &[&str]) -> Result<String> {
    let out = Command::new("cargo")
        .args(arguments)
        .current_dir(root)
        .output()
        .context("cargo did not start")?;
    if !out.status.success() {
        bail!(
            "cargo {arguments:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
    Ok(String::from_utf8(out.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_holds_a_secret_is_named_and_not_passed_on() {
        fn pass(line: &str) {
            assert_eq!(planted::find(line.as_bytes()), None, "it is passed on");
        }
        let text = format!(
            "test a ... ok\nskipped: no strace\nkey {}\n",
            planted::API_KEY
        );
        let heard = Heard::on(Some(text.as_bytes()), pass);
        assert_eq!((heard.lines, heard.skips), (3, 1));
        let place = heard.secret.expect("the key is found");
        assert!(
            place.contains("the API key") && place.contains("no strace"),
            "{place}"
        );
        assert_eq!(Heard::on(Some(&b"all is well"[..]), pass).secret, None);
    }

    /// What the step says of a package whose only test passes, and does this.
    fn tests_that(print: &str) -> Outcome {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = "[package]\nname = 'talkative'\nedition = '2024'\n\n\
            [lib]\npath = 'lib.rs'\n\n[workspace]\n";
        let code = format!("#[test]\nfn passes() {{\n    {print}\n}}\n");
        for (name, text) in [("Cargo.toml", manifest), ("lib.rs", &code)] {
            std::fs::write(folder.path().join(name), text).expect("it is written");
        }
        tests(folder.path())
    }

    #[test]
    fn a_secret_that_a_passing_test_prints_fails_the_step() {
        let well = tests_that("println!(\"all is well\");");
        assert!(matches!(well, Outcome::Passed));
        for print in ["println", "eprintln"] {
            let leak = format!("{print}!(\"{{}}\", {:?});", planted::API_KEY);
            let Outcome::Failed(why) = tests_that(&leak) else {
                panic!("a key on the stream of `{print}` is passed over");
            };
            assert!(why.contains("the API key"), "{why}");
        }
    }
}
