//! What every ledger does, whatever it is kept in.

use creatify_core::{Credits, Model, Operation};
use creatify_ledger::protocol::{Action, Policy, State};
use creatify_ledger::{
    AlarmKind, Class, Filter, Held, LedgerError, LengthClass, Marker, Money, News, Plan, Scope,
};

use crate::world::{
    NOW, answered, credits, id, is_closed, listed, lost, on_each, plan, record, send,
};

#[test]
fn one_attempt_is_let_out_once() {
    on_each(|ledger| {
        ledger.plan(&plan(1), NOW).expect("planned");
        assert!(is_closed(ledger.gate(id(1), 2, NOW)), "1 is due");
        let pass = ledger.gate(id(1), 1, NOW).expect("1 is due");
        assert_eq!(pass.marker(), Marker::new(id(1), 1));
        assert!(is_closed(ledger.gate(id(1), 1, NOW)));
        assert!(is_closed(ledger.gate(id(1), 2, NOW)), "1 is in flight");
    });
}

#[test]
fn two_threads_at_one_gate_get_one_pass() {
    for world in [crate::world::memory(), crate::world::sqlite()] {
        world.ledger.plan(&plan(1), NOW).expect("planned");
        let passes: usize = std::thread::scope(|scope| {
            let gates: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| world.ledger.gate(id(1), 1, NOW).is_ok()))
                .collect();
            gates
                .into_iter()
                .map(|gate| usize::from(gate.join().expect("no panic")))
                .sum()
        });
        assert_eq!(passes, 1);
    }
}

#[test]
fn the_same_plan_twice_is_one_intent_and_another_one_is_refused() {
    on_each(|ledger| {
        send(ledger, 1);
        let again = ledger.plan(&plan(1), NOW).expect("it is the same");
        assert_eq!(again.state, State::Sent);
        let edited = Plan::new(
            id(1),
            "main",
            Operation::LipsyncV2Generate,
            "{\"number\":2}",
            credits(5),
        );
        let refused = ledger.plan(&edited, NOW).expect_err("another body");
        assert!(matches!(
            refused,
            LedgerError::PlanChanged { what: "body", .. }
        ));
    });
}

#[test]
fn what_was_not_sent_is_free_and_the_next_attempt_is_due() {
    on_each(|ledger| {
        send(ledger, 1);
        let scope = Scope::Account("main".into());
        assert_eq!(ledger.balance(&scope).expect("read").reserved, credits(5));
        let done = record(ledger, 1, News::NotSent { note: None });
        assert!(done.actions.contains(&Action::BackOff));
        assert_eq!(
            ledger.balance(&scope).expect("read").reserved,
            Credits::ZERO
        );
        assert!(is_closed(ledger.gate(id(1), 1, NOW)), "1 was used");
        let _ = ledger.gate(id(1), 2, NOW).expect("2 is due");
    });
}

#[test]
fn an_unknown_outcome_keeps_its_money_and_shuts_the_gate() {
    on_each(|ledger| {
        send(ledger, 1);
        let done = record(ledger, 1, lost());
        let horizon = done.intent.newest().and_then(|attempt| attempt.horizon_at);
        assert_eq!(horizon, Some(NOW.after(60_000)));
        assert!(is_closed(ledger.gate(id(1), 2, NOW)));
        let early = ledger
            .record(id(1), None, &listed(&[]), NOW)
            .expect("known");
        assert_eq!(early.intent.state, State::Ambiguous, "before the horizon");
        let late = ledger
            .record(id(1), None, &listed(&[]), NOW.after(60_000))
            .expect("known");
        assert_eq!(late.intent.state, State::Parked);
        let scope = Scope::Campaign("spring".into());
        assert_eq!(ledger.balance(&scope).expect("read").reserved, credits(5));
    });
}

