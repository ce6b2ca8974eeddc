//! Workloads from files: every row by the rule of one request, bad rows by their line.

use serde_json::{Value, json};

use crate::support::{creatify, write};

const WORKLOAD: &str = "\
operation,model,seconds,count,previews,on
custom-template.render,,45,2,,
lipsync-v2.generate,aurora_v1_fast,10.4,1,,2026-11-20
lipsync-v2.generate,aurora_v1,10.4,1,,2026-05-15
link-to-video.preview-list,,30,1,9,
link.create,,,3,,
";

/// 2 x 8, 11 x 0.5, 11 to 20, 1 to 9, 3 x 1
fn expected() -> Value {
    json!({"min": 36.5, "likely": 44.5, "max": 53.5})
}

fn run(text: &str, name: &str, more: &[&str]) -> crate::support::Run {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), name, text);
    let mut arguments = vec!["quote", "--file", &file, "--on", "2026-11-20"];
    arguments.extend(more);
    creatify(&arguments)
}

#[test]
fn a_file_costs_what_its_rows_cost() {
    let summary = run(WORKLOAD, "workload.csv", &["--json"])
        .ends_with(0)
        .json();
    assert_eq!(summary["rows"], 5);
    assert_eq!(summary["credits"], expected());
    assert_eq!(
        (&summary["bad"], &summary["bad_count"]),
        (&json!([]), &json!(0))
    );
    let part = json!({"rows": 2, "credits": {"min": 16.5, "likely": 16.5, "max": 25.5}});
    assert_eq!(summary["by_operation"]["lipsync-v2.generate"], part);
}

#[test]
fn columns_may_stand_in_any_order_and_rows_may_be_json_lines() {
    let mixed = "count,note,seconds,operation,model\n\
                 2,first,45,custom-template.render,\n\
                 1,\"a, b\",10.4,lipsync-v2.generate,aurora_v1_fast\n";
    let lines = r#"{"operation": "custom-template.render", "seconds": 45, "count": 2}

{"operation": "lipsync-v2.generate", "seconds": 10.4, "model": "aurora_v1_fast", "note": 1}
"#;
    for (text, name) in [(mixed, "w.csv"), (lines, "w.jsonl")] {
        let summary = run(text, name, &["--json"]).ends_with(0).json();
        let credits = json!({"min": 21.5, "likely": 21.5, "max": 21.5});
        assert_eq!(
            (&summary["rows"], &summary["credits"]),
            (&json!(2), &credits)
        );
    }
}

#[test]
fn a_length_may_be_written_in_every_way_that_json_has() {
    let row = |seconds: &str| {
        format!("{{\"operation\": \"custom-template.render\", \"seconds\": {seconds}}}\n")
    };
    let credits = |seconds: &str| {
        let summary = run(&row(seconds), "w.jsonl", &["--json"])
            .ends_with(0)
            .json();
        assert_eq!(summary["bad_count"], 0, "{seconds}: {}", summary["bad"]);
        summary["credits"].clone()
    };
    let expected = credits("45");
    for same in ["45.0", "45.000", "4.5e1", "450E-1", " 45 "] {
        assert_eq!(credits(same), expected, "{same}");
    }
    let bad = ["-45", "1e300", "\"long\"", "[45]", "45.5.5"]
        .map(row)
        .concat();
    let summary = run(&bad, "w.jsonl", &["--json"]).ends_with(0).json();
    assert_eq!(summary["bad_count"], 5, "{summary}");
}

#[test]
fn a_bad_row_is_told_with_its_line_and_leaves_the_others_alone() {
    let bad = format!("{WORKLOAD}custom-template.publish,,45,1,,\nlink.create,,3,1,,\n");
    let summary = run(&bad, "workload.csv", &["--json"]).ends_with(0).json();
    assert_eq!(summary["credits"], expected());
    assert_eq!(
        (&summary["rows"], &summary["bad_count"]),
        (&json!(7), &json!(2))
    );
    assert_eq!(
        (&summary["bad"][0]["line"], &summary["bad"][1]["line"]),
        (&json!(7), &json!(8))
    );
    let message = summary["bad"][0]["message"].as_str().expect("a text");
    assert!(message.starts_with("unknown operation `custom-template.publish`; use one of"));

    let strict = run(&bad, "workload.csv", &["--strict", "--json"]).ends_with(2);
    assert!(
        strict.error()["message"]
            .as_str()
            .expect("a text")
            .starts_with("line 7: unknown")
    );

    let json =
        "{\"operation\": \"link.create\"}\n{\"operation\": \"link.create\", \"count\": -1}\n";
    let summary = run(json, "w.jsonl", &["--json"]).ends_with(0).json();
    assert_eq!(
        (&summary["bad_count"], &summary["bad"][0]["line"]),
        (&json!(1), &json!(2))
    );
}

