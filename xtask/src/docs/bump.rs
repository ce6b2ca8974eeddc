//! What an accepted finding means for the users: a line of the changelog and a version.

use super::{difference::Class, finding::Finding};

/// The next version that a change calls for, before 1.0 in its own counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// Nothing that a user sees.
    None,
    /// Compatible.
    Patch,
    /// A user may have to change something.
    Minor,
}

impl Bump {
    /// The word that is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Bump::None => "none",
            Bump::Patch => "patch (0.x.y: the last number)",
            Bump::Minor => "minor (0.x: a caller may break)",
        }
    }
}

/// The bump one finding calls for.
pub fn of(finding: &Finding) -> Bump {
    match finding.class {
        Class::Text => Bump::None,
        _ if finding.breaking == Some(true) => Bump::Minor,
        _ => Bump::Patch,
    }
}

/// The changelog's line for one finding, in our own words.
pub fn line(finding: &Finding) -> Option<String> {
    let place = short(&finding.place);
    let (old, new) = (plain(&finding.old), plain(&finding.new));
    let text = match (finding.class, finding.kind.as_str()) {
        (Class::Text | Class::Unreadable | Class::PageGone, _) => return None,
        (Class::PageNew, _) => format!("added: what the page `{}` describes", finding.page),
        (Class::Correction, _) => {
            format!("changed: the page now says itself what a correction said of `{place}`")
        }
        (Class::Price, _) => format!("prices: `{place}` is {new}, was {old}"),
        (_, "operation-new") => format!("added: `{new}`"),
        (_, "field-new" | "webhook-key") if finding.old.is_null() => format!("added: `{place}`"),
        (_, "field-gone") => format!("removed: `{place}`"),
        _ => format!("changed: `{place}` is {new}, was {old}"),
    };
    Some(format!("- {text}."))
}

/// A pointer without what every pointer begins with.
pub fn short(place: &str) -> String {
    let place = place
        .replace("/components/schemas/", "")
        .replace("/properties/", ".");
    place.replace("~1", "/").replace("~0", "~")
}

/// A value on one line, with prices in words.
pub fn plain(value: &serde_json::Value) -> String {
    if let (Some(amount), Some(unit)) = (value["millicredits"].as_u64(), value["unit"].as_str()) {
        let per = match value["unit_seconds"].as_u64() {
            Some(seconds) => format!("{seconds} s"),
            None => unit.to_owned(),
        };
        return format!("{} credits per {per}", super::price::credits(amount));
    }
    match value {
        serde_json::Value::Null => "nothing".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    }
}
