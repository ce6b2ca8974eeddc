//! Quotes against bills, over time.

use creatify_core::pricing::{Calibration, QuoteError};
use creatify_core::{Credits, Model, Operation, QuoteRequest, RateCard, Seconds, Totals};
use proptest::prelude::*;

fn credits(millicredits: u64) -> Credits {
    Credits::from_millicredits(millicredits)
}

fn totals(min: u64, likely: u64, max: u64) -> Totals {
    Totals::new(credits(min), credits(likely), credits(max)).unwrap()
}

#[test]
fn a_range_is_only_made_of_ends_in_order() {
    assert!(Totals::new(credits(1), credits(1), credits(1)).is_some());
    assert!(Totals::new(credits(2), credits(1), credits(3)).is_none());
    assert!(Totals::new(credits(1), credits(3), credits(2)).is_none());
}

#[test]
fn each_operation_and_model_has_its_line() {
    let mut report = Calibration::new();
    let kinds = [
        (Operation::LipsyncV2Generate, Some(Model::AuroraV1)),
        (Operation::LipsyncV2Generate, Some(Model::Standard)),
        (Operation::LinkCreate, None),
        (Operation::LipsyncV2Generate, Some(Model::Standard)),
    ];
    for (operation, model) in kinds {
        let quoted = totals(1_000, 2_000, 3_000);
        report
            .billed(operation, model, quoted, credits(2_000))
            .unwrap();
    }
    let lines: Vec<_> = report
        .lines()
        .map(|line| (line.operation(), line.model(), line.count()))
        .collect();
    assert_eq!(
        lines,
        [
            (kinds[2].0, kinds[2].1, 1),
            (kinds[1].0, kinds[1].1, 2),
            (kinds[0].0, kinds[0].1, 1),
        ]
    );
}

#[test]
fn a_settlement_counts_by_what_was_charged() {
    let request = QuoteRequest::new(Operation::CustomTemplateRender)
        .with_length(Seconds::from_whole(30).unwrap());
    let quote = RateCard::latest().quote(&request).unwrap(); // 4
    let mut report = Calibration::new();
    // The sum of preview and render: 4 of it is the render's.
    let sum = quote.settle_after(credits(1_000), credits(5_000));
    report.settled(&quote, &sum).unwrap();
    report
        .settled(&quote, &quote.settle(credits(3_000)))
        .unwrap();
    let line = report.lines().next().unwrap();
    assert_eq!((line.matched(), line.below(), line.above()), (1, 1, 0));
    assert_eq!(
        (line.likely(), line.billed()),
        (credits(8_000), credits(7_000))
    );
    assert_eq!(line.drift_per_mille(), Some(-125));
}

#[test]
fn nothing_expected_has_no_drift() {
    let mut report = Calibration::new();
    let free = totals(0, 0, 0);
    report
        .billed(Operation::LinkCreate, None, free, credits(1))
        .unwrap();
    assert_eq!(report.lines().next().unwrap().drift_per_mille(), None);
    // 2^64 - 1 thousandths for one thousandth expected: beyond what the share can say.
    let mut report = Calibration::new();
    let hardly = totals(1, 1, 1);
    report
        .billed(Operation::LinkCreate, None, hardly, Credits::MAX)
        .unwrap();
    assert_eq!(report.lines().next().unwrap().drift_per_mille(), None);
}

#[test]
fn a_sum_that_does_not_fit_changes_nothing() {
    let mut report = Calibration::new();
    let (link, one) = (Operation::LinkCreate, totals(1, 1, 1));
    report.billed(link, None, one, Credits::MAX).unwrap();
    let before = report.clone();
    let refused = report.billed(link, None, one, credits(1)).unwrap_err();
    assert_eq!((refused, &report), (QuoteError::TooLarge, &before));
    let most = totals(0, u64::MAX, u64::MAX);
    assert!(report.billed(link, None, most, credits(0)).is_err());
    assert_eq!(report, before);
}

proptest! {
    #[test]
    fn every_bill_is_counted_once_and_the_sums_agree(
        bills in prop::collection::vec((0_u64..9, 0_u64..9, 0_u64..9, 0_u64..30), 1..40)
    ) {
        let mut report = Calibration::new();
        let (mut below, mut above, mut likely, mut billed) = (0, 0, 0_u64, 0_u64);
        for (min, more, most, bill) in &bills {
            let quoted = totals(*min, min + more, min + more + most);
            report.billed(Operation::LinkCreate, None, quoted, credits(*bill)).unwrap();
            below += u64::from(bill < min);
            above += u64::from(*bill > min + more + most);
            likely += min + more;
            billed += bill;
        }
        let line = *report.lines().next().unwrap();
        prop_assert_eq!(report.lines().len(), 1);
        prop_assert_eq!(line.count(), bills.len() as u64);
        prop_assert_eq!((line.below(), line.above()), (below, above));
        prop_assert_eq!(line.matched(), line.count() - below - above);
        prop_assert_eq!((line.likely(), line.billed()), (credits(likely), credits(billed)));
        let drift = (likely > 0)
            .then(|| (billed as i64 - likely as i64) * 1_000 / likely as i64);
        prop_assert_eq!(line.drift_per_mille(), drift);
    }
}
