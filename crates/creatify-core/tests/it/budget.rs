//! Budgets under any order of reserving, settling and voiding, in every scope.

use std::collections::BTreeSet;

use creatify_core::budget::{Ask, Balance, Budget, Refused, ReservationId, Scope};
use creatify_core::{Credits, Day};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    /// An amount, a day out of three, and which of two tags.
    Reserve(u64, u8, [bool; 2]),
    /// Settles one of all reservations ever made by a bill of so many percent of it.
    Settle(prop::sample::Index, u64),
    Void(prop::sample::Index),
}

fn steps(percent: std::ops::RangeInclusive<u64>) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0_u64..60_000, 0_u8..3, any::<[bool; 2]>())
            .prop_map(|(amount, day, tags)| Step::Reserve(amount, day, tags)),
        2 => (any::<prop::sample::Index>(), percent).prop_map(|(i, p)| Step::Settle(i, p)),
        1 => any::<prop::sample::Index>().prop_map(Step::Void),
    ];
    prop::collection::vec(step, 0..60)
}

/// The limit of everything, of a call, of each day, of tag `a`; tag `b` has none.
const LIMITS: [u64; 4] = [100_000, 45_000, 70_000, 50_000];

fn credits(millicredits: u64) -> Credits {
    Credits::from_millicredits(millicredits)
}

fn day(number: u8) -> Day {
    Day::from_ymd(2026, 11, number + 1).unwrap()
}

fn tag(name: &str) -> Scope {
    Scope::Tag(name.to_owned())
}

/// One reservation as the plain list beside the budget keeps it.
struct Made {
    id: ReservationId,
    amount: u64,
    scopes: Vec<Scope>,
    bill: Option<u64>,
    is_open: bool,
}

/// What the list says of a scope: reserved and spent.
fn sums(made: &[Made], scope: &Scope) -> (u64, u64) {
    let within = made.iter().filter(|one| one.scopes.contains(scope));
    within.fold((0, 0), |(reserved, spent), one| {
        let open = if one.is_open { one.amount } else { 0 };
        (reserved + open, spent + one.bill.unwrap_or(0))
    })
}

fn limit(scope: &Scope) -> Option<u64> {
    match scope {
        Scope::Run => Some(LIMITS[0]),
        Scope::Call => Some(LIMITS[1]),
        Scope::Day(_) => Some(LIMITS[2]),
        _ if *scope == tag("a") => Some(LIMITS[3]),
        _ => None,
    }
}

