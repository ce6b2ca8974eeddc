//! How much of a text is spoken: words where its script has spaces, characters where it has none.

use super::language::{HANGUL, Language, THAI};

/// A word with more letters counts as several, at the longer end.
const LONG_WORD: u64 = 20;

/// Signs that are words when they are read out.
const SIGNS: &str = "$€£¥₹₩%‰&@#+=/°§";

/// What is spoken in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// What stands between spaces.
    least_words: u64,
    /// With each digit, each sign and each part of a compound as a word.
    most_words: u64,
    ideographs: u64,
    hangul: u64,
    thai: u64,
}

/// How a character is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Ideograph,
    Hangul,
    Thai,
    Letter,
    Digit,
    Sign,
    /// Within a word, such as the apostrophe.
    Inner,
    Space,
    /// Punctuation, which is a pause at most.
    Other,
}

impl Count {
    pub(super) fn of(text: &str) -> Count {
        let mut count = Count::default();
        let mut is_in_word = false;
        // Letters since the last character that is none.
        let mut letters: u64 = 0;
        for character in text.chars() {
            let class = Class::of(character);
            if class != Class::Letter && class != Class::Inner {
                letters = 0;
            }
            match class {
                Class::Ideograph => count.ideographs = count.ideographs.saturating_add(1),
                Class::Hangul => count.hangul = count.hangul.saturating_add(1),
                Class::Thai => count.thai = count.thai.saturating_add(1),
                Class::Letter => {
                    if letters.checked_rem(LONG_WORD) == Some(0) {
                        count.most_words = count.most_words.saturating_add(1);
                    }
                    letters = letters.saturating_add(1);
                }
                Class::Digit | Class::Sign => {
                    count.most_words = count.most_words.saturating_add(1);
                }
                Class::Inner | Class::Space | Class::Other => {}
            }
            match class {
                Class::Letter | Class::Digit if !is_in_word => {
                    count.least_words = count.least_words.saturating_add(1);
                    is_in_word = true;
                }
                Class::Ideograph | Class::Hangul | Class::Thai | Class::Space => is_in_word = false,
                _ => {}
            }
        }
        count
    }

    /// Whether there is nothing to speak.
    pub(super) fn is_silent(self) -> bool {
        self.least_words == 0 && self.ideographs == 0 && self.hangul == 0 && self.thai == 0
    }

    /// The shortest it takes, rounded down, at that share of the fastest rates.
    pub(super) fn least_millis(self, language: Language, percent: u64) -> Option<u64> {
        let parts = [
            (self.least_words, language.words().1),
            (self.ideographs, language.ideographs().1),
            (self.hangul, HANGUL.1),
            (self.thai, THAI.1),
        ];
        parts.iter().try_fold(0_u64, |sum, (amount, a_minute)| {
            let (millis, rate) = (scaled(*amount)?, a_minute.checked_mul(percent)?);
            sum.checked_add(millis.checked_div(rate)?)
        })
    }

    /// The longest it takes, rounded up, at that share of the slowest rates.
    pub(super) fn most_millis(self, language: Language, percent: u64) -> Option<u64> {
        let parts = [
            (self.most_words, language.words().0),
            (self.ideographs, language.ideographs().0),
            (self.hangul, HANGUL.0),
            (self.thai, THAI.0),
        ];
        parts.iter().try_fold(0_u64, |sum, (amount, a_minute)| {
            let (millis, rate) = (scaled(*amount)?, a_minute.checked_mul(percent)?);
            let rounded_up = millis.checked_next_multiple_of(rate)?.checked_div(rate)?;
            sum.checked_add(rounded_up)
        })
    }
}

/// Milliseconds at one a minute, times 100 for the percent.
fn scaled(amount: u64) -> Option<u64> {
    amount.checked_mul(60_000)?.checked_mul(100)
}

impl Class {
    fn of(character: char) -> Class {
        match u32::from(character) {
            // Kana, and Chinese characters with their extensions; the iteration mark too.
            0x3005..=0x3007
            | 0x3041..=0x3096
            | 0x30A1..=0x30FA
            | 0x30FC..=0x30FF
            | 0x31F0..=0x31FF
            | 0x3400..=0x4DBF
            | 0x4E00..=0x9FFF
            | 0xF900..=0xFAFF
            | 0xFF66..=0xFF9D
            | 0x2_0000..=0x3_FFFF => Class::Ideograph,
            0xAC00..=0xD7A3 => Class::Hangul,
            // Thai, Lao, Burmese and Khmer, their digits and punctuation aside.
            0x0E01..=0x0E3A
            | 0x0E40..=0x0E4E
            | 0x0E81..=0x0ECD
            | 0x0EDC..=0x0EDF
            | 0x1000..=0x103F
            | 0x1050..=0x108F
            | 0x1780..=0x17D3 => Class::Thai,
            _ if character.is_alphabetic() => Class::Letter,
            _ if character.is_numeric() => Class::Digit,
            _ if SIGNS.contains(character) => Class::Sign,
            _ if character.is_whitespace() => Class::Space,
            _ if is_inner(character) => Class::Inner,
            _ => Class::Other,
        }
    }
}

/// Apostrophes, the hyphen that shows at a line's end only, and accents that stand on a letter.
fn is_inner(character: char) -> bool {
    matches!(character, '\'' | '’' | '\u{AD}' | '\u{300}'..='\u{36F}')
}
