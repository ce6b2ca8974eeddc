//! How fast each language is read aloud, as far as that has been measured.

use core::fmt;
use core::str::FromStr;

use crate::excerpt::Excerpt;

/// A language with a measured rate of reading aloud.
///
/// The rates are means over native speakers between 18 and 35 years who read paragraphs aloud:
/// S. Trauzettel-Klosinski and K. Dietz, *Standardized Assessment of Reading Performance: The New
/// International Reading Speed Texts IReST*, Invest. Ophthalmol. Vis. Sci. 53 (2012) 5452–5461,
/// <https://doi.org/10.1167/iovs.11-8284>. Korean is from another study, *The Study of Speech Rate in
/// Normal-Speaking Adults and Children*, Journal of Speech Sciences 9 (2002) 93–103. Thai is a
/// guess: the first study's mean over its alphabetic languages, 68 ms a character.
///
/// Reads and prints as its BCP 47 subtag, such as `en`; a region behind it is ignored.
///
/// # Example
///
/// ```
/// use creatify_core::script::Language;
///
/// assert_eq!("pt-BR".parse::<Language>()?, Language::Portuguese);
/// assert_eq!(Language::German.to_string(), "de");
/// # Ok::<(), creatify_core::script::UnknownLanguage>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Language {
    Arabic,
    Chinese,
    Dutch,
    English,
    Finnish,
    French,
    German,
    Hebrew,
    Italian,
    Japanese,
    Korean,
    Polish,
    Portuguese,
    Russian,
    Slovenian,
    Spanish,
    Swedish,
    Thai,
    Turkish,
    /// Any other: the range spans the rates of all languages above. Its subtag is `und`.
    Undetermined,
}

impl Language {
    /// Every language, by its English name; [`Language::Undetermined`] comes last.
    pub const ALL: &'static [Language] = &[
        Language::Arabic,
        Language::Chinese,
        Language::Dutch,
        Language::English,
        Language::Finnish,
        Language::French,
        Language::German,
        Language::Hebrew,
        Language::Italian,
        Language::Japanese,
        Language::Korean,
        Language::Polish,
        Language::Portuguese,
        Language::Russian,
        Language::Slovenian,
        Language::Spanish,
        Language::Swedish,
        Language::Thai,
        Language::Turkish,
        Language::Undetermined,
    ];

    /// The BCP 47 subtag, such as `en`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Language::Arabic => "ar",
            Language::Chinese => "zh",
            Language::Dutch => "nl",
            Language::English => "en",
            Language::Finnish => "fi",
            Language::French => "fr",
            Language::German => "de",
            Language::Hebrew => "he",
            Language::Italian => "it",
            Language::Japanese => "ja",
            Language::Korean => "ko",
            Language::Polish => "pl",
            Language::Portuguese => "pt",
            Language::Russian => "ru",
            Language::Slovenian => "sl",
            Language::Spanish => "es",
            Language::Swedish => "sv",
            Language::Thai => "th",
            Language::Turkish => "tr",
            Language::Undetermined => "und",
        }
    }

    /// Words read aloud in a minute, the least and the most.
    ///
    /// In a language that is counted by characters, words are foreign ones, of any language.
    pub(super) const fn words(self) -> (u64, u64) {
        let words = match self {
            Language::Arabic => 138,
            Language::Dutch => 202,
            Language::English => 228,
            Language::Finnish => 161,
            Language::French => 195,
            Language::German => 179,
            Language::Hebrew => 187,
            Language::Italian => 188,
            Language::Polish | Language::Turkish => 166,
            Language::Portuguese => 181,
            Language::Russian => 184,
            Language::Slovenian => 180,
            Language::Spanish => 218,
            Language::Swedish => 199,
            Language::Chinese
            | Language::Japanese
            | Language::Korean
            | Language::Thai
            | Language::Undetermined => return (138, 228),
        };
        (words, words)
    }

    /// Chinese characters and kana read aloud in a minute, the least and the most.
    pub(super) const fn ideographs(self) -> (u64, u64) {
        match self {
            Language::Chinese => (255, 255),
            Language::Japanese => (357, 357),
            _ => (255, 357),
        }
    }
}

/// Korean syllables read aloud in a minute.
pub(super) const HANGUL: (u64, u64) = (308, 308);

/// Letters and vowel signs of Thai and its neighbours read aloud in a minute. A guess: see
/// [`Language`].
pub(super) const THAI: (u64, u64) = (882, 882);

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a BCP 47 tag such as `en` or `pt-BR`, in any case.
    ///
    /// # Errors
    ///
    /// When no rate is known for that language; `und` stands for any.
    fn from_str(tag: &str) -> Result<Language, UnknownLanguage> {
        let subtag = tag.split(['-', '_']).next().unwrap_or(tag);
        let mut languages = Language::ALL.iter().copied();
        languages
            .find(|language| language.as_str().eq_ignore_ascii_case(subtag))
            .ok_or_else(|| UnknownLanguage {
                given: Excerpt::of(tag),
            })
    }
}

/// No rate of speech is known for that language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLanguage {
    given: Excerpt,
}

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no rate of speech is known for language {}; use und for any, or one of ",
            self.given
        )?;
        crate::pricing::list(f, Language::ALL.iter())
    }
}

impl core::error::Error for UnknownLanguage {}
