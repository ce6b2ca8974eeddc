//! What the keys of a card mean.
//!
//! Every key must be known and every value fit; the first that does not is named with its place.

use std::fmt::Display;
use std::str::FromStr;

use creatify_core::calendar::Month;
use creatify_core::pricing::{CardMode, Effective, Grade, OwnRate, Unit};
use creatify_core::{Credits, Day, Model, Operation};
use serde_json::Value;

use super::document::{Document, Entry, RowText};
use super::{CardFile, CardFileError};

/// The keys of a card beside its rows.
const KEYS: [&str; 2] = ["mode", "rate"];

/// The keys of a row.
const ROW_KEYS: [&str; 12] = [
    "operation",
    "model",
    "millicredits",
    "unit",
    "unit_seconds",
    "effective_from",
    "effective_between",
    "evidence_from",
    "grade",
    "pages",
    "source",
    "read_on",
];

/// The names of units; `time` has a length beside it.
const UNITS: [Unit; 4] = [Unit::Call, Unit::Image, Unit::Link, Unit::CatalogueCredit];

const GRADES: [Grade; 4] = [
    Grade::Printed,
    Grade::Observed,
    Grade::SecondHand,
    Grade::Agreed,
];

pub(super) fn card(document: &Document) -> Result<CardFile, CardFileError> {
    let keys = Keys {
        row: None,
        line: None,
        entries: &document.keys,
    };
    keys.all_known(&KEYS)?;
    let mode: CardMode = keys.parsed("mode")?.ok_or_else(|| {
        keys.wrong(
            "mode",
            "missing; write `override` for agreed prices or `update` for a newer reading of the \
             published ones",
        )
    })?;
    let rows = document.rows.as_ref().filter(|rows| !rows.is_empty());
    let rows = rows.ok_or_else(|| keys.wrong("rate", "missing; a card has one row or more"))?;
    let rates: Result<Vec<OwnRate>, CardFileError> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| rate(index + 1, row, mode))
        .collect();
    Ok(CardFile {
        mode,
        rates: rates?,
        lines: rows.iter().map(|row| row.line).collect(),
    })
}

fn rate(row: usize, text: &RowText, mode: CardMode) -> Result<OwnRate, CardFileError> {
    let keys = Keys {
        row: Some(row),
        line: text.line,
        entries: &text.entries,
    };
    keys.all_known(&ROW_KEYS)?;
    let missing = |key: &str, what: &str| keys.wrong(key, format!("missing; {what}"));
    let operation: Operation = keys.parsed("operation")?.ok_or_else(|| {
        missing(
            "operation",
            "name what is paid for, as `creatify rates` does",
        )
    })?;
    let millicredits = keys
        .number("millicredits")?
        .ok_or_else(|| missing("millicredits", "give thousandths of a credit for each unit"))?;
    let read_on: Day = keys
        .parsed("read_on")?
        .ok_or_else(|| missing("read_on", "give the day the price was last looked up"))?;
    let credits = Credits::from_millicredits(millicredits);
    let mut rate = OwnRate::new(operation, credits, keys.unit()?, read_on, keys.source()?);
    if let Some(model) = keys.parsed::<Model>("model")? {
        rate = rate.with_model(model);
    }
    if let Some(effective) = keys.effective()? {
        rate = rate.with_effective(effective);
    }
    if let Some(month) = keys.parsed::<Month>("evidence_from")? {
        rate = rate.with_evidence_from(month);
    }
    match keys.grade()? {
        Some(grade) => rate = rate.with_grade(grade),
        None if mode == CardMode::Update => {
            return Err(missing("grade", "write printed, observed or second-hand"));
        }
        None => {}
    }
    Ok(rate)
}

/// The keys of a row, or of the card itself.
struct Keys<'a> {
    row: Option<usize>,
    /// Where the row begins.
    line: Option<usize>,
    entries: &'a [Entry],
}

