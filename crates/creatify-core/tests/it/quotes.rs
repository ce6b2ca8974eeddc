//! What holds for every quote, whatever is asked for.

use creatify_core::pricing::{AssumptionKind, QuoteError};
use creatify_core::{Credits, Day, Length, Model, Operation, QuoteRequest, RateCard, Seconds};
use proptest::prelude::*;

use crate::oracle;

const DAY: u64 = 86_400_000;

fn timed_operations() -> impl Strategy<Value = Operation> {
    let timed: Vec<_> = Operation::ALL
        .iter()
        .copied()
        .filter(|o| o.takes_length())
        .collect();
    prop::sample::select(timed)
}

fn untimed_operations() -> Vec<Operation> {
    let all = Operation::ALL.iter().copied();
    all.filter(|operation| !operation.takes_length()).collect()
}

fn models() -> impl Strategy<Value = Model> {
    prop::sample::select(Model::ALL)
}

/// From two years before the first change to a year after the last, and the days on which a month
/// of a change begins, or has ended, with their neighbours.
fn days() -> impl Strategy<Value = Day> {
    let borders = [
        "2025-09-01",
        "2025-10-01",
        "2025-11-01",
        "2026-05-01",
        "2026-06-01",
    ];
    let borders = borders.map(|day| day.parse::<Day>().unwrap().days_since_epoch());
    let near = (prop::sample::select(borders.to_vec()), -1..=1).prop_map(|(day, off)| day + off);
    prop_oneof![2 => 20_000..21_200, 1 => near]
        .prop_map(|number| Day::from_days_since_epoch(number).unwrap())
}

/// Short lengths, whole blocks and their neighbours, and anything up to a day.
pub(crate) fn lengths() -> impl Strategy<Value = Seconds> {
    let near_blocks = (0_u64..8, -1_i64..=1)
        .prop_map(|(blocks, off)| (blocks * 15_000).saturating_add_signed(off));
    prop_oneof![0_u64..100_000, near_blocks, 0..=DAY].prop_map(|m| Seconds::from_millis(m).unwrap())
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) operation: Operation,
    /// None for the default, which is no model where the operation takes none.
    pub(crate) model: Option<Model>,
    pub(crate) day: Day,
    pub(crate) length: Seconds,
    pub(crate) count: u32,
    pub(crate) previews: u32,
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    (
        timed_operations().prop_flat_map(|operation| {
            let models: Vec<_> = operation.models().collect();
            let model = if models.is_empty() {
                Just(None).boxed()
            } else {
                prop::option::of(prop::sample::select(models)).boxed()
            };
            (Just(operation), model)
        }),
        days(),
        lengths(),
        1_u32..20,
        1_u32..20,
    )
        .prop_map(|((operation, model), day, length, count, previews)| {
            let previews = if operation.takes_previews() {
                previews
            } else {
                1
            };
            Case {
                operation,
                model,
                day,
                length,
                count,
                previews,
            }
        })
}

impl Case {
    pub(crate) fn request(self) -> QuoteRequest {
        let mut request = QuoteRequest::new(self.operation)
            .with_length(self.length)
            .with_count(self.count);
        if let Some(model) = self.model {
            request = request.with_model(model);
        }
        if self.operation.takes_previews() {
            request.with_previews(self.previews)
        } else {
            request
        }
    }

    /// What each price that may hold comes to, as the oracle has it.
    fn readings(self) -> Vec<u128> {
        oracle::readings(self.operation, self.model, self.day, self.length)
    }

