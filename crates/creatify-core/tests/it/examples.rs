//! The worked examples, each with its arithmetic, and what they say about themselves.

use creatify_core::pricing::QuoteError;
use creatify_core::{Day, Model, Operation, Quote, QuoteRequest, RateCard, Seconds, Totals};

/// One example: what is asked for, on which day, and the three amounts in thousandths.
#[track_caller]
fn check(request: QuoteRequest, on: &str, expected: (u64, u64, u64), assumptions: &[&str]) {
    let quote = quote(request, on).unwrap();
    let amounts = [quote.min(), quote.likely(), quote.max()].map(|credits| credits.millicredits());
    assert_eq!((amounts[0], amounts[1], amounts[2]), expected);
    let ids: Vec<&str> = quote
        .assumptions()
        .iter()
        .map(|assumption| assumption.id())
        .collect();
    assert_eq!(ids, assumptions);
}

fn quote(request: QuoteRequest, on: &str) -> Result<Quote, QuoteError> {
    RateCard::on(on.parse::<Day>().unwrap()).quote(&request)
}

fn request(operation: &str, seconds: &str) -> QuoteRequest {
    QuoteRequest::new(operation.parse().unwrap()).with_length(seconds.parse::<Seconds>().unwrap())
}

const TODAY: &str = "2026-11-20";
const EXACTLY: fn(u64) -> (u64, u64, u64) = |credits| (credits, credits, credits);

#[test]
fn render_of_45_seconds() {
    // ceil(45 / 30) x 4
    check(
        request("custom-template.render", "45"),
        TODAY,
        EXACTLY(2 * 4_000),
        &["started-unit"],
    );
}

#[test]
fn aurora_by_the_second() {
    let fast = Model::AuroraV1Fast;
    for operation in [
        "custom-template.generate",
        "lipsync-v2.generate",
        "link-to-video.generate",
    ] {
        let ten_point_four = request(operation, "10.4");
        // ceil(10.4) x 1 and ceil(10.4) x 0.5
        check(
            ten_point_four.with_model(Model::AuroraV1),
            TODAY,
            EXACTLY(11 * 1_000),
            &[],
        );
        check(
            ten_point_four.with_model(fast),
            TODAY,
            EXACTLY(11 * 500),
            &[],
        );
    }
}

#[test]
fn aurora_before_the_change() {
    let ten_point_four = request("custom-template.generate", "10.4");
    // ceil(10.4 / 15) x 20 and ceil(10.4 / 15) x 10
    for (model, credits) in [(Model::AuroraV1, 20_000), (Model::AuroraV1Fast, 10_000)] {
        let old = ten_point_four.with_model(model);
        check(old, "2026-04-30", EXACTLY(credits), &["started-unit"]);
    }
}

#[test]
fn aurora_in_the_month_of_the_change() {
    // From the new 11 x 1 to the old 1 x 20, on any day of May.
    let ten_point_four = request("custom-template.generate", "10.4").with_model(Model::AuroraV1);
    for day in ["2026-05-01", "2026-05-15", "2026-05-31"] {
        check(
            ten_point_four,
            day,
            (11_000, 11_000, 20_000),
            &["effective-day-unknown"],
        );
    }
    check(ten_point_four, "2026-06-01", EXACTLY(11_000), &[]);
}

#[test]
fn aurora_before_and_in_its_first_month() {
    let cases = [
        (
            Model::AuroraV1,
            "2025-08-31",
            "2025-09-15",
            20_000,
            "2025-09",
        ),
        (
            Model::AuroraV1Fast,
            "2025-09-15",
            "2025-10-31",
            10_000,
            "2025-10",
        ),
    ];
    for (model, before, within, credits, month) in cases {
        let generate = request("custom-template.generate", "10.4").with_model(model);
        let message = quote(generate, before).unwrap_err().to_string();
        let expected = format!("{model} was first offered for custom-template.generate in {month}");
        assert!(message.starts_with(&expected), "{message}");
        check(
            generate,
            within,
            EXACTLY(credits),
            &["effective-day-unknown", "started-unit"],
        );
    }
}

