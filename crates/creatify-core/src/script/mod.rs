//! How long it takes to speak a script: an estimate, so that a video can be quoted before it exists.
//!
//! A text says how much is spoken, not how fast: the estimate is a range, and the quote made from
//! it names the assumption `length-from-script`. It knows nothing of pauses between scenes, stage
//! directions, spelled abbreviations or a voice's own tempo. The length that the service reports
//! later is a fact and replaces it.

use core::fmt;

use crate::length::{Length, Seconds};

mod count;
mod language;

pub use self::language::{Language, UnknownLanguage};

use self::count::Count;

/// How fast the script is spoken, as a share of the rate at which adults read aloud.
///
/// The rates of [`Language`] are measured; the shares are an estimate of this crate, set so that
/// usual figures for English lie in them: 150 to 160 words a minute for narration and 100 to 130
/// for a talk, against 228 for reading aloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pace {
    /// 40 to 65 % of the rate of reading aloud: English at 92 to 148 words a minute.
    Slow,
    /// 55 to 100 % of the rate of reading aloud: English at 126 to 228 words a minute.
    #[default]
    Natural,
    /// 85 to 115 % of the rate of reading aloud: English at 194 to 262 words a minute.
    Fast,
}

impl Pace {
    /// Every pace, the slowest first.
    pub const ALL: &'static [Pace] = &[Pace::Slow, Pace::Natural, Pace::Fast];

    /// The name: `slow`, `natural` or `fast`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Pace::Slow => "slow",
            Pace::Natural => "natural",
            Pace::Fast => "fast",
        }
    }

    /// The slowest and the fastest share, in percent.
    const fn percent(self) -> (u64, u64) {
        match self {
            Pace::Slow => (40, 65),
            Pace::Natural => (55, 100),
            Pace::Fast => (85, 115),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl core::str::FromStr for Pace {
    type Err = UnknownPace;

    /// Reads `slow`, `natural` or `fast`.
    ///
    /// # Errors
    ///
    /// When no pace has that name.
    fn from_str(name: &str) -> Result<Pace, UnknownPace> {
        let mut paces = Pace::ALL.iter().copied();
        paces
            .find(|pace| pace.as_str() == name)
            .ok_or(UnknownPace(()))
    }
}

/// No pace has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPace(());

impl fmt::Display for UnknownPace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such pace; use slow, natural or fast")
    }
}

impl core::error::Error for UnknownPace {}

/// How long a script takes to speak, estimated from its text.
///
/// It is no [`Length`] and turns into none by itself: `QuoteRequest::with_script` takes it, so
/// that the quote says where its length comes from. [`ScriptLength::between`] gives the bare range
/// to whoever asks for it by name.
///
/// # Example
///
/// ```
/// use creatify_core::script::{Language, Pace, ScriptLength};
/// use creatify_core::{Operation, QuoteRequest, RateCard};
///
/// let script = "Meet the bottle that keeps your coffee hot until the evening.";
/// let length = ScriptLength::of(script, Language::English, Pace::Natural)?;
/// // 11 words at 228 and at 0.55 x 228 words a minute
/// assert_eq!(length.to_string(), "2.894 s to 5.264 s");
///
/// let video = QuoteRequest::new(Operation::LipsyncV2Generate).with_script(length);
/// let quote = RateCard::latest().quote(&video)?;
/// assert!(quote.assumptions().iter().any(|one| one.id() == "length-from-script"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScriptLength {
    language: Language,
    pace: Pace,
    min: Seconds,
    max: Seconds,
}

impl ScriptLength {
    /// Estimates how long the text takes to speak.
    ///
    /// Words are counted where the script has spaces, characters where it has none: Chinese,
    /// Japanese, Korean, Thai and their neighbours, also as a part of a text in another language.
    /// The shorter end takes a number for one word, the longer one reads out its digits and signs.
    ///
    /// # Errors
    ///
    /// When nothing in the text can be spoken, and when it takes longer than [`Seconds::MAX`].
    pub fn of(text: &str, language: Language, pace: Pace) -> Result<ScriptLength, ScriptError> {
        let count = Count::of(text);
        if count.is_silent() {
            return Err(ScriptError::Silent);
        }
        let (slowest, fastest) = pace.percent();
        let length = |millis: Option<u64>| {
            let millis = millis.ok_or(ScriptError::TooLong)?;
            Seconds::from_millis(millis).map_err(|_| ScriptError::TooLong)
        };
        Ok(ScriptLength {
            language,
            pace,
            min: length(count.least_millis(language, fastest))?,
            max: length(count.most_millis(language, slowest))?,
        })
    }

    /// Adds a pause of known length, such as a scene without a word.
    ///
    /// # Errors
    ///
    /// When both together are longer than [`Seconds::MAX`].
    pub fn with_pause(mut self, pause: Seconds) -> Result<ScriptLength, ScriptError> {
        let longer = |length: Seconds| length.checked_add(pause).ok_or(ScriptError::TooLong);
        (self.min, self.max) = (longer(self.min)?, longer(self.max)?);
        Ok(self)
    }

    /// The language it is spoken in.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// How fast it is spoken.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// The shortest it is expected to take.
    #[must_use]
    pub const fn min(&self) -> Seconds {
        self.min
    }

    /// The longest it is expected to take.
    #[must_use]
    pub const fn max(&self) -> Seconds {
        self.max
    }

    /// The bare range, without the note that it is an estimate.
    #[must_use]
    pub const fn between(&self) -> Length {
        Length::Between {
            min: self.min,
            max: self.max,
        }
    }

    /// The range that holds both estimates, where they rest on the same language and pace.
    #[cfg(feature = "alloc")]
    pub(crate) fn spanning(self, other: ScriptLength) -> Option<ScriptLength> {
        let is_alike = (self.language, self.pace) == (other.language, other.pace);
        is_alike.then_some(ScriptLength {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            ..self
        })
    }
}

impl fmt::Display for ScriptLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s to {} s", self.min, self.max)
    }
}

/// Why a script has no estimated length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptError {
    /// The text holds no letter and no digit.
    Silent,
    /// It takes longer to speak than the longest length there is.
    TooLong,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScriptError::Silent => f.write_str(
                "the script holds nothing that can be spoken; give a text with letters or digits",
            ),
            ScriptError::TooLong => write!(
                f,
                "the script takes longer to speak than the maximum of {} s; split it",
                Seconds::MAX
            ),
        }
    }
}

impl core::error::Error for ScriptError {}
