//! What changed between two tables of prices.

use creatify_core::pricing::{
    CardChange, CardDiff, CardMode, Effective, Grade, OwnRate, Prices, Rate, RateBook, Unit,
};
use creatify_core::{Model, Operation, RateCard};
use proptest::prelude::*;

use crate::book::{book_of, day, layers};

fn lines(diff: &CardDiff) -> Vec<String> {
    diff.to_string().lines().map(str::to_owned).collect()
}

fn own(operation: Operation, millicredits: u64, unit: Unit) -> OwnRate {
    let credits = creatify_core::Credits::from_millicredits(millicredits);
    OwnRate::new(
        operation,
        credits,
        unit,
        day("2026-11-20"),
        "order form 117",
    )
}

#[test]
fn the_changes_between_two_days_are_those_of_the_changelog() {
    let diff = CardDiff::between(
        &RateCard::on(day("2026-04-30")),
        &RateCard::on(day("2026-06-01")),
    );
    assert_eq!(
        (diff.from(), diff.to()),
        (day("2026-04-30"), day("2026-06-01"))
    );
    let fast = "custom-template.generate, aurora_v1_fast: 10 credits per started 15 s becomes 0.5 \
                credits per started 1 s, from 2026-05";
    assert!(lines(&diff).iter().any(|line| line == fast), "{diff}");
    for change in diff.changes() {
        assert_eq!(change.as_str(), "unit");
        assert!(change.model().is_some_and(|model| model != Model::Standard));
    }
    // Each operation that takes an Aurora model, with each of them.
    let card = RateCard::on(day("2026-06-01"));
    let priced_by_second = card
        .rates()
        .filter(|rate| rate.effective() == Effective::Month("2026-05".parse().unwrap()));
    assert_eq!(diff.changes().len(), priced_by_second.count());
}

#[test]
fn each_kind_of_change_is_told() {
    let today = day("2026-11-20");
    let standard = |row: OwnRate| row.with_model(Model::Standard);
    let block = Unit::Time { seconds: 30 };
    let book = RateBook::built_in()
        .layered(
            CardMode::Override,
            &[
                standard(own(Operation::CustomTemplateRender, 3_000, block)),
                standard(own(Operation::CustomTemplatePreview, 1_000, Unit::Call)),
                standard(own(Operation::LipsyncV2Render, 4_000, block))
                    .with_effective(Effective::Day(day("2026-01-01"))),
                own(Operation::LinkCreate, 500, Unit::Link)
                    .with_effective(Effective::Month("2026-11".parse().unwrap())),
                own(Operation::AuroraGenerate, 700, Unit::Call).with_model(Model::Standard),
            ],
        )
        .unwrap();
    let diff = CardDiff::between(&RateCard::on(today), &book.on(today));
    assert_eq!(
        lines(&diff),
        [
            "aurora.generate, standard: new, 0.7 credits per call",
            "custom-template.preview, standard: 1 credit per started 30 s becomes 1 credit per call",
            "custom-template.render, standard: 4 credits per started 30 s becomes 3 credits per \
             started 30 s",
            "link.create: new, 0.5 credits per link, from 2026-11",
            "lipsync-v2.render, standard: 4 credits per started 30 s, from 2026-01-01 instead of \
             no printed day",
        ]
    );
    let kinds: Vec<_> = diff.changes().iter().map(CardChange::as_str).collect();
    assert_eq!(kinds, ["added", "unit", "price", "added", "beginning"]);
    let back = CardDiff::between(&book.on(today), &RateCard::on(today));
    assert_eq!(
        lines(&back)[0],
        "aurora.generate, standard: gone, was 0.7 credits per call"
    );
    assert_eq!(back.changes()[0].after(), None);
    assert_eq!(back.changes()[0].operation(), Operation::AuroraGenerate);
    // Of all rows there ever were, the published ones stayed.
    let history = CardDiff::of_history(&RateCard::on(today), &book.on(today));
    assert!(
        history
            .changes()
            .iter()
            .all(|change| change.as_str() == "added")
    );
    assert_eq!(history.changes().len(), 5);
}