#[test]
fn absence_is_proved_by_two_lists_a_minute_apart_and_the_credits() {
    on_each(|ledger| {
        for number in [1, 2] {
            let plan = plan(number).with_policy(Policy::ResendIfAbsent);
            ledger.plan(&plan, NOW).expect("planned");
            let _ = ledger.gate(id(number), 1, NOW).expect("due");
            record(ledger, number, lost());
        }
        let look = |number, after, do_credits_agree| {
            let news = News::Listed {
                jobs: Vec::new(),
                do_credits_agree,
            };
            let seen = ledger.record(id(number), None, &news, NOW.after(after));
            seen.expect("known").intent.state
        };
        assert_eq!(look(1, 60_000, true), State::Ambiguous, "the first one");
        assert_eq!(
            look(1, 119_999, true),
            State::Ambiguous,
            "too soon after it"
        );
        assert_eq!(look(1, 120_000, true), State::Planned, "proved");
        assert_eq!(look(2, 60_000, true), State::Ambiguous);
        assert_eq!(look(2, 120_000, false), State::Parked, "the credits fell");
        let _ = ledger.gate(id(1), 2, NOW.after(120_000)).expect("2 is due");
    });
}

#[test]
fn a_list_that_proves_nothing_parks_under_every_policy() {
    on_each(|ledger| {
        let plan = plan(1).with_policy(Policy::ResendIfAbsent);
        ledger.plan(&plan, NOW).expect("planned");
        let _ = ledger.gate(id(1), 1, NOW).expect("due");
        record(ledger, 1, lost());
        record(ledger, 1, News::ListUnreadable);
        let late = NOW.after(3_600_000);
        let unread = ledger.record(id(1), None, &News::ListUnreadable, late);
        assert_eq!(unread.expect("known").intent.state, State::Ambiguous);
        let parked = ledger.record(id(1), None, &News::NoList, late);
        assert_eq!(parked.expect("known").intent.state, State::Parked);
    });
}

#[test]
fn a_webhook_before_the_answer_adopts_and_the_answer_merges() {
    on_each(|ledger| {
        send(ledger, 1);
        record(ledger, 1, News::Confirmed { job: "a".into() });
        let late = record(ledger, 1, answered("a"));
        assert!(late.alarms.is_empty());
        assert_eq!(late.intent.job_id(), Some("a"));
        let other = record(ledger, 1, answered("b"));
        assert_eq!(other.alarms[0].kind, AlarmKind::ExtraJob);
        assert_eq!(other.intent.job_id(), Some("a"));
        let again = record(ledger, 1, answered("b"));
        assert!(again.alarms.is_empty(), "one alarm for one job");
    });
}

#[test]
fn a_job_is_owned_once() {
    on_each(|ledger| {
        send(ledger, 1);
        send(ledger, 2);
        send(ledger, 3);
        record(ledger, 1, answered("a"));
        let foreign = record(ledger, 2, answered("a"));
        assert_eq!(foreign.intent.state, State::Parked);
        assert_eq!(foreign.alarms[0].kind, AlarmKind::ForeignJob);
        record(ledger, 3, lost());
        let named = News::PersonAdopts {
            by: "ann".into(),
            job: "a".into(),
        };
        let refused = ledger.record(id(3), None, &named, NOW).expect_err("taken");
        assert!(matches!(refused, LedgerError::JobTaken { by, .. } if by == id(1)));
        assert_eq!(ledger.by_job("a").expect("read").len(), 1);
    });
}

#[test]
fn a_bill_is_posted_once_and_the_rest_released() {
    on_each(|ledger| {
        send(ledger, 1);
        record(ledger, 1, answered("a"));
        let bill = "4.5".parse().expect("an amount");
        let ran_for = Some(90_000);
        record(ledger, 1, News::Finished { bill, ran_for });
        let again = record(ledger, 1, News::Finished { bill, ran_for });
        assert_eq!(again.intent.attempts[0].money, Money::Posted(bill));
        let balance = ledger
            .balance(&Scope::Account("main".into()))
            .expect("read");
        assert_eq!((balance.reserved, balance.spent), (Credits::ZERO, bill));
        let class = Class::new(Operation::LipsyncV2Generate, None, LengthClass::Unknown);
        assert_eq!(ledger.durations(&class, 10).expect("read"), [90_000]);
    });
}

