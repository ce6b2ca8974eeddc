//! `--card`: prices of one's own in every quote, and a bad card refused with its place.

use serde_json::json;
use tempfile::TempDir;

use crate::support::{TEMPLATE_VIDEO, World, creatify, write};

const AGREED: &str = r#"
mode = "override"

[[rate]]
operation = "custom-template.render"
model = "standard"
millicredits = 3_200
unit = "time"
unit_seconds = 30
effective_from = "2026-12-01"
read_on = "2026-11-20"
source = "order form 117"
"#;

pub(crate) const AGREED_JSON: &str = r#"{"mode": "override", "rate": [{
    "operation": "link.create", "millicredits": 500, "unit": "link", "effective_from": "2020-01",
    "read_on": "2026-11-20", "source": "annex 2"
}]}"#;

/// A folder with both cards in it.
fn cards() -> (TempDir, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let toml = write(folder.path(), "agreed.toml", AGREED);
    let json = write(folder.path(), "agreed.json", AGREED_JSON);
    (folder, toml, json)
}

#[test]
fn a_quote_takes_the_agreed_price_from_its_first_day_on() {
    let (_folder, card, _) = cards();
    let quote = |day: &str, more: &[&str]| {
        let arguments = [
            "quote",
            "custom-template.render",
            "--seconds",
            "45",
            "--on",
            day,
        ];
        creatify(&[&arguments[..], &["--card", &card], more].concat()).ends_with(0)
    };
    assert_eq!(quote("2026-11-30", &["--json"]).json()["credits"]["max"], 8);
    let after = quote("2026-12-01", &["--json"]).json();
    assert_eq!(
        after["credits"],
        json!({"min": 6.4, "likely": 6.4, "max": 6.4})
    );
    let line = &after["lines"][0];
    assert_eq!(line["grade"], "agreed");
    assert_eq!(line["source"], "order form 117");
    assert_eq!(line["effective_from"], "2026-12-01");
    let text = quote("2026-12-01", &[]).stdout;
    assert!(text.contains("agreed, order form 117"), "{text}");
}

#[test]
fn every_command_that_quotes_takes_cards() {
    let (folder, toml, json) = cards();
    let both = [
        "--card",
        &toml,
        "--card",
        &json,
        "--on",
        "2026-12-01",
        "--json",
    ];
    let workload = "operation,seconds,count,on\n\
                    custom-template.render,45,2,\n\
                    custom-template.render,45,1,2026-11-20\n\
                    link.create,,4,\n";
    let file = write(folder.path(), "workload.csv", workload);
    // 2 x 6.4 + 8 + 4 x 0.5
    let summary = creatify(&[&["quote", "--file", &file][..], &both].concat()).ends_with(0);
    assert_eq!(summary.json()["credits"]["likely"], 22.8);
    let month = creatify(&[&["plan", &file][..], &both].concat()).ends_with(0);
    assert_eq!(month.json()["credits"]["likely"], 22.8);
    // A render of one's own is a call of its own: what is quoted is what is reserved.
    let world = World::new();
    let free = r#"{"mode": "override", "rate": [{
        "operation": "custom-template.generate", "model": "standard", "millicredits": 1250,
        "unit": "call", "read_on": "2026-11-20", "source": "flat"
    }]}"#;
    let free = write(folder.path(), "flat.json", free);
    let dry = [
        &TEMPLATE_VIDEO[..],
        &["--dry-run", "--json", "--card", &free],
    ]
    .concat();
    let dry = world.run(&dry).ends_with(0).json();
    assert_eq!(dry["quote"]["credits"]["max"], 1.25);
    assert!(world.posts().is_empty());
}

#[test]
fn rates_show_the_card_and_what_it_changes() {
    let (folder, toml, json) = cards();
    let rows = creatify(&["rates", "--card", &json, "--json"])
        .ends_with(0)
        .json();
    let row = rows
        .as_array()
        .expect("rows")
        .iter()
        .find(|row| row["operation"] == "link.create");
    let row = row.expect("a row");
    assert_eq!(
        (&row["grade"], &row["source"]),
        (&json!("agreed"), &json!("annex 2"))
    );
    let table = creatify(&["rates", "--card", &json]).ends_with(0).stdout;
    assert!(table.contains("annex 2"), "{table}");
    let diff = |more: &[&str]| {
        creatify(&[&["rates", "--diff", &toml][..], more].concat())
            .ends_with(0)
            .stdout
    };
    assert_eq!(
        diff(&["--on", "2026-12-01"]),
        "custom-template.render, standard: 4 credits per started 30 s becomes 3.2 credits per \
         started 30 s, from 2026-12-01\n"
    );
    assert_eq!(
        diff(&["--on", "2026-11-30"]),
        "no price changes on 2026-11-30\n"
    );
    let history = diff(&["--history"]);
    assert!(
        history.starts_with("custom-template.render, standard: new, 3.2 credits"),
        "{history}"
    );
    // Held against what is layered already, it changes nothing.
    let same = diff(&["--on", "2026-12-01", "--card", &toml]);
    assert_eq!(same, "no price changes on 2026-12-01\n");
    let document = creatify(&["rates", "--diff", &json, "--json"])
        .ends_with(0)
        .json();
    assert_eq!(document[0]["change"], "price");
    assert_eq!(document[0]["old"]["credits_per_unit"], 1);
    assert_eq!(document[0]["new"]["credits_per_unit"], 0.5);
    drop(folder);
}

#[test]
fn a_bad_card_is_refused_with_file_row_and_key() {
    let (folder, toml, _) = cards();
    let refused = |name: &str, text: &str| {
        let card = write(folder.path(), name, text);
        let run = creatify(&["quote", "link.create", "--card", &card, "--json"]).ends_with(2);
        let message = run.error()["message"].as_str().expect("a text").to_owned();
        assert!(message.contains(&format!("card {card}: ")), "{message}");
        assert!(
            run.stderr.contains("hint: `creatify schema rate-card`"),
            "{}",
            run.stderr
        );
        message
    };
    let message = refused("key.toml", &AGREED.replace("unit_seconds", "seconds"));
    assert!(
        message.contains("row 1, line 9, key seconds: unknown"),
        "{message}"
    );
    let older = AGREED
        .replace("override", "update")
        .replace("2026-11-20", "2026-01-01")
        .replace("read_on", "grade = \"printed\"\nread_on");
    let message = refused("older.toml", &older);
    assert!(
        message.contains(
            "row 1, line 4, key read_on: custom-template.render, standard: read on 2026-01-01"
        ),
        "{message}"
    );
    refused("not.json", "mode = 1");
    let gone = format!("{toml}.gone");
    for arguments in [
        &["quote", "link.create", "--card", &gone][..],
        &["rates", "--diff", &gone],
        &["plan", "--credits", "5", "--card", &gone],
    ] {
        let run = creatify(arguments).ends_with(2);
        assert!(run.stderr.contains(&gone), "{}", run.stderr);
    }
}
