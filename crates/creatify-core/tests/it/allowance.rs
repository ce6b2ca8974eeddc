//! A month against a plan: the cheapest one, what stays over, and the day it is gone.

use core::num::NonZeroU32;

use creatify_core::pricing::{Cover, EvenUse, Plan};
use creatify_core::{Credits, Day, Month, Operation, QuoteRequest, RateCard, Totals};
use proptest::prelude::*;

fn credits(millicredits: u64) -> Credits {
    Credits::from_millicredits(millicredits)
}

fn whole(amount: u64) -> Credits {
    Credits::from_whole(amount).unwrap()
}

/// Amounts around the allowances, and any other.
fn amounts() -> impl Strategy<Value = u64> {
    let near = (
        prop::sample::select(vec![0_u64, 500_000, 2_000_000]),
        -2_i64..=2,
    )
        .prop_map(|(amount, off)| amount.saturating_add_signed(off));
    prop_oneof![near, 0_u64..3_000_000, any::<u64>()]
}

/// Ranges of any width, from anything to far above the largest plan.
fn needs() -> impl Strategy<Value = Totals> {
    // Known ends come from the catalogue; the doubt between them from a list of previews.
    (1_u32..3_000, 0_u64..3_000_000).prop_map(|(lists, rest)| {
        let card = RateCard::latest();
        let previews = QuoteRequest::new(Operation::LinkToVideoPreviewList)
            .with_length("30".parse::<creatify_core::Seconds>().unwrap())
            .with_previews(2)
            .with_count(lists);
        let catalogue =
            QuoteRequest::new(Operation::InspirationGenerate).with_catalogue_credits(credits(rest));
        let parts = [
            card.totals(&previews).unwrap(),
            card.totals(&catalogue).unwrap(),
        ];
        Totals::checked_sum(parts).unwrap()
    })
}

proptest! {
    #[test]
    fn the_cheapest_plan_covers_and_no_cheaper_one_does(amount in amounts()) {
        let enough = |plan: &Plan| u128::from(plan.credits_a_month()) * 1_000 >= u128::from(amount);
        match Plan::cheapest_for(credits(amount)) {
            Some(plan) => {
                prop_assert!(enough(&plan));
                let cheaper = |other: &&Plan| other.cents_a_month() < plan.cents_a_month();
                prop_assert!(!Plan::ALL.iter().filter(cheaper).any(enough));
            }
            None => prop_assert!(!Plan::ALL.iter().any(enough)),
        }
    }

    #[test]
    fn what_is_left_and_what_is_short_make_up_the_month(need in needs()) {
        for plan in Plan::ALL {
            let month = plan.month(need);
            let (left, short) = (month.left(), month.short());
            let ends = [
                (need.min(), left.max(), short.min()),
                (need.likely(), left.likely(), short.likely()),
                (need.max(), left.min(), short.max()),
            ];
            for (need, left, short) in ends {
                prop_assert!(left.is_zero() || short.is_zero());
                prop_assert_eq!(need.checked_add(left), plan.allowance().checked_add(short));
            }
            prop_assert!(left.min() <= left.likely() && left.likely() <= left.max());
            let cover = match [short.max(), short.likely(), short.min()].map(Credits::is_zero) {
                [true, ..] => Cover::Surely,
                [_, true, _] => Cover::Likely,
                [.., true] => Cover::Possibly,
                _ => Cover::No,
            };
            prop_assert_eq!(month.cover(), cover);
            let price = (cover == Cover::Surely).then(|| plan.cents_a_month());
            prop_assert_eq!(month.cents(), price);
            let ids: Vec<_> = month.assumptions().iter().map(|a| a.id()).collect();
            prop_assert_eq!(ids.contains(&"month-alone"), !left.max().is_zero());
            prop_assert_eq!(ids.contains(&"overage-price-unpublished"), !short.max().is_zero());
        }
    }

    #[test]
    fn the_days_within_an_allowance_are_exact_on_both_sides(
        used in amounts(), days in 1_u32..=u32::MAX, allowance in amounts(),
    ) {
        let evenly = EvenUse::new(credits(used), NonZeroU32::new(days).unwrap());
        let (used, days, allowance) = (u128::from(used), u128::from(days), u128::from(allowance));
        let fits = |number: u64| u128::from(number) * used <= allowance * days;
        match evenly.days_within(credits(allowance as u64)) {
            Some(number) => {
                prop_assert!(fits(number));
                prop_assert!(used > 0 && u128::from(number + 1) * used > allowance * days);
            }
            None => prop_assert!(used == 0 || fits(u64::MAX)),
        }
    }

    #[test]
    fn an_allowance_is_gone_after_the_days_it_lasts(
        start in Day::MIN.days_since_epoch()..=Day::MAX.days_since_epoch(), used in amounts(),
    ) {
        let start = Day::from_days_since_epoch(start).unwrap();
        let evenly = EvenUse::a_day(credits(used));
        let gone = evenly.gone_on(start, whole(500));
        match (gone, evenly.days_within(whole(500))) {
            (Some(gone), Some(days)) => {
                let passed = gone.days_since_epoch() - start.days_since_epoch();
                prop_assert_eq!(u64::try_from(passed), Ok(days));
            }
            (None, Some(days)) => {
                let room = Day::MAX.days_since_epoch() - start.days_since_epoch();
                prop_assert!(days > u64::try_from(room).unwrap());
            }
            (gone, None) => prop_assert_eq!((gone, used), (None, 0)),
        }
    }
}

