//! Reads a full text copy: headings, and for each field its name, its type and what follows, one a
//! line.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::{
    fields::Field,
    flattened::{expiry_of, scalar},
    known::KnownOperation,
    price,
    printed::{Odd, Printed, PrintedOperation, first_words},
    text,
};

static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z_][A-Za-z0-9_.\-]*$").expect("a pattern"));
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?P<kind>enum<(?P<inner>[a-z]+)>|string|integer|number|boolean|object|any|file|null)(?:<(?P<format>[a-z0-9\-]+)>)?(?P<list>(?:\[\])?)(?P<null> \| null)?$",
    )
    .expect("a pattern")
});
static BULLET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[•\-\*]\s+(\S+) - (.+)$").expect("a pattern"));
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[•\-\*]\s+`?([A-Za-z_][A-Za-z0-9_]*)`? \(([a-z]+)\)\s*:?\s*(.*)$")
        .expect("a pattern")
});
static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(Maximum|Minimum)(?: string)? length:\s*`?(\d{1,9})`?$").expect("a pattern")
});
static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^Required range:\s*(?:(-?\d+(?:\.\d+)?)\s*(<=?)\s*)?x(?:\s*(<=?|>=?)\s*(-?\d+(?:\.\d+)?))?$")
        .expect("a pattern")
});
static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(2\d\d)(?: - application/json)?$").expect("a pattern"));

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Head,
    Authorizations,
    Parameters,
    Body,
    Response,
}

/// Reads the page; `known` only gives the path where the page's own cannot be read.
pub fn read(page: &str, known: Option<&KnownOperation>, models: &[String]) -> Printed {
    let lines = text::lines(page);
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let mut printed = Printed::default();
    let mut operation = PrintedOperation::default();
    let mut section = Section::Head;
    let mut webhook: Vec<Field> = Vec::new();
    let mut fields: Vec<(Section, Field)> = Vec::new();
    let mut at = head(&texts, &mut operation);
    let mut description = String::new();
    while at < lines.len() {
        let line = texts[at];
        if let Some(next) = heading(line) {
            section = next;
            if section == Section::Body {
                operation.request.get_or_insert_default();
            }
        } else if let Some((call, used)) = text::curl(&texts[at..]) {
            if operation.path.is_empty() {
                (operation.method, operation.path) = (call.method, call.path);
            }
            operation.request_sample = call.body;
            at += used;
            continue;
        } else if let Some((_, used)) = text::json(&texts[at..]) {
            // The sample of the answer is made up from its fields, which follow.
            at += used;
            continue;
        } else if section == Section::Head {
            if let Some(hit) = KEY.captures(line) {
                let mut field = Field::named(&hit[1]);
                field.say("type", &hit[2]);
                if let Some(values) = text::values_after(&hit[3]) {
                    field.say("enum", values);
                }
                webhook.push(field);
            } else if !text::is_banner(line) {
                operation.prices.extend(price::parse(line, models));
            }
        } else if let Some(hit) = CODE.captures(line).filter(|_| section == Section::Response) {
            operation.code = Some(hit[1].to_owned());
            operation.response.get_or_insert_default();
        } else if texts.get(at + 1).is_some_and(|next| TYPE.is_match(next)) && NAME.is_match(line) {
            flush(&mut description, models, &mut operation);
            let mut field = Field::named(line);
            kind(texts[at + 1], &mut field);
            field.say("required", false);
            fields.push((section, field));
            at += 2;
            continue;
        } else if let Some((_, field)) = fields.last_mut().filter(|(of, _)| *of == section) {
            let used = attribute(&texts[at..], field);
            if used == 0 {
                description.push_str(line);
                description.push(' ');
                expiry_of(line, field);
            } else {
                at += used;
                continue;
            }
        } else {
            printed.odd.push(Odd {
                line: lines[at].number,
                words: first_words(line),
            });
        }
        at += 1;
    }
    flush(&mut description, models, &mut operation);
    for (section, field) in fields {
        match section {
            Section::Body => operation.request.get_or_insert_default().push(field),
            Section::Response => operation.response.get_or_insert_default().push(field),
            Section::Parameters => operation.parameters.push(field),
            Section::Head | Section::Authorizations => {}
        }
    }
    if !webhook.is_empty() {
        operation.webhook = Some(webhook);
    }
    if let Some(known) = known.filter(|_| operation.path.is_empty()) {
        operation.method.clone_from(&known.method);
        operation.path.clone_from(&known.path);
    }
    printed.operations.push(operation);
    printed
}

