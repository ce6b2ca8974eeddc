//! Findings are taken over whole or not at all, comments stay, and what was taken over is found no
//! more.

use xtask::docs::{Class, Copies, Decisions, Finding, Known, Report, accept, diff, page::Copy};
use xtask::generate::{self, Folder};

use crate::docs_own;

const TODAY: &str = "2026-12-01";

struct Outcome {
    accepted: accept::Accepted,
    after: Report,
}

fn copies(pages: &[(&str, String)]) -> Copies {
    Copies {
        copies: pages
            .iter()
            .map(|(id, text)| Copy {
                id: (*id).to_owned(),
                text: text.clone(),
                url: Some(format!("https://docs.example/{id}")),
            })
            .collect(),
        ..Copies::default()
    }
}

fn take(
    folder: &Folder,
    pages: &[(&str, String)],
    wanted: &dyn Fn(&Finding) -> bool,
) -> (Report, Outcome) {
    let known = Known::read(folder).expect("the folder is in order");
    let copies = copies(pages);
    let decisions = Decisions::parse(None).expect("no decision is in order");
    let report = diff(&known, &copies, &decisions);
    let accepted =
        accept::accept(&known, &copies, &decisions, &report, wanted, TODAY).expect("judged");
    let after = diff(
        &Known::read(&accepted.folder).expect("still in order"),
        &copies,
        &accepted.decisions,
    );
    (report, Outcome { accepted, after })
}

fn edited(page: &str, from: &str, to: &str) -> (String, String) {
    let (_, text) = docs_own::pages()
        .into_iter()
        .find(|(id, _)| *id == page)
        .expect("a page of our own");
    assert!(text.contains(from), "{from:?} is not on {page}");
    (page.to_owned(), text.replace(from, to))
}

fn shown(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| finding.to_json().to_string())
        .collect()
}

