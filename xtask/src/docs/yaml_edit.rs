//! Changes one value of a YAML file and nothing else: comments, order and layout of the rest stay.
//!
//! The line that holds the value is found by indentation and rewritten. Every edit is proved: the
//! new text must read as the old value with exactly that change, or it is refused and no file is
//! touched.

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};

/// Lines are kept below this width; a longer value is written over several lines.
const WIDTH: usize = 116;

/// Puts `value` at `path`, or takes the entry away where there is none; returns the new text.
///
/// # Errors
///
/// When the text is no YAML, the place is inside something that cannot be edited line by line, or
/// the result would not read as intended.
pub fn set(text: &str, path: &[&str], value: Option<&Value>) -> Result<String> {
    let before: Value = serde_saphyr::from_str(text).context("is no YAML")?;
    let mut wanted = before;
    set_in(&mut wanted, path, value)?;
    let edited = edit(text, path, value, &wanted)?;
    let after: Value = serde_saphyr::from_str(&edited)
        .with_context(|| format!("would be no YAML after a change at {}", path.join("/")))?;
    if after != wanted {
        bail!(
            "cannot be changed at {} line by line; edit it by hand",
            path.join("/")
        );
    }
    Ok(edited)
}

/// Puts `value` at `path` of a value; mappings on the way are made.
///
/// # Errors
///
/// When the path leads through something that is neither a mapping nor a list.
pub fn set_in(node: &mut Value, path: &[&str], value: Option<&Value>) -> Result<()> {
    let Some((last, parents)) = path.split_last() else {
        bail!("an edit needs a place");
    };
    let mut node = node;
    for key in parents {
        node = match node {
            Value::Object(map) => map
                .entry((*key).to_owned())
                .or_insert_with(|| Value::Object(Map::new())),
            Value::Array(items) => key
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get_mut(index))
                .with_context(|| format!("{key} is no entry of its list"))?,
            _ => bail!("{key} is inside a plain value"),
        };
    }
    match (node, value) {
        (Value::Object(map), Some(value)) => {
            map.insert((*last).to_owned(), value.clone());
        }
        (Value::Object(map), None) => {
            map.shift_remove(*last);
        }
        (Value::Array(items), value) => {
            let index: usize = last
                .parse()
                .with_context(|| format!("{last} is no index"))?;
            match value {
                Some(value) if index < items.len() => items[index] = value.clone(),
                Some(value) => items.push(value.clone()),
                None if index < items.len() => {
                    items.remove(index);
                }
                None => {}
            }
        }
        _ => bail!("{last} is inside a plain value"),
    }
    Ok(())
}

/// A block: the lines `from..to`, whose entries stand at `indent`.
#[derive(Clone, Copy)]
struct Block {
    from: usize,
    to: usize,
    indent: usize,
}

fn edit(text: &str, path: &[&str], value: Option<&Value>, wanted: &Value) -> Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut block = Block {
        from: 0,
        to: lines.len(),
        indent: 0,
    };
    for (depth, key) in path.iter().enumerate() {
        let is_last = depth + 1 == path.len();
        let Some(at) = find(&lines, block, key) else {
            let value = wanted.pointer(&pointer(&path[..=depth]));
            return Ok(insert(&lines, block, key, value));
        };
        let end = end_of(&lines, at, block);
        let rest = after_key(lines[at]);
        let opens_block = rest.is_empty() || rest.starts_with('#');
        if is_last || !opens_block || is_list(&lines, at + 1, end) {
            let shown = if is_last {
                value.cloned()
            } else {
                wanted.pointer(&pointer(&path[..=depth])).cloned()
            };
            let style = if opens_block && is_last {
                Style::Block
            } else {
                Style::Flow
            };
            return Ok(replace(
                &lines,
                at,
                end,
                block.indent,
                key_of(lines[at]),
                shown.as_ref(),
                style,
            ));
        }
        let inner = (at + 1..end)
            .find(|line| !is_blank(lines[*line]))
            .unwrap_or(end);
        let indent = lines
            .get(inner)
            .map_or(block.indent + 2, |line| indent_of(line));
        block = Block {
            from: at + 1,
            to: end,
            indent,
        };
    }
    bail!("an edit needs a place")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Flow,
    Block,
}

