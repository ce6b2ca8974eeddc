//! A caller's own prices over the built-in ones: what wins on which day, and what is refused.

use creatify_core::calendar::Month;
use creatify_core::pricing::{
    Batch, BookError, CardMode, Columns, Effective, Grade, LayeredCard, OwnRate, OwnRateProblem,
    Prices, Rate, RateBook, Unit,
};
use creatify_core::{Credits, Day, Model, Operation, Quote, QuoteRequest, RateCard, Seconds};
use proptest::prelude::*;

pub(crate) const RENDER: Operation = Operation::CustomTemplateRender;
pub(crate) const BLOCK: Unit = Unit::Time { seconds: 30 };

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(crate) fn month(text: &str) -> Effective {
    Effective::Month(text.parse::<Month>().unwrap())
}

pub(crate) fn agreed(millicredits: u64, effective: Effective) -> OwnRate {
    let credits = Credits::from_millicredits(millicredits);
    OwnRate::new(RENDER, credits, BLOCK, day("2026-11-20"), "order form 117")
        .with_model(Model::Standard)
        .with_effective(effective)
}

pub(crate) fn read(millicredits: u64, effective: Effective, read_on: &str) -> OwnRate {
    let credits = Credits::from_millicredits(millicredits);
    OwnRate::new(RENDER, credits, BLOCK, day(read_on), "pricing page")
        .with_model(Model::Standard)
        .with_effective(effective)
        .with_grade(Grade::Printed)
}

pub(crate) fn over(rows: &[OwnRate]) -> Result<RateBook, BookError> {
    RateBook::built_in().layered(CardMode::Override, rows)
}

pub(crate) fn newer(rows: &[OwnRate]) -> Result<RateBook, BookError> {
    RateBook::built_in().layered(CardMode::Update, rows)
}

pub(crate) fn half_a_minute(operation: Operation, model: Model) -> QuoteRequest {
    QuoteRequest::new(operation)
        .with_model(model)
        .with_length(Seconds::from_whole(30).unwrap())
}

fn quote(book: &RateBook, on: &str) -> Quote {
    let request = half_a_minute(RENDER, Model::Standard);
    book.on(day(on)).quote(&request).unwrap()
}

fn ids(quote: &Quote) -> Vec<&'static str> {
    quote.assumptions().iter().map(|doubt| doubt.id()).collect()
}

#[test]
fn an_agreed_price_holds_from_its_first_day_on() {
    let book = over(&[agreed(3_000, Effective::Day(day("2026-12-01")))]).unwrap();
    assert_eq!(quote(&book, "2026-11-30").totals().to_string(), "4 credits");
    let first = quote(&book, "2026-12-01");
    assert_eq!(first.totals().to_string(), "3 credits");
    let line = &first.lines()[0];
    assert_eq!(line.source_text(), Some("order form 117"));
    assert_eq!(line.rate().source().grade(), Grade::Agreed);
    // Nothing of it goes stale, other than a published price.
    assert_eq!(ids(&quote(&book, "2027-06-01")), ["started-unit"]);
    let stale = ids(&quote(&RateBook::built_in(), "2027-06-01"));
    assert_eq!(stale, ["after-records", "started-unit"]);
    assert_eq!(quote(&book, "2026-11-20").lines()[0].source_text(), None);
}

#[test]
fn in_the_month_in_which_an_agreement_begins_the_quote_spans_both() {
    let book = over(&[agreed(3_000, month("2026-12"))]).unwrap();
    let within = quote(&book, "2026-12-15");
    assert_eq!(within.totals().to_string(), "3 to 4 credits, likely 3");
    assert_eq!(
        ids(&within),
        ["effective-day-unknown", "after-records", "started-unit"]
    );
    assert_eq!(quote(&book, "2027-01-01").totals().to_string(), "3 credits");
}

#[test]
fn what_is_published_later_changes_nothing_of_an_agreement() {
    let rise = read(9_000, month("2026-12"), "2026-12-20");
    let again = read(12_000, Effective::Day(day("2027-03-01")), "2027-03-02");
    let book = over(&[agreed(3_000, month("2026-12"))])
        .and_then(|book| book.layered(CardMode::Update, &[rise, again]))
        .unwrap();
    // In the month in which both begin: none, one or the other.
    let within = quote(&book, "2026-12-15");
    assert_eq!(within.totals().to_string(), "3 to 9 credits, likely 3");
    assert!(!ids(&within).contains(&"price-contradicted"));
    for later in ["2027-01-01", "2027-03-01", "2030-01-01"] {
        let quote = quote(&book, later);
        assert_eq!(quote.totals().to_string(), "3 credits", "{later}");
    }
    let history = book.on(day("2027-01-01"));
    let history = history.history(RENDER, Some(Model::Standard));
    assert_eq!(history.len(), 4);
}

