//! Compares the prices a page prints with the rows of the price book that name the page.
//!
//! A row names the pages that print it. Where several rows of one operation and model name a page,
//! the newest is what the page printed when it was last read; the others are history.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    compare::Compared,
    difference::{Change, Class, Difference},
    known::{Known, KnownOperation},
    price::{Price, Unit},
    printed::{Month, PrintedPlan},
};
use crate::generate::RateRow;

type Slot = (String, Option<String>);

/// A row or a statement as findings show it.
pub fn shown(millicredits: u64, unit: &str, seconds: Option<u32>) -> Value {
    match seconds {
        Some(seconds) => {
            json!({ "millicredits": millicredits, "unit": unit, "unit_seconds": seconds })
        }
        None => json!({ "millicredits": millicredits, "unit": unit }),
    }
}

fn of_row(row: &RateRow) -> Value {
    shown(row.millicredits, &row.unit, row.unit_seconds)
}

fn of_price(price: &Price) -> Value {
    let (unit, seconds) = price.unit.in_book();
    shown(price.millicredits, unit, seconds)
}

fn is(row: &RateRow, price: &Price) -> bool {
    let (unit, seconds) = price.unit.in_book();
    row.millicredits == price.millicredits && row.unit == unit && row.unit_seconds == seconds
}

/// Compares the prices of operations: each with what the page prints for it.
pub fn operations(
    known: &Known,
    page: &str,
    printed: &[(Option<&KnownOperation>, &[Price])],
    was_at_hand: bool,
    out: &mut Compared,
) {
    let mut slots: BTreeMap<Slot, Vec<Price>> = BTreeMap::new();
    for (operation, prices) in printed {
        let id = operation
            .and_then(|operation| operation.price_id.clone().or_else(|| suggested(operation)));
        for price in prices.iter().filter(|price| !price.previously) {
            let Some(id) = id.clone() else {
                let place = price.model.clone().unwrap_or_else(|| page.to_owned());
                let difference = Difference::new(Class::Price, "price-of-nothing", place, page);
                out.differences
                    .push(difference.from_to(Value::Null, of_price(price)));
                continue;
            };
            let slot = slot(known, id, price);
            let list = slots.entry(slot).or_default();
            if !list.contains(price) {
                list.push(price.clone());
            }
            if let Some(operation) = operation {
                each(operation, price, page, out);
            }
        }
    }
    let mut expected: BTreeMap<Slot, &RateRow> = BTreeMap::new();
    for row in known
        .source
        .prices
        .rates
        .iter()
        .filter(|row| row.pages.iter().any(|id| id == page))
    {
        let slot = (row.operation.clone(), row.model.clone());
        let newest = expected.entry(slot).or_insert(row);
        if row.start() >= newest.start() {
            *newest = row;
        }
    }
    for (slot, prices) in &slots {
        one(known, page, slot, prices, expected.get(slot).copied(), out);
    }
    // A page that is known from notes may print less than the notes say of it.
    let gone = expected
        .iter()
        .filter(|(slot, _)| !slots.contains_key(*slot) && was_at_hand);
    for ((operation, model), row) in gone {
        let place = place_of(operation, model.as_deref());
        out.differences.push(
            Difference::new(Class::Price, "price-gone", place, page)
                .from_to(of_row(row), Value::Null)
                .change(Change::Price {
                    operations: vec![operation.clone()],
                    model: model.clone(),
                    price: None,
                    month: None,
                }),
        );
    }
}

fn one(
    known: &Known,
    page: &str,
    (operation, model): &Slot,
    prices: &[Price],
    expected: Option<&RateRow>,
    out: &mut Compared,
) {
    let place = place_of(operation, model.as_deref());
    for price in prices {
        if expected.is_some_and(|row| is(row, price)) {
            out.proved.insert(format!("prices/{place}"));
            continue;
        }
        let is_in_book = known
            .source
            .prices
            .rates
            .iter()
            .any(|row| row.operation == *operation && row.model == *model && is(row, price));
        let kind = match (expected, is_in_book) {
            (_, true) => "price-of-another-day",
            (Some(_), false) => "price",
            (None, false) => "price-new",
        };
        out.differences.push(
            Difference::new(Class::Price, kind, place.clone(), page)
                .from_to(expected.map(of_row).unwrap_or_default(), of_price(price))
                .change(Change::Price {
                    operations: vec![operation.clone()],
                    model: model.clone(),
                    price: Some(price.clone()),
                    month: None,
                }),
        );
    }
}

/// The operation and model a statement speaks of. Text on models names as `standard` the price of
/// making a video in one go; a headline is the price of the page's own operation.
fn slot(known: &Known, id: String, price: &Price) -> Slot {
    let rates = &known.source.prices.rates;
    let has = |operation: &str, model: &str| {
        rates
            .iter()
            .any(|row| row.operation == operation && row.model.as_deref() == Some(model))
    };
    match price.model.as_deref() {
        Some("standard") => {
            let family = id.split_once('.').map_or("", |(family, _)| family);
            let whole = format!("{family}.generate");
            let id = if has(&whole, "standard") { whole } else { id };
            (id, Some("standard".to_owned()))
        }
        Some(model) => (id, Some(model.to_owned())),
        None if has(&id, "standard") => (id, Some("standard".to_owned())),
        None => (id, None),
    }
}

