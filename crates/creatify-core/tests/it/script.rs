//! Lengths estimated from what is spoken.

use creatify_core::script::{Language, Pace, ScriptError, ScriptLength};
use creatify_core::{Length, Operation, QuoteRequest, RateCard, Seconds};
use proptest::prelude::*;

fn length(text: &str, language: Language, pace: Pace) -> (u32, u32) {
    let length = ScriptLength::of(text, language, pace).unwrap();
    (length.min().millis(), length.max().millis())
}

/// Amounts at a rate a minute, times percent: rounded down, and rounded up.
fn at(amount: u64, a_minute: u64, percent: u64) -> (u32, u32) {
    let (millis, rate) = (amount * 6_000_000, a_minute * percent);
    ((millis / rate) as u32, millis.div_ceil(rate) as u32)
}

fn of_words(least: u64, most: u64) -> (u32, u32) {
    (at(least, 228, 100).0, at(most, 228, 55).1)
}

fn english(text: &str) -> (u32, u32) {
    length(text, Language::English, Pace::Natural)
}

#[test]
fn words_are_counted_where_there_are_spaces() {
    for (text, least, most) in [
        ("one", 1, 1),
        ("  one two\nthree ", 3, 3),
        ("Don’t stop, it's great!", 4, 4),
        ("- one - two -", 2, 2),
        // A compound is one word, or as many as its parts.
        ("state-of-the-art", 1, 4),
        ("Visit example.com/sale", 2, 5),
        // A number is one word, or as many as its digits and signs.
        ("Only $1,299 now", 3, 7),
        ("5 % off", 2, 3),
        // Nobody says twenty-one letters in the time of one word.
        ("abcdefghijklmnopqrst", 1, 1),
        ("abcdefghijklmnopqrstu", 1, 2),
        ("cafe\u{301}s", 1, 1),
        ("syl\u{AD}lable", 1, 1),
        ("rock'n'roll", 1, 1),
        ("Привет, мир", 2, 2),
    ] {
        assert_eq!(english(text), of_words(least, most), "{text:?}");
    }
}

#[test]
fn characters_are_counted_where_there_are_no_spaces() {
    let natural = |text, language| length(text, language, Pace::Natural);
    let rate = |amount, a_minute| (at(amount, a_minute, 100).0, at(amount, a_minute, 55).1);
    assert_eq!(
        natural("我们的咖啡，整天都热。", Language::Chinese),
        rate(9, 255)
    );
    assert_eq!(
        natural("コーヒーは、熱い。", Language::Japanese),
        rate(7, 357)
    );
    assert_eq!(natural("커피는 하루 종일", Language::Korean), rate(7, 308));
    assert_eq!(natural("กาแฟร้อนทั้งวัน", Language::Thai), rate(15, 882));
}

#[test]
fn the_ends_of_each_script_are_counted_as_characters() {
    let one = |rate: u64| (at(1, rate, 100).0, at(1, rate, 55).1);
    for (language, rate, characters) in [
        (
            Language::Japanese,
            357,
            "々〇ぁゖァヺーヿㇰㇿ㐀䶿一鿿豈﫿ｦﾝ\u{20000}\u{3ffff}",
        ),
        (Language::Korean, 308, "가힣"),
        (Language::Thai, 882, "กฺเ๎ກໍໜໟကဿၐႏក៓"),
    ] {
        for character in characters.chars() {
            let text = character.to_string();
            let found = length(&text, language, Pace::Natural);
            assert_eq!(found, one(rate), "{:x}", u32::from(character));
        }
    }
    // Their neighbours are punctuation, or words of another script.
    for character in "、〄〈゛゠・๏๚៚။\u{fb00}".chars() {
        let text = character.to_string();
        let found = ScriptLength::of(&text, Language::Japanese, Pace::Natural);
        let is_word = character.is_alphanumeric();
        assert_eq!(found.is_ok(), is_word, "{:x}", u32::from(character));
    }
    // Digits and signs of those scripts are read out like any other.
    assert_eq!(
        length("๔๒", Language::Thai, Pace::Natural).1,
        at(2, 138, 55).1
    );
}

