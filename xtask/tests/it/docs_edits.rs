//! One edit of one page is one finding, of the right class, and nothing else is found.
//!
//! The pages are the vendor's where copies are at hand; the same kinds of edit are made on pages of
//! our own, so that the rule holds everywhere.

use std::collections::BTreeSet;

use xtask::docs::{Class, Copies, Decisions, Known, diff, page::Copy};
use xtask::generate::Folder;

use crate::docs_own;
use crate::folder;

/// One edit: the page, what is replaced everywhere on it, by what, and what must be found.
struct Edit {
    page: &'static str,
    from: &'static str,
    to: &'static str,
    class: Class,
    /// Kinds that are right; a change can be told in more than one word.
    kinds: &'static [&'static str],
    place: &'static str,
}

const fn edit(
    page: &'static str,
    from: &'static str,
    to: &'static str,
    class: Class,
    kinds: &'static [&'static str],
    place: &'static str,
) -> Edit {
    Edit {
        page,
        from,
        to,
        class,
        kinds,
        place,
    }
}

const CREATE: &str = "custom-template-jobs-create";
const ASYNC: &str = "custom-template-jobs-preview-async";
const RENDER: &str = "custom-template-jobs-render";
const TUTORIAL: &str = "link-to-videos-preview-list-tutorial";
const LIPSYNC: &str = "lipsyncs-v2-create";

