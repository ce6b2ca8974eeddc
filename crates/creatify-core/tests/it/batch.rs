//! Rows in columns come to what the same rows come to one by one.

use creatify_core::pricing::{Batch, BatchError, Columns, QuoteError};
use creatify_core::{Day, Model, Operation, QuoteRequest, RateCard, Seconds, Totals};
use proptest::prelude::*;

/// Every operation with each of its models, or with none.
fn kinds() -> Vec<(Operation, Option<Model>)> {
    let priced = Operation::ALL
        .iter()
        .filter(|operation| !operation.takes_catalogue_credits());
    priced
        .flat_map(|&operation| {
            let models: Vec<_> = operation.models().map(Some).collect();
            let none = models.is_empty().then_some(None);
            models.into_iter().chain(none).map(move |m| (operation, m))
        })
        .collect()
}

type Row = ((Operation, Option<Model>), u64, u32);

fn request(&((operation, model), millis, count): &Row) -> QuoteRequest {
    let mut request = QuoteRequest::new(operation).with_count(count);
    if let Some(model) = model {
        request = request.with_model(model);
    }
    if operation.takes_length() {
        request = request.with_length(Seconds::from_millis(millis).unwrap());
    }
    request
}

/// What the rows come to in columns, and one by one.
fn both_ways(card: &RateCard, rows: &[Row]) -> (Option<Totals>, Option<Totals>) {
    let batch = Batch::new(card);
    let keys: Vec<_> = rows
        .iter()
        .map(|((operation, model), ..)| batch.key(*operation, *model).unwrap())
        .collect();
    let length = |row: &Row| if row.0.0.takes_length() { row.1 } else { 0 };
    let lengths: Vec<_> = rows
        .iter()
        .map(|row| Seconds::from_millis(length(row)).unwrap())
        .collect();
    let counts: Vec<_> = rows.iter().map(|row| row.2).collect();
    let in_columns = batch.totals(&Columns {
        keys: &keys,
        lengths: &lengths,
        counts: &counts,
    });
    let one_by_one = rows.iter().map(|row| card.totals(&request(row)).unwrap());
    (in_columns.ok(), Totals::checked_sum(one_by_one))
}

/// Rows whose counts are all small, so that the quick way is taken, or as large as they get.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let most = prop::sample::select(vec![1_u32, 50, 100_000, u32::MAX]);
    most.prop_flat_map(|most| {
        let lengths = prop_oneof![Just(0_u64), 0_u64..100_000, 0..=86_400_000_u64];
        let row = (prop::sample::select(kinds()), lengths, 1..=most);
        prop::collection::vec(row, 0..1_200)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn columns_come_to_the_sum_of_their_rows(rows in rows(), number in 20_560..20_780_i32) {
        let card = RateCard::on(Day::from_days_since_epoch(number).unwrap());
        let (in_columns, one_by_one) = both_ways(&card, &rows);
        prop_assert_eq!(in_columns, one_by_one);
    }
}

/// Alone in its columns, where nothing of another row can make up for it.
#[test]
fn every_border_of_every_price_is_where_a_single_request_has_it() {
    let borders = [1_000, 5_000, 15_000, 30_000, 86_400_000_u64];
    let lengths = borders
        .iter()
        .flat_map(|&border| [border - 1, border, (border + 1).min(86_400_000)])
        .chain([0, 1]);
    for day in ["2025-12-31", "2026-05-15", "2026-11-20"] {
        let card = RateCard::on(day.parse().unwrap());
        for length in lengths.clone() {
            for kind in kinds() {
                let (in_columns, alone) = both_ways(&card, &[(kind, length, 3)]);
                assert!(in_columns.is_some());
                assert_eq!(in_columns, alone, "{kind:?} of {length} ms on {day}");
            }
        }
    }
}

#[test]
fn a_wrong_row_is_named() {
    let card = RateCard::latest();
    let batch = Batch::new(&card);
    let link = batch.key(Operation::LinkCreate, None).unwrap();
    let render = batch.key(Operation::CustomTemplateRender, None).unwrap();
    let minute = Seconds::from_whole(60).unwrap();
    let (mut keys, mut lengths, mut counts) = ([render; 600], [minute; 600], [2; 600]);
    let totals = |keys: &[_], lengths: &[_], counts: &[_]| {
        batch.totals(&Columns {
            keys,
            lengths,
            counts,
        })
    };
    let all = totals(&keys, &lengths, &counts).unwrap();
    assert_eq!(all.to_string(), "9600 credits"); // 600 x 2 x 2 x 4
    counts[599] = 0;
    let refusal = |row, cause| Err(BatchError::Row { row, cause });
    assert_eq!(
        totals(&keys, &lengths, &counts),
        refusal(599, QuoteError::NoCount)
    );
    keys[530] = link;
    let operation = Operation::LinkCreate;
    assert_eq!(
        totals(&keys, &lengths, &counts),
        refusal(530, QuoteError::LengthNotTaken { operation })
    );
    counts[599] = 2;
    assert_eq!(
        totals(&keys, &lengths, &counts),
        refusal(530, QuoteError::LengthNotTaken { operation })
    );
    lengths[530] = Seconds::ZERO;
    assert!(totals(&keys, &lengths, &counts).is_ok());
    assert!(totals(&keys[..3], &lengths[..3], &counts[..2]).is_err());
    assert!(totals(&keys[..3], &lengths[..2], &counts[..3]).is_err());
    let error = totals(&keys[..3], &lengths[..2], &counts[..1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "columns have 3 keys, 2 lengths and 1 counts; give as many of each"
    );
}

#[test]
fn a_price_that_does_not_exist_has_no_key() {
    let card = RateCard::on("2025-08-31".parse().unwrap());
    let batch = Batch::new(&card);
    let aurora = batch.key(Operation::LipsyncV2Generate, Some(Model::AuroraV1));
    assert!(matches!(aurora, Err(QuoteError::NotOffered { .. })));
    let operation = Operation::InspirationGenerate;
    let listed = batch.key(operation, None);
    assert_eq!(
        listed,
        Err(QuoteError::CatalogueCreditsMissing { operation })
    );
}

/// The sums of a block are kept in 64 bits only where they are sure to fit.
#[test]
fn a_sum_that_does_not_fit_is_an_error_and_never_wraps() {
    let card = RateCard::latest();
    let dearest = ((Operation::AdsCloneGenerate, None), 86_400_000, u32::MAX);
    // 86,400 / 5 x 12 credits, 2^32 - 1 times, goes 20.7 times into the most there is.
    let both = both_ways(&card, &[dearest; 20]);
    assert!(both.0.is_some() && both.0 == both.1);
    for rows in [&[dearest; 21][..], &[dearest; 600]] {
        assert_eq!(both_ways(&card, rows), (None, None));
    }
    // One small count among them changes nothing.
    let small = (dearest.0, dearest.1, 1);
    let rows: Vec<Row> = [[dearest; 21].as_slice(), &[small]].concat();
    assert_eq!(both_ways(&card, &rows), (None, None));
}

#[test]
fn counts_of_nothing_but_zeros_are_refused() {
    let card = RateCard::latest();
    let batch = Batch::new(&card);
    let key = batch.key(Operation::LinkCreate, None).unwrap();
    let none = Columns {
        keys: &[key; 3],
        lengths: &[Seconds::ZERO; 3],
        counts: &[0; 3],
    };
    let cause = QuoteError::NoCount;
    assert_eq!(batch.totals(&none), Err(BatchError::Row { row: 0, cause }));
}
