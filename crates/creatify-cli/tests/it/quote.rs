//! Prices: every worked example with its arithmetic, the shape of the JSON, the table of rates.

use serde_json::{Value, json};

use crate::support::creatify;

/// A worked example: arguments, then min, likely and max in credits.
type Example = (&'static str, [&'static str; 3]);

/// Each comment is the arithmetic by hand.
const EXAMPLES: &[Example] = &[
    // ceil(45 / 30) x 4
    ("custom-template.render --seconds 45", ["8", "8", "8"]),
    // ceil(10.4) x 1
    (
        "custom-template.generate --model aurora_v1 --seconds 10.4 --on 2026-11-20",
        ["11", "11", "11"],
    ),
    // ceil(10.4) x 0.5
    (
        "lipsync-v2.generate --model aurora_v1_fast --seconds 10.4 --on 2026-11-20",
        ["5.5", "5.5", "5.5"],
    ),
    // ceil(10.4 / 15) x 20, the last day before the month of the change
    (
        "custom-template.generate --model aurora_v1 --seconds 10.4 --on 2026-04-30",
        ["20", "20", "20"],
    ),
    // ceil(10.4 / 15) x 10
    (
        "custom-template.generate --model aurora_v1_fast --seconds 10.4 --on 2026-04-30",
        ["10", "10", "10"],
    ),
    // inside the month of the change: either of the two, likely the newer
    (
        "custom-template.generate --model aurora_v1 --seconds 10.4 --on 2026-05-15",
        ["11", "11", "20"],
    ),
    // once: ceil(30 / 30) x 1; each: 9 x 1
    (
        "link-to-video.preview-list --seconds 30 --previews 9",
        ["1", "9", "9"],
    ),
    // the smallest of once or each, headline or model: 1; the largest: 9 x 30 x 0.5; likely 9 x 1
    (
        "link-to-video.preview-list --seconds 30 --previews 9 --model aurora_v1_fast",
        ["1", "9", "135"],
    ),
    // ceil(30 / 30) x 4
    (
        "link-to-video.render-single-preview --seconds 30",
        ["4", "4", "4"],
    ),
    // 9 x ceil(30 / 30) x 5
    (
        "link-to-video.generate --seconds 30 --count 9",
        ["45", "45", "45"],
    ),
    // headline ceil(30 / 30) x 4, by model 30 x 1
    (
        "custom-template.render --model aurora_v1 --seconds 30",
        ["4", "30", "30"],
    ),
    // one link
    ("link.create", ["1", "1", "1"]),
    // nothing is no cost
    ("custom-template.generate --seconds 0", ["0", "0", "0"]),
];

#[test]
fn worked_examples_come_out_exactly() {
    for (arguments, [min, likely, max]) in EXAMPLES {
        let mut words = vec!["quote"];
        words.extend(arguments.split(' '));
        words.push("--json");
        let run = creatify(&words).ends_with(0);
        let expected = format!("{{\"min\":{min},\"likely\":{likely},\"max\":{max}}}");
        let expected: Value = serde_json::from_str(&expected).expect("it is JSON");
        assert_eq!(run.json()["credits"], expected, "{arguments}");
        // The text, too: 5.5 and not 5.499999 or 5.5000001.
        let text: String = run.stdout.split_whitespace().collect();
        let expected = format!("\"credits\":{{\"min\":{min},\"likely\":{likely},\"max\":{max}}}");
        assert!(text.contains(&expected), "{expected} in {text}");
    }
}

#[test]
fn a_quote_has_the_published_shape() {
    let arguments = [
        "quote",
        "custom-template.render",
        "--seconds",
        "45",
        "--on",
        "2026-11-20",
        "--json",
    ];
    let mut quote = creatify(&arguments).ends_with(0).json();
    let source = quote["lines"][0]["source"].take();
    assert!(
        source
            .as_str()
            .is_some_and(|url| url.starts_with("https://docs.creatify.ai/"))
    );
    let expected = json!({
        "operation": "custom-template.render", "model": "standard", "on": "2026-11-20",
        "usage": {"seconds": 45, "count": 1, "previews": 1},
        "credits": {"min": 8, "likely": 8, "max": 8},
        "usd": null,
        "lines": [{"text": "2 started units of 30 s at 4 credits", "units": 2,
                   "credits_per_unit": 4, "unit_seconds": 30, "credits": 8,
                   "effective_from": null, "grade": "printed", "source": null}],
        "assumptions": [{"id": "started-unit",
                         "text": "a started 30 s is charged in full; observed, not printed"}]
    });
    assert_eq!(quote, expected);
}

