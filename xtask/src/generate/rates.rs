//! Writes the dated price table of `creatify-core`: its operations, models, plans, pages, rates.
//!
//! The table is data for types that the core writes by hand; what a rate means is decided there.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::Value;

use super::{
    pages::Page,
    prices::{Plan, RateRow},
    problem::Problems,
    source::Source,
    words::{enum_source, group_digits, pascal},
};

const DERIVES: &str =
    "#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[non_exhaustive]\n";

/// The unformatted source of the table.
///
/// # Errors
///
/// When a row names a model that the document does not list.
pub fn source(source: &Source, document: &Value) -> Result<String, Problems> {
    let models = models(document);
    let rows = sorted(&source.prices.rates, &models)?;
    let operations: BTreeSet<&str> = rows.iter().map(|row| row.operation.as_str()).collect();
    let operations: Vec<&str> = operations.into_iter().collect();
    let has_month = rows
        .iter()
        .any(|row| row.effective_from.is_some() || row.evidence_from.is_some());
    let mut text = String::from(
        "//! The billable operations, the models, the plans, the pages and every dated price, as data.\n\
         //!\n\
         //! This file holds no behaviour beyond naming its own values.\n\n\
         use super::{Effective, Grade, Page, Phase, Rate, Row, Unit};\n",
    );
    let calendar = if has_month { "{Day, Month}" } else { "Day" };
    let _ = writeln!(text, "use crate::calendar::{calendar};\n");
    let _ = write!(
        text,
        "/// A billable operation, written `<resource>.<phase>`.\n{DERIVES}{}\n",
        enum_source("Operation", &operations)
    );
    text.push_str(&operation_impl(&operations));
    let _ = write!(
        text,
        "/// A model that makes the video; prices differ by it.\n{DERIVES}{}\n",
        enum_source("Model", &models)
    );
    text.push_str(&model_impl(&models));
    text.push_str(&plan_source(&source.prices.plans));
    text.push_str(&pages(&source.pages));
    text.push_str("/// Every price, by operation, then model, then first day.\n");
    text.push_str("pub(crate) static RATES: &[Rate] = &[\n");
    for row in rows {
        text.push_str(&rate(row));
    }
    text.push_str("];\n");
    Ok(text)
}

/// The phase that an operation's id names.
pub fn phase(operation: &str) -> &'static str {
    match operation.split_once('.').map_or("", |(_, action)| action) {
        action if action.starts_with("preview") => "Preview",
        action if action.starts_with("render") => "Render",
        _ => "Generate",
    }
}

/// The models, in the order of the document, which is the order of preference.
fn models(document: &Value) -> Vec<&str> {
    let list = document
        .pointer("/components/schemas/ModelVersion/enum")
        .and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn sorted<'a>(rows: &'a [RateRow], models: &[&str]) -> Result<Vec<&'a RateRow>, Problems> {
    let mut problems = Problems::default();
    for row in rows {
        if let Some(model) = row.model.as_deref().filter(|model| !models.contains(model)) {
            let message = format!("model: `{model}` is no value of ModelVersion");
            problems.add(super::prices::FILE, &row.operation, message);
        }
    }
    let mut rows: Vec<&RateRow> = rows.iter().collect();
    rows.sort_by_key(|row| {
        let model = row
            .model
            .as_deref()
            .map(|model| models.iter().position(|m| *m == model));
        // A month sorts in front of its days, as its first day does.
        (row.operation.as_str(), model, row.start())
    });
    problems.or_ok(rows)
}

fn operation_impl(operations: &[&str]) -> String {
    let mut text = String::from(
        "impl Operation {\n\
         /// Every billable operation, in the order of its name.\n\
         pub const ALL: &'static [Operation] = &[\n",
    );
    for id in operations {
        let _ = writeln!(text, "Operation::{},", pascal(id));
    }
    text.push_str(
        "];\n\n/// The operation's name, such as `custom-template.preview`.\n\
         #[must_use]\npub const fn as_str(self) -> &'static str {\nmatch self {\n",
    );
    for id in operations {
        let _ = writeln!(text, "Operation::{} => {id:?},", pascal(id));
    }
    text.push_str(
        "}\n}\n\n/// The part of a job that the operation pays for.\n\
         #[must_use]\npub const fn phase(self) -> Phase {\nmatch self {\n",
    );
    for id in operations {
        let _ = writeln!(text, "Operation::{} => Phase::{},", pascal(id), phase(id));
    }
    text.push_str("}\n}\n}\n\n");
    text
}

fn model_impl(models: &[&str]) -> String {
    let mut text = String::from(
        "impl Model {\n\
         /// Every model, in the order of the documentation.\n\
         pub const ALL: &'static [Model] = &[",
    );
    for id in models {
        let _ = write!(text, "Model::{}, ", pascal(id));
    }
    text.push_str(
        "];\n\n/// The model's name, as requests send it in `model_version`.\n\
         #[must_use]\npub const fn as_str(self) -> &'static str {\nmatch self {\n",
    );
    for id in models {
        let _ = writeln!(text, "Model::{} => {id:?},", pascal(id));
    }
    text.push_str("}\n}\n}\n\n");
    text
}

