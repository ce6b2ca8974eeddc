//! Who may spend how much, and what is reserved and spent of it.

use std::fmt;
use std::str::FromStr;

use creatify_core::{Credits, Day, budget};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Something with a limit of its own. Each attempt counts against all scopes that it falls in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything one account pays.
    Account(String),
    /// One campaign.
    Campaign(String),
    /// One day in UTC, by the moment of the gate.
    Day(Day),
    /// Any day that has no limit of its own; a limit only, nothing is counted here.
    EveryDay,
    /// Everything with that tag.
    Tag(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Account(name) => write!(f, "account:{name}"),
            Scope::Campaign(name) => write!(f, "campaign:{name}"),
            Scope::Day(day) => write!(f, "day:{day}"),
            Scope::EveryDay => f.write_str("day"),
            Scope::Tag(name) => write!(f, "tag:{name}"),
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Scope, ScopeError> {
        let refusal = || ScopeError(text.to_owned());
        if text == "day" {
            return Ok(Scope::EveryDay);
        }
        let (kind, name) = text.split_once(':').ok_or_else(refusal)?;
        match kind {
            "account" => Ok(Scope::Account(name.to_owned())),
            "campaign" => Ok(Scope::Campaign(name.to_owned())),
            "tag" => Ok(Scope::Tag(name.to_owned())),
            "day" => name.parse().map(Scope::Day).map_err(|_| refusal()),
            _ => Err(refusal()),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scope, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A text that names no scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeError(String);

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no scope; write account:NAME, campaign:NAME, tag:NAME, day:YYYY-MM-DD or day",
            self.0
        )
    }
}

impl std::error::Error for ScopeError {}

/// What one scope may spend, has reserved and has spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Balance {
    /// Whose balance it is.
    pub scope: Scope,
    /// The most it may spend; `None` for no limit.
    pub limit: Option<Credits>,
    /// Set aside for attempts that may still cost something.
    pub reserved: Credits,
    /// The sum of all bills.
    pub spent: Credits,
}

impl Balance {
    pub(crate) const fn new(scope: Scope) -> Balance {
        Balance {
            scope,
            limit: None,
            reserved: Credits::ZERO,
            spent: Credits::ZERO,
        }
    }

    /// What can still be reserved; `None` where there is no limit.
    #[must_use]
    pub fn available(&self) -> Option<Credits> {
        self.amounts().available()
    }

    /// Whether that much more stays within the limit.
    #[must_use]
    pub fn allows(&self, amount: Credits) -> bool {
        self.amounts().allows(amount)
    }

    /// The same without the name, as the rule of all budgets takes it.
    const fn amounts(&self) -> budget::Balance {
        budget::Balance {
            limit: self.limit,
            reserved: self.reserved,
            spent: self.spent,
        }
    }
}
