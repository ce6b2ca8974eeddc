//! The parameters of a request that was accepted: the ids in its path and its query.

use anyhow::Result;
use serde_json::Value;
use url::form_urlencoded;

use super::{
    body,
    contract::{Contract, Operation},
    report::{Class, Found, Seen},
};

pub(super) fn judge<'a>(
    contract: &mut Contract<'a>,
    operation: &Operation<'a>,
    path: &str,
    query: &str,
    seen: &mut Seen,
) -> Result<()> {
    for (wanted, given) in operation.path.split('/').zip(path.split('/')) {
        let name = wanted
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'));
        if let Some(name) = name {
            value(contract, operation, ("path", name), given, seen)?;
        }
    }
    let mut sent = Vec::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        value(contract, operation, ("query", &name), &text, seen)?;
        sent.push(name.into_owned());
    }
    for parameter in &operation.parameters {
        let name = parameter["name"].as_str().unwrap_or_default();
        let is_missing = parameter["in"] == "query"
            && parameter["required"] == true
            && !sent.iter().any(|one| one == name);
        if is_missing {
            let found = operation.found(Class::Parameter, "query", "required", "did without it");
            seen.find(Found {
                pointer: format!("/{name}"),
                ..found
            });
        }
    }
    Ok(())
}

fn value<'a>(
    contract: &mut Contract<'a>,
    operation: &Operation<'a>,
    (place, name): (&str, &str),
    text: &str,
    seen: &mut Seen,
) -> Result<()> {
    let is_it = |one: &&&'a Value| one["in"] == place && one["name"] == name;
    let Some(parameter) = operation.parameters.iter().find(is_it).copied() else {
        let found = operation.found(Class::Parameter, place, "no such parameter", "took it");
        let found = Found {
            pointer: format!("/{name}"),
            ..found
        };
        seen.find(found.with_sample(&Value::from(text)));
        return Ok(());
    };
    let most = parameter["x-max-entries"].as_u64();
    let entries = text.split(',').count() as u64;
    if let Some(most) = most.filter(|most| entries > *most) {
        let document = format!("at most {most} entries");
        let found = operation.found(Class::Parameter, place, &document, "took more");
        let found = Found {
            pointer: format!("/{name}"),
            ..found
        };
        seen.find(found.with_sample(&Value::from(entries)));
    }
    let schema = &parameter["schema"];
    let typed = match contract.resolved(schema)["type"].as_str() {
        Some("integer" | "number" | "boolean") => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        }
        _ => Value::from(text),
    };
    let named = body::Named {
        part: place,
        root: format!("/{name}"),
        page: super::contract::page_of(parameter),
    };
    body::judge_named(contract, operation, named, schema, &typed, seen)
}
