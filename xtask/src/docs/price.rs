//! The grammar of price statements: "5 credits per 30 seconds", as data and back.
//!
//! It finds statements in a sentence, a table cell or a folded description, and knows which model
//! each of them speaks of. Which operation a statement belongs to is not decided here.

use std::{fmt, sync::LazyLock};

use regex::Regex;

/// More than a thousand thousand credits a unit is a slip of the page, not a price.
const MAX_MILLICREDITS: u64 = 1_000_000_000;
/// The longest unit of time, one day.
const MAX_SECONDS: u32 = 86_400;

/// What one price buys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// So many seconds of video or audio.
    Seconds(u32),
    /// One of the thing named, in the singular: `image`, `call`, `link`.
    Thing(String),
}

impl Unit {
    /// The unit as the price book writes it: its word, and its seconds where it is time.
    pub fn in_book(&self) -> (&str, Option<u32>) {
        match self {
            Unit::Seconds(seconds) => ("time", Some(*seconds)),
            Unit::Thing(thing) => (thing, None),
        }
    }
}

/// One statement of a price.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price {
    /// Thousandths of a credit for one unit.
    pub millicredits: u64,
    /// What one unit is.
    pub unit: Unit,
    /// What the price is charged for each of, where the sentence adds it: `preview`.
    pub each: Option<String>,
    /// The model it speaks of, in lower case.
    pub model: Option<String>,
    /// Whether the sentence says that a started unit is charged in full.
    pub rounds_up: bool,
    /// Whether it is the price of former times.
    pub previously: bool,
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(model) = &self.model {
            write!(f, "{model} model costs ")?;
        }
        if self.previously {
            f.write_str("previously ")?;
        }
        let word = if self.millicredits == 1_000 {
            "credit"
        } else {
            "credits"
        };
        write!(f, "{} {word} per ", credits(self.millicredits))?;
        match &self.unit {
            Unit::Seconds(1) => f.write_str("second")?,
            Unit::Seconds(seconds) => write!(f, "{seconds} seconds")?,
            Unit::Thing(thing) => f.write_str(thing)?,
        }
        if let Some(each) = &self.each {
            write!(f, " per {each}")?;
        }
        if self.rounds_up {
            f.write_str(", rounded up")?;
        }
        Ok(())
    }
}

/// An amount in decimal, without trailing zeros: `5`, `0.5`.
pub fn credits(millicredits: u64) -> String {
    let (whole, rest) = (millicredits / 1_000, millicredits % 1_000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
}

static STATEMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \b(?P<amount>\d[\d,]{0,12}(?:\.\d{1,3})?)\s+credits?
        \s*(?:per|for\s+every|for\s+each|for|every|each|an?|/)\s*
        (?:(?P<count>\d{1,6})\s*-?\s*)?
        (?P<unit>[a-z]+)
        (?:\s+(?:of\s+)?(?:video|audio)\b)?
        (?:\s*(?:per|for\s+each|/)\s*(?P<each>[a-z]+))?",
    )
    .expect("the pattern of a price is a pattern")
});
static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[A-Za-z][A-Za-z0-9_.\-]*").expect("a word is a pattern"));
static ROUNDS_UP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\bround(?:s|ed)?\s+up\b").expect("rounding is a pattern"));
static FORMER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:previously|formerly|was|were|before|earlier)\b").expect("a pattern")
});

/// Every price that `text` states, in order; `models` are the names that count as one.
///
/// Line breaks, markup and escapes of Markdown do not matter.
pub fn parse(text: &str, models: &[String]) -> Vec<Price> {
    let mut found = Vec::new();
    for sentence in sentences(&plain(text)) {
        let rounds_up = ROUNDS_UP.is_match(sentence);
        let mut end = 0;
        let mut last_model = None;
        for hit in STATEMENT.captures_iter(sentence) {
            let whole = hit.get(0).expect("a match has a whole");
            let before = &sentence[end..whole.start()];
            let price = one(&hit);
            let former = FORMER.is_match(before);
            let model = model_in(before, models)
                // "aurora_v1: now 1 credit per second (previously 20 credits per 15 seconds)"
                .or_else(|| if former { last_model.clone() } else { None });
            end = whole.end();
            if let Some(mut price) = price {
                last_model.clone_from(&model);
                price.model = model;
                price.rounds_up = rounds_up;
                price.previously = former;
                found.push(price);
            }
        }
    }
    found
}

/// White space folded, emphasis and escapes of Markdown gone.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(char::is_ascii_punctuation) => {}
            '*' | '`' => {}
            c if c.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            c => plain.push(c),
        }
    }
    plain.trim().to_owned()
}

/// Parts that end with a full stop and a space; the stop of `0.5` ends nothing.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(". ")
        .flat_map(|part| part.split_inclusive("! "))
        .flat_map(|part| part.split_inclusive("? "))
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn one(hit: &regex::Captures<'_>) -> Option<Price> {
    let millicredits = millicredits(&hit["amount"])?;
    let word = singular(&hit["unit"].to_ascii_lowercase());
    let count: u32 = match hit.name("count") {
        Some(count) => count.as_str().parse().ok()?,
        None => 1,
    };
    let unit = match word.as_str() {
        "s" | "sec" | "second" => Unit::Seconds(count),
        "min" | "minute" => Unit::Seconds(count.checked_mul(60)?),
        "h" | "hour" => Unit::Seconds(count.checked_mul(3_600)?),
        _ if count == 1 => Unit::Thing(word),
        _ => return None,
    };
    if let Unit::Seconds(seconds) = unit
        && !(1..=MAX_SECONDS).contains(&seconds)
    {
        return None;
    }
    Some(Price {
        millicredits,
        unit,
        each: hit
            .name("each")
            .map(|each| singular(&each.as_str().to_ascii_lowercase())),
        model: None,
        rounds_up: false,
        previously: false,
    })
}