/// Edits of the pages at hand, over the flattened shape, the full one and the tutorial.
const EDITS: &[Edit] = &[
    // Flattened: prices.
    edit(
        CREATE,
        "costs 5 credits for every",
        "costs 6 credits for every",
        Class::Price,
        &["price"],
        "custom-template.generate/standard",
    ),
    edit(
        CREATE,
        "for every 30 seconds",
        "for every 20 seconds",
        Class::Price,
        &["price"],
        "custom-template.generate/standard",
    ),
    edit(
        CREATE,
        "costs 1 credit per second",
        "costs 2 credits per second",
        Class::Price,
        &["price"],
        "custom-template.generate/aurora_v1",
    ),
    edit(
        CREATE,
        "0.5 credits per second",
        "0.75 credits per second",
        Class::Price,
        &["price"],
        "custom-template.generate/aurora_v1_fast",
    ),
    edit(
        CREATE,
        "costs 1 credit per second",
        "costs 20 credits per 15 seconds video",
        Class::Price,
        &["price-of-another-day"],
        "custom-template.generate/aurora_v1",
    ),
    edit(
        ASYNC,
        "costs 1 credit for every",
        "costs 2 credits for every",
        Class::Price,
        &["price"],
        "custom-template.preview/standard",
    ),
    edit(
        RENDER,
        "costs 4 credits for every",
        "costs 3 credits for every",
        Class::Price,
        &["price"],
        "custom-template.render/standard",
    ),
    edit(
        RENDER,
        "20 credits per 15 seconds",
        "1 credit per second",
        Class::Price,
        &["price-of-another-day"],
        "custom-template.render/aurora_v1",
    ),
    edit(
        RENDER,
        "10 credits per 15 seconds",
        "9 credits per 15 seconds",
        Class::Price,
        &["price"],
        "custom-template.render/aurora_v1_fast",
    ),
    // Flattened: limits, defaults, values, expiry, webhooks.
    edit(
        CREATE,
        "255Webhook",
        "300Webhook",
        Class::Api,
        &["maxLength"],
        "name/maxLength",
    ),
    edit(
        ASYNC,
        "200Model",
        "100Model",
        Class::Api,
        &["maxLength"],
        "webhook_url/maxLength",
    ),
    edit(
        RENDER,
        "255Webhook",
        "254Webhook",
        Class::Api,
        &["maxLength"],
        "name/maxLength",
    ),
    edit(
        CREATE,
        "Default is 'standard'",
        "Default is 'aurora_v1'",
        Class::Api,
        &["default"],
        "model_version/default",
    ),
    edit(
        CREATE,
        "Name of the video. Default is null.",
        "Name of the video. Default is untitled.",
        Class::Api,
        &["default"],
        "name/default",
    ),
    edit(
        CREATE,
        "Expires in 24 hours",
        "Expires in 48 hours",
        Class::Api,
        &["x-expires-hours"],
        "editor_url/x-expires-hours",
    ),
    edit(
        ASYNC,
        "24 hours",
        "12 hours",
        Class::Api,
        &["x-expires-hours"],
        "editor_url/x-expires-hours",
    ),
    edit(
        CREATE,
        "rejected",
        "refused",
        Class::Api,
        &["enum"],
        "JobStatus/enum",
    ),
    edit(CREATE, "running", "working", Class::Api, &["enum"], "enum"),
    edit(
        CREATE,
        "done, rejected Progress",
        "done, rejected, paused Progress",
        Class::Api,
        &["enum"],
        "JobStatus/enum",
    ),
    edit(
        ASYNC,
        "201 status",
        "202 status",
        Class::Api,
        &["status-code"],
        "responses",
    ),
    edit(
        ASYNC,
        "then read the preview field",
        "then read the video_output field",
        Class::Api,
        &["finished"],
        "x-job/finished/field",
    ),
    edit(
        CREATE,
        "video_output (string)",
        "video_link (string)",
        Class::Api,
        &["webhook-key"],
        "CustomTemplateWebhook",
    ),
    edit(
        RENDER,
        "output (string)",
        "result (string)",
        Class::Api,
        &["webhook-key"],
        "CustomTemplateRenderWebhook",
    ),
    edit(
        CREATE,
        "failed_reason (string)",
        "failed_reason (object)",
        Class::Api,
        &["type"],
        "failed_reason/type",
    ),
    edit(
        CREATE,
        "Progress of the job\n",
        "Progress of the job\nSeed of the noise, a whole number.\n",
        Class::Api,
        &["statement-unknown"],
        CREATE,
    ),
    edit(
        CREATE,
        "Duration of the video in seconds\n",
        "",
        Class::Api,
        &["field-gone"],
        "duration",
    ),
    // Flattened: words.
    edit(
        CREATE,
        "Template ID associated with the job.",
        "Which template the job is made from.",
        Class::Text,
        &["words"],
        CREATE,
    ),
    edit(
        CREATE,
        "In Queue",
        "Queued",
        Class::Text,
        &["title"],
        "x-value-titles/in_queue",
    ),
    edit(
        RENDER,
        "This endpoint renders",
        "This endpoint finally renders",
        Class::Text,
        &["words"],
        RENDER,
    ),
    // Full.
    edit(
        LIPSYNC,
        "Maximum string length: 255",
        "Maximum string length: 128",
        Class::Api,
        &["maxLength"],
        "name/maxLength",
    ),
    edit(
        LIPSYNC,
        "Maximum string length: 200",
        "Maximum string length: 500",
        Class::Api,
        &["maxLength"],
        "webhook_url/maxLength",
    ),
    edit(
        LIPSYNC,
        "1x1",
        "4x5",
        Class::Api,
        &["enum"],
        "AspectRatio/enum",
    ),
    edit(
        LIPSYNC,
        "default:9x16",
        "default:1x1",
        Class::Api,
        &["default"],
        "aspect_ratio/default",
    ),
    edit(
        LIPSYNC,
        "20 credits per 15",
        "25 credits per 15",
        Class::Price,
        &["price"],
        "lipsync-v2.generate/aurora_v1",
    ),
    edit(
        LIPSYNC,
        "costs 5 credits per 30",
        "costs 5 credits per 20",
        Class::Price,
        &["price"],
        "lipsync-v2.generate/standard",
    ),
    edit(
        LIPSYNC,
        "credits_used\ninteger",
        "credits_used\nnumber",
        Class::Correction,
        &["type"],
        "credits_used/type",
    ),
    edit(
        LIPSYNC,
        "duration\ninteger",
        "duration\nnumber",
        Class::Api,
        &["type"],
        "duration/type",
    ),
    edit(
        LIPSYNC,
        "video_thumbnail\nstring<uri>",
        "video_thumbnail\nstring<uri> | null",
        Class::Api,
        &["nullable"],
        "video_thumbnail/nullable",
    ),
    edit(
        LIPSYNC,
        "webhook_url\nstring<uri>\nname",
        "webhook_url\nstring<uri>\nrequired\nname",
        Class::Api,
        &["required"],
        "webhook_url/required",
    ),
    edit(
        LIPSYNC,
        "cta_end\nobject",
        "cta_end\nobject\nseed\ninteger",
        Class::Api,
        &["field-new"],
        "seed",
    ),
    edit(
        LIPSYNC,
        "201 - application/json",
        "200 - application/json",
        Class::Api,
        &["status-code"],
        "responses",
    ),
    edit(
        LIPSYNC,
        "\"volume\": 0.8",
        "\"volume\": 0.9",
        Class::Api,
        &["default"],
        "volume/default",
    ),
    edit(
        LIPSYNC,
        "\"volume\": 0.2",
        "\"volume\": 0.3",
        Class::Api,
        &["default"],
        "volume/default",
    ),
    edit(
        LIPSYNC,
        "\"font_size\": 70",
        "\"font_size\": 80",
        Class::Api,
        &["x-sample"],
        "font_size/x-sample",
    ),
    edit(
        LIPSYNC,
        "\"y\": 0.4",
        "\"y\": 0.3",
        Class::Api,
        &["x-sample"],
        "offset/x-sample",
    ),
    edit(
        LIPSYNC,
        "\"duration\": 50.5",
        "\"duration\": 30.5",
        Class::Api,
        &["range"],
        "duration/range",
    ),
    edit(
        LIPSYNC,
        "\"fit\": \"crop\"",
        "\"fit\": \"stretch\"",
        Class::Api,
        &["enum"],
        "BackgroundFit/enum",
    ),
    edit(
        LIPSYNC,
        "FullAvatar",
        "HalfAvatar",
        Class::Api,
        &["enum"],
        "SceneVisualStyle",
    ),
    edit(
        LIPSYNC,
        "output (string)",
        "video (string)",
        Class::Api,
        &["webhook-key"],
        "LipsyncV2Webhook",
    ),
    edit(
        LIPSYNC,
        "Expires in 24 hours",
        "Expires in 72 hours",
        Class::Api,
        &["x-expires-hours"],
        "editor_url/x-expires-hours",
    ),
    edit(
        LIPSYNC,
        "Background music settings.",
        "Settings of the music.",
        Class::Text,
        &["words"],
        LIPSYNC,
    ),
    // Tutorial.
    edit(
        TUTORIAL,
        "Costs 1 credit per 30s",
        "Costs 2 credits per 30s",
        Class::Price,
        &["price"],
        "link-to-video.preview-list/standard",
    ),
    edit(
        TUTORIAL,
        "Costs 4 credits per 30s",
        "Costs 4 credits per 45s",
        Class::Price,
        &["price"],
        "link-to-video.render-single-preview/standard",
    ),
    edit(
        TUTORIAL,
        "per 30s per preview",
        "per 30s",
        Class::Price,
        &["charged-per"],
        "x-charged-per",
    ),
    edit(
        TUTORIAL,
        "DynamicProductTemplate",
        "MovingProductTemplate",
        Class::Api,
        &["enum"],
        "LinkVisualStyle",
    ),
    edit(
        TUTORIAL,
        "\"video_length\": 30",
        "\"video_length\": 35",
        Class::Api,
        &["enum"],
        "VideoLength/enum",
    ),
    edit(
        TUTORIAL,
        "\"aurora_v1_fast\"",
        "\"aurora_v2\"",
        Class::Api,
        &["enum"],
        "ModelVersion/enum",
    ),
    edit(
        TUTORIAL,
        "\"video_thumbnail\"",
        "\"video_poster\"",
        Class::Api,
        &["webhook-key"],
        "LinkToVideoWebhook",
    ),
    edit(
        TUTORIAL,
        "\"status\" : \"pending\"",
        "\"status\" : \"done\"",
        Class::Api,
        &["finished"],
        "x-ready-value",
    ),
    edit(
        TUTORIAL,
        "\"target_platform\": \"Instagram\"",
        "\"target_platform\": \"Instagram\",\n\"seed\": 7",
        Class::Api,
        &["field-new"],
        "seed",
    ),
    edit(
        TUTORIAL,
        "Young Adults",
        "Old Adults",
        Class::Text,
        &["words"],
        TUTORIAL,
    ),
    edit(
        TUTORIAL,
        "choose the best one",
        "choose the nicest one",
        Class::Text,
        &["words"],
        TUTORIAL,
    ),
];

