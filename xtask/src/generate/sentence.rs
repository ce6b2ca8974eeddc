//! Sentences on prices, made from the rows of the price book.
//!
//! They say what the rows say and nothing more: whether a started unit is charged in full, and
//! which of two printed prices applies, is for the pricing code to judge.

use std::collections::BTreeMap;

use super::prices::RateRow;

/// What the rows of one operation print for the day `today` (`YYYY-MM-DD`).
pub fn price(rows: &[&RateRow], today: &str) -> String {
    let parts: Vec<String> = in_force(rows, today)
        .into_iter()
        .map(|row| {
            let price = format!("{} per {}", credits(row), row.unit_words());
            match &row.model {
                Some(model) => format!("{price} with `{model}`"),
                None => price,
            }
        })
        .collect();
    let doubt = if rows.iter().any(|row| is_doubtful(row)) {
        " Which of them holds with another model than `standard` is printed nowhere."
    } else {
        ""
    };
    format!(
        "Price in credits as read on {today}: {}.{doubt}",
        parts.join("; ")
    )
}

/// Whether the row is a model's price on a preview or a render, where no page joins the two.
fn is_doubtful(row: &RateRow) -> bool {
    let phase = row.operation.split_once('.').map_or("", |(_, phase)| phase);
    phase != "generate"
        && row
            .model
            .as_deref()
            .is_some_and(|model| model != "standard")
}

/// The amount with its word: `1 credit`, `0.5 credits`.
pub fn credits(row: &RateRow) -> String {
    let word = if row.millicredits == 1_000 {
        "credit"
    } else {
        "credits"
    };
    format!("{} {word}", row.credits())
}

/// The rows that hold on `today`: of each model the newest that has begun, and every undated rival.
pub fn in_force<'a>(rows: &[&'a RateRow], today: &str) -> Vec<&'a RateRow> {
    let mut models: Vec<Option<&str>> = Vec::new();
    let mut newest: BTreeMap<Option<&str>, &str> = BTreeMap::new();
    for row in rows {
        let model = row.model.as_deref();
        if !models.contains(&model) {
            models.push(model);
        }
        // A month is a prefix of its days, so text order is time order.
        if row.start() <= today {
            let start = newest.entry(model).or_default();
            *start = row.start().max(*start);
        }
    }
    let holds = |row: &RateRow| newest.get(&row.model.as_deref()) == Some(&row.start());
    models
        .into_iter()
        .flat_map(|model| {
            rows.iter()
                .copied()
                .filter(move |row| row.model.as_deref() == model)
        })
        .filter(|row| holds(row))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: Option<&str>, millicredits: u64, seconds: u32, from: Option<&str>) -> RateRow {
        RateRow {
            operation: "custom-template.generate".into(),
            model: model.map(Into::into),
            millicredits,
            unit: "time".into(),
            unit_seconds: Some(seconds),
            effective_from: from.map(Into::into),
            effective_between: None,
            evidence_from: None,
            grade: "printed".into(),
            pages: vec!["changelog".into()],
            read_on: "2026-11-20".into(),
        }
    }

    #[test]
    fn the_newest_row_that_has_begun_is_told() {
        let rows = [
            row(Some("standard"), 5_000, 30, None),
            row(Some("aurora_v1"), 20_000, 15, Some("2025-09")),
            row(Some("aurora_v1"), 1_000, 1, Some("2026-05")),
            row(Some("aurora_v1"), 9_000, 1, Some("2027-01")),
        ];
        let rows: Vec<&RateRow> = rows.iter().collect();
        assert_eq!(
            price(&rows, "2026-11-20"),
            "Price in credits as read on 2026-11-20: 5 credits per 30 s with `standard`; \
             1 credit per second with `aurora_v1`."
        );
        assert!(price(&rows, "2026-04-30").contains("20 credits per 15 s"));
        assert!(!price(&rows, "2025-08-31").contains("aurora"));
    }

    #[test]
    fn a_preview_says_that_two_prices_stand_side_by_side() {
        let mut rows = [
            row(Some("standard"), 1_000, 30, None),
            row(Some("aurora_v1"), 1_000, 1, None),
        ];
        let text = |rows: &[RateRow]| price(&rows.iter().collect::<Vec<_>>(), "2026-11-20");
        assert!(!text(&rows).contains("printed nowhere"));
        for row in &mut rows {
            row.operation = "custom-template.preview".into();
        }
        assert!(text(&rows).ends_with("is printed nowhere."));
    }

    #[test]
    fn rival_prices_are_both_told() {
        let rows = [row(None, 2_000, 30, None), row(None, 3_000, 30, None)];
        let rows: Vec<&RateRow> = rows.iter().collect();
        assert!(price(&rows, "2026-11-20").contains("2 credits per 30 s; 3 credits per 30 s"));
    }
}
