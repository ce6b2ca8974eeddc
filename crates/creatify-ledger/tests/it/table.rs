//! The protocol's table: no two rows for one case, nothing unreachable, no unsafe arrow, and the
//! README prints it.

use creatify_ledger::protocol::{
    Absence, Action, Event, Facts, Job, Policy, State, TABLE, Which, step, to_markdown,
};

/// Every combination of facts: 2 * 2 * 3 * 2 * 3.
fn all_facts() -> Vec<Facts> {
    let mut all = Vec::new();
    for is_after_horizon in [false, true] {
        for policy in [Policy::Park, Policy::ResendIfAbsent] {
            for absence in [Absence::Once, Absence::Proved, Absence::Doubted] {
                for which in [Which::Newest, Which::Earlier] {
                    for job in [Job::New, Job::Same, Job::Other] {
                        all.push(Facts {
                            is_after_horizon,
                            policy,
                            absence,
                            which,
                            job,
                        });
                    }
                }
            }
        }
    }
    all
}

/// Every case that some row applies to, with what follows.
fn steps() -> Vec<(State, Event, Facts, State, &'static [Action])> {
    let mut steps = Vec::new();
    for &state in State::ALL {
        for &event in Event::ALL {
            for facts in all_facts() {
                if let Ok(done) = step(state, event, &facts) {
                    steps.push((state, event, facts, done.next, done.actions));
                }
            }
        }
    }
    steps
}

#[test]
fn at_most_one_row_applies_to_each_case() {
    for &state in State::ALL {
        for &event in Event::ALL {
            for facts in all_facts() {
                let rows = TABLE
                    .iter()
                    .filter(|row| row.applies_to(state, event, &facts))
                    .count();
                assert!(rows <= 1, "{rows} rows for {state}, {event}, {facts:?}");
            }
        }
    }
}

#[test]
fn every_row_state_and_event_is_used() {
    let steps = steps();
    for row in TABLE {
        let used = steps
            .iter()
            .any(|(state, event, facts, ..)| row.applies_to(*state, *event, facts));
        assert!(used, "no case for {row:?}");
    }
    for &state in State::ALL {
        let left = steps.iter().any(|(from, ..)| *from == state);
        let reached = steps.iter().any(|(.., to, _)| *to == state);
        assert!(left || state.is_final(), "{state} cannot be left");
        assert!(
            reached || state == State::Unknown,
            "{state} is never reached"
        );
    }
    for &event in Event::ALL {
        assert!(
            steps.iter().any(|(_, on, ..)| *on == event),
            "{event} means nothing anywhere"
        );
    }
}

/// Money is set aside exactly where a job may exist, and each change of that is named by an action.
#[test]
fn a_reservation_begins_and_ends_with_its_action() {
    for (from, event, facts, to, actions) in steps() {
        let begins = actions.contains(&Action::Reserve) || actions.contains(&Action::Reinstate);
        let ends = actions.contains(&Action::Void) || actions.contains(&Action::Post);
        let case = format!("{from} --{event}--> {to} with {facts:?}");
        assert_eq!(begins, !from.is_reserved() && to.is_reserved(), "{case}");
        assert_eq!(ends, from.is_reserved() && !to.is_reserved(), "{case}");
    }
}

#[test]
fn only_the_gate_sends() {
    for (from, event, _, to, actions) in steps() {
        let sends = to == State::Sent && from != State::Sent;
        assert_eq!(
            sends,
            event == Event::GateOpened,
            "{from} --{event}--> {to}"
        );
        assert_eq!(sends, actions.contains(&Action::Reserve));
    }
}

/// What leads back to where a gate can open again, from where a request may have been received.
#[test]
fn an_unknown_outcome_is_sent_again_only_by_proof_or_by_a_person() {
    for (from, event, facts, to, _) in steps() {
        let can_resend = matches!(to, State::Planned | State::Held);
        if !matches!(from, State::Ambiguous | State::Parked) || !can_resend {
            continue;
        }
        let proved = event == Event::ListedNone
            && facts.is_after_horizon
            && facts.absence == Absence::Proved
            && facts.policy == Policy::ResendIfAbsent;
        let decided = from == State::Parked && event == Event::PersonResends;
        assert!(proved || decided, "{from} --{event}--> {to} with {facts:?}");
    }
}

#[test]
fn an_accepted_job_is_never_let_go() {
    for (from, event, _, to, _) in steps() {
        if matches!(
            from,
            State::Accepted | State::Settled | State::SettledFailed
        ) {
            let stays = to == from || from == State::Accepted && to.is_final();
            assert!(stays, "{from} --{event}--> {to}");
        }
    }
}

#[test]
fn an_unreadable_list_changes_nothing() {
    for (from, event, _, to, _) in steps() {
        if event == Event::ListUnreadable {
            assert_eq!(from, to);
        }
    }
}

#[test]
fn words_are_read_back() {
    for &state in State::ALL {
        assert_eq!(State::from_word(state.as_str()), Some(state));
    }
    for &event in Event::ALL {
        assert_eq!(Event::from_word(event.as_str()), Some(event));
    }
    assert_eq!(State::from_word("sending"), None);
}

/// `UPDATE_GOLDEN=1` writes the table into the README; read the difference.
#[test]
fn the_readme_prints_the_table() {
    const BEGIN: &str = "<!-- protocol:begin -->\n";
    const END: &str = "<!-- protocol:end -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).expect("the crate has a README");
    let (head, rest) = readme
        .split_once(BEGIN)
        .expect("the README marks the table");
    let (printed, tail) = rest.split_once(END).expect("the README marks its end");
    let table = format!("\n{}\n", to_markdown());
    if printed != table && std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, format!("{head}{BEGIN}{table}{END}{tail}")).expect("it is writable");
        return;
    }
    assert_eq!(
        printed, table,
        "the table changed; run with UPDATE_GOLDEN=1 and read the difference"
    );
}
