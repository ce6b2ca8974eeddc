//! Random histories: both ledgers do the same, and what they do is what a model that only counts
//! money and attempts expects.

use std::collections::BTreeMap;

use creatify_core::{Credits, Operation};
use creatify_ledger::protocol::{Policy, State};
use creatify_ledger::{IntentId, Ledger, LedgerError, News, Plan, Scope, UnixMillis};
use proptest::prelude::*;

use crate::world::{NOW, credits, id, memory, sqlite};

#[derive(Clone, Debug)]
enum Op {
    Plan {
        intent: u8,
        price: u64,
    },
    /// The attempt that is due, or another one.
    Gate {
        intent: u8,
        attempt: Option<u32>,
    },
    Record {
        intent: u8,
        attempt: Option<u32>,
        news: News,
    },
    Restart,
    Limit {
        scope: Scope,
        limit: Option<u64>,
    },
    Resume {
        account: String,
    },
    Wait(u64),
}

fn account(intent: u8) -> String {
    format!("account {}", intent % 2)
}

fn make_plan(intent: u8, price: u64) -> Plan {
    let policy = match intent % 3 {
        0 => Policy::Park,
        _ => Policy::ResendIfAbsent,
    };
    Plan::new(
        id(intent),
        account(intent),
        Operation::LinkCreate,
        format!("{price}"),
        credits(price),
    )
    .with_campaign("spring")
    .with_policy(policy)
}

fn job() -> impl Strategy<Value = String> {
    (0..6).prop_map(|number| format!("job {number}"))
}

