//! Months against plans: from a number of credits, and from a file of calls.

use serde_json::{Value, json};

use crate::support::{Run, creatify, write};

/// A month on fixed prices: 9 previews and one render, 60 avatars in the month of a change.
const MONTH: &str = "\
operation,model,seconds,count,previews,on
link-to-video.preview-list,,30,1,9,
link-to-video.render-single-preview,,30,1,,
lipsync-v2.generate,aurora_v1,10.4,60,,2026-05-15
custom-template.generate,,45,10,,
link.create,,,3,,
";

fn of_credits(credits: &str, more: &[&str]) -> Run {
    let arguments = ["plan", "--credits", credits, "--on", "2026-11-20"];
    creatify(&[&arguments[..], more].concat())
}

fn of_file(rows: &str, more: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "month.csv", rows);
    creatify(&[&["plan", &file, "--on", "2026-11-20"], more].concat())
}

#[track_caller]
fn is_number(value: &Value, expected: f64) {
    assert_eq!(value.as_f64(), Some(expected), "{value}");
}

fn ids(document: &Value) -> Vec<&str> {
    let assumptions = document["assumptions"].as_array().expect("a list");
    assumptions
        .iter()
        .filter_map(|assumption| assumption["id"].as_str())
        .collect()
}

#[test]
fn the_cheapest_plan_is_the_one_whose_credits_are_enough() {
    for (credits, plan) in [
        ("0", json!("starter")),
        ("500", json!("starter")),
        ("500.001", json!("pro")),
        ("2000", json!("pro")),
        ("2000.5", Value::Null),
    ] {
        let month = of_credits(credits, &["--json"]).ends_with(0).json();
        let expected = json!({"min": plan, "likely": plan, "max": plan});
        assert_eq!(month["cheapest"], expected, "{credits}");
        assert_eq!(month["plans"][0]["cents"], 9_900);
        assert_eq!(month["plans"][1]["cents"], 29_900);
    }
    let text = of_credits("2000.5", &[]).ends_with(0).stdout;
    assert!(text.contains("no plan with a published price is surely enough"));
    assert!(text.contains("overage-price-unpublished"));
}

#[test]
fn an_allowance_is_gone_on_a_day_of_the_calendar() {
    let month = of_credits("800", &["--json"]).ends_with(0).json();
    // 500 x 30 / 800 = 18.75 days from 2026-11-20 on
    let [starter, pro] = [0, 1].map(|at| &month["plans"][at]);
    assert_eq!(starter["days"], json!({"min": 18, "likely": 18, "max": 18}));
    assert_eq!(starter["gone_on"]["earliest"], "2026-12-08");
    assert_eq!(starter["enough"], "no");
    is_number(&starter["short"]["max"], 300.0);
    // Credits that are enough last until the next ones come.
    assert_eq!(
        pro["days"],
        json!({"min": null, "likely": null, "max": null})
    );
    assert_eq!(
        (&pro["enough"], &pro["gone_on"]["latest"]),
        (&json!("surely"), &Value::Null)
    );
    is_number(&pro["left"]["min"], 1_200.0);
    let expected = ["overage-price-unpublished", "even-use", "month-alone"];
    assert_eq!(ids(&month), expected);
}

#[test]
fn credits_buy_so_much_of_each_thing_alone() {
    let month = of_credits("500", &["--json", "--seconds", "45"])
        .ends_with(0)
        .json();
    let bought = |operation: &str, model: Value| {
        let rows = month["buys"].as_array().expect("a list");
        let row = rows
            .iter()
            .find(|row| row["operation"] == operation && row["model"] == model);
        row.unwrap_or_else(|| panic!("no {operation}")).clone()
    };
    // 500 / 5 blocks of 30 s; 500 / (2 x 5)
    let template = bought("custom-template.generate", json!("standard"));
    is_number(&template["longest_seconds"], 3_000.0);
    assert_eq!(template["count"], 50);
    // 500 / 0.5; 500 / 22.5 = 22.2
    let aurora = bought("aurora.generate", json!("aurora_v1_fast"));
    is_number(&aurora["longest_seconds"], 1_000.0);
    assert_eq!(aurora["count"], 22);
    let link = bought("link.create", Value::Null);
    assert_eq!(
        (&link["count"], &link["longest_seconds"]),
        (&json!(500), &Value::Null)
    );
    // Its price is not published, and an unknown price is not 0.
    let recipe = bought("inspiration.generate", Value::Null);
    assert_eq!(recipe["count"], Value::Null);
    // In September 2025 there was one model less.
    let then = ["plan", "--credits", "500", "--on", "2025-09-30", "--json"];
    let then = creatify(&then).ends_with(0).json();
    let models = |month: &Value, model: &str| {
        let rows = month["buys"].as_array().expect("a list");
        rows.iter().filter(|row| row["model"] == model).count()
    };
    assert_eq!(models(&then, "aurora_v1_fast"), 0);
    assert!(models(&then, "aurora_v1") > 0 && models(&month, "aurora_v1_fast") > 0);
}

