//! Where a fault strikes, how often and for how long. Must not decide whether it strikes now: the
//! queue does.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Fault;

/// Where a fault strikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultTarget {
    /// The next request that starts a job or its next phase.
    NextJob,
    /// The next `GET` of the API.
    NextRead,
    /// The next list of jobs.
    NextList,
    /// The next paid `POST`: jobs, renders and links.
    NextPost,
    /// The next request of the API, whichever it is.
    NextRequest,
    /// The next call of the operation with this id in the document, such as `links_create`. For a
    /// fault of a call-back: the next one of a job that this operation started.
    Operation(String),
}

/// A fault, where it strikes, how often and when.
///
/// Without an aim, faults of a job and of its call-backs strike the next job, faults of lists and
/// other reads the next read of jobs, [`Fault::BalanceMoved`] and [`Fault::RateLimit`] the next
/// request of any kind, and all others the next paid `POST`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Injection {
    #[serde(flatten)]
    pub(super) fault: Fault,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<FaultTarget>,
    /// Absent: once, or as often as it can while `for_seconds` lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u32>,
    /// Strikes without end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) always: bool,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) after_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) for_seconds: Option<u32>,
}

/// Read by hand, because a misspelt key must be an error: beside a kind without fields it would be
/// passed over.
impl TryFrom<Map<String, Value>> for Injection {
    type Error = serde_json::Error;

    fn try_from(mut map: Map<String, Value>) -> Result<Self, Self::Error> {
        fn take<T: DeserializeOwned + Default>(
            map: &mut Map<String, Value>,
            key: &str,
        ) -> Result<T, serde_json::Error> {
            let value = map.remove(key).map(serde_json::from_value).transpose();
            value
                .map(Option::unwrap_or_default)
                .map_err(|error| serde_json::Error::custom(format!("`{key}`: {error}")))
        }
        let (target, times) = (take(&mut map, "target")?, take(&mut map, "times")?);
        let (always, after_seconds) = (take(&mut map, "always")?, take(&mut map, "after_seconds")?);
        let for_seconds = take(&mut map, "for_seconds")?;
        let fault: Fault = serde_json::from_value(Value::Object(map.clone()))?;
        let plain =
            matches!(serde_json::to_value(&fault), Ok(Value::Object(own)) if own.len() == 1);
        let stranger = map.keys().find(|key| plain && *key != "kind");
        match stranger {
            Some(key) => Err(serde_json::Error::custom(format!("unknown field `{key}`"))),
            None => Ok(Self {
                fault,
                target,
                times,
                always,
                after_seconds,
                for_seconds,
            }),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl Injection {
    /// Strikes there.
    pub fn on(mut self, target: FaultTarget) -> Self {
        self.target = Some(target);
        self
    }

    /// Strikes this many times in a row; 0 never.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Strikes without end.
    pub fn always(mut self) -> Self {
        self.always = true;
        self
    }

    /// Begins to strike so many seconds on the clock after it is injected.
    pub fn after_seconds(mut self, seconds: u32) -> Self {
        self.after_seconds = seconds;
        self
    }

    /// Strikes, as often as it can, for so many seconds on the clock from its beginning.
    pub fn for_seconds(mut self, seconds: u32) -> Self {
        self.for_seconds = Some(seconds);
        self
    }

    /// How often it strikes; `None` without end.
    pub(super) fn left(&self) -> Option<u32> {
        match self.times {
            _ if self.always => None,
            Some(times) => Some(times),
            None if self.for_seconds.is_some() => None,
            None => Some(1),
        }
    }
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            target: None,
            times: None,
            always: false,
            after_seconds: 0,
            for_seconds: None,
        }
    }
}