fn pointer(path: &[&str]) -> String {
    path.iter()
        .map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1")))
        .collect()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_blank(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text.starts_with('#')
}

fn is_list(lines: &[&str], from: usize, to: usize) -> bool {
    (from..to)
        .find(|line| !is_blank(lines[*line]))
        .is_some_and(|line| lines[line].trim_start().starts_with('-'))
}

/// The key of a line as written, with its quotes.
fn key_of(line: &str) -> &str {
    let text = line.trim_start();
    let end = match text.chars().next() {
        Some(quote @ ('\'' | '"')) => text[1..].find(quote).map_or(text.len(), |end| end + 2),
        _ => text.find(':').unwrap_or(text.len()),
    };
    &text[..end.min(text.len())]
}

fn after_key(line: &str) -> &str {
    let text = line.trim_start();
    text.get(key_of(line).len()..)
        .unwrap_or_default()
        .trim_start_matches(':')
        .trim()
}

fn find(lines: &[&str], block: Block, key: &str) -> Option<usize> {
    (block.from..block.to).find(|at| {
        let line = lines[*at];
        !is_blank(line)
            && indent_of(line) == block.indent
            && key_of(line).trim_matches(['\'', '"']) == key
    })
}

/// The line after an entry: the next one that is not indented deeper, comments in front of it left
/// out.
fn end_of(lines: &[&str], at: usize, block: Block) -> usize {
    let mut end = at + 1;
    let mut last = at + 1;
    while end < block.to {
        let line = lines[end];
        let is_list_item = line.trim_start().starts_with("- ") && indent_of(line) == block.indent;
        if !is_blank(line) {
            if indent_of(line) <= block.indent && !is_list_item {
                break;
            }
            last = end + 1;
        }
        end += 1;
    }
    last
}

fn joined(lines: &[&str], from: usize, to: usize, middle: &str) -> String {
    let mut text = String::new();
    for line in &lines[..from] {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(middle);
    for line in &lines[to..] {
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn replace(
    lines: &[&str],
    at: usize,
    end: usize,
    indent: usize,
    key: &str,
    value: Option<&Value>,
    style: Style,
) -> String {
    let middle = value.map_or_else(String::new, |value| {
        let kept = style == Style::Block || end > at + 1;
        entry(key, value, indent, kept)
    });
    joined(lines, at, end, &middle)
}

fn insert(lines: &[&str], block: Block, key: &str, value: Option<&Value>) -> String {
    let Some(value) = value else {
        return joined(lines, lines.len(), lines.len(), "");
    };
    let mut at = block.to;
    while at > block.from && lines.get(at - 1).is_some_and(|line| line.trim().is_empty()) {
        at -= 1;
    }
    joined(
        lines,
        at,
        at,
        &entry(&quoted(key), value, block.indent, false),
    )
}

/// One entry of a mapping, on one line where it fits and was on one.
pub fn entry(key: &str, value: &Value, indent: usize, as_block: bool) -> String {
    let space = " ".repeat(indent);
    let line = format!("{space}{key}: {}\n", flow(value));
    let is_plain = !matches!(value, Value::Object(map) if !map.is_empty())
        && !matches!(value, Value::Array(list) if !list.is_empty());
    if is_plain || (!as_block && line.len() <= WIDTH) {
        return line;
    }
    let mut text = format!("{space}{key}:\n");
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                text.push_str(&entry(&quoted(key), value, indent + 2, is_large(value)));
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&format!("{space}  - {}\n", flow(item)));
            }
        }
        _ => {}
    }
    text
}

fn is_large(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().any(Value::is_object) || map.contains_key("properties"),
        _ => false,
    }
}

/// A value on one line.
pub fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), flow(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(flow).collect::<Vec<_>>().join(", ")
            )
        }
        Value::String(text) => quoted(text),
        value => value.to_string(),
    }
}

/// Text as YAML writes it: bare where that reads back as the same text.
pub fn quoted(text: &str) -> String {
    let is_bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./ ".contains(c))
        && serde_saphyr::from_str::<Value>(text).is_ok_and(|value| value == text)
        // Words that older readers take for booleans.
        && !["y", "n", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    if is_bare {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = "\
# Head.
schemas:
  A:
    x-source: { page: a, read_on: \"2026-11-20\" }
    type: object
    required:
      - id
      - name
    properties:
      # The id.
      id: { type: string, format: uuid }
      name: { type: string, maxLength: 255 }  # Long.
      'y': { type: number }
  # Another one.
  B:
    type: string
    enum: [a, b]
";

    fn lines_changed(after: &str) -> usize {
        let (before, after): (Vec<&str>, Vec<&str>) =
            (FILE.lines().collect(), after.lines().collect());
        before.iter().filter(|line| !after.contains(line)).count()
    }

    #[test]
    fn one_value_changes_and_its_neighbours_do_not() {
        for (path, value) in [
            (
                &["schemas", "A", "properties", "name", "maxLength"][..],
                Some(json!(300)),
            ),
            (
                &["schemas", "A", "properties", "y", "minimum"],
                Some(json!(0.5)),
            ),
            (&["schemas", "B", "enum"], Some(json!(["a", "b", "c d"]))),
            (&["schemas", "A", "properties", "id", "format"], None),
            (
                &["schemas", "A", "x-source", "read_on"],
                Some(json!("2026-12-01")),
            ),
        ] {
            let after = set(FILE, path, value.as_ref()).unwrap();
            assert_eq!(lines_changed(&after), 1, "{path:?}:\n{after}");
            assert!(
                after.contains("# Head.") && after.contains("  # Another one."),
                "{after}"
            );
        }
    }

    #[test]
    fn entries_come_and_go_whole() {
        let path = ["schemas", "A", "properties", "new field"];
        let after = set(FILE, &path, Some(&json!({ "type": "string" }))).unwrap();
        assert!(
            after.contains("      new field: { type: string }\n  # Another one."),
            "{after}"
        );
        let after = set(&after, &path, None).unwrap();
        assert_eq!(after, FILE);
        let after = set(FILE, &["schemas", "A", "required"], Some(&json!(["id"]))).unwrap();
        assert!(
            after.contains("    required:\n      - id\n    properties:"),
            "{after}"
        );
        let after = set(
            FILE,
            &["schemas", "C"],
            Some(&json!({ "type": "object", "properties": { "a": { "type": "string" } } })),
        )
        .unwrap();
        assert!(after.ends_with("\n"), "{after}");
    }

    #[test]
    fn text_that_reads_as_something_else_is_quoted() {
        for text in [
            "true", "null", "1", "9x16", "a: b", "yes", "", " a", "#", "a\nb", "1e5", "~",
        ] {
            let value: Value = serde_saphyr::from_str(&quoted(text)).unwrap();
            assert_eq!(value, text, "{}", quoted(text));
        }
    }
}