#[test]
fn a_refused_model_is_not_offered_as_another_one() {
    let refusal = |operation: &str, model, on| {
        let generate = request(operation, "10").with_model(model);
        quote(generate, on).unwrap_err().to_string()
    };
    let message = refusal("lipsync-v2.generate", Model::AuroraV1, "2025-08-31");
    assert_eq!(
        message,
        "aurora_v1 was first offered for lipsync-v2.generate in 2025-09, after 2025-08-31; take a \
         later day or another model: standard"
    );
    // The other Aurora model is offered by then.
    let message = refusal("lipsync-v2.generate", Model::AuroraV1Fast, "2025-09-10");
    assert!(
        message.ends_with("another model: standard, aurora_v1"),
        "{message}"
    );
    // None is.
    let message = refusal("aurora.generate", Model::AuroraV1, "2025-08-31");
    assert!(
        message.ends_with("after 2025-08-31; take a later day"),
        "{message}"
    );
}

#[test]
fn nine_previews_and_one_render() {
    let previews = request("link-to-video.preview-list", "30").with_previews(9);
    let assumptions = ["preview-list-count-contradicted", "started-unit"];
    // Once for all, or 9 x 1.
    check(previews, TODAY, (1_000, 9_000, 9_000), &assumptions);
    let render = request("link-to-video.render-single-preview", "30");
    check(render, TODAY, EXACTLY(4_000), &["started-unit"]);

    let card = RateCard::on(TODAY.parse().unwrap());
    let together = Totals::checked_sum([previews, render].map(|part| card.totals(&part).unwrap()));
    assert_eq!(together.unwrap().to_string(), "5 to 13 credits, likely 13");
    // Nine direct videos: 9 x 5.
    let direct = request("link-to-video.generate", "30").with_count(9);
    check(direct, TODAY, EXACTLY(45_000), &["started-unit"]);
}

#[test]
fn nine_previews_with_a_model_meet_both_doubts() {
    let previews = request("link-to-video.preview-list", "30")
        .with_previews(9)
        .with_model(Model::AuroraV1Fast);
    let assumptions = [
        "aurora-phase-price-undocumented",
        "preview-list-count-contradicted",
        "started-unit",
    ];
    // 1 once, 9 x 1, 30 x 0.5 once, 9 x 30 x 0.5
    check(previews, TODAY, (1_000, 9_000, 135_000), &assumptions);
    let quote = quote(previews, TODAY).unwrap();
    let ranges: Vec<_> = quote
        .assumptions()
        .iter()
        .map(|assumption| assumption.range())
        .collect();
    let range = |min: u64, max: u64| {
        let credits = creatify_core::Credits::from_millicredits;
        Some((credits(min), credits(max)))
    };
    assert_eq!(ranges, [range(9_000, 135_000), range(1_000, 9_000), None]);
}

#[test]
fn render_and_preview_with_a_model_have_two_readings() {
    let model = Model::AuroraV1;
    let doubt = "aurora-phase-price-undocumented";
    // 30 s: the headline 1 x 4, the model's text 30 x 1.
    let render = request("custom-template.render", "30").with_model(model);
    check(render, TODAY, (4_000, 30_000, 30_000), &[doubt]);
    // 30 s: the headline 1 x 1, the model's text 30 x 1.
    let preview = request("custom-template.preview", "30").with_model(model);
    check(
        preview,
        TODAY,
        (1_000, 1_000, 30_000),
        &[doubt, "started-unit"],
    );
    // 10 s in May 2026: headline 4, new text 10 x 1, old text 1 x 20.
    let render = request("custom-template.render", "10").with_model(model);
    check(
        render,
        "2026-05-20",
        (4_000, 10_000, 20_000),
        &["effective-day-unknown", doubt],
    );
}

#[test]
fn a_day_after_the_last_reading_is_said_to_be_one() {
    let render = request("custom-template.render", "45");
    check(
        render,
        "2026-11-21",
        EXACTLY(8_000),
        &["after-records", "started-unit"],
    );
}

#[test]
fn links_are_charged_by_the_link() {
    let link = QuoteRequest::new(Operation::LinkCreate);
    check(link.with_count(3), TODAY, EXACTLY(3 * 1_000), &[]);
    assert_eq!(
        quote(link, TODAY).unwrap().lines()[0].to_string(),
        "1 link at 1 credit"
    );
    let lines = quote(link.with_count(3), TODAY).unwrap();
    assert_eq!(lines.lines()[0].to_string(), "3 links at 1 credit");
    assert_eq!(lines.model(), None);
}

