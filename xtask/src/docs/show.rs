//! Findings for people: a table on a terminal, Markdown for an issue.

use std::fmt::Write as _;

use super::{bump, diff::Report, difference::Class, finding::Finding};

/// A value is cut at this many characters; the JSON has it whole.
const CUT: usize = 60;

/// Findings as JSON.
pub fn json(report: &Report) -> serde_json::Value {
    let list: Vec<_> = report.findings.iter().map(Finding::to_json).collect();
    serde_json::json!({ "findings": list })
}

/// Findings as a plain table, one a line.
pub fn table(report: &Report) -> String {
    if report.findings.is_empty() {
        return "nothing found\n".to_owned();
    }
    let rows: Vec<[String; 6]> = report
        .findings
        .iter()
        .map(|finding| {
            [
                finding.fingerprint(),
                finding.class.as_str().to_owned(),
                breaking(finding).to_owned(),
                bump::short(&finding.place),
                format!(
                    "{} -> {}",
                    cut(&bump::plain(&finding.old)),
                    cut(&bump::plain(&finding.new))
                ),
                finding.pages().join(", "),
            ]
        })
        .collect();
    let head = [
        "FINGERPRINT",
        "CLASS",
        "BREAKING",
        "PLACE",
        "CHANGE",
        "PAGES",
    ]
    .map(str::to_owned);
    let all: Vec<&[String; 6]> = [&head].into_iter().chain(&rows).collect();
    let mut text = String::new();
    for row in &all {
        for (column, cell) in row.iter().enumerate() {
            let width = all
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0);
            if column + 1 == row.len() {
                text.push_str(cell);
            } else {
                let _ = write!(text, "{cell:width$}  ");
            }
        }
        text.push('\n');
    }
    text
}

/// Findings as Markdown, by class.
pub fn markdown(report: &Report) -> String {
    let mut text = String::from("## Documentation against `openapi/`\n\n");
    if report.findings.is_empty() {
        text.push_str("Nothing found.\n");
    }
    let classes = [
        Class::Price,
        Class::Api,
        Class::Correction,
        Class::PageNew,
        Class::PageGone,
        Class::Unreadable,
        Class::Text,
    ];
    for class in classes {
        let findings: Vec<&Finding> = report
            .findings
            .iter()
            .filter(|finding| finding.class == class)
            .collect();
        if findings.is_empty() {
            continue;
        }
        let _ = writeln!(text, "### {} ({})\n", class.as_str(), findings.len());
        text.push_str(
            "| fingerprint | breaking | place | was | is | pages |\n| - | - | - | - | - | - |\n",
        );
        for finding in findings {
            let _ = writeln!(
                text,
                "| `{}` | {} | `{}` | {} | {} | {} |",
                finding.fingerprint(),
                breaking(finding),
                bump::short(&finding.place),
                cell(&bump::plain(&finding.old)),
                cell(&bump::plain(&finding.new)),
                finding.pages().join(", "),
            );
        }
        text.push('\n');
    }
    if !report.not_looked_at.is_empty() {
        let _ = writeln!(
            text,
            "{} known pages were not looked at.",
            report.not_looked_at.len()
        );
    }
    if report.ignored > 0 {
        let _ = writeln!(
            text,
            "{} finding(s) kept quiet by a decision.",
            report.ignored
        );
    }
    text
}

fn breaking(finding: &Finding) -> &'static str {
    match finding.breaking {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= CUT {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(CUT).collect();
    cut.push_str("...");
    cut
}

fn cell(text: &str) -> String {
    cut(text).replace('|', "\\|").replace('\n', " ")
}
