//! What a request costs, from the price rows of the embedded document on the clock's day, in whole
//! thousandths of a credit. Must not use the client's arithmetic or any float for an amount.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::document::{JobRule, Phase};
use crate::refuse::Refusal;

/// Thousandths of a credit.
pub(crate) type Milli = i64;

/// The longest video taken, in milliseconds: one day.
pub(crate) const LONGEST: i64 = 86_400_000;

const STANDARD: &str = "standard";

/// Which reading of the price pages is charged, where they allow several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Billing {
    /// The cheapest reading.
    Min,
    /// The likely reading: a preview costs its headline price, each preview of a list is charged,
    /// a render with an Aurora model costs the model's price.
    #[default]
    Likely,
    /// The dearest reading.
    Max,
}

/// A price row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rate {
    model: Option<String>,
    millicredits: Milli,
    /// The length of a started unit in milliseconds; none for a price per call.
    unit: Option<i64>,
    start: Start,
}

/// When a row begins to hold: days before `from` it does not, from `until` on it surely does, and
/// between them nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Start {
    from: Day,
    until: Day,
}

type Day = (i32, u32, u32);

const ALWAYS: Start = Start {
    from: (i32::MIN, 1, 1),
    until: (i32::MIN, 1, 1),
};

/// The cheapest, the likely and the dearest amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    min: Milli,
    likely: Milli,
    max: Milli,
}

impl Range {
    fn times(self, count: i64) -> Option<Self> {
        Some(Self {
            min: self.min.checked_mul(count)?,
            likely: self.likely.checked_mul(count)?,
            max: self.max.checked_mul(count)?,
        })
    }

    /// The extremes of both, and the likely amount of this one.
    fn or(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            likely: self.likely,
            max: self.max.max(other.max),
        }
    }

    fn pick(self, billing: Billing) -> Milli {
        match billing {
            Billing::Min => self.min,
            Billing::Likely => self.likely,
            Billing::Max => self.max,
        }
    }
}

/// Reads `x-credits`; nothing gives no rows.
///
/// # Errors
///
/// A text that names the key that cannot be read.
pub(crate) fn read_rates(rows: Option<&Value>) -> Result<Vec<Rate>, String> {
    let rows = rows.and_then(Value::as_array).into_iter().flatten();
    let mut rates: Vec<Rate> = rows.map(read_rate).collect::<Result<_, _>>()?;
    rates.sort_by_key(|rate| rate.start);
    Ok(rates)
}

fn read_rate(row: &Value) -> Result<Rate, String> {
    let bad = |key: &str| format!("price row without a readable `{key}`: {row}");
    let millicredits = row["millicredits"].as_i64().filter(|amount| *amount >= 0);
    let unit = match row["unit"].as_str().ok_or_else(|| bad("unit"))? {
        "time" => {
            let seconds = row["unit_seconds"].as_i64().filter(|unit| *unit > 0);
            let seconds = seconds.ok_or_else(|| bad("unit_seconds"))?;
            Some(seconds.saturating_mul(1_000))
        }
        _ => None,
    };
    let start = if let Some(month) = row["effective_from"].as_str() {
        read_month(month).ok_or_else(|| bad("effective_from"))?
    } else if let Some(days) = row["effective_between"].as_array() {
        let day = |at: usize| days.get(at).and_then(Value::as_str).and_then(read_day);
        match (day(0), day(1)) {
            (Some(from), Some(until)) => Start { from, until },
            _ => return Err(bad("effective_between")),
        }
    } else {
        ALWAYS
    };
    Ok(Rate {
        model: row["model"].as_str().map(str::to_owned),
        millicredits: millicredits.ok_or_else(|| bad("millicredits"))?,
        unit,
        start,
    })
}

/// A month is known, its day is not.
fn read_month(text: &str) -> Option<Start> {
    let (year, month) = text.split_once('-')?;
    let (year, month): (i32, u32) = (year.parse().ok()?, month.parse().ok()?);
    let until = match month {
        1..=11 => (year, month + 1, 1),
        12 => (year.checked_add(1)?, 1, 1),
        _ => return None,
    };
    Some(Start {
        from: (year, month, 1),
        until,
    })
}

fn read_day(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    Some((year, month, parts.next()?.parse().ok()?))
}