fn known() -> Known {
    let folder = Folder::read(&folder::root().join("openapi")).expect("openapi/ is readable");
    Known::read(&folder).expect("openapi/ is in order")
}

fn copies(page: &str, text: &str) -> Copies {
    Copies {
        copies: vec![Copy {
            id: page.to_owned(),
            text: text.to_owned(),
            url: None,
        }],
        ..Copies::default()
    }
}

fn check(known: &Known, edit: &Edit, text: &str) -> Result<(), String> {
    let Edit {
        page,
        from,
        to,
        class,
        kinds,
        place,
    } = edit;
    let edited = text.replace(from, to);
    if edited == text {
        return Err(format!("{page}: {from:?} is not on the page"));
    }
    let report = diff(known, &copies(page, &edited), &Decisions::default());
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|finding| finding.to_json().to_string())
        .collect();
    let [finding] = &report.findings[..] else {
        return Err(format!(
            "{page}: {from:?} -> {to:?}: {} findings: {told:#?}",
            told.len()
        ));
    };
    let is_right = finding.class == *class
        && kinds.contains(&finding.kind.as_str())
        && finding.place.contains(place);
    if is_right {
        Ok(())
    } else {
        Err(format!("{page}: {from:?} -> {to:?}: {told:?}"))
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped comparison is announced")]
fn one_edit_of_a_page_at_hand_is_one_finding() {
    let pages = folder::root().join("../shared/docs-pages");
    if !pages.is_dir() {
        println!("SKIPPED: edits of the vendor's pages (no copies at hand)");
        return;
    }
    let known = known();
    let wrong: Vec<String> = EDITS
        .iter()
        .filter_map(|edit| {
            let text = std::fs::read_to_string(pages.join(format!("{}.txt", edit.page)))
                .expect("a page is readable");
            check(&known, edit, &text).err()
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        EDITS.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_unedited_pages_say_what_is_held() {
    let pages = folder::root().join("../shared/docs-pages");
    let Ok(copies) = Copies::read(&pages) else {
        return;
    };
    let report = diff(&known(), &copies, &Decisions::default());
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|finding| finding.to_json().to_string())
        .collect();
    assert!(told.is_empty(), "{told:#?}");
    assert!(
        report
            .pages
            .values()
            .all(|looked| !looked.proved.is_empty())
    );
}

#[test]
fn a_fact_that_its_page_does_not_print_is_named() {
    let all = Copies {
        copies: docs_own::pages()
            .into_iter()
            .map(|(id, text)| Copy {
                id: id.to_owned(),
                text: text.to_owned(),
                url: None,
            })
            .collect(),
        ..Copies::default()
    };
    for (from, to, place) in [
        ("\u{0}", "", ""),
        (
            "maxLength: 40",
            "maxLength: 41",
            "PotRequest.name/maxLength",
        ),
        (
            "enum: [thin, thick]",
            "enum: [thin, thick, none]",
            "Rim/enum",
        ),
        (
            "      weight:",
            "      mass: { type: number }\n      weight:",
            "Bowl.mass",
        ),
        (
            "      count: { type: integer }",
            "      count: { type: integer }\n      salt: { type: string }",
            "PlateRequest.salt",
        ),
    ] {
        let mut folder = docs_own::openapi();
        let schemas = folder
            .get("schemas/pottery.yaml")
            .expect("it is there")
            .replace(from, to);
        folder.insert("schemas/pottery.yaml", schemas);
        let known = Known::read(&folder).expect("still in order");
        let report = diff(&known, &all, &Decisions::default());
        let checked = xtask::docs::check::check(&known, &report);
        let told = xtask::docs::check::text(&checked);
        let is_proved = checked.missing.is_empty() && checked.unproved.is_empty();
        assert_eq!(is_proved, place.is_empty(), "{from} -> {to}: {told}");
        assert!(told.contains(place), "{place}: {told}");
    }
}

#[test]
fn one_edit_of_a_page_of_our_own_is_one_finding() {
    let mut wrong = Vec::new();
    let mut shapes = BTreeSet::new();
    for (page, text) in docs_own::pages() {
        let known = docs_own::known();
        for (from, to, class, kind, place) in docs_own::edits(page) {
            shapes.insert(page);
            let edit = Edit {
                page,
                from,
                to,
                class: *class,
                kinds: std::slice::from_ref(kind),
                place,
            };
            wrong.extend(check(&known, &edit, text).err());
        }
        let report = diff(&known, &copies(page, text), &Decisions::default());
        let told: Vec<String> = report
            .findings
            .iter()
            .map(|finding| finding.to_json().to_string())
            .collect();
        if !told.is_empty() {
            wrong.push(format!("{page}, unedited: {told:#?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(
        shapes.len(),
        docs_own::pages().len(),
        "every shape is edited"
    );
}