#[test]
fn a_part_in_another_script_is_counted_by_its_own() {
    // Two English words and four characters, which may be Chinese or Japanese.
    let (min, max) = english("Say 你好世界 now");
    assert_eq!(min, at(2, 228, 100).0 + at(4, 357, 100).0);
    assert_eq!(max, at(2, 228, 55).1 + at(4, 255, 55).1);
    // Foreign words are read as fast as any language is.
    let (min, max) = length("用 Rust 写", Language::Chinese, Pace::Natural);
    assert_eq!(min, at(1, 228, 100).0 + at(2, 255, 100).0);
    assert_eq!(max, at(1, 138, 55).1 + at(2, 255, 55).1);
    // No space is needed between the two.
    for (text, rate) in [("AI術AI", 357), ("AI가AI", 308), ("AIกAI", 882)] {
        let shortest = at(2, 228, 100).0 + at(1, rate, 100).0;
        assert_eq!(english(text).0, shortest, "{text}");
    }
}

#[test]
fn any_language_spans_all_of_them() {
    let text = "one two three";
    let (min, max) = length(text, Language::Undetermined, Pace::Natural);
    for language in Language::ALL {
        let (shortest, longest) = length(text, *language, Pace::Natural);
        assert!(min <= shortest && longest <= max, "{language}");
    }
    assert_eq!((min, max), (at(3, 228, 100).0, at(3, 138, 55).1));
}

#[test]
fn each_measured_rate_is_the_printed_one() {
    use Language as L;
    let words = [
        (L::Arabic, 138),
        (L::Dutch, 202),
        (L::English, 228),
        (L::Finnish, 161),
        (L::French, 195),
        (L::German, 179),
        (L::Hebrew, 187),
        (L::Italian, 188),
        (L::Polish, 166),
        (L::Portuguese, 181),
        (L::Russian, 184),
        (L::Slovenian, 180),
        (L::Spanish, 218),
        (L::Swedish, 199),
        (L::Turkish, 166),
    ];
    let text = "word ".repeat(1_000);
    for (language, rate) in words {
        let expected = (at(1_000, rate, 100).0, at(1_000, rate, 55).1);
        assert_eq!(
            length(&text, language, Pace::Natural),
            expected,
            "{language}"
        );
    }
}

#[test]
fn a_pace_is_a_share_of_the_rate() {
    let text = "word ".repeat(1_000);
    for (pace, slowest, fastest) in [
        (Pace::Slow, 40, 65),
        (Pace::Natural, 55, 100),
        (Pace::Fast, 85, 115),
    ] {
        let expected = (at(1_000, 228, fastest).0, at(1_000, 228, slowest).1);
        assert_eq!(length(&text, Language::English, pace), expected);
        assert_eq!(pace.to_string().parse(), Ok(pace));
    }
    let unknown = "brisk".parse::<Pace>().unwrap_err().to_string();
    assert_eq!(unknown, "no such pace; use slow, natural or fast");
    assert_eq!(Pace::default(), Pace::Natural);
}

#[test]
fn languages_read_and_print_as_their_subtags() {
    for language in Language::ALL {
        assert_eq!(language.to_string().parse(), Ok(*language));
    }
    assert_eq!("EN-us".parse(), Ok(Language::English));
    assert_eq!("zh_Hans_CN".parse(), Ok(Language::Chinese));
    let unknown = "tlh-Latn".parse::<Language>().unwrap_err().to_string();
    assert!(unknown.starts_with("no rate of speech is known for language"));
    assert!(unknown.contains("tlh-Latn") && unknown.contains("use und for any"));
    assert!(unknown.contains("ar, zh, nl"));
}

#[test]
fn a_pause_of_known_length_is_added_to_both_ends() {
    let script = ScriptLength::of("one", Language::English, Pace::Natural).unwrap();
    let pause = Seconds::from_millis(2_500).unwrap();
    let longer = script.with_pause(pause).unwrap();
    assert_eq!(longer.min().millis(), script.min().millis() + 2_500);
    assert_eq!(longer.max().millis(), script.max().millis() + 2_500);
    assert_eq!(script.with_pause(Seconds::MAX), Err(ScriptError::TooLong));
}

#[test]
fn a_text_without_speech_has_no_length() {
    for text in ["", " \n", "...", "— & —", "。、"] {
        let error = ScriptLength::of(text, Language::English, Pace::Natural).unwrap_err();
        assert_eq!(error, ScriptError::Silent, "{text:?}");
    }
    // The day is full after 86,400 s x 228 x 0.55 / 60 = 180,576 words.
    let just = "word ".repeat(180_576);
    assert_eq!(english(&just).1, Seconds::MAX.millis());
    let longer = ScriptLength::of(&"word ".repeat(180_577), Language::English, Pace::Natural);
    assert_eq!(longer, Err(ScriptError::TooLong));
    assert!(ScriptError::TooLong.to_string().contains("86400 s"));
    assert!(
        ScriptError::Silent
            .to_string()
            .contains("letters or digits")
    );
}

