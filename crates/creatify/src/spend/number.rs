//! Exact decimals of a table: computed on integers, written as numbers.

use std::fmt;

use creatify_core::Credits;
use creatify_core::pricing::Plan;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};

/// A decimal from 0 on, exact to a thousand-millionth.
///
/// Written as the nearest number to the exact decimal, always with a decimal point, so that a
/// column of whole amounts is still one of decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    /// Thousand-millionths.
    nano: u128,
}

/// Thousand-millionths in one.
const ONE: u128 = 1_000_000_000;

impl Number {
    /// Nothing.
    pub const ZERO: Number = Number { nano: 0 };

    /// A whole number.
    #[must_use]
    pub const fn whole(number: u64) -> Number {
        Number {
            nano: number as u128 * ONE,
        }
    }

    /// So many thousandths.
    #[must_use]
    pub const fn thousandths(number: u64) -> Number {
        Number {
            nano: number as u128 * (ONE / 1_000),
        }
    }

    /// The credits in US dollars at the plan's average price, rounded to the nearest
    /// thousand-millionth, which is exact for every published plan.
    #[must_use]
    pub const fn usd(credits: Credits, plan: Plan) -> Number {
        let dollars_of_a_month = plan.cents_a_month() as u128 * (ONE / 100);
        let millicredits_a_month = plan.credits_a_month() as u128 * 1_000;
        let product = credits.millicredits() as u128 * dollars_of_a_month;
        Number {
            nano: (product + millicredits_a_month / 2) / millicredits_a_month,
        }
    }
}

impl From<Credits> for Number {
    fn from(credits: Credits) -> Number {
        Number::thousandths(credits.millicredits())
    }
}

impl fmt::Display for Number {
    /// The exact decimal without trailing zeros, at least one digit behind the point: `8.0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:09}", self.nano % ONE);
        let kept = digits.trim_end_matches('0');
        let kept = if kept.is_empty() { "0" } else { kept };
        write!(f, "{}.{kept}", self.nano / ONE)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Reading the exact text rounds once and correctly; a division would round twice.
        let nearest: f64 = self.to_string().parse().map_err(S::Error::custom)?;
        serializer.serialize_f64(nearest)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(text: &str) -> Credits {
        text.parse().expect("credits")
    }

    #[test]
    fn numbers_print_exactly_and_with_a_point() {
        assert_eq!(Number::whole(8).to_string(), "8.0");
        assert_eq!(Number::thousandths(5_500).to_string(), "5.5");
        assert_eq!(Number::from(credits("0.125")).to_string(), "0.125");
        assert_eq!(Number::ZERO.to_string(), "0.0");
        let json = serde_json::to_string(&[Number::whole(8), Number::thousandths(5_500)]);
        assert_eq!(json.ok().as_deref(), Some("[8.0,5.5]"));
    }

    #[test]
    fn a_plans_average_is_exact_to_the_last_digit() {
        // 99.00 / 500 = 0.198 and 299.00 / 2,000 = 0.1495
        for (plan, one, least) in [
            ("starter", "0.198", "0.000198"),
            ("pro", "0.1495", "0.0001495"),
        ] {
            let plan: Plan = plan.parse().expect("a plan");
            assert_eq!(Number::usd(credits("1"), plan).to_string(), one);
            assert_eq!(Number::usd(credits("0.001"), plan).to_string(), least);
        }
        for plan in Plan::ALL {
            let product = u128::from(plan.cents_a_month()) * (ONE / 100);
            assert_eq!(
                product % (u128::from(plan.credits_a_month()) * 1_000),
                0,
                "{plan}"
            );
            // The largest amount there is does not wrap.
            assert!(Number::usd(Credits::MAX, *plan) > Number::ZERO);
        }
    }
}