#[test]
fn durations_are_told_apart_by_class_and_come_newest_first() {
    on_each(|ledger| {
        for (number, model) in [(1, None), (2, Some(Model::AuroraV1)), (3, None)] {
            let plan = plan(number).with_class(model, "20".parse().ok());
            ledger.plan(&plan, NOW).expect("planned");
            let _ = ledger.gate(id(number), 1, NOW).expect("due");
            record(ledger, number, answered(&format!("job {number}")));
            let ran_for = Some(u64::from(number));
            let bill = credits(1);
            record(ledger, number, News::Finished { bill, ran_for });
        }
        let of = |model| {
            let class = Class::new(Operation::LipsyncV2Generate, model, LengthClass::UpTo30);
            ledger.durations(&class, 10).expect("read")
        };
        assert_eq!(of(None), [3, 1]);
        assert_eq!(of(Some(Model::AuroraV1)), [2]);
        assert_eq!(of(Some(Model::Standard)), [0; 0]);
    });
}

#[test]
fn a_bill_above_its_reservation_is_spent_in_full_and_raises_an_alarm() {
    on_each(|ledger| {
        let scope = Scope::Campaign("spring".into());
        ledger.set_limit(&scope, Some(credits(10))).expect("set");
        send(ledger, 1);
        record(ledger, 1, answered("a"));
        let bill = credits(12);
        let done = record(ledger, 1, News::Failed { bill });
        assert_eq!(done.alarms[0].kind, AlarmKind::AboveReserved);
        assert_eq!(ledger.balance(&scope).expect("read").spent, credits(12));
        ledger.plan(&plan(2), NOW).expect("planned");
        let refused = ledger.gate(id(2), 1, NOW).expect_err("nothing is left");
        assert!(refused.is_held());
    });
}

#[test]
fn every_limit_that_an_attempt_falls_under_can_hold_it() {
    let day = NOW.day().expect("a day of the calendar");
    let scopes = [
        Scope::Account("main".into()),
        Scope::Campaign("spring".into()),
        Scope::Day(day),
        Scope::EveryDay,
        Scope::Tag("draft".into()),
    ];
    for scope in scopes {
        on_each(|ledger| {
            ledger.set_limit(&scope, Some(credits(9))).expect("set");
            for number in [1, 2] {
                let plan = plan(number).with_tag("draft");
                ledger.plan(&plan, NOW).expect("planned");
            }
            let _ = ledger.gate(id(1), 1, NOW).expect("5 of 9");
            let refused = ledger.gate(id(2), 1, NOW).expect_err("10 of 9");
            assert!(
                matches!(refused, LedgerError::OverBudget { .. }),
                "{refused}"
            );
            let held = ledger.intent(id(2)).expect("read").expect("there");
            assert_eq!((held.state, held.held), (State::Held, Some(Held::Budget)));
            assert!(held.attempts.is_empty());
            ledger.set_limit(&scope, Some(credits(10))).expect("set");
            assert!(is_closed(ledger.gate(id(2), 1, NOW)), "held until resumed");
            record(ledger, 2, News::Resumed);
            let _ = ledger.gate(id(2), 1, NOW).expect("10 of 10");
        });
    }
}

#[test]
fn a_lane_without_credits_lets_nothing_out_until_it_is_resumed() {
    on_each(|ledger| {
        send(ledger, 1);
        let note = Some("no credits".to_owned());
        let done = record(ledger, 1, News::OutOfCredits { status: 402, note });
        assert_eq!(done.intent.held, Some(Held::Account));
        assert_eq!(done.intent.attempts[0].status, Some(402));
        ledger.plan(&plan(2), NOW).expect("planned");
        let refused = ledger.gate(id(2), 1, NOW).expect_err("stopped");
        assert!(
            matches!(refused, LedgerError::LaneStopped { .. }),
            "{refused}"
        );
        assert_eq!(ledger.export().expect("read").lanes.len(), 1);
        let resumed = ledger.resume_lane("main", NOW).expect("resumed");
        assert_eq!(resumed, [id(1), id(2)]);
        let _ = ledger.gate(id(1), 2, NOW).expect("2 is due");
        let _ = ledger.gate(id(2), 1, NOW).expect("1 is due");
    });
}

