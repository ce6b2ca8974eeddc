//! Tests of the whole path, from a folder to the files: on a small folder of their own, and on the
//! workspace's.

use std::borrow::Cow;
use std::{fs, path::Path};

use super::{
    Folder, Output, Problems, Source, assemble, client, lint, lower, render_folder, stale, write,
};

const PAGES: &str = r#"
[[page]]
id = "jobs"
url = "https://docs.example/jobs"
shape = "prose"
read_on = "2026-11-20"
via = "facts"
grade = "official"
"#;

const PRICES: &str = r#"
[[rate]]
operation = "video.generate"
model = "standard"
millicredits = 5_000
unit = "time"
unit_seconds = 30
grade = "printed"
pages = ["jobs"]
read_on = "2026-11-20"
"#;

const CREATE: &str = r##"
source: { page: jobs, via: facts, grade: official, read_on: "2026-11-20" }
method: post
path: /api/jobs/
operation:
  operationId: jobs_create
  tags: [jobs]
  summary: Make a job
  x-operation: video.generate
  x-blocking: false
  x-job:
    resource: video
    phase: generate
    poll: jobs_retrieve
    finished: { status: done, field: output }
    failed: [failed]
    statuses: [pending, done, failed]
  requestBody:
    required: false
    content: { application/json: { schema: { $ref: '#/components/schemas/JobRequest' } } }
  responses:
    '201': { description: "", content: { application/json: { schema: { $ref: '#/components/schemas/Job' } } } }
    '400': { description: "", content: { application/json: { schema: { $ref: '#/components/schemas/Refusal' } } } }
    '401': { description: "", content: { application/json: { schema: { $ref: '#/components/schemas/Other' } } } }
"##;

const READ: &str = r##"
source: { page: jobs, via: facts, grade: official, read_on: "2026-11-20" }
method: get
path: /api/jobs/{id}/
operation:
  operationId: jobs_retrieve
  tags: [jobs]
  summary: Read a job
  x-blocking: false
  parameters:
    - { name: id, in: path, required: true, schema: { type: string, format: uuid } }
  responses:
    '200': { description: "", content: { application/json: { schema: { $ref: '#/components/schemas/Job' } } } }
"##;

const SCHEMAS: &str = r##"
schemas:
  JobStatus: { type: string, enum: [pending, done, failed] }
  ModelVersion: { type: string, enum: [standard] }
  Refusal: { type: object, properties: { detail: { type: string } } }
  Other: { type: object, properties: { why: { type: string } } }
  JobRequest:
    type: object
    required: [text]
    properties:
      text: { type: string, maxLength: 255, pattern: '^[a-z]+$' }
      model: { allOf: [{ $ref: '#/components/schemas/ModelVersion' }], default: standard }
      count: { type: integer, minimum: 1, default: 1 }
      tags: { type: array, items: { type: string } }
  Job:
    type: object
    required: [id, status, credits_used, tags]
    properties:
      id: { type: string, format: uuid }
      status: { $ref: '#/components/schemas/JobStatus' }
      output: { type: string, nullable: true }
      credits_used: { type: integer }
      tags: { type: array, items: { type: string } }
"##;

const WORDS: &str = r#"
overlay: 1.0.0
info: { title: w, version: "1" }
actions:
  - target: $
    x-kind: words
    update: { tags: [{ name: jobs, description: Jobs }] }
"#;

fn small() -> Folder {
    let mut folder = Folder::default();
    for (path, text) in [
        ("pages.toml", PAGES),
        ("prices.toml", PRICES),
        ("disagreements.toml", ""),
        ("operations/jobs_create.yaml", CREATE),
        ("operations/jobs_retrieve.yaml", READ),
        ("schemas/jobs.yaml", SCHEMAS),
        ("overlays/10-words.yaml", WORDS),
    ] {
        folder.insert(path, text);
    }
    folder
}

/// The folder with one text in one file replaced; the text must be there.
#[track_caller]
fn edited(mut folder: Folder, path: &str, from: &str, to: &str) -> Folder {
    let text = folder.get(path).unwrap_or_else(|| panic!("no file {path}"));
    assert!(text.contains(from), "{path} has no {from:?}");
    let text = text.replacen(from, to, 1);
    folder.insert(path, text);
    folder
}

