//! One bill for several calls on one job: what of it is the newest call's.

use creatify_core::Credits;
use creatify_ledger::{Intent, Money, News};

/// The same news with what of the bill is this call's, where earlier calls on the same job were
/// billed.
pub(super) fn own_share(intent: &Intent, on_the_job: &[Intent], news: &News) -> News {
    let earlier = Credits::checked_sum(
        on_the_job
            .iter()
            .filter(|other| other.id != intent.id)
            .flat_map(|other| &other.attempts)
            .filter_map(|attempt| match attempt.money {
                Money::Posted(bill) => Some(bill),
                _ => None,
            }),
    );
    let share = |bill, has_failed| match earlier {
        Some(earlier) => share(bill, intent.price, earlier, has_failed),
        None => bill,
    };
    match *news {
        News::Finished { bill, ran_for } => News::Finished {
            bill: share(bill, false),
            ran_for,
        },
        News::Failed { bill } => News::Failed {
            bill: share(bill, true),
        },
        _ => news.clone(),
    }
}

/// What of a bill is the newest call's, whose price is the most it may cost.
///
/// Nothing says whether the second bill of one id holds the last call or the sum of both. A bill
/// above the price, which fits once the earlier ones are taken off, is the sum. A call that failed
/// and left the bill as the earlier ones had made it, below the price, was billed nothing.
fn share(bill: Credits, price: Credits, earlier: Credits, has_failed: bool) -> Credits {
    let Some(rest) = bill.checked_sub(earlier) else {
        return bill;
    };
    let is_sum = bill > price && rest <= price;
    let is_as_it_was = has_failed && bill < price && rest.is_zero();
    if is_sum || is_as_it_was { rest } else { bill }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_shared_between_the_calls_on_its_job() {
        // The bill, the price, what was billed before; the share of a call that ended well, and of
        // one that failed.
        for (bill, price, earlier, finished, failed) in [
            // The first call on its job: the bill is its own.
            ("4", "4", "0", "4", "4"),
            ("0", "4", "0", "0", "0"),
            ("6", "4", "0", "6", "6"),
            // The sum of a preview and this call; with one that failed and was billed all the same.
            ("5", "4", "1", "4", "4"),
            ("5.5", "4", "1.5", "4", "4"),
            // Its own bill alone.
            ("4", "4", "1", "4", "4"),
            ("3", "4", "1", "3", "3"),
            ("3", "4", "5", "3", "3"),
            // Too much for either reading: all of it is told.
            ("7", "4", "1", "7", "7"),
            // As the preview left it. One that ended well was billed as much as the preview was;
            // one that failed was billed nothing, unless that is just what it costs.
            ("1", "4", "1", "1", "0"),
            ("2.5", "4", "2.5", "2.5", "0"),
            ("4", "4", "4", "4", "4"),
            // A preview that was dearer than its render may cost.
            ("5", "4", "5", "0", "0"),
        ] {
            let read = |text: &str| text.parse::<Credits>().expect("the test's credits parse");
            let share = |has_failed| share(read(bill), read(price), read(earlier), has_failed);
            let case = format!("{bill} of {price} after {earlier}");
            assert_eq!(share(false), read(finished), "{case}, finished");
            assert_eq!(share(true), read(failed), "{case}, failed");
        }
    }
}
