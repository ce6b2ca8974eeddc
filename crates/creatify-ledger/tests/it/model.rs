//! The shipped table, explored exhaustively: every order in which requests, answers, lists,
//! webhooks, time limits and crashes can meet, for two intents of up to three attempts with two
//! crashes.
//!
//! The world around the table is unkind: requests are lost or arrive late, answers are lost, jobs
//! appear in lists late. Only two things are believed, as the protocol believes them: what is
//! called "not sent" or "refused" made no job, and after the horizon no copy is under way and every
//! job is listed. Under the policy `park` not even the second one is needed.

use std::io::Write as _;

use creatify_ledger::protocol::{
    Absence, Action, Event, Facts, Guard, Job, Next, Policy, Row, State, TABLE, Which, step_in,
};
use stateright::{Checker, HasDiscoveries, Model, Property};

const INTENTS: usize = 2;
const ATTEMPTS: usize = 3;
const CRASHES: u8 = 2;

/// Where the request of one attempt is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Request {
    /// Not on the network: not yet, or lost on its way.
    #[default]
    Nowhere,
    /// On its way; it may arrive much later.
    Flying,
    /// Arrived: there is a job, which no list shows yet.
    Unlisted,
    /// Arrived: there is a job, which lists show.
    Listed,
}

impl Request {
    fn is_job(self) -> bool {
        matches!(self, Request::Unlisted | Request::Listed)
    }
}

/// What the process knows and forgets when it is killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Process {
    #[default]
    Idle,
    /// The gate opened; the request is not on the network yet.
    Holding,
    /// The request is on the network; the answer is waited for.
    Waiting,
}

/// One intent: its row in the ledger, the network, and the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct World {
    state: State,
    attempts: u8,
    /// Whether one list after the horizon has not shown the newest attempt.
    was_absent: bool,
    requests: [Request; ATTEMPTS],
    process: Process,
    /// The attempt whose job the intent owns.
    owned: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Worlds {
    /// In ascending order: the intents are alike, so their order says nothing.
    intents: [World; INTENTS],
    crashes: u8,
}