#[test]
fn an_operation_without_model_or_length_says_null() {
    let quote = creatify(&["quote", "link.create", "--json"])
        .ends_with(0)
        .json();
    assert_eq!(
        (&quote["model"], &quote["lines"][0]["unit_seconds"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn dollars_are_a_plans_average_rounded_up_to_the_cent() {
    // 8 x 9900 / 500 = 158.4 cents; 8 x 29900 / 2000 = 119.6 cents
    for (plan, cents) in [("starter", 159), ("pro", 120)] {
        let arguments = [
            "quote",
            "custom-template.render",
            "--seconds",
            "45",
            "--plan",
            plan,
            "--json",
        ];
        let usd = creatify(&arguments).ends_with(0).json()["usd"].take();
        let cents = json!({"min": cents, "likely": cents, "max": cents});
        assert_eq!(
            usd,
            json!({"plan": plan, "cents": cents, "basis": "plan-average"})
        );
    }
}

#[test]
fn a_range_of_lengths_is_quoted_as_a_range() {
    let arguments = "quote custom-template.generate --min-seconds 20 --max-seconds 70 --json";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let quote = creatify(&arguments).ends_with(0).json();
    // ceil(20 / 30) x 5 to ceil(70 / 30) x 5
    assert_eq!(quote["credits"], json!({"min": 5, "likely": 15, "max": 15}));
}

#[test]
fn text_names_total_source_grade_and_assumptions() {
    let run = creatify(&["quote", "custom-template.render", "--seconds", "45"]).ends_with(0);
    for part in [
        "total: 8 credits",
        "printed, https://docs.creatify.ai/",
        "started-unit: ",
    ] {
        assert!(run.stdout.contains(part), "{part:?} in {}", run.stdout);
    }
}

#[test]
fn rates_hold_unit_first_day_source_and_digest() {
    let rates = creatify(&["rates", "--json"]).ends_with(0).json();
    let rates = rates.as_array().expect("it is a list");
    let row = |operation: &str, model: &str| {
        let found = rates
            .iter()
            .find(|row| row["operation"] == operation && row["model"] == model);
        found.unwrap_or_else(|| panic!("no row of {operation} with {model}"))
    };
    let aurora = row("custom-template.generate", "aurora_v1");
    assert_eq!(aurora["credits_per_unit"], 1);
    assert_eq!(
        (&aurora["unit"], &aurora["unit_seconds"]),
        (&json!("time"), &json!(1))
    );
    assert_eq!(aurora["effective_from"], "2026-05");
    assert!(
        aurora["digest"]
            .as_str()
            .is_some_and(|digest| digest.starts_with("sha256:"))
    );
    let standard = row("lipsync-v2.render", "standard");
    assert_eq!(
        (&standard["effective_from"], &standard["digest"]),
        (&Value::Null, &Value::Null)
    );
    assert!(standard["source"].is_string());
}

#[test]
fn rates_go_back_in_time_and_history_holds_them_all() {
    let count = |arguments: &[&str]| {
        let rates = creatify(arguments).ends_with(0).json();
        let rows = rates.as_array().expect("it is a list").clone();
        let old = rows
            .iter()
            .filter(|row| row["credits_per_unit"] == 20)
            .count();
        (rows.len(), old)
    };
    let (_, old_then) = count(&["rates", "--on", "2026-04-30", "--json"]);
    let (now, old_now) = count(&["rates", "--on", "2026-11-20", "--json"]);
    let (all, old_ever) = count(&["rates", "--history", "--json"]);
    let (early, _) = count(&["rates", "--history", "--on", "2025-08-31", "--json"]);
    assert!(old_then > 0 && old_now == 0);
    assert_eq!(old_ever, old_then);
    assert!(all > now && early < now);
}
