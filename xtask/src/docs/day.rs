//! Days as text: today's, and the one after another. The only place of this task that reads a clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Today in UTC, `YYYY-MM-DD`.
pub fn today() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    of_number(i64::try_from(seconds / 86_400).unwrap_or(0))
}

/// The day after `day`; a text that is no day stays as it is.
pub fn next(day: &str) -> String {
    let parts: Vec<i64> = day
        .split('-')
        .filter_map(|part| part.parse().ok())
        .collect();
    match parts[..] {
        [year, month, day] => of_number(number(year, month, day) + 1),
        _ => day.to_owned(),
    }
}

/// Days since 1970-01-01, counted in years that begin in March.
fn number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn of_number(number: i64) -> String {
    let number = number + 719_468;
    let (era, of_era) = (number.div_euclid(146_097), number.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let part = (5 * of_year + 2) / 153;
    let (day, month) = (
        of_year - (153 * part + 2) / 5 + 1,
        if part < 10 { part + 3 } else { part - 9 },
    );
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_day_follows_the_calendar() {
        for (day, expected) in [
            ("2026-11-20", "2026-11-21"),
            ("2026-12-31", "2027-01-01"),
            ("2024-02-28", "2024-02-29"),
            ("2100-02-28", "2100-03-01"),
            ("1970-01-01", "1970-01-02"),
        ] {
            assert_eq!(next(day), expected);
        }
    }
}
