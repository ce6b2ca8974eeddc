//! The rows of a workload file, one at a time: CSV with a head line, or JSON lines.
//!
//! Nothing is kept of a row once it has been handed on, so that a file of any size needs the same
//! memory. What a row costs is not known here.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::marker::PhantomData;
use std::path::Path;
use std::str::FromStr;

use creatify::core::Seconds;
use creatify::{Credits, Day, Model, Operation, QuoteRequest};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::fail::Fail;

/// What is read at once.
const BUFFER: usize = 1 << 20;
/// How many rows go by between two looks at the progress bar.
const ROWS_A_TICK: u64 = 1 << 16;
/// The columns there are; only the first one must be there.
const COLUMNS: [&str; 7] = [
    "operation",
    "model",
    "seconds",
    "count",
    "previews",
    "on",
    "catalogue_credits",
];

/// The column that says what one of a row is worth beside the others.
const VALUE: &str = "value";

/// A row that can be priced: the request, and its day where the row names one.
pub(crate) type Row = Result<(QuoteRequest, Option<Day>), String>;

/// What one of a row is worth, as the row writes it.
pub(crate) type Worth<'a> = Option<Cow<'a, str>>;

/// Hands on every row with the number of its line.
///
/// # Errors
///
/// When the file cannot be read or its head line names no operation, and what `take` returns.
pub(crate) fn each(
    path: &Path,
    mut take: impl FnMut(u64, Row) -> Result<(), Fail>,
) -> Result<(), Fail> {
    each_valued(path, |line, row, _| take(line, row))
}

/// Hands on every row with the number of its line, and with what it is worth.
///
/// # Errors
///
/// As for [`each`].
pub(crate) fn each_valued(
    path: &Path,
    mut take: impl FnMut(u64, Row, Worth<'_>) -> Result<(), Fail>,
) -> Result<(), Fail> {
    let place = path.display();
    let unreadable = |error: &(dyn std::error::Error + 'static)| {
        Fail::invalid(format!("cannot read the workload {place}")).because(error)
    };
    let (source, size): (Box<dyn Read>, Option<u64>) = if path.as_os_str() == "-" {
        (Box::new(std::io::stdin().lock()), None)
    } else {
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        let size = file.metadata().ok().map(|metadata| metadata.len());
        (Box::new(file), size)
    };
    let bar = progress(size);
    let mut source = BufReader::with_capacity(BUFFER, source);
    let start = source.fill_buf().map_err(|error| unreadable(&error))?;
    let is_json = start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let result = if is_json {
        json_lines(source, &bar, &unreadable, &mut take)
    } else {
        csv_lines(source, &bar, &unreadable, &mut take)
    };
    bar.finish_and_clear();
    result
}

/// A bar on standard error, which shows itself only on a terminal.
fn progress(size: Option<u64>) -> ProgressBar {
    let Some(size) = size else {
        return ProgressBar::hidden();
    };
    let style = ProgressStyle::with_template("{bar:40} {percent} % {bytes_per_sec} {eta}");
    let bar = ProgressBar::new(size);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

type Unreadable<'a> = dyn Fn(&(dyn std::error::Error + 'static)) -> Fail + 'a;

fn json_lines(
    mut source: impl BufRead,
    bar: &ProgressBar,
    unreadable: &Unreadable<'_>,
    take: &mut impl FnMut(u64, Row, Worth<'_>) -> Result<(), Fail>,
) -> Result<(), Fail> {
    let (mut line, mut number, mut bytes) = (Vec::new(), 0_u64, 0_u64);
    loop {
        line.clear();
        let read = source
            .read_until(b'\n', &mut line)
            .map_err(|error| unreadable(&error))?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        bytes += read as u64;
        if number.is_multiple_of(ROWS_A_TICK) {
            bar.set_position(bytes);
        }
        if !line.trim_ascii().is_empty() {
            // Looked at once a row, not once for each text in it.
            let text = std::str::from_utf8(&line).map_err(|error| error.to_string());
            let mut row = text.and_then(|text| {
                serde_json::from_str::<JsonRow<'_>>(text).map_err(|error| error.to_string())
            });
            let value = row.as_mut().ok().and_then(|row| row.value.take());
            let value = value.map(|value| Cow::Owned(value.to_string()));
            take(number, row.and_then(JsonRow::request), value)?;
        }
    }
}

/// A line of JSON; other members are left alone.
#[derive(Deserialize)]
struct JsonRow<'a> {
    #[serde(borrow)]
    operation: Cow<'a, str>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    seconds: Option<Exact<'a, Seconds>>,
    count: Option<u32>,
    previews: Option<u32>,
    on: Option<Day>,
    #[serde(borrow)]
    catalogue_credits: Option<Exact<'a, Credits>>,
    /// Whatever stands there: only who asks for it knows what it should be.
    value: Option<serde_json::Value>,
}