#[test]
fn what_was_taken_over_is_found_no_more() {
    let mut wrong = Vec::new();
    let mut taken = 0;
    for (page, _) in docs_own::pages() {
        for (from, to, ..) in docs_own::edits(page) {
            let (id, text) = edited(page, from, to);
            let (report, outcome) = take(&docs_own::openapi(), &[(&id, text)], &|_| true);
            if outcome.accepted.left.is_empty() {
                taken += 1;
                if !outcome.after.findings.is_empty() {
                    wrong.push(format!(
                        "{page}: {from:?} -> {to:?}: {:#?}",
                        shown(&outcome.after.findings)
                    ));
                }
            } else {
                let by_hand = outcome
                    .accepted
                    .left
                    .iter()
                    .all(|(_, reason)| !reason.is_empty());
                if !by_hand || shown(&outcome.after.findings) != shown(&report.findings) {
                    wrong.push(format!("{page}: {from:?}: left without a trace"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(taken >= 30, "only {taken} edits can be taken over");
}

#[test]
fn a_change_leaves_comments_and_neighbours_alone() {
    let page = edited("cups-create", "length: 30", "length: 20");
    let (_, outcome) = take(&docs_own::openapi(), &[(&page.0, page.1)], &|_| true);
    let before = docs_own::openapi();
    let (old, new) = (
        before.get("schemas/pottery.yaml").unwrap(),
        outcome.accepted.folder.get("schemas/pottery.yaml").unwrap(),
    );
    assert!(new.starts_with("# All of the pottery.\n"));
    let changed: Vec<(&str, &str)> = old
        .lines()
        .zip(new.lines())
        .filter(|(old, new)| old != new)
        .collect();
    assert_eq!(
        changed,
        [(
            "      name: { type: string, maxLength: 30 }",
            "      name: { type: string, maxLength: 20 }"
        )]
    );
    assert!(
        outcome
            .accepted
            .folder
            .get("pages.toml")
            .unwrap()
            .starts_with("# The pages of the pottery.\n")
    );
    assert_eq!(
        outcome.accepted.bump().as_str().split(' ').next(),
        Some("minor")
    );
    assert_eq!(outcome.accepted.changelog().len(), 1);
}

#[test]
fn a_price_is_appended_and_the_old_row_stays() {
    let page = edited("cups-create", "2 credits per image", "3 credits per image");
    let (_, outcome) = take(&docs_own::openapi(), &[(&page.0, page.1)], &|_| true);
    let rates = Known::read(&outcome.accepted.folder)
        .unwrap()
        .source
        .prices
        .rates;
    let rows: Vec<_> = rates
        .iter()
        .filter(|row| row.operation == "cup.generate")
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].millicredits, rows[1].millicredits), (2_000, 3_000));
    let days = Some(["2026-11-20".to_owned(), TODAY.to_owned()]);
    assert_eq!(rows[1].effective_between, days);
    assert_eq!(rows[1].pages, ["cups-create"]);
}

#[test]
fn a_price_in_the_changelog_begins_in_its_month() {
    let page = edited(
        "changelog",
        "# What changed\n",
        "# What changed\n\n## June 2027\n\n* `fast_v1`: now **4 credits per second**.\n",
    );
    let (report, outcome) = take(&docs_own::openapi(), &[(&page.0, page.1)], &|_| true);
    assert_eq!(report.findings.len(), 1, "{:#?}", shown(&report.findings));
    assert_eq!(
        report.findings[0].effective_from.as_deref(),
        Some("2027-06")
    );
    let rates = Known::read(&outcome.accepted.folder)
        .unwrap()
        .source
        .prices
        .rates;
    assert_eq!(
        rates.last().unwrap().effective_from.as_deref(),
        Some("2027-06")
    );
    assert!(
        outcome.after.findings.is_empty(),
        "{:#?}",
        shown(&outcome.after.findings)
    );
}

#[test]
fn a_new_model_with_its_price_in_one_sentence_is_one_api_and_one_price_finding() {
    let (id, text) = edited(
        "pots-create",
        "and fast_v1 model costs 2 credits per second.",
        "fast_v1 model costs 2 credits per second, and fast_v2 model costs 5 credits per second.",
    );
    let text = text
        .replace("standard, fast_v1 Size", "standard, fast_v1, fast_v2 Size")
        .replace("fast_v1 - Quick", "fast_v1 - Quickfast_v2 - Quicker");
    let (report, outcome) = take(&docs_own::openapi(), &[(&id, text)], &|_| true);
    let classes: Vec<Class> = report
        .findings
        .iter()
        .map(|finding| finding.class)
        .collect();
    assert_eq!(
        classes,
        [Class::Price, Class::Api],
        "{:#?}",
        shown(&report.findings)
    );
    assert!(
        outcome.accepted.left.is_empty(),
        "{:?}",
        outcome.accepted.left
    );
    let known = Known::read(&outcome.accepted.folder).unwrap();
    let row = known
        .source
        .prices
        .rates
        .iter()
        .find(|row| row.model.as_deref() == Some("fast_v2"))
        .unwrap();
    assert_eq!((row.millicredits, row.unit_seconds), (5_000, Some(1)));
    let values = known
        .raw
        .pointer("/components/schemas/ModelVersion/enum")
        .unwrap();
    assert_eq!(
        *values,
        serde_json::json!(["standard", "fast_v1", "fast_v2"])
    );
}

#[test]
fn another_page_that_still_prints_the_old_is_noted_once() {
    let cup = edited("cups-create", "gloss", "satin");
    let (_, outcome) = take(&docs_own::openapi(), &[(&cup.0, cup.1)], &|_| true);
    assert!(outcome.after.findings.is_empty());
    assert!(outcome.accepted.followed.is_empty());
}

#[test]
fn an_operation_never_seen_becomes_a_client() {
    let page = MUGS.to_owned();
    let (report, outcome) = take(&docs_own::openapi(), &[("mugs-create", page)], &|_| true);
    assert_eq!(report.findings.len(), 1, "{:#?}", shown(&report.findings));
    assert_eq!(report.findings[0].class, Class::PageNew);
    assert!(
        outcome.accepted.left.is_empty(),
        "{:?}",
        outcome.accepted.left
    );
    assert!(
        outcome.after.findings.is_empty(),
        "{:#?}",
        shown(&outcome.after.findings)
    );
    let outputs = generate::render_folder(&crate::folder::root(), &outcome.accepted.folder)
        .expect("generated");
    let client = outputs
        .iter()
        .find(|output| output.path.ends_with("creatify-api/src/generated.rs"))
        .unwrap();
    assert!(
        client.text.contains("pub async fn mugs_create"),
        "the client has the operation"
    );
    assert!(
        client.text.contains("pub struct MugRequest"),
        "and its types"
    );
    let rates = outputs
        .iter()
        .find(|output| output.path.ends_with("pricing/generated.rs"))
        .unwrap();
    assert!(
        rates.text.contains("MugGenerate"),
        "and the price book its price"
    );
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    for (from, to, reason) in [
        (
            "handle: { type: [boolean, 'null'] }",
            "handle: { type: [boolean, string] }",
            "`type` lists several types",
        ),
        (
            "handle: { type: [boolean, 'null'] }",
            "handle: { not: { type: string } }",
            "`not` cannot be written",
        ),
        (
            "handle: { type: [boolean, 'null'] }",
            "handle: { anyOf: [{ type: string }, { type: integer }] }",
            "`anyOf` of 2 schemas",
        ),
        (
            "handle: { type: [boolean, 'null'] }",
            "handle: { type: array, prefixItems: [] }",
            "`prefixItems`",
        ),
        ("openapi: 3.1.0", "openapi: 4.0.0", "version `4.0.0`"),
        (
            "            application/json:\n              schema: { $ref: '#/components/schemas/MugRequest' }\n",
            "",
            "no application/json",
        ),
        (
            "'#/components/schemas/Lid'",
            "'#/components/schemas/Nothing'",
            "is not there",
        ),
    ] {
        assert!(MUGS.contains(from), "{from}");
        let page = MUGS.replace(from, to);
        let (report, _) = take(&docs_own::openapi(), &[("mugs-create", page)], &|_| false);
        let told = shown(&report.findings);
        assert!(
            told.len() == 1
                && report.findings[0].class == Class::Unreadable
                && told[0].contains(reason),
            "{to}: {told:?}"
        );
    }
}

#[test]
fn a_decision_keeps_a_finding_quiet_and_is_made_once() {
    let known = docs_own::known();
    let page = edited("cups-create", "gloss", "satin");
    let copies = copies(&[(&page.0, page.1)]);
    let mut decisions = Decisions::parse(None).unwrap();
    let report = diff(&known, &copies, &decisions);
    decisions
        .add(&report.findings[0], "the kiln says otherwise", TODAY)
        .unwrap();
    assert!(decisions.add(&report.findings[0], "again", TODAY).is_err());
    assert!(decisions.add(&report.findings[0], " ", TODAY).is_err());
    let decisions = Decisions::parse(Some(decisions.text())).unwrap();
    let report = diff(&known, &copies, &decisions);
    assert!(report.findings.is_empty());
    assert_eq!(report.ignored, 1);
}

/// A page in OpenAPI 3.1 with everything that has to be rewritten.
const MUGS: &str = "\
# Make a mug

A mug costs 2 credits per image.

## OpenAPI

````yaml post /api/mugs/
openapi: 3.1.0
info: { title: t, version: '1' }
paths:
  /api/mugs/:
    post:
      operationId: mugs_create
      tags: [mugs]
      description: >-
        Words that are folded
        over two lines.
      requestBody:
        required: true
        content:
            application/json:
              schema: { $ref: '#/components/schemas/MugRequest' }
            application/x-www-form-urlencoded:
              schema: { $ref: '#/components/schemas/MugRequest' }
            multipart/form-data:
              schema: { $ref: '#/components/schemas/MugRequest' }
      responses:
        '201':
          description: ''
          content:
            application/json:
              schema:
                allOf:
                  - { $ref: '#/components/schemas/Made' }
                  - type: object
                    properties:
                      mug_url: { type: [string, 'null'], format: uri }
      security:
        - X-API-ID: []
          X-API-KEY: []
components:
  schemas:
    MugRequest:
      type: object
      required: [name]
      properties:
        name: { type: string, maxLength: 12, examples: [a] }
        handle: { type: [boolean, 'null'] }
        lid:
          oneOf:
            - { $ref: '#/components/schemas/Lid' }
            - { type: 'null' }
        colour: { type: string, enum: [red, blue] }
        size:
          type: object
          properties:
            height: { type: number, exclusiveMinimum: 0 }
        kind: { const: mug }
    Lid:
      anyOf:
        - { $ref: '#/components/schemas/LidParts' }
    LidParts:
      type: object
      properties:
        knob: { type: string }
    Made:
      type: object
      required: [id]
      properties:
        id: { type: string, format: uuid }

````
";