/// The word without its plural endings; what comes out is its own singular, so that a price that was
/// printed reads as itself.
fn singular(word: &str) -> String {
    let mut word = word;
    while let Some(rest) = word.strip_suffix('s').filter(|rest| rest.len() > 2) {
        word = rest;
    }
    match word {
        "request" => "call".to_owned(),
        _ => word.to_owned(),
    }
}

fn millicredits(amount: &str) -> Option<u64> {
    let amount = amount.replace(',', "");
    let (whole, rest) = amount.split_once('.').unwrap_or((&amount, ""));
    let whole: u64 = whole.parse().ok()?;
    let rest: u64 = format!("{rest:0<3}").parse().ok()?;
    whole
        .checked_mul(1_000)?
        .checked_add(rest)
        .filter(|all| *all <= MAX_MILLICREDITS)
}

/// The last name of a model in front of a price.
fn model_in(before: &str, models: &[String]) -> Option<String> {
    let words: Vec<regex::Match<'_>> = WORD.find_iter(before).collect();
    words.iter().enumerate().rev().find_map(|(index, word)| {
        let name = word
            .as_str()
            .trim_end_matches(['.', '-'])
            .to_ascii_lowercase();
        let is_known = models.contains(&name);
        let is_called_one = words
            .get(index + 1)
            .is_some_and(|next| next.as_str().eq_ignore_ascii_case("model"));
        let looks_like_one = name.split_once("_v").is_some_and(|(stem, rest)| {
            !stem.is_empty() && rest.starts_with(|c: char| c.is_ascii_digit())
        });
        (is_known || (is_called_one && !is_article(&name)) || looks_like_one).then_some(name)
    })
}

fn is_article(word: &str) -> bool {
    [
        "the", "this", "each", "every", "a", "any", "that", "which", "selected",
    ]
    .contains(&word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn models() -> Vec<String> {
        ["standard", "aurora_v1", "aurora_v1_fast"]
            .map(str::to_owned)
            .to_vec()
    }

    fn shown(text: &str) -> Vec<String> {
        parse(text, &models())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn prices_are_found_in_every_way_they_are_printed() {
        for (text, expected) in [
            (
                "Making one costs 5 credits for every 30 seconds.",
                &["5 credits per 30 seconds"][..],
            ),
            (
                "Costs 1 credit per 30s per preview.",
                &["1 credit per 30 seconds per preview"],
            ),
            ("Two shots: 2 credits per image.", &["2 credits per image"]),
            ("3 credits / call", &["3 credits per call"]),
            ("0.5 credits\n  per\n  second", &["0.5 credits per second"]),
            ("1,500 credits per minute", &["1500 credits per 60 seconds"]),
            (
                "Standard costs 5 credits per 30 seconds; aurora_v1 costs 1 credit per second of \
                 video, while Aurora_v1_fast is quick for 0.5 credits per second.",
                &[
                    "standard model costs 5 credits per 30 seconds",
                    "aurora_v1 model costs 1 credit per second",
                    "aurora_v1_fast model costs 0.5 credits per second",
                ],
            ),
            (
                r"`aurora\_v1`: now **1 credit per second** (previously 20 credits per 15-second video)",
                &[
                    "aurora_v1 model costs 1 credit per second",
                    "aurora_v1 model costs previously 20 credits per 15 seconds",
                ],
            ),
            (
                "aurora_v9 costs 2 credits per second and partial seconds round up.",
                &["aurora_v9 model costs 2 credits per second, rounded up"],
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_plural_of_a_plural_is_the_same_unit() {
        for text in ["2 credits per hours", "2 credits per hourss"] {
            assert_eq!(shown(text), ["2 credits per 3600 seconds"], "{text}");
        }
        for text in ["2 credits per glass", "2 credits per requests"] {
            let once = shown(text);
            assert_eq!(shown(&once[0]), once, "{text}");
        }
    }

    #[test]
    fn what_states_no_rate_is_left_alone() {
        for text in [
            "Eight previews still cost just 1 credit.",
            "That is 11 credits with one model, or 5.5 credits with another.",
            "99999999999 credits per second",
            "1 credit per 0 seconds",
            "credits per second",
        ] {
            assert!(shown(text).is_empty(), "{text}: {:?}", shown(text));
        }
    }

    fn price() -> impl Strategy<Value = Price> {
        let unit = prop_oneof![
            (1_u32..=MAX_SECONDS).prop_map(Unit::Seconds),
            prop::sample::select(&["call", "image", "link", "output"][..])
                .prop_map(|thing| Unit::Thing(thing.to_owned())),
        ];
        let model = prop::option::of(prop::sample::select(models()));
        let each = prop::option::of(Just("preview".to_owned()));
        (
            0..=MAX_MILLICREDITS,
            unit,
            each,
            model,
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(
                |(millicredits, unit, each, model, rounds_up, previously)| Price {
                    millicredits,
                    unit,
                    each,
                    model,
                    rounds_up,
                    previously,
                },
            )
    }

    proptest! {
        #[test]
        fn a_printed_price_reads_as_itself(price in price()) {
            prop_assert_eq!(parse(&price.to_string(), &models()), vec![price]);
        }

        #[test]
        fn several_prices_in_a_row_keep_apart(prices in prop::collection::vec(price(), 0..6)) {
            let text: String = prices.iter().map(|price| format!("{price}. ")).collect();
            prop_assert_eq!(parse(&text, &models()), prices);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            let _ = parse(&text, &models());
        }
    }
}
