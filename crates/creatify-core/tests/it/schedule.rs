//! Delays and deadlines.

use creatify_core::schedule::{Millis, Schedule};
use proptest::prelude::*;

proptest! {
    #[test]
    fn delays_double_up_to_the_cap(first in 0_u64..5_000, cap in 0_u64..100_000, looks in any::<u32>()) {
        let schedule = Schedule::default().with_first_delay(first).with_cap(cap);
        let (first, cap) = (u128::from(first.max(1)), u128::from(cap.max(1)));
        let expected = (first << looks.min(40)).min(cap);
        prop_assert_eq!(u128::from(schedule.delay(looks)), expected);
        prop_assert!(schedule.delay(looks) >= 1);
    }

    #[test]
    fn the_first_look_waits_for_the_earliest_finish(earliest in any::<u64>(), looks in 1_u32..70) {
        let schedule = Schedule::default().with_earliest_finish(earliest);
        prop_assert_eq!(schedule.delay(0), earliest.max(1_000));
        prop_assert_eq!(schedule.delay(looks), Schedule::default().delay(looks));
    }
}

#[test]
fn a_deadline_counts_from_the_submission() {
    let schedule = Schedule::default().with_deadline(5_000);
    assert_eq!(schedule.deadline(Millis(2_000)), Some(Millis(7_000)));
    assert_eq!(schedule.deadline(Millis(u64::MAX)), Some(Millis(u64::MAX)));
    assert_eq!(Schedule::default().deadline(Millis(0)), None);
    assert_eq!(Millis(5).since(Millis(9)), 0);
}