/// What is bought: a length of video, once or several times, on a day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage<'a> {
    /// `None` for operations without a model.
    pub(crate) model: Option<&'a str>,
    pub(crate) length_ms: i64,
    /// The previews of a list; otherwise 1.
    pub(crate) previews: i64,
    pub(crate) day: Day,
}

/// The charge, or the refusal of a model that is not offered on that day.
pub(crate) fn charge(
    rates: &[Rate],
    job: Option<&JobRule>,
    usage: Usage<'_>,
    billing: Billing,
) -> Result<Milli, Refusal> {
    if rates.is_empty() {
        return Ok(0);
    }
    if !(0..=LONGEST).contains(&usage.length_ms) {
        return Err(too_long());
    }
    let own = range(rates, usage.model, usage)?;
    let range = match job {
        Some(rule) if rule.phase != Phase::Generate => phase_range(rates, rule, usage, own)?,
        _ => own,
    };
    Ok(range.pick(billing))
}

/// A preview or a render: the pages print a headline price beside the model's, and for a list of
/// previews a price for all beside a price for each.
fn phase_range(
    rates: &[Rate],
    rule: &JobRule,
    usage: Usage<'_>,
    own: Range,
) -> Result<Range, Refusal> {
    let headline = range(rates, Some(STANDARD), usage).unwrap_or(own);
    let once = match rule.phase {
        Phase::Preview => headline.or(own),
        _ => own.or(headline),
    };
    if !rule.previews {
        return Ok(once);
    }
    let each = once.times(usage.previews).ok_or_else(too_long)?;
    Ok(each.or(once))
}

/// The price of one video by the rows of one model.
fn range(rates: &[Rate], model: Option<&str>, usage: Usage<'_>) -> Result<Range, Refusal> {
    let of_model = rates.iter().filter(|rate| rate.model.as_deref() == model);
    // The rows are sorted by their start: all that surely hold give way to the last of them.
    let mut amounts: Vec<Milli> = Vec::new();
    for rate in of_model.filter(|rate| rate.start.from <= usage.day) {
        if rate.start.until <= usage.day {
            amounts.clear();
        }
        amounts.push(total(rate, usage.length_ms).ok_or_else(too_long)?);
    }
    let ends = amounts.iter().min().zip(amounts.iter().max());
    match (ends, amounts.last()) {
        (Some((&min, &max)), Some(&likely)) => Ok(Range { min, likely, max }),
        _ => Err(not_offered(model, usage.day)),
    }
}

fn total(rate: &Rate, length_ms: i64) -> Option<Milli> {
    let units = match rate.unit {
        // Started units: the quotient rounded up; both are positive.
        Some(unit) => length_ms.checked_add(unit - 1)?.checked_div(unit)?,
        None => 1,
    };
    rate.millicredits.checked_mul(units)
}

fn not_offered(model: Option<&str>, (year, month, day): Day) -> Refusal {
    let model = model.unwrap_or("none");
    let text = format!("`{model}` is not offered on {year:04}-{month:02}-{day:02}");
    Refusal::field("model_version", text)
}

fn too_long() -> Refusal {
    Refusal::detail(
        StatusCode::BAD_REQUEST,
        format!("a video is at most {} seconds long", LONGEST / 1_000),
    )
}

/// Credits as the service writes them: whole when they are, else the nearest decimal.
pub(crate) fn to_json(amount: Milli) -> Value {
    if amount % 1_000 == 0 {
        json!(amount / 1_000)
    } else {
        json!(amount as f64 / 1_000.0)
    }
}

