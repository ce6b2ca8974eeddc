//! Call-backs, and what goes wrong with them, to a client that waits for each job and to one that waits
//! for all of them in a fleet.

use creatify::emulator::Fault;
use sim::Event::{Crash, Start};
use sim::Forgery::{Nested, OtherJob, OwnJob, WrongToken};
use sim::Kind::{Listed, Previewed, Unlisted};
use sim::{Plan, Rule, run};

use crate::{bought_once, happened, lines, ran};

/// The plan for both ways to wait, with call-backs.
fn both_ways(plan: impl Fn() -> Plan) -> [Plan; 2] {
    [plan(), plan().with_fleet()].map(Plan::called_back)
}

fn one() -> Plan {
    Plan::quiet().buys(Listed, 0)
}

fn unlisted() -> Plan {
    Plan::quiet().buys(Unlisted, 0)
}

fn previewed() -> Plan {
    Plan::quiet().buys(Previewed { callers: 1 }, 0)
}

#[test]
fn a_lost_answer_that_no_list_shows_is_found_by_its_call_back() {
    let lost = || unlisted().fault(Fault::AnswerLost);
    for plan in both_ways(lost) {
        let ended = bought_once(plan);
        assert_eq!(ended.tally.confirmed, 1);
        assert!(lines(&ended, "PersonAdopts").is_empty());
        happened(&ended, "-> settled");
    }
    // Without call-backs it takes a person.
    happened(&bought_once(lost()), "PersonAdopts");
}

#[test]
fn a_call_back_before_its_answer_merges_with_it() {
    for plan in both_ways(|| one().fault(Fault::WebhookEarly)) {
        happened(&bought_once(plan), "Confirmed");
    }
    for plan in both_ways(|| one().fault(Fault::WebhookEarly).fault(Fault::AnswerLost)) {
        bought_once(plan);
    }
}

#[test]
fn call_backs_that_are_lost_late_or_doubled_change_nothing() {
    for fault in [
        Fault::WebhookLost,
        Fault::WebhookLate { seconds: 100 },
        Fault::WebhookRepeated { copies: 50 },
    ] {
        for plan in both_ways(|| one().fault(fault.clone().always())) {
            happened(&bought_once(plan), "-> settled");
        }
    }
}

/// Whoever calls back about the preview while the render runs says `done`, with the id of both.
#[test]
fn an_end_of_the_preview_that_comes_late_ends_no_render() {
    let late = || (30..38).fold(previewed(), |plan, at| plan.forged(at * 2_500, OwnJob));
    for plan in both_ways(late) {
        let ended = ran(plan);
        assert_eq!((ended.tally.jobs, ended.tally.attempts), (1, 2));
        let place = |text: &str| ended.lines.iter().rposition(|line| line.contains(text));
        let rendered = place("2 phases of 1 jobs are paid for");
        assert!(rendered.is_some() && rendered < place("OwnJob: 202"));
    }
    let trusting = run(late().called_back(), Rule::Trusting, false);
    assert!(was_fooled(&trusting.wrong), "{:?}", trusting.wrong);
}

#[test]
fn a_process_that_is_down_misses_a_call_back_and_the_next_one_looks() {
    for plan in both_ways(unlisted) {
        let ended = bought_once(plan.event(10_000, Crash).event(200_000, Start));
        happened(&ended, "calls    nobody");
        happened(&ended, "-> settled");
    }
}

/// Whether somebody was told of an end that there is not.
fn was_fooled(wrong: &[String]) -> bool {
    wrong
        .iter()
        .any(|what| what.ends_with("and its job is not"))
}

#[test]
fn a_forged_end_fools_nobody_but_who_trusts_it() {
    for forgery in [OwnJob, OtherJob] {
        let forged = || one().buys(Listed, 500).forged(10_000, forgery);
        for plan in both_ways(forged) {
            let ended = ran(plan);
            happened(&ended, &format!("{forgery:?}: 202"));
            assert_eq!((ended.tally.jobs, ended.tally.attempts), (2, 2));
        }
        let trusting = run(forged().called_back(), Rule::Trusting, false);
        assert!(was_fooled(&trusting.wrong), "{:?}", trusting.wrong);
    }
    // The same from somebody who has the address of a call whose answer is missing.
    let forged = || {
        let forged = Fault::WebhookForged { delay_seconds: 5 };
        one().fault(Fault::AnswerLost).fault(forged)
    };
    for plan in both_ways(forged) {
        bought_once(plan);
    }
    let trusting = run(forged().called_back(), Rule::Trusting, false);
    assert!(was_fooled(&trusting.wrong), "{:?}", trusting.wrong);
}

#[test]
fn a_claimed_id_adopts_no_job_of_another_call() {
    let forged = || {
        // Neither call knows its job, so that each job could be taken for the other's.
        let plan = one().buys(Listed, 500).fault(Fault::AnswerLost.times(2));
        let plan = plan.fault(Fault::WebhookLost.always());
        (4..20).fold(plan, |plan, second| plan.forged(second * 1_000, OtherJob))
    };
    for plan in both_ways(forged) {
        let ended = ran(plan);
        assert_eq!((ended.tally.jobs, ended.tally.confirmed), (2, 0));
    }
}

#[test]
fn a_stranger_is_turned_away() {
    for (forgery, answer) in [(WrongToken, 404), (Nested, 400)] {
        for plan in both_ways(|| one().forged(10_000, forgery)) {
            happened(&bought_once(plan), &format!("{forgery:?}: {answer}"));
        }
    }
}

#[test]
fn no_line_of_the_record_holds_an_address() {
    let plan = one().fault(Fault::AnswerLost).called_back();
    let ended = ran(plan.forged(10_000, WrongToken));
    happened(&ended, "webhook_url");
    for line in &ended.lines {
        assert_eq!(planted::find(line.as_bytes()), None);
    }
}
