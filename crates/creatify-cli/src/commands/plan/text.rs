//! A month as text for people.

use std::fmt::Write as _;

use super::bought::Bought;
use super::mixed::Mixed;
use super::month::{Gone, PlanRow};
use super::previews::{Compared, Ends, Point, Previews};
use super::{Assumed, Month};
use crate::output;

/// The month, the plans, and what there is to choose.
pub(super) fn month(month: &Month) -> String {
    let mut text = String::new();
    if let Some(workload) = &month.workload {
        let _ = writeln!(text, "{}", workload.text());
    }
    let _ = writeln!(text, "a month from {}: {}", month.on, month.credits);
    text.push_str(&plans(&month.plans));
    let _ = match month.cheapest.max {
        Some(plan) => writeln!(text, "cheapest plan that is surely enough: {plan}"),
        None => writeln!(text, "no plan with a published price is surely enough"),
    };
    if !month.buys.is_empty() {
        text.push_str(&buys(&month.buys));
    }
    if let Some(previews) = month.previews.as_ref().filter(|p| p.row_count > 0) {
        text.push_str(&compared(previews));
    }
    if let Some(mix) = &month.mix {
        text.push_str(&mixed(mix));
    }
    if !month.assumptions.is_empty() {
        text.push_str("assumes:\n");
    }
    for Assumed {
        id,
        text: said,
        rows,
        spread,
    } in &month.assumptions
    {
        let _ = write!(text, "  {id}: {said}");
        if let Some(rows) = rows {
            let plural = if *rows == 1 { "" } else { "s" };
            let _ = write!(text, " ({rows} row{plural}");
            if let Some(spread) = spread.filter(|spread| !spread.is_zero()) {
                let _ = write!(text, ", widens the range by {spread}");
            }
            text.push(')');
        }
        text.push('\n');
    }
    text
}

fn plans(rows: &[PlanRow]) -> String {
    let cells: Vec<[String; 7]> = rows
        .iter()
        .map(|row| {
            [
                row.plan.to_string(),
                format!("{}.{:02}", row.cents / 100, row.cents % 100),
                row.credits.to_string(),
                row.enough.to_owned(),
                row.left.to_string(),
                row.short.to_string(),
                gone(&row.gone_on),
            ]
        })
        .collect();
    let head = [
        "PLAN",
        "USD A MONTH",
        "CREDITS",
        "ENOUGH",
        "LEFT",
        "SHORT",
        "GONE ON",
    ];
    output::table(head, &cells)
}

fn gone(days: &Gone) -> String {
    match (days.earliest, days.latest) {
        (None, _) => "-".to_owned(),
        (Some(earliest), Some(latest)) if earliest == latest => earliest.to_string(),
        (Some(earliest), Some(latest)) => format!("{earliest} to {latest}"),
        (Some(earliest), None) => format!("{earliest} at the earliest"),
    }
}

fn buys(rows: &[Bought]) -> String {
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|row| {
            let count = match (row.count, row.seconds) {
                (None, _) => "as its catalogue says".to_owned(),
                (Some(count), None) => format!("{count}"),
                (Some(count), Some(seconds)) => format!("{count} of {seconds} s"),
            };
            [
                row.operation.to_string(),
                output::or_dash(row.model),
                row.longest_seconds
                    .map_or_else(|| "-".to_owned(), |seconds| format!("{seconds} s")),
                count,
            ]
        })
        .collect();
    output::table(
        ["IT BUYS", "MODEL", "ONE AS LONG AS", "OR AS MANY AS"],
        &cells,
    )
}

fn mixed(mix: &Mixed) -> String {
    let mut text = format!("the best mix for {} credits:\n", mix.budget);
    for row in &mix.rows {
        let _ = write!(text, "  line {}: {} of {} ", row.line, row.count, row.most);
        let _ = write!(text, "{}", row.operation);
        if let Some(model) = row.model {
            let _ = write!(text, ", {model}");
        }
        text.push('\n');
    }
    let _ = writeln!(text, "  together: {}, worth {}", mix.credits, mix.value);
    text
}

fn compared(previews: &Previews) -> String {
    let mut text = "previews first, or directly:\n".to_owned();
    for row in &previews.rows {
        let Compared {
            line,
            preview,
            render,
            direct,
            videos,
            credits,
            ..
        } = row;
        let _ = write!(text, "  line {line}: {videos} times {direct}");
        if let Some(model) = row.model {
            let _ = write!(text, ", {model}");
        }
        let _ = writeln!(text, ": {}", credits.direct);
        let _ = writeln!(
            text,
            "    {preview}: {}; each {render}: {}",
            credits.previews, credits.render
        );
        let _ = writeln!(text, "    costs no more {}", borders(&row.break_even));
        if let (Some(keep), Some(expected), Some(cheaper)) =
            (previews.keep, credits.preview_first, row.cheaper)
        {
            let _ = writeln!(text, "    {} kept: {expected}; cheaper: {cheaper}", keep.0);
        }
    }
    let told = previews.rows.len() as u64;
    if previews.row_count > told {
        let _ = writeln!(text, "  and {} more", previews.row_count - told);
    }
    if let Some(direct) = previews.direct {
        let _ = write!(text, "  all directly: {direct}");
        if let (Some(keep), Some(first)) = (previews.keep, previews.preview_first) {
            let _ = write!(text, "; previews first with {} kept: {first}", keep.0);
        }
        text.push('\n');
    }
    text
}

/// Up to how many renders previews first cost no more, at each reading of the prices.
fn borders(ends: &Ends) -> String {
    let renders = |point: &Option<Point>| match point {
        Some(point) => format!("with up to {} rendered", point.renders),
        None => "never".to_owned(),
    };
    let [surely, likely, possibly] = [&ends.surely, &ends.likely, &ends.possibly].map(renders);
    if surely == possibly {
        return surely;
    }
    format!("surely {surely}, likely {likely}, possibly {possibly}")
}
