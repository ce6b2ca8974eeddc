//! Reads a page's Markdown: its OpenAPI block, its prose, its tables and its samples.

use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;
use serde_json::Value;

use super::{
    block,
    fields::{self, Field},
    price,
    printed::{Month, Printed, PrintedOperation, PrintedPlan},
    text::{self, Line},
    tutorial,
};

/// The pieces of a page, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A heading.
    Heading(String),
    /// A paragraph or an item of a list, on one line, escapes resolved.
    Text(String),
    /// A fenced block: its info string and its content.
    Code(String, String),
    /// A table, row by row, the head first.
    Table(Vec<Vec<String>>),
}

static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^ya?ml\s+(?:(\S+)\s+)?(get|post|put|patch|delete)\s+(/\S*)\s*$")
        .expect("a pattern")
});
static MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(january|february|march|april|may|june|july|august|september|october|november|december)\s+(20\d\d)\b",
    )
    .expect("a pattern")
});

/// Cuts the page into its pieces.
pub fn pieces(page: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut code: Option<String> = None;
    let mut table: Option<Vec<Vec<String>>> = None;
    let mut in_heading = false;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                flush(&mut text, &mut pieces);
                code = Some(match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                });
            }
            Event::End(TagEnd::CodeBlock) => {
                let content = std::mem::take(&mut text);
                pieces.push(Piece::Code(code.take().unwrap_or_default(), content));
            }
            Event::Start(Tag::Table(_)) => {
                flush(&mut text, &mut pieces);
                table = Some(Vec::new());
            }
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                if let Some(rows) = &mut table {
                    rows.push(Vec::new());
                }
            }
            Event::End(TagEnd::TableCell) => {
                let cell = price::plain(&std::mem::take(&mut text));
                if let Some(row) = table.as_mut().and_then(|rows| rows.last_mut()) {
                    row.push(cell);
                }
            }
            Event::End(TagEnd::Table) => pieces.extend(table.take().map(Piece::Table)),
            Event::Start(Tag::Heading { .. }) => {
                flush(&mut text, &mut pieces);
                in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => {
                let heading = price::plain(&std::mem::take(&mut text));
                in_heading = false;
                pieces.push(Piece::Heading(heading));
            }
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => {
                text.push(if code.is_some() { '\n' } else { ' ' });
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::HtmlBlock) if !in_heading => {
                flush(&mut text, &mut pieces);
            }
            // MDX prints labels inside its tags: <Update label="May 2026">.
            Event::Html(html) | Event::InlineHtml(html) => {
                if let Some((_, rest)) = html.split_once("label=\"")
                    && let Some((label, _)) = rest.split_once('"')
                {
                    flush(&mut text, &mut pieces);
                    pieces.push(Piece::Heading(label.to_owned()));
                }
            }
            _ => {}
        }
    }
    flush(&mut text, &mut pieces);
    pieces
}

fn flush(text: &mut String, pieces: &mut Vec<Piece>) {
    let plain = price::plain(&std::mem::take(text));
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
}

/// Whether the page has an OpenAPI block.
pub fn has_block(page: &str) -> bool {
    page.lines().any(|line| {
        line.trim_start()
            .strip_prefix("```")
            .is_some_and(|rest| BLOCK.is_match(rest.trim_start_matches('`')))
    })
}

/// Reads an API page with its block.
///
/// # Errors
///
/// When the block is no YAML, or holds what cannot be written in OpenAPI 3.0.3; the message names it.
pub fn read_api(page: &str, models: &[String]) -> Result<Printed, String> {
    let pieces = pieces(page);
    let mut printed = Printed::default();
    let mut prices = Vec::new();
    for piece in &pieces {
        match piece {
            Piece::Code(info, content) => {
                if let Some(hit) = BLOCK.captures(info.trim()) {
                    let method = hit[2].to_ascii_lowercase();
                    let operation = operation(content, &method, &hit[3], models)?;
                    printed.operations.push(operation);
                }
            }
            Piece::Text(text) if !text::is_banner(text) => {
                prices.extend(price::parse(text, models));
            }
            Piece::Table(rows) => prices.extend(table_prices(rows, models)),
            _ => {}
        }
    }
    match printed.operations.first_mut() {
        // A page says its price in its own text and once more in its block.
        Some(operation) => {
            prices.append(&mut operation.prices);
            let mut seen = Vec::new();
            prices.retain(|price| {
                let is_new = !seen.contains(price);
                seen.push(price.clone());
                is_new
            });
            operation.prices = prices;
        }
        None => return Err("has no OpenAPI block that names a method and a path".to_owned()),
    }
    Ok(printed)
}

