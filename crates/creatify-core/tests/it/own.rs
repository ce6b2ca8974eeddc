//! A caller's own row by itself: what can be written down, and what is refused whatever the others.

use creatify_core::pricing::{CardMode, Effective, Grade, OwnRate, OwnRateProblem, Prices, Unit};
use creatify_core::{Credits, Model, Operation, QuoteRequest, Seconds};

use crate::book::{BLOCK, RENDER, agreed, day, half_a_minute, month, newer, over, read};

#[test]
fn a_row_that_is_wrong_by_itself_is_refused_with_its_key() {
    let good = || agreed(3_000, Effective::Unprinted);
    let plain =
        |operation, unit| OwnRate::new(operation, Credits::ZERO, unit, day("2026-11-20"), "order");
    let standard = |unit| plain(RENDER, unit).with_model(Model::Standard);
    let block = |seconds| standard(Unit::Time { seconds });
    let (first, last) = (day("2026-12-02"), day("2026-12-01"));
    let silent = OwnRate::new(RENDER, Credits::ZERO, BLOCK, first, " \t");
    let cases = [
        (plain(RENDER, BLOCK), "model"),
        (
            plain(Operation::LinkCreate, Unit::Link).with_model(Model::Standard),
            "model",
        ),
        (block(0), "unit_seconds"),
        (block(86_401), "unit_seconds"),
        (
            good().with_effective(Effective::Between { first, last }),
            "effective_between",
        ),
        (good().with_grade(Grade::Printed), "grade"),
        (silent.with_model(Model::Standard), "source"),
    ];
    for (row, key) in cases {
        let error = over(&[block(86_400), row]).unwrap_err();
        assert_eq!((error.row(), error.problem().key()), (1, key), "{error}");
    }
    let error = newer(&[good()]).unwrap_err();
    assert_eq!(error.problem(), OwnRateProblem::Agreed);
    let error = over(&[good(), block(1), good()]).unwrap_err();
    assert_eq!(error.problem(), OwnRateProblem::Contradicts { first: 0 });
    let error = over(&[good(), good()]).unwrap_err();
    assert_eq!(error.problem(), OwnRateProblem::Twice { first: 0 });
    let twice = read(1, month("2027-01"), "2026-12-01");
    let error = newer(&[twice.clone(), twice]).unwrap_err();
    assert_eq!(error.problem(), OwnRateProblem::Twice { first: 0 });
}

#[test]
fn each_refusal_says_what_to_do() {
    let plain = |unit| OwnRate::new(RENDER, Credits::ZERO, unit, day("2026-11-20"), "order");
    let standard = |unit| plain(unit).with_model(Model::Standard);
    let link = OwnRate::new(
        Operation::LinkCreate,
        Credits::ZERO,
        Unit::Link,
        day("2026-11-20"),
        "order",
    );
    let (first, last) = (day("2026-12-02"), day("2026-12-01"));
    let reversed = standard(BLOCK).with_effective(Effective::Between { first, last });
    let silent = OwnRate::new(RENDER, Credits::ZERO, BLOCK, last, "");
    let one = || agreed(3_000, Effective::Unprinted);
    let overrides = [
        (
            vec![plain(BLOCK)],
            "row 0: custom-template.render: the operation has models and none is named; name one",
        ),
        (
            vec![link.with_model(Model::Standard)],
            "row 0: link.create, standard: the operation takes no model; leave it out",
        ),
        (
            vec![standard(Unit::Time { seconds: 86_401 })],
            "row 0: custom-template.render, standard: a unit of 86401 s is out of range; give 1 to \
             86400 whole seconds",
        ),
        (
            vec![reversed],
            "row 0: custom-template.render, standard: 2026-12-02 to 2026-12-01 has its ends \
             reversed; give the earlier day first",
        ),
        (
            vec![one().with_grade(Grade::Observed)],
            "row 0: custom-template.render, standard: an override brings agreed prices and this \
             one is graded observed; leave the grade out, or layer the row as an update",
        ),
        (
            vec![silent.with_model(Model::Standard)],
            "row 0: custom-template.render, standard: nothing says where the price comes from; \
             name the agreement or the page",
        ),
        (
            vec![one(), one()],
            "row 1: custom-template.render, standard: the row stands twice, first as row 0; leave \
             one out",
        ),
        (
            vec![one(), agreed(4_000, Effective::Unprinted)],
            "row 1: custom-template.render, standard: row 0 agrees on another price from the same \
             day; leave one out or give it another first day",
        ),
    ];
    for (rows, message) in overrides {
        assert_eq!(over(&rows).unwrap_err().to_string(), message);
    }
    assert_eq!(
        newer(&[one()]).unwrap_err().to_string(),
        "row 0: custom-template.render, standard: an update brings published prices; grade it \
         printed, observed or second-hand, or layer the row as an override"
    );
}

#[test]
fn what_lies_just_within_the_limits_is_taken() {
    for seconds in [1, 86_400] {
        let row = OwnRate::new(
            RENDER,
            Credits::from_millicredits(3_000),
            Unit::Time { seconds },
            day("2026-11-20"),
            "order",
        );
        let book = over(&[row.with_model(Model::Standard)]).unwrap();
        let length = Seconds::from_whole(seconds.into()).unwrap();
        let request = QuoteRequest::new(RENDER).with_length(length);
        let quote = book.latest().quote(&request).unwrap();
        assert_eq!(quote.lines()[0].units(), 1);
    }
    // A change seen between two readings on the same day.
    let day = day("2026-12-01");
    let same_day = Effective::Between {
        first: day,
        last: day,
    };
    let book = over(&[agreed(3_000, same_day)]).unwrap();
    let on = |day| {
        let request = half_a_minute(RENDER, Model::Standard);
        book.on(day).totals(&request).unwrap().to_string()
    };
    assert_eq!(on(day), "3 to 4 credits, likely 3");
    assert_eq!(on(day.next()), "3 credits");
}

#[test]
fn the_month_of_the_oldest_copy_is_kept() {
    let row = read(6_000, Effective::Unprinted, "2026-12-01");
    let dated = row.clone().with_evidence_from("2026-06".parse().unwrap());
    let doubts = |row: OwnRate, on: &str| {
        let book = newer(&[row]).unwrap();
        let request = half_a_minute(RENDER, Model::Standard);
        let quote = book.on(day(on)).quote(&request).unwrap();
        let ids = quote.assumptions().iter().map(|doubt| doubt.id());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(
        doubts(dated.clone(), "2026-05-31"),
        ["before-records", "started-unit"]
    );
    assert_eq!(doubts(dated, "2026-06-01"), ["started-unit"]);
    assert_eq!(doubts(row, "2026-05-31"), ["started-unit"]);
}

#[test]
fn modes_read_and_print_as_their_names() {
    for (mode, name) in [
        (CardMode::Override, "override"),
        (CardMode::Update, "update"),
    ] {
        assert_eq!((mode.as_str(), mode.to_string().as_str()), (name, name));
        assert_eq!(name.parse(), Ok(mode));
        assert!(CardMode::ALL.contains(&mode));
    }
    let unknown = "replace".parse::<CardMode>().unwrap_err().to_string();
    assert_eq!(
        unknown,
        "unknown mode `replace`; use one of override, update"
    );
}
