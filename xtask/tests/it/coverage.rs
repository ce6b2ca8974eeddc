//! The five pages are covered whole: each of their statements is held somewhere, with its value.
//!
//! A page is covered when every line is named by a fact or listed with a reason, every fact is found
//! where its row says, and (with the page at hand) every number and identifier on a line of facts is
//! named by one of that line's rows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::saved_page::{SavedPage, tokens, unclaimed};
use crate::table::{Fact, Kind, PAGES, Table};
use crate::{folder, lines};

#[test]
fn every_statement_of_the_five_pages_is_held() {
    let (document, disagreements) = (folder::document(), sides());
    for page in PAGES {
        let table = Table::of(page);
        assert_eq!(table.page, page, "a table is named after its page");
        let mut problems = held(&table, &document, &disagreements);
        problems.extend(whole(&table));
        if let Some(copy) = SavedPage::of(page) {
            problems.extend(true_to(&table, &copy));
        }
        assert!(problems.is_empty(), "{page}:\n  {}", problems.join("\n  "));
    }
}

#[test]
fn a_removed_row_is_noticed() {
    for page in PAGES {
        let table = Table::of(page);
        for row in 0..table.fact.len() {
            let mut shorter = table.clone();
            shorter.fact.remove(row);
            assert!(
                !whole(&shorter).is_empty(),
                "{page}: row {row} is missed by nobody"
            );
        }
        for row in 0..table.no_fact.len() {
            let mut shorter = table.clone();
            shorter.no_fact.remove(row);
            assert!(
                !whole(&shorter).is_empty(),
                "{page}: reason {row} is missed by nobody"
            );
        }
    }
}

#[test]
fn a_removed_price_leaves_its_number_on_the_page() {
    for page in PAGES {
        let Some(copy) = SavedPage::of(page) else {
            return;
        };
        let table = Table::of(page);
        for line in (1..=table.lines).filter(|line| price_of(&table, *line, "aurora_v1_fast")) {
            let mut shorter = table.clone();
            let model = |fact: &Fact| {
                fact.rate
                    .as_ref()
                    .is_some_and(|rate| rate["model"] == "aurora_v1_fast")
            };
            shorter
                .fact
                .retain(|fact| !(lines::parse(&fact.lines).contains(&line) && model(fact)));
            assert!(
                !true_to(&shorter, &copy).is_empty(),
                "{page}: line {line} has lost its price"
            );
        }
    }
}

#[test]
fn a_changed_value_is_noticed() {
    let (document, disagreements) = (folder::document(), sides());
    for page in PAGES {
        let table = Table::of(page);
        for row in 0..table.fact.len() {
            let mut wrong = table.clone();
            let fact = &mut wrong.fact[row];
            if let Some(value) = fact.value.as_mut().or(fact.has.as_mut()) {
                *value = Value::from("something else");
            } else if let Some(rate) = fact.rate.as_mut() {
                rate.insert("millicredits".to_owned(), Value::from(7));
            } else if fact.null {
                fact.null = false;
                fact.value = Some(Value::from("something else"));
            } else {
                fact.disagreement = Some("no-such-disagreement".to_owned());
            }
            assert!(
                !held(&wrong, &document, &disagreements).is_empty(),
                "{page}: row {row} holds anything"
            );
        }
    }
}

#[test]
fn a_changed_document_is_noticed() {
    let (mut document, disagreements) = (folder::document(), sides());
    let table = Table::of("custom-template-jobs-create");
    document["components"]["schemas"]["CustomTemplateJob"]["properties"]["editor_url"]["x-expires-hours"] =
        Value::from(48);
    let problems = held(&table, &document, &disagreements);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("x-expires-hours"), "{problems:?}");
}

/// Facts that the document, the price book or the disagreements do not hold.
fn held(
    table: &Table,
    document: &Value,
    disagreements: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for fact in &table.fact {
        let mut problem =
            |text: String| problems.push(format!("{} ({}): {text}", fact.says, fact.lines));
        let placed = fact.at.as_ref().map(|at| {
            let pointer = table.pointer(at)?;
            stands_at(fact, &pointer, document)
        });
        let priced = fact
            .rate
            .as_ref()
            .map(|rate| is_priced(rate, &table.page, document));
        [placed, priced]
            .into_iter()
            .flatten()
            .filter_map(Result::err)
            .for_each(&mut problem);
        if let Some(id) = &fact.disagreement
            && !disagreements
                .get(id)
                .is_some_and(|pages| pages.contains(&table.page))
        {
            problem(format!("the page is no side of a disagreement {id}"));
        }
        if fact.at.is_none() && fact.rate.is_none() && fact.disagreement.is_none() {
            problem("held nowhere".to_owned());
        }
        if (fact.kind == Kind::Price) == fact.at.is_some() {
            problem(
                "a price is held by the price book, everything else by the document".to_owned(),
            );
        }
    }
    problems
}

fn stands_at(fact: &Fact, pointer: &str, document: &Value) -> Result<(), String> {
    let found = document
        .pointer(pointer)
        .ok_or_else(|| format!("nothing at {pointer}"))?;
    let as_said = match (&fact.value, &fact.has, fact.null) {
        (Some(value), None, false) => found == value,
        (None, Some(item), false) => found.as_array().is_some_and(|items| items.contains(item)),
        (None, None, true) => found.is_null(),
        _ => return Err("a row has one of value, has and null".to_owned()),
    };
    if as_said {
        Ok(())
    } else {
        Err(format!("{found} at {pointer}"))
    }
}

