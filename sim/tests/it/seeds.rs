//! Faults drawn from seeds, a handful of them; `cargo xtask sim` runs thousands.

use std::process::Command;

use sim::{Plan, Rule, run};

const SEEDS: u64 = 12;

#[test]
fn nothing_is_paid_twice_lost_or_left_open() {
    let mut ambiguous = 0;
    for seed in 0..SEEDS {
        let ended = run(Plan::of(seed), Rule::Gated, false);
        assert_eq!(ended.wrong, Vec::<String>::new(), "seed {seed}");
        ambiguous += ended.tally.ambiguous;
    }
    assert!(ambiguous > 0, "nothing went wrong");
}

#[test]
fn the_same_seed_is_the_same_to_the_last_line_also_in_another_process() {
    let first = run(Plan::of(3), Rule::Gated, true);
    let second = run(Plan::of(3), Rule::Gated, true);
    assert_eq!(first.lines, second.lines);
    assert_eq!(first.hash, second.hash);
    let other = Command::new(env!("CARGO_BIN_EXE_sim"))
        .arg("--seed=3")
        .output();
    let printed = String::from_utf8(other.expect("it runs").stdout).expect("it is text");
    let hash = format!("trace {:016x}", first.hash);
    assert!(printed.contains(&hash), "{hash} is not in:\n{printed}");
    assert_ne!(run(Plan::of(4), Rule::Gated, false).hash, first.hash);
}

#[test]
fn the_naive_rule_pays_twice_and_exits_with_1() {
    let harness = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(["--naive", "--seeds=12"])
        .output()
        .expect("it runs");
    let printed = String::from_utf8(harness.stdout).expect("it is text");
    assert_eq!(harness.status.code(), Some(1), "{printed}");
    assert!(printed.contains("a double spend"), "{printed}");
    assert!(
        printed.contains("replay: cargo xtask sim --seed "),
        "{printed}"
    );
}
