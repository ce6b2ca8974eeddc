//! What is wrong with the folder, each finding with its file and its place.
//!
//! A reader of `openapi/` collects problems and goes on, so that one run names all of them. Nothing
//! here decides what is a problem.

use std::fmt;

/// One finding: the file, the place inside it and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the workspace, with `/` between its parts.
    pub file: String,
    /// The place inside the file: a row, a JSON pointer, or empty for the whole file.
    pub place: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}: {}: {}", self.file, self.place, self.message)
        }
    }
}

/// All findings of one run, in the order they were met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes one finding.
    pub fn add(
        &mut self,
        file: impl Into<String>,
        place: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.0.push(Problem {
            file: file.into(),
            place: place.into(),
            message: message.into(),
        });
    }

    /// The findings so far.
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// Returns the value, or everything that was found.
    ///
    /// # Errors
    ///
    /// When there is at least one finding.
    pub fn or_ok<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
