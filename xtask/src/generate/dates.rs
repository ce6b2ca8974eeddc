//! Reads the days and months that the folder's tables hold.
//!
//! Text stays text: a day is checked and compared as `YYYY-MM-DD`, a month as `YYYY-MM`, which
//! sort as they read. There is no clock here.

/// Whether `text` is a day of the calendar, written `YYYY-MM-DD`.
pub fn is_day(text: &str) -> bool {
    let Some((month, day)) = text.rsplit_once('-') else {
        return false;
    };
    let (Some((year, number)), true) = (month_of(month), is_digits(day, 2)) else {
        return false;
    };
    day.parse::<u32>()
        .is_ok_and(|day| (1..=days_in(year, number)).contains(&day))
}

/// Whether `text` is a month, written `YYYY-MM`.
pub fn is_month(text: &str) -> bool {
    month_of(text).is_some()
}

fn month_of(text: &str) -> Option<(u32, u32)> {
    let (year, month) = text.split_once('-')?;
    if !is_digits(year, 4) || !is_digits(month, 2) {
        return None;
    }
    let month = month
        .parse()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    Some((year.parse().ok()?, month))
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_day, is_month};

    #[test]
    fn only_days_of_the_calendar_are_days() {
        for good in ["2026-11-20", "2024-02-29", "2000-02-29"] {
            assert!(is_day(good), "{good}");
        }
        for bad in [
            "2026-02-29",
            "2026-11-31",
            "2026-1-01",
            "20261120",
            "2026-13-01",
            "",
            "1-1-1",
        ] {
            assert!(!is_day(bad), "{bad}");
        }
    }

    #[test]
    fn only_months_of_the_calendar_are_months() {
        assert!(is_month("2025-09"));
        for bad in ["2025-00", "2025-13", "2025", "2025-9", "2025-09-01"] {
            assert!(!is_month(bad), "{bad}");
        }
    }
}
