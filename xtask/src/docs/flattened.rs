//! Reads a flattened copy: descriptions only, in order, with the names and types of fields lost.
//!
//! Its statements are aligned in order with the fields that the document knows of the operation.
//! A limit stands in front of the *next* description, and the values of an enum are glued to what
//! follows them.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use serde_json::{Value, json};

use super::{
    fields::Field,
    known::KnownOperation,
    price,
    printed::{Direction, Odd, Printed, PrintedOperation, first_words},
    text::{self, Line},
};

static KEY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([A-Za-z_][A-Za-z0-9_]*) \(([a-z]+)\)\s*:").expect("a pattern"));
static LIMIT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(\d{1,6})([A-Z].*)$").expect("a pattern"));
static BULLETS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^([A-Za-z0-9_]+) - ").expect("a pattern"));
static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(2\d\d) status\b").expect("a pattern"));
static READY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"until the status becomes (\w+), then read the (\w+) field").expect("a pattern")
});

/// One part of the region of fields.
enum Part {
    Limit(u64),
    Values {
        values: Vec<String>,
        titles: BTreeMap<String, String>,
        line: usize,
    },
    Text {
        text: String,
        line: usize,
    },
}

/// Reads the page against the operation it describes.
pub fn read(page: &str, known: &KnownOperation, models: &[String]) -> Printed {
    let lines = split(page);
    let mut printed = Printed::default();
    let mut operation = PrintedOperation {
        method: known.method.clone(),
        path: known.path.clone(),
        ..PrintedOperation::default()
    };
    let start = lines
        .iter()
        .rposition(|line| is_key_line(&line.text))
        .map_or(0, |at| at + 1);
    for line in &lines[..start] {
        prose(&line.text, known, models, &mut operation);
    }
    let parts: Vec<Part> = lines[start..].iter().flat_map(parts).collect();
    for part in &parts {
        if let Part::Text { text, .. } = part {
            operation.prices.extend(price::parse(text, models));
        }
    }
    let mut aligner = Aligner::new(known);
    for part in parts {
        aligner.take(part);
    }
    aligner.finish(&mut operation, &mut printed);
    printed.not_printed = known
        .request
        .iter()
        .chain(&known.response)
        .filter(|field| field.is_top())
        .map(|field| format!("name, type, required and nullable of {}", field.pointer))
        .collect();
    printed.operations.push(operation);
    printed
}

/// The lines with the header descriptions that are glued to the webhook's text put apart.
fn split(page: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in text::lines(page) {
        if text::is_banner(&line.text) {
            continue;
        }
        match line.text.find("API ID,").filter(|at| *at > 0) {
            Some(at) if KEY.is_match(&line.text) => {
                lines.push(Line {
                    number: line.number,
                    text: line.text[..at].to_owned(),
                });
                lines.push(Line {
                    number: line.number,
                    text: line.text[at..].to_owned(),
                });
            }
            _ => lines.push(line),
        }
    }
    lines
}

fn is_key_line(text: &str) -> bool {
    text.starts_with("API Key") || text.starts_with("API ID")
}

fn prose(line: &str, known: &KnownOperation, models: &[String], into: &mut PrintedOperation) {
    if KEY.find_iter(line).count() >= 2 {
        into.webhook = Some(webhook(line, known));
        return;
    }
    into.prices.extend(price::parse(line, models));
    if let Some(hit) = CODE.captures(line) {
        into.code = Some(hit[1].to_owned());
    }
    if let Some(hit) = READY.captures(line) {
        into.ready = Some((hit[1].to_owned(), hit[2].to_owned()));
    }
}

/// `id (string): ...status (string): ... Possible values are a, b, cfailed_reason (string): ...`
pub fn webhook(line: &str, known: &KnownOperation) -> Vec<Field> {
    let vocabulary: Vec<&str> = line
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.len() > 1)
        .collect();
    let mut keys: Vec<(usize, usize, String, String)> = Vec::new();
    for hit in KEY.captures_iter(line) {
        let (whole, name) = (hit.get(0).expect("a match"), hit.get(1).expect("a group"));
        let key = if keys.is_empty() && name.start() == 0 {
            name.as_str().to_owned()
        } else {
            unglue(name.as_str(), &known.names, &vocabulary)
        };
        keys.push((name.end() - key.len(), whole.end(), key, hit[2].to_owned()));
    }
    let ends: Vec<usize> = keys
        .iter()
        .skip(1)
        .map(|key| key.0)
        .chain([line.len()])
        .collect();
    keys.into_iter()
        .zip(ends)
        .map(|((_, from, key, kind), to)| {
            let mut field = Field::named(key);
            field.say("type", kind);
            if let Some(values) = text::values_after(line.get(from..to).unwrap_or_default()) {
                field.say("enum", values);
            }
            field
        })
        .collect()
}

