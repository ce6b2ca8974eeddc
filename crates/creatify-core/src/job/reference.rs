//! The handle by which a job is found again, in this process or a later one.
//!
//! It holds what resuming takes and nothing that expires or is secret.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::video::{VideoMark, VideoMarkError};
use crate::excerpt::Excerpt;
use crate::pricing::{Operation, UnknownOperation};

/// A job that was paid for: the operation and the id the server gave it.
///
/// Prints and reads as `<operation>:<job id>`. A render of a job that had a video before adds the
/// mark of that one, `<operation>:<job id>:<mark>`, so that a later process does not take it for the
/// render's own.
///
/// # Example
///
/// ```
/// use creatify_core::{JobRef, Operation};
///
/// let text = "custom-template.render:3c90c3cc-0d44-4b50-8888-8dd25736052a";
/// let job: JobRef = text.parse()?;
/// assert_eq!(job.operation(), Operation::CustomTemplateRender);
/// assert_eq!(job.to_string(), text);
/// # Ok::<(), creatify_core::job::JobRefError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobRef {
    operation: Operation,
    id: String,
    earlier_video: Option<VideoMark>,
}

/// The longest job id that is taken, in bytes.
const MAX_ID: usize = 255;

impl JobRef {
    /// The job with that id.
    ///
    /// The id need not be a UUID, but it becomes a part of a path: 1 to 255 ASCII letters,
    /// digits, `-`, `_`, `~` and `.`, and no `.` in front.
    ///
    /// # Errors
    ///
    /// When the id is of another form.
    pub fn new(operation: Operation, id: impl Into<String>) -> Result<JobRef, JobRefError> {
        let id = id.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte);
        if id.is_empty() || id.len() > MAX_ID || id.starts_with('.') || !id.bytes().all(is_plain) {
            return Err(JobRefError::InvalidId(InvalidId {
                given: Excerpt::of(&id),
            }));
        }
        Ok(JobRef {
            operation,
            id,
            earlier_video: None,
        })
    }

    /// Says that the job had this video before it was rendered by this operation.
    #[must_use]
    pub fn with_earlier_video(mut self, video: VideoMark) -> JobRef {
        self.earlier_video = Some(video);
        self
    }

    /// The operation that was paid for last.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The id the server gave the job.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The video that the job had before it was rendered by this operation, as far as is known.
    #[must_use]
    pub const fn earlier_video(&self) -> Option<VideoMark> {
        self.earlier_video
    }
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.operation, self.id)?;
        match self.earlier_video {
            Some(video) => write!(f, ":{video}"),
            None => Ok(()),
        }
    }
}

impl FromStr for JobRef {
    type Err = JobRefError;

    /// Reads `<operation>:<job id>` and `<operation>:<job id>:<mark>`.
    ///
    /// # Errors
    ///
    /// When there is no colon, no such operation, or the id or the mark is of another form.
    fn from_str(text: &str) -> Result<JobRef, JobRefError> {
        let (operation, rest) = text.split_once(':').ok_or_else(|| {
            JobRefError::NoColon(NoColon {
                given: Excerpt::of(text),
            })
        })?;
        let (id, video) = match rest.split_once(':') {
            Some((id, video)) => (id, Some(video)),
            None => (rest, None),
        };
        let operation = operation.parse().map_err(JobRefError::UnknownOperation)?;
        let job = JobRef::new(operation, id)?;
        match video.map(VideoMark::from_str).transpose() {
            Ok(Some(video)) => Ok(job.with_earlier_video(video)),
            Ok(None) => Ok(job),
            Err(error) => Err(JobRefError::InvalidVideo(error)),
        }
    }
}

/// Why some text is not a [`JobRef`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobRefError {
    /// There is no colon between operation and id.
    NoColon(NoColon),
    /// There is no such operation.
    UnknownOperation(UnknownOperation),
    /// The id is of a form that no path can hold.
    InvalidId(InvalidId),
    /// What follows the id is no mark of a video.
    InvalidVideo(VideoMarkError),
}

/// Text without a colon between operation and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoColon {
    given: Excerpt,
}

/// A job id of a form that no path can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId {
    given: Excerpt,
}

impl fmt::Display for JobRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobRefError::NoColon(NoColon { given }) => {
                write!(
                    f,
                    "job reference {given} has no colon; write <operation>:<job id>"
                )
            }
            JobRefError::UnknownOperation(error) => error.fmt(f),
            JobRefError::InvalidId(InvalidId { given }) => write!(
                f,
                "job id {given} is not 1 to {MAX_ID} letters, digits, -, _, ~ or . with no . in \
                 front; give the id as the service printed it"
            ),
            JobRefError::InvalidVideo(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for JobRefError {}
