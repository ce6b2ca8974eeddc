//! Nothing panics, whatever it is given: what no module of a single topic tries by itself.

use creatify_core::budget::{Ask, Budget};
use creatify_core::job::Status;
use creatify_core::pricing::{
    Calibration, CardDiff, CardMode, Effective, EvenUse, Grade, OwnRate, Plan, Prices, RateBook,
    Ratio, Unit,
};
use creatify_core::script::{Language, Pace};
use creatify_core::{
    Credits, Day, JobRef, Length, Model, Month, Operation, QuoteRequest, RateCard, Seconds, Totals,
};
use proptest::prelude::*;

fn days() -> impl Strategy<Value = Day> {
    (Day::MIN.days_since_epoch()..=Day::MAX.days_since_epoch())
        .prop_map(|number| Day::from_days_since_epoch(number).unwrap())
}

/// Of any size, and often the least and the most there is.
fn amounts() -> impl Strategy<Value = Credits> {
    prop_oneof![
        6 => (any::<u64>(), 0_u32..64).prop_map(|(bits, shift)| bits >> shift),
        1 => Just(0),
        1 => Just(u64::MAX),
    ]
    .prop_map(Credits::from_millicredits)
}

fn ranges() -> impl Strategy<Value = Totals> {
    let of_any_ends = [amounts(), amounts(), amounts()].prop_map(|mut ends| {
        ends.sort_unstable();
        Totals::new(ends[0], ends[1], ends[2]).unwrap()
    });
    prop_oneof![1 => amounts().prop_map(Totals::from), 3 => of_any_ends]
}

fn units() -> impl Strategy<Value = Unit> {
    prop_oneof![
        any::<u32>().prop_map(|seconds| Unit::Time { seconds }),
        (1_u32..=86_400).prop_map(|seconds| Unit::Time { seconds }),
        prop::sample::select(vec![
            Unit::Call,
            Unit::Image,
            Unit::Link,
            Unit::CatalogueCredit
        ]),
    ]
}

fn effectives() -> impl Strategy<Value = Effective> {
    prop_oneof![
        Just(Effective::Unprinted),
        days().prop_map(|day| Effective::Month(day.month())),
        days().prop_map(Effective::Day),
        (days(), days()).prop_map(|(first, last)| Effective::Between { first, last }),
    ]
}

