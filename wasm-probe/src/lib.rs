//! One exported function that makes a whole quote: amounts, line items and assumptions as text.
//!
//! It is there to be weighed, not to be used: a real binding would take names and give structured
//! data. What it must not do is leave anything of the quote out. Without the standard library, as a
//! page that counts its bytes would build it: the allocator is the smallest there is and frees
//! nothing.

#![no_std]

extern crate alloc;

mod memory;

use alloc::string::String;
use core::fmt::Write as _;

use creatify_core::{Day, Model, Operation, QuoteRequest, RateCard, Seconds};

/// The price of `count` videos of so many milliseconds on a day, counted from 1970-01-01, as text
/// that ends in a zero byte.
///
/// `operation` is a place in [`Operation::ALL`]; `model` one in [`Model::ALL`], or anything else
/// for the operation's default. `millis` above a day stands for no length. The text stays where it
/// is: a page calls this a few times.
#[unsafe(no_mangle)]
pub extern "C" fn quote(
    operation: usize,
    model: usize,
    millis: u32,
    count: u32,
    day: i32,
) -> *const u8 {
    let mut text = told(operation, model, millis, count, day);
    text.push('\0');
    text.leak().as_ptr()
}

fn told(operation: usize, model: usize, millis: u32, count: u32, day: i32) -> String {
    let mut text = String::new();
    let (Some(&operation), Some(day)) = (
        Operation::ALL.get(operation),
        Day::from_days_since_epoch(day),
    ) else {
        return text;
    };
    let mut request = QuoteRequest::new(operation).with_count(count);
    if let Some(&model) = Model::ALL.get(model) {
        request = request.with_model(model);
    }
    if let Ok(length) = Seconds::from_millis(u64::from(millis)) {
        request = request.with_length(length);
    }
    // Writing to a text never fails.
    let _ = match RateCard::on(day).quote(&request) {
        Err(error) => write!(text, "{error}"),
        Ok(quote) => {
            let _ = writeln!(text, "{}", quote.totals());
            for line in quote.lines() {
                let _ = writeln!(text, "{line} = {}", line.credits());
            }
            for assumption in quote.assumptions() {
                let _ = writeln!(text, "{}: {assumption}", assumption.id());
            }
            Ok(())
        }
    };
    text
}
