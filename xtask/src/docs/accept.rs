//! Writes findings into `openapi/`, in memory: facts into their fragments, prices as new rows, pages
//! with their digests. What a machine may not decide is left, with the reason.
//!
//! Nothing is put on disk here. The outcome is judged as a whole before it is handed back, so a
//! folder that would not assemble is never written.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::{
    book::{Pages, Prices},
    bump::{self, Bump},
    decisions::{self, Decisions},
    diff::{self, Report},
    difference::{Change, Difference},
    fields::{self, reference_of},
    finding::Finding,
    known::Known,
    newcomer,
    page::Copies,
    yaml_edit,
};
use crate::generate::{self, Folder, Source};

/// What came of accepting.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The folder as it would be.
    pub folder: Folder,
    /// The decisions as they would be.
    pub decisions: Decisions,
    /// What was taken over.
    pub taken: Vec<Finding>,
    /// What was left, each with the reason.
    pub left: Vec<(Finding, String)>,
    /// Findings that follow from what was taken over: other pages that still print the old.
    pub followed: Vec<Finding>,
    /// Overlay actions that went because the pages say so themselves.
    pub retired: Vec<String>,
}

impl Accepted {
    /// The changelog's lines, in our own words.
    pub fn changelog(&self) -> Vec<String> {
        self.taken.iter().filter_map(bump::line).collect()
    }

    /// The version bump that all of it calls for.
    pub fn bump(&self) -> Bump {
        self.taken.iter().map(bump::of).max().unwrap_or(Bump::None)
    }
}

/// Takes over the findings that `wanted` picks. `today` is `YYYY-MM-DD`.
///
/// All of them are tried together; where that does not hold together, one by one, and what does not
/// fit is left.
///
/// # Errors
///
/// When the folder was not in order before.
pub fn accept(
    known: &Known,
    copies: &Copies,
    decisions: &Decisions,
    report: &Report,
    wanted: &dyn Fn(&Finding) -> bool,
    today: &str,
) -> Result<Accepted> {
    let picked: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| wanted(finding))
        .collect();
    let mut accepted = Accepted {
        folder: known.folder.clone(),
        decisions: decisions.clone(),
        taken: Vec::new(),
        left: Vec::new(),
        followed: Vec::new(),
        retired: Vec::new(),
    };
    let (possible, by_hand): (Vec<&Finding>, Vec<&Finding>) =
        picked.into_iter().partition(|finding| is_possible(finding));
    for finding in by_hand {
        accepted.left.push((
            finding.clone(),
            "needs a person: nothing tells what to write".to_owned(),
        ));
    }
    let mut state = known.clone();
    match taken(&state, copies, report, &possible, today) {
        Ok((folder, retired)) => {
            accepted.folder = folder;
            accepted.retired = retired;
            accepted.taken = possible.into_iter().cloned().collect();
        }
        Err(all) if possible.len() == 1 => accepted
            .left
            .push((possible[0].clone(), format!("{all:#}"))),
        Err(_) => {
            for finding in possible {
                match taken(&state, copies, report, &[finding], today) {
                    Ok((folder, retired)) => {
                        state = Known::read(&folder)?;
                        accepted.folder = folder;
                        accepted.retired.extend(retired);
                        accepted.taken.push(finding.clone());
                    }
                    Err(error) => accepted.left.push((finding.clone(), format!("{error:#}"))),
                }
            }
        }
    }
    if !accepted.taken.is_empty() {
        follow_up(&mut accepted, copies, report, today)?;
    }
    Ok(accepted)
}

fn is_possible(finding: &Finding) -> bool {
    finding
        .differences
        .iter()
        .any(|difference| is_write(&difference.change))
}

fn is_write(change: &Change) -> bool {
    !matches!(change, Change::ByHand)
}