/// One old row each time; beside the one that it became stands a new one that begins earlier and is
/// like it by a weaker sign.
#[test]
fn a_row_is_told_by_the_surest_sign_there_is() {
    let agreed = |rows: &[(u64, Unit, &str)]| {
        let rows: Vec<OwnRate> = rows
            .iter()
            .map(|(millicredits, unit, from)| {
                own(Operation::LinkCreate, *millicredits, *unit)
                    .with_effective(Effective::Day(day(from)))
            })
            .collect();
        RateBook::built_in()
            .layered(CardMode::Override, &rows)
            .unwrap()
    };
    let (old, earlier, later) = ("2026-12-01", "2026-11-25", "2027-01-01");
    let before = agreed(&[(3_000, Unit::Link, old)]);
    let cases = [
        // The beginning and the unit.
        (
            [(2_000, Unit::Link, earlier), (2_500, Unit::Link, old)],
            [
                "3 credits per link becomes 2.5 credits per link, from 2026-12-01",
                "new, 2 credits per link, from 2026-11-25",
            ],
        ),
        // The beginning alone.
        (
            [(3_000, Unit::Link, earlier), (2_500, Unit::Call, old)],
            [
                "3 credits per link becomes 2.5 credits per call, from 2026-12-01",
                "new, 3 credits per link, from 2026-11-25",
            ],
        ),
        // The unit and the credits.
        (
            [(2_000, Unit::Link, earlier), (3_000, Unit::Link, later)],
            [
                "3 credits per link, from 2027-01-01 instead of 2026-12-01",
                "new, 2 credits per link, from 2026-11-25",
            ],
        ),
        // The unit alone.
        (
            [(3_000, Unit::Call, earlier), (2_000, Unit::Link, later)],
            [
                "3 credits per link becomes 2 credits per link, from 2027-01-01",
                "new, 3 credits per call, from 2026-11-25",
            ],
        ),
    ];
    for (rows, expected) in cases {
        let after = agreed(&rows);
        let diff = CardDiff::of_history(&before.latest(), &after.latest());
        assert_eq!(
            lines(&diff),
            expected.map(|line| format!("link.create: {line}"))
        );
    }
}

#[test]
fn of_two_prices_that_begin_together_each_is_told_by_its_unit() {
    let operation = Operation::ProductVideoVideo;
    let read = |millicredits, unit| own(operation, millicredits, unit).with_grade(Grade::Printed);
    let block = Unit::Time { seconds: 30 };
    let book = RateBook::built_in()
        .layered(
            CardMode::Update,
            &[read(4_000, Unit::Call), read(9_000, block)],
        )
        .unwrap();
    let today = day("2026-11-20");
    let diff = CardDiff::between(&RateCard::on(today), &book.on(today));
    let mut told = lines(&diff);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "product-video.video: 10 credits per started 30 s becomes 9 credits per started 30 s",
            "product-video.video: 3 credits per call becomes 4 credits per call",
        ]
    );
    // Whichever of them stands first.
    let back = CardDiff::between(&book.on(today), &RateCard::on(today));
    assert!(
        back.changes()
            .iter()
            .all(|change| change.as_str() == "price")
    );
}

/// What a buyer pays by: a row without its evidence.
type Terms = (Operation, Option<Model>, u64, Unit, String);

fn terms(rate: &Rate) -> Terms {
    (
        rate.operation(),
        rate.model(),
        rate.credits_per_unit().millicredits(),
        rate.unit(),
        match rate.effective() {
            // A month and its first to its last day begin together.
            Effective::Month(month) => format!("{} {}", month.first_day(), month.last_day()),
            Effective::Between { first, last } => format!("{first} {last}"),
            Effective::Day(day) => day.to_string(),
            _ => String::new(),
        },
    )
}

/// The old rows with the changes made to them.
fn applied(old: Vec<Terms>, diff: &CardDiff) -> Result<Vec<Terms>, TestCaseError> {
    let mut rows = old;
    for change in diff.changes() {
        prop_assert!(change.before().is_some() || change.after().is_some());
        if let Some(before) = change.before() {
            let place = rows.iter().position(|row| *row == terms(before));
            prop_assert!(
                place.is_some(),
                "a change of a row that is not there: {}",
                change
            );
            rows.remove(place.unwrap());
        }
        rows.extend(change.after().map(terms));
    }
    Ok(rows)
}

fn sorted(mut rows: Vec<Terms>) -> Vec<String> {
    rows.sort_by_key(|row| format!("{row:?}"));
    rows.iter().map(|row| format!("{row:?}")).collect()
}

fn in_force(card: &impl Prices) -> Vec<Terms> {
    let all = Operation::ALL.iter().flat_map(|&operation| {
        let models = Model::ALL.iter().copied().map(Some).chain([None]);
        models.flat_map(move |model| card.in_force(operation, model))
    });
    all.map(terms).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_diff_made_to_the_old_rows_gives_the_new_ones(
        a in layers(),
        b in layers(),
        days in (20_400..20_900_i32, 20_400..20_900_i32),
    ) {
        let (a, b) = (book_of(&a), book_of(&b));
        let day = |number| creatify_core::Day::from_days_since_epoch(number).unwrap();
        let (old, new) = (a.on(day(days.0)), b.on(day(days.1)));
        let diff = CardDiff::between(&old, &new);
        prop_assert_eq!(sorted(applied(in_force(&old), &diff)?), sorted(in_force(&new)));
        let history = CardDiff::of_history(&old, &new);
        let rows = |book: &RateBook| book.history().map(terms).collect::<Vec<_>>();
        prop_assert_eq!(sorted(applied(rows(&a), &history)?), sorted(rows(&b)));
        prop_assert_eq!(diff.is_empty(), sorted(in_force(&old)) == sorted(in_force(&new)));
    }

    #[test]
    fn a_card_differs_from_itself_in_nothing(layers in layers(), number in 20_400..20_900_i32) {
        let book = book_of(&layers);
        let card = book.on(creatify_core::Day::from_days_since_epoch(number).unwrap());
        prop_assert!(CardDiff::between(&card, &card).is_empty());
        prop_assert!(CardDiff::of_history(&card, &card).is_empty());
    }
}
