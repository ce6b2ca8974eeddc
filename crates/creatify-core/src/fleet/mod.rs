//! Many jobs at once: which to look at next, and how often the service may be asked at all.
//!
//! One [`Scheduler`] stands for one API key. It shares one request rate between all that is asked
//! for, reads jobs together where the service lists them, learns how long jobs take, and says when
//! each is over. It does nothing itself: what happened goes in through `handle_*`, what to do comes
//! out of `poll_output`, and time and chance are arguments.
//!
//! - [`Scheduler`]: the jobs; [`Submission`]: what it is told of one; [`Output`]: what it wants.
//! - [`Limiter`]: the rate, found from status 429 alone; [`Priority`]: who goes first.
//! - [`Durations`]: how long the jobs of a [`Class`] take, and when it is best to look.

mod class;
mod durations;
mod jitter;
mod limiter;
mod output;
mod priority;
mod roster;
mod scheduler;
mod submission;
mod watched;

pub use self::class::Class;
pub use self::durations::{Durations, ENOUGH, FIXED_INTERVAL, LONGEST_INTERVAL, SHORTEST_INTERVAL};
pub use self::jitter::Jitter;
pub use self::limiter::Limiter;
pub use self::output::{Failure, GiveUp, JobId, Output, Permission, Read, ReadId, Ticket};
pub use self::priority::Priority;
pub use self::scheduler::{LIST_LIMIT, Scheduler};
pub use self::submission::Submission;
