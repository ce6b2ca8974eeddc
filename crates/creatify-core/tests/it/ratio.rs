//! Shares are exact: read, printed and compared without rounding.

use creatify_core::pricing::Ratio;
use proptest::prelude::*;

fn ratios() -> impl Strategy<Value = Ratio> {
    let parts = prop_oneof![0_u64..20, any::<u64>()];
    let of = prop_oneof![1_u64..20, 1_u64..=u64::MAX];
    (parts, of).prop_map(|(parts, of)| Ratio::new(parts, of).unwrap())
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same(ratio in ratios()) {
        prop_assert_eq!(ratio.to_string().parse(), Ok(ratio));
    }

    #[test]
    fn terms_are_the_lowest_and_the_value_is_kept(parts in any::<u64>(), of in 1_u64..=u64::MAX) {
        let ratio = Ratio::new(parts, of).unwrap();
        let (numerator, denominator) = (ratio.numerator(), ratio.denominator());
        prop_assert_eq!(
            u128::from(numerator) * u128::from(of), u128::from(parts) * u128::from(denominator)
        );
        prop_assert!((2..100).all(|by| numerator % by != 0 || denominator % by != 0));
    }

    #[test]
    fn order_is_that_of_the_values(one in ratios(), other in ratios()) {
        let cross = |one: Ratio, other: Ratio| {
            u128::from(one.numerator()) * u128::from(other.denominator())
        };
        prop_assert_eq!(one < other, cross(one, other) < cross(other, one));
        prop_assert_eq!(one == other, cross(one, other) == cross(other, one));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}", digits in "[-0-9./%e ]{0,60}") {
        for text in [text, digits] {
            if let Err(error) = text.parse::<Ratio>() {
                prop_assert!(error.to_string().contains("give a fraction"));
            }
        }
    }
}

#[test]
fn all_forms_are_read() {
    let ratio = |parts, of| Ok(Ratio::new(parts, of).unwrap());
    for (text, expected) in [
        ("1/9", ratio(1, 9)),
        ("2 / 18", ratio(1, 9)),
        ("0.125", ratio(1, 8)),
        ("12.5%", ratio(1, 8)),
        ("12.5 %", ratio(1, 8)),
        ("1", Ok(Ratio::ONE)),
        ("100%", Ok(Ratio::ONE)),
        ("0/7", Ok(Ratio::ZERO)),
        ("3/2", ratio(3, 2)),
    ] {
        assert_eq!(text.parse(), expected, "{text}");
    }
    assert_eq!(Ratio::new(1, 0), None);
    assert_eq!(Ratio::new(0, 0), None);
}

#[test]
fn what_is_no_share_is_refused_with_the_forms_there_are() {
    for text in [
        "", "half", "-1", "-1/2", "1/0", "0.0001", "1/2/3", "%", "nan",
    ] {
        assert!(text.parse::<Ratio>().is_err(), "{text}");
    }
    let message = "one ninth".parse::<Ratio>().unwrap_err().to_string();
    assert_eq!(
        message,
        "`one ninth` is no share; give a fraction such as 4/9, or a decimal or per cent of at \
         most three decimals such as 0.125 or 12.5%"
    );
}
