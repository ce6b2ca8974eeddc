//! Which jobs are alike: the same operation, the same model, about the same length.
//!
//! What is learnt from one is used for the others. Nothing is learnt here.

use crate::length::Seconds;
use crate::pricing::{Model, Operation};

/// A class of jobs that take about the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class {
    operation: Operation,
    model: Option<Model>,
    length: LengthClass,
}

/// How long a video is, roughly: the work grows with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum LengthClass {
    Unknown,
    UpTo15,
    UpTo30,
    UpTo60,
    UpTo120,
    Longer,
}

impl Class {
    /// The class of a job; a length that is not known is a class of its own.
    #[must_use]
    pub const fn new(operation: Operation, model: Option<Model>, length: Option<Seconds>) -> Class {
        let length = match length {
            None => LengthClass::Unknown,
            Some(length) => match length.millis() {
                ..=15_000 => LengthClass::UpTo15,
                15_001..=30_000 => LengthClass::UpTo30,
                30_001..=60_000 => LengthClass::UpTo60,
                60_001..=120_000 => LengthClass::UpTo120,
                _ => LengthClass::Longer,
            },
        };
        Class {
            operation,
            model,
            length,
        }
    }

    /// The operation that starts or continues the job.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }
}