impl JsonRow<'_> {
    fn request(self) -> Row {
        let operation = operation(&self.operation)?;
        let mut request = QuoteRequest::new(operation).with_count(self.count.unwrap_or(1));
        if let Some(name) = &self.model {
            request = request.with_model(model(name)?);
        }
        if let Some(seconds) = self.seconds {
            request = request.with_length(seconds.value()?);
        }
        if let Some(previews) = self.previews {
            request = request.with_previews(previews);
        }
        if let Some(credits) = self.catalogue_credits {
            request = request.with_catalogue_credits(credits.value()?);
        }
        Ok((request, self.on))
    }
}

/// A number as it is written: most are plain decimals, which need no floating point on their way.
#[derive(Deserialize)]
#[serde(transparent)]
struct Exact<'a, T> {
    #[serde(borrow)]
    written: &'a RawValue,
    #[serde(skip)]
    kind: PhantomData<T>,
}

impl<T: FromStr + DeserializeOwned> Exact<'_, T> {
    fn value(&self) -> Result<T, String> {
        let text = self.written.get();
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let plain = is_plain.then(|| text.parse().ok()).flatten();
        // Another form, or a refusal, which is the same in words for every form.
        plain.map_or_else(
            || serde_json::from_str(text).map_err(|error| error.to_string()),
            Ok,
        )
    }
}

fn csv_lines(
    source: impl Read,
    bar: &ProgressBar,
    unreadable: &Unreadable<'_>,
    take: &mut impl FnMut(u64, Row, Worth<'_>) -> Result<(), Fail>,
) -> Result<(), Fail> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .buffer_capacity(BUFFER)
        .from_reader(source);
    let head = reader.byte_headers().map_err(|error| unreadable(&error))?;
    let place_of = |name: &str| {
        head.iter()
            .position(|column| column.trim_ascii() == name.as_bytes())
    };
    let places = COLUMNS.map(place_of);
    let value_place = place_of(VALUE);
    if places[0].is_none() {
        let columns = COLUMNS.join(", ");
        return Err(
            Fail::invalid("the workload's head line names no column `operation`")
                .hint(format!("the columns are {columns}, in any order")),
        );
    }
    let mut record = csv::ByteRecord::new();
    let mut rows = 0_u64;
    while reader
        .read_byte_record(&mut record)
        .map_err(|error| unreadable(&error))?
    {
        let (line, byte) = record
            .position()
            .map_or((0, 0), |position| (position.line(), position.byte()));
        rows += 1;
        if rows.is_multiple_of(ROWS_A_TICK) {
            bar.set_position(byte);
        }
        // Looked at once a row. What is no text becomes a sign that no name and no number has, so
        // that it matters only in a column that is read.
        let text = csv::StringRecord::from_byte_record_lossy(record);
        let value = value_place.and_then(|place| text.get(place)).map(str::trim);
        let value = value.filter(|value| !value.is_empty()).map(Cow::Borrowed);
        take(line, csv_request(&text, places), value)?;
        record = text.into_byte_record();
    }
    Ok(())
}

fn csv_request(record: &csv::StringRecord, places: [Option<usize>; COLUMNS.len()]) -> Row {
    let field = |place: Option<usize>| {
        let text = place
            .and_then(|place| record.get(place))
            .unwrap_or_default();
        Some(text.trim_ascii()).filter(|text| !text.is_empty())
    };
    let [
        name,
        model_name,
        seconds,
        count,
        previews,
        on,
        catalogue_credits,
    ] = places;
    let operation = operation(field(name).unwrap_or_default())?;
    let mut request = QuoteRequest::new(operation);
    if let Some(text) = field(model_name) {
        request = request.with_model(model(text)?);
    }
    if let Some(text) = field(seconds) {
        request = request.with_length(text.parse::<Seconds>().map_err(|e| e.to_string())?);
    }
    if let Some(text) = field(count) {
        request = request.with_count(number("count", text)?);
    }
    if let Some(text) = field(previews) {
        request = request.with_previews(number("previews", text)?);
    }
    if let Some(text) = field(catalogue_credits) {
        let credits = text.parse::<Credits>().map_err(|e| e.to_string())?;
        request = request.with_catalogue_credits(credits);
    }
    let on = match field(on) {
        Some(text) => Some(text.parse::<Day>().map_err(|e| e.to_string())?),
        None => None,
    };
    Ok((request, on))
}

fn operation(name: &str) -> Result<Operation, String> {
    name.parse::<Operation>().map_err(|error| error.to_string())
}

fn model(name: &str) -> Result<Model, String> {
    name.parse::<Model>().map_err(|error| error.to_string())
}

fn number(column: &str, text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| {
        format!(
            "{column} `{text}` is no whole number; give one from 1 to {}",
            u32::MAX
        )
    })
}