    /// Least, likely and most in thousandths; `None` when not offered.
    fn amounts(self) -> Option<[u64; 3]> {
        match RateCard::on(self.day).totals(&self.request()) {
            Ok(t) => Some([t.min(), t.likely(), t.max()].map(Credits::millicredits)),
            Err(QuoteError::NotOffered { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }
}

proptest! {
    #[test]
    fn totals_agree_with_the_oracle(case in cases(), shorter in lengths(), is_range in any::<bool>()) {
        let length = if is_range {
            Length::Between { min: case.length.min(shorter), max: case.length.max(shorter) }
        } else {
            Length::Known(case.length)
        };
        let ours = match RateCard::on(case.day).totals(&case.request().with_length(length)) {
            Ok(totals) => Some([totals.min(), totals.likely(), totals.max()]),
            Err(QuoteError::NotOffered { .. }) => None,
            Err(error) => panic!("{error}"),
        };
        let theirs = oracle::totals(
            case.operation, case.model, case.day, length, case.count, case.previews,
        );
        prop_assert_eq!(ours.is_some(), theirs.is_some());
        for (ours, theirs) in ours.into_iter().flatten().zip(theirs.into_iter().flatten()) {
            prop_assert_eq!(u128::from(ours.millicredits()) * theirs.1, theirs.0 * 1_000);
        }
    }

    #[test]
    fn what_goes_by_no_length_agrees_with_the_oracle(
        operation in prop::sample::select(untimed_operations()), day in days(),
        count in 1_u32..=u32::MAX, catalogue in any::<u64>(), shift in 0_u32..64,
    ) {
        let mut request = QuoteRequest::new(operation).with_count(count);
        let theirs = if operation.takes_catalogue_credits() {
            let catalogue = catalogue >> shift;
            request = request.with_catalogue_credits(Credits::from_millicredits(catalogue));
            [oracle::Fraction(u128::from(catalogue) * u128::from(count), 1_000); 3]
        } else {
            let any_length = Length::Known(Seconds::MAX);
            oracle::totals(operation, None, day, any_length, count, 1).unwrap()
        };
        match RateCard::on(day).totals(&request) {
            Ok(totals) => {
                for (ours, theirs) in [totals.min(), totals.likely(), totals.max()].iter().zip(theirs) {
                    prop_assert_eq!(u128::from(ours.millicredits()) * theirs.1, theirs.0 * 1_000);
                }
            }
            Err(error) => {
                prop_assert_eq!(error, QuoteError::TooLarge);
                prop_assert!(theirs[2].0 * 1_000 > u128::from(u64::MAX) * theirs[2].1);
            }
        }
    }

    #[test]
    fn likely_lies_within_the_range_and_the_lines_add_up_to_it(case in cases()) {
        if let Ok(quote) = RateCard::on(case.day).quote(&case.request()) {
            prop_assert!(quote.min() <= quote.likely() && quote.likely() <= quote.max());
            let lines = quote.lines().iter().map(|line| line.credits());
            prop_assert_eq!(Credits::checked_sum(lines), Some(quote.likely()));
            for line in quote.lines() {
                let product = line.rate().credits_per_unit().checked_mul(line.units());
                prop_assert_eq!(product, Some(line.credits()));
            }
            prop_assert_eq!(Ok(quote.totals()), RateCard::on(case.day).totals(&case.request()));
        }
    }

    #[test]
    fn a_range_has_a_reason(case in cases()) {
        if let Ok(quote) = RateCard::on(case.day).quote(&case.request()) {
            let is_explained = quote.assumptions().iter().any(|a| a.range().is_some());
            prop_assert_eq!(quote.min() != quote.max(), is_explained);
            for assumption in quote.assumptions() {
                prop_assert!(!assumption.to_string().is_empty());
                if let Some((min, max)) = assumption.range() {
                    prop_assert!(quote.min() <= min && min < max && max <= quote.max());
                }
            }
        }
    }

    #[test]
    fn more_never_costs_less(case in cases(), longer in lengths(), more in 1_u32..20) {
        let length = case.length.max(longer);
        let previews = if case.operation.takes_previews() { case.previews + more } else { 1 };
        let count = case.count + more;
        for larger in [Case { length, ..case }, Case { previews, ..case }, Case { count, ..case }] {
            if let (Some(small), Some(large)) = (case.amounts(), larger.amounts()) {
                prop_assert!(small.iter().zip(large).all(|(small, large)| *small <= large));
            }
        }
    }

    /// `likely` is one price and adds up over borders. `max` is the dearest reading of the whole
    /// length: it adds up wherever one reading is the dearest of both parts, and nowhere else;
    /// see [`the_dearest_reading_may_be_another_one_for_each_part`]. `min` may mix readings.
    #[test]
    fn a_split_at_a_unit_border_costs_the_same_and_inside_one_no_less(
        case in cases(), blocks in 0_u64..40, inside in 0_u64..30_000,
    ) {
        let part = |millis| Case { length: Seconds::from_millis(millis).unwrap(), ..case };
        let amounts = |millis| part(millis).amounts();
        let rest = u64::from(case.length.millis()) % (DAY / 2);
        // 30 s is a border of every unit: 1 s, 5 s, 15 s and 30 s.
        let border = blocks * 30_000;
        if let (Some(whole), Some(left), Some(right)) = (amounts(border + rest), amounts(border), amounts(rest)) {
            prop_assert_eq!(whole[1], left[1] + right[1]);
            prop_assert!(whole[2] <= left[2] + right[2]);
            let (left_readings, right_readings) = (part(border).readings(), part(rest).readings());
            let is_dearest = |readings: &[u128], at: usize| readings.iter().max() == readings.get(at);
            let has_dearest_of_both = (0..left_readings.len())
                .any(|at| is_dearest(&left_readings, at) && is_dearest(&right_readings, at));
            prop_assert_eq!(whole[2] == left[2] + right[2], has_dearest_of_both);
        }
        if let (Some(whole), Some(left), Some(right)) = (amounts(inside + rest), amounts(inside), amounts(rest)) {
            prop_assert!(whole[1] <= left[1] + right[1] && whole[2] <= left[2] + right[2]);
        }
    }

    #[test]
    fn each_rate_adds_up_over_its_own_borders_and_a_cut_inside_a_unit_saves_nothing(
        index in 0..RateCard::history().len(), blocks in 0_u64..100, rest in 0_u64..100_000,
        inside in 0_u64..100_000,
    ) {
        let rate = &RateCard::history()[index];
        if let Some(seconds) = rate.unit().seconds() {
            let total = |millis| rate.total(Seconds::from_millis(millis).unwrap(), 1).unwrap();
            let border = blocks * u64::from(seconds) * 1_000;
            prop_assert_eq!(Some(total(border + rest)), total(border).checked_add(total(rest)));
            prop_assert_eq!(rate.credits_per_unit().checked_mul(blocks), Some(total(border)));
            prop_assert!(Some(total(inside + rest)) <= total(inside).checked_add(total(rest)));
        }
    }

    #[test]
    fn the_longest_length_within_a_budget_is_exact(
        // Half of them are used up to the last thousandth by some length.
        case in cases(), budget in prop_oneof![0_u64..200_000, (0_u64..400).prop_map(|n| n * 500)],
    ) {
        let card = RateCard::on(case.day);
        let budget = Credits::from_millicredits(budget);
        if let Ok(longest) = card.max_seconds_within(&case.request(), budget) {
            let max = |length| card.totals(&case.request().with_length(length)).unwrap().max();
            prop_assert!(max(longest) <= budget);
            if let Ok(longer) = Seconds::from_millis(u64::from(longest.millis()) + 1) {
                prop_assert!(max(longer) > budget);
            }
        } else {
            prop_assert_eq!(case.amounts(), None);
        }
    }

    #[test]
    fn the_price_of_a_length_buys_at_least_that_length(case in cases()) {
        let card = RateCard::on(case.day);
        if let Ok(totals) = card.totals(&case.request()) {
            let longest = card.max_seconds_within(&case.request(), totals.max()).unwrap();
            prop_assert!(longest >= case.length);
            let again = card.totals(&case.request().with_length(longest)).unwrap();
            prop_assert_eq!(again.max(), totals.max());
        }
    }

    #[test]
    fn dollars_are_the_smallest_cents_that_cover(millicredits in any::<u64>()) {
        use creatify_core::pricing::Plan;
        for plan in Plan::ALL {
            if let Some(cents) = plan.cents(Credits::from_millicredits(millicredits)) {
                let price = u128::from(millicredits) * u128::from(plan.cents_a_month());
                let scale = u128::from(plan.credits_a_month()) * 1_000;
                prop_assert!(u128::from(cents) * scale >= price);
                prop_assert!(cents == 0 || (u128::from(cents) - 1) * scale < price);
            }
        }
    }

    #[test]
    fn no_request_panics(
        operation in prop::sample::select(Operation::ALL), model in prop::option::of(models()),
        number in Day::MIN.days_since_epoch()..=Day::MAX.days_since_epoch(),
        ends in prop::option::of((lengths(), lengths())),
        count in any::<u32>(), previews in prop::option::of(any::<u32>()),
    ) {
        let mut request = QuoteRequest::new(operation).with_count(count);
        if let Some(model) = model { request = request.with_model(model); }
        if let Some((min, max)) = ends { request = request.with_length(Length::Between { min, max }); }
        if let Some(previews) = previews { request = request.with_previews(previews); }
        let card = RateCard::on(Day::from_days_since_epoch(number).unwrap());
        match card.quote(&request) {
            Ok(quote) => prop_assert!(quote.min() <= quote.max()),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
        let _ = card.max_seconds_within(&request, Credits::MAX);
    }
}

/// Where two readings are open, no rule makes `max` add up over every border without charging
/// more than the dearer reading: the readings of 30.001 s are 2 and 15.5, so that `max` is 15.5,
/// while the dearer readings of 30 s and of 0.001 s are 15 (by the second) and 1 (by the block).
#[test]
fn the_dearest_reading_may_be_another_one_for_each_part() {
    let max = |seconds: &str| {
        let preview = QuoteRequest::new(Operation::LinkToVideoPreview)
            .with_model(Model::AuroraV1Fast)
            .with_length(seconds.parse::<Seconds>().unwrap());
        let card = RateCard::on("2026-11-20".parse().unwrap());
        card.totals(&preview).unwrap().max().to_string()
    };
    assert_eq!(max("30"), "15"); // max(1, 30 x 0.5)
    assert_eq!(max("0.001"), "1"); // max(1, 1 x 0.5)
    assert_eq!(max("30.001"), "15.5"); // max(2, 31 x 0.5), and not 15 + 1
}

#[test]
fn the_longest_length_is_a_day() {
    let render = QuoteRequest::new(Operation::CustomTemplateRender);
    let card = RateCard::latest();
    assert_eq!(
        card.max_seconds_within(&render, Credits::MAX),
        Ok(Seconds::MAX)
    );
    assert_eq!(
        card.max_seconds_within(&render, Credits::ZERO),
        Ok(Seconds::ZERO)
    );
    let link = QuoteRequest::new(Operation::LinkCreate);
    let refusal = QuoteError::LengthNotTaken {
        operation: Operation::LinkCreate,
    };
    assert_eq!(card.max_seconds_within(&link, Credits::MAX), Err(refusal));
}

#[test]
fn a_length_with_its_ends_reversed_is_refused() {
    let (min, max) = (Seconds::MAX, Seconds::ZERO);
    let request = QuoteRequest::new(Operation::CustomTemplateRender)
        .with_length(Length::Between { min, max });
    let error = RateCard::latest().quote(&request).unwrap_err();
    assert_eq!(error, QuoteError::LengthReversed { min, max });
}

#[test]
fn a_length_known_as_a_range_is_quoted_as_one() {
    let ends = ["20", "40"].map(|text| text.parse::<Seconds>().unwrap());
    let length = Length::Between {
        min: ends[0],
        max: ends[1],
    };
    let request = QuoteRequest::new(Operation::CustomTemplateGenerate).with_length(length);
    let quote = RateCard::latest().quote(&request).unwrap();
    assert_eq!(quote.totals().to_string(), "5 to 10 credits, likely 10");
    let kind = AssumptionKind::LengthRange {
        min: ends[0],
        max: ends[1],
    };
    assert!(
        quote
            .assumptions()
            .iter()
            .any(|assumption| assumption.kind() == kind)
    );
}
