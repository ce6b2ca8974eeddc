//! What the pages say now against `openapi/`.
//!
//! Every page is read by its shape and compared with the operations it describes; what is found is
//! brought together into findings. Nothing is written.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    compare::{Compared, Comparer},
    decisions::Decisions,
    difference::{Change, Class, Difference},
    finding::{self, Finding},
    flattened, full,
    known::{Known, KnownOperation},
    markdown,
    page::{self, Copies, Copy},
    price::Price,
    printed::{Printed, PrintedOperation, Shape},
    rates, tutorial,
};
use crate::generate::Page;

/// The outcome of reading all pages.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was found and is not ignored.
    pub findings: Vec<Finding>,
    /// How many findings a decision keeps quiet.
    pub ignored: usize,
    /// Pages of `pages.toml` that no copy was given of.
    pub not_looked_at: Vec<String>,
    /// What each page that was read proves, by its id.
    pub pages: BTreeMap<String, Looked>,
}

/// One page that was read.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// Its shape.
    pub shape: Option<Shape>,
    /// Places whose fact it prints as the document says.
    pub proved: std::collections::BTreeSet<String>,
    /// Facts that its shape cannot show.
    pub not_printed: Vec<String>,
    /// Its digest.
    pub digest: String,
}

/// Compares the copies with the folder.
pub fn diff(known: &Known, copies: &Copies, decisions: &Decisions) -> Report {
    let mut report = Report::default();
    let mut differences = Vec::new();
    let mut schemas: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut apart: Vec<Difference> = Vec::new();
    for (id, reason) in &copies.unreadable {
        differences.push(unreadable(id, reason));
    }
    for copy in &copies.copies {
        let (found, looked, printed) = one(known, copy);
        differences.extend(found);
        let id = entry_of(known, copy).map_or(copy.id.as_str(), |entry| entry.id.as_str());
        report.pages.insert(id.to_owned(), looked);
        apart.extend(disagreements(id, &printed, &mut schemas));
    }
    // An edit of one page is told once, as what it changes.
    apart.retain(|difference| {
        let pages = [difference.page.as_str(), difference.name.as_str()];
        !differences
            .iter()
            .any(|other| other.class == Class::Api && pages.contains(&other.page.as_str()))
    });
    differences.extend(apart);
    differences.extend(gone(known, copies));
    let looked_at = |page: &&Page| !report.pages.contains_key(&page.id);
    report.not_looked_at = known
        .source
        .pages
        .iter()
        .filter(looked_at)
        .map(|page| page.id.clone())
        .collect();
    let (quiet, findings): (Vec<Finding>, Vec<Finding>) = finding::group(differences)
        .into_iter()
        .partition(|finding| decisions.has(&finding.fingerprint()));
    report.ignored = quiet.len();
    report.findings = findings;
    report
}

/// The entry of `pages.toml` for a copy: by its id, or by its address.
pub fn entry_of<'a>(known: &'a Known, copy: &Copy) -> Option<&'a Page> {
    let pages = &known.source.pages;
    pages.iter().find(|page| page.id == copy.id).or_else(|| {
        let path = path_of(copy.url.as_deref()?);
        pages.iter().find(|page| path_of(&page.url) == path)
    })
}

/// The path of an address, without its ending and slashes around it.
pub fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.strip_suffix(".md").unwrap_or(path).trim_matches('/')
}

fn unreadable(page: &str, reason: &str) -> Difference {
    Difference::new(Class::Unreadable, "unreadable", page, page).from_to(Value::Null, reason)
}

fn one(known: &Known, copy: &Copy) -> (Vec<Difference>, Looked, Printed) {
    let entry = entry_of(known, copy);
    let id = entry.map_or(copy.id.as_str(), |entry| entry.id.as_str());
    let mut looked = Looked {
        digest: copy.digest(),
        ..Looked::default()
    };
    let Some(shape) = page::shape(&copy.text, entry) else {
        let reason = "is in no shape that is known";
        return (vec![unreadable(id, reason)], looked, Printed::default());
    };
    looked.shape = Some(shape);
    let printed = match read(known, id, shape, &copy.text) {
        Ok(printed) => printed,
        Err(reason) => return (vec![unreadable(id, &reason)], looked, Printed::default()),
    };
    let Some(entry) = entry else {
        return (
            vec![new_page(known, copy, shape, &printed)],
            looked,
            printed,
        );
    };
    let compared = compare(known, entry, shape, &printed);
    looked.proved = compared.proved;
    looked.not_printed.clone_from(&printed.not_printed);
    let mut differences = compared.differences;
    corrected_by_samples(&mut differences);
    if differences.is_empty() && entry.digest.as_deref() != Some(looked.digest.as_str()) {
        let kind = if entry.digest.is_some() {
            "words"
        } else {
            "first-copy"
        };
        differences.push(
            Difference::new(Class::Text, kind, id, id)
                .from_to(
                    entry.digest.clone().map_or(Value::Null, Value::from),
                    looked.digest.clone(),
                )
                .breaking(Some(false))
                .change(Change::Digest),
        );
    }
    (differences, looked, printed)
}

