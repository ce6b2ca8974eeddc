//! What is paid for: operations, their phases, and the models that make the video.
//!
//! The names themselves are data and live in the generated table beside this file; here is how
//! they are read and printed. No price stands here.

use core::fmt;
use core::str::FromStr;

use super::{Model, Operation};
use crate::excerpt::Excerpt;

/// A part of a job: made in one go, or previewed first and rendered then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The whole product in one paid call.
    Generate,
    /// One or several previews.
    Preview,
    /// The full video of something previewed before, under the same id.
    Render,
}

impl Phase {
    /// The phase's name: `generate`, `preview` or `render`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Generate => "generate",
            Phase::Preview => "preview",
            Phase::Render => "render",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Operation {
    /// Whether the operation makes several previews in one call, so that a request says how many.
    #[must_use]
    pub const fn takes_previews(self) -> bool {
        matches!(self, Operation::LinkToVideoPreviewList)
    }

    /// Whether the service's own catalogue names the cost, so that a request brings it along.
    #[must_use]
    pub fn takes_catalogue_credits(self) -> bool {
        super::card::rows(self, None)
            .iter()
            .any(|rate| rate.unit() == super::Unit::CatalogueCredit)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Operation {
    type Err = UnknownOperation;

    /// Reads a name such as `custom-template.preview`.
    ///
    /// # Errors
    ///
    /// When no billable operation has that name; the error lists those there are.
    fn from_str(name: &str) -> Result<Operation, UnknownOperation> {
        Operation::ALL
            .iter()
            .copied()
            .find(|operation| operation.as_str() == name)
            .ok_or_else(|| UnknownOperation {
                given: Excerpt::of(name),
            })
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Model {
    type Err = UnknownModel;

    /// Reads a name such as `aurora_v1`.
    ///
    /// # Errors
    ///
    /// When no model has that name; the error lists those there are.
    fn from_str(name: &str) -> Result<Model, UnknownModel> {
        Model::ALL
            .iter()
            .copied()
            .find(|model| model.as_str() == name)
            .ok_or_else(|| UnknownModel {
                given: Excerpt::of(name),
            })
    }
}

/// No billable operation has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownOperation {
    given: Excerpt,
}

impl fmt::Display for UnknownOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown operation {}; use one of ", self.given)?;
        list(f, Operation::ALL.iter())
    }
}

impl core::error::Error for UnknownOperation {}

/// No model has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownModel {
    given: Excerpt,
}

impl fmt::Display for UnknownModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown model {}; use one of ", self.given)?;
        list(f, Model::ALL.iter())
    }
}

impl core::error::Error for UnknownModel {}

/// Writes the items with commas between them.
pub(crate) fn list(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = impl fmt::Display>,
) -> fmt::Result {
    for (index, item) in items.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}