fn complaints(folder: &Folder) -> String {
    let judged = || -> Result<(), Problems> { lint(&assemble(&Source::parse(folder)?)?) };
    judged()
        .err()
        .map(|problems| problems.to_string())
        .unwrap_or_default()
}

fn client_of(folder: &Folder) -> String {
    let assembled = assemble(&Source::parse(folder).unwrap()).unwrap();
    lint(&assembled).unwrap();
    client::source(&lower(&assembled.document)).unwrap()
}

#[test]
fn a_sound_folder_has_no_complaint() {
    assert_eq!(complaints(&small()), "");
}

#[test]
fn each_fault_is_named_with_its_file() {
    let create = "operations/jobs_create.yaml";
    let read = "operations/jobs_retrieve.yaml";
    let schemas = "schemas/jobs.yaml";
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            create,
            "  operationId: jobs_create\n",
            "",
            "operationId is missing",
        ),
        (
            read,
            "operationId: jobs_retrieve",
            "operationId: jobs_create",
            "not the name of its file",
        ),
        (
            create,
            "jobs_create",
            "jobsCreate",
            "is not the name of its file",
        ),
        (
            create,
            "page: jobs",
            "page: nowhere",
            "the page `nowhere` is not in pages.toml",
        ),
        (
            create,
            "method: post",
            "method: send",
            "`send` is none of get, put, post",
        ),
        (
            create,
            "path: /api/jobs/",
            "path: /api/jobs",
            "does not begin and end with a slash",
        ),
        (create, "  x-blocking: false\n", "", "x-blocking is missing"),
        (create, "  summary: Make a job\n", "", "summary is missing"),
        (
            create,
            "tags: [jobs]",
            "tags: [other]",
            "the tag `other` is not described",
        ),
        (
            create,
            "x-operation: video.generate",
            "x-operation: video.x",
            "has no row in prices.toml",
        ),
        (
            create,
            "poll: jobs_retrieve",
            "poll: nothing",
            "there is no operation `nothing`",
        ),
        (create, "field: output", "field: video", "has no `video`"),
        (create, "'201'", "default", "`default` says nothing"),
        (
            create,
            "application/json: { schema: { $ref: '#/components/schemas/JobRequest'",
            "multipart/form-data: { schema: { $ref: '#/components/schemas/JobRequest'",
            "`multipart/form-data` is not application/json",
        ),
        (
            create,
            "schemas/JobRequest",
            "schemas/Missing",
            "leads nowhere",
        ),
        (
            create,
            "{ $ref: '#/components/schemas/Job' }",
            "{ type: string }",
            "no named component",
        ),
        (
            read,
            "{ name: id, in: path",
            "{ name: body, in: path",
            "collides with the request body",
        ),
        (read, "in: path", "in: cookie", "only path and query"),
        (read, "{id}", "{job}", "are not those that are described"),
        (
            schemas,
            "status: { $ref: '#/components/schemas/JobStatus' }",
            "status: { $ref: '#/components/schemas/JobStatus', nullable: true }",
            "nullable beside $ref would be dropped",
        ),
        (
            schemas,
            "output: { type: string, nullable: true }",
            "output: { type: string, enum: [a] }",
            "an enum inside another schema",
        ),
        (
            schemas,
            "output: { type: string, nullable: true }",
            "output: { type: object, properties: { a: { type: string } } }",
            "an object inside another schema",
        ),
        (
            schemas,
            "output: { type: string, nullable: true }",
            "output: { type: [string, 'null'] }",
            "OpenAPI 3.1",
        ),
        (
            schemas,
            "output: {",
            "Tags: {",
            "are one name in snake_case",
        ),
        (
            schemas,
            "output: {",
            "extra: {",
            "where the client keeps unknown fields",
        ),
        (
            schemas,
            "  JobRequest:\n    type: object",
            "  JobRequest:\n    type: object\n    additionalProperties: false",
            "refuse a new field",
        ),
        (
            schemas,
            "enum: [pending, done, failed]",
            "enum: [pending, done, done]",
            "twice",
        ),
        (
            schemas,
            "enum: [pending, done, failed]",
            "enum: [pending, 5]",
            "not of the type",
        ),
        (
            schemas,
            "required: [text]",
            "required: [txt]",
            "`txt` is required and not described",
        ),
        (
            schemas,
            "  Refusal:",
            "  jobRefusal:",
            "the name is not in PascalCase",
        ),
        (
            schemas,
            "schemas:\n",
            "schemas:\n  JobId: { type: string }\n",
            "taken by a type of the client",
        ),
        (
            schemas,
            "schemas:\n",
            "schemas:\n  Spare: { type: string }\n",
            "no operation uses this schema",
        ),
        (
            schemas,
            "schemas:\n",
            "headers: {}\nschemas:\n",
            "is none of schemas, parameters",
        ),
        (
            "overlays/10-words.yaml",
            "target: $\n",
            "target: $.nowhere\n",
            "was expected to hit 1 place(s) and found 0",
        ),
        (
            "prices.toml",
            "millicredits = 5_000",
            "millicredits = 5.5",
            "rate 1 (video.generate, standard): millicredits: `5.5` is no whole number",
        ),
    ];
    for (path, from, to, expected) in cases {
        let text = complaints(&edited(small(), path, from, to));
        let is_named = text
            .lines()
            .any(|line| line.starts_with(&format!("openapi/{path}")) && line.contains(expected));
        assert!(
            is_named,
            "{path}: {from:?} -> {to:?}: {text:?} lacks {expected:?}"
        );
    }
}

