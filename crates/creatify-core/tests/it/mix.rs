//! The best mix is the optimum: the same as trying everything, and refused where it cannot be.

use creatify_core::pricing::{Mix, MixError, Prices as _, QuoteError, Wanted};
use creatify_core::{Credits, Model, Operation, QuoteRequest, RateCard, Seconds};
use proptest::prelude::*;

fn credits(millicredits: u64) -> Credits {
    Credits::from_millicredits(millicredits)
}

/// Something that costs exactly so many thousandths of a credit.
fn at(millicredits: u64) -> QuoteRequest {
    QuoteRequest::new(Operation::InspirationGenerate).with_catalogue_credits(credits(millicredits))
}

/// A row: the price of one, the value of one, and how many at most.
type Row = (u64, u64, u32);

fn wanted(rows: &[Row]) -> Vec<Wanted> {
    let row =
        |&(price, value, most): &Row| Wanted::new(at(price)).with_value(value).with_most(most);
    rows.iter().map(row).collect()
}

/// Every mix within the budget, the best by value, then price, then counts from the first on.
fn by_trying(rows: &[Row], budget: u64) -> (u64, u64, Vec<u32>) {
    let Some((&(price, value, most), rest)) = rows.split_first() else {
        return (0, 0, Vec::new());
    };
    let tries = (0..=most).filter_map(|count| {
        let taken = price * u64::from(count);
        let left = budget.checked_sub(taken)?;
        let (rest_value, rest_price, rest_counts) = by_trying(rest, left);
        let counts = [vec![count], rest_counts].concat();
        Some((
            rest_value + value * u64::from(count),
            rest_price + taken,
            counts,
        ))
    });
    let better = |one: &(u64, u64, Vec<u32>), other: &(u64, u64, Vec<u32>)| {
        one.0
            .cmp(&other.0)
            .then(other.1.cmp(&one.1))
            .then(one.2.cmp(&other.2))
    };
    tries.max_by(better).unwrap()
}

/// Any budget, and those that prices of half credits use up to the last thousandth.
fn budgets() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..300_000, (0_u64..600).prop_map(|halves| halves * 500)]
}

fn small_rows() -> impl Strategy<Value = Vec<Row>> {
    let price = prop_oneof![
        Just(0_u64),
        1_u64..12,
        (1_u64..8).prop_map(|price| price * 500)
    ];
    prop::collection::vec((price, 0_u64..6, 0_u32..5), 0..5)
}

