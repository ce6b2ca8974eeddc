//! Puts the doc comments of generated code into a form that rustdoc reads as meant.
//!
//! Descriptions are Markdown of an API document, not of rustdoc: their tags, square brackets and
//! bare addresses draw warnings, their indentation and bare fences become failing doc tests. Each
//! comment is written again, one attribute a line.

use syn::{
    Attribute, Expr, ExprLit, Lit, Meta,
    visit_mut::{self, VisitMut},
};

/// Rewrites every doc comment in the file.
pub fn rewrite(file: &mut syn::File) {
    Docs.visit_file_mut(file);
}

struct Docs;

impl VisitMut for Docs {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let text: Vec<String> = attributes.iter().filter_map(doc_text).collect();
        if text.is_empty() {
            return;
        }
        let first = attributes
            .iter()
            .position(|attribute| doc_text(attribute).is_some());
        attributes.retain(|attribute| doc_text(attribute).is_none());
        let lines = clean(&text.join("\n"));
        let docs = lines.into_iter().map(|line| {
            let line = if line.is_empty() {
                line
            } else {
                format!(" {line}")
            };
            syn::parse_quote!(#[doc = #line])
        });
        let at = first.unwrap_or_default().min(attributes.len());
        attributes.splice(at..at, docs);
    }

    fn visit_file_mut(&mut self, file: &mut syn::File) {
        visit_mut::visit_file_mut(self, file);
    }
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    if !pair.path.is_ident("doc") {
        return None;
    }
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// The lines of a doc comment, safe for rustdoc; used for hand-made comments too.
pub fn clean(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut in_fence = false;
    let mut in_schema = false;
    for line in text.lines() {
        let line = line.trim();
        // The generator repeats each schema below its type; the document is the place for it.
        if line.starts_with("<details>") {
            in_schema = true;
        }
        if in_schema {
            in_schema = !line.ends_with("</details>");
            continue;
        }
        if let Some(language) = line.strip_prefix("```") {
            in_fence = !in_fence;
            lines.push(if in_fence && language.is_empty() {
                "```text".to_owned()
            } else {
                line.to_owned()
            });
        } else if in_fence {
            lines.push(line.to_owned());
        } else if !(line.is_empty() && lines.last().is_none_or(String::is_empty)) {
            lines.push(escape(line));
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    if lines.is_empty() {
        // A comment is never empty, because clippy refuses one.
        lines.push("Not described in the documentation.".to_owned());
    }
    lines
}

/// Escapes tags and square brackets and puts bare addresses in angle brackets, outside of code.
fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for (index, part) in line.split('`').enumerate() {
        if index > 0 {
            escaped.push('`');
        }
        if index % 2 == 1 {
            escaped.push_str(part);
        } else {
            escape_words(part, &mut escaped);
        }
    }
    escaped
}

fn escape_words(text: &str, escaped: &mut String) {
    let mut rest = text;
    while let Some(start) = rest
        .find(['<', '[', ']'])
        .into_iter()
        .chain(address(rest))
        .min()
    {
        let (before, after) = rest.split_at(start);
        escaped.push_str(before);
        if after.starts_with("http") {
            let end = after
                .find(|c: char| c.is_whitespace() || "<>()[]\"'`".contains(c))
                .unwrap_or(after.len());
            let address = after[..end].trim_end_matches(['.', ',', ';', ':', '!', '?']);
            // An address in angle or round brackets is a link already.
            if before.ends_with('(') || escaped.ends_with('<') {
                escaped.push_str(address);
            } else {
                escaped.push('<');
                escaped.push_str(address);
                escaped.push('>');
            }
            rest = &after[address.len()..];
            continue;
        }
        let sign = &after[..1];
        let is_link = match sign {
            "<" => after[1..].starts_with("http"),
            "[" => after
                .find("](")
                .is_some_and(|at| !after[1..at].contains(']')),
            _ => after.starts_with("]("),
        };
        if !is_link {
            escaped.push('\\');
        }
        escaped.push_str(sign);
        rest = &after[1..];
    }
    escaped.push_str(rest);
}

fn address(text: &str) -> Option<usize> {
    [text.find("http://"), text.find("https://")]
        .into_iter()
        .flatten()
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_of_several_lines_becomes_one_attribute_a_line() {
        let mut file: syn::File = syn::parse_quote! {
            #[doc = "First.\n\n    Indented, which would be code.\n```\nsample\n```"]
            struct A {
                #[doc = "Field."]
                b: u8,
            }
        };
        rewrite(&mut file);
        let text = prettyplease::unparse(&file);
        let expected = "/// First.\n///\n/// Indented, which would be code.\n/// ```text\n\
                        /// sample\n/// ```\nstruct A {\n    /// Field.\n    b: u8,\n}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn tags_brackets_and_bare_addresses_are_escaped_outside_of_code() {
        for (from, to) in [
            ("a <string> b", "a \\<string> b"),
            (
                "[x] and [y](https://a.b/c)",
                "\\[x\\] and [y](https://a.b/c)",
            ),
            ("see https://a.b/c?d=e.", "see <https://a.b/c?d=e>."),
            ("see <https://a.b>", "see <https://a.b>"),
            ("`<T>` and `[x]`", "`<T>` and `[x]`"),
        ] {
            assert_eq!(clean(from), [to], "{from}");
        }
    }

    #[test]
    fn the_schema_in_a_comment_goes_and_an_empty_comment_says_so() {
        let text =
            "`Job`\n\n<details><summary>JSON schema</summary>\n\n```json\n{}\n```\n</details>";
        assert_eq!(clean(text), ["`Job`"]);
        assert_eq!(clean(" \n "), ["Not described in the documentation."]);
    }
}
