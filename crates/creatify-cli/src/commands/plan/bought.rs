//! What a number of credits buys, of each operation and model alone.

use creatify::core::pricing::{Prices, QuoteError};
use creatify::{Credits, Model, Operation, QuoteRequest, Seconds};
use schemars::JsonSchema;
use serde::Serialize;

use crate::fail::Fail;

/// What the credits buy of one thing, if they buy nothing else; by price alone, whatever length
/// the service takes.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Bought {
    #[schemars(with = "String")]
    pub(super) operation: Operation,
    /// The model; null where the operation has none.
    #[schemars(with = "Option<String>")]
    pub(super) model: Option<Model>,
    /// The longest single video, at most 86400 s; null where the price does not go by length.
    pub(super) longest_seconds: Option<Seconds>,
    /// The length of each video that is counted; null where the price does not go by length.
    pub(super) seconds: Option<Seconds>,
    /// The most calls; null where the service's catalogue names the price.
    pub(super) count: Option<u32>,
}

/// Every operation and model that has a price on the day.
pub(super) fn with(
    prices: &impl Prices,
    credits: Credits,
    seconds: Seconds,
) -> Result<Vec<Bought>, Fail> {
    let mut rows = Vec::new();
    for &operation in Operation::ALL {
        let mut models: Vec<Option<Model>> = operation.models().map(Some).collect();
        if models.is_empty() {
            models.push(None);
        }
        for model in models {
            let mut request = QuoteRequest::new(operation);
            if let Some(model) = model {
                request = request.with_model(model);
            }
            match of_one(prices, request, credits, seconds) {
                Ok(row) => rows.push(row),
                // Nothing to buy on that day.
                Err(QuoteError::NotOffered { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(rows)
}

fn of_one(
    prices: &impl Prices,
    request: QuoteRequest,
    credits: Credits,
    seconds: Seconds,
) -> Result<Bought, QuoteError> {
    let mut row = Bought {
        operation: request.operation(),
        model: request.model(),
        longest_seconds: None,
        seconds: None,
        count: None,
    };
    match prices.max_count_within(&request, credits) {
        Ok(count) => row.count = Some(count),
        Err(QuoteError::CatalogueCreditsMissing { .. }) => {}
        Err(QuoteError::LengthMissing { .. }) => {
            let one = request.with_length(seconds);
            row.longest_seconds = Some(prices.max_seconds_within(&request, credits)?);
            row.seconds = Some(seconds);
            row.count = Some(prices.max_count_within(&one, credits)?);
        }
        Err(error) => return Err(error),
    }
    Ok(row)
}
