//! A mark of a video, by which the one that a job had before a render is told from the render's own.
//!
//! It is compared and never looked up; the address itself stands in the job.

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;

/// A mark of one video of one job: 64 bits, written as 16 hexadecimal digits.
///
/// # Example: a signature that expires is no other video
///
/// ```
/// use creatify_core::job::VideoMark;
///
/// let mark = VideoMark::of("https://cdn.example/a.mp4?signed=1", None);
/// assert_eq!(mark, VideoMark::of("https://cdn.example/a.mp4?signed=2", None));
/// assert_ne!(mark, VideoMark::of("https://cdn.example/b.mp4", None));
/// assert_ne!(mark, VideoMark::of("https://cdn.example/a.mp4", Some("another media job")));
/// assert_eq!(mark.to_string().parse(), Ok(mark));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VideoMark(NonZeroU64);

impl VideoMark {
    /// The mark of the video at that address, made by that work where the service names it.
    ///
    /// Of the address, what follows a `?` or `#` does not count.
    #[must_use]
    pub fn of(address: &str, media_job: Option<&str>) -> VideoMark {
        let path = address.split(['?', '#']).next().unwrap_or(address);
        // A zero byte is in neither of the two, so it keeps them apart.
        let bytes = path.bytes().chain([0]);
        let bytes = bytes.chain(media_job.unwrap_or_default().bytes());
        // FNV-1a: short, and good enough for two videos of one job.
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        VideoMark(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MAX))
    }
}

impl fmt::Display for VideoMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for VideoMark {
    type Err = VideoMarkError;

    /// Reads 16 hexadecimal digits in lower case, not all of them 0.
    ///
    /// # Errors
    ///
    /// For every other text.
    fn from_str(text: &str) -> Result<VideoMark, VideoMarkError> {
        let is_plain = text.len() == 16
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(text, 16).ok().filter(|_| is_plain);
        number
            .and_then(NonZeroU64::new)
            .map(VideoMark)
            .ok_or(VideoMarkError)
    }
}

/// Text that is no [`VideoMark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoMarkError;

impl fmt::Display for VideoMarkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the mark of an earlier video has 16 digits of 0-9 and a-f; copy it whole")
    }
}

impl core::error::Error for VideoMarkError {}
