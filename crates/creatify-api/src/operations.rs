//! The operations of the API as data: method, path, and whether a call blocks.
//!
//! Prices are not in here; this crate knows none.

use std::fmt;

use crate::generated_operations::TABLE;

/// One operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) is_blocking: bool,
}

/// The method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or continues something, and may cost credits.
    Post,
    /// Changes something.
    Put,
    /// Changes a part of something.
    Patch,
    /// Removes something.
    Delete,
}

/// Every operation, sorted by id.
///
/// ```
/// let blocking: Vec<&str> = creatify_api::operations::all()
///     .iter()
///     .filter(|operation| operation.is_blocking())
///     .map(|operation| operation.id())
///     .collect();
/// assert!(blocking.contains(&"custom_template_jobs_preview"));
/// ```
#[must_use]
pub fn all() -> &'static [Operation] {
    TABLE
}

/// The operation with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Operation> {
    TABLE
        .binary_search_by(|operation| operation.id.cmp(id))
        .ok()
        .map(|index| &TABLE[index])
}

impl Operation {
    /// Its id, which is the name of the client's method.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Its path, with parameters in braces.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Whether it answers only when its work is done, which can take minutes.
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        self.is_blocking
    }
}

impl Method {
    /// The method's name: `GET`, `POST`, ...
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_id() {
        for operation in all() {
            assert_eq!(find(operation.id()), Some(operation));
        }
        assert_eq!(find("nothing"), None);
    }
}