#[test]
fn a_file_is_a_month() {
    let month = of_file(MONTH, &["--json"]).ends_with(0).json();
    // 1 to 9; 4; 60 x 11 to 60 x 20; 10 x 2 x 5; 3
    let credits = json!({"min": 768, "likely": 776, "max": 1316});
    assert_eq!(
        (&month["credits"], &month["workload"]["credits"]),
        (&credits, &credits)
    );
    assert_eq!(month["workload"]["rows"], 5);
    let pro = json!({"min": "pro", "likely": "pro", "max": "pro"});
    assert_eq!(month["cheapest"], pro);
    // 500 x 30 / 1316 = 11.4, 500 x 30 / 776 = 19.3
    let days = json!({"min": 11, "likely": 19, "max": 19});
    assert_eq!(month["plans"][0]["days"], days);
    assert_eq!(month["plans"][0]["gone_on"]["earliest"], "2026-12-01");
    let of = |id: &str| {
        let all = month["assumptions"].as_array().expect("a list");
        all.iter()
            .find(|assumption| assumption["id"] == id)
            .cloned()
    };
    // 60 x (20 - 11), and 9 - 1
    let change = of("effective-day-unknown").expect("it is told");
    assert_eq!(
        (&change["rows"], &change["spread"]),
        (&json!(1), &json!(540))
    );
    let list = of("preview-list-count-contradicted").expect("it is told");
    assert_eq!((&list["rows"], &list["spread"]), (&json!(1), &json!(8)));
    assert_eq!(
        of("started-unit").map(|unit| unit["rows"].clone()),
        Some(json!(3))
    );
    assert_eq!(
        of("month-alone").map(|alone| alone["rows"].clone()),
        Some(Value::Null)
    );
    assert_eq!(month["buys"], json!([]));
}

#[test]
fn previews_are_held_against_direct_videos() {
    let month = of_file(MONTH, &["--json", "--keep", "1/9"])
        .ends_with(0)
        .json();
    let previews = &month["previews"];
    assert_eq!(
        (&previews["row_count"], &previews["keep"]),
        (&json!(3), &json!("1/9"))
    );
    let nine = &previews["rows"][0];
    assert_eq!((&nine["line"], &nine["videos"]), (&json!(2), &json!(9)));
    assert_eq!(
        nine["credits"]["previews"],
        json!({"min": 1, "likely": 9, "max": 9})
    );
    assert_eq!(
        nine["credits"]["preview_first"],
        json!({"min": 5, "likely": 13, "max": 13})
    );
    assert_eq!(
        nine["credits"]["direct"],
        json!({"min": 45, "likely": 45, "max": 45})
    );
    assert_eq!(nine["cheaper"], "preview-first");
    let border = |renders: u64, share: &str| json!({"renders": renders, "share": share});
    let expected = json!({
        "surely": border(9, "1"), "likely": border(9, "1"), "possibly": border(9, "11/9")
    });
    assert_eq!(nine["break_even"], expected);
    // In the month of the change an avatar costs 11 or 20, its preview 1 to 20, a render 4 to 20.
    let avatars = &previews["rows"][1];
    assert_eq!(
        (&avatars["cheaper"], &avatars["break_even"]["surely"]),
        (&json!("open"), &Value::Null)
    );
    // (60 x 11 - 60 x 1) / (60 x 11), and (60 x 20 - 60 x 1) / (60 x 4)
    assert_eq!(avatars["break_even"]["likely"], border(54, "10/11"));
    assert_eq!(avatars["break_even"]["possibly"], border(60, "19/4"));
    // 45 + (660 to 1200) + 100
    let direct = json!({"min": 805, "likely": 805, "max": 1345});
    assert_eq!(previews["direct"], direct);
    // Without a share there is nothing to expect.
    let month = of_file(MONTH, &["--json"]).ends_with(0).json();
    assert_eq!(month["previews"]["preview_first"], Value::Null);
    assert_eq!(month["previews"]["rows"][0]["cheaper"], Value::Null);
}

/// 20, 12.5 and 5 credits each.
const WANTED: &str = "\
operation,model,seconds,count,value
lipsync-v2.generate,aurora_v1,20,9,81
lipsync-v2.generate,aurora_v1_fast,25,9,50
lipsync-v2.generate,standard,30,9,10
";

