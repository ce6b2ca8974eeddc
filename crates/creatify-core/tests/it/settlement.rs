//! Bills against quotes.

use creatify_core::pricing::PriceDrift;
use creatify_core::{Credits, Model, Operation, Quote, QuoteRequest, RateCard, Seconds};
use proptest::prelude::*;

fn quote(operation: Operation, model: Model, seconds: u64) -> Quote {
    let request = QuoteRequest::new(operation)
        .with_model(model)
        .with_length(Seconds::from_whole(seconds).unwrap());
    RateCard::latest().quote(&request).unwrap()
}

fn credits(whole: u64) -> Credits {
    Credits::from_whole(whole).unwrap()
}

proptest! {
    #[test]
    fn a_bill_matches_exactly_within_the_range(bill in 0_u64..40_000) {
        let quote = quote(Operation::CustomTemplateRender, Model::AuroraV1, 30); // 4 to 30
        let settlement = quote.settle(Credits::from_millicredits(bill));
        prop_assert_eq!(settlement.is_matched(), (4_000..=30_000).contains(&bill));
        prop_assert_eq!(settlement.charged().millicredits(), bill);
        prop_assert_eq!(settlement.assumption(), None);
    }

    #[test]
    fn a_second_bill_matches_as_the_last_call_or_as_the_sum(earlier in 0_u64..10, bill in 0_u64..40) {
        let quote = quote(Operation::CustomTemplateRender, Model::AuroraV1, 30); // 4 to 30
        let settlement = quote.settle_after(credits(earlier), credits(bill));
        let alone = (4..=30).contains(&bill);
        let summed = bill >= earlier && (4..=30).contains(&(bill - earlier));
        prop_assert_eq!(settlement.is_matched(), alone || summed);
        prop_assert_eq!(settlement.assumption().unwrap().id(), "credits-used-scope-unknown");
        let charged = if alone || !summed { bill } else { bill - earlier };
        prop_assert_eq!(settlement.charged(), credits(charged));
    }
}

#[test]
fn a_drift_names_everything_that_led_to_it() {
    let quote = quote(Operation::LipsyncV2Generate, Model::Standard, 20);
    let settlement = quote.settle(credits(6));
    let drift: &PriceDrift = settlement.drift().unwrap();
    assert_eq!(
        (drift.operation, drift.model),
        (quote.operation(), quote.model())
    );
    assert_eq!((drift.usage, drift.quote), (quote.usage(), quote.totals()));
    assert_eq!(drift.bill, credits(6));
    assert_eq!(
        drift.to_string(),
        "bill of 6 credits for lipsync-v2.generate with standard lies outside the quote of 5 \
         credits; the price table may be out of date, compare it with the pages"
    );
}