/// Reads an amount of credits with at most three decimals.
pub(crate) fn from_text(text: &str) -> Option<Milli> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || decimals.len() > 3 || !digits(whole) || !digits(decimals) {
        return None;
    }
    if text.ends_with('.') {
        return None;
    }
    let whole: Milli = whole.parse().ok()?;
    let decimals: Milli = format!("{decimals:0<3}").parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(decimals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Resource;

    fn rates() -> Vec<Rate> {
        let row = |model: &str, amount: i64, seconds: i64, from: Value| {
            json!({"model": model, "millicredits": amount, "unit": "time",
                "unit_seconds": seconds, "effective_from": from})
        };
        let rows = json!([
            row("standard", 4_000, 30, Value::Null),
            row("aurora_v1", 1_000, 1, json!("2026-05")),
            row("aurora_v1", 20_000, 15, json!("2025-09")),
        ]);
        read_rates(Some(&rows)).unwrap()
    }

    fn usage(model: &'static str, seconds: i64, day: Day) -> Usage<'static> {
        Usage {
            model: Some(model),
            length_ms: seconds * 1_000,
            previews: 1,
            day,
        }
    }

    fn rule(phase: Phase, previews: bool) -> JobRule {
        JobRule {
            resource: Resource::LinkToVideo,
            phase,
            previews,
        }
    }

    const TODAY: Day = (2026, 11, 20);

    #[test]
    fn a_started_unit_costs_in_full() {
        let cost = |ms| {
            let usage = Usage {
                length_ms: ms,
                ..usage(STANDARD, 0, TODAY)
            };
            charge(&rates(), None, usage, Billing::Likely).unwrap()
        };
        assert_eq!(cost(0), 0);
        assert_eq!(cost(1), 4_000);
        assert_eq!(cost(30_000), 4_000);
        assert_eq!(cost(30_001), 8_000);
        assert_eq!(cost(45_000), 8_000);
    }

    #[test]
    fn the_day_decides_and_inside_the_month_of_a_change_both_may_hold() {
        let cost = |day, billing| {
            charge(&rates(), None, usage("aurora_v1", 11, day), billing).map_err(|r| r.status)
        };
        assert_eq!(cost((2026, 4, 30), Billing::Likely), Ok(20_000));
        assert_eq!(cost((2026, 5, 15), Billing::Min), Ok(11_000));
        assert_eq!(cost((2026, 5, 15), Billing::Likely), Ok(11_000));
        assert_eq!(cost((2026, 5, 15), Billing::Max), Ok(20_000));
        assert_eq!(cost((2026, 6, 1), Billing::Max), Ok(11_000));
        assert_eq!(cost((2025, 9, 2), Billing::Likely), Ok(20_000));
        let early = cost((2025, 8, 31), Billing::Likely);
        assert_eq!(early, Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn phases_with_an_aurora_model_have_two_readings() {
        let cost = |phase, billing| {
            let usage = usage("aurora_v1", 30, TODAY);
            charge(&rates(), Some(&rule(phase, false)), usage, billing).unwrap()
        };
        assert_eq!(cost(Phase::Render, Billing::Min), 4_000);
        assert_eq!(cost(Phase::Render, Billing::Likely), 30_000);
        assert_eq!(cost(Phase::Render, Billing::Max), 30_000);
        assert_eq!(cost(Phase::Preview, Billing::Likely), 4_000);
        assert_eq!(cost(Phase::Preview, Billing::Max), 30_000);
    }

    #[test]
    fn a_list_of_previews_costs_each_or_once() {
        let cost = |billing| {
            let usage = Usage {
                previews: 9,
                ..usage(STANDARD, 30, TODAY)
            };
            charge(&rates(), Some(&rule(Phase::Preview, true)), usage, billing).unwrap()
        };
        assert_eq!(cost(Billing::Min), 4_000);
        assert_eq!(cost(Billing::Likely), 36_000);
        assert_eq!(cost(Billing::Max), 36_000);
    }

    #[test]
    fn absurd_lengths_are_refused_and_nothing_overflows() {
        for length_ms in [-1, LONGEST + 1, i64::MIN, i64::MAX] {
            let usage = Usage {
                length_ms,
                ..usage(STANDARD, 0, TODAY)
            };
            assert!(charge(&rates(), None, usage, Billing::Max).is_err());
        }
        let many = Usage {
            previews: i64::MAX,
            ..usage(STANDARD, 30, TODAY)
        };
        let rule = rule(Phase::Preview, true);
        assert!(charge(&rates(), Some(&rule), many, Billing::Max).is_err());
    }

    #[test]
    fn amounts_are_written_exactly() {
        assert_eq!(to_json(5_500).to_string(), "5.5");
        assert_eq!(to_json(1_000_000).to_string(), "1000");
        assert_eq!(to_json(1).to_string(), "0.001");
        assert_eq!(from_text("5.5"), Some(5_500));
        assert_eq!(from_text("1000"), Some(1_000_000));
        for bad in [
            "",
            "-1",
            "1.2345",
            "1e3",
            ".5",
            "5.",
            "1,5",
            "99999999999999999999",
        ] {
            assert_eq!(from_text(bad), None, "{bad}");
        }
    }
}
