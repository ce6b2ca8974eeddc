//! The emulator seen from outside: over loopback, on ports of the system's choice, in virtual time.
//! Every answer is held against the document by the test client. Must not sleep.

mod billing;
mod clocks;
mod document;
mod faults;
mod flows;
mod hostile;
mod look;
mod parity;
mod reads;
mod recording;
mod refusals;
mod scenarios;
mod settings;
mod support;
mod webhooks;
