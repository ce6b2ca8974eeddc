//! Faults drawn from seeds, a handful of them; `cargo xtask sim` runs thousands.

use std::process::Command;

use sim::{Plan, Rule, Tally, run};

const SEEDS: u64 = 12;

#[test]
fn nothing_is_paid_twice_lost_or_left_open() {
    let mut all = Tally::default();
    for seed in 0..SEEDS {
        let ended = run(Plan::of(seed), Rule::Gated, false);
        assert_eq!(ended.wrong, Vec::<String>::new(), "seed {seed}");
        all.add(&ended.tally);
    }
    assert!(all.ambiguous > 0, "nothing went wrong");
    assert!(all.called > 0 && all.confirmed > 0, "{all:?}");
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
fn each_naive_rule_is_seen_through_and_exits_with_1() {
    for (rule, wrong) in [
        ("--naive", "a double spend"),
        ("--trusting", "was reported done, and its job is not"),
    ] {
        let harness = Command::new(env!("CARGO_BIN_EXE_sim"))
            .args([rule, "--seeds=12"])
            .output()
            .expect("it runs");
        let printed = String::from_utf8(harness.stdout).expect("it is text");
        assert_eq!(harness.status.code(), Some(1), "{printed}");
        assert!(printed.contains(wrong), "{printed}");
        let replays =
            |line: &str| line.contains("replay: cargo xtask sim --seed ") && line.ends_with(rule);
        assert!(printed.lines().any(replays), "{printed}");
    }
}
