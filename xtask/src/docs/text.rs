//! Small readings of plain text that several shapes share: lines, banners, value lists, samples.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// One line that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number on the page, from 1.
    pub number: usize,
    /// Its text without white space around it.
    pub text: String,
}

/// The lines of a page that are not blank.
pub fn lines(page: &str) -> Vec<Line> {
    (1..)
        .zip(page.lines())
        .map(|(number, text)| Line {
            number,
            text: text.trim().to_owned(),
        })
        .filter(|line| !line.text.is_empty())
        .collect()
}

/// Whether a line belongs to the pointer to the index that stands on every page.
pub fn is_banner(line: &str) -> bool {
    line.contains("Documentation Index")
        || line.contains("llms.txt")
        || line.starts_with("Use this file to discover")
        || line.contains("Use this file to discover all")
}

/// The list behind "Possible values are", if there is one.
pub fn values_after(text: &str) -> Option<Vec<String>> {
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)possible values(?: are|:)\s+([A-Za-z0-9_\-]+(?:, [A-Za-z0-9_\-]+)*)")
            .expect("a pattern")
    });
    let hit = LIST.captures(text)?;
    Some(hit[1].split(", ").map(str::to_owned).collect())
}

/// A call as a sample prints it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// Method in lower case.
    pub method: String,
    /// Path, identifiers as `{id}`.
    pub path: String,
    /// The body, where it is JSON.
    pub body: Option<Value>,
}

/// Reads a `curl` call from the lines that begin with it; returns it and how many lines it takes.
pub fn curl(lines: &[&str]) -> Option<(Call, usize)> {
    static METHOD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:--request|-X)\s+([A-Za-z]+)").expect("a pattern"));
    static URL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"https?://[^/\s'\x22]+(/[^\s'\x22\\]*)").expect("a pattern"));
    if !lines.first()?.trim_start().starts_with("curl") {
        return None;
    }
    let mut call = Call::default();
    let mut used = 0;
    let mut data: Option<String> = None;
    for line in lines {
        let line = line.trim();
        used += 1;
        if let Some(data) = &mut data {
            let (end, text) = match line.strip_suffix('\'') {
                Some(text) => (true, text),
                None => (false, line),
            };
            data.push_str(text);
            data.push('\n');
            if end {
                break;
            }
            continue;
        }
        if let Some(hit) = METHOD.captures(line) {
            call.method = hit[1].to_ascii_lowercase();
        }
        if let Some(hit) = URL.captures(line)
            && call.path.is_empty()
        {
            call.path = path(&hit[1]);
        }
        let body = ["--data-raw ", "--data ", "-d "]
            .iter()
            .find_map(|flag| line.split_once(flag));
        if let Some((_, rest)) = body {
            let rest = rest.trim().strip_prefix('\'').unwrap_or(rest.trim());
            let closed = rest.ends_with('\'') && !rest.is_empty();
            data = Some(format!("{}\n", rest.trim_end_matches('\'')));
            if closed {
                break;
            }
            continue;
        }
        if !line.ends_with('\\') {
            break;
        }
    }
    if call.method.is_empty() {
        call.method = if data.is_some() { "post" } else { "get" }.to_owned();
    }
    call.body = data.and_then(|text| serde_json::from_str(&text).ok());
    Some((call, used))
}

/// A path with its identifiers as `{id}` and its trailing slash.
pub fn path(text: &str) -> String {
    static UUID: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\{[a-z_]+\}")
            .expect("a pattern")
    });
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = UUID.replace_all(text, "{id}");
    if text.ends_with('/') {
        text.into_owned()
    } else {
        format!("{text}/")
    }
}

/// Reads the JSON object that begins at the first of the lines; returns it and how many it takes.
pub fn json(lines: &[&str]) -> Option<(Value, usize)> {
    if !lines.first()?.trim_start().starts_with('{') {
        return None;
    }
    let mut text = String::new();
    let (mut depth, mut in_string, mut escaped) = (0_i32, false, false);
    for (index, line) in lines.iter().enumerate().take(2_000) {
        for c in line.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' if in_string => escaped = true,
                '"' => in_string = !in_string,
                '{' | '[' if !in_string => depth += 1,
                '}' | ']' if !in_string => depth -= 1,
                _ => {}
            }
        }
        text.push_str(line);
        text.push('\n');
        if depth <= 0 {
            return Some((serde_json::from_str(&text).ok()?, index + 1));
        }
    }
    None
}