#[test]
fn an_agreed_aurora_price_leaves_no_doubt_about_the_headline() {
    for operation in [
        Operation::CustomTemplatePreview,
        Operation::CustomTemplateRender,
    ] {
        let row = OwnRate::new(
            operation,
            "0.8".parse().unwrap(),
            Unit::Time { seconds: 1 },
            day("2026-11-20"),
            "order form 117",
        );
        let row = row.with_model(Model::AuroraV1);
        let certain = over(std::slice::from_ref(&row)).unwrap();
        let request = half_a_minute(operation, Model::AuroraV1);
        let quote = certain.on(day("2026-11-20")).quote(&request).unwrap();
        assert_eq!(quote.totals().to_string(), "24 credits");
        assert!(quote.assumptions().is_empty());
        // While it is not certain, the agreed price is likely, not the headline.
        let begun = over(&[row.with_effective(month("2026-11"))]).unwrap();
        let quote = begun.on(day("2026-11-20")).quote(&request).unwrap();
        let least = quote.min().to_string();
        assert_eq!(quote.likely().to_string(), "24");
        assert!(["1", "4"].contains(&least.as_str()), "{least}");
        assert_eq!(quote.max().to_string(), "30");
    }
}

#[test]
fn an_agreed_price_per_call_takes_a_length_and_does_without_it() {
    let call = OwnRate::new(
        RENDER,
        "2".parse().unwrap(),
        Unit::Call,
        day("2026-11-20"),
        "flat",
    );
    let book = over(&[call.with_model(Model::Standard)]).unwrap();
    let card = book.latest();
    for request in [
        half_a_minute(RENDER, Model::Standard),
        QuoteRequest::new(RENDER).with_length(Seconds::ZERO),
        QuoteRequest::new(RENDER),
    ] {
        let quote = card.quote(&request).unwrap();
        assert_eq!(quote.totals().to_string(), "2 credits");
        assert_eq!(quote.lines()[0].to_string(), "1 call at 2 credits");
        assert_eq!(quote.usage().length, None);
    }
    let two = "2".parse().unwrap();
    let longest = card.max_seconds_within(&QuoteRequest::new(RENDER), two);
    assert_eq!(longest, Ok(Seconds::MAX));
    // What never went by length is still asked for without one.
    let links = QuoteRequest::new(Operation::LinkCreate).with_length(Seconds::MAX);
    assert!(card.quote(&links).is_err());
}

#[test]
fn an_update_replaces_the_row_that_began_with_it_and_is_appended_otherwise() {
    let book = newer(&[
        read(6_000, Effective::Unprinted, "2026-12-01"),
        read(7_000, month("2027-01"), "2026-12-01"),
    ])
    .unwrap();
    assert_eq!(quote(&book, "2026-12-01").totals().to_string(), "6 credits");
    let within = quote(&book, "2027-01-10").totals();
    assert_eq!(within.to_string(), "6 to 7 credits, likely 7");
    assert_eq!(quote(&book, "2027-02-01").totals().to_string(), "7 credits");
    let later = quote(&book, "2027-02-01");
    let line = &later.lines()[0];
    assert_eq!(line.source_text(), Some("pricing page"));
    assert_eq!(line.rate().source().grade(), Grade::Printed);
    assert_eq!(book.latest().day(), day("2026-12-01"));
}

#[test]
fn prices_that_contradict_each_other_are_replaced_together() {
    let operation = Operation::ProductVideoVideo;
    let row = |millicredits, unit| {
        let credits = Credits::from_millicredits(millicredits);
        OwnRate::new(operation, credits, unit, day("2026-12-01"), "page").with_grade(Grade::Printed)
    };
    let one = newer(&[row(4_000, BLOCK)]).unwrap();
    let card = one.on(day("2026-12-01"));
    assert_eq!(card.in_force(operation, None).len(), 1);
    let two = newer(&[row(4_000, BLOCK), row(5_000, Unit::Call)]).unwrap();
    let request = QuoteRequest::new(operation).with_length(Seconds::MAX);
    let quote = two.on(day("2026-12-01")).quote(&request).unwrap();
    assert!(ids(&quote).contains(&"price-contradicted"));
    // Read on two days, the pair stands against itself and gives way to no older half of it.
    let later = |row: OwnRate| {
        let rate = row.rate();
        OwnRate::new(
            operation,
            rate.credits_per_unit(),
            rate.unit(),
            day("2026-12-03"),
            "page",
        )
        .with_grade(Grade::Printed)
    };
    let pair = [row(4_000, BLOCK), later(row(5_000, Unit::Call))];
    let book = newer(&pair).unwrap();
    let again = book.clone().layered(CardMode::Update, &pair);
    assert_eq!(again.as_ref(), Ok(&book));
    let half = book.clone().layered(CardMode::Update, &pair[..1]);
    assert_eq!(half.unwrap_err().problem().key(), "read_on");
    let other = book.layered(CardMode::Update, &[row(6_000, BLOCK), pair[1].clone()]);
    assert_eq!(other.unwrap_err().row(), 0);
}

