//! A price that a caller brings, and why one is refused.
//!
//! Here a row is written down and checked by itself. How rows stand to the prices that are there
//! already is decided by [`super::book`].

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::{Effective, Grade, Model, Operation, Rate, Row, Unit, list};
use crate::calendar::{Day, Month};
use crate::credits::Credits;
use crate::excerpt::Excerpt;
use crate::length::Seconds;

/// How a caller's rows stand to the prices that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CardMode {
    /// Prices agreed with the vendor: from its own first day on, each one holds instead of
    /// whatever is published, also of what is published later.
    Override,
    /// A newer reading of the published table: each row replaces the one that began together
    /// with it, or is appended. One that was read before the row it replaces is refused.
    Update,
}

impl CardMode {
    /// Every mode.
    pub const ALL: &'static [CardMode] = &[CardMode::Override, CardMode::Update];

    /// The mode's name: `override` or `update`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CardMode::Override => "override",
            CardMode::Update => "update",
        }
    }
}

impl fmt::Display for CardMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for CardMode {
    type Err = UnknownCardMode;

    /// Reads `override` or `update`.
    ///
    /// # Errors
    ///
    /// When the text is neither; the error lists both.
    fn from_str(name: &str) -> Result<CardMode, UnknownCardMode> {
        CardMode::ALL
            .iter()
            .copied()
            .find(|mode| mode.as_str() == name)
            .ok_or_else(|| UnknownCardMode {
                given: Excerpt::of(name),
            })
    }
}

/// No mode has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCardMode {
    given: Excerpt,
}

impl fmt::Display for UnknownCardMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown mode {}; use one of ", self.given)?;
        list(f, CardMode::ALL.iter())
    }
}

impl core::error::Error for UnknownCardMode {}

/// A price that a caller brings: an agreed one, or a newer reading of a published one.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::{Effective, OwnRate, Unit};
/// use creatify_core::{Credits, Model, Operation};
///
/// let agreed = OwnRate::new(
///     Operation::CustomTemplateRender,
///     "3.2".parse::<Credits>()?,
///     Unit::Time { seconds: 30 },
///     "2026-11-20".parse()?,
///     "order form 2026-117, section 3",
/// )
/// .with_model(Model::Standard)
/// .with_effective(Effective::Day("2026-12-01".parse()?));
/// assert_eq!(agreed.source_text(), "order form 2026-117, section 3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRate {
    row: Row,
    source_text: String,
}

impl OwnRate {
    /// An agreed price, for as long as anything is known and without a model.
    ///
    /// `read_on` is the day the price was last looked up where it stands, and `source_text` says
    /// in the caller's words where that is; each line of a quote shows it.
    #[must_use]
    pub fn new(
        operation: Operation,
        credits_per_unit: Credits,
        unit: Unit,
        read_on: Day,
        source_text: impl Into<String>,
    ) -> OwnRate {
        OwnRate {
            row: Row {
                operation,
                model: None,
                millicredits: credits_per_unit.millicredits(),
                unit,
                effective: Effective::Unprinted,
                evidence_from: None,
                grade: Grade::Agreed,
                pages: &[],
                read_on,
            },
            source_text: source_text.into(),
        }
    }

    /// Names the model; needed where the operation has models.
    #[must_use]
    pub fn with_model(mut self, model: Model) -> OwnRate {
        self.row.model = Some(model);
        self
    }

    /// Sets since when the price holds.
    #[must_use]
    pub fn with_effective(mut self, effective: Effective) -> OwnRate {
        self.row.effective = effective;
        self
    }

    /// Sets how well a published price is known; without it the price is [`Grade::Agreed`].
    #[must_use]
    pub fn with_grade(mut self, grade: Grade) -> OwnRate {
        self.row.grade = grade;
        self
    }

    /// Sets the month of the oldest dated copy that prints the price.
    #[must_use]
    pub fn with_evidence_from(mut self, month: Month) -> OwnRate {
        self.row.evidence_from = Some(month);
        self
    }

    /// The price itself.
    #[must_use]
    pub const fn rate(&self) -> Rate {
        self.row.rate()
    }

    /// Where the price comes from, in the caller's words.
    #[must_use]
    pub fn source_text(&self) -> &str {
        &self.source_text
    }

    /// Checks what can be checked of the row alone.
    pub(crate) fn check(&self, mode: CardMode) -> Result<(), OwnRateProblem> {
        let Row {
            operation,
            model,
            unit,
            effective,
            grade,
            ..
        } = self.row;
        match (operation.default_model(), model) {
            (Some(_), None) => return Err(OwnRateProblem::ModelMissing),
            (None, Some(_)) => return Err(OwnRateProblem::ModelNotTaken),
            _ => {}
        }
        if let Unit::Time { seconds } = unit {
            if !(1..=longest_unit()).contains(&seconds) {
                return Err(OwnRateProblem::UnitSeconds { seconds });
            }
        }
        if let Effective::Between { first, last } = effective {
            if first > last {
                return Err(OwnRateProblem::EffectiveReversed { first, last });
            }
        }
        match (mode, grade) {
            (CardMode::Override, Grade::Agreed) => {}
            (CardMode::Override, grade) => return Err(OwnRateProblem::NotAgreed { grade }),
            (CardMode::Update, Grade::Agreed) => return Err(OwnRateProblem::Agreed),
            (CardMode::Update, _) => {}
        }
        if self.source_text.trim().is_empty() {
            return Err(OwnRateProblem::SourceTextMissing);
        }
        Ok(())
    }
}