/// Cuts the word in front off a key that is glued to it.
fn unglue(token: &str, names: &[String], vocabulary: &[&str]) -> String {
    let known = names.iter().filter(|name| token.ends_with(name.as_str()));
    if let Some(name) = known.max_by_key(|name| name.len()) {
        return name.clone();
    }
    let word = vocabulary
        .iter()
        .filter(|word| token.len() > word.len() && token.starts_with(**word))
        .max_by_key(|word| word.len());
    word.map_or(token, |word| &token[word.len()..]).to_owned()
}

fn parts(line: &Line) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = line.text.as_str();
    if let Some(hit) = LIMIT.captures(rest) {
        parts.extend(hit[1].parse().ok().map(Part::Limit));
        rest = hit.get(2).map_or(rest, |rest| rest.as_str());
    }
    if let Some((values, titles, after)) = glued_values(rest) {
        parts.push(Part::Values {
            values,
            titles,
            line: line.number,
        });
        rest = after;
    }
    let rest = rest.trim();
    if !rest.is_empty() {
        parts.push(Part::Text {
            text: rest.to_owned(),
            line: line.number,
        });
    }
    parts
}

/// `a - Ab - Ba, b Next statement`: the values, their titles, and the next statement.
fn glued_values(line: &str) -> Option<(Vec<String>, BTreeMap<String, String>, &str)> {
    let first = BULLETS.captures(line)?.get(1)?.as_str();
    // The list of values is the last run of words with commas between them.
    let comma = line.find(", ")?;
    let head = &line[..comma];
    let list_start = head.strip_suffix(first)?.len();
    let mut values = vec![first.to_owned()];
    let mut rest = &line[comma..];
    while let Some(after) = rest.strip_prefix(", ") {
        let end = after
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
            .unwrap_or(after.len());
        values.push(after[..end].to_owned());
        rest = &after[end..];
    }
    let bullets = &line[..list_start];
    let mut titles = BTreeMap::new();
    let mut at = 0;
    let starts: Vec<Option<(usize, usize)>> = values
        .iter()
        .map(|value| {
            let mark = format!("{value} - ");
            let found = bullets.get(at..)?.find(&mark)? + at;
            at = found + mark.len();
            Some((found, at))
        })
        .collect();
    for (index, value) in values.iter().enumerate() {
        if let Some((_, from)) = starts[index] {
            let to = starts[index + 1..]
                .iter()
                .flatten()
                .next()
                .map_or(list_start, |next| next.0);
            titles.insert(
                value.clone(),
                bullets.get(from..to).unwrap_or_default().to_owned(),
            );
        }
    }
    Some((values, titles, rest))
}

/// What a field is taken to be while the statements go by.
struct Aligner<'a> {
    expected: Vec<(Direction, &'a Field)>,
    found: Vec<Option<Field>>,
    next: usize,
    current: Option<usize>,
    /// Statements that no field claims yet, with what followed them.
    waiting: Vec<(Odd, Field)>,
    odd: Vec<Odd>,
    gone: Vec<usize>,
    on_waiting: bool,
}