fn each(operation: &KnownOperation, price: &Price, page: &str, out: &mut Compared) {
    let is_time = matches!(price.unit, Unit::Seconds(_));
    if operation.page != page || price.model.is_some() || !is_time {
        return;
    }
    let place = format!("{}/x-charged-per", operation.pointer);
    if operation.charged_per == price.each {
        out.proved.insert(place);
        return;
    }
    let text = |value: &Option<String>| value.clone().map_or(Value::Null, Value::from);
    out.differences.push(
        Difference::new(Class::Price, "charged-per", place.clone(), page)
            .from_to(text(&operation.charged_per), text(&price.each))
            .change(Change::Set {
                pointer: place,
                value: price.each.clone().map(Value::from),
            }),
    );
}

/// An id of the price book for an operation that has none: `<resource>.<phase>`.
pub fn suggested(operation: &KnownOperation) -> Option<String> {
    if operation.content["x-read-only"] == true {
        return None;
    }
    price_id(&operation.method, &operation.path)
}

/// The same, from its method and path.
pub fn price_id(method: &str, path: &str) -> Option<String> {
    if method == "get" || method == "delete" {
        return None;
    }
    let mut parts = path
        .trim_start_matches("/api")
        .split('/')
        .filter(|part| !part.is_empty());
    let resource = parts.next()?.trim_end_matches('s').replace('_', "-");
    let phase = parts
        .rfind(|part| !part.starts_with('{'))
        .unwrap_or("generate");
    Some(format!(
        "{resource}.{}",
        phase.trim_end_matches("_async").replace('_', "-")
    ))
}

/// Where a price stands, as findings name it.
pub fn place_of(operation: &str, model: Option<&str>) -> String {
    match model {
        Some(model) => format!("{operation}/{model}"),
        None => operation.to_owned(),
    }
}

/// Compares a changelog: the rows that begin in each month, by model.
pub fn months(known: &Known, page: &str, months: &[Month], out: &mut Compared) {
    let rates = &known.source.prices.rates;
    let begins = |row: &RateRow, month: &str| {
        row.effective_from.as_deref() == Some(month)
            || (row.effective_from.is_none() && row.evidence_from.as_deref() == Some(month))
    };
    let mut met: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    for month in months {
        for price in month.prices.iter().filter(|price| !price.previously) {
            met.insert((month.month.clone(), price.model.clone()));
            let of_model: Vec<&RateRow> = rates
                .iter()
                .filter(|row| row.model == price.model)
                .collect();
            let here: Vec<&&RateRow> = of_model
                .iter()
                .filter(|row| begins(row, &month.month) && row.pages.iter().any(|id| id == page))
                .collect();
            let place = format!("*/{}", price.model.as_deref().unwrap_or("any"));
            if here.iter().any(|row| is(row, price)) {
                out.proved.insert(format!("prices/{place}/{}", month.month));
                continue;
            }
            // A model that is new is taken by the operations that take the others.
            let takers: BTreeSet<String> = if of_model.is_empty() {
                let is_other =
                    |row: &&RateRow| row.model.as_deref().is_some_and(|m| m != "standard");
                rates
                    .iter()
                    .filter(is_other)
                    .map(|row| row.operation.clone())
                    .collect()
            } else {
                of_model.iter().map(|row| row.operation.clone()).collect()
            };
            let mut difference = Difference::new(Class::Price, "price", place, page)
                .from_to(
                    here.first().map(|row| of_row(row)).unwrap_or_default(),
                    of_price(price),
                )
                .change(Change::Price {
                    operations: takers.into_iter().collect(),
                    model: price.model.clone(),
                    price: Some(price.clone()),
                    month: Some(month.month.clone()),
                });
            difference.effective_from = Some(month.month.clone());
            out.differences.push(difference);
        }
    }
    let claimed: BTreeSet<(String, Option<String>)> = rates
        .iter()
        .filter(|row| row.pages.iter().any(|id| id == page))
        .filter_map(|row| Some((row.effective_from.clone()?, row.model.clone())))
        .collect();
    for (month, model) in claimed.difference(&met) {
        let place = format!("*/{}", model.as_deref().unwrap_or("any"));
        let mut difference = Difference::new(Class::Price, "price-gone", place, page)
            .from_to(month.clone(), Value::Null);
        difference.effective_from = Some(month.clone());
        out.differences.push(difference);
    }
}

/// Compares a table of plans.
pub fn plans(known: &Known, page: &str, printed: &[PrintedPlan], out: &mut Compared) {
    for plan in printed {
        let matching = known
            .source
            .prices
            .plans
            .iter()
            .find(|row| row.title == plan.title);
        let new = json!({ "credits": plan.credits, "cents": plan.cents });
        let place = format!("plan/{}", plan.title);
        let Some(row) = matching else {
            if plan.credits.is_some() || plan.cents.is_some() {
                let difference = Difference::new(Class::Price, "plan", place, page);
                out.differences.push(difference.from_to(Value::Null, new));
            }
            continue;
        };
        let old = json!({ "credits": row.credits, "cents": row.cents });
        if old == new {
            out.proved.insert(place);
        } else {
            let change = Change::Plan {
                name: row.name.clone(),
                credits: plan.credits,
                cents: plan.cents,
            };
            let difference = Difference::new(Class::Price, "plan", place, page);
            out.differences
                .push(difference.from_to(old, new).change(change));
        }
    }
    let titles: Vec<&str> = printed.iter().map(|plan| plan.title.as_str()).collect();
    if printed.is_empty() {
        return;
    }
    for row in known
        .source
        .prices
        .plans
        .iter()
        .filter(|row| row.page == page)
    {
        if !titles.contains(&row.title.as_str()) {
            let place = format!("plan/{}", row.title);
            let difference = Difference::new(Class::Price, "plan-gone", place, page);
            out.differences
                .push(difference.from_to(row.title.clone(), Value::Null));
        }
    }
}