#[test]
fn a_quote_says_that_its_length_is_an_estimate() {
    // 80 words: 21.052 s to 38.278 s, which is one or two started units of 30 s.
    let text = "word ".repeat(80);
    let script = ScriptLength::of(&text, Language::English, Pace::Natural).unwrap();
    let request = QuoteRequest::new(Operation::LipsyncV2Generate).with_script(script);
    let quote = RateCard::latest().quote(&request).unwrap();
    assert_eq!(quote.totals().to_string(), "5 to 10 credits, likely 10");
    let named: Vec<_> = quote.assumptions().iter().map(|one| one.id()).collect();
    assert!(named.contains(&"length-from-script") && !named.contains(&"length-range"));
    let assumption = quote
        .assumptions()
        .iter()
        .find(|one| one.id() == "length-from-script")
        .unwrap();
    let (min, max) = assumption.range().unwrap();
    assert_eq!(
        (min.to_string(), max.to_string()),
        ("5".into(), "10".into())
    );
    assert_eq!(
        assumption.to_string(),
        "the script takes 21.052 s to 38.278 s to speak, by the usual rate of language en at \
         natural pace; the longer one is likely"
    );
    // A length that is known replaces the estimate, and the other way round.
    let known = request.with_length(Seconds::from_whole(25).unwrap());
    assert_eq!((known.script(), request.script()), (None, Some(script)));
    assert_eq!(known.with_script(script), request);
    let quote = RateCard::latest().quote(&known).unwrap();
    assert!(
        quote
            .assumptions()
            .iter()
            .all(|one| one.id() != "length-from-script")
    );
    // The bare range is had by its name only, and is then a range like any other.
    assert_eq!(
        script.between(),
        Length::Between {
            min: script.min(),
            max: script.max()
        }
    );
}

proptest! {
    #[test]
    fn no_text_panics_and_the_ends_are_in_order(
        text in any::<String>(),
        language in prop::sample::select(Language::ALL),
        pace in prop::sample::select(Pace::ALL),
    ) {
        if let Ok(length) = ScriptLength::of(&text, language, pace) {
            prop_assert!(length.min() <= length.max());
            prop_assert_eq!((length.language(), length.pace()), (language, pace));
        }
    }

    #[test]
    fn more_text_takes_no_less_time(
        one in "[a-zA-Z0-9$%&.,'  你好ヒ커กä-]{1,40}",
        other in "[a-zA-Z0-9$%&.,'  你好ヒ커กä-]{1,40}",
        language in prop::sample::select(Language::ALL),
        pace in prop::sample::select(Pace::ALL),
    ) {
        let length = |text: &str| {
            let length = ScriptLength::of(text, language, pace).ok();
            length.map_or((Seconds::ZERO, Seconds::ZERO), |length| (length.min(), length.max()))
        };
        let (first, both) = (length(&one), length(&format!("{one} {other}")));
        prop_assert!(first.0 <= both.0 && first.1 <= both.1);
        // With a space between them, neither reads into the other: the sum is off by rounding only.
        let second = length(&other);
        let apart = (
            u64::from(first.0.millis()) + u64::from(second.0.millis()),
            u64::from(first.1.millis()) + u64::from(second.1.millis()),
        );
        let is_silent = first.1 == Seconds::ZERO || second.1 == Seconds::ZERO;
        prop_assert!(u64::from(both.0.millis()) >= apart.0);
        prop_assert!(is_silent || u64::from(both.1.millis()) <= apart.1);
    }

    #[test]
    fn a_faster_pace_takes_no_longer(text in "[a-z0-9 你ヒ커ก]{1,60}", language in prop::sample::select(Language::ALL)) {
        let length = |pace| ScriptLength::of(&text, language, pace).ok();
        if let (Some(slow), Some(natural), Some(fast)) =
            (length(Pace::Slow), length(Pace::Natural), length(Pace::Fast))
        {
            prop_assert!(fast.min() <= natural.min() && natural.min() <= slow.min());
            prop_assert!(fast.max() <= natural.max() && natural.max() <= slow.max());
        }
    }
}
