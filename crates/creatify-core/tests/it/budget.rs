//! Budgets under any order of reserving, settling and voiding.

use creatify_core::Credits;
use creatify_core::budget::{Budget, ReservationId};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Reserve(u64),
    /// Settles one of all reservations ever made by a bill of so many percent of it.
    Settle(prop::sample::Index, u64),
    Void(prop::sample::Index),
}

fn steps(percent: std::ops::RangeInclusive<u64>) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0_u64..60_000).prop_map(Step::Reserve),
        2 => (any::<prop::sample::Index>(), percent).prop_map(|(i, p)| Step::Settle(i, p)),
        1 => any::<prop::sample::Index>().prop_map(Step::Void),
    ];
    prop::collection::vec(step, 0..60)
}

const LIMIT: u64 = 100_000;

fn credits(millicredits: u64) -> Credits {
    Credits::from_millicredits(millicredits)
}

/// Plays the steps on a budget and, beside it, on a plain list of amounts.
fn play(steps: Vec<Step>, check: impl Fn(&Budget)) {
    let mut budget = Budget::new(credits(LIMIT));
    let mut made: Vec<(ReservationId, u64, bool)> = Vec::new();
    let mut spent = 0;
    for step in steps {
        let open = |made: &[(ReservationId, u64, bool)]| -> u64 {
            made.iter()
                .filter(|(_, _, is_open)| *is_open)
                .map(|(_, amount, _)| amount)
                .sum()
        };
        match step {
            Step::Reserve(amount) => {
                let fits = spent + open(&made) + amount <= LIMIT;
                let before = budget.clone();
                match budget.reserve(credits(amount)) {
                    Ok(id) => {
                        assert!(fits && made.iter().all(|(other, _, _)| *other != id));
                        made.push((id, amount, true));
                    }
                    Err(refusal) => {
                        assert!(!fits && refusal.asked == credits(amount) && budget == before);
                    }
                }
            }
            Step::Settle(index, percent) if !made.is_empty() => {
                let entry = index.index(made.len());
                let (id, amount, was_open) = made[entry];
                let bill = amount * percent / 100;
                assert_eq!(budget.settle(id, credits(bill)).is_ok(), was_open);
                spent += if was_open { bill } else { 0 };
                made[entry].2 = false;
            }
            Step::Void(index) if !made.is_empty() => {
                let entry = index.index(made.len());
                let (id, amount, was_open) = made[entry];
                assert_eq!(budget.void(id).ok(), was_open.then_some(credits(amount)));
                made[entry].2 = false;
            }
            _ => {}
        }
        assert_eq!(budget.spent(), credits(spent));
        assert_eq!(budget.reserved(), credits(open(&made)));
        assert_eq!(
            budget.open_reservations(),
            made.iter().filter(|(_, _, o)| *o).count()
        );
        check(&budget);
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_and_the_limit_holds(steps in steps(0..=100)) {
        play(steps, |budget| {
            let used = budget.spent().checked_add(budget.reserved()).unwrap();
            assert!(used <= budget.limit());
            assert_eq!(used.checked_add(budget.available()), Some(budget.limit()));
            assert!(budget.overdrawn().is_zero());
        });
    }

    #[test]
    fn bills_above_their_reservation_are_counted_and_stop_further_spending(steps in steps(0..=300)) {
        play(steps, |budget| {
            let used = budget.spent().checked_add(budget.reserved()).unwrap();
            assert_eq!(used.checked_add(budget.available()),
                budget.limit().checked_add(budget.overdrawn()));
            assert!(budget.available().is_zero() || budget.overdrawn().is_zero());
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
fn the_largest_bills_do_not_wrap() {
    let mut budget = Budget::new(Credits::MAX);
    for bill in [Credits::MAX, Credits::MAX] {
        let id = budget.reserve(Credits::ZERO).unwrap();
        budget.settle(id, bill).unwrap();
    }
    assert_eq!(budget.spent(), Credits::MAX);
    assert!(budget.available().is_zero());
}
