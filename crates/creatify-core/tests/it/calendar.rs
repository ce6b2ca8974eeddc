//! Days and months against a calendar counted one day at a time.

use creatify_core::{Day, Month};
use proptest::prelude::*;

/// Counts from 1970-01-01 day by day, the way a person would.
fn counted(until: u16) -> Vec<(u16, u8, u8)> {
    let mut days = Vec::new();
    for year in 1_970..=until {
        let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let february = if is_leap { 29 } else { 28 };
        let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (month, length) in (1..).zip(months) {
            days.extend((1..=length).map(|day| (year, month, day)));
        }
    }
    days
}

#[test]
fn days_agree_with_counting_one_by_one() {
    for (number, (year, month, day)) in (0..).zip(counted(2_110)) {
        let found = Day::from_days_since_epoch(number).unwrap();
        assert_eq!(found.ymd(), (year, month, day));
        assert_eq!(Day::from_ymd(year, month, day), Some(found));
        assert_eq!(found.to_string(), format!("{year}-{month:02}-{day:02}"));
    }
}

#[test]
fn the_range_ends_where_four_digits_end() {
    assert_eq!(Day::MIN, "0001-01-01".parse().unwrap());
    assert_eq!(Day::MAX, "9999-12-31".parse().unwrap());
    assert_eq!(Day::MIN.ymd(), (1, 1, 1));
    assert_eq!(Day::MAX.ymd(), (9_999, 12, 31));
    assert_eq!(
        Day::from_days_since_epoch(Day::MAX.days_since_epoch() + 1),
        None
    );
    assert_eq!(
        Day::from_days_since_epoch(Day::MIN.days_since_epoch() - 1),
        None
    );
    assert_eq!(Day::MAX.next(), Day::MAX);
}

#[test]
fn unix_seconds_are_utc_days() {
    let day = |text: &str| text.parse::<Day>().ok();
    assert_eq!(Day::from_unix_seconds(0), day("1970-01-01"));
    assert_eq!(Day::from_unix_seconds(-1), day("1969-12-31"));
    assert_eq!(Day::from_unix_seconds(86_399), day("1970-01-01"));
    assert_eq!(Day::from_unix_seconds(86_400), day("1970-01-02"));
    assert_eq!(Day::from_unix_seconds(i64::MAX), None);
    assert_eq!(Day::from_unix_seconds(i64::MIN), None);
}

#[test]
fn what_is_no_day_is_refused_with_the_form() {
    for text in [
        "",
        "2026",
        "2026-1-1",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-04-31",
        "0000-01-01",
        "10000-01-01",
        "2026-01-01T00:00",
        "+026-01-01",
        "20260101",
    ] {
        let message = text.parse::<Day>().unwrap_err().to_string();
        assert!(message.ends_with("write YYYY-MM-DD"), "{message}");
    }
    for text in ["2026", "2026-13", "2026-5", "2026-05-01"] {
        let message = text.parse::<Month>().unwrap_err().to_string();
        assert!(message.ends_with("write YYYY-MM"), "{message}");
    }
}

fn days() -> impl Strategy<Value = Day> {
    (Day::MIN.days_since_epoch()..=Day::MAX.days_since_epoch())
        .prop_map(|number| Day::from_days_since_epoch(number).unwrap())
}

/// Numbers of days: few, any, and those that with a day's own number just do not fit.
fn steps() -> impl Strategy<Value = u64> {
    let most = u64::from(i32::MAX.unsigned_abs());
    prop_oneof![0_u64..4_000_000, any::<u64>(), most - 4_000_000..=most]
}

proptest! {
    #[test]
    fn printed_days_read_back_and_sort_as_text(a in days(), b in days()) {
        prop_assert_eq!(a.to_string().parse(), Ok(a));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn a_day_lies_in_its_month_alone(day in days()) {
        let month = day.month();
        prop_assert!(month.contains(day));
        prop_assert_eq!(month.to_string().parse(), Ok(month));
        prop_assert_eq!(month.contains(day.next()), month.last_day() != day || day == Day::MAX);
        prop_assert!(month.first_day() <= day && day <= month.last_day());
    }

    #[test]
    fn no_text_panics(text in any::<String>(), dashed in "[0-9]{0,5}-[0-9]{0,3}-?[0-9]{0,3}") {
        let _ = (text.parse::<Day>(), text.parse::<Month>());
        let _ = (dashed.parse::<Day>(), dashed.parse::<Month>());
    }

    #[test]
    fn no_number_panics(
        number in any::<i32>(), seconds in any::<i64>(), (year, month, day) in any::<(u16, u8, u8)>(),
        near in (0_u16..10_002, 0_u8..14, 0_u8..33), later in steps(), start in days(),
    ) {
        let found = [
            Day::from_days_since_epoch(number),
            Day::from_unix_seconds(seconds),
            Day::from_ymd(year, month, day),
            Day::from_ymd(near.0, near.1, near.2),
            start.checked_add(later),
            Some(start.next()),
        ];
        for day in found.into_iter().flatten() {
            prop_assert!(Day::MIN <= day && day <= Day::MAX);
            prop_assert!(day.month().contains(day));
        }
        for month in [Month::new(year, month), Month::new(near.0, near.1)].into_iter().flatten() {
            prop_assert!(month.first_day() < month.last_day());
            prop_assert_eq!(month.last_day().ymd().2, month.length());
        }
    }
}
