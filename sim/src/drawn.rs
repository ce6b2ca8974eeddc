//! The plan of a seed: what is bought, and what goes wrong meanwhile, is drawn from it alone.

use std::time::Duration;

use creatify::emulator::{Fault, Injection, RetryAfter};

use crate::dice::Dice;
use crate::plan::{Event, Forgery, Kind, Plan, Row, Way};

/// The ledger takes an absence for one 60 s after an answer was given up. A request can be held up
/// on its way, carried out late and listed late, each for so many seconds at most, and is seen.
const WITHIN: u64 = 19;

impl Plan {
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
        plan.call_backs(&mut Dice::new(seed, "call-backs"));
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

    /// How the client hears of its jobs, and what goes wrong with call-backs.
    fn call_backs(&mut self, dice: &mut Dice) {
        self.has_fleet = dice.chance(50);
        self.is_called = dice.chance(75);
        if !self.is_called {
            return;
        }
        for _ in 0..dice.between(0, 5) {
            let fault = match dice.between(0, 5) {
                0 | 1 => Fault::WebhookLost,
                2 => Fault::WebhookRepeated {
                    copies: dice.between(2, 20) as u32,
                },
                3 => Fault::WebhookLate {
                    seconds: dice.between(1, 90) as u32,
                },
                4 => Fault::WebhookEarly,
                _ => Fault::WebhookForged {
                    delay_seconds: dice.between(0, 30) as u32,
                },
            };
            let after = dice.between(0, 20);
            let fault = fault.times(dice.between(1, 3) as u32);
            self.push(fault.after_seconds(after as u32), after);
        }
        let kinds = [
            Forgery::WrongToken,
            Forgery::OwnJob,
            Forgery::OtherJob,
            Forgery::Nested,
        ];
        let mut at = 0;
        for _ in 0..dice.between(0, 6) {
            at += dice.between(500, 20_000);
            let forgery = dice.pick(&kinds);
            self.forgeries.push((Duration::from_millis(at), forgery));
        }
        self.calm = self.calm.max(Duration::from_millis(at));
    }

    fn push(&mut self, fault: Injection, seconds: u64) {
        self.faults.push(fault);
        self.calm = self.calm.max(Duration::from_secs(seconds));
    }
}

fn rows(dice: &mut Dice) -> Vec<Row> {
    let row = |dice: &mut Dice| Row {
        begins: Duration::from_millis(dice.between(0, 40) * 500),
        kind: match dice.between(0, 9) {
            0..=4 => Kind::Listed,
            5 | 6 => Kind::Unlisted,
            _ => Kind::Previewed {
                callers: dice.between(1, 2) as u32,
            },
        },
    };
    let count = dice.between(3, 7);
    (0..count).map(|_| row(dice)).collect()
}