#[test]
fn a_job_behind_a_refusal_is_adopted_and_the_status_distrusted() {
    on_each(|ledger| {
        let refused = || News::Refused {
            status: 422,
            note: None,
        };
        send(ledger, 1);
        record(ledger, 1, refused());
        let found = record(ledger, 1, listed(&["a"]));
        assert_eq!(found.intent.state, State::Accepted);
        assert_eq!(found.alarms[0].kind, AlarmKind::Misjudged);
        let scope = Scope::Account("main".into());
        assert_eq!(ledger.balance(&scope).expect("read").reserved, credits(5));
        assert!(ledger.is_distrusted(422).expect("read"));

        send(ledger, 2);
        let doubted = record(ledger, 2, refused());
        assert_eq!(
            doubted.intent.state,
            State::Ambiguous,
            "422 proves nothing now"
        );
    });
}

#[test]
fn a_job_of_an_earlier_attempt_is_a_job_too_many_while_a_later_one_is_out() {
    on_each(|ledger| {
        send(ledger, 1);
        record(ledger, 1, News::NotSent { note: None });
        let _ = ledger.gate(id(1), 2, NOW).expect("2 is due");
        let seen = ledger
            .record(id(1), Some(1), &listed(&["a"]), NOW)
            .expect("known");
        assert_eq!(seen.intent.state, State::Sent);
        let kinds: Vec<AlarmKind> = seen.alarms.iter().map(|alarm| alarm.kind).collect();
        assert_eq!(kinds, [AlarmKind::Misjudged, AlarmKind::ExtraJob]);
    });
}

#[test]
fn two_jobs_with_one_marker_are_one_adopted_and_one_reported() {
    on_each(|ledger| {
        send(ledger, 1);
        record(ledger, 1, lost());
        let done = record(ledger, 1, listed(&["a", "b"]));
        assert_eq!(done.intent.job_id(), Some("a"));
        assert_eq!(done.alarms.len(), 1);
        assert_eq!(done.alarms[0].detail, "b");
    });
}

#[test]
fn a_persons_decision_is_kept_with_the_name() {
    on_each(|ledger| {
        send(ledger, 1);
        record(ledger, 1, lost());
        let by = || "ann".to_owned();
        record(ledger, 1, News::PersonParks { by: by() });
        let again = record(ledger, 1, News::PersonResends { by: by() });
        assert_eq!(again.intent.state, State::Planned);
        let _ = ledger.gate(id(1), 2, NOW).expect("2 is due");
        record(ledger, 1, lost());
        record(ledger, 1, News::PersonParks { by: by() });
        let given_up = record(ledger, 1, News::PersonWithdraws { by: by() });
        assert_eq!(given_up.intent.state, State::Withdrawn);
        let log = ledger.export().expect("read").log;
        let decisions = log.iter().filter(|line| line.by.as_deref() == Some("ann"));
        assert_eq!(decisions.count(), 4);
    });
}

#[test]
fn a_second_caller_cannot_render_one_preview() {
    on_each(|ledger| {
        let render = |number: u8, step| {
            let operation = Operation::CustomTemplateRender;
            Plan::new(id(number), "main", operation, "{}", credits(4)).with_continued_job("p", step)
        };
        let step = ledger.next_step("p").expect("read");
        assert_eq!(step, 1);
        ledger.plan(&render(1, step), NOW).expect("planned");
        assert_eq!(ledger.next_step("p").expect("read"), 1, "it is not over");
        let refused = ledger.plan(&render(2, 1), NOW).expect_err("taken");
        assert!(matches!(refused, LedgerError::StepTaken { by, .. } if by == id(1)));
        let _ = ledger.gate(id(1), 1, NOW).expect("due");
        record(ledger, 1, answered("p"));
        let bill = credits(4);
        record(ledger, 1, News::Failed { bill });
        assert_eq!(ledger.next_step("p").expect("read"), 2, "it is over");
        ledger.plan(&render(2, 2), NOW).expect("planned");
        assert_eq!(ledger.by_job("p").expect("read").len(), 2);
    });
}