#[test]
fn operations_beside_the_video_families() {
    // What is asked for, the credits with their arithmetic, the grade, and the line's text.
    let by_length = [
        // 10.4 s of audio: ceil(10.4) x 1, the page's own example.
        ("aurora.generate", "10.4", 11 * 1_000, "printed"),
        ("lipsync.generate", "31", 2 * 5_000, "printed"),
        ("lipsync.preview", "31", 2 * 1_000, "second-hand"),
        ("lipsync.render", "31", 2 * 4_000, "printed"),
        // A clip of 3 s was billed 5.
        ("ai-short.generate", "3", 5_000, "printed"),
        ("ai-short.preview", "30.001", 2 * 1_000, "printed"),
        ("ai-short.render", "30", 4_000, "second-hand"),
        ("ai-editing.generate", "60", 2 * 5_000, "second-hand"),
        ("ai-editing.preview", "61", 3 * 1_000, "second-hand"),
        ("ai-editing.render", "1", 4_000, "second-hand"),
        ("text-to-speech.generate", "45", 2 * 1_000, "second-hand"),
        // A sample of just over 30 s was billed 84.
        ("ads-clone.generate", "30.001", 7 * 12_000, "second-hand"),
    ];
    for (operation, seconds, credits, grade) in by_length {
        let quote = quote(request(operation, seconds), TODAY).unwrap();
        let amounts = [quote.min(), quote.likely(), quote.max()];
        assert_eq!(
            amounts.map(|c| c.millicredits()),
            [credits; 3],
            "{operation}"
        );
        assert_eq!(quote.lines()[0].rate().source().grade().as_str(), grade);
    }
    let by_call = [
        ("script.create", 1_000, "observed", "2 calls at 1 credit"),
        ("banner.generate", 2_000, "observed", "2 calls at 2 credits"),
        (
            "html-ad.generate",
            10_000,
            "second-hand",
            "2 calls at 10 credits",
        ),
    ];
    for (operation, credits, grade, text) in by_call {
        let twice = QuoteRequest::new(operation.parse().unwrap()).with_count(2);
        let quote = quote(twice, TODAY).unwrap();
        assert_eq!(quote.min(), quote.max());
        assert_eq!(quote.likely().millicredits(), 2 * credits, "{operation}");
        assert_eq!(quote.lines()[0].rate().source().grade().as_str(), grade);
        assert_eq!(quote.lines()[0].to_string(), text);
    }
}

#[test]
fn product_videos_have_two_prices() {
    let contradicted = "price-contradicted";
    // 1 by the call, 2 by the image.
    let image = QuoteRequest::new(Operation::ProductVideoImage).with_count(3);
    check(
        image,
        TODAY,
        (3 * 1_000, 3 * 2_000, 3 * 2_000),
        &[contradicted],
    );
    // 3 by the call, ceil(45 / 30) x 10 by length.
    check(
        request("product-video.video", "45"),
        TODAY,
        (3_000, 2 * 10_000, 2 * 10_000),
        &["started-unit", contradicted],
    );
}

#[test]
fn an_inspiration_costs_what_its_catalogue_says() {
    let inspiration = QuoteRequest::new(Operation::InspirationGenerate);
    let eight_and_a_half = inspiration
        .with_catalogue_credits("8.5".parse().unwrap())
        .with_count(2);
    check(
        eight_and_a_half,
        TODAY,
        EXACTLY(2 * 8_500),
        &["catalogue-cost"],
    );
    let line = quote(eight_and_a_half, TODAY).unwrap().lines()[0].clone();
    assert_eq!(line.to_string(), "2 jobs at 8.5 credits");
    assert_eq!(line.rate().credits_per_unit().to_string(), "8.5");
    for (request, message) in [
        (
            inspiration,
            "inspiration.generate costs what the service's catalogue says and that is not given; \
             give the catalogue credits of the recipe",
        ),
        (
            QuoteRequest::new(Operation::LinkCreate).with_catalogue_credits("8".parse().unwrap()),
            "link.create has a price of its own; leave out the catalogue credits",
        ),
    ] {
        assert_eq!(quote(request, TODAY).unwrap_err().to_string(), message);
    }
    let most = inspiration
        .with_catalogue_credits(creatify_core::Credits::MAX)
        .with_count(2);
    assert_eq!(quote(most, TODAY), Err(QuoteError::TooLarge));
}

