//! Amounts: exact text, exact floats, checked arithmetic.

use creatify_core::Credits;
use proptest::prelude::*;

proptest! {
    #[test]
    fn printed_credits_read_back(millicredits in any::<u64>()) {
        let credits = Credits::from_millicredits(millicredits);
        prop_assert_eq!(credits.to_string().parse::<Credits>(), Ok(credits));
    }

    #[test]
    fn text_means_what_its_digits_say(whole in 0_u64..=1_000_000_000, rest in 0_u64..1_000, zeros in 0_usize..4) {
        let text = format!("{whole}.{rest:03}{}", "0".repeat(zeros));
        prop_assert_eq!(text.parse::<Credits>().unwrap().millicredits(), whole * 1_000 + rest);
    }

    #[test]
    fn whole_credits_are_those_without_thousandths(whole in 0..=u64::MAX / 1_000, rest in 0_u64..1_000) {
        let credits = Credits::from_whole(whole).unwrap();
        prop_assert!(credits.is_whole());
        let more = credits.checked_add(Credits::from_millicredits(rest));
        prop_assert!(more.is_none_or(|more| more.is_whole() == (rest == 0)));
    }

    #[test]
    fn an_exponent_moves_the_point(digits in 0_u64..1_000_000, exponent in 0_u32..9) {
        let text = format!("{digits}e{exponent}");
        let expected = digits * 10_u64.pow(exponent) * 1_000;
        prop_assert_eq!(text.parse::<Credits>().unwrap().millicredits(), expected);
        let back = format!("{digits}{}e-{exponent}", "0".repeat(exponent as usize));
        prop_assert_eq!(back.parse::<Credits>().unwrap().millicredits(), digits * 1_000);
    }

    #[test]
    fn printing_leaves_out_no_digit_and_adds_no_zero(millicredits in any::<u64>()) {
        let text = Credits::from_millicredits(millicredits).to_string();
        prop_assert!(!text.ends_with('.'));
        if let Some((_, decimals)) = text.split_once('.') {
            prop_assert!(!decimals.ends_with('0') && decimals.len() <= 3);
        }
    }

    #[test]
    fn a_fourth_decimal_is_refused(whole in 0_u64..1_000, decimals in 1_u64..10_000) {
        let text = format!("{whole}.{decimals:04}");
        prop_assert_eq!(text.parse::<Credits>().is_ok(), decimals % 10 == 0);
    }

    #[test]
    fn a_float_counts_as_the_decimal_that_prints_it(millicredits in 0_u64..1 << 40) {
        let credits = Credits::from_millicredits(millicredits);
        let nearest: f64 = credits.to_string().parse().unwrap();
        prop_assert_eq!(Credits::try_from(nearest), Ok(credits));
    }

    #[test]
    fn no_float_and_no_text_panics(float in prop::num::f64::ANY, text in any::<String>(), number in "-?[0-9]{0,40}\\.?[0-9]{0,40}(e-?[0-9]{0,30})?") {
        for result in [Credits::try_from(float), text.parse(), number.parse()] {
            if let Err(error) = result {
                prop_assert!(error.to_string().contains("credits"));
            }
        }
    }

    #[test]
    fn arithmetic_agrees_with_wider_integers(a in any::<u64>(), b in any::<u64>()) {
        let (left, right) = (Credits::from_millicredits(a), Credits::from_millicredits(b));
        let narrow = |wide: i128| u64::try_from(wide).ok().map(Credits::from_millicredits);
        let (wide_a, wide_b) = (i128::from(a), i128::from(b));
        prop_assert_eq!(left.checked_add(right), narrow(wide_a + wide_b));
        prop_assert_eq!(left.checked_sub(right), narrow(wide_a - wide_b));
        prop_assert_eq!(left.checked_mul(b), u128::from(a).checked_mul(u128::from(b))
            .and_then(|wide| u64::try_from(wide).ok()).map(Credits::from_millicredits));
        prop_assert_eq!(Credits::checked_sum([left, right]), left.checked_add(right));
    }
}

#[test]
fn whole_and_half_credits_print_shortest() {
    for (millicredits, text) in [
        (0, "0"),
        (8_000, "8"),
        (5_500, "5.5"),
        (50, "0.05"),
        (1, "0.001"),
        (10_120, "10.12"),
    ] {
        assert_eq!(Credits::from_millicredits(millicredits).to_string(), text);
    }
    assert_eq!(Credits::MAX.to_string(), "18446744073709551.615");
}

#[test]
fn what_is_no_amount_is_refused_with_the_reason() {
    let cases = [
        ("", "`` is no amount"),
        ("five", "`five` is no amount"),
        ("5.", "no amount"),
        (".5", "no amount"),
        ("+5", "no amount"),
        ("5,5", "no amount"),
        ("0x10", "no amount"),
        ("1e", "no amount"),
        ("-1", "`-1` credits are negative"),
        ("0.0001", "more than three decimals"),
        (
            "18446744073709551.616",
            "exceed the maximum of 18446744073709551.615",
        ),
        ("1e99999999999999999999999", "exceed the maximum"),
    ];
    for (text, reason) in cases {
        let message = text.parse::<Credits>().unwrap_err().to_string();
        assert!(message.contains(reason), "{text}: {message}");
    }
    for float in [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.5,
        1e300,
        0.0005,
    ] {
        assert!(Credits::try_from(float).is_err(), "{float}");
    }
}

#[test]
fn zero_has_no_sign() {
    assert_eq!("-0.000".parse(), Ok(Credits::ZERO));
    assert_eq!(Credits::try_from(-0.0), Ok(Credits::ZERO));
    assert_eq!("0e99999999999".parse(), Ok(Credits::ZERO));
}

#[test]
fn long_text_is_cut_in_the_message() {
    let message = "x"
        .repeat(1_000)
        .parse::<Credits>()
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with(&format!("`{}...`", "x".repeat(40))),
        "{message}"
    );
    let message = "\u{1b}[31m\u{20ac}"
        .parse::<Credits>()
        .unwrap_err()
        .to_string();
    assert!(message.starts_with("`\\u{1b}[31m\u{20ac}`"), "{message}");
}