impl Worlds {
    fn are_settled(&self) -> bool {
        let mut intents = self.intents.iter();
        intents.all(|world| world.state == State::Settled)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Move {
    Gate,
    Send,
    ConnectFails,
    Arrive(usize),
    Lose(usize),
    Refuse(Event),
    Answer,
    GiveUp,
    AppearInLists(usize),
    Webhook(usize),
    Look,
    PersonParks,
    PersonResends,
    PersonWithdraws,
    Resume,
    Finish,
}

/// A rule to be tried: a table, a policy, and whether horizons mean what they should.
struct Rule {
    table: Vec<Row>,
    policy: Policy,
    is_horizon_true: bool,
}

impl World {
    fn new() -> World {
        World {
            state: State::Planned,
            attempts: 0,
            was_absent: false,
            requests: [Request::Nowhere; ATTEMPTS],
            process: Process::Idle,
            owned: None,
        }
    }

    fn newest(&self) -> usize {
        usize::from(self.attempts).saturating_sub(1)
    }

    fn jobs(&self) -> usize {
        let jobs = self.requests.iter().filter(|request| request.is_job());
        jobs.count()
    }

    /// Whether no copy is under way and every job is in the lists.
    fn is_quiet(&self) -> bool {
        let loud = |request: &Request| matches!(request, Request::Flying | Request::Unlisted);
        !self.requests.iter().any(loud)
    }

    fn moves(&self, rule: &Rule, into: &mut Vec<Move>) {
        if usize::from(self.attempts) < ATTEMPTS {
            into.push(Move::Gate);
        }
        match self.process {
            Process::Idle => {}
            Process::Holding => into.extend([Move::Send, Move::ConnectFails]),
            Process::Waiting => {
                into.push(Move::GiveUp);
                let newest = self.requests[self.newest()];
                if newest.is_job() {
                    into.push(Move::Answer);
                }
                if newest == Request::Flying {
                    let refusals = [Event::RateLimited, Event::OutOfCredits, Event::Refused];
                    into.extend(refusals.map(Move::Refuse));
                }
            }
        }
        for (attempt, request) in self.requests.iter().enumerate() {
            match request {
                Request::Flying => into.extend([Move::Arrive(attempt), Move::Lose(attempt)]),
                Request::Unlisted => {
                    into.extend([Move::AppearInLists(attempt), Move::Webhook(attempt)]);
                }
                Request::Listed => into.push(Move::Webhook(attempt)),
                Request::Nowhere => {}
            }
        }
        into.extend([Move::Look, Move::PersonParks, Move::Resume, Move::Finish]);
        // A person looks before saying that there is no job.
        if self.jobs() == 0 && self.is_quiet() && rule.is_horizon_true {
            into.extend([Move::PersonResends, Move::PersonWithdraws]);
        }
    }

    /// What the table says of an event, taken over; `None` when it has no row.
    fn take(&mut self, rule: &Rule, event: Event, facts: Facts, about: usize) -> Option<()> {
        let facts = Facts {
            policy: rule.policy,
            ..facts
        };
        let done = step_in(&rule.table, self.state, event, &facts).ok()?;
        self.state = done.next;
        for action in done.actions {
            match action {
                Action::Reserve => {
                    self.attempts += 1;
                    self.was_absent = false;
                    self.process = Process::Holding;
                }
                Action::Adopt => self.owned = u8::try_from(about).ok(),
                Action::NoteAbsence => self.was_absent = true,
                _ => {}
            }
        }
        Some(())
    }

    fn facts_of(&self, attempt: usize) -> Facts {
        Facts {
            which: match attempt == self.newest() {
                true => Which::Newest,
                false => Which::Earlier,
            },
            job: match self.owned {
                None => Job::New,
                Some(owned) if usize::from(owned) == attempt => Job::Same,
                Some(_) => Job::Other,
            },
            ..Facts::default()
        }
    }

    fn after(mut self, rule: &Rule, step: &Move) -> Option<World> {
        let newest = self.newest();
        match step {
            Move::Gate => self.take(rule, Event::GateOpened, Facts::default(), newest)?,
            Move::Send => {
                self.process = Process::Waiting;
                self.requests[newest] = Request::Flying;
            }
            Move::ConnectFails => {
                self.process = Process::Idle;
                self.take(rule, Event::NotSent, self.facts_of(newest), newest)?;
            }
            Move::Arrive(attempt) => self.requests[*attempt] = Request::Unlisted,
            Move::Lose(attempt) => self.requests[*attempt] = Request::Nowhere,
            Move::AppearInLists(attempt) => self.requests[*attempt] = Request::Listed,
            Move::Refuse(event) => {
                self.process = Process::Idle;
                self.requests[newest] = Request::Nowhere;
                self.take(rule, *event, self.facts_of(newest), newest)?;
            }
            Move::Answer => {
                self.process = Process::Idle;
                self.take(rule, Event::Answered, self.facts_of(newest), newest)?;
            }
            Move::GiveUp => {
                self.process = Process::Idle;
                self.take(rule, Event::AnswerLost, self.facts_of(newest), newest)?;
            }
            Move::Webhook(attempt) => {
                self.take(rule, Event::Confirmed, self.facts_of(*attempt), *attempt)?;
            }
            Move::Look => self.look(rule)?,
            Move::PersonParks => {
                self.take(rule, Event::PersonParks, Facts::default(), newest)?;
            }
            Move::PersonResends => {
                self.take(rule, Event::PersonResends, Facts::default(), newest)?;
            }
            Move::PersonWithdraws => {
                self.take(rule, Event::PersonWithdraws, Facts::default(), newest)?;
            }
            Move::Resume => self.take(rule, Event::Resumed, Facts::default(), newest)?,
            Move::Finish => self.take(rule, Event::Finished, Facts::default(), newest)?,
        }
        Some(self.without_what_no_longer_matters())
    }

    /// Makes worlds equal that differ only in what nothing depends on any more.
    fn without_what_no_longer_matters(mut self) -> World {
        self.was_absent &= self.state == State::Ambiguous;
        // Whether a list shows the job that is owned already decides nothing.
        if let Some(owned) = self.owned {
            let request = &mut self.requests[usize::from(owned)];
            if *request == Request::Unlisted {
                *request = Request::Listed;
            }
        }
        if self.state.is_final() && self.process == Process::Waiting {
            self.process = Process::Idle;
        }
        self
    }

    /// Reads the list for the newest attempt.
    fn look(&mut self, rule: &Rule) -> Option<()> {
        let newest = self.newest();
        let is_listed = self.requests[newest] == Request::Listed;
        let event = match is_listed {
            true => Event::ListedOnce,
            false => Event::ListedNone,
        };
        let facts = Facts {
            is_after_horizon: !rule.is_horizon_true || self.is_quiet(),
            absence: match self.was_absent {
                false => Absence::Once,
                true => Absence::Proved,
            },
            ..self.facts_of(newest)
        };
        self.take(rule, event, facts, newest)
    }

    /// The process is killed, and another one starts.
    fn crashed(mut self, rule: &Rule) -> World {
        self.process = Process::Idle;
        // Only what is in flight has a row for it.
        let _ = self.take(rule, Event::Restarted, Facts::default(), self.newest());
        self
    }
}

impl Model for Rule {
    type State = Worlds;
    type Action = Option<(usize, Move)>;

    fn init_states(&self) -> Vec<Worlds> {
        vec![Worlds {
            intents: [World::new(); INTENTS],
            crashes: 0,
        }]
    }

    /// `None` is a crash.
    fn actions(&self, worlds: &Worlds, actions: &mut Vec<Self::Action>) {
        for (place, world) in worlds.intents.iter().enumerate() {
            let mut moves = Vec::new();
            world.moves(self, &mut moves);
            actions.extend(moves.into_iter().map(|step| Some((place, step))));
        }
        if worlds.crashes < CRASHES {
            actions.push(None);
        }
    }

    fn next_state(&self, worlds: &Worlds, action: Self::Action) -> Option<Worlds> {
        let mut next = worlds.clone();
        match action {
            Some((place, step)) => {
                next.intents[place] = next.intents[place].after(self, &step)?;
            }
            None => {
                next.crashes += 1;
                next.intents = next.intents.map(|world| world.crashed(self));
            }
        }
        next.intents.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("at most one job", |_, worlds: &Worlds| {
                worlds.intents.iter().all(|world| world.jobs() <= 1)
            }),
            Property::always("what is free was not spent", |_, worlds: &Worlds| {
                worlds.intents.iter().all(|world| {
                    let is_free = !world.state.is_reserved() && world.owned.is_none();
                    !is_free || world.jobs() == 0
                })
            }),
            Property::always("an owned job is the job", |_, worlds: &Worlds| {
                worlds.intents.iter().all(|world| {
                    let owned = world.owned.map(usize::from);
                    owned.is_none_or(|owned| world.requests[owned].is_job())
                })
            }),
            Property::sometimes("all can settle", |_, worlds: &Worlds| worlds.are_settled()),
            Property::sometimes("all can settle after every crash", |_, worlds: &Worlds| {
                worlds.crashes == CRASHES && worlds.are_settled()
            }),
            Property::sometimes("the last attempt can succeed", |_, worlds: &Worlds| {
                let last = u8::try_from(ATTEMPTS - 1).ok();
                worlds.intents.iter().any(|world| world.owned == last)
            }),
            Property::sometimes("a lost answer can be found again", |_, worlds: &Worlds| {
                let mut intents = worlds.intents.iter();
                worlds.crashes == 0
                    && intents.any(|world| world.state == State::Ambiguous && world.jobs() == 1)
            }),
        ]
    }
}

/// Explores every state, or stops when the expected properties are broken; gives the names of the
/// properties that do not hold.
fn broken_by(rule: Rule, expected: &[&'static str]) -> Vec<&'static str> {
    let finish = match expected {
        [] => HasDiscoveries::All,
        _ => HasDiscoveries::AllOf(expected.iter().copied().collect()),
    };
    let checker = rule.checker().threads(2).finish_when(finish);
    let checker = checker.spawn_bfs().join();
    let mut broken = Vec::new();
    for property in checker.model().properties() {
        let is_found = checker.discovery(property.name).is_some();
        let is_always = matches!(property.expectation, stateright::Expectation::Always);
        if is_found == is_always && (is_always || expected.is_empty()) {
            broken.push(property.name);
        }
    }
    // Shown by `--nocapture`.
    let states = checker.unique_state_count();
    let _ = writeln!(std::io::stderr(), "{states} states: {broken:?}");
    broken
}

fn shipped(policy: Policy) -> Rule {
    Rule {
        table: TABLE.to_vec(),
        policy,
        is_horizon_true: true,
    }
}

/// The shipped table with one row in front of it, which is taken first.
fn with_first(from: &'static [State], on: &'static [Event], when: Guard, policy: Policy) -> Rule {
    let row = Row {
        from,
        on,
        when,
        next: Next::To(State::Planned),
        actions: &[Action::Void],
    };
    let mut table = vec![row];
    table.extend_from_slice(TABLE);
    Rule {
        table,
        policy,
        is_horizon_true: true,
    }
}

#[test]
fn the_shipped_table_pays_once_when_it_parks() {
    assert_eq!(broken_by(shipped(Policy::Park), &[]), [""; 0]);
}

#[test]
fn the_shipped_table_pays_once_when_it_sends_again_after_the_horizon() {
    assert_eq!(broken_by(shipped(Policy::ResendIfAbsent), &[]), [""; 0]);
}

#[test]
fn parking_is_safe_even_where_the_horizon_means_nothing() {
    let rule = Rule {
        is_horizon_true: false,
        ..shipped(Policy::Park)
    };
    let broken = broken_by(rule, &[]);
    assert!(!broken.contains(&"at most one job"), "{broken:?}");
    assert!(
        !broken.contains(&"what is free was not spent"),
        "{broken:?}"
    );
}

#[test]
fn sending_again_is_not_safe_where_the_horizon_means_nothing() {
    let rule = Rule {
        is_horizon_true: false,
        ..shipped(Policy::ResendIfAbsent)
    };
    assert_eq!(broken_by(rule, &NAIVE), NAIVE);
}

const NAIVE: [&str; 2] = ["at most one job", "what is free was not spent"];

#[test]
fn a_plain_retry_pays_twice() {
    const ON: &[Event] = &[Event::AnswerLost, Event::Restarted];
    let rule = with_first(&[State::Sent], ON, Guard::Always, Policy::Park);
    assert_eq!(broken_by(rule, &NAIVE), NAIVE);
}

#[test]
fn a_log_that_is_sent_again_after_a_restart_pays_twice() {
    const ON: &[Event] = &[Event::Restarted];
    let rule = with_first(&[State::Sent], ON, Guard::Always, Policy::Park);
    assert_eq!(broken_by(rule, &NAIVE), NAIVE);
}

#[test]
fn a_list_without_a_horizon_pays_twice() {
    const ON: &[Event] = &[Event::ListedNone];
    let rule = with_first(&[State::Ambiguous], ON, Guard::Always, Policy::Park);
    assert_eq!(broken_by(rule, &NAIVE), NAIVE);
}