/// Another page that still prints what was changed here is not news: it is noted once.
fn follow_up(accepted: &mut Accepted, copies: &Copies, report: &Report, today: &str) -> Result<()> {
    let known = Known::read(&accepted.folder)?;
    let after = diff::diff(&known, copies, &accepted.decisions);
    let before: BTreeSet<String> = report.findings.iter().map(Finding::fingerprint).collect();
    let left: BTreeSet<String> = accepted
        .left
        .iter()
        .map(|(finding, _)| finding.page.clone())
        .collect();
    for finding in after.findings {
        if before.contains(&finding.fingerprint()) || left.contains(&finding.page) {
            continue;
        }
        let pages: BTreeSet<String> = accepted
            .taken
            .iter()
            .flat_map(Finding::pages)
            .map(str::to_owned)
            .collect();
        let pages: Vec<String> = pages.into_iter().collect();
        let because = format!("still as before {} was read on {today}", pages.join(", "));
        accepted.decisions.add(&finding, &because, today)?;
        accepted.followed.push(finding);
    }
    Ok(())
}

/// The folder with the findings in it, judged.
fn taken(
    known: &Known,
    copies: &Copies,
    report: &Report,
    findings: &[&Finding],
    today: &str,
) -> Result<(Folder, Vec<String>)> {
    let mut writer = Writer::new(known, today)?;
    for finding in findings {
        for difference in &finding.differences {
            writer.write(difference).with_context(|| {
                format!("{} ({})", bump::short(&difference.place), difference.page)
            })?;
        }
    }
    let pages: BTreeSet<&str> = findings
        .iter()
        .flat_map(|finding| finding.pages())
        .collect();
    for page in pages {
        if let Some(looked) = report
            .pages
            .get(page)
            .filter(|looked| !looked.digest.is_empty())
        {
            writer.pages.read(
                page,
                &looked.digest,
                today,
                looked.shape.map(super::printed::Shape::as_str),
            )?;
            if known
                .source
                .pages
                .iter()
                .any(|entry| entry.id == page && entry.via.is_some())
            {
                writer.now_at_hand(page);
            }
        }
    }
    let _ = copies;
    writer.finish()
}