#[test]
fn what_stands_twice_is_named_with_both_files() {
    let mut folder = small();
    folder.insert("schemas/more.yaml", "schemas: { Job: { type: object } }");
    assert!(complaints(&folder).contains(
        "openapi/schemas/more.yaml: schemas/Job: the name stands in openapi/schemas/jobs.yaml too"
    ));
    let mut folder = small();
    folder.insert(
        "operations/jobs_again.yaml",
        READ.replace("jobs_retrieve", "jobs_again"),
    );
    assert!(complaints(&folder).contains("get /api/jobs/{id}/ stands in"));
}

#[test]
fn yaml_reads_no_as_text_and_names_the_line_of_a_slip() {
    let folder = edited(
        small(),
        "schemas/jobs.yaml",
        "[pending, done, failed]",
        "[no, yes, off]",
    );
    assert!(complaints(&folder).is_empty(), "{}", complaints(&folder));
    let folder = edited(small(), "schemas/jobs.yaml", "  Job:\n", "  Job:\n\t- {\n");
    let text = complaints(&folder);
    assert!(
        text.starts_with("openapi/schemas/jobs.yaml: ") && text.contains("line"),
        "{text}"
    );
    let twice = edited(
        small(),
        "schemas/jobs.yaml",
        "  Job:\n",
        "  Job: {}\n  Job:\n",
    );
    assert!(
        complaints(&twice).contains("duplicate"),
        "{}",
        complaints(&twice)
    );
}

#[test]
fn the_client_takes_any_good_answer_and_leaves_every_other_whole() {
    // Two types of error answer on one operation would be a panic of the generator.
    let client = client_of(&small());
    assert_eq!(
        client.matches("200u16..=299u16").count() + client.matches("200..=299").count(),
        2
    );
    assert_eq!(
        client
            .matches("_ => Err(Error::UnexpectedResponse(response))")
            .count(),
        2
    );
    assert!(!client.contains("Refusal"));
}

#[test]
fn the_client_checks_and_presets_nothing() {
    let client = client_of(&small());
    for word in [
        "deny_unknown_fields",
        "regress",
        "NonZero",
        "fn default",
        "JobRequestText",
    ] {
        assert!(!client.contains(word), "{word}");
    }
    assert!(client.contains("pub tags: ::std::option::Option<::std::vec::Vec<"));
}

#[test]
fn the_client_has_no_constructor_that_panics_and_no_silent_hook() {
    let client = client_of(&small());
    assert!(!client.contains("unwrap()"));
    assert!(client.contains("pub(crate) fn new_with_client"));
    assert!(client.contains("assert_client_hooks"));
    assert!(!client.contains("pub mod prelude"));
}

