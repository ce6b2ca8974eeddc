//! Reads a tutorial: endpoints named in prose, calls with curl, samples of webhooks, prices.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    price,
    printed::{Printed, PrintedOperation},
    text::{self, Line},
};

static ENDPOINT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^`?(GET|POST|PUT|PATCH|DELETE)`?\s+`?(/[^\s`]+)`?$").expect("a pattern")
});

/// Reads the page.
pub fn read(page: &str, models: &[String]) -> Printed {
    let lines = text::lines(page);
    read_lines(&lines, models)
}

/// Reads lines that another reader has cut out already.
pub fn read_lines(lines: &[Line], models: &[String]) -> Printed {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let mut printed = Printed::default();
    let mut at = 0;
    while at < texts.len() {
        let line = texts[at];
        if let Some(hit) = ENDPOINT.captures(line) {
            enter(
                &mut printed,
                &hit[1].to_ascii_lowercase(),
                &text::path(&hit[2]),
            );
        } else if let Some((call, used)) = text::curl(&texts[at..]) {
            if call.body.is_some() {
                enter(&mut printed, &call.method, &call.path).request_sample = call.body;
            } else if !call.path.is_empty() {
                mention(&mut printed, &call.method, &call.path);
            }
            at += used;
            continue;
        } else if let Some((value, used)) = text::json(&texts[at..]) {
            let before = texts[at.saturating_sub(4)..at]
                .join(" ")
                .to_ascii_lowercase();
            let is_webhook = before.contains("webhook") || before.contains("notify");
            if let Some(operation) = current(&mut printed).filter(|_| is_webhook) {
                operation.webhook_sample = Some(value);
            }
            at += used;
            continue;
        } else if !text::is_banner(line) {
            let prices = price::parse(line, models);
            if !prices.is_empty() {
                if printed.operations.is_empty() {
                    printed.operations.push(PrintedOperation::default());
                }
                if let Some(operation) = current(&mut printed) {
                    operation.prices.extend(prices);
                }
            }
        }
        at += 1;
    }
    printed
}

/// The operation the text is about: the last one that is not only read from.
fn current(printed: &mut Printed) -> Option<&mut PrintedOperation> {
    let at = printed
        .operations
        .iter()
        .rposition(|operation| operation.method != "get");
    let at = at.or(printed.operations.len().checked_sub(1))?;
    printed.operations.get_mut(at)
}

fn enter<'a>(printed: &'a mut Printed, method: &str, path: &str) -> &'a mut PrintedOperation {
    mention(printed, method, path);
    let at = printed
        .operations
        .iter()
        .position(|operation| operation.method == method && operation.path == path)
        .unwrap_or_default();
    &mut printed.operations[at]
}

fn mention(printed: &mut Printed, method: &str, path: &str) {
    let is_there =
        |operation: &PrintedOperation| operation.method == method && operation.path == path;
    if !printed.operations.iter().any(is_there) {
        printed.operations.push(PrintedOperation {
            method: method.to_owned(),
            path: path.to_owned(),
            ..PrintedOperation::default()
        });
    }
}