#[test]
fn the_best_mix_is_not_the_greedy_one() {
    let mix = |rows: &str, budget: &str| {
        let month = of_file(rows, &["--json", "--budget", budget]);
        let mix = month.ends_with(0).json()["mix"].take();
        let counts: Vec<Value> = mix["rows"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| row["count"].clone())
            .collect();
        (counts, mix["value"].clone(), mix["credits"]["max"].clone())
    };
    // Two of the first and two of the last are worth 182, 4 of the second 200.
    let best = (vec![json!(0), json!(4), json!(0)], json!(200), json!(50));
    assert_eq!(mix(WANTED, "50"), best);
    // Where each is worth the same, the cheapest come first: 9 x 5 and nothing for the other 5.
    let alike = WANTED.replace(",value", ",worth");
    let most = (vec![json!(0), json!(0), json!(9)], json!(9), json!(45));
    assert_eq!(mix(&alike, "50"), most);
    let lines = r#"{"operation": "link.create", "count": 3, "value": 2}
{"operation": "script.create", "count": 3, "value": 3}
"#;
    assert_eq!(
        mix(lines, "4"),
        (vec![json!(1), json!(3)], json!(11), json!(4))
    );
    let text = of_file(WANTED, &["--budget", "50"]).ends_with(0).stdout;
    assert!(text.contains(
        "the best mix for 50 credits:\n  line 2: 0 of 9 lipsync-v2.generate, aurora_v1\n"
    ));
    assert!(text.contains("  together: 50 credits, worth 200\n"));
    // Without a budget there is no mix, and nobody looks at the values.
    let month = of_file(&WANTED.replace(",81", ",much"), &["--json"])
        .ends_with(0)
        .json();
    assert_eq!(
        (&month["mix"], &month["workload"]["bad_count"]),
        (&Value::Null, &json!(0))
    );
}

#[test]
fn what_cannot_be_mixed_is_told() {
    let bad = WANTED.replace(",81", ",much").replace(",50", ",-1");
    let month = of_file(&bad, &["--json", "--budget", "50"])
        .ends_with(0)
        .json();
    let message = "value `much` is no whole number; give one from 0 to 18446744073709551615";
    let told = &month["workload"]["bad"];
    assert_eq!(
        (&told[0]["line"], &told[0]["message"]),
        (&json!(2), &json!(message))
    );
    assert_eq!(told[1]["line"], 3);
    assert_eq!(month["mix"]["rows"].as_array().map(Vec::len), Some(1));
    let dated = "operation,on\nlink.create,2026-10-01\nlink.create,2026-11-20\nlipsync.generate,\n";
    let month = of_file(dated, &["--json", "--budget", "50"])
        .ends_with(0)
        .json();
    let message = "the row is for 2026-10-01 and the budget for 2026-11-20; leave out the day, or \
                   name it by --on";
    assert_eq!(month["workload"]["bad"][0]["message"], message);
    assert_eq!(month["workload"]["bad_count"], 2);
    assert_eq!(month["mix"]["rows"][0]["line"], 3);
    // A step of a thousandth makes the table as long as the budget has thousandths.
    let fine = "operation,count,catalogue_credits\n\
                inspiration.generate,4000000,0.001\n\
                inspiration.generate,4000000,0.002\n";
    let refused = of_file(fine, &["--json", "--budget", "9000"]).ends_with(2);
    let message = refused.error()["message"].as_str().map(str::to_owned);
    assert!(message.is_some_and(|message| message.contains("and the limit is 4194304")));
}

/// A render at 2 credits for each started 30 s, and a video at 10.
const CARD: &str = r#"mode = "override"

[[rate]]
operation = "custom-template.render"
model = "standard"
millicredits = 2_000
unit = "time"
unit_seconds = 30
read_on = "2026-11-20"
source = "order form 2026-117"

[[rate]]
operation = "custom-template.generate"
model = "standard"
millicredits = 10_000
unit = "time"
unit_seconds = 30
read_on = "2026-11-20"
source = "order form 2026-117"
"#;