#[test]
fn a_line_of_json_that_is_no_text_is_a_bad_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("workload.jsonl");
    let line = b"{\"operation\": \"link.create\", \"note\": \"caf\xe9\"}\n";
    let rows = [line.as_slice(), b"{\"operation\": \"link.create\"}\n"].concat();
    std::fs::write(&file, rows).expect("a file");
    let file = file.display().to_string();
    let summary = creatify(&["quote", "--file", &file, "--json"])
        .ends_with(0)
        .json();
    assert_eq!(summary["credits"], json!({"min": 1, "likely": 1, "max": 1}));
    assert_eq!(summary["bad"][0]["line"], 1);
}

#[test]
fn bytes_that_are_no_text_matter_only_in_columns_that_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("workload.csv");
    let rows = b"operation,count,note\nlink.create,2,caf\xe9\nlink.cr\xe9ate,1,\nlink.create,1,\n";
    std::fs::write(&file, rows).expect("a file");
    let file = file.display().to_string();
    let summary = creatify(&["quote", "--file", &file, "--json"])
        .ends_with(0)
        .json();
    assert_eq!(summary["credits"], json!({"min": 3, "likely": 3, "max": 3}));
    assert_eq!(
        (&summary["rows"], &summary["bad"][0]["line"]),
        (&json!(3), &json!(3))
    );
}

#[test]
fn at_most_a_hundred_bad_rows_are_told() {
    let text = format!("operation\n{}", "nothing.known\n".repeat(250));
    let summary = run(&text, "workload.csv", &["--json"]).ends_with(0).json();
    assert_eq!(summary["bad"].as_array().map(Vec::len), Some(100));
    assert_eq!(summary["bad_count"], 250);
}

#[test]
fn each_row_can_be_printed() {
    let each = run(WORKLOAD, "workload.csv", &["--each"]).ends_with(0);
    let lines: Vec<&str> = each.stdout.lines().collect();
    assert_eq!(lines[0], "line 2: custom-template.render: 16 credits");
    assert_eq!(
        lines.last(),
        Some(&"5 rows: 36.5 to 53.5 credits, likely 44.5")
    );
}

#[test]
fn a_change_is_priced_and_can_be_limited() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = write(
        folder.path(),
        "old.csv",
        "operation,count\nlink.create,10\n",
    );
    let new = write(folder.path(), "new.csv", "operation,count\nlink.create,4\n");
    let diff = |old: &str, new: &str, limit: &[&str]| {
        let mut arguments = vec!["quote", "--json", "--diff", old, new];
        arguments.extend(limit);
        creatify(&arguments)
    };
    let cheaper = diff(&old, &new, &["--max-increase", "0"])
        .ends_with(0)
        .json();
    assert_eq!(
        cheaper["change"],
        json!({"min": -6.0, "likely": -6.0, "max": -6.0})
    );
    diff(&new, &old, &["--max-increase", "6"]).ends_with(0);
    diff(&new, &old, &["--max-increase", "5.999"]).ends_with(6);
}

#[test]
fn what_cannot_be_a_workload_is_refused() {
    run("model,seconds\nstandard,3\n", "w.csv", &[]).ends_with(2);
    creatify(&["quote", "--file", "/nowhere/at/all.csv"]).ends_with(2);
    run(WORKLOAD, "w.csv", &["link.create"]).ends_with(2);
    run(WORKLOAD, "w.csv", &["--seconds", "3"]).ends_with(2);
}

#[test]
fn a_recipe_costs_what_the_catalogue_says() {
    let quote = |more: &[&str]| {
        let mut arguments = vec!["quote", "inspiration.generate", "--json"];
        arguments.extend(more);
        creatify(&arguments)
    };
    let quoted = quote(&["--catalogue-credits", "8.5"]).ends_with(0).json();
    assert_eq!(
        quoted["credits"],
        json!({"min": 8.5, "likely": 8.5, "max": 8.5})
    );
    quote(&[]).ends_with(2);
}
