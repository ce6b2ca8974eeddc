//! The shape of the price table and of the life cycles, whatever stands in them.

use creatify_core::job::LifeCycle;
use creatify_core::pricing::{Effective, Grade, Page, Phase, Prices, Rate, Unit};
use creatify_core::{Day, Model, Operation, RateCard};

#[test]
fn every_operation_has_a_price_today() {
    let card = RateCard::latest();
    for &operation in Operation::ALL {
        assert!(
            card.rate(operation, operation.default_model()).is_some(),
            "{operation}"
        );
    }
}

#[test]
fn rows_are_sorted_and_positive_and_have_a_page() {
    let rows = RateCard::history();
    for pair in rows.windows(2) {
        let key = |index: usize| (pair[index].operation(), pair[index].model());
        assert!(key(0) <= key(1));
        let is_contradicted = pair[0].operation().as_str().starts_with("product-video.");
        if key(0) == key(1) && !is_contradicted {
            assert_ne!(pair[1].effective(), Effective::Unprinted);
        }
    }
    for rate in rows {
        assert!(!rate.credits_per_unit().is_zero());
        assert_ne!(rate.unit().seconds(), Some(0));
        assert!(
            rate.unit()
                .seconds()
                .is_none_or(|seconds| seconds <= 86_400)
        );
        let page = rate.source().page().unwrap();
        assert!(page.url.starts_with("https://"));
        assert!(
            rate.source()
                .pages()
                .iter()
                .all(|page| Page::all().contains(page))
        );
    }
}

#[test]
fn phases_units_and_grades_have_the_names_of_the_price_book() {
    let phases = [Phase::Generate, Phase::Preview, Phase::Render];
    assert_eq!(phases.map(Phase::as_str), ["generate", "preview", "render"]);
    assert_eq!(format!("{:>8}", Phase::Preview), " preview");
    let units = [
        (Unit::Time { seconds: 30 }, "time", "started 30 s"),
        (Unit::Call, "call", "call"),
        (Unit::Image, "image", "image"),
        (Unit::Link, "link", "link"),
        (
            Unit::CatalogueCredit,
            "catalogue-credit",
            "catalogue credit",
        ),
    ];
    for (unit, name, text) in units {
        assert_eq!((unit.as_str(), unit.to_string().as_str()), (name, text));
    }
    let grades = [
        (Grade::Printed, "printed"),
        (Grade::Observed, "observed"),
        (Grade::SecondHand, "second-hand"),
        (Grade::Agreed, "agreed"),
    ];
    for (grade, name) in grades {
        assert_eq!((grade.as_str(), grade.to_string().as_str()), (name, name));
    }
}

#[test]
fn only_inspirations_take_a_catalogues_cost() {
    for operation in Operation::ALL {
        let is_inspiration = operation.as_str().starts_with("inspiration.");
        assert_eq!(operation.takes_catalogue_credits(), is_inspiration);
    }
}

/// A table that answers no more than it must.
struct Bare(RateCard);

impl Prices for Bare {
    fn history(&self, operation: Operation, model: Option<Model>) -> &[Rate] {
        self.0.history(operation, model)
    }

    fn day(&self) -> Day {
        self.0.day()
    }
}

#[test]
fn any_table_finds_the_rate_that_the_built_in_one_finds() {
    for number in 20_300..20_620 {
        let card = RateCard::on(Day::from_days_since_epoch(number).unwrap());
        for &operation in Operation::ALL {
            for model in [None]
                .into_iter()
                .chain(Model::ALL.iter().copied().map(Some))
            {
                let found = card.rate(operation, model);
                assert_eq!(Bare(card).rate(operation, model), found);
                assert_eq!(Prices::rate(&card, operation, model), found);
                // A published price has pages, and no words of a caller's.
                assert!(found.is_none_or(|rate| Bare(card).source_text(rate).is_none()));
            }
        }
    }
}

#[test]
fn a_digest_is_whole_or_absent() {
    for page in Page::all() {
        if let Some(digest) = page.digest {
            let hex = digest.strip_prefix("sha256:").unwrap();
            assert!(hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}

#[test]
fn lookups_find_what_a_search_through_the_history_finds() {
    for number in 20_000..21_200 {
        let day = Day::from_days_since_epoch(number).unwrap();
        let card = RateCard::on(day);
        for &operation in Operation::ALL {
            for model in [None]
                .into_iter()
                .chain(Model::ALL.iter().copied().map(Some))
            {
                let newest = RateCard::history().iter().rfind(|rate| {
                    let has_begun = match rate.effective() {
                        Effective::Unprinted => true,
                        Effective::Month(month) => month.first_day() <= day,
                        Effective::Between { first, .. } => first <= day,
                        _ => panic!("an unknown beginning"),
                    };
                    (rate.operation(), rate.model()) == (operation, model) && has_begun
                });
                assert_eq!(card.rate(operation, model), newest);
            }
        }
    }
}

#[test]
fn a_card_holds_one_row_for_each_price_outside_the_months_of_change() {
    let rows_on = |text: &str| {
        let card = RateCard::on(text.parse().unwrap());
        let rows: Vec<_> = card.rates().collect();
        for pair in rows.windows(2) {
            let key = |index: usize| (pair[index].operation(), pair[index].model());
            assert!(key(0) <= key(1));
        }
        rows.len()
    };
    let with = |model| {
        let takes = |operation: &&Operation| operation.models().any(|m| m == model);
        Operation::ALL.iter().filter(takes).count()
    };
    let [standard, aurora, fast] =
        [Model::Standard, Model::AuroraV1, Model::AuroraV1Fast].map(with);
    assert_eq!((standard, aurora, fast), (14, 15, 15));
    // Twelve without a model, and one row more for each of the two prices that contradict another.
    let flat = Operation::ALL.len() - aurora + 2;
    assert_eq!(rows_on("2025-08-31"), standard + flat);
    assert_eq!(rows_on("2025-09-01"), standard + aurora + flat);
    assert_eq!(rows_on("2026-04-30"), standard + aurora + fast + flat);
    assert_eq!(rows_on("2026-05-01"), standard + 2 * (aurora + fast) + flat);
    assert_eq!(rows_on("2026-06-01"), standard + aurora + fast + flat);
    assert_eq!(
        RateCard::latest().checked_on(),
        Some(RateCard::latest().day())
    );
}

#[test]
fn the_default_model_is_the_documented_one() {
    for &operation in Operation::ALL {
        let name = operation.as_str();
        let expected = match name.split_once('.').map(|(resource, _)| resource) {
            Some("aurora") => Some(Model::AuroraV1),
            Some("custom-template" | "link-to-video" | "lipsync" | "lipsync-v2") => {
                Some(Model::Standard)
            }
            _ => None,
        };
        assert_eq!(operation.default_model(), expected, "{name}");
        assert_eq!(operation.models().next(), expected, "{name}");
    }
}

#[test]
fn life_cycles_agree_with_their_operations() {
    for cycle in LifeCycle::all() {
        for &operation in cycle.operations {
            assert_eq!(operation.phase(), cycle.phase);
            assert!(operation.as_str().starts_with(cycle.resource.as_str()));
            assert!(std::ptr::eq(LifeCycle::of(operation).unwrap(), cycle));
        }
        assert!(
            cycle
                .failed
                .iter()
                .all(|status| !["done", "running"].contains(status))
        );
        assert!(cycle.blocking.iter().all(|id| cycle.starts.contains(id)));
    }
    assert_eq!(LifeCycle::of(Operation::LinkCreate), None);
    assert_eq!(Operation::LinkToVideoRender.phase(), Phase::Render);
}