fn news() -> impl Strategy<Value = News> {
    let by = || "ann".to_owned();
    prop_oneof![
        4 => job().prop_map(|job| News::Answered { job }),
        4 => Just(News::AnswerLost { note: None }),
        2 => Just(News::NotSent { note: None }),
        1 => Just(News::RateLimited { note: None }),
        1 => Just(News::OutOfCredits { status: 402, note: None }),
        1 => Just(News::KeyRefused { status: 401, note: None }),
        1 => prop_oneof![Just(400), Just(422)]
            .prop_map(|status| News::Refused { status, note: None }),
        1 => job().prop_map(|job| News::Confirmed { job }),
        3 => (prop::collection::vec(job(), 0..3), any::<bool>())
            .prop_map(|(jobs, do_credits_agree)| News::Listed { jobs, do_credits_agree }),
        1 => Just(News::ListUnreadable),
        1 => Just(News::NoList),
        1 => Just(News::PersonParks { by: by() }),
        1 => job().prop_map(move |job| News::PersonAdopts { by: "ann".into(), job }),
        1 => Just(News::PersonResends { by: by() }),
        1 => Just(News::PersonWithdraws { by: by() }),
        1 => Just(News::Resumed),
        3 => (0_u64..8).prop_map(|bill| News::Finished { bill: credits(bill), ran_for: Some(bill) }),
        1 => (0_u64..8).prop_map(|bill| News::Failed { bill: credits(bill) }),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let scope = prop_oneof![
        (0_u8..2).prop_map(|number| Scope::Account(account(number))),
        Just(Scope::Campaign("spring".into())),
        Just(Scope::EveryDay),
    ];
    prop_oneof![
        3 => (0_u8..4, 1_u64..4).prop_map(|(intent, price)| Op::Plan { intent, price }),
        6 => (0_u8..4, prop_oneof![9 => Just(None), 1 => (0_u32..4).prop_map(Some)])
            .prop_map(|(intent, attempt)| Op::Gate { intent, attempt }),
        12 => (0_u8..4, prop_oneof![4 => Just(None), 1 => (0_u32..4).prop_map(Some)], news())
            .prop_map(|(intent, attempt, news)| Op::Record { intent, attempt, news }),
        1 => Just(Op::Restart),
        1 => (scope, prop::option::of(0_u64..20))
            .prop_map(|(scope, limit)| Op::Limit { scope, limit }),
        1 => (0_u8..2).prop_map(|number| Op::Resume { account: account(number) }),
        3 => prop_oneof![Just(1_000), Just(60_000), Just(86_400_000)].prop_map(Op::Wait),
    ]
}

/// Who may be let out, and what that costs; it knows neither rows nor the table.
#[derive(Debug, Default)]
struct Model {
    /// State, price, attempts let out.
    intents: BTreeMap<IntentId, (State, Credits, u32)>,
    /// Per scope: reserved and spent, in thousandths.
    balances: BTreeMap<Scope, (u64, u64)>,
    limits: BTreeMap<Scope, u64>,
    stopped: Vec<String>,
    /// The scopes of each attempt.
    scopes: BTreeMap<(IntentId, u32), Vec<Scope>>,
    jobs: BTreeMap<String, IntentId>,
}

impl Model {
    fn scopes_now(intent: u8, now: UnixMillis) -> Vec<Scope> {
        vec![
            Scope::Account(account(intent)),
            Scope::Campaign("spring".into()),
            Scope::Day(now.day().expect("a day of the calendar")),
        ]
    }

    fn limit(&self, scope: &Scope) -> Option<u64> {
        let general = matches!(scope, Scope::Day(_)).then_some(&Scope::EveryDay);
        let own = self.limits.get(scope);
        own.or(general.and_then(|general| self.limits.get(general)))
            .copied()
    }

    fn allows(&self, intent: u8, now: UnixMillis, price: Credits) -> bool {
        Model::scopes_now(intent, now).iter().all(|scope| {
            let (reserved, spent) = self.balances.get(scope).copied().unwrap_or_default();
            let after = reserved + spent + price.millicredits();
            self.limit(scope).is_none_or(|limit| after <= limit)
        })
    }

    fn change(&mut self, key: (IntentId, u32), reserved: i64, spent: u64) {
        for scope in self.scopes.get(&key).into_iter().flatten() {
            let balance = self.balances.entry(scope.clone()).or_default();
            balance.0 = balance
                .0
                .checked_add_signed(reserved)
                .expect("never below 0");
            balance.1 += spent;
        }
    }
}

fn check_gate(
    model: &mut Model,
    ledger: &dyn Ledger,
    intent: u8,
    attempt: Option<u32>,
    now: UnixMillis,
) -> String {
    let key = id(intent);
    let known = model.intents.get(&key).copied();
    let due = known.map_or(1, |(_, _, sent)| sent + 1);
    let attempt = attempt.unwrap_or(due);
    let result = ledger.gate(key, attempt, now);
    let told = format!("{result:?}");
    let Some((state, price, sent)) = known else {
        assert!(
            matches!(result, Err(LedgerError::UnknownIntent { .. })),
            "{told}"
        );
        return told;
    };
    let next = if state != State::Planned || attempt != due {
        assert!(
            matches!(result, Err(LedgerError::GateClosed { .. })),
            "{told}"
        );
        (state, price, sent)
    } else if model.stopped.contains(&account(intent)) {
        assert!(
            matches!(result, Err(LedgerError::LaneStopped { .. })),
            "{told}"
        );
        (State::Held, price, sent)
    } else if !model.allows(intent, now, price) {
        assert!(
            matches!(result, Err(LedgerError::OverBudget { .. })),
            "{told}"
        );
        (State::Held, price, sent)
    } else {
        let _ = result.expect("it is due, the lane runs and the budgets allow it");
        model
            .scopes
            .insert((key, attempt), Model::scopes_now(intent, now));
        let amount = i64::try_from(price.millicredits()).expect("small");
        model.change((key, attempt), amount, 0);
        (State::Sent, price, attempt)
    };
    model.intents.insert(key, next);
    told
}

/// Money moves with the state, whatever led to it.
fn check_record(
    model: &mut Model,
    ledger: &dyn Ledger,
    intent: u8,
    attempt: Option<u32>,
    news: &News,
    now: UnixMillis,
) -> String {
    let key = id(intent);
    let result = ledger.record(key, attempt, news, now);
    let told = format!("{result:?}");
    assert!(!matches!(result, Err(LedgerError::Broken { .. })), "{told}");
    let Ok(done) = result else {
        return told;
    };
    let (state, price, sent) = model.intents[&key];
    assert_eq!(done.from, state, "{told}");
    let to = done.intent.state;
    let amount = i64::try_from(price.millicredits()).expect("small");
    match (state.is_reserved(), to.is_reserved()) {
        (false, true) => {
            let adopted = done
                .intent
                .job
                .as_ref()
                .expect("only a job brings money back");
            model.change((key, adopted.attempt), amount, 0);
        }
        (true, false) => {
            let paid = done.intent.job.as_ref().map_or(sent, |job| job.attempt);
            let bill = match news {
                News::Finished { bill, .. } | News::Failed { bill } => bill.millicredits(),
                _ => 0,
            };
            model.change((key, paid), -amount, bill);
        }
        _ => {}
    }
    if matches!(news, News::OutOfCredits { .. } | News::KeyRefused { .. }) && to == State::Held {
        model.stopped.push(account(intent));
    }
    if let Some(job) = done.intent.job_id() {
        let owner = *model.jobs.entry(job.to_owned()).or_insert(key);
        assert_eq!(owner, key, "a job has one owner");
    }
    model.intents.insert(key, (to, price, sent));
    told
}

fn run(ledger: &dyn Ledger, ops: &[Op]) -> Vec<String> {
    let mut model = Model::default();
    let mut now = NOW;
    let mut told = Vec::new();
    for op in ops {
        told.push(match op {
            Op::Plan { intent, price } => {
                let result = ledger.plan(&make_plan(*intent, *price), now);
                if result.is_ok() {
                    let fresh = (State::Planned, credits(*price), 0);
                    model.intents.entry(id(*intent)).or_insert(fresh);
                }
                format!("{result:?}")
            }
            Op::Gate { intent, attempt } => check_gate(&mut model, ledger, *intent, *attempt, now),
            Op::Record {
                intent,
                attempt,
                news,
            } => check_record(&mut model, ledger, *intent, *attempt, news, now),
            Op::Restart => {
                let found = ledger.restarted(now).expect("restarting does not fail");
                for done in &found {
                    let known = model.intents.get_mut(&done.intent.id).expect("planned");
                    assert_eq!(known.0, State::Sent);
                    known.0 = State::Ambiguous;
                }
                format!("{found:?}")
            }
            Op::Limit { scope, limit } => {
                let limit = limit.map(credits);
                ledger.set_limit(scope, limit).expect("limits can be set");
                match limit {
                    Some(limit) => model.limits.insert(scope.clone(), limit.millicredits()),
                    None => model.limits.remove(scope),
                };
                String::new()
            }
            Op::Resume { account } => {
                let resumed = ledger.resume_lane(account, now).expect("lanes resume");
                model.stopped.retain(|stopped| stopped != account);
                for intent in &resumed {
                    let known = model.intents.get_mut(intent).expect("planned");
                    assert_eq!(known.0, State::Held);
                    known.0 = State::Planned;
                }
                format!("{resumed:?}")
            }
            Op::Wait(millis) => {
                now = now.after(*millis);
                String::new()
            }
        });
        let wrong = ledger.audit().expect("the audit reads");
        assert!(wrong.is_empty(), "after {op:?}: {wrong:?}");
        for (scope, (reserved, spent)) in &model.balances {
            let balance = ledger.balance(scope).expect("balances read");
            let found = (
                balance.reserved.millicredits(),
                balance.spent.millicredits(),
            );
            assert_eq!(found, (*reserved, *spent), "{scope} after {op:?}");
        }
        for (intent, (state, ..)) in &model.intents {
            let found = ledger
                .intent(*intent)
                .expect("intents read")
                .expect("planned");
            assert_eq!(found.state, *state, "{intent} after {op:?}");
        }
    }
    told.push(format!("{:?}", ledger.export().expect("the export reads")));
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_ledger_in_memory_keeps_its_invariants(ops in prop::collection::vec(op(), 1..80)) {
        run(&*memory().ledger, &ops);
    }
}

proptest! {
    // Each change is forced to the disk, so there are fewer of these.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_ledger_on_sqlite_tells_what_one_in_memory_tells(
        ops in prop::collection::vec(op(), 1..60),
    ) {
        prop_assert_eq!(run(&*sqlite().ledger, &ops), run(&*memory().ledger, &ops));
    }
}