#[test]
fn agreed_prices_change_the_month_the_border_and_the_mix() {
    let folder = tempfile::tempdir().expect("a folder");
    let card = write(folder.path(), "card.toml", CARD);
    let rows = "operation,seconds,count\ncustom-template.generate,30,100\n";
    let with_card = ["--json", "--keep", "1/4", "--budget", "95", "--card", &card];
    let month = of_file(rows, &with_card).ends_with(0).json();
    is_number(&month["credits"]["max"], 1_000.0); // 100 x 10
    assert_eq!(month["cheapest"]["max"], "pro");
    let row = &month["previews"]["rows"][0];
    is_number(&row["credits"]["preview_first"]["max"], 150.0); // 100 x 1 + 25 x 2
    assert_eq!(row["break_even"]["surely"]["share"], "9/2"); // (1000 - 100) / 200
    assert_eq!(month["mix"]["rows"][0]["count"], 9);
    let month = of_file(rows, &with_card[..5]).ends_with(0).json();
    is_number(&month["credits"]["max"], 500.0); // 100 x 5
    assert_eq!(month["mix"]["rows"][0]["count"], 19);
    let bought = of_credits("500", &["--json", "--card", &card])
        .ends_with(0)
        .json();
    let rows = bought["buys"].as_array().expect("a list");
    let row = rows
        .iter()
        .find(|row| row["operation"] == "custom-template.generate");
    assert_eq!(row.map(|row| row["count"].clone()), Some(json!(50)));
}

#[test]
fn a_bad_row_is_told_with_its_line() {
    let rows = format!("{MONTH}nothing,,,,,\nlink.create,,3,1,,\n");
    let month = of_file(&rows, &["--json"]).ends_with(0).json();
    let workload = &month["workload"];
    assert_eq!(
        (&workload["rows"], &workload["bad_count"]),
        (&json!(7), &json!(2))
    );
    assert_eq!(workload["bad"][1]["line"], 8);
    assert_eq!(month["credits"]["max"], 1316);
    let strict = of_file(&rows, &["--json", "--strict"]).ends_with(2);
    let message = strict.error()["message"].as_str().map(str::to_owned);
    assert!(message.is_some_and(|message| message.starts_with("line 7: unknown operation")));
}

#[test]
fn a_thousand_rows_are_added_up_and_a_hundred_told() {
    let rows = "lipsync.generate,30,2\n".repeat(1_000);
    let month = of_file(&format!("operation,seconds,count\n{rows}"), &["--json"]);
    let month = month.ends_with(0).json();
    // 1000 x 2 x 5
    assert_eq!(
        month["credits"],
        json!({"min": 10_000, "likely": 10_000, "max": 10_000})
    );
    let previews = &month["previews"];
    assert_eq!(previews["rows"].as_array().map(Vec::len), Some(100));
    assert_eq!(
        (&previews["row_count"], &previews["direct"]["max"]),
        (&json!(1_000), &json!(10_000))
    );
    assert_eq!(month["cheapest"]["min"], Value::Null);
}

#[test]
fn the_text_says_the_same() {
    let text = of_file(MONTH, &["--keep", "1/9"]).ends_with(0).stdout;
    for line in [
        "a month from 2026-11-20: 768 to 1316 credits, likely 776",
        "cheapest plan that is surely enough: pro",
        "  line 2: 9 times link-to-video.generate, standard: 45 credits",
        "    costs no more with up to 9 rendered",
        "    1/9 kept: 5 to 13 credits, likely 13; cheaper: preview-first",
        "    costs no more surely never, likely with up to 54 rendered, possibly with up to 60 \
         rendered",
        "  effective-day-unknown: the price changed on an unknown day of 2026-05; the range spans \
         the old and the new one (1 row, widens the range by 540)",
    ] {
        assert!(
            text.lines().any(|printed| printed == line),
            "{line}\n{text}"
        );
    }
    let text = of_credits("500", &[]).ends_with(0).stdout;
    assert!(text.contains("100 of 30 s") && text.contains("as its catalogue says"));
}

#[test]
fn what_is_no_month_is_refused() {
    for arguments in [
        &["plan"][..],
        &["plan", "--credits", "-1"],
        &["plan", "--credits", "0.0001"],
        &["plan", "--credits", "5", "month.csv"],
        &["plan", "--credits", "5", "--keep", "1/9"],
        &["plan", "--credits", "5", "--strict"],
        &["plan", "--credits", "5", "--budget", "5"],
        &["plan", "--credits", "5", "--seconds", "86401"],
        &["plan", "/nowhere/at/all.csv"],
        &["plan", "/nowhere/at/all.csv", "--keep", "10/9"],
        &["plan", "/nowhere/at/all.csv", "--keep", "some"],
        &["plan", "/nowhere/at/all.csv", "--seconds", "30"],
        &["plan", "--credits", "5", "--on", "2026-02-30"],
    ] {
        let run = creatify(arguments).ends_with(2);
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
    let share = creatify(&["plan", "x.csv", "--keep", "10/9"]).ends_with(2);
    assert!(
        share
            .stderr
            .contains("10/9 is more than all previews; give 0 to 1")
    );
}