/// The method and the path, which stand in pieces at the top.
fn head(lines: &[&str], operation: &mut PrintedOperation) -> usize {
    let is_method = |line: &&str| ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(line);
    let Some(at) = lines.iter().take(12).position(is_method) else {
        return 0;
    };
    let mut path = String::new();
    let mut end = at + 1;
    while let Some(part) = lines.get(end) {
        let is_part =
            *part == "/" || part.starts_with('{') || (path.ends_with('/') && NAME.is_match(part));
        if !is_part || *part == "cURL" {
            break;
        }
        path.push_str(part);
        end += 1;
    }
    if path.len() > 1 {
        operation.method = lines[at].to_ascii_lowercase();
        operation.path = text::path(&path);
    }
    end
}

fn heading(line: &str) -> Option<Section> {
    Some(match line {
        "Authorizations" => Section::Authorizations,
        "Body" => Section::Body,
        "Path Parameters" | "Query Parameters" => Section::Parameters,
        "Headers" => Section::Authorizations,
        "Response" => Section::Response,
        _ => return None,
    })
}

fn flush(description: &mut String, models: &[String], operation: &mut PrintedOperation) {
    operation.prices.extend(price::parse(description, models));
    description.clear();
}

/// `enum<string>`, `string<uuid> | null`, `object[]` as facts.
fn kind(text: &str, field: &mut Field) {
    let Some(hit) = TYPE.captures(text) else {
        return;
    };
    let base = hit
        .name("inner")
        .map_or(&hit["kind"], |inner| inner.as_str());
    if hit["list"].is_empty() {
        field.say("type", base);
    } else {
        field.say("type", "array");
        field.say("items", base);
    }
    if let Some(format) = hit.name("format") {
        field.say("format", format.as_str());
    }
    if hit.name("null").is_some() {
        field.say("nullable", true);
    }
}

/// Reads one attribute of a field; returns the lines it takes, none where the line is none.
fn attribute(lines: &[&str], field: &mut Field) -> usize {
    let line = lines[0];
    match line {
        "required" => field.say("required", true),
        "read-only" => field.say("readOnly", true),
        "write-only" => field.say("writeOnly", true),
        "deprecated" => field.say("deprecated", true),
        "header" | "query" | "path" | "body" => {}
        "Available options:" => return options(lines, field),
        _ => return other_attribute(line, field),
    }
    1
}

fn other_attribute(line: &str, field: &mut Field) -> usize {
    if let Some(value) = line.strip_prefix("default:") {
        field.say("default", scalar(value.trim()));
    } else if let Some(hit) = LENGTH.captures(line) {
        let key = if &hit[1] == "Maximum" {
            "maxLength"
        } else {
            "minLength"
        };
        field.say(key, scalar(&hit[2]));
    } else if let Some(hit) = RANGE.captures(line) {
        if let (Some(low), Some(_)) = (hit.get(1), hit.get(2)) {
            field.say("minimum", scalar(low.as_str()));
        }
        if let (Some(sign), Some(bound)) = (hit.get(3), hit.get(4)) {
            let key = if sign.as_str().starts_with('<') {
                "maximum"
            } else {
                "minimum"
            };
            field.say(key, scalar(bound.as_str()));
        }
    } else if let Some(hit) = BULLET.captures(line) {
        field
            .titles
            .insert(hit[1].to_owned(), hit[2].trim().to_owned());
    } else {
        return 0;
    }
    1
}

/// The values behind "Available options:", each with a comma but the last.
fn options(lines: &[&str], field: &mut Field) -> usize {
    let mut values: Vec<Value> = Vec::new();
    let mut used = 1;
    for line in &lines[1..] {
        let (value, more) = match line.strip_suffix(',') {
            Some(value) => (value, true),
            None => (*line, false),
        };
        // Several values may stand on one line.
        values.extend(value.split(", ").map(|value| option(value.trim(), field)));
        used += 1;
        if !more {
            break;
        }
    }
    field.say("enum", values);
    used
}

fn option(value: &str, field: &Field) -> Value {
    if field.facts.get("type") == Some(&json!("integer")) {
        scalar(value)
    } else {
        value.into()
    }
}
