//! Writes the open enums: every value the documentation lists, and a place for every other.
//!
//! Only the list is generated; how such an enum reads, prints and compares stands once, in the
//! macro `open_enum!` of `creatify-api`.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::{Result, bail};
use heck::ToPascalCase as _;

use super::{
    docs,
    lower::{OpenEnum, Values},
};

const HEAD: &str = "\
//! Values that the documentation lists, each with a place for one that it does not.

use crate::enums::{open_enum, open_integer};
";

/// The unformatted source of all enums.
///
/// # Errors
///
/// When two values of one enum would have one name.
pub fn source(enums: &[OpenEnum]) -> Result<String> {
    let mut source = HEAD.to_owned();
    for open in enums {
        source.push('\n');
        let (makro, values): (&str, Vec<(String, String)>) = match &open.values {
            Values::Text(values) => (
                "open_enum",
                values
                    .iter()
                    .map(|value| (variant(value), format!("{value:?}")))
                    .collect(),
            ),
            Values::Integer(values) => (
                "open_integer",
                values
                    .iter()
                    .map(|value| (integer_variant(*value), value.to_string()))
                    .collect(),
            ),
        };
        let _ = writeln!(source, "{makro}! {{");
        let description = open.description.as_deref().unwrap_or_default();
        for line in docs::clean(description) {
            let _ = writeln!(source, "{}", format!("    /// {line}").trim_end());
        }
        let _ = writeln!(source, "    pub enum {} {{", open.name);
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, value) in &values {
            if name == "Unknown" {
                bail!(
                    "{}: the value {value} takes the name of the open place",
                    open.name
                );
            }
            if let Some(other) = seen.insert(name, value) {
                bail!(
                    "{}: the values {other} and {value} are both named {name}",
                    open.name
                );
            }
            let _ = writeln!(source, "        {name} = {value},");
        }
        source.push_str("    }\n}\n");
    }
    Ok(source)
}

/// The name of a text value: `in_queue` is `InQueue`, `9x16` is `V9x16`, empty is `Empty`.
pub fn variant(value: &str) -> String {
    let mut name: String = value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| {
            if word.chars().any(char::is_lowercase) {
                upper(word)
            } else {
                word.to_pascal_case()
            }
        })
        .collect();
    if name.is_empty() {
        return "Empty".to_owned();
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, 'V');
    }
    if name == "Self" {
        "SelfValue".to_owned()
    } else {
        name
    }
}

/// The name of a whole number: `15` is `V15`.
pub fn integer_variant(value: i64) -> String {
    if value < 0 {
        format!("Minus{}", value.unsigned_abs())
    } else {
        format!("V{value}")
    }
}

fn upper(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_names_of_variants() {
        for (value, name) in [
            ("in_queue", "InQueue"),
            ("9x16", "V9x16"),
            ("aurora_v1_fast", "AuroraV1Fast"),
            ("DiscoveryWriter", "DiscoveryWriter"),
            ("DIY", "Diy"),
            ("normal-black", "NormalBlack"),
            ("Dela Gothic One", "DelaGothicOne"),
            ("", "Empty"),
            ("self", "SelfValue"),
            ("zh-CN", "ZhCn"),
        ] {
            assert_eq!(variant(value), name, "{value}");
        }
        assert_eq!(integer_variant(15), "V15");
    }

    #[test]
    fn two_values_of_one_name_are_refused_by_name() {
        let open = |values: &[&str]| OpenEnum {
            name: "Style".into(),
            description: None,
            values: Values::Text(values.iter().map(ToString::to_string).collect()),
        };
        let error = source(&[open(&["a_b", "a-b"])]).unwrap_err().to_string();
        assert_eq!(
            error,
            "Style: the values \"a_b\" and \"a-b\" are both named AB"
        );
        assert!(source(&[open(&["unknown"])]).is_err());
    }
}
