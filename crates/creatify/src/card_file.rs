//! Files that hold a caller's own prices: read, checked, layered, written.
//!
//! The prices and the rule by which they are layered are the core's, in [`core::pricing`]; here is
//! only how they stand in a file. TOML and JSON hold the same keys, which are those of the rows
//! of this project's own `openapi/prices.toml`.
//!
//! [`core::pricing`]: creatify_core::pricing

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use creatify_core::pricing::{CardMode, OwnRate, OwnRateProblem, RateBook};

mod document;
mod read;
mod write;

/// The most bytes a card may have. A row takes about three hundred.
pub const MAX_CARD_BYTES: usize = 1 << 20;

/// A caller's own prices as they stand in a file, with how they stand to the built-in ones.
///
/// ```toml
/// mode = "override"
///
/// [[rate]]
/// operation = "custom-template.render"
/// model = "standard"
/// millicredits = 3_200              # thousandths of a credit for each unit
/// unit = "time"                     # or call, image, link, catalogue-credit
/// unit_seconds = 30                 # with the unit `time` only: each started 30 seconds
/// effective_from = "2026-12-01"     # a day, or a month; absent: as long as anything is known
/// read_on = "2026-11-20"
/// source = "order form 2026-117"
/// ```
///
/// `mode` is `override` for agreed prices or `update` for a newer reading of the published ones;
/// see [`CardMode`]. An update's rows have a `grade` (`printed`, `observed`, `second-hand`) and may
/// name `pages` instead of a `source`; they may also have `effective_between` (two days) and
/// `evidence_from` (a month).
///
/// # Example
///
/// ```
/// use creatify::core::pricing::{Prices as _, RateBook};
/// use creatify::{CardFile, Operation, QuoteRequest};
///
/// let card = CardFile::from_json(
///     r#"{"mode": "override", "rate": [{
///         "operation": "link.create", "millicredits": 500, "unit": "link",
///         "read_on": "2026-11-20", "source": "order form 2026-117"
///     }]}"#,
/// )?;
/// let book = card.layered_over(RateBook::built_in())?;
/// let quote = book.latest().quote(&QuoteRequest::new(Operation::LinkCreate).with_count(3))?;
/// assert_eq!(quote.totals().to_string(), "1.5 credits");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct CardFile {
    /// How the prices stand to those that are there already.
    pub mode: CardMode,
    /// The prices, in the order of the file.
    pub rates: Vec<OwnRate>,
    /// The line of each row's beginning, where it was read from text that has lines.
    lines: Vec<Option<usize>>,
}

impl CardFile {
    /// A card that is not from a file.
    #[must_use]
    pub fn new(mode: CardMode, rates: Vec<OwnRate>) -> Self {
        Self {
            mode,
            rates,
            lines: Vec::new(),
        }
    }

    /// Reads a card from a file: JSON where its name ends in `.json`, else TOML.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is longer than [`MAX_CARD_BYTES`] or is no card.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CardFileError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| CardFileError::whole(error.to_string()))?;
        let mut text = String::new();
        // One byte more than is allowed tells that there are more.
        file.take(MAX_CARD_BYTES as u64 + 1)
            .read_to_string(&mut text)
            .map_err(|error| CardFileError::whole(error.to_string()))?;
        let is_json = path.extension().is_some_and(|end| end == "json");
        if is_json {
            Self::from_json(&text)
        } else {
            Self::from_toml(&text)
        }
    }

    /// Reads a card from TOML.
    ///
    /// # Errors
    ///
    /// When the text is longer than [`MAX_CARD_BYTES`] or is no card; the error names the line,
    /// the row and the key.
    pub fn from_toml(text: &str) -> Result<Self, CardFileError> {
        read::card(&document::from_toml(limited(text)?)?)
    }

    /// Reads a card from JSON.
    ///
    /// # Errors
    ///
    /// When the text is longer than [`MAX_CARD_BYTES`] or is no card; the error names the row and
    /// the key.
    pub fn from_json(text: &str) -> Result<Self, CardFileError> {
        read::card(&document::from_json(limited(text)?)?)
    }

    /// The card as TOML, which [`CardFile::from_toml`] reads back as the same prices.
    ///
    /// # Errors
    ///
    /// When a price of more than 9,223,372,036,854,775,807 thousandths does not fit TOML's numbers.
    pub fn to_toml(&self) -> Result<String, CardFileError> {
        write::toml(self)
    }

    /// The card as JSON, which [`CardFile::from_json`] reads back as the same prices.
    ///
    /// # Errors
    ///
    /// None that is known; the signature leaves room for one.
    pub fn to_json(&self) -> Result<String, CardFileError> {
        write::json(self)
    }

    /// The book with the card's prices layered over it: all of them, or none.
    ///
    /// # Errors
    ///
    /// For the first row that is refused, with its row, line and key;
    /// [`OwnRateProblem`] lists why.
    pub fn layered_over(&self, book: RateBook) -> Result<RateBook, CardFileError> {
        book.layered(self.mode, &self.rates).map_err(|error| {
            let mut subject = error.operation().to_string();
            if let Some(model) = error.model() {
                subject = format!("{subject}, {model}");
            }
            let problem = match error.problem() {
                // A card's rows are counted from 1.
                OwnRateProblem::Twice { first } => OwnRateProblem::Twice { first: first + 1 },
                OwnRateProblem::Contradicts { first } => {
                    OwnRateProblem::Contradicts { first: first + 1 }
                }
                other => other,
            };
            CardFileError {
                row: Some(error.row() + 1),
                line: self.lines.get(error.row()).copied().flatten(),
                key: Some(error.problem().key().to_owned()),
                message: format!("{subject}: {problem}"),
            }
        })
    }
}

/// Where the rows stood in a text makes no difference.
impl PartialEq for CardFile {
    fn eq(&self, other: &Self) -> bool {
        self.mode == other.mode && self.rates == other.rates
    }
}

impl Eq for CardFile {}

/// The JSON Schema of a card, in TOML as in JSON.
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for CardFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RateCard".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        write::CardShape::json_schema(generator)
    }
}

fn limited(text: &str) -> Result<&str, CardFileError> {
    if text.len() > MAX_CARD_BYTES {
        return Err(CardFileError::whole(format!(
            "the card is longer than {MAX_CARD_BYTES} bytes; keep the rows that are needed"
        )));
    }
    Ok(text)
}

/// Why a text is no card, or a card cannot be layered: the row, the key and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardFileError {
    row: Option<usize>,
    line: Option<usize>,
    key: Option<String>,
    message: String,
}

impl CardFileError {
    /// The row, counted from 1; `None` where it is about the card as a whole.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        self.row
    }

    /// The line of the text, counted from 1; `None` in JSON that is well formed.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The key that is wrong, or missing; `None` where no single one is.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    fn whole(message: String) -> Self {
        Self {
            row: None,
            line: None,
            key: None,
            message,
        }
    }
}

impl fmt::Display for CardFileError {
    /// `row 2, line 14, key unit_seconds: ...`, as far as each is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = [
            self.row.map(|row| format!("row {row}")),
            self.line.map(|line| format!("line {line}")),
            self.key.as_ref().map(|key| format!("key {key}")),
        ];
        let places: Vec<String> = places.into_iter().flatten().collect();
        if !places.is_empty() {
            write!(f, "{}: ", places.join(", "))?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for CardFileError {}
