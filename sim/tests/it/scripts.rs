//! One fault at a time, at a chosen moment.

use creatify::emulator::{Fault, FaultTarget};
use sim::Event::{Crash, Cut, DiskFree, DiskFull, Hold, Mend, Release, SetClock, Start};
use sim::Kind::{Listed, Previewed};
use sim::{Plan, Rule, Way, run};

use crate::{bought_once, happened, lines, ran};

fn one() -> Plan {
    Plan::quiet().buys(Listed, 0)
}

#[test]
fn a_name_that_is_not_resolved_was_not_sent_to() {
    // What the simulated network cannot reach, the HTTP library is told by a resolver that fails.
    let ended = ran(one()
        .event(0, Cut(Way::ToService))
        .event(12_000, Mend(Way::ToService)));
    happened(&ended, "NotSent");
    assert_eq!(ended.tally.jobs, 1);
    assert_eq!(ended.tally.ambiguous, 0);
}

#[test]
fn a_connection_that_does_not_come_in_time_was_not_sent_over() {
    let ended = ran(one().event(0, Hold).event(12_000, Release));
    happened(&ended, "was not sent: timed out");
    assert_eq!((ended.tally.jobs, ended.tally.ambiguous), (1, 0));
}

#[test]
fn a_lost_answer_is_one_job_that_is_found() {
    let plan = || one().fault(Fault::AnswerLost);
    happened(&bought_once(plan()), "ListedOnce");
    let naive = run(plan(), Rule::Naive, false);
    assert_eq!(naive.tally.jobs, 2, "without a ledger it is paid twice");
    assert!(
        naive.wrong[0].ends_with("a double spend"),
        "{:?}",
        naive.wrong
    );
}

#[test]
fn a_job_that_is_made_after_the_time_limit_is_found() {
    let late = Fault::AcceptedLate {
        delay_seconds: 40,
        hang: true,
    };
    happened(&bought_once(one().fault(late)), "ListedOnce");
}

/// The network holds everything for half a minute, from a moment between the first packet and the
/// answer. The copy that arrives after that is the only one.
#[test]
fn a_request_that_arrives_after_it_was_given_up_makes_one_job() {
    let mut arrived_late = 0;
    for held in 0..8 {
        let from = 200 * held;
        let ended = ran(one().event(from, Hold).event(from + 30_000, Release));
        assert!(ended.tally.jobs <= 1, "held from {from} ms");
        let place = |text: &str| ended.lines.iter().position(|line| line.contains(text));
        let given_up = place("-> ambiguous");
        arrived_late += u32::from(given_up.is_some() && given_up < place("1 jobs are paid for"));
    }
    assert!(
        arrived_late > 0,
        "no request was on its way when the network was held"
    );
}

#[test]
fn an_answer_with_a_malformed_id_is_one_job_that_is_found() {
    happened(&bought_once(one().fault(Fault::IdMalformed)), "ListedOnce");
    happened(&bought_once(one().fault(Fault::IdMissing)), "ListedOnce");
}

#[test]
fn a_server_error_hides_one_job_that_is_found() {
    for code in [500, 502, 503, 504] {
        let body = String::new();
        let hidden = Fault::StatusAfterAccept { code, body };
        happened(&bought_once(one().fault(hidden)), "ListedOnce");
    }
}

#[test]
fn a_server_error_without_a_job_is_left_to_a_person() {
    for code in [500, 502, 503, 504] {
        let body = String::new();
        let ended = ran(one().fault(Fault::Status { code, body }));
        happened(&ended, "-> parked");
        assert_eq!((ended.tally.jobs, ended.tally.attempts), (0, 1));
    }
}

/// At whatever moment the process dies, the next one finds what it left and pays for nothing twice.
#[test]
fn a_process_that_dies_before_its_answer_pays_once() {
    let mut in_flight = 0;
    for died in 1..10 {
        let at = 200 * died;
        let ended = ran(one().event(at, Crash).event(at + 2_000, Start));
        assert!(ended.tally.jobs <= 1, "died at {at} ms");
        in_flight += u64::from(ended.tally.jobs == 1 && ended.tally.ambiguous == 1);
    }
    assert!(
        in_flight > 0,
        "it never died while a request was on its way"
    );
}

#[test]
fn a_disk_that_takes_no_gate_lets_nothing_out() {
    let ended = bought_once(one().event(0, DiskFull).event(20_000, DiskFree));
    happened(&ended, "storing a gate");
    let post = lines(&ended, "sends    POST");
    let second: f64 = post[0]
        .trim()
        .split(' ')
        .next()
        .unwrap_or("0")
        .parse()
        .expect("a time");
    assert!(second >= 20.0, "{}", post[0]);
}

#[test]
fn a_list_that_lags_sends_nothing_again() {
    let lag = Fault::ListLag { seconds: 300 }.for_seconds(1_000);
    let plan = one().fault(Fault::AnswerLost).fault(lag);
    let ended = bought_once(plan.with_lists_that_lie());
    happened(&ended, "-> parked");
    happened(&ended, "PersonAdopts");
}

#[test]
fn reads_that_go_backwards_change_nothing() {
    let stale = Fault::StaleRead { seconds: 20 }.times(8);
    happened(&bought_once(one().fault(stale)), "-> settled");
}

#[test]
fn a_lost_render_is_paid_once() {
    let render = FaultTarget::Operation("custom_template_jobs_render".to_owned());
    let plan = Plan::quiet().buys(Previewed { callers: 1 }, 0);
    let ended = ran(plan.fault(Fault::AnswerLost.on(render)));
    assert_eq!((ended.tally.jobs, ended.tally.attempts), (1, 2));
    happened(&ended, "2 phases of 1 jobs are paid for");
    assert_eq!(lines(&ended, "-> settled").len(), 2);
}

/// The render's job goes from `pending` to its end: its status still says that it began.
#[test]
fn a_lost_render_that_stays_pending_is_found() {
    let render = FaultTarget::Operation("custom_template_jobs_render".to_owned());
    let plan = Plan::quiet().buys(Previewed { callers: 1 }, 0).skipping();
    let ended = ran(plan.fault(Fault::AnswerLost.on(render)));
    assert_eq!(lines(&ended, "-> settled").len(), 2);
    assert!(lines(&ended, "-> parked").is_empty());
}

#[test]
fn two_callers_render_once() {
    let ended = ran(Plan::quiet().buys(Previewed { callers: 2 }, 0));
    happened(&ended, "belongs to intent");
    assert_eq!((ended.tally.jobs, ended.tally.attempts), (1, 2));
}

#[test]
fn a_limit_holds_between_calls_at_once() {
    let three = one().buys(Listed, 0).buys(Listed, 0);
    let ended = ran(three.limited(7));
    happened(&ended, "exceed the limit of 7");
    assert_eq!(ended.tally.jobs, 1, "5 of 7 fit once");
}

#[test]
fn a_clock_that_jumps_sends_nothing_twice() {
    for by in [-86_400, 86_400] {
        let plan = one().fault(Fault::AnswerLost).with_lists_that_lie();
        let plan = plan.event(5_000, SetClock(by)).event(90_000, SetClock(-by));
        let ended = ran(plan);
        assert_eq!((ended.tally.jobs, ended.tally.attempts), (1, 1), "{by}");
    }
}
