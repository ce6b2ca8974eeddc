//! Quotes and jobs as text for people.
//!
//! Machines read the JSON forms; nothing parses what is written here.

use std::fmt::Write as _;

use creatify::core::Length;
use creatify::core::pricing::Usd;
use creatify::{JobState, Preview, Quote};

use crate::output;

/// A quote: total, lines with source and grade, assumptions.
pub(crate) fn quote(quote: &Quote) -> String {
    let mut text = quote.operation().to_string();
    if let Some(model) = quote.model() {
        let _ = write!(text, ", {model}");
    }
    let usage = quote.usage();
    match usage.length {
        Some(Length::Known(seconds)) => {
            let _ = write!(text, ", {seconds} s");
        }
        Some(Length::Between { min, max }) => {
            let _ = write!(text, ", {min} to {max} s");
        }
        None => {}
    }
    if usage.previews > 1 {
        let _ = write!(text, ", {} previews", usage.previews);
    }
    if usage.count > 1 {
        let _ = write!(text, ", {} times", usage.count);
    }
    let _ = writeln!(text, ", on {}", quote.on());
    let _ = writeln!(text, "total: {}", quote.totals());
    if let Some(usd) = quote.usd() {
        let _ = writeln!(text, "       {}", dollars(usd));
    }
    for line in quote.lines() {
        let rate = line.rate();
        let source = rate.source();
        let page = source.page().map_or("no page", |page| page.url);
        let place = line.source_text().unwrap_or(page);
        let _ = writeln!(text, "  {line} = {}", line.credits());
        let _ = writeln!(text, "    {}, {place}", source.grade());
    }
    if !quote.assumptions().is_empty() {
        text.push_str("assumes:\n");
    }
    for assumption in quote.assumptions() {
        let _ = write!(text, "  {}: {assumption}", assumption.id());
        if let Some((min, max)) = assumption.range() {
            let _ = write!(text, " ({min} to {max})");
        }
        text.push('\n');
    }
    text
}

fn dollars(usd: Usd) -> String {
    let amount = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
    let range = match (usd.min_cents, usd.likely_cents, usd.max_cents) {
        (min, _, max) if min == max => amount(max),
        (min, likely, max) => {
            format!(
                "{} to {}, likely {}",
                amount(min),
                amount(max),
                amount(likely)
            )
        }
    };
    format!("{range} USD at the average price of plan {}", usd.plan)
}

/// What is known of a job.
pub(crate) fn job(state: &JobState) -> String {
    let mut text = output::facts(&[
        ("id", Some(state.id.clone())),
        ("status", Some(state.status.to_string())),
        ("reason", state.failed_reason.clone()),
        ("video", state.video_url.clone()),
        ("thumbnail", state.thumbnail_url.clone()),
        ("preview", state.preview.clone()),
        ("editor", state.editor_url.clone()),
        ("seconds", state.duration.map(|seconds| seconds.to_string())),
        (
            "credits used",
            state.credits_used.map(|credits| credits.to_string()),
        ),
    ]);
    if !state.previews.is_empty() {
        text.push_str("previews:\n");
        text.push_str(&previews(&state.previews));
    }
    text
}

fn previews(previews: &[Preview]) -> String {
    let rows: Vec<[String; 3]> = previews
        .iter()
        .map(|preview| {
            [
                output::or_dash(preview.visual_style.as_ref()),
                preview.media_job.clone(),
                output::or_dash(preview.url.as_ref()),
            ]
        })
        .collect();
    output::table(["STYLE", "MEDIA JOB", "URL"], &rows)
}
