//! What a seed stands for: what is bought, and everything that goes wrong meanwhile.

use std::time::Duration;

use creatify::Credits;
use creatify::emulator::{Fault, Injection, RetryAfter};

use crate::dice::Dice;

/// The ledger takes an absence for one 60 s after an answer was given up. A request can be held up
/// on its way, carried out late and listed late, each for so many seconds at most, and is seen.
const WITHIN: u64 = 19;

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

impl Plan {
    /// A plan in which nothing is bought and nothing goes wrong, to be written by hand.
    #[must_use]
    pub fn quiet() -> Self {
        Self {
            seed: 0,
            rows: Vec::new(),
            limit: None,
            is_truthful: true,
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

    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "plan");
        let mut plan = Self {
            seed,
            rows: rows(&mut dice),
            limit: dice.chance(30).then(|| dice.between(6, 24)),
            summed_bills: dice.chance(50),
            skipped_statuses: dice.chance(50),
            ..Self::quiet()
        };
        plan.crashes(&mut dice);
        plan.weather(&mut dice);
        plan.clock(&mut dice);
        plan.service(&mut dice);
        plan.events.sort_by_key(|(at, _)| *at);
        let last = plan.events.last().map_or(Duration::ZERO, |(at, _)| *at);
        plan.calm = plan.calm.max(last);
        plan
    }

    fn episode(&mut self, from: u64, millis: u64, begin: Event, end: Event) -> u64 {
        let until = from + millis;
        self.events.push((Duration::from_millis(from), begin));
        self.events.push((Duration::from_millis(until), end));
        until
    }

    /// The client's process dies and comes back, most often while requests are on their way.
    fn crashes(&mut self, dice: &mut Dice) {
        let mut at = 0;
        for _ in 0..dice.between(0, 3) {
            at += if dice.chance(60) {
                dice.between(100, 3_000)
            } else {
                dice.between(3_000, 90_000)
            };
            let down = dice.between(100, 15_000);
            at = self.episode(at, down, Event::Crash, Event::Start);
        }
    }

    fn weather(&mut self, dice: &mut Dice) {
        let mut at = dice.between(0, 10_000);
        for _ in 0..dice.between(0, 4) {
            let way = dice.pick(&[Way::Both, Way::ToService, Way::ToRunner]);
            at = match dice.between(0, 9) {
                0..=5 => {
                    let length = dice.between(200, 30_000);
                    self.episode(at, length, Event::Cut(way), Event::Mend(way))
                }
                // What was given up is delivered all the same, within the horizon.
                6..=8 => {
                    let length = dice.between(1_000, WITHIN * 1_000);
                    self.episode(at, length, Event::Hold, Event::Release)
                }
                // A copy that is on its way for longer than the ledger waits.
                _ => {
                    self.is_truthful = false;
                    let length = dice.between(WITHIN * 1_000, 90_000);
                    self.episode(at, length, Event::Hold, Event::Release)
                }
            };
            at += dice.between(1_000, 30_000);
        }
        if dice.chance(15) {
            let (at, length) = (dice.between(0, 60_000), dice.between(1_000, 20_000));
            self.episode(at, length, Event::DiskFull, Event::DiskFree);
        }
    }

    /// The clock goes wrong, and is put right after a while.
    fn clock(&mut self, dice: &mut Dice) {
        if !dice.chance(15) {
            return;
        }
        // What the ledger's horizon is counted on has moved, so absence may be taken too early.
        self.is_truthful = false;
        let (at, length) = (dice.between(0, 90_000), dice.between(1_000, 90_000));
        let by = dice.pick(&[-86_400, -3_600, 90, 3_600, 86_400]);
        self.episode(at, length, Event::SetClock(by), Event::SetClock(-by));
    }

    /// What the service does wrong.
    fn service(&mut self, dice: &mut Dice) {
        for _ in 0..dice.between(0, 6) {
            let fault = self.answer(dice);
            let after = dice.pick(&[0, 0, 1, 2, 5, 20, 60]);
            self.push(Injection::from(fault).after_seconds(after), after.into());
        }
        for _ in 0..dice.between(0, 2) {
            let reason = "no face found".to_owned();
            let fault = match dice.between(0, 3) {
                0 => Fault::JobFails { reason },
                1 => Fault::JobRejected,
                2 => Fault::DoneWithoutOutput {
                    output_after_seconds: Some(1),
                },
                _ => Fault::ExtraCharge {
                    millicredits: 1_000 * dice.between(1, 3).cast_signed(),
                },
            };
            self.push(fault.into(), 0);
        }
        if dice.chance(30) {
            let seconds = dice.between(1, 30) as u32;
            let stale = Fault::StaleRead { seconds }.times(dice.between(1, 10) as u32);
            self.push(stale, 0);
        }
        if dice.chance(30) {
            let (per_second, length) = (dice.between(1, 3) as u32, dice.between(5, 60));
            let limit = Fault::RateLimit { per_second }.for_seconds(length as u32);
            self.push(limit, length);
        }
        if dice.chance(40) {
            // A list that lags by less than the horizon tells the truth when it is asked.
            let seconds = dice.between(1, WITHIN) as u32;
            self.push(Fault::ListLag { seconds }.for_seconds(400), 0);
        } else if dice.chance(20) {
            self.is_truthful = false;
            let lie = match dice.chance(50) {
                true => Fault::ListLag { seconds: 300 },
                false => Fault::ListCut {
                    items: dice.between(0, 2) as usize,
                },
            };
            self.push(lie.for_seconds(400), 0);
        }
    }

    /// What goes wrong with the answer of one paid request.
    fn answer(&mut self, dice: &mut Dice) -> Fault {
        let code = dice.pick(&[500, 502, 503, 504]);
        let body = "{\"detail\": \"try again\"}".to_owned();
        match dice.between(0, 16) {
            0 | 1 => Fault::AnswerLost,
            2 => Fault::AnswerReset,
            3 => Fault::ClosedMidBody,
            4 => Fault::TruncatedJson,
            5 | 6 => Fault::StatusAfterAccept { code, body },
            7 => Fault::Status { code, body },
            8 => Fault::Html,
            9 => Fault::Hang,
            10 => Fault::ClosedUnread,
            11 => Fault::RateLimited {
                retry_after: Some(RetryAfter::Seconds(dice.between(0, 20))),
            },
            12 | 13 => Fault::AcceptedLate {
                // Within the horizon, which begins when the answer is given up.
                delay_seconds: dice.between(1, WITHIN) as u32,
                hang: dice.chance(50),
            },
            14 => Fault::IdMissing,
            15 => Fault::IdMalformed,
            _ => Fault::RefuseCredentials,
        }
    }

    fn push(&mut self, fault: Injection, seconds: u64) {
        self.faults.push(fault);
        self.calm = self.calm.max(Duration::from_secs(seconds));
    }
}

fn rows(dice: &mut Dice) -> Vec<Row> {
    let row = |dice: &mut Dice| Row {
        begins: Duration::from_millis(dice.between(0, 40) * 500),
        kind: match dice.chance(60) {
            true => Kind::Listed,
            false => Kind::Previewed {
                callers: dice.between(1, 2) as u32,
            },
        },
    };
    let count = dice.between(3, 7);
    (0..count).map(|_| row(dice)).collect()
}

/// A whole number of credits.
pub(crate) fn credits(whole: u64) -> Credits {
    whole
        .to_string()
        .parse()
        .expect("a small number is an amount")
}