#[test]
fn an_older_reading_never_takes_the_place_of_a_newer_one() {
    // In place of the row, and over its days.
    for effective in [Effective::Unprinted, month("2027-01")] {
        let old = read(6_000, effective, "2026-11-19");
        let error = newer(std::slice::from_ref(&old)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "row 0: custom-template.render, standard: read on 2026-11-19, before the row it would \
             replace (in force from no printed day), which was read on 2026-11-20; bring a newer \
             reading, or layer an agreed price as an override"
        );
        assert_eq!((error.row(), error.problem().key()), (0, "read_on"));
        assert_eq!(error.operation(), RENDER);
        assert_eq!(error.model(), Some(Model::Standard));
        let same_day = read(6_000, effective, "2026-11-20");
        assert!(newer(&[same_day]).is_ok());
    }
    // An agreement gives way to a later one only.
    let first = over(&[agreed(3_000, Effective::Unprinted)]).unwrap();
    let mut older = OwnRate::new(RENDER, Credits::ZERO, BLOCK, day("2026-11-19"), "draft");
    older = older.with_model(Model::Standard);
    let error = first.clone().layered(CardMode::Override, &[older]);
    let problem = error.unwrap_err().problem();
    assert!(matches!(problem, OwnRateProblem::ReadEarlier { .. }));
    // What began before the oldest row takes no days of it.
    let lipsync = |effective| {
        let credits = Credits::from_millicredits(30_000);
        let operation = Operation::LipsyncV2Generate;
        let row = OwnRate::new(operation, credits, BLOCK, day("2025-08-01"), "old page");
        row.with_model(Model::AuroraV1)
            .with_grade(Grade::SecondHand)
            .with_effective(effective)
    };
    assert!(newer(&[lipsync(month("2025-07"))]).is_ok());
    assert!(newer(&[lipsync(month("2025-10"))]).is_err());
}

#[test]
fn an_appended_row_is_held_against_the_one_whose_days_it_takes_and_no_older_one() {
    let book = newer(&[read(6_000, month("2027-01"), "2026-12-01")]).unwrap();
    // What holds before January is read once more, after all others.
    let again = read(4_500, Effective::Unprinted, "2026-12-20");
    let book = book.layered(CardMode::Update, &[again]).unwrap();
    // A row from March takes days of January's row alone.
    let march = |read_on| read(7_000, month("2027-03"), read_on);
    let layered = |row| book.clone().layered(CardMode::Update, &[row]);
    assert!(layered(march("2026-12-05")).is_ok());
    let refused = layered(march("2026-11-30")).unwrap_err();
    let OwnRateProblem::ReadEarlier {
        replaced_read_on,
        replaced_effective,
        ..
    } = refused.problem()
    else {
        panic!("{refused}");
    };
    let replaced = (replaced_read_on, replaced_effective);
    assert_eq!(replaced, (day("2026-12-01"), month("2027-01")));
}

#[test]
fn a_book_that_nothing_was_layered_on_is_the_built_in_card() {
    let book = RateBook::built_in();
    let card = RateCard::latest();
    assert_eq!(book.latest().day(), card.day());
    assert!(book.history().eq(RateCard::history()));
    assert!(book.latest().rates().eq(card.rates()));
    assert_eq!(book.latest().checked_on(), card.checked_on());
    assert!(
        card.rates()
            .all(|rate| book.latest().source_text(rate).is_none())
    );
    let own = over(&[agreed(1, Effective::Unprinted)]).unwrap();
    assert_eq!(own.latest().book(), &own);
    let count = |book: &RateBook| book.history().count();
    assert_eq!(count(&own), count(&book) + 1);
    let in_force = own.latest();
    assert_eq!(in_force.rates().count(), card.rates().count());
    let old = OwnRate::new(RENDER, Credits::ZERO, BLOCK, day("2026-01-01"), "old order");
    let old = over(&[old.with_model(Model::Standard)]).unwrap();
    assert_eq!(old.latest().checked_on(), Some(day("2026-01-01")));
}

