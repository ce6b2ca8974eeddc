//! A card's text as keys and values that know their line, whichever of the two formats it is in.
//!
//! What the keys mean is not known here.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::CardFileError;

/// A text in either format.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) keys: Vec<Entry>,
    /// The rows under `rate`; `None` where the key is missing.
    pub(super) rows: Option<Vec<RowText>>,
}

/// One row as it stands.
#[derive(Debug)]
pub(super) struct RowText {
    pub(super) line: Option<usize>,
    pub(super) entries: Vec<Entry>,
}

/// One key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) line: Option<usize>,
}

const ROWS: &str = "rate";

pub(super) fn from_json(text: &str) -> Result<Document, CardFileError> {
    let value: Value = serde_json::from_str(text).map_err(|error| CardFileError {
        line: Some(error.line()),
        ..CardFileError::whole(format!("the card is no JSON: {error}"))
    })?;
    let Value::Object(mut keys) = value else {
        return Err(CardFileError::whole(
            "the card is no JSON object; it has the keys mode and rate".to_owned(),
        ));
    };
    let entry = |(key, value)| Entry {
        key,
        value,
        line: None,
    };
    let rows = keys.remove(ROWS).map(|rows| match rows {
        Value::Array(rows) => rows
            .into_iter()
            .enumerate()
            .map(|(index, row)| match row {
                Value::Object(keys) => Ok(RowText {
                    line: None,
                    entries: keys.into_iter().map(entry).collect(),
                }),
                _ => Err(no_table(index, None)),
            })
            .collect(),
        _ => Err(no_list(None)),
    });
    Ok(Document {
        rows: rows.transpose()?,
        keys: keys.into_iter().map(entry).collect(),
    })
}

pub(super) fn from_toml(text: &str) -> Result<Document, CardFileError> {
    let table = DeTable::parse(text).map_err(|error| CardFileError {
        line: error.span().map(|span| line_of(text, span.start)),
        ..CardFileError::whole(format!("the card is no TOML: {}", error.message()))
    })?;
    let (mut keys, mut rows) = (Vec::new(), None);
    for (key, value) in table.into_inner() {
        let line = Some(line_of(text, key.span().start));
        if key.get_ref() != ROWS {
            keys.push(entry(text, &key, &value));
            continue;
        }
        let DeValue::Array(list) = value.get_ref() else {
            return Err(no_list(line));
        };
        let found: Result<Vec<RowText>, CardFileError> = list
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let line = Some(line_of(text, row.span().start));
                let DeValue::Table(row) = row.get_ref() else {
                    return Err(no_table(index, line));
                };
                let mut entries: Vec<Entry> = row
                    .iter()
                    .map(|(key, value)| entry(text, key, value))
                    .collect();
                entries.sort_by_key(|entry| entry.line);
                Ok(RowText { line, entries })
            })
            .collect();
        rows = Some(found?);
    }
    Ok(Document { keys, rows })
}

fn entry(
    text: &str,
    key: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> Entry {
    Entry {
        key: key.get_ref().to_string(),
        value: plain(value.get_ref()),
        line: Some(line_of(text, key.span().start)),
    }
}

fn no_list(line: Option<usize>) -> CardFileError {
    CardFileError {
        line,
        key: Some(ROWS.to_owned()),
        ..CardFileError::whole("this is no list of rows".to_owned())
    }
}

fn no_table(index: usize, line: Option<usize>) -> CardFileError {
    CardFileError {
        row: Some(index + 1),
        line,
        ..CardFileError::whole("this is no row of keys and values".to_owned())
    }
}

/// The value without its place. A date that is written without quotes is its text.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
            .map(Value::from)
            .or_else(|_| i64::from_str_radix(number.as_str(), number.radix()).map(Value::from))
            .unwrap_or_else(|_| Value::String(number.to_string())),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        DeValue::Boolean(is_true) => Value::Bool(*is_true),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(values) => values.iter().map(|value| plain(value.get_ref())).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
            .collect(),
    }
}

/// The line, counted from 1, in which the byte stands.
fn line_of(text: &str, byte: usize) -> usize {
    let before = text.as_bytes().iter().take(byte);
    before.filter(|byte| **byte == b'\n').count() + 1
}
