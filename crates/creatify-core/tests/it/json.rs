//! JSON: the published shape of a quote, and exact amounts.

use creatify_core::job::Status;
use creatify_core::pricing::Plan;
use creatify_core::{
    Credits, Day, JobRef, Length, Month, Operation, QuoteRequest, RateCard, Seconds,
};
use proptest::prelude::*;
use serde_json::{Value, from_str, json, to_string, to_value};

fn card() -> RateCard {
    RateCard::on("2026-11-20".parse().unwrap())
}

fn seconds(text: &str) -> Seconds {
    text.parse().unwrap()
}

#[test]
fn a_quote_has_the_published_shape() {
    let request = QuoteRequest::new(Operation::CustomTemplateRender).with_length(seconds("45"));
    let quote = card().quote(&request).unwrap();
    let source = quote.lines()[0].rate().source().page().unwrap().url;
    let expected = json!({
        "operation": "custom-template.render", "model": "standard", "on": "2026-11-20",
        "usage": {"seconds": 45, "count": 1, "previews": 1},
        "credits": {"min": 8, "likely": 8, "max": 8},
        "usd": null,
        "lines": [{"text": "2 started units of 30 s at 4 credits", "units": 2,
                   "credits_per_unit": 4, "unit_seconds": 30, "credits": 8,
                   "effective_from": null, "grade": "printed", "source": source}],
        "assumptions": [{"id": "started-unit",
                         "text": "a started 30 s is charged in full; observed, not printed"}]
    });
    assert_eq!(to_value(&quote).unwrap(), expected);
    let text = to_string(&quote).unwrap();
    let keys = [
        "operation",
        "model",
        "on",
        "usage",
        "credits",
        "usd",
        "lines",
        "assumptions",
    ];
    let places = keys.map(|key| text.find(&format!("\"{key}\":")).unwrap());
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn a_quote_keeps_halves_ranges_and_dollars_exact() {
    let request = QuoteRequest::new(Operation::LinkToVideoPreviewList)
        .with_model("aurora_v1_fast".parse().unwrap())
        .with_length(seconds("10.4"))
        .with_previews(9);
    let quote = card()
        .quote(&request)
        .unwrap()
        .with_plan(Plan::Starter)
        .unwrap();
    let value = to_value(&quote).unwrap();
    assert_eq!(
        value["usage"],
        json!({"seconds": 10.4, "count": 1, "previews": 9})
    );
    // Once 1, 9 x 1, once 5.5, 9 x 5.5.
    assert_eq!(
        value["credits"],
        json!({"min": 1, "likely": 9, "max": 49.5})
    );
    let cents = json!({"min": 20, "likely": 179, "max": 981}); // 49.5 x 19.8 = 980.1
    let usd = json!({"plan": "starter", "cents": cents, "basis": "plan-average"});
    assert_eq!(value["usd"], usd);
    let doubts = value["assumptions"].as_array().unwrap();
    assert_eq!(doubts[0]["credits"], json!({"min": 9, "max": 49.5}));
    assert_eq!(doubts[1]["credits"], json!({"min": 1, "max": 9}));
    assert!(to_string(&quote).unwrap().contains("\"max\":49.5"));
}

#[test]
fn what_has_no_length_or_model_is_null() {
    let quote = card()
        .quote(&QuoteRequest::new(Operation::LinkCreate))
        .unwrap();
    let value = to_value(&quote).unwrap();
    assert_eq!(value["model"], Value::Null);
    assert_eq!(value["usage"]["seconds"], Value::Null);
    assert_eq!(value["lines"][0]["unit_seconds"], Value::Null);
}

#[test]
fn a_length_known_as_a_range_shows_both_ends() {
    let length = Length::Between {
        min: seconds("20"),
        max: seconds("40.5"),
    };
    let request = QuoteRequest::new(Operation::LipsyncV2Generate).with_length(length);
    let value = to_value(card().quote(&request).unwrap()).unwrap();
    let usage = json!({"seconds": 40.5, "seconds_min": 20, "count": 1, "previews": 1});
    assert_eq!(value["usage"], usage);
}

#[test]
fn a_price_with_a_month_shows_it() {
    let request = QuoteRequest::new(Operation::CustomTemplateGenerate)
        .with_model("aurora_v1".parse().unwrap())
        .with_length(seconds("10.4"));
    let value = to_value(card().quote(&request).unwrap()).unwrap();
    assert_eq!(value["lines"][0]["effective_from"], "2026-05");
    assert_eq!(value["assumptions"], json!([]));
}

#[test]
fn a_settlement_shows_its_drift() {
    let request = QuoteRequest::new(Operation::LipsyncV2Generate).with_length(seconds("20"));
    let quote = card().quote(&request).unwrap();
    let settlement = quote.settle("6".parse().unwrap());
    let expected = json!({
        "matched": false, "charged": 6, "assumptions": [],
        "drift": {"operation": "lipsync-v2.generate", "model": "standard",
                  "usage": {"seconds": 20, "count": 1, "previews": 1},
                  "quote": {"min": 5, "likely": 5, "max": 5}, "bill": 6}
    });
    assert_eq!(to_value(settlement).unwrap(), expected);
}

#[test]
fn credits_are_read_from_numbers_and_text() {
    for (text, millicredits) in [
        ("5", 5_000),
        ("5.5", 5_500),
        ("\"5.5\"", 5_500),
        ("5.0", 5_000),
        ("0", 0),
        ("\"0\"", 0),
    ] {
        assert_eq!(
            from_str::<Credits>(text).unwrap().millicredits(),
            millicredits
        );
    }
    for text in [
        "-1",
        "-0.5",
        "\"five\"",
        "null",
        "true",
        "[]",
        "5.4999999",
        "1e300",
    ] {
        assert!(from_str::<Credits>(text).is_err(), "{text}");
    }
}

#[test]
fn lengths_are_read_from_numbers_and_text() {
    for (text, millis) in [("45", 45_000), ("10.4", 10_400), ("\"10.4\"", 10_400)] {
        assert_eq!(from_str::<Seconds>(text).unwrap().millis(), millis);
    }
    for text in ["-1", "86401", "\"nan\"", "null", "1e300"] {
        assert!(from_str::<Seconds>(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_no_amount_is_told_what_one_is() {
    let message = from_str::<Credits>("true").unwrap_err().to_string();
    assert!(message.contains("expected credits as a number or as text"));
    let message = from_str::<Seconds>("true").unwrap_err().to_string();
    assert!(message.contains("expected seconds as a number or as text"));
}

proptest! {
    #[test]
    fn credits_are_written_as_their_exact_decimal(millicredits in 0_u64..1 << 50) {
        let credits = Credits::from_millicredits(millicredits);
        let text = to_string(&credits).unwrap();
        prop_assert_eq!(&text, &credits.to_string());
        prop_assert_eq!(from_str::<Credits>(&text).unwrap(), credits);
    }

    #[test]
    fn whole_credits_of_any_size_are_integers(whole in 0..=u64::MAX / 1_000) {
        let credits = Credits::from_whole(whole).unwrap();
        prop_assert_eq!(to_string(&credits).unwrap(), whole.to_string());
        prop_assert_eq!(from_str::<Credits>(&whole.to_string()).unwrap(), credits);
    }

    #[test]
    fn any_status_survives(text in any::<String>()) {
        let status: Status = from_str(&to_string(&text).unwrap()).unwrap();
        prop_assert_eq!(status.as_str(), &text);
        prop_assert_eq!(to_value(&status).unwrap(), Value::from(text));
    }
}

#[test]
fn names_are_written_and_read_as_text() {
    assert_eq!(
        to_string(&Operation::LinkCreate).unwrap(),
        "\"link.create\""
    );
    assert_eq!(
        from_str::<Operation>("\"link.create\"").unwrap(),
        Operation::LinkCreate
    );
    let message = from_str::<Operation>("\"link.delete\"")
        .unwrap_err()
        .to_string();
    assert!(message.contains("custom-template.generate"), "{message}");
    assert_eq!(
        from_str::<Day>("\"2026-11-20\"").unwrap().ymd(),
        (2_026, 11, 20)
    );
    assert_eq!(to_string(&Month::new(2_026, 5)).unwrap(), "\"2026-05\"");
    let job: JobRef = from_str("\"lipsync-v2.generate:abc\"").unwrap();
    assert_eq!(to_string(&job).unwrap(), "\"lipsync-v2.generate:abc\"");
}

#[cfg(feature = "schemars")]
#[test]
fn the_schema_of_a_quote_names_what_the_quote_holds() {
    let schema = schemars::schema_for!(creatify_core::Quote);
    let schema = schema.as_value();
    assert_eq!(schema["title"], "Quote");
    let request = QuoteRequest::new(Operation::CustomTemplateRender).with_length(seconds("45"));
    let quote = to_value(card().quote(&request).unwrap()).unwrap();
    for key in quote.as_object().unwrap().keys() {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
}

#[cfg(feature = "schemars")]
#[test]
fn the_schemas_of_amounts_have_their_limits() {
    let credits = schemars::schema_for!(Credits);
    assert_eq!(credits.as_value()["minimum"], 0);
    assert_eq!(credits.as_value()["type"], "number");
    let seconds = schemars::schema_for!(Seconds);
    assert_eq!(seconds.as_value()["minimum"], 0);
    assert_eq!(seconds.as_value()["maximum"], 86_400);
}