impl Keys<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        entry.map(|entry| &entry.value)
    }

    /// The key is wrong, or missing.
    fn wrong(&self, key: &str, message: impl Into<String>) -> CardFileError {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        CardFileError {
            row: self.row,
            line: entry.map_or(self.line, |entry| entry.line),
            key: Some(key.to_owned()),
            message: message.into(),
        }
    }

    fn all_known(&self, known: &[&str]) -> Result<(), CardFileError> {
        let unknown = self
            .entries
            .iter()
            .find(|entry| !known.contains(&entry.key.as_str()));
        match unknown {
            None => Ok(()),
            Some(entry) => {
                let message = format!("unknown; the keys are {}", known.join(", "));
                Err(self.wrong(&entry.key, message))
            }
        }
    }

    fn text(&self, key: &str) -> Result<Option<&str>, CardFileError> {
        match self.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, format!("{other} is no text; put it in quotes"))),
        }
    }

    fn parsed<T: FromStr<Err: Display>>(&self, key: &str) -> Result<Option<T>, CardFileError> {
        let text = self.text(key)?;
        text.map(|text| {
            text.parse()
                .map_err(|error: T::Err| self.wrong(key, error.to_string()))
        })
        .transpose()
    }

    fn number(&self, key: &str) -> Result<Option<u64>, CardFileError> {
        match self.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| {
                let message = format!(
                    "{value} is no whole number; give one from 0 to {}",
                    u64::MAX
                );
                self.wrong(key, message)
            }),
        }
    }

    fn texts(&self, key: &str) -> Result<Option<Vec<&str>>, CardFileError> {
        let Some(value) = self.get(key).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let texts: Option<Vec<&str>> = value
            .as_array()
            .and_then(|values| values.iter().map(Value::as_str).collect());
        texts
            .map(Some)
            .ok_or_else(|| self.wrong(key, format!("{value} is no list of texts")))
    }

    fn unit(&self) -> Result<Unit, CardFileError> {
        let name = self.text("unit")?;
        let seconds = self.number("unit_seconds")?;
        match (name, seconds) {
            (Some("time"), Some(seconds)) => {
                // One that is out of range is refused with the limit when it is layered.
                let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
                Ok(Unit::Time { seconds })
            }
            (Some("time"), None) => Err(self.wrong(
                "unit_seconds",
                "missing; give the length of a unit in whole seconds",
            )),
            (Some(name), seconds) => {
                let unit = UNITS.into_iter().find(|unit| unit.as_str() == name);
                let unit = unit.ok_or_else(|| {
                    let known = UNITS.map(Unit::as_str).join(", ");
                    self.wrong(
                        "unit",
                        format!("unknown unit `{name}`; use one of time, {known}"),
                    )
                })?;
                if seconds.is_some() {
                    let message = format!("the unit {name} has no length; leave it out");
                    return Err(self.wrong("unit_seconds", message));
                }
                Ok(unit)
            }
            (None, _) => Err(self.wrong("unit", "missing; say what the price is charged per")),
        }
    }

    fn effective(&self) -> Result<Option<Effective>, CardFileError> {
        let from = self.text("effective_from")?;
        let Some(days) = self.texts("effective_between")? else {
            return from.map(|from| self.month_or_day(from)).transpose();
        };
        let key = "effective_between";
        if from.is_some() {
            return Err(self.wrong(key, "effective_from is there as well; leave one out"));
        }
        let [first, last] = days.as_slice() else {
            return Err(self.wrong(key, "give two days: the earliest and the latest"));
        };
        let day = |text: &str| {
            let day = text.parse::<Day>();
            day.map_err(|error| self.wrong(key, error.to_string()))
        };
        Ok(Some(Effective::Between {
            first: day(first)?,
            last: day(last)?,
        }))
    }

    fn month_or_day(&self, text: &str) -> Result<Effective, CardFileError> {
        if let Ok(month) = text.parse::<Month>() {
            return Ok(Effective::Month(month));
        }
        text.parse::<Day>().map(Effective::Day).map_err(|_| {
            let message = format!("`{text}` is no month and no day; write YYYY-MM or YYYY-MM-DD");
            self.wrong("effective_from", message)
        })
    }

    fn grade(&self) -> Result<Option<Grade>, CardFileError> {
        let Some(name) = self.text("grade")? else {
            return Ok(None);
        };
        let grade = GRADES.into_iter().find(|grade| grade.as_str() == name);
        grade.map(Some).ok_or_else(|| {
            let known = GRADES.map(Grade::as_str).join(", ");
            self.wrong(
                "grade",
                format!("unknown grade `{name}`; use one of {known}"),
            )
        })
    }

    /// The source in the caller's words, or the pages.
    fn source(&self) -> Result<String, CardFileError> {
        let (source, pages) = (self.text("source")?, self.texts("pages")?);
        match (source, pages) {
            (Some(source), _) => Ok(source.to_owned()),
            (None, Some(pages)) => Ok(pages.join(", ")),
            (None, None) => Err(self.wrong(
                "source",
                "missing; name the agreement, or the pages that print the price in `pages`",
            )),
        }
    }
}
