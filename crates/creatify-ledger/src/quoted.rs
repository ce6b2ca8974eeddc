//! What a quote said before a call, as it is kept beside the call to be held against the bill.

use creatify_core::pricing::Usage;
use creatify_core::{Credits, Length, Operation, Quote, QuoteRequest, Seconds, Totals};
use serde::{Deserialize, Deserializer, Serialize, de};

/// The amounts that were priced, and the range they came to.
///
/// # Example
///
/// ```
/// use creatify_core::{Operation, QuoteRequest, RateCard, Seconds};
/// use creatify_ledger::Quoted;
///
/// let request = QuoteRequest::new(Operation::LipsyncV2Generate)
///     .with_length(Seconds::from_whole(20)?);
/// let quoted = Quoted::from(&RateCard::latest().quote(&request)?);
/// assert_eq!(quoted.totals.to_string(), "5 credits");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Quoted {
    /// What the price multiplies.
    pub usage: Usage,
    /// The range of credits.
    pub totals: Totals,
}

impl From<&Quote> for Quoted {
    fn from(quote: &Quote) -> Quoted {
        Quoted {
            usage: quote.usage(),
            totals: quote.totals(),
        }
    }
}

impl<'de> Deserialize<'de> for Quoted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Quoted, D::Error> {
        let Stored { usage, totals } = Stored::deserialize(deserializer)?;
        let totals = Totals::new(totals.min, totals.likely, totals.max)
            .ok_or_else(|| de::Error::custom("the ends of a quote are out of order"))?;
        Ok(Quoted {
            usage: usage.into(),
            totals,
        })
    }
}

/// The written form, as it is read back.
#[derive(Deserialize)]
struct Stored {
    usage: StoredUsage,
    totals: StoredTotals,
}

#[derive(Deserialize)]
struct StoredUsage {
    seconds: Option<Seconds>,
    seconds_min: Option<Seconds>,
    count: u32,
    previews: u32,
    catalogue_credits: Option<Credits>,
}

#[derive(Deserialize)]
struct StoredTotals {
    min: Credits,
    likely: Credits,
    max: Credits,
}

impl From<StoredUsage> for Usage {
    fn from(stored: StoredUsage) -> Usage {
        // A usage is the same value for every operation.
        let mut request = QuoteRequest::new(Operation::LinkCreate)
            .with_count(stored.count)
            .with_previews(stored.previews);
        if let Some(max) = stored.seconds {
            request = request.with_length(match stored.seconds_min {
                Some(min) => Length::Between { min, max },
                None => Length::Known(max),
            });
        }
        if let Some(credits) = stored.catalogue_credits {
            request = request.with_catalogue_credits(credits);
        }
        request.usage()
    }
}

#[cfg(test)]
mod tests {
    use creatify_core::RateCard;

    use super::*;

    #[test]
    fn every_usage_is_read_back_as_it_was_written() {
        let seconds = |text: &str| text.parse::<Seconds>().expect("a length");
        let credits: Credits = "2.5".parse().expect("credits");
        let between = Length::Between {
            min: seconds("20.4"),
            max: seconds("40"),
        };
        let requests = [
            QuoteRequest::new(Operation::LinkCreate).with_count(3),
            QuoteRequest::new(Operation::LipsyncV2Generate).with_length(seconds("10.4")),
            QuoteRequest::new(Operation::LinkToVideoPreviewList)
                .with_length(between)
                .with_previews(9),
            QuoteRequest::new(Operation::InspirationGenerate).with_catalogue_credits(credits),
        ];
        for request in requests {
            let quote = RateCard::latest().quote(&request).expect("a price");
            let quoted = Quoted::from(&quote);
            let text = serde_json::to_string(&quoted).expect("JSON");
            assert_eq!(
                serde_json::from_str::<Quoted>(&text).ok(),
                Some(quoted),
                "{text}"
            );
        }
        let turned = r#"{"usage":{"seconds":null,"count":1,"previews":1},
            "totals":{"min":2,"likely":1,"max":3}}"#;
        assert!(serde_json::from_str::<Quoted>(turned).is_err());
    }
}