impl<'a> Aligner<'a> {
    fn new(known: &'a KnownOperation) -> Self {
        let side = |direction, fields: &'a [Field]| {
            fields
                .iter()
                .filter(|field| field.is_top() && field.schema["x-undescribed"] != true)
                .map(move |field| (direction, field))
        };
        let mut expected: Vec<(Direction, &Field)> = known
            .parameters
            .iter()
            .map(|field| (Direction::Request, field))
            .collect();
        expected.extend(side(Direction::Request, &known.request));
        expected.extend(side(Direction::Response, &known.response));
        let found = expected.iter().map(|_| None).collect();
        Self {
            expected,
            found,
            next: 0,
            current: None,
            waiting: Vec::new(),
            odd: Vec::new(),
            gone: Vec::new(),
            on_waiting: false,
        }
    }

    fn take(&mut self, part: Part) {
        match part {
            Part::Limit(limit) => {
                if let Some(field) = self.current_field() {
                    field.say("maxLength", limit);
                }
            }
            Part::Values {
                values,
                titles,
                line,
            } => self.values(values, titles, line),
            Part::Text { text, line } => self.text(&text, line),
        }
    }

    fn current_field(&mut self) -> Option<&mut Field> {
        if self.on_waiting {
            return self.waiting.last_mut().map(|(_, field)| field);
        }
        self.found.get_mut(self.current?)?.as_mut()
    }

    fn values(&mut self, values: Vec<String>, titles: BTreeMap<String, String>, line: usize) {
        let takes = |field: &Field| field.values.is_some();
        let open = self.current.filter(|_| !self.on_waiting).filter(|at| {
            takes(self.expected[*at].1)
                && self.found[*at]
                    .as_ref()
                    .is_some_and(|found| !found.facts.contains_key("enum"))
        });
        let at = open.or_else(|| {
            (self.next..self.expected.len())
                .find(|at| takes(self.expected[*at].1))
                .inspect(|at| {
                    let (from, to) = (self.next, *at);
                    self.settle(from, to);
                    self.next = to + 1;
                })
        });
        let Some(at) = at else {
            self.odd.push(Odd {
                line,
                words: first_words(&values.join(", ")),
            });
            return;
        };
        self.current = Some(at);
        self.on_waiting = false;
        let path = self.expected[at].1.path.clone();
        let field = self.found[at].get_or_insert_with(|| Field::named(path));
        field.say("enum", values);
        field.titles = titles;
    }

    fn text(&mut self, text: &str, line: usize) {
        let at = (self.next..self.expected.len()).find(|at| speaks_of(text, self.expected[*at].1));
        let path = at
            .map(|at| self.expected[at].1.path.clone())
            .unwrap_or_default();
        let mut field = Field::named(path);
        facts_of(text, &mut field);
        match at {
            Some(at) => {
                self.settle(self.next, at);
                self.found[at] = Some(field);
                self.next = at + 1;
                self.current = Some(at);
                self.on_waiting = false;
            }
            None => {
                self.waiting.push((
                    Odd {
                        line,
                        words: first_words(text),
                    },
                    field,
                ));
                self.on_waiting = true;
            }
        }
    }

    /// Gives the waiting statements to the fields that were skipped, if there is one for each.
    fn settle(&mut self, from: usize, to: usize) {
        let skipped: Vec<usize> = (from..to).filter(|at| self.found[*at].is_none()).collect();
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.len() == skipped.len() {
            for (at, (_, mut field)) in skipped.into_iter().zip(waiting) {
                field.path = self.expected[at].1.path.clone();
                self.found[at] = Some(field);
            }
        } else {
            self.odd.extend(waiting.into_iter().map(|(odd, _)| odd));
            self.gone.extend(skipped);
        }
    }

    fn finish(mut self, operation: &mut PrintedOperation, printed: &mut Printed) {
        self.settle(self.next, self.expected.len());
        let (mut request, mut response) = (Vec::new(), Vec::new());
        for ((direction, known), found) in self.expected.iter().zip(self.found) {
            let Some(field) = found else { continue };
            if known.pointer.contains("/parameters/") {
                continue;
            }
            match direction {
                Direction::Request => request.push(field),
                _ => response.push(field),
            }
        }
        operation.request = Some(request);
        operation.response = Some(response);
        printed.odd = self.odd;
        printed.gone = self
            .gone
            .iter()
            .map(|at| (self.expected[*at].0, self.expected[*at].1.path.clone()))
            .collect();
    }
}

/// Whether a description begins with the words of the field's name, or of its type where the name
/// says nothing.
fn speaks_of(text: &str, field: &Field) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(8)
        .map(str::to_ascii_lowercase)
        .collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    let name = field.name();
    if name == "id" {
        return has("uuid") || words.first().is_some_and(|word| word == "id");
    }
    let of_name = name
        .split('_')
        .filter(|word| !["is", "url", "at", "no"].contains(word))
        .all(has);
    let is_free = field.facts.get("type") == Some(&json!("object"))
        && !field.schema["properties"].is_object();
    of_name || (is_free && has("json"))
}

/// Facts that stand inside a description.
pub fn facts_of(text: &str, field: &mut Field) {
    static DEFAULT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"Default is '?([A-Za-z0-9_\-]+(?:\.\d+)?)'?").expect("a pattern")
    });
    if let Some(hit) = DEFAULT.captures(text) {
        field.say("default", scalar(&hit[1]));
    }
    expiry_of(text, field);
}

/// After how many hours a description says that an address expires.
pub fn expiry_of(text: &str, field: &mut Field) {
    static HOURS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)expires in (\d{1,5}) hours?").expect("a pattern"));
    if let Some(hit) = HOURS.captures(text)
        && let Ok(hours) = hit[1].parse::<u64>()
    {
        field.say("x-expires-hours", hours);
    }
}

/// A word as the value it means.
pub fn scalar(word: &str) -> Value {
    match word {
        "null" | "None" => Value::Null,
        "true" | "True" => Value::Bool(true),
        "false" | "False" => Value::Bool(false),
        _ => serde_json::from_str(word)
            .ok()
            .filter(Value::is_number)
            .unwrap_or_else(|| Value::from(word)),
    }
}