/// The folder under change.
pub struct Writer<'a> {
    /// The folder as it was.
    pub known: &'a Known,
    /// The day the pages were read.
    pub today: &'a str,
    /// The folder as it is now.
    pub folder: Folder,
    /// `pages.toml`.
    pub pages: Pages,
    /// `prices.toml`.
    pub prices: Prices,
    /// The document as it is now, as far as later changes of the same run must see it.
    pub document: Value,
    /// Schemas made in this run, by name, with their file.
    pub made: std::collections::BTreeMap<String, String>,
    /// Lines to add to the overlay of accepted words.
    pub words: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(known: &'a Known, today: &'a str) -> Result<Self> {
        let text = |name: &str| known.folder.get(name).unwrap_or_default();
        Ok(Self {
            known,
            today,
            pages: Pages::parse(text("pages.toml"))?,
            prices: Prices::parse(text("prices.toml"))?,
            folder: known.folder.clone(),
            document: known.raw.clone(),
            made: std::collections::BTreeMap::new(),
            words: Vec::new(),
        })
    }

    fn write(&mut self, difference: &Difference) -> Result<()> {
        let page = &difference.page;
        match &difference.change {
            Change::ByHand | Change::Digest => Ok(()),
            Change::Set { pointer, value } => self.put(pointer, value.as_ref()),
            Change::Fact {
                pointer,
                key,
                value,
            } => self.fact(pointer, key, value.as_ref()),
            Change::Values {
                pointer,
                added,
                removed,
            } => self.values(pointer, added, removed),
            Change::AddField {
                schema,
                name,
                property,
                required,
                schemas,
            } => {
                let property = newcomer::import(self, schema, property, schemas, page)?;
                self.put(
                    &format!("{schema}/properties/{}", escaped(name)),
                    Some(&property),
                )?;
                if *required {
                    self.require(schema, name, true)
                } else {
                    Ok(())
                }
            }
            Change::RemoveField { pointer, renamed } => {
                self.remove_field(pointer, renamed.as_deref())
            }
            Change::Code {
                operation,
                old,
                new,
            } => {
                let responses = format!("{operation}/responses");
                let answer = self
                    .document
                    .pointer(&format!("{responses}/{old}"))
                    .cloned();
                let mut answer =
                    answer.with_context(|| format!("the answer {old} is not there"))?;
                if let Some(map) = answer.as_object_mut() {
                    map.shift_remove("x-source");
                }
                self.put(&format!("{responses}/{old}"), None)?;
                self.put(&format!("{responses}/{new}"), Some(&answer))
            }
            Change::Price {
                operations,
                model,
                price,
                month,
            } => self.prices.change(
                self.known,
                operations,
                model.as_deref(),
                price.as_ref(),
                month.as_deref(),
                (page, self.today),
            ),
            Change::Plan {
                name,
                credits,
                cents,
            } => self.prices.plan(name, *credits, *cents, self.today),
            Change::Operation {
                method,
                path,
                block,
                prices,
            } => newcomer::operation(self, page, (method, path), block, prices),
            Change::Page {
                url,
                shape,
                operations,
            } => {
                newcomer::page(self, page, url, shape)?;
                for operation in operations {
                    if let Change::Operation {
                        method,
                        path,
                        block,
                        prices,
                    } = operation
                    {
                        newcomer::operation(self, page, (method, path), block, prices)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Puts a value at a place of the document, in the file that holds it.
    pub fn put(&mut self, pointer: &str, value: Option<&Value>) -> Result<()> {
        let (file, path) = self.locate(pointer)?;
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let text = self
            .folder
            .get(&file)
            .with_context(|| format!("openapi/{file} is not there"))?;
        let text = yaml_edit::set(text, &path, value).with_context(|| format!("openapi/{file}"))?;
        self.folder.insert(file, text);
        let parts: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        yaml_edit::set_in(&mut self.document, &parts, value)
    }

    /// The file that holds a place of the document, and the way to it inside the file.
    fn locate(&self, pointer: &str) -> Result<(String, Vec<String>)> {
        let parts: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
        let (file, inner) = match parts.first().map(String::as_str) {
            Some("paths") if parts.len() > 3 => {
                let file = self.known.origins.file_of(pointer).to_owned();
                let mut inner = vec!["operation".to_owned()];
                inner.extend(parts[3..].iter().cloned());
                (file, inner)
            }
            Some("components") if parts.len() > 2 => {
                let made = self.made.get(&parts[2]).filter(|_| parts[1] == "schemas");
                let file = made
                    .cloned()
                    .unwrap_or_else(|| self.known.origins.file_of(pointer).to_owned());
                (file, parts[1..].to_vec())
            }
            _ => bail!("{pointer} stands in no file"),
        };
        let file = file.strip_prefix("openapi/").unwrap_or(&file).to_owned();
        Ok((file, inner))
    }

    fn fact(&mut self, pointer: &str, key: &str, value: Option<&Value>) -> Result<()> {
        let (owner, name) = pointer
            .rsplit_once("/properties/")
            .with_context(|| format!("{pointer} is no property"))?;
        if key == "required" {
            return self.require(owner, &unescaped(name), value == Some(&Value::Bool(true)));
        }
        let mut property = self
            .document
            .pointer(pointer)
            .cloned()
            .with_context(|| format!("{pointer} is not there"))?;
        let is_reference = reference_of(&property).is_some();
        let map = property
            .as_object_mut()
            .context("the property is no mapping")?;
        match (key, value) {
            ("type", Some(kind)) => {
                for gone in ["$ref", "allOf", "items", "format"] {
                    map.shift_remove(gone);
                }
                map.insert("type".to_owned(), kind.clone());
                if kind == "array" {
                    map.insert("items".to_owned(), json!({}));
                }
            }
            ("items", Some(kind)) => {
                map.insert(
                    "items".to_owned(),
                    if kind == "any" {
                        json!({})
                    } else {
                        json!({ "type": kind })
                    },
                );
            }
            (key, Some(value)) => {
                if let Some(target) = map.shift_remove("$ref") {
                    map.insert("allOf".to_owned(), json!([{ "$ref": target }]));
                }
                map.insert(key.to_owned(), value.clone());
            }
            (key, None) => {
                map.shift_remove(key);
                let only = map
                    .get("allOf")
                    .filter(|_| is_reference && map.len() == 1)
                    .cloned();
                if let Some(only) = only {
                    property = only[0].clone();
                }
            }
        }
        self.put(pointer, Some(&property))
    }

    fn require(&mut self, owner: &str, name: &str, required: bool) -> Result<()> {
        let list = self
            .document
            .pointer(&format!("{owner}/required"))
            .and_then(Value::as_array);
        let mut list = list.cloned().unwrap_or_default();
        list.retain(|entry| entry != name);
        if required {
            list.push(name.into());
        }
        let value = (!list.is_empty()).then(|| Value::Array(list));
        self.put(&format!("{owner}/required"), value.as_ref())
    }

    fn values(&mut self, pointer: &str, added: &[Value], removed: &[Value]) -> Result<()> {
        let list = self.document.pointer(pointer).and_then(Value::as_array);
        let mut list = list
            .cloned()
            .with_context(|| format!("{pointer} is no list"))?;
        // A model with prices stays a value, because its old prices stay in the book.
        let (kept, gone): (Vec<&Value>, Vec<&Value>) = removed.iter().partition(|value| {
            let rates = &self.known.source.prices.rates;
            pointer.contains("/ModelVersion/")
                && rates
                    .iter()
                    .any(|row| row.model.as_deref() == value.as_str())
        });
        list.retain(|value| !gone.contains(&value));
        for value in added {
            if !list.contains(value) {
                list.push(value.clone());
            }
        }
        if list.is_empty() {
            bail!("no value would be left");
        }
        self.put(pointer, Some(&Value::Array(list)))?;
        if !kept.is_empty() {
            let owner = pointer.rsplit_once('/').map_or("", |(owner, _)| owner);
            let kept: Vec<Value> = kept.into_iter().cloned().collect();
            self.put(
                &format!("{owner}/x-deprecated-values"),
                Some(&Value::Array(kept)),
            )?;
        }
        Ok(())
    }

    fn remove_field(&mut self, pointer: &str, renamed: Option<&str>) -> Result<()> {
        let (owner, name) = pointer
            .rsplit_once("/properties/")
            .with_context(|| format!("{pointer} is no property"))?;
        let name = unescaped(name);
        let Some(property) = self.document.pointer(pointer).cloned() else {
            // Another difference of the same finding took it away already.
            return Ok(());
        };
        let list = self
            .document
            .pointer(&format!("{owner}/required"))
            .and_then(Value::as_array);
        let was_required = list.is_some_and(|list| list.iter().any(|entry| *entry == name));
        if let Some(new) = renamed {
            self.put(
                &format!("{owner}/properties/{}", escaped(new)),
                Some(&property),
            )?;
        }
        self.put(pointer, None)?;
        if was_required {
            self.require(owner, &name, false)?;
            if let Some(new) = renamed {
                self.require(owner, new, true)?;
            }
        }
        Ok(())
    }

    /// A page known from notes so far: its facts have a copy now.
    fn now_at_hand(&mut self, page: &str) {
        let pattern = format!(
            r#"\{{ page: {}, via: facts, grade: [a-z\-]+, read_on: "[0-9\-]+" \}}"#,
            regex::escape(page)
        );
        let Ok(pattern) = regex::Regex::new(&pattern) else {
            return;
        };
        let new = format!("{{ page: {page}, read_on: \"{}\" }}", self.today);
        let files: Vec<(String, String)> = ["operations", "schemas"]
            .into_iter()
            .flat_map(|sub| self.folder.below(sub))
            .filter(|(_, text)| pattern.is_match(text))
            .map(|(file, text)| {
                (
                    file.to_owned(),
                    pattern.replace_all(text, new.as_str()).into_owned(),
                )
            })
            .collect();
        for (file, text) in files {
            self.folder.insert(file, text);
        }
    }

    fn finish(mut self) -> Result<(Folder, Vec<String>)> {
        self.folder.insert("pages.toml", self.pages.text());
        self.folder.insert("prices.toml", self.prices.text());
        if !self.words.is_empty() {
            newcomer::write_words(&mut self.folder, &self.words, self.today);
        }
        let retired = settle_overlays(&mut self.folder)?;
        generate::check_folder(&self.folder)?;
        Ok((self.folder, retired))
    }
}

/// Takes out overlay actions that have lost their place or their reason, and counts anew where a
/// newcomer is hit too.
fn settle_overlays(folder: &mut Folder) -> Result<Vec<String>> {
    let mut retired = Vec::new();
    for _ in 0..64 {
        let source = Source::parse(folder)?;
        let Err(problems) = generate::assemble(&source) else {
            return Ok(retired);
        };
        let problem = problems
            .as_slice()
            .iter()
            .find(|problem| problem.file.contains("/overlays/"));
        let Some(problem) = problem else {
            return Err(problems.into());
        };
        let file = problem.file.trim_start_matches("openapi/").to_owned();
        let index: usize = problem
            .place
            .trim_start_matches("actions/")
            .parse()
            .unwrap_or(usize::MAX);
        let text = folder.get(&file).unwrap_or_default().to_owned();
        let found = problem
            .message
            .rsplit(' ')
            .next()
            .and_then(|count| count.parse::<usize>().ok());
        let goes = problem.message.contains("changes nothing") || found == Some(0);
        let edited = match found {
            _ if goes => without_action(&text, index),
            Some(count) => with_hits(&text, index, count),
            None => None,
        };
        let Some(edited) = edited else {
            bail!("{problem}; settle the overlay by hand");
        };
        retired.push(format!(
            "{}: {}: {}",
            problem.file, problem.place, problem.message
        ));
        folder.insert(file, edited);
    }
    bail!("the overlays do not settle")
}

fn action_lines(text: &str, index: usize) -> Option<(Vec<&str>, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].trim_start().starts_with("- target:"))
        .collect();
    let from = *starts.get(index)?;
    let mut to = starts.get(index + 1).copied().unwrap_or(lines.len());
    // Comments in front of the next action are its own.
    while to > from + 1
        && (lines[to - 1].trim().is_empty() || lines[to - 1].trim_start().starts_with('#'))
    {
        to -= 1;
    }
    Some((lines, from, to))
}

fn without_action(text: &str, index: usize) -> Option<String> {
    let (mut lines, from, to) = action_lines(text, index)?;
    lines.drain(from..to);
    let has_more = lines
        .iter()
        .any(|line| line.trim_start().starts_with("- target:"));
    let mut text = lines.join("\n") + "\n";
    if !has_more {
        text = text.replace("actions:", "actions: []");
    }
    Some(text)
}

fn with_hits(text: &str, index: usize, count: usize) -> Option<String> {
    let (lines, from, to) = action_lines(text, index)?;
    let at = (from..to).find(|at| lines[*at].trim_start().starts_with("x-hits:"))?;
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    let indent = lines[at].len() - lines[at].trim_start().len();
    lines[at] = format!("{}x-hits: {count}", " ".repeat(indent));
    Some(lines.join("\n") + "\n")
}

/// A part of a JSON pointer.
pub fn escaped(name: &str) -> String {
    generate::assemble::escape(name)
}

fn unescaped(part: impl AsRef<str>) -> String {
    part.as_ref().replace("~1", "/").replace("~0", "~")
}

/// The files of the folder whose text changed, below the workspace, with their new text.
pub fn changed(
    before: &Folder,
    accepted: &Accepted,
    old_decisions: &Decisions,
) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let names = ["pages.toml", "prices.toml"].into_iter().map(str::to_owned);
    let subs = ["operations", "schemas", "overlays"];
    let below = subs
        .into_iter()
        .flat_map(|sub| accepted.folder.below(sub))
        .map(|(file, _)| file.to_owned());
    for name in names.chain(below) {
        let text = accepted.folder.get(&name).unwrap_or_default();
        if before.get(&name) != Some(text) {
            files.push((format!("openapi/{name}"), text.to_owned()));
        }
    }
    if accepted.decisions.text() != old_decisions.text() {
        files.push((
            format!("openapi/{}", decisions::FILE),
            accepted.decisions.text().to_owned(),
        ));
    }
    files
}

/// Where a component of the document stands.
pub fn component_pointer(name: &str) -> String {
    fields::component(name)
}