/// What the generated rows are for: few enough that they meet.
const CELLS: [(Operation, Option<Model>); 4] = [
    (RENDER, Some(Model::Standard)),
    (RENDER, Some(Model::AuroraV1)),
    (Operation::ProductVideoVideo, None),
    (Operation::LinkCreate, None),
];

prop_compose! {
    fn days()(number in 20_400..20_900_i32) -> Day {
        Day::from_days_since_epoch(number).unwrap()
    }
}

fn effectives() -> impl Strategy<Value = Effective> {
    prop_oneof![
        Just(Effective::Unprinted),
        days().prop_map(|day| Effective::Month(day.month())),
        days().prop_map(Effective::Day),
        (days(), 0..90_i32).prop_map(|(first, length)| Effective::Between {
            first,
            last: Day::from_days_since_epoch(first.days_since_epoch() + length).unwrap(),
        }),
    ]
}

fn units() -> impl Strategy<Value = Unit> {
    prop_oneof![
        (1_u32..40).prop_map(|seconds| Unit::Time { seconds }),
        Just(Unit::Call),
    ]
}

pub(crate) fn own_rates(mode: CardMode) -> impl Strategy<Value = OwnRate> {
    let row = (
        prop::sample::select(CELLS.to_vec()),
        0_u64..20_000,
        units(),
        effectives(),
        20_770..20_800_i32,
        "[a-z]{1,9}",
    );
    row.prop_map(
        move |((operation, model), millicredits, unit, effective, read_on, source)| {
            let credits = Credits::from_millicredits(millicredits);
            let read_on = Day::from_days_since_epoch(read_on).unwrap();
            let mut row = OwnRate::new(operation, credits, unit, read_on, source);
            row = row.with_effective(effective);
            if let Some(model) = model {
                row = row.with_model(model);
            }
            match mode {
                CardMode::Update => row.with_grade(Grade::Printed),
                _ => row,
            }
        },
    )
}

/// Layers row by row, without those that are refused.
pub(crate) fn book_of(layers: &[(CardMode, OwnRate)]) -> RateBook {
    layers
        .iter()
        .fold(RateBook::built_in(), |book, (mode, row)| {
            let layered = book.clone().layered(*mode, std::slice::from_ref(row));
            layered.unwrap_or(book)
        })
}

pub(crate) fn layers() -> impl Strategy<Value = Vec<(CardMode, OwnRate)>> {
    let layer = prop_oneof![
        own_rates(CardMode::Override).prop_map(|row| (CardMode::Override, row)),
        own_rates(CardMode::Update).prop_map(|row| (CardMode::Update, row)),
    ];
    prop::collection::vec(layer, 0..8)
}

/// The first day on which a row may hold, and the first on which it does for certain.
fn beginning(rate: &Rate) -> (Day, Day) {
    match rate.effective() {
        Effective::Month(month) => (month.first_day(), month.last_day().next()),
        Effective::Day(day) => (day, day),
        Effective::Between { first, last } => (first, last.next()),
        _ => (Day::MIN, Day::MIN),
    }
}

/// The rows that may hold on a day, by the rule as it reads: one that may have begun, unless one
/// that began later holds for certain.
fn may_hold(rows: &[Rate], on: Day) -> Vec<Rate> {
    let holds = |rate: &&Rate| {
        let replaced = rows
            .iter()
            .any(|other| beginning(other) > beginning(rate) && beginning(other).1 <= on);
        beginning(rate).0 <= on && !replaced
    };
    rows.iter().filter(holds).copied().collect()
}

fn expected(card: &LayeredCard<'_>, cell: (Operation, Option<Model>)) -> Vec<Rate> {
    let is_agreed = |rate: &Rate| rate.source().grade() == Grade::Agreed;
    let all = card.history(cell.0, cell.1);
    let (agreed, published): (Vec<Rate>, Vec<Rate>) = all.iter().copied().partition(is_agreed);
    let agreed = may_hold(&agreed, card.day());
    if agreed.iter().any(|rate| beginning(rate).1 <= card.day()) {
        return agreed;
    }
    [may_hold(&published, card.day()), agreed].concat()
}