/// The plans that have a price of their own; one agreed case by case has nothing to reckon with.
fn plan_source(plans: &[Plan]) -> String {
    let priced: Vec<(&Plan, u32, u32)> = plans
        .iter()
        .filter_map(|plan| Some((plan, plan.credits?, plan.cents?)))
        .collect();
    let mut text = format!(
        "/// An API plan with a published price. A plan priced by agreement is not here.\n\
         {DERIVES}pub enum Plan {{\n"
    );
    for (plan, credits, cents) in &priced {
        let _ = writeln!(
            text,
            "/// {}: {} credits a month for {}.{:02} USD.\n{},",
            plan.title,
            credits,
            cents / 100,
            cents % 100,
            pascal(&plan.name),
        );
    }
    text.push_str(
        "}\n\nimpl Plan {\n/// Every plan with a published price, in the order of the price book.\n\
         pub const ALL: &'static [Plan] = &[",
    );
    for (plan, ..) in &priced {
        let _ = write!(text, "Plan::{}, ", pascal(&plan.name));
    }
    text.push_str("];\n");
    let mut table = |head: &str, value: &dyn Fn(&(&Plan, u32, u32)) -> String| {
        let _ = write!(text, "\n{head} {{\nmatch self {{\n");
        for row in &priced {
            let _ = writeln!(text, "Plan::{} => {},", pascal(&row.0.name), value(row));
        }
        text.push_str("}\n}\n");
    };
    table(
        "/// The plan's name, such as `starter`.\n#[must_use]\n\
         pub const fn as_str(self) -> &'static str",
        &|(plan, ..)| format!("{:?}", plan.name),
    );
    table(
        "/// The whole credits a month brings.\n#[must_use]\n\
         pub const fn credits_a_month(self) -> u64",
        &|(_, credits, _)| group_digits((*credits).into()),
    );
    table(
        "/// The price of a month in US cents.\n#[must_use]\n\
         pub const fn cents_a_month(self) -> u64",
        &|(_, _, cents)| group_digits((*cents).into()),
    );
    table(
        "/// The page that prints the plan.\n#[must_use]\npub fn page(self) -> &'static Page",
        &|(plan, ..)| format!("&page::{}", shout(&plan.page)),
    );
    text.push_str("}\n\n");
    text
}

fn pages(pages: &[Page]) -> String {
    let mut pages: Vec<&Page> = pages.iter().collect();
    pages.sort_by(|a, b| a.id.cmp(&b.id));
    let mut text = String::from(
        "/// The pages that facts were read from, in the order of their ids.\n\
         pub(crate) mod page {\nuse super::{Day, Page};\n",
    );
    for page in &pages {
        let digest = page
            .digest
            .as_ref()
            .map_or_else(|| "None".to_owned(), |digest| format!("Some({digest:?})"));
        let _ = writeln!(
            text,
            "\npub(crate) static {}: Page = Page {{\nid: {:?},\nurl: {:?},\ndigest: {digest},\n\
             read_on: {},\n}};",
            shout(&page.id),
            page.id,
            page.url,
            day(&page.read_on),
        );
    }
    text.push_str(
        "}\n\n/// Every page, in the order of its id.\npub(crate) static PAGES: &[&Page] = &[\n",
    );
    for page in &pages {
        let _ = writeln!(text, "&page::{},", shout(&page.id));
    }
    text.push_str("];\n\n");
    text
}

fn rate(row: &RateRow) -> String {
    let model = row.model.as_ref().map_or_else(
        || "None".to_owned(),
        |model| format!("Some(Model::{})", pascal(model)),
    );
    let unit = match row.unit_seconds {
        Some(seconds) => format!("Unit::Time {{ seconds: {} }}", group_digits(seconds.into())),
        None => format!("Unit::{}", pascal(&row.unit)),
    };
    let effective = match (&row.effective_from, &row.effective_between) {
        (Some(from), _) => format!("Effective::Month({})", month(from)),
        (None, Some([first, last])) => {
            format!(
                "Effective::Between {{ first: {}, last: {} }}",
                day(first),
                day(last)
            )
        }
        (None, None) => "Effective::Unprinted".to_owned(),
    };
    let evidence = row.evidence_from.as_ref().map_or_else(
        || "None".to_owned(),
        |from| format!("Some({})", month(from)),
    );
    let pages: Vec<String> = row
        .pages
        .iter()
        .map(|id| format!("&page::{}", shout(id)))
        .collect();
    format!(
        "Row {{\noperation: Operation::{},\nmodel: {model},\nmillicredits: {},\nunit: {unit},\n\
         effective: {effective},\nevidence_from: {evidence},\ngrade: Grade::{},\n\
         pages: &[{}],\nread_on: {},\n}}\n.rate(),\n",
        pascal(&row.operation),
        group_digits(row.millicredits),
        pascal(&row.grade),
        pages.join(", "),
        day(&row.read_on),
    )
}

/// The name of a static: `links-create` is `LINKS_CREATE`.
fn shout(id: &str) -> String {
    id.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

/// A checked day as the core writes it. Leading zeros would make a literal octal to the eye.
fn day(text: &str) -> String {
    format!("Day::literal({})", numbers(text))
}

fn month(text: &str) -> String {
    format!("Month::literal({})", numbers(text))
}

fn numbers(text: &str) -> String {
    let parts: Vec<&str> = text
        .split('-')
        .map(|part| part.trim_start_matches('0'))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phase_is_read_from_the_name() {
        for (operation, expected) in [
            ("custom-template.generate", "Generate"),
            ("link-to-video.preview-list", "Preview"),
            ("link-to-video.render-single-preview", "Render"),
            ("link.create", "Generate"),
        ] {
            assert_eq!(phase(operation), expected);
        }
    }

    #[test]
    fn days_and_months_are_written_without_leading_zeros() {
        assert_eq!(day("2026-05-09"), "Day::literal(2026, 5, 9)");
        assert_eq!(month("2025-10"), "Month::literal(2025, 10)");
    }
}