#[test]
fn a_description_becomes_docs_that_rustdoc_reads_as_meant() {
    let words = "
  - target: $.components.schemas.Job
    x-kind: words
    update: { description: \"A <job>, see https://a.example.\\n\\n```\\ncode\\n```\" }
";
    let mut folder = small();
    folder.insert("overlays/10-words.yaml", format!("{WORDS}{words}"));
    let client = client_of(&folder);
    assert!(
        client.contains("/// A \\<job>, see <https://a.example>.\n"),
        "{client}"
    );
    assert!(client.contains("/// ```text\n"));
    assert!(!client.contains("/**"));
}

#[test]
fn the_sentence_on_the_price_stands_in_the_docs_of_the_call() {
    let client = client_of(&small());
    assert!(client.contains("as read on 2026-11-20: 5 credits per 30 s with `standard`."));
    let dearer = edited(small(), "prices.toml", "5_000", "5_500");
    assert!(client_of(&dearer).contains("5.5 credits per 30 s with `standard`."));
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
}

fn own_folder() -> Folder {
    Folder::read(&workspace().join("openapi")).unwrap()
}

fn render(folder: &Folder) -> Vec<Output> {
    render_folder(workspace(), folder).unwrap()
}

/// Paths of the files that differ between two runs.
fn changed(before: &[Output], after: &[Output]) -> Vec<Cow<'static, str>> {
    let pairs = before.iter().zip(after);
    pairs
        .filter(|(old, new)| old != new)
        .map(|(old, _)| old.path.clone())
        .collect()
}

#[test]
fn the_committed_files_are_fresh_and_two_runs_are_equal() {
    let outputs = render(&own_folder());
    assert_eq!(outputs, render(&own_folder()));
    let stale: Vec<_> = stale(workspace(), &outputs)
        .unwrap()
        .into_iter()
        .map(|file| file.path)
        .collect();
    assert!(
        stale.is_empty(),
        "{stale:?} are stale; run: cargo xtask generate"
    );
}

#[test]
fn every_generated_file_says_so_where_it_begins() {
    for output in render(&own_folder()) {
        let head: String = output.text.lines().take(3).collect();
        assert!(head.contains("cargo xtask generate"), "{}", output.path);
        assert!(
            head.to_lowercase().contains("do not edit"),
            "{}",
            output.path
        );
        assert!(
            output.text.ends_with('\n') && !output.text.ends_with("\n\n"),
            "{}",
            output.path
        );
    }
}

#[test]
fn an_added_value_reaches_the_document_the_client_the_table_and_the_reference() {
    let list = "[standard, aurora_v1, aurora_v1_fast]";
    let longer = "[standard, aurora_v1, aurora_v1_fast, aurora_v2]";
    let before = render(&own_folder());
    let after = render(&edited(own_folder(), "schemas/common.yaml", list, longer));
    for path in [
        "openapi/creatify.json",
        "openapi/REFERENCE.md",
        "crates/creatify-emulator/src/creatify.json",
        "crates/creatify-api/src/generated_enums.rs",
        "crates/creatify-core/src/pricing/generated.rs",
    ] {
        assert!(
            changed(&before, &after).iter().any(|file| file == path),
            "{path} does not change"
        );
        let new = after.iter().find(|output| output.path == path).unwrap();
        assert!(new.text.contains("aurora_v2"), "{path}");
    }
}

#[test]
fn a_changed_price_reaches_all_that_tells_it_and_the_check_fails_before() {
    let folder = own_folder();
    let root = tempfile::tempdir().unwrap();
    fs::copy(
        workspace().join("rustfmt.toml"),
        root.path().join("rustfmt.toml"),
    )
    .unwrap();
    write(root.path(), &render(&folder)).unwrap();
    assert!(stale(root.path(), &render(&folder)).unwrap().is_empty());
    // The first row is the headline price of a template video.
    let dearer = edited(
        folder,
        "prices.toml",
        "millicredits = 5_000",
        "millicredits = 5_750",
    );
    let outputs = render(&dearer);
    let stale_files = stale(root.path(), &outputs).unwrap();
    for (path, told) in [
        ("openapi/creatify.json", "\"millicredits\": 5750"),
        ("openapi/REFERENCE.md", "5.75 per 30 s"),
        (
            "crates/creatify-api/src/generated.rs",
            "5.75 credits per 30 s",
        ),
        (
            "crates/creatify-core/src/pricing/generated.rs",
            "millicredits: 5_750",
        ),
    ] {
        let file = stale_files.iter().find(|file| file.path == path);
        let file = file.unwrap_or_else(|| panic!("{path} is not called stale"));
        assert!(file.diff.contains(told), "{path}: {}", file.diff);
    }
    let written = write(root.path(), &outputs).unwrap();
    assert_eq!(written.len(), stale_files.len());
    assert!(stale(root.path(), &outputs).unwrap().is_empty());
}