/// A request that every price of the operation can be asked for.
fn ask((operation, model): (Operation, Option<Model>), seconds: u64) -> QuoteRequest {
    let mut request = QuoteRequest::new(operation);
    if let Some(model) = model {
        request = request.with_model(model);
    }
    if operation.takes_length() {
        request = request.with_length(Seconds::from_whole(seconds).unwrap());
    }
    request
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_in_force_follows_the_rule_on_every_day(layers in layers(), on in days()) {
        let book = book_of(&layers);
        let card = book.on(on);
        for cell in CELLS {
            prop_assert_eq!(card.in_force(cell.0, cell.1).to_vec(), expected(&card, cell));
        }
    }

    #[test]
    fn an_override_never_loses_from_its_first_certain_day_on(
        before in layers(),
        own in own_rates(CardMode::Override),
        after in prop::collection::vec(own_rates(CardMode::Update), 0..6),
        on in days(),
    ) {
        let book = book_of(&before).layered(CardMode::Override, std::slice::from_ref(&own));
        prop_assume!(book.is_ok());
        let without_updates = book.unwrap();
        let mut book = without_updates.clone();
        for row in after {
            book = book.clone().layered(CardMode::Update, &[row]).unwrap_or(book);
        }
        let rate = own.rate();
        let (operation, model) = (rate.operation(), rate.model());
        let card = book.on(on);
        let in_force = card.in_force(operation, model).to_vec();
        let (possible, certain) = beginning(&rate);
        if on >= certain {
            prop_assert!(in_force.iter().all(|other| other.source().grade() == Grade::Agreed));
            let as_before = without_updates.on(on).in_force(operation, model).to_vec();
            prop_assert_eq!(&in_force, &as_before);
        }
        let is_last_agreed = without_updates
            .on(on)
            .history(operation, model)
            .iter()
            .all(|other| other.source().grade() != Grade::Agreed || beginning(other) <= beginning(&rate));
        if on >= certain && is_last_agreed {
            prop_assert_eq!(&in_force, &vec![rate]);
            prop_assert_eq!(card.source_text(&rate), Some(own.source_text()));
        }
        if on >= possible && is_last_agreed {
            prop_assert_eq!(card.rate(operation, model), Some(&rate));
        }
        if on < possible {
            prop_assert!(!in_force.contains(&rate));
        }
    }

    #[test]
    fn layering_the_same_rows_again_changes_nothing(
        before in layers(),
        mode in prop::sample::select(CardMode::ALL),
        seed in prop::collection::vec((own_rates(CardMode::Override), own_rates(CardMode::Update)), 0..6),
    ) {
        let rows: Vec<OwnRate> = seed
            .into_iter()
            .map(|(agreed, read)| if mode == CardMode::Override { agreed } else { read })
            .collect();
        let once = book_of(&before).layered(mode, &rows);
        prop_assume!(once.is_ok());
        let once = once.unwrap();
        prop_assert_eq!(once.clone().layered(mode, &rows), Ok(once));
    }

    #[test]
    fn an_update_never_lets_an_older_reading_win(
        before in prop::collection::vec(own_rates(CardMode::Update), 0..6),
        row in own_rates(CardMode::Update),
        on in days(),
    ) {
        let before: Vec<_> = before.into_iter().map(|row| (CardMode::Update, row)).collect();
        let book = book_of(&before);
        let rate = row.rate();
        let Ok(updated) = book.clone().layered(CardMode::Update, &[row]) else {
            return Ok(());
        };
        // Whatever was newest on the day before is still there, or was not read later.
        let (operation, model) = (rate.operation(), rate.model());
        if updated.on(on).rate(operation, model) == Some(&rate) {
            if let Some(was) = book.on(on).rate(operation, model) {
                prop_assert!(was.source().read_on() <= rate.source().read_on());
            }
        }
    }

    #[test]
    fn columns_come_to_the_sum_of_their_rows_on_a_book_too(
        layers in layers(),
        on in days(),
        rows in prop::collection::vec((prop::sample::select(CELLS.to_vec()), 0_u64..200, 1_u32..50), 0..40),
    ) {
        let book = book_of(&layers);
        let card = book.on(on);
        let batch = Batch::new(&card);
        let mut sum = creatify_core::Totals::ZERO;
        let (mut keys, mut lengths, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for (cell, seconds, count) in rows {
            let request = ask(cell, seconds).with_count(count);
            let (Ok(totals), Ok(key)) = (card.totals(&request), batch.key(cell.0, cell.1)) else {
                continue;
            };
            prop_assert_eq!(card.quote(&request).unwrap().totals(), totals);
            sum = sum.checked_add(totals).unwrap();
            keys.push(key);
            let length = if cell.0.takes_length() { seconds } else { 0 };
            lengths.push(Seconds::from_whole(length).unwrap());
            counts.push(count);
        }
        let columns = Columns { keys: &keys, lengths: &lengths, counts: &counts };
        prop_assert_eq!(batch.totals(&columns), Ok(sum));
    }
}