/// The row is in the price book once, names the page, and is handed on to its operations.
fn is_priced(rate: &BTreeMap<String, Value>, page: &str, document: &Value) -> Result<(), String> {
    let is_it = |row: &&Value| rate.iter().all(|(key, value)| &row[key] == value);
    let book = document["x-price-book"]
        .as_array()
        .ok_or("the document has no price book")?;
    let [row] = book.iter().filter(is_it).collect::<Vec<_>>()[..] else {
        return Err(format!("not one row of the price book is {rate:?}"));
    };
    if !folder::strings(&row["pages"]).contains(&page) {
        return Err(format!("its row does not name the page: {row}"));
    }
    let operations = document["paths"].as_object().into_iter().flatten();
    for operation in operations.flat_map(|(_, methods)| methods.as_object().into_iter().flatten()) {
        let (_, operation) = operation;
        let credits = operation["x-credits"].as_array();
        if operation["x-operation"] == rate["operation"]
            && !credits.is_some_and(|rows| rows.contains(row))
        {
            return Err(format!(
                "{} lacks it under x-credits",
                operation["operationId"]
            ));
        }
    }
    Ok(())
}

/// Lines and rows the table has too many or too few of.
fn whole(table: &Table) -> Vec<String> {
    let mut problems = Vec::new();
    if table.facts != table.fact.len() {
        problems.push(format!(
            "{} facts announced, {} named",
            table.facts,
            table.fact.len()
        ));
    }
    let facts: BTreeSet<usize> = table
        .fact
        .iter()
        .flat_map(|fact| lines::parse(&fact.lines))
        .collect();
    let mut listed = lines::parse(&table.blank);
    for without in &table.no_fact {
        if without.reason.trim().is_empty() {
            problems.push(format!("no reason for lines {}", without.lines));
        }
        for line in lines::parse(&without.lines) {
            if !listed.insert(line) {
                problems.push(format!("line {line} is listed twice as one without a fact"));
            }
        }
    }
    problems.extend(
        facts
            .intersection(&listed)
            .map(|line| format!("line {line} has a fact and has none")),
    );
    let named: BTreeSet<usize> = facts.union(&listed).copied().collect();
    let all: BTreeSet<usize> = (1..=table.lines).collect();
    problems.extend(
        all.difference(&named)
            .map(|line| format!("line {line} is not covered")),
    );
    problems.extend(
        named
            .difference(&all)
            .map(|line| format!("the page has no line {line}")),
    );
    problems
}

/// What the table gets wrong about the page itself.
fn true_to(table: &Table, copy: &SavedPage) -> Vec<String> {
    let mut problems = Vec::new();
    let page = copy.lines();
    if table.digest != copy.digest() {
        problems.push(format!("the page at hand has the digest {}", copy.digest()));
    }
    if table.lines != page.len() {
        problems.push(format!("the page at hand has {} lines", page.len()));
    }
    let blank: BTreeSet<usize> = (1..)
        .zip(&page)
        .filter(|(_, line)| line.trim().is_empty())
        .map(|(number, _)| number)
        .collect();
    if lines::parse(&table.blank) != blank {
        problems.push(format!("the blank lines of the page at hand are {blank:?}"));
    }
    let mut claims: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for fact in &table.fact {
        for line in lines::parse(&fact.lines) {
            claims.entry(line).or_default().extend(claimed(table, fact));
        }
    }
    for (line, claims) in claims {
        for token in page
            .get(line - 1)
            .map(|text| unclaimed(text, &claims))
            .unwrap_or_default()
        {
            problems.push(format!("line {line}: no row names {token}"));
        }
    }
    problems
}

/// The words with which a row names its fact: in its statement, its pointer and its value.
fn claimed(table: &Table, fact: &Fact) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = tokens(&fact.says).into_iter().collect();
    let pointer = fact
        .at
        .as_ref()
        .and_then(|at| table.pointer(at).ok())
        .unwrap_or_default();
    words.extend(tokens(&pointer.replace("~1", "/")));
    for value in fact.value.iter().chain(&fact.has) {
        words.extend(tokens(&value.to_string()));
    }
    for value in fact
        .rate
        .iter()
        .flat_map(BTreeMap::values)
        .filter_map(Value::as_str)
    {
        words.extend(tokens(value));
    }
    words
}

fn price_of(table: &Table, line: usize, model: &str) -> bool {
    table.fact.iter().any(|fact| {
        lines::parse(&fact.lines).contains(&line)
            && fact
                .rate
                .as_ref()
                .is_some_and(|rate| rate["model"] == model)
    })
}

/// The pages that are a side of each disagreement.
fn sides() -> BTreeMap<String, BTreeSet<String>> {
    folder::rows("openapi/disagreements.toml", "disagreement")
        .iter()
        .map(|entry| {
            let pages = entry["side"].as_array().into_iter().flatten();
            let pages = pages
                .filter_map(|side| side["page"].as_str())
                .map(str::to_owned)
                .collect();
            (entry["id"].as_str().unwrap_or_default().to_owned(), pages)
        })
        .collect()
}
