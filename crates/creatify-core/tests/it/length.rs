//! Lengths: exact below the millisecond border, up beyond it, refused outside the limit.

use creatify_core::Seconds;
use proptest::prelude::*;

proptest! {
    #[test]
    fn printed_lengths_read_back(millis in 0_u64..=86_400_000) {
        let length = Seconds::from_millis(millis).unwrap();
        prop_assert_eq!(u64::from(length.millis()), millis);
        prop_assert_eq!(length.to_string().parse(), Ok(length));
        let float: f64 = length.to_string().parse().unwrap();
        prop_assert_eq!(Seconds::try_from(float), Ok(length));
    }

    #[test]
    fn a_fourth_decimal_rounds_up(millis in 0_u32..86_399_999, tail in "[0-9]{1,30}") {
        let text = format!("{}.{:03}{tail}", millis / 1_000, millis % 1_000);
        let rounded = millis + u32::from(tail.bytes().any(|digit| digit != b'0'));
        prop_assert_eq!(text.parse::<Seconds>().unwrap().millis(), rounded);
    }

    #[test]
    fn any_float_is_a_length_or_an_error_with_the_limit(float in prop::num::f64::ANY) {
        match Seconds::try_from(float) {
            Ok(length) => prop_assert!((0.0..=86_400.0).contains(&float) && length <= Seconds::MAX),
            Err(error) => {
                prop_assert!(!(0.0..=86_400.0).contains(&float));
                prop_assert!(error.to_string().contains("86400"));
            }
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        if let Err(error) = text.parse::<Seconds>() {
            prop_assert!(error.to_string().contains("86400"));
        }
    }
}

#[test]
fn lengths_outside_the_limit_name_it() {
    let cases = [
        (
            "-1",
            "length `-1` is negative; give seconds from 0 to 86400",
        ),
        (
            "nan",
            "length `nan` is no number; give seconds from 0 to 86400",
        ),
        (
            "1e300",
            "length `1e300` exceeds the maximum of 86400 s; give a shorter one",
        ),
        (
            "86400.0001",
            "length `86400.0001` exceeds the maximum of 86400 s; give a shorter one",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(text.parse::<Seconds>().unwrap_err().to_string(), message);
    }
    for float in [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        1e300,
        -f64::MIN_POSITIVE,
    ] {
        let message = Seconds::try_from(float).unwrap_err().to_string();
        assert!(message.contains("86400"), "{message}");
    }
    assert_eq!("86400".parse(), Ok(Seconds::MAX));
    assert!(Seconds::from_millis(86_400_001).is_err());
    assert!(Seconds::from_whole(86_401).is_err());
    assert!(Seconds::from_whole(u64::MAX).is_err());
}

#[test]
fn the_smallest_float_is_a_millisecond() {
    assert_eq!(Seconds::try_from(f64::from_bits(1)).unwrap().millis(), 1);
    assert_eq!(Seconds::try_from(-0.0), Ok(Seconds::ZERO));
    assert_eq!(Seconds::try_from(10.4).unwrap().millis(), 10_400);
}
