//! `cargo xtask docs drift`: recorded exchanges held against `openapi/creatify.json`, so that a
//! difference between the pages and the service is named with its operation, its place and its page.
//!
//! A recording is what `creatify emulate --record` saves: a folder of `NNNNNN.json`. Call-backs and
//! headers are in none, so nothing is said of them. A request that the service refused proves nothing
//! about the document and is passed over; its refusal is not.

mod body;
mod contract;
mod query;
mod recording;
mod report;
mod schema;

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use self::{
    contract::{Contract, Operation},
    recording::Exchange,
    report::Seen,
};
pub use self::{
    recording::REDACTED,
    report::{Class, Finding, Page, Report},
};

/// Holds the recording in `folder` against the document of the workspace at `root`.
///
/// # Errors
///
/// When the document, the folder or a file in it cannot be read, named with its file; also when the
/// folder holds no exchange, which would otherwise look like agreement.
pub fn drift(root: &Path, folder: &Path) -> Result<Report> {
    let file = root.join("openapi").join("creatify.json");
    let text = std::fs::read(&file).with_context(|| file.display().to_string())?;
    let document: Value =
        serde_json::from_slice(&text).with_context(|| format!("{}: no JSON", file.display()))?;
    let exchanges = recording::read(folder)?;
    let mut contract = Contract::read(&document)?;
    let mut seen = Seen::new(exchanges.len());
    for exchange in &exchanges {
        judge(&mut contract, exchange, &mut seen)?;
    }
    Ok(seen.report(&contract.pages))
}

fn judge<'a>(contract: &mut Contract<'a>, exchange: &Exchange, seen: &mut Seen) -> Result<()> {
    let (path, query) = exchange.target();
    let Some(operation) = contract.find(&exchange.method, path) else {
        // "Not found" and "not allowed" are what the document would have it say.
        if !matches!(exchange.status, 404 | 405) {
            seen.at(&format!("{} {path}", exchange.method), &exchange.file);
            seen.find(contract.no_operation(path, exchange.status));
        }
        return Ok(());
    };
    seen.at(operation.id, &exchange.file);
    if exchange.is_accepted() {
        query::judge(contract, &operation, path, query, seen)?;
        judge_request(contract, &operation, &exchange.request, seen)?;
    }
    judge_response(contract, &operation, exchange, seen)
}

/// The body of a request that was accepted: what the document forbids, the service took.
fn judge_request<'a>(
    contract: &mut Contract<'a>,
    operation: &Operation<'a>,
    body: &Value,
    seen: &mut Seen,
) -> Result<()> {
    let part = "request";
    let rule = &operation.raw["requestBody"];
    let Some(schema) = contract::json_schema(rule) else {
        if !body.is_null() {
            seen.find(operation.found(Class::Body, part, "no body", "took one"));
        }
        return Ok(());
    };
    if body.is_null() {
        if rule["required"] == true {
            seen.find(operation.found(Class::Body, part, "a body", "did without one"));
        }
        return Ok(());
    }
    if recording::is_no_json(body) {
        seen.find(operation.found(Class::Body, part, "JSON", "took what is no JSON"));
        return Ok(());
    }
    body::judge(contract, (operation, part), schema, body, seen)
}

fn judge_response<'a>(
    contract: &mut Contract<'a>,
    operation: &Operation<'a>,
    exchange: &Exchange,
    seen: &mut Seen,
) -> Result<()> {
    let Some(answer) = contract.answer(operation, exchange.status) else {
        let document = operation.statuses();
        let service = exchange.status.to_string();
        seen.find(operation.found(Class::Status, "response", &document, &service));
        return Ok(());
    };
    let part = format!("response {}", exchange.status);
    let body = &exchange.response;
    let (document, service) = match (contract::json_schema(answer), body) {
        (None, Value::Null) => return Ok(()),
        (None, _) => ("no body", "sent one"),
        (Some(_), Value::Null) => ("a body", "sent none"),
        (Some(_), body) if recording::is_no_json(body) => ("JSON", "sent what is no JSON"),
        (Some(schema), body) => {
            return body::judge(contract, (operation, &part), schema, body, seen);
        }
    };
    seen.find(operation.found(Class::Body, &part, document, service));
    Ok(())
}