#[test]
fn zero_seconds_cost_nothing() {
    for operation in Operation::ALL
        .iter()
        .filter(|operation| operation.takes_length())
    {
        let nothing = QuoteRequest::new(*operation).with_length(Seconds::ZERO);
        let with_models = operation.models().map(|model| nothing.with_model(model));
        for nothing in with_models.chain([nothing]) {
            let quote = RateCard::latest().quote(&nothing).unwrap();
            assert_eq!(quote.totals(), Totals::ZERO, "{operation}");
            assert_eq!(quote.lines()[0].units(), 0, "{operation}");
        }
    }
}

#[test]
fn lines_read_as_sentences() {
    let cases = [
        (
            request("custom-template.render", "45"),
            "2 started units of 30 s at 4 credits",
        ),
        (
            request("custom-template.preview", "30"),
            "1 started unit of 30 s at 1 credit",
        ),
        (
            request("lipsync-v2.generate", "10.4").with_model(Model::AuroraV1Fast),
            "11 started units of 1 s at 0.5 credits",
        ),
        (
            request("link-to-video.preview-list", "30").with_previews(9),
            "9 previews, each 1 started unit of 30 s at 1 credit",
        ),
        (
            request("link-to-video.preview-list", "45")
                .with_previews(9)
                .with_count(2),
            "2 times 9 previews, each 2 started units of 30 s at 1 credit",
        ),
    ];
    for (request, text) in cases {
        assert_eq!(quote(request, TODAY).unwrap().lines()[0].to_string(), text);
    }
}

#[test]
fn a_refused_request_says_what_to_do() {
    let card = RateCard::latest();
    let render = request("custom-template.render", "45");
    let cases = [
        (
            QuoteRequest::new(Operation::CustomTemplateRender),
            "custom-template.render is charged by length and none is given; give seconds from 0 \
             to 86400",
        ),
        (
            request("link.create", "3"),
            "link.create is charged whatever the length; leave out the seconds",
        ),
        (
            render.with_previews(2),
            "custom-template.render takes no number of previews; leave it out or use \
             link-to-video.preview-list",
        ),
        (
            request("link-to-video.preview-list", "30").with_previews(0),
            "number of previews is 0; give 1 or more",
        ),
        (render.with_count(0), "count is 0; give 1 or more"),
        (
            QuoteRequest::new(Operation::LinkCreate).with_model(Model::AuroraV1),
            "link.create takes no model; leave out aurora_v1",
        ),
        (
            request("link-to-video.preview-list", "86400")
                .with_model(Model::AuroraV1)
                .with_previews(u32::MAX)
                .with_count(u32::MAX),
            "price exceeds the maximum of 18446744073709551.615 credits; split the request",
        ),
    ];
    for (request, message) in cases {
        assert_eq!(card.quote(&request).unwrap_err().to_string(), message);
        assert!(card.totals(&request).is_err());
    }
}

#[test]
fn an_unknown_name_lists_what_there_is() {
    let message = "custom-template.publish"
        .parse::<Operation>()
        .unwrap_err()
        .to_string();
    assert!(message.starts_with("unknown operation `custom-template.publish`; use one of "));
    for operation in Operation::ALL {
        assert!(message.contains(operation.as_str()));
        assert_eq!(operation.as_str().parse(), Ok(*operation));
    }
    let message = "aurora_v2".parse::<Model>().unwrap_err().to_string();
    let expected = "unknown model `aurora_v2`; use one of standard, aurora_v1, aurora_v1_fast";
    assert_eq!(message, expected);
}

#[test]
fn dollars_are_a_plans_average_rounded_up_to_the_cent() {
    use creatify_core::pricing::Plan;

    let quote = quote(
        request("link-to-video.preview-list", "30").with_previews(9),
        TODAY,
    )
    .unwrap();
    let usd = quote
        .clone()
        .with_plan(Plan::Starter)
        .unwrap()
        .usd()
        .unwrap();
    // 1 x 9900 / 500 = 19.8, 9 x 19.8 = 178.2
    assert_eq!(
        (usd.min_cents, usd.likely_cents, usd.max_cents),
        (20, 179, 179)
    );
    let usd = quote.with_plan(Plan::Pro).unwrap().usd().unwrap();
    // 1 x 29900 / 2000 = 14.95, 9 x 14.95 = 134.55
    assert_eq!(
        (usd.min_cents, usd.likely_cents, usd.max_cents),
        (15, 135, 135)
    );
    let message = "enterprise".parse::<Plan>().unwrap_err().to_string();
    assert_eq!(
        message,
        "unknown plan `enterprise`; use one of starter, pro"
    );
}
