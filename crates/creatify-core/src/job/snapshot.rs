//! What one answer of the server says about a job.
//!
//! A snapshot is taken from the fetched job only. Webhooks are unsigned: they wake a request
//! and never become a snapshot.

use alloc::string::String;
use core::fmt;

use super::status::Status;
use super::video::VideoMark;
use crate::credits::Credits;

/// An output that a job can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Field {
    /// `preview`: the page of one preview.
    Preview,
    /// `previews`: a list of previews, not empty.
    Previews,
    /// `video_output`: the video of templates and link videos.
    VideoOutput,
    /// `output`: the video of avatars.
    Output,
}

impl Field {
    /// Every output, in the order of their names above.
    pub const ALL: &'static [Field] = &[
        Field::Preview,
        Field::Previews,
        Field::VideoOutput,
        Field::Output,
    ];

    /// The output's name in the server's answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::Preview => "preview",
            Field::Previews => "previews",
            Field::VideoOutput => "video_output",
            Field::Output => "output",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Field::Preview => 1,
            Field::Previews => 2,
            Field::VideoOutput => 4,
            Field::Output => 8,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which outputs are there.
///
/// An output is there when its field is neither null nor empty.
///
/// # Example
///
/// ```
/// use creatify_core::job::{Field, Outputs};
///
/// let outputs = Outputs::NONE.with(Field::Preview);
/// assert!(outputs.has(Field::Preview) && !outputs.has(Field::VideoOutput));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outputs(u8);

impl Outputs {
    /// No output at all.
    pub const NONE: Outputs = Outputs(0);

    /// The same with one more output.
    #[must_use]
    pub const fn with(self, field: Field) -> Outputs {
        Outputs(self.0 | field.bit())
    }

    /// The same with one more output, if it is there.
    #[must_use]
    pub const fn with_if(self, field: Field, is_there: bool) -> Outputs {
        if is_there { self.with(field) } else { self }
    }

    /// Whether that output is there.
    #[must_use]
    pub const fn has(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    /// The same without one of them.
    pub(crate) const fn without(self, field: Field) -> Outputs {
        Outputs(self.0 & !field.bit())
    }

    /// Everything that is in either.
    #[must_use]
    pub const fn union(self, other: Outputs) -> Outputs {
        Outputs(self.0 | other.0)
    }
}

impl fmt::Debug for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(Field::ALL.iter().filter(|field| self.has(**field)))
            .finish()
    }
}

/// What one answer of the server says about a job.
///
/// # Example
///
/// ```
/// use creatify_core::job::{Field, Outputs, Snapshot, Status};
///
/// let snapshot = Snapshot::new(Status::Done)
///     .with_outputs(Outputs::NONE.with(Field::VideoOutput))
///     .with_credits_used("4".parse()?);
/// assert!(snapshot.outputs().has(Field::VideoOutput));
/// # Ok::<(), creatify_core::CreditsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snapshot {
    status: Status,
    outputs: Outputs,
    media_job: Option<String>,
    video: Option<VideoMark>,
    credits_used: Option<Credits>,
}

impl Snapshot {
    /// An answer with that status and no outputs.
    #[must_use]
    pub const fn new(status: Status) -> Snapshot {
        Snapshot {
            status,
            outputs: Outputs::NONE,
            media_job: None,
            video: None,
            credits_used: None,
        }
    }

    /// Sets which outputs are there.
    #[must_use]
    pub const fn with_outputs(mut self, outputs: Outputs) -> Snapshot {
        self.outputs = outputs;
        self
    }

    /// Sets `media_job`, the id of the work behind the job; it changes with a render.
    #[must_use]
    pub fn with_media_job(mut self, media_job: impl Into<String>) -> Snapshot {
        self.media_job = Some(media_job.into());
        self
    }

    /// Sets the mark of the video, where there is one.
    ///
    /// Without it, a second render of a job is told from the first by its other fields alone.
    #[must_use]
    pub const fn with_video(mut self, video: VideoMark) -> Snapshot {
        self.video = Some(video);
        self
    }

    /// Sets `credits_used`, which is 0 at first and filled in later.
    #[must_use]
    pub const fn with_credits_used(mut self, credits: Credits) -> Snapshot {
        self.credits_used = Some(credits);
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// Which outputs are there.
    #[must_use]
    pub const fn outputs(&self) -> Outputs {
        self.outputs
    }

    /// The id of the work behind the job.
    #[must_use]
    pub fn media_job(&self) -> Option<&str> {
        self.media_job.as_deref()
    }

    /// The mark of the video.
    #[must_use]
    pub const fn video(&self) -> Option<VideoMark> {
        self.video
    }

    /// The bill as far as it is known.
    #[must_use]
    pub const fn credits_used(&self) -> Option<Credits> {
        self.credits_used
    }
}