fn operation(
    content: &str,
    method: &str,
    path: &str,
    models: &[String],
) -> Result<PrintedOperation, String> {
    let document: Value = serde_saphyr::from_str(content).map_err(|error| {
        format!(
            "its OpenAPI block is no YAML: {}",
            first_line(&error.to_string())
        )
    })?;
    let (block, path, words) = block::assemble(&document, method, path)?;
    let prices = words
        .iter()
        .flat_map(|text| price::parse(text, models))
        .collect();
    let mini = fields::object([(
        "components",
        fields::object([("schemas", block.schemas.clone())]),
    )]);
    let content = &block.operation;
    let side = |body: Option<&Value>| -> Option<Vec<Field>> {
        let schema = crate::generate::walk::json_schema(body?)?;
        let schema = if schema["type"] == "array" {
            &schema["items"]
        } else {
            schema
        };
        Some(fields::of(&mini, schema, ""))
    };
    let success = content["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .next();
    let parameters = content["parameters"].as_array().into_iter().flatten();
    let parameters = parameters
        .filter_map(|parameter| {
            let name = parameter["name"].as_str()?;
            let holder = fields::object([(
                "properties",
                fields::object([(name, parameter["schema"].clone())]),
            )]);
            let mut field = fields::of(&mini, &holder, "").into_iter().next()?;
            field.say("required", parameter["required"].as_bool().unwrap_or(false));
            Some(field)
        })
        .collect();
    Ok(PrintedOperation {
        method: method.to_owned(),
        path,
        parameters,
        request: side(content.get("requestBody")),
        response: side(success.map(|(_, response)| response)),
        code: success.map(|(code, _)| code.clone()),
        prices,
        block: Some(block),
        ..PrintedOperation::default()
    })
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Reads a tutorial in Markdown.
pub fn read_tutorial(page: &str, models: &[String]) -> Printed {
    let mut lines = Vec::new();
    for piece in pieces(page) {
        match piece {
            Piece::Heading(text) | Piece::Text(text) => lines.push(Line { number: 1, text }),
            Piece::Code(_, content) => lines.extend(text::lines(&content)),
            Piece::Table(rows) => {
                lines.extend(rows.into_iter().map(|row| Line {
                    number: 1,
                    text: row.join(" "),
                }));
            }
        }
    }
    tutorial::read_lines(&lines, models)
}

/// Reads a changelog: prices under the month that stands above them.
pub fn read_changelog(page: &str, models: &[String]) -> Printed {
    let mut months: Vec<Month> = Vec::new();
    for piece in pieces(page) {
        let text = match piece {
            Piece::Heading(text) | Piece::Text(text) => text,
            Piece::Table(rows) => rows
                .iter()
                .map(|row| row.join(" "))
                .collect::<Vec<_>>()
                .join(". "),
            Piece::Code(..) => continue,
        };
        if let Some(hit) = MONTH.captures(&text)
            && hit
                .get(0)
                .is_some_and(|whole| whole.len() + 20 > text.len())
        {
            months.push(Month {
                month: month(&hit[1], &hit[2]),
                prices: Vec::new(),
            });
            continue;
        }
        if let Some(month) = months.last_mut() {
            month.prices.extend(price::parse(&text, models));
        }
    }
    Printed {
        months,
        ..Printed::default()
    }
}

fn month(name: &str, year: &str) -> String {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let start = name.get(..3).unwrap_or_default().to_ascii_lowercase();
    let number = NAMES
        .iter()
        .position(|name| *name == start)
        .map_or(1, |at| at + 1);
    format!("{year}-{number:02}")
}

/// Reads prose: prices that belong to no operation, and plans.
pub fn read_prose(page: &str, models: &[String]) -> Printed {
    let mut printed = Printed::default();
    let mut prices = Vec::new();
    for piece in pieces(page) {
        match piece {
            Piece::Table(rows) => {
                let plans = plans(&rows);
                if plans.is_empty() {
                    prices.extend(table_prices(&rows, models));
                }
                printed.plans.extend(plans);
            }
            Piece::Text(text) if !text::is_banner(&text) => {
                prices.extend(price::parse(&text, models));
            }
            _ => {}
        }
    }
    if !prices.is_empty() {
        printed.operations.push(PrintedOperation {
            prices,
            ..PrintedOperation::default()
        });
    }
    printed
}

/// Plans of a table whose head names a plan, a price and credits.
fn plans(rows: &[Vec<String>]) -> Vec<PrintedPlan> {
    let Some((head, rows)) = rows.split_first() else {
        return Vec::new();
    };
    let column = |word: &str| {
        head.iter()
            .position(|cell| cell.to_ascii_lowercase().contains(word))
    };
    let (Some(title), Some(price), Some(credits)) =
        (column("plan"), column("price"), column("credit"))
    else {
        return Vec::new();
    };
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    rows.iter()
        .map(|row| PrintedPlan {
            title: cell(row, title),
            credits: number(&cell(row, credits)),
            cents: number(&cell(row, price)).and_then(|dollars| dollars.checked_mul(100)),
        })
        .collect()
}

fn number(cell: &str) -> Option<u32> {
    let digits: String = cell
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

/// Prices of a table: those written out in a cell, or a number under "credits" beside its unit.
fn table_prices(rows: &[Vec<String>], models: &[String]) -> Vec<price::Price> {
    let Some((head, body)) = rows.split_first() else {
        return Vec::new();
    };
    let find = |words: &[&str]| {
        head.iter().position(|cell| {
            let cell = cell.to_ascii_lowercase();
            words.iter().any(|word| cell.contains(word))
        })
    };
    let (credits, unit, model) = (find(&["credit"]), find(&["per", "unit"]), find(&["model"]));
    body.iter()
        .flat_map(|row| {
            let whole = row.join(" ");
            let written = price::parse(&whole, models);
            if !written.is_empty() {
                return written;
            }
            let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).map(String::as_str);
            let (Some(amount), Some(unit)) =
                (cell(credits), cell(unit).filter(|_| unit != credits))
            else {
                return written;
            };
            let model = cell(model)
                .map(|name| format!("{name} model costs "))
                .unwrap_or_default();
            price::parse(&format!("{model}{amount} credits per {unit}"), models)
        })
        .collect()
}