/// Rows as nobody should write them, and some that are taken.
fn own_rates() -> impl Strategy<Value = OwnRate> {
    let grades = vec![
        Grade::Printed,
        Grade::Observed,
        Grade::SecondHand,
        Grade::Agreed,
    ];
    let row = (
        prop::sample::select(Operation::ALL),
        prop::option::of(prop::sample::select(Model::ALL)),
        amounts(),
        units(),
        effectives(),
        prop::sample::select(grades),
        days(),
        any::<String>(),
    );
    row.prop_map(
        |(operation, model, credits, unit, effective, grade, read_on, source)| {
            let row = OwnRate::new(operation, credits, unit, read_on, source)
                .with_effective(effective)
                .with_grade(grade);
            match model.filter(|_| operation.default_model().is_some()) {
                Some(model) => row.with_model(model),
                None => row,
            }
        },
    )
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), name in "[-a-z_.0-9:]{0,30}") {
        for text in [text, name] {
            let refusals = [
                text.parse::<Operation>().err().map(|error| error.to_string()),
                text.parse::<Model>().err().map(|error| error.to_string()),
                text.parse::<Plan>().err().map(|error| error.to_string()),
                text.parse::<CardMode>().err().map(|error| error.to_string()),
                text.parse::<Language>().err().map(|error| error.to_string()),
                text.parse::<Pace>().err().map(|error| error.to_string()),
                text.parse::<Ratio>().err().map(|error| error.to_string()),
                text.parse::<JobRef>().err().map(|error| error.to_string()),
            ];
            prop_assert!(refusals.iter().flatten().all(|words| !words.is_empty()));
            let status = Status::from(text.as_str());
            prop_assert_eq!(status.as_str(), text.as_str());
        }
    }

    #[test]
    fn no_card_of_ones_own_panics(
        rows in prop::collection::vec(own_rates(), 0..4), mode in prop::sample::select(CardMode::ALL),
        on in days(), ends in (0_u64..=86_400_000, 0_u64..=86_400_000), count in any::<u32>(),
        catalogue in amounts(), budget in amounts(),
    ) {
        let alone = rows.iter().map(std::slice::from_ref);
        for rows in alone.chain([rows.as_slice()]) {
            let book = match RateBook::built_in().layered(mode, rows) {
                Ok(book) => book,
                Err(refused) => {
                    prop_assert!(!refused.to_string().is_empty());
                    continue;
                }
            };
            let card = book.on(on);
            prop_assert!(CardDiff::between(&RateCard::on(on), &card).to_string().len() < 10_000);
            for row in rows {
                let rate = row.rate();
                let [min, max] = [ends.0.min(ends.1), ends.0.max(ends.1)]
                    .map(|millis| Seconds::from_millis(millis).unwrap());
                let mut request = QuoteRequest::new(rate.operation()).with_count(count);
                if rate.operation().takes_length() {
                    request = request.with_length(Length::Between { min, max });
                }
                if rate.unit() == Unit::CatalogueCredit {
                    request = request.with_catalogue_credits(catalogue);
                }
                if let Some(model) = rate.model() {
                    request = request.with_model(model);
                }
                match card.quote(&request) {
                    Ok(quote) => prop_assert!(quote.min() <= quote.likely() && quote.likely() <= quote.max()),
                    Err(error) => prop_assert!(!error.to_string().is_empty()),
                }
                let _ = card.max_seconds_within(&request, budget);
                let _ = card.max_count_within(&request, budget);
            }
        }
    }

    #[test]
    fn no_amount_panics_in_a_budget(
        limits in [amounts(), amounts(), amounts()], asks in prop::collection::vec(amounts(), 0..8),
        bills in prop::collection::vec(amounts(), 8), on in days(),
    ) {
        let mut budget = Budget::new(limits[0])
            .with_call_limit(limits[1])
            .with_tag_limit("a", limits[2]);
        let mut open = Vec::new();
        for asked in asks {
            match budget.reserve(Ask::new(asked).on(on).tagged("a")) {
                Ok(id) => open.push((id, asked)),
                Err(refused) => prop_assert!(refused.to_string().contains("credits exceed")),
            }
        }
        for ((id, asked), bill) in open.into_iter().zip(bills) {
            let settled = budget.settle(id, bill).unwrap();
            prop_assert_eq!(settled.excess().is_zero(), bill <= asked);
            prop_assert!(budget.void(id).is_err());
            prop_assert!(budget.overdrawn().is_zero() || budget.available().is_zero());
        }
    }

    #[test]
    fn no_bill_panics(
        totals in ranges(), earlier in amounts(), bill in amounts(), seconds in 0_u64..=86_400,
    ) {
        let request = QuoteRequest::new(Operation::CustomTemplateRender)
            .with_model(Model::AuroraV1)
            .with_length(Seconds::from_whole(seconds).unwrap());
        let quote = RateCard::latest().quote(&request).unwrap();
        let mut report = Calibration::new();
        for settlement in [quote.settle(bill), quote.settle_after(earlier, bill)] {
            prop_assert!(settlement.charged() <= bill);
            let _ = report.settled(&quote, &settlement);
        }
        let _ = report.billed(quote.operation(), quote.model(), totals, bill);
        for line in report.lines() {
            let _ = (line.count(), line.drift_per_mille());
        }
    }

    #[test]
    fn no_month_panics(need in ranges(), on in days(), (year, month) in any::<(u16, u8)>()) {
        let months = [Some(on.month()), Month::new(year, month)];
        for plan in Plan::ALL {
            let held = plan.month(need);
            prop_assert!(held.left().max() <= plan.allowance());
            prop_assert!(held.short().max() <= need.max());
            let _ = (held.cents(), held.assumptions(), plan.usd(need));
            for month in months.into_iter().flatten() {
                let evenly = EvenUse::a_month(need.max(), month);
                let gone = evenly.gone_on(month.first_day(), plan.allowance());
                prop_assert!(gone.is_none_or(|day| month.first_day() <= day));
            }
        }
    }
}