#[test]
fn a_month_has_its_own_number_of_days() {
    // 600 credits a month: 500 x 28 / 600 = 23.3, x 30 = 25, x 31 = 25.8
    for (month, days, gone) in [
        ("2026-02", 23, "2026-02-24"),
        ("2026-11", 25, "2026-11-26"),
        ("2026-12", 25, "2026-12-26"),
        ("2028-02", 24, "2028-02-25"), // 29 days: 24.2
    ] {
        let month: Month = month.parse().unwrap();
        let evenly = EvenUse::a_month(whole(600), month);
        assert_eq!(evenly.days_within(whole(500)), Some(days), "{month}");
        let gone: Day = gone.parse().unwrap();
        assert_eq!(evenly.gone_on(month.first_day(), whole(500)), Some(gone));
        assert_eq!(
            Some(u64::from(evenly.days().get())),
            Some(u64::from(month.length()))
        );
    }
}

#[test]
fn every_cover_has_its_name() {
    let covers = [Cover::Surely, Cover::Likely, Cover::Possibly, Cover::No];
    assert_eq!(
        covers.map(|cover| cover.to_string()),
        ["surely", "likely", "possibly", "no"]
    );
}

#[test]
fn a_month_that_is_just_covered_lasts_to_its_end() {
    let need = RateCard::latest()
        .totals(&QuoteRequest::new(Operation::LinkCreate).with_count(500))
        .unwrap();
    let month = Plan::Starter.month(need);
    assert_eq!((month.cover(), month.cents()), (Cover::Surely, Some(9_900)));
    let evenly = EvenUse::a_month(month.need().max(), Month::new(2026, 11).unwrap());
    assert_eq!(evenly.days_within(month.plan().allowance()), Some(30));
    assert_eq!(month.left(), Totals::ZERO);
}

#[test]
fn days_are_counted_over_the_end_of_a_year() {
    let start: Day = "2026-12-30".parse().unwrap();
    assert_eq!(start.checked_add(3), Some("2027-01-02".parse().unwrap()));
    assert_eq!(start.checked_add(0), Some(start));
    assert_eq!(Day::MAX.checked_add(1), None);
    assert_eq!(Day::MIN.checked_add(u64::MAX), None);
    assert_eq!(Day::MAX.checked_add(i32::MAX as u64), None);
}
