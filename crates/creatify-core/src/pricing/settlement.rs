//! The bill against the quote: matched, or a sign that the price table is out of date.
//!
//! Only a final job's bill is worth comparing: the service reports 0 at first and fills the
//! amount in later, even while the job is running. Nothing here waits for that.

use core::fmt;

use super::{Assumption, AssumptionKind, Model, Operation, Totals, Usage};
use crate::credits::Credits;

/// What came of comparing a bill with a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    charged: Credits,
    drift: Option<PriceDrift>,
    assumption: Option<Assumption>,
}

impl Settlement {
    /// Whether the bill lies within the quote's range, under one of its readings.
    #[must_use]
    pub const fn is_matched(&self) -> bool {
        self.drift.is_none()
    }

    /// What this call is taken to have cost; what a budget posts.
    ///
    /// Where both readings of a second bill fit, it is the dearer one.
    #[must_use]
    pub const fn charged(&self) -> Credits {
        self.charged
    }

    /// How the bill misses the quote, when it does.
    #[must_use]
    pub const fn drift(&self) -> Option<&PriceDrift> {
        self.drift.as_ref()
    }

    /// What was taken for granted about the bill.
    #[must_use]
    pub const fn assumption(&self) -> Option<&Assumption> {
        self.assumption.as_ref()
    }
}

/// A bill outside the quote's range: the price table may be out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PriceDrift {
    /// What was paid for.
    pub operation: Operation,
    /// With which model.
    pub model: Option<Model>,
    /// How much of it.
    pub usage: Usage,
    /// The range that was quoted.
    pub quote: Totals,
    /// What the service says was charged.
    pub bill: Credits,
}

impl fmt::Display for PriceDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "bill of {} for {}",
            super::Amount(self.bill),
            self.operation
        )?;
        if let Some(model) = self.model {
            write!(f, " with {model}")?;
        }
        write!(
            f,
            " lies outside the quote of {}; the price table may be out of date, compare it with \
             the pages",
            self.quote
        )
    }
}

impl core::error::Error for PriceDrift {}

impl super::Quote {
    /// Compares the final bill of the first call on an id with the quote.
    ///
    /// # Example
    ///
    /// ```
    /// use creatify_core::{Credits, Operation, QuoteRequest, RateCard, Seconds};
    ///
    /// let request = QuoteRequest::new(Operation::LipsyncV2Generate)
    ///     .with_length(Seconds::from_whole(20)?);
    /// let quote = RateCard::latest().quote(&request)?;
    /// assert!(quote.settle("5".parse::<Credits>()?).is_matched());
    /// let settlement = quote.settle("6".parse::<Credits>()?);
    /// assert_eq!(settlement.drift().unwrap().quote, quote.totals());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn settle(&self, bill: Credits) -> Settlement {
        let drift = (!self.totals().contains(bill)).then(|| self.drift(bill));
        Settlement {
            charged: bill,
            drift,
            assumption: None,
        }
    }

    /// Compares the final bill of a second call on the same id with the quote.
    ///
    /// Nothing says whether the bill then holds the last call or the sum of both. Both readings
    /// are accepted; it is a drift only when neither fits.
    ///
    /// # Example
    ///
    /// ```
    /// use creatify_core::{Credits, Operation, QuoteRequest, RateCard, Seconds};
    ///
    /// let request = QuoteRequest::new(Operation::CustomTemplateRender)
    ///     .with_length(Seconds::from_whole(30)?);
    /// let render = RateCard::latest().quote(&request)?;
    /// let preview_bill: Credits = "1".parse()?;
    /// for (bill, charged) in [("4", "4"), ("5", "4")] {
    ///     let settlement = render.settle_after(preview_bill, bill.parse()?);
    ///     assert!(settlement.is_matched());
    ///     assert_eq!(settlement.charged().to_string(), charged);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn settle_after(&self, earlier_bill: Credits, bill: Credits) -> Settlement {
        let fits = |charged: &Credits| self.totals().contains(*charged);
        let sum_reading = bill.checked_sub(earlier_bill);
        // The bill itself is the dearer of the two, and so comes first.
        let charged = Some(bill).filter(fits).or(sum_reading.filter(fits));
        Settlement {
            charged: charged.unwrap_or(bill),
            drift: charged.is_none().then(|| self.drift(bill)),
            assumption: Some(Assumption::new(AssumptionKind::CreditsUsedScopeUnknown)),
        }
    }

    fn drift(&self, bill: Credits) -> PriceDrift {
        PriceDrift {
            operation: self.operation(),
            model: self.model(),
            usage: self.usage(),
            quote: self.totals(),
            bill,
        }
    }
}
