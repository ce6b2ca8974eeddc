//! Why a request has no price, each cause with the next step.
//!
//! An unknown price is always one of these and never an amount of 0.

use core::fmt;

use super::list;
use super::{Effective, Model, Operation, RateCard};
use crate::calendar::Day;
use crate::credits::Credits;
use crate::length::Seconds;

/// Why a request has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuoteError {
    /// The table lists no price for the operation with that model on that day.
    NotOffered {
        /// What was asked for.
        operation: Operation,
        /// With which model; `None` where none was named and none is the default.
        model: Option<Model>,
        /// On which day.
        on: Day,
        /// When the model was first offered for the operation; `None` when it never was.
        first: Option<Effective>,
    },
    /// The operation is charged by length, and none was given.
    LengthMissing {
        /// What was asked for.
        operation: Operation,
    },
    /// A length was given, and the operation is not charged by it.
    LengthNotTaken {
        /// What was asked for.
        operation: Operation,
    },
    /// The shorter end of a length lies above the longer one.
    LengthReversed {
        /// What was given as the shorter end.
        min: Seconds,
        /// What was given as the longer end.
        max: Seconds,
    },
    /// A number of previews was given, and the operation makes no list of previews.
    PreviewsNotTaken {
        /// What was asked for.
        operation: Operation,
    },
    /// The operation costs what the catalogue says, and that was not given.
    CatalogueCreditsMissing {
        /// What was asked for.
        operation: Operation,
    },
    /// A catalogue's cost was given, and the operation has a price of its own.
    CatalogueCreditsNotTaken {
        /// What was asked for.
        operation: Operation,
    },
    /// The number of previews is 0.
    NoPreviews,
    /// The count is 0.
    NoCount,
    /// The credits do not fit in [`Credits`].
    TooLarge,
}

impl fmt::Display for QuoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            QuoteError::NotOffered {
                operation,
                model: Some(model),
                on,
                first: Some(first),
            } => {
                write!(
                    f,
                    "{model} was first offered for {operation} in {first}, after {on}; take a \
                     later day"
                )?;
                // The refused model has no price on that day and so is none of them.
                let card = RateCard::on(on);
                let mut others = operation
                    .models()
                    .filter(|&other| card.rate(operation, Some(other)).is_some())
                    .peekable();
                if others.peek().is_none() {
                    return Ok(());
                }
                f.write_str(" or another model: ")?;
                list(f, others)
            }
            QuoteError::NotOffered {
                operation,
                model: Some(model),
                first: None,
                ..
            } => {
                if operation.models().next().is_none() {
                    return write!(f, "{operation} takes no model; leave out {model}");
                }
                write!(f, "{operation} is not offered with {model}; take one of ")?;
                list(f, operation.models())
            }
            QuoteError::NotOffered {
                operation,
                model: None,
                on,
                first,
            } => {
                write!(f, "no price of {operation} is known on {on}")?;
                match first {
                    Some(first) => write!(f, "; the first is from {first}, take a later day"),
                    None => f.write_str("; update the price table"),
                }
            }
            QuoteError::LengthMissing { operation } => write!(
                f,
                "{operation} is charged by length and none is given; give seconds from 0 to {}",
                Seconds::MAX
            ),
            QuoteError::LengthNotTaken { operation } => write!(
                f,
                "{operation} is charged whatever the length; leave out the seconds"
            ),
            QuoteError::LengthReversed { min, max } => write!(
                f,
                "length of {min} s to {max} s has its ends reversed; give the shorter one first"
            ),
            QuoteError::PreviewsNotTaken { operation } => {
                write!(
                    f,
                    "{operation} takes no number of previews; leave it out or use "
                )?;
                list(
                    f,
                    Operation::ALL
                        .iter()
                        .filter(|operation| operation.takes_previews()),
                )
            }
            QuoteError::CatalogueCreditsMissing { operation } => write!(
                f,
                "{operation} costs what the service's catalogue says and that is not given; give \
                 the catalogue credits of the recipe"
            ),
            QuoteError::CatalogueCreditsNotTaken { operation } => write!(
                f,
                "{operation} has a price of its own; leave out the catalogue credits"
            ),
            QuoteError::NoPreviews => f.write_str("number of previews is 0; give 1 or more"),
            QuoteError::NoCount => f.write_str("count is 0; give 1 or more"),
            QuoteError::TooLarge => write!(
                f,
                "price exceeds the maximum of {} credits; split the request",
                Credits::MAX
            ),
        }
    }
}

impl core::error::Error for QuoteError {}
