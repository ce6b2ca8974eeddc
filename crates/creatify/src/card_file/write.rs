//! A card as text, and the shape that is published for it.

use creatify_core::pricing::{Effective, OwnRate};
use serde::Serialize;

use super::{CardFile, CardFileError};

/// Prices of one's own, layered over the built-in ones.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
pub(super) struct CardShape {
    /// `override`: agreed prices, each of which holds from its first day on, whatever is
    /// published. `update`: a newer reading of the published prices, each of which replaces the
    /// row that began together with it or is appended.
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["override", "update"])))]
    mode: String,
    #[cfg_attr(feature = "schemars", schemars(length(min = 1)))]
    rate: Vec<RateShape>,
}

/// One price.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
struct RateShape {
    /// What is paid for, `<resource>.<phase>`.
    operation: String,
    /// The model; needed where the operation has models, refused elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Thousandths of a credit for each unit.
    millicredits: u64,
    #[cfg_attr(
        feature = "schemars",
        schemars(extend("enum" = ["time", "call", "image", "link", "catalogue-credit"]))
    )]
    unit: String,
    /// The length of a unit in whole seconds; with the unit `time` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(range(min = 1, max = 86_400)))]
    unit_seconds: Option<u32>,
    /// The month (YYYY-MM) or the day (YYYY-MM-DD) from which the price holds; absent: as long as
    /// anything is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_from: Option<String>,
    /// The earliest and the latest day on which the price can have begun, instead of
    /// `effective_from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_between: Option<[String; 2]>,
    /// The month of the oldest dated copy that prints the price.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_from: Option<String>,
    /// How well the price is known: needed in an update, and there `printed`, `observed` or
    /// `second-hand`; in an override `agreed`, which may be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schemars",
        schemars(extend("enum" = ["printed", "observed", "second-hand", "agreed", null]))
    )]
    grade: Option<String>,
    /// Where the price comes from, in one's own words; each line of a quote shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The pages that print the price, which stand for a `source` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<Vec<String>>,
    /// The day the price was last looked up.
    read_on: String,
}

impl From<&CardFile> for CardShape {
    fn from(card: &CardFile) -> Self {
        Self {
            mode: card.mode.to_string(),
            rate: card.rates.iter().map(RateShape::from).collect(),
        }
    }
}

impl From<&OwnRate> for RateShape {
    fn from(own: &OwnRate) -> Self {
        let rate = own.rate();
        let (effective_from, effective_between) = match rate.effective() {
            Effective::Month(month) => (Some(month.to_string()), None),
            Effective::Day(day) => (Some(day.to_string()), None),
            Effective::Between { first, last } => {
                (None, Some([first.to_string(), last.to_string()]))
            }
            _ => (None, None),
        };
        let source = rate.source();
        Self {
            operation: rate.operation().to_string(),
            model: rate.model().map(|model| model.to_string()),
            millicredits: rate.credits_per_unit().millicredits(),
            unit: rate.unit().as_str().to_owned(),
            unit_seconds: rate.unit().seconds(),
            effective_from,
            effective_between,
            evidence_from: source.evidence_from().map(|month| month.to_string()),
            grade: Some(source.grade().to_string()),
            source: Some(own.source_text().to_owned()),
            pages: None,
            read_on: source.read_on().to_string(),
        }
    }
}

pub(super) fn toml(card: &CardFile) -> Result<String, CardFileError> {
    toml::to_string(&CardShape::from(card)).map_err(|error| CardFileError::whole(error.to_string()))
}

pub(super) fn json(card: &CardFile) -> Result<String, CardFileError> {
    serde_json::to_string_pretty(&CardShape::from(card))
        .map_err(|error| CardFileError::whole(error.to_string()))
}