#[test]
fn a_preview_and_its_render_own_one_job_at_different_steps() {
    on_each(|ledger| {
        send(ledger, 1);
        record(ledger, 1, answered("p"));
        let operation = Operation::LipsyncV2Render;
        let render =
            Plan::new(id(2), "main", operation, "{}", credits(4)).with_continued_job("p", 1);
        ledger.plan(&render, NOW).expect("planned");
        let _ = ledger.gate(id(2), 1, NOW).expect("due");
        assert_eq!(
            record(ledger, 2, answered("p")).intent.state,
            State::Accepted
        );
    });
}

#[test]
fn a_restart_takes_what_was_in_flight_for_ambiguous() {
    on_each(|ledger| {
        send(ledger, 1);
        send(ledger, 2);
        record(ledger, 2, answered("a"));
        ledger.plan(&plan(3), NOW).expect("planned");
        let found = ledger.restarted(NOW.after(1_000)).expect("done");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].intent.state, State::Ambiguous);
        assert!(ledger.restarted(NOW).expect("done").is_empty());
    });
}

#[test]
fn what_the_protocol_does_not_know_changes_nothing() {
    on_each(|ledger| {
        ledger.plan(&plan(1), NOW).expect("planned");
        let before = ledger.export().expect("read");
        let bill = credits(5);
        for news in [lost(), answered("a"), News::Failed { bill }] {
            ledger
                .record(id(1), None, &news, NOW)
                .expect_err("nothing was sent");
        }
        ledger
            .record(id(9), None, &News::Resumed, NOW)
            .expect_err("no such intent");
        ledger.gate(id(9), 1, NOW).expect_err("no such intent");
        assert_eq!(ledger.export().expect("read"), before);
    });
}

#[test]
fn a_list_shows_what_was_asked_for() {
    on_each(|ledger| {
        send(ledger, 1);
        record(ledger, 1, lost());
        send(ledger, 2);
        let other = Plan::new(id(3), "other", Operation::LinkCreate, "{}", credits(1));
        ledger.plan(&other.with_tag("draft"), NOW).expect("planned");
        let ids = |filter: Filter| -> Vec<_> {
            let found = ledger.intents(&filter).expect("read");
            found.iter().map(|intent| intent.id).collect()
        };
        assert_eq!(ids(Filter::default()), [id(1), id(2), id(3)]);
        assert_eq!(ids(Filter::default().with_state(State::Ambiguous)), [id(1)]);
        assert_eq!(ids(Filter::default().with_account("main")), [id(1), id(2)]);
        assert_eq!(ids(Filter::default().with_tag("draft")), [id(3)]);
        let both = Filter::default()
            .with_state(State::Sent)
            .with_campaign("spring");
        assert_eq!(ids(both), [id(2)]);
        assert_eq!(ids(Filter::default().open()).len(), 3);
        let by_marker = ledger.by_marker(Marker::new(id(1), 1)).expect("read");
        assert_eq!(by_marker.map(|intent| intent.id), Some(id(1)));
        assert_eq!(ledger.by_marker(Marker::new(id(1), 2)).expect("read"), None);
    });
}

#[test]
fn bodies_are_in_no_export_and_no_debug() {
    on_each(|ledger| {
        let secret = "planted-7F3A";
        let plan = Plan::new(id(1), "main", Operation::LinkCreate, secret, credits(1));
        let intent = ledger.plan(&plan, NOW).expect("planned");
        assert_eq!(intent.body, secret, "it is kept for sending again");
        let export = ledger.export().expect("read");
        let texts = [
            export.to_json().expect("it has a JSON form"),
            format!("{plan:?} {intent:?} {export:?} {ledger:?}"),
        ];
        assert!(texts.iter().all(|text| !text.contains(secret)));
    });
}
