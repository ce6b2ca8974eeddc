//! The simulation itself: single faults by hand, many by seed, and the proof that it sees what it is
//! there to see.

mod calls;
mod scripts;
mod seeds;

use sim::{Ended, Plan, Rule, run};

/// Runs a plan, in which nothing may go wrong in the end.
pub(crate) fn ran(plan: Plan) -> Ended {
    let ended = run(plan, Rule::Gated, true);
    assert_eq!(
        ended.wrong,
        Vec::<String>::new(),
        "{}",
        ended.lines.join("\n")
    );
    ended
}

/// Runs a plan in which one video is bought: it has one job, which one attempt made.
pub(crate) fn bought_once(plan: Plan) -> Ended {
    let ended = ran(plan);
    let counts = (ended.tally.jobs, ended.tally.attempts);
    assert_eq!(counts, (1, 1), "{}", ended.lines.join("\n"));
    ended
}

/// The lines of the record with this text in them.
pub(crate) fn lines<'e>(ended: &'e Ended, text: &str) -> Vec<&'e str> {
    let all = ended.lines.iter().map(String::as_str);
    all.filter(|line| line.contains(text)).collect()
}

#[track_caller]
pub(crate) fn happened(ended: &Ended, text: &str) {
    assert!(
        !lines(ended, text).is_empty(),
        "no `{text}`:\n{}",
        ended.lines.join("\n")
    );
}