proptest! {
    #[test]
    fn it_is_what_trying_everything_finds(rows in small_rows(), budget in prop_oneof![0_u64..60, 0_u64..9_000]) {
        let mix = Mix::best(&RateCard::latest(), &wanted(&rows), credits(budget)).unwrap();
        let (value, price, counts) = by_trying(&rows, budget);
        prop_assert_eq!((mix.value(), mix.totals().max(), mix.counts()), (value, credits(price), &counts[..]));
    }

    #[test]
    fn it_keeps_to_the_budget_and_to_what_is_wanted(
        // Of all that is wanted, the value fits in 64 bits.
        rows in prop::collection::vec((0_u64..40, 0_u64..1 << 28, any::<u32>()), 0..8),
        budget in 0_u64..20_000,
    ) {
        let rows: Vec<Row> =
            rows.into_iter().map(|(price, value, most)| (price * 250, value, most)).collect();
        let mix = Mix::best(&RateCard::latest(), &wanted(&rows), credits(budget)).unwrap();
        prop_assert!(mix.totals().max() <= credits(budget));
        let taken = || rows.iter().zip(mix.counts());
        prop_assert_eq!(mix.counts().len(), rows.len());
        prop_assert!(taken().all(|(row, count)| *count <= row.2));
        let price: u64 = taken().map(|(row, count)| row.0 * u64::from(*count)).sum();
        let value: u64 = taken().map(|(row, count)| row.1 * u64::from(*count)).sum();
        prop_assert_eq!((mix.totals().max(), mix.value()), (credits(price), value));
        // Nothing that is worth something could be added.
        for ((price, value, most), count) in taken() {
            let is_left = count < most && *value > 0;
            prop_assert!(!is_left || mix.totals().max().checked_add(credits(*price)) > Some(credits(budget)));
        }
    }

    #[test]
    fn more_budget_is_never_worth_less(rows in small_rows(), budget in 0_u64..9_000, more in 0_u64..3_000) {
        let value = |budget| {
            Mix::best(&RateCard::latest(), &wanted(&rows), credits(budget)).unwrap().value()
        };
        prop_assert!(value(budget) <= value(budget + more));
    }

    #[test]
    fn the_most_calls_within_a_budget_are_exact(
        case in crate::quotes::cases(), budget in budgets(),
    ) {
        let card = RateCard::on(case.day);
        let budget = credits(budget);
        let Ok(most) = card.max_count_within(&case.request(), budget) else {
            prop_assert!(card.totals(&case.request()).is_err());
            return Ok(());
        };
        let max = |count| card.totals(&case.request().with_count(count)).map(|totals| totals.max());
        prop_assert!(most == 0 || max(most).unwrap() <= budget);
        if let Some(more) = most.checked_add(1) {
            prop_assert!(max(more).map_or(true, |max| max > budget));
        }
    }

    #[test]
    fn one_row_alone_is_the_most_videos_within_the_budget(
        case in crate::quotes::cases(), budget in budgets(),
    ) {
        let card = RateCard::on(case.day);
        let most = card.max_count_within(&case.request(), credits(budget));
        match Mix::best(&card, &[Wanted::new(case.request())], credits(budget)) {
            Ok(mix) => prop_assert_eq!(Ok(mix.counts()[0]), most),
            Err(MixError::Row(error)) => prop_assert_eq!(Err(error.cause), most),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn nothing_wanted_panics(
        rows in prop::collection::vec((any::<u64>(), any::<u64>(), any::<u32>()), 0..6),
        budget in any::<u64>(),
    ) {
        if let Ok(mix) = Mix::best(&RateCard::latest(), &wanted(&rows), credits(budget)) {
            prop_assert!(mix.totals().max() <= credits(budget));
        }
    }
}

#[test]
fn the_mix_that_greed_misses() {
    let avatar = |model, seconds| {
        QuoteRequest::new(Operation::LipsyncV2Generate)
            .with_model(model)
            .with_length(Seconds::from_whole(seconds).unwrap())
    };
    // 20, 12.5 and 5 credits each.
    let wanted = [
        Wanted::new(avatar(Model::AuroraV1, 20)).with_value(81),
        Wanted::new(avatar(Model::AuroraV1Fast, 25)).with_value(50),
        Wanted::new(avatar(Model::Standard, 30)).with_value(10),
    ];
    let mix = Mix::best(&RateCard::latest(), &wanted, credits(50_000)).unwrap();
    // 2 x 20 and 2 x 5 are worth 182, 20 and 2 x 12.5 and 5 are worth 191.
    assert_eq!((mix.counts(), mix.value()), (&[0, 4, 0][..], 200));
    assert_eq!(mix.totals().to_string(), "50 credits");
    // Where every video is worth the same, the cheapest ones are taken.
    let alike = wanted.map(|wanted| wanted.with_value(1));
    let mix = Mix::best(&RateCard::latest(), &alike, credits(50_000)).unwrap();
    assert_eq!((mix.counts(), mix.value()), (&[0, 0, 10][..], 10));
}

#[test]
fn a_price_in_doubt_counts_at_its_most() {
    let nine = QuoteRequest::new(Operation::LinkToVideoPreviewList)
        .with_length(Seconds::from_whole(30).unwrap())
        .with_previews(9);
    let mix = Mix::best(&RateCard::latest(), &[Wanted::new(nine)], credits(20_000)).unwrap();
    assert_eq!(mix.counts(), [2]);
    assert_eq!(mix.totals().to_string(), "2 to 18 credits, likely 18");
}

#[test]
fn a_row_without_a_price_is_named() {
    let rows = [
        Wanted::new(at(1_000)),
        Wanted::new(QuoteRequest::new(Operation::LipsyncGenerate)),
    ];
    let error = Mix::best(&RateCard::latest(), &rows, credits(1)).unwrap_err();
    let MixError::Row(error) = error else {
        panic!("{error}")
    };
    let operation = Operation::LipsyncGenerate;
    assert_eq!(
        (error.row, error.cause),
        (1, QuoteError::LengthMissing { operation })
    );
}

#[test]
fn what_cannot_be_answered_exactly_is_refused_with_its_size() {
    let card = RateCard::latest();
    let mix = |rows: &[Row], budget| Mix::best(&card, &wanted(rows), credits(budget));
    let cells = Mix::MAX_CELLS;
    // Two rows in steps of 1: as many cells as twice the budget, and two more.
    let open = [(1, 1, u32::MAX), (2, 1, u32::MAX)];
    assert!(mix(&open, cells / 2 - 1).is_ok());
    let error = mix(&open, cells / 2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the best mix of 2 rows in steps of 0.001 credits takes a table of 4194306 cells and the \
         limit is 4194304; lower the budget, or leave out the rows whose prices make the step \
         small"
    );
    // The step is what all prices have in common, so that a large budget is no large table.
    assert!(
        mix(
            &[(500_000, 3, 9_999), (7_500_000, 50, 9_999)],
            1_000_000_000
        )
        .is_ok()
    );
    // Nor is one that holds all that is wanted.
    assert_eq!(
        mix(&[(1, 1, 3), (2, 1, 5)], u64::MAX).unwrap().counts(),
        [3, 5]
    );
    // What cannot be paid or is not wanted has no say in the step.
    let out_of_reach = [(4_000_001, 1, 1), (500_001, 1, 0)];
    assert!(mix(&[&[(500_000, 1, 9)], &out_of_reach[..]].concat(), 4_000_000).is_ok());
    let error = mix(&[(0, u64::MAX, 2)], 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value of all that is wanted exceeds 18446744073709551615; give smaller values or \
         numbers"
    );
    assert_eq!(mix(&[(0, u64::MAX, 1)], 0).unwrap().value(), u64::MAX);
}