/// The longest block of time that a price can be charged per, in whole seconds.
const fn longest_unit() -> u32 {
    Seconds::MAX.millis() / 1_000
}

/// Why a caller's row is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookError {
    pub(crate) row: usize,
    pub(crate) operation: Operation,
    pub(crate) model: Option<Model>,
    pub(crate) problem: OwnRateProblem,
}

impl BookError {
    /// The place of the row among those given together, counted from 0.
    #[must_use]
    pub const fn row(&self) -> usize {
        self.row
    }

    /// What the row is the price of.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The model the row is for; `None` where it names none.
    #[must_use]
    pub const fn model(&self) -> Option<Model> {
        self.model
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn problem(&self) -> OwnRateProblem {
        self.problem
    }
}

impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row, self.operation)?;
        if let Some(model) = self.model {
            write!(f, ", {model}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl core::error::Error for BookError {}

/// What is wrong with a caller's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnRateProblem {
    /// The operation has models, and none is named.
    ModelMissing,
    /// The operation has no models, and one is named.
    ModelNotTaken,
    /// The block of time is 0 or longer than a day.
    UnitSeconds {
        /// What was given.
        seconds: u32,
    },
    /// The earliest day lies after the latest one.
    EffectiveReversed {
        /// What was given as the earliest day.
        first: Day,
        /// What was given as the latest day.
        last: Day,
    },
    /// An override brings agreed prices only.
    NotAgreed {
        /// What was given.
        grade: Grade,
    },
    /// An update brings published prices only.
    Agreed,
    /// Nothing says where the price comes from.
    SourceTextMissing,
    /// The row stands twice among those given together.
    Twice {
        /// The place of the first one, counted from 0.
        first: usize,
    },
    /// Two agreed prices for the same thing begin together.
    Contradicts {
        /// The place of the first one, counted from 0.
        first: usize,
    },
    /// The row was read before the one it would replace.
    ReadEarlier {
        /// When the row was read.
        read_on: Day,
        /// When the row that it would replace was read.
        replaced_read_on: Day,
        /// Since when the row that it would replace holds.
        replaced_effective: Effective,
    },
}

impl OwnRateProblem {
    /// The key of a card file that is wrong, or missing.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            OwnRateProblem::ModelMissing | OwnRateProblem::ModelNotTaken => "model",
            OwnRateProblem::UnitSeconds { .. } => "unit_seconds",
            OwnRateProblem::EffectiveReversed { .. } => "effective_between",
            OwnRateProblem::NotAgreed { .. } | OwnRateProblem::Agreed => "grade",
            OwnRateProblem::SourceTextMissing => "source",
            OwnRateProblem::Twice { .. } => "operation",
            OwnRateProblem::Contradicts { .. } => "effective_from",
            OwnRateProblem::ReadEarlier { .. } => "read_on",
        }
    }
}

impl fmt::Display for OwnRateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            OwnRateProblem::ModelMissing => {
                f.write_str("the operation has models and none is named; name one")
            }
            OwnRateProblem::ModelNotTaken => {
                f.write_str("the operation takes no model; leave it out")
            }
            OwnRateProblem::UnitSeconds { seconds } => write!(
                f,
                "a unit of {seconds} s is out of range; give 1 to {} whole seconds",
                longest_unit()
            ),
            OwnRateProblem::EffectiveReversed { first, last } => write!(
                f,
                "{first} to {last} has its ends reversed; give the earlier day first"
            ),
            OwnRateProblem::NotAgreed { grade } => write!(
                f,
                "an override brings agreed prices and this one is graded {grade}; leave the \
                 grade out, or layer the row as an update"
            ),
            OwnRateProblem::Agreed => f.write_str(
                "an update brings published prices; grade it printed, observed or second-hand, \
                 or layer the row as an override",
            ),
            OwnRateProblem::SourceTextMissing => f.write_str(
                "nothing says where the price comes from; name the agreement or the page",
            ),
            OwnRateProblem::Twice { first } => {
                write!(
                    f,
                    "the row stands twice, first as row {first}; leave one out"
                )
            }
            OwnRateProblem::Contradicts { first } => write!(
                f,
                "row {first} agrees on another price from the same day; leave one out or give \
                 it another first day"
            ),
            OwnRateProblem::ReadEarlier {
                read_on,
                replaced_read_on,
                replaced_effective,
            } => write!(
                f,
                "read on {read_on}, before the row it would replace (in force from \
                 {replaced_effective}), which was read on {replaced_read_on}; bring a newer \
                 reading, or layer an agreed price as an override"
            ),
        }
    }
}