/// Reads a page by its shape.
///
/// # Errors
///
/// With the reason when it cannot be read.
pub fn read(known: &Known, id: &str, shape: Shape, text: &str) -> Result<Printed, String> {
    let models = &known.models;
    let operation = known.of_page(id).next();
    match shape {
        Shape::Flattened => match operation {
            Some(operation) => Ok(flattened::read(text, operation, models)),
            None => Err("is flattened, and no operation is known to align it with".to_owned()),
        },
        Shape::Full => Ok(full::read(text, operation, models)),
        Shape::Tutorial
            if text
                .lines()
                .any(|line| line.starts_with("# ") || line.starts_with("```")) =>
        {
            Ok(markdown::read_tutorial(text, models))
        }
        Shape::Tutorial => Ok(tutorial::read(text, models)),
        Shape::MintlifyMd => markdown::read_api(text, models),
        Shape::Changelog => Ok(markdown::read_changelog(text, models)),
        Shape::Prose => Ok(markdown::read_prose(text, models)),
    }
}

fn compare(known: &Known, entry: &Page, shape: Shape, printed: &Printed) -> Compared {
    let mut comparer = Comparer {
        known,
        page: &entry.id,
        shape,
        was_at_hand: entry.digest.is_some(),
        out: Compared::default(),
    };
    let mut priced: Vec<(Option<&KnownOperation>, &[Price])> = Vec::new();
    for operation in &printed.operations {
        let matching = if operation.path.is_empty() {
            known.of_page(&entry.id).next()
        } else {
            known.find(&operation.method, &operation.path)
        };
        match matching {
            Some(other) => {
                comparer.operation(operation, other);
                priced.push((Some(other), &operation.prices));
            }
            None if operation.path.is_empty() => priced.push((None, &operation.prices)),
            None => {
                let difference = new_operation(&entry.id, operation);
                comparer.out.differences.push(difference);
                // A path that changed keeps its prices.
                let is_printed = |other: &&KnownOperation| {
                    printed.operations.iter().any(|one| {
                        known
                            .find(&one.method, &one.path)
                            .is_some_and(|found| found.id == other.id)
                    })
                };
                let old = known.of_page(&entry.id).find(|other| !is_printed(other));
                priced.push((
                    old,
                    if old.is_some() {
                        &operation.prices
                    } else {
                        &[]
                    },
                ));
            }
        }
    }
    let first = known.of_page(&entry.id).next();
    comparer.leftovers(printed, first);
    moved(known, entry, printed, &mut comparer.out);
    let was_at_hand = entry.digest.is_some();
    match shape {
        Shape::Changelog => rates::months(known, &entry.id, &printed.months, &mut comparer.out),
        // Prose speaks of prices that its neighbours print for their own operations.
        Shape::Prose => {}
        _ => rates::operations(known, &entry.id, &priced, was_at_hand, &mut comparer.out),
    }
    rates::plans(known, &entry.id, &printed.plans, &mut comparer.out);
    comparer.out
}

/// Operations that were read from the page and are no longer on it.
fn moved(known: &Known, entry: &Page, printed: &Printed, out: &mut Compared) {
    if entry.digest.is_none() || printed.operations.is_empty() {
        return;
    }
    for operation in known.of_page(&entry.id) {
        let is_there = printed.operations.iter().any(|other| {
            known
                .find(&other.method, &other.path)
                .is_some_and(|found| found.id == operation.id)
        });
        let is_elsewhere = printed.operations.iter().all(|other| other.path.is_empty());
        if !is_there && !is_elsewhere {
            let place = operation.pointer.clone();
            let gone = Difference::new(Class::Api, "operation-gone", place, &entry.id);
            let name = format!("{} {}", operation.method, operation.path);
            out.differences
                .push(gone.from_to(name, Value::Null).breaking(Some(true)));
        }
    }
    // A path that changed is one thing, not an operation that went and another that came.
    let come = out
        .differences
        .iter()
        .position(|difference| difference.kind == "operation-new");
    let went = out
        .differences
        .iter()
        .position(|difference| difference.kind == "operation-gone");
    if let (Some(come), Some(went)) = (come, went) {
        let new = out.differences[come].new.clone();
        let gone = &mut out.differences[went];
        gone.kind = "path".to_owned();
        gone.new = new;
        out.differences.remove(come);
    }
}