/// Plays the steps on a budget and, beside it, on a plain list of amounts.
fn play(steps: Vec<Step>, check: impl Fn(Balance)) {
    let mut budget = Budget::new(credits(LIMITS[0]))
        .with_call_limit(credits(LIMITS[1]))
        .with_day_limit(credits(LIMITS[2]))
        .with_tag_limit("a", credits(LIMITS[3]));
    let mut made: Vec<Made> = Vec::new();
    let mut seen = BTreeSet::from([Scope::Run]);
    for step in steps {
        match step {
            Step::Reserve(amount, number, tags) => {
                let mut scopes = vec![Scope::Run, Scope::Day(day(number))];
                let mut ask = Ask::new(credits(amount)).on(day(number));
                for (name, _) in ["a", "b"].iter().zip(tags).filter(|(_, is_set)| *is_set) {
                    scopes.push(tag(name));
                    // Twice, which counts once.
                    ask = ask.tagged(*name).tagged(*name);
                }
                let fits = amount <= LIMITS[1]
                    && scopes.iter().all(|scope| {
                        let (reserved, spent) = sums(&made, scope);
                        limit(scope).is_none_or(|limit| reserved + spent + amount <= limit)
                    });
                seen.extend(scopes.iter().cloned());
                let before = budget.clone();
                match budget.reserve(ask) {
                    Ok(id) => {
                        assert!(fits && made.iter().all(|other| other.id != id));
                        made.push(Made {
                            id,
                            amount,
                            scopes,
                            bill: None,
                            is_open: true,
                        });
                    }
                    Err(refused) => {
                        let over = refused.over_budget().unwrap();
                        assert!(!fits && over.asked == credits(amount) && budget == before);
                        assert_eq!(Some(over.limit), limit(&over.scope).map(credits));
                    }
                }
            }
            Step::Settle(index, percent) if !made.is_empty() => {
                let at = index.index(made.len());
                let one = &mut made[at];
                let bill = one.amount * percent / 100;
                assert_eq!(budget.settle(one.id, credits(bill)).is_ok(), one.is_open);
                if one.is_open {
                    one.bill = Some(bill);
                }
                one.is_open = false;
            }
            Step::Void(index) if !made.is_empty() => {
                let at = index.index(made.len());
                let one = &mut made[at];
                let freed = one.is_open.then_some(credits(one.amount));
                assert_eq!(budget.void(one.id).ok(), freed);
                one.is_open = false;
            }
            _ => {}
        }
        for scope in &seen {
            let balance = budget.balance(scope);
            let (reserved, spent) = sums(&made, scope);
            let expected = (limit(scope).map(credits), credits(reserved), credits(spent));
            assert_eq!((balance.limit, balance.reserved, balance.spent), expected);
            check(balance);
        }
        let (reserved, spent) = sums(&made, &Scope::Run);
        assert_eq!(budget.spent(), credits(spent));
        assert_eq!(budget.reserved(), credits(reserved));
        assert_eq!(
            budget.open_reservations(),
            made.iter().filter(|one| one.is_open).count()
        );
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_and_every_limit_holds(steps in steps(0..=100)) {
        play(steps, |balance| {
            let used = balance.spent.checked_add(balance.reserved).unwrap();
            assert!(balance.limit.is_none_or(|limit| used <= limit));
            let left = balance.available().map(|left| used.checked_add(left).unwrap());
            assert_eq!(left, balance.limit);
            assert!(balance.overdrawn().is_zero());
        });
    }

    #[test]
    fn bills_above_their_reservation_are_counted_and_stop_further_spending(steps in steps(0..=300)) {
        play(steps, |balance| {
            let used = balance.spent.checked_add(balance.reserved).unwrap();
            if let (Some(limit), Some(left)) = (balance.limit, balance.available()) {
                assert_eq!(used.checked_add(left), limit.checked_add(balance.overdrawn()));
                assert!(left.is_zero() || balance.overdrawn().is_zero());
                assert!(balance.overdrawn().is_zero() || !balance.allows(Credits::ZERO));
            }
        });
    }
}

#[test]
fn a_reservation_ends_once() {
    let mut budget = Budget::new(credits(5_000));
    let id = budget.reserve(credits(5_000)).unwrap();
    let settled = budget.settle(id, credits(7_000)).unwrap();
    assert_eq!(settled.excess(), credits(2_000));
    assert_eq!(budget.overdrawn(), credits(2_000));
    let message = budget.void(id).unwrap_err().to_string();
    assert_eq!(
        message,
        "reservation 0 has ended before; settle or void each once"
    );
    assert!(
        budget.reserve(Credits::ZERO).is_err(),
        "nothing at all can be reserved"
    );
    let message = budget.reserve(credits(1)).unwrap_err().to_string();
    assert_eq!(
        message,
        "0.001 credits exceed the budget of 5, of which 7 are spent and 0 reserved; raise the \
         limit or ask for less"
    );
}

#[test]
fn a_refusal_names_the_limit() {
    let mut budget = Budget::new(credits(9_000))
        .with_call_limit(credits(6_000))
        .with_day_limit(credits(5_000))
        .with_tag_limit("spring", credits(4_000));
    let ask = |millicredits| Ask::new(credits(millicredits)).on(day(0)).tagged("spring");
    let refused = |budget: &mut Budget, millicredits| {
        let refused = budget.reserve(ask(millicredits)).unwrap_err();
        let words = refused.to_string();
        words.split(" of which").next().unwrap().to_owned()
    };
    let budget = &mut budget;
    for (asked, words) in [
        (9_500, "9.5 credits exceed the limit of a single call of 6,"),
        (
            5_500,
            "5.5 credits exceed the limit of the day 2026-11-01 of 5,",
        ),
        (
            4_500,
            "4.5 credits exceed the limit of the tag \"spring\" of 4,",
        ),
    ] {
        assert_eq!(refused(budget, asked), words);
    }
    for number in 0..2 {
        let id = budget.reserve(Ask::new(credits(4_500)).on(day(number)));
        assert!(id.is_ok());
    }
    assert_eq!(refused(budget, 1), "0.001 credits exceed the budget of 9,");
    assert!(
        budget.balance(&tag("spring"))
            == Balance {
                limit: Some(credits(4_000)),
                ..Balance::default()
            },
        "a refusal reserves nothing anywhere"
    );
}

#[test]
fn a_limit_for_each_day_wants_to_know_the_day() {
    let mut budget = Budget::new(credits(9_000)).with_day_limit(credits(5_000));
    let refused = budget.reserve(credits(1)).unwrap_err();
    assert_eq!(refused, Refused::DayMissing);
    assert!(refused.over_budget().is_none());
    assert!(refused.to_string().contains("say which day it is"));
    assert_eq!(budget.reserved(), Credits::ZERO);
}

#[test]
fn a_bill_counts_on_the_day_of_its_reservation() {
    let mut budget = Budget::new(credits(9_000)).with_day_limit(credits(5_000));
    let id = budget.reserve(Ask::new(credits(5_000)).on(day(0))).unwrap();
    budget.settle(id, credits(3_000)).unwrap();
    assert_eq!(budget.balance(&Scope::Day(day(0))).spent, credits(3_000));
    assert_eq!(budget.balance(&Scope::Day(day(1))).spent, Credits::ZERO);
    assert!(budget.reserve(Ask::new(credits(2_000)).on(day(0))).is_ok());
    assert!(budget.reserve(Ask::new(credits(1)).on(day(0))).is_err());
}

#[test]
fn the_largest_bills_do_not_wrap() {
    let mut budget = Budget::new(Credits::MAX);
    for bill in [Credits::MAX, Credits::MAX] {
        let id = budget.reserve(Ask::new(Credits::ZERO).tagged("a")).unwrap();
        budget.settle(id, bill).unwrap();
    }
    assert_eq!(budget.spent(), Credits::MAX);
    assert!(budget.available().is_zero());
    // Beyond what can be counted it is overdrawn all the same.
    let mut small = Budget::new(credits(5));
    let first = small.reserve(credits(1)).unwrap();
    small.reserve(credits(1)).unwrap();
    small.settle(first, Credits::MAX).unwrap();
    assert_eq!(small.overdrawn(), credits(u64::MAX - 5));
    let unlimited = budget.balance(&tag("a"));
    assert!(unlimited.available().is_none() && unlimited.overdrawn().is_zero());
}

#[test]
fn an_ask_keeps_its_amount_whatever_it_falls_in() {
    let ask = Ask::new(credits(4_500));
    assert_eq!(ask.amount(), credits(4_500));
    assert_eq!(ask.on(day(0)).tagged("spring").amount(), credits(4_500));
}

#[test]
fn a_budget_tells_its_limit_and_what_is_left_of_it() {
    let mut budget = Budget::new(credits(10_000));
    assert_eq!(budget.limit(), credits(10_000));
    assert_eq!(budget.available(), credits(10_000));
    let render = budget.reserve(credits(8_000)).unwrap();
    assert_eq!(budget.available(), credits(2_000));
    budget.settle(render, credits(4_000)).unwrap();
    assert_eq!(budget.limit(), credits(10_000));
    assert_eq!(budget.available(), credits(6_000));
}
