//! What a seed stands for: what is bought, and everything that goes wrong meanwhile.

use std::time::Duration;

use creatify::Credits;
use creatify::emulator::Injection;

/// One simulation, before it runs.
#[derive(Debug)]
pub struct Plan {
    pub(crate) seed: u64,
    pub(crate) rows: Vec<Row>,
    /// The most that the account may spend, in credits.
    pub(crate) limit: Option<u64>,
    /// Whether a list read after the horizon shows every job there is or will be: then nothing may
    /// be left for a person that the list could have told.
    pub(crate) is_truthful: bool,
    /// Whether one fleet waits for all jobs, instead of each purchase for its own.
    pub(crate) has_fleet: bool,
    /// Whether the service calls back, and the client listens.
    pub(crate) is_called: bool,
    /// What a stranger posts to the client's receiver, in order.
    pub(crate) forgeries: Vec<(Duration, Forgery)>,
    pub(crate) summed_bills: bool,
    pub(crate) skipped_statuses: bool,
    pub(crate) faults: Vec<Injection>,
    /// What happens to the hosts and the network, in order.
    pub(crate) events: Vec<(Duration, Event)>,
    /// When the last fault is over.
    pub(crate) calm: Duration,
}

/// One purchase of the campaign.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) begins: Duration,
    pub(crate) kind: Kind,
}

/// What is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A video whose job a list shows.
    Listed,
    /// A video whose job no list is known to show.
    Unlisted,
    /// A preview, which no list is known to show, and its render, asked for by so many callers.
    Previewed {
        /// One or two.
        callers: u32,
    },
}

/// Something that happens to a host or to the network between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The client's process is gone between two instructions.
    Crash,
    /// It starts anew.
    Start,
    /// Nothing arrives, in one direction or in both.
    Cut(Way),
    /// The end of a cut.
    Mend(Way),
    /// Nothing arrives until the release, and then everything does.
    Hold,
    /// The end of a hold.
    Release,
    /// The wall clock of the client's machine is set by so many seconds.
    SetClock(i64),
    /// The disk takes no gate.
    DiskFull,
    /// It takes them again.
    DiskFree,
}

/// A direction of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Both.
    Both,
    /// What the client sends.
    ToService,
    /// What the service sends.
    ToRunner,
}

/// A call-back that the service never made. Its sender knows an address that the service was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// `done`, at an address whose token is another one.
    WrongToken,
    /// `done`, with the id of the address's own job, before it is.
    OwnJob,
    /// `done`, with the id of another job of the account.
    OtherJob,
    /// Nested more deeply than anything that the service sends.
    Nested,
}

impl Plan {
    /// A plan in which nothing is bought and nothing goes wrong, to be written by hand.
    #[must_use]
    pub fn quiet() -> Self {
        Self {
            seed: 0,
            rows: Vec::new(),
            limit: None,
            is_truthful: true,
            has_fleet: false,
            is_called: false,
            forgeries: Vec::new(),
            summed_bills: false,
            skipped_statuses: false,
            faults: Vec::new(),
            events: Vec::new(),
            calm: Duration::ZERO,
        }
    }

    /// Buys this as well, so many milliseconds after the beginning.
    #[must_use]
    pub fn buys(mut self, kind: Kind, millis: u64) -> Self {
        let begins = Duration::from_millis(millis);
        self.rows.push(Row { begins, kind });
        self
    }

    /// Lets the account spend no more than so many credits.
    #[must_use]
    pub fn limited(mut self, credits: u64) -> Self {
        self.limit = Some(credits);
        self
    }

    /// The service does this wrong.
    #[must_use]
    pub fn fault(mut self, fault: impl Into<Injection>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// This happens so many milliseconds after the beginning; in order.
    #[must_use]
    pub fn event(mut self, millis: u64, event: Event) -> Self {
        let at = Duration::from_millis(millis);
        self.events.push((at, event));
        self.calm = self.calm.max(at);
        self
    }

    /// One fleet waits for all jobs.
    #[must_use]
    pub fn with_fleet(mut self) -> Self {
        self.has_fleet = true;
        self
    }

    /// The service calls back, and the client listens.
    #[must_use]
    pub fn called_back(mut self) -> Self {
        self.is_called = true;
        self
    }

    /// A stranger posts this so many milliseconds after the beginning; in order.
    #[must_use]
    pub fn forged(mut self, millis: u64, forgery: Forgery) -> Self {
        let at = Duration::from_millis(millis);
        self.forgeries.push((at, forgery));
        self.calm = self.calm.max(at);
        self
    }

    /// Jobs skip statuses on their way.
    #[must_use]
    pub fn skipping(mut self) -> Self {
        self.skipped_statuses = true;
        self
    }

    /// Lists need not show what there is: what they cannot tell may be left to a person.
    #[must_use]
    pub fn with_lists_that_lie(mut self) -> Self {
        self.is_truthful = false;
        self
    }
}

/// A whole number of credits.
pub(crate) fn credits(whole: u64) -> Credits {
    whole
        .to_string()
        .parse()
        .expect("a small number is an amount")
}