fn new_operation(page: &str, operation: &PrintedOperation) -> Difference {
    let name = format!("{} {}", operation.method, operation.path);
    let place = format!(
        "/paths/{}/{}",
        crate::generate::assemble::escape(&operation.path),
        operation.method
    );
    let mut difference = Difference::new(Class::Api, "operation-new", place, page)
        .from_to(Value::Null, name)
        .breaking(Some(false));
    difference.change = change_of(operation);
    difference
}

fn change_of(operation: &PrintedOperation) -> Change {
    match &operation.block {
        Some(block) => Change::Operation {
            method: operation.method.clone(),
            path: operation.path.clone(),
            block: Box::new(block.clone()),
            prices: operation.prices.clone(),
        },
        None => Change::ByHand,
    }
}

fn new_page(known: &Known, copy: &Copy, shape: Shape, printed: &Printed) -> Difference {
    let url = copy.url.clone().unwrap_or_default();
    let operations: Vec<Change> = printed
        .operations
        .iter()
        .filter(|operation| known.find(&operation.method, &operation.path).is_none())
        .map(change_of)
        .filter(|change| *change != Change::ByHand)
        .collect();
    let names: Vec<String> = printed
        .operations
        .iter()
        .filter(|operation| !operation.path.is_empty())
        .map(|operation| format!("{} {}", operation.method, operation.path))
        .collect();
    let new = json!({ "url": url, "shape": shape.as_str(), "operations": names });
    let change = Change::Page {
        url,
        shape: shape.as_str().to_owned(),
        operations,
    };
    Difference::new(Class::PageNew, "page-new", &copy.id, &copy.id)
        .from_to(Value::Null, new)
        .breaking(Some(false))
        .change(change)
}

/// Pages that the site no longer lists. Only an index that was read whole can say so.
fn gone(known: &Known, copies: &Copies) -> Vec<Difference> {
    let Some(index) = copies
        .index
        .as_ref()
        .filter(|index| index.complete && index.listed_by.is_some())
    else {
        return Vec::new();
    };
    let listed: Vec<&str> = index
        .pages
        .values()
        .map(|entry| path_of(&entry.url))
        .collect();
    let is_foreign = |page: &Page| page.url.contains("//github.com/");
    known
        .source
        .pages
        .iter()
        .filter(|page| !is_foreign(page))
        .filter(|page| !listed.contains(&path_of(&page.url)) && !index.pages.contains_key(&page.id))
        .map(|page| {
            Difference::new(Class::PageGone, "page-gone", &page.id, &page.id)
                .from_to(page.url.clone(), Value::Null)
        })
        .collect()
}

/// Two pages that print different schemas under one name.
fn disagreements(
    page: &str,
    printed: &Printed,
    schemas: &mut BTreeMap<String, (String, Value)>,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for block in printed
        .operations
        .iter()
        .filter_map(|operation| operation.block.as_ref())
    {
        for (name, schema) in block.schemas.as_object().into_iter().flatten() {
            match schemas.get(name) {
                Some((other, known)) if known != schema => {
                    let place = super::fields::component(name);
                    found.push(
                        Difference::new(Class::Api, "pages-disagree", place, page)
                            .from_to(format!("as on {other}"), format!("as on {page}"))
                            .named(other),
                    );
                }
                Some(_) => {}
                None => {
                    schemas.insert(name.clone(), (page.to_owned(), schema.clone()));
                }
            }
        }
    }
    found
}

/// A sample that shows a new name says nothing that its field list does not say.
fn corrected_by_samples(differences: &mut Vec<Difference>) {
    let names: Vec<Value> = differences
        .iter()
        .filter(|difference| difference.change != Change::ByHand && difference.class == Class::Api)
        .map(|difference| difference.new.clone())
        .collect();
    differences.retain(|difference| {
        !(difference.kind == "field-new"
            && difference.change == Change::ByHand
            && names.contains(&difference.new))
    });
    // A sample of single values adds what the sample of the whole list adds and takes away.
    let whole: Vec<(String, Vec<Value>)> = differences
        .iter()
        .filter_map(|difference| match &difference.change {
            Change::Values {
                pointer,
                added,
                removed,
            } if !removed.is_empty() => Some((pointer.clone(), added.clone())),
            _ => None,
        })
        .collect();
    differences.retain(|difference| match &difference.change {
        Change::Values {
            pointer,
            added,
            removed,
        } if removed.is_empty() => !whole
            .iter()
            .any(|(other, all)| other == pointer && added.iter().all(|value| all.contains(value))),
        _ => true,
    });
}
