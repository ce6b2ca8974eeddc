//! From news to changes: what the protocol's actions mean for the rows of a ledger.
//!
//! Pure: it reads rows through [`Rows`] and returns [`Change`]s, which a ledger writes as one
//! transaction or not at all. Every change is held against the money invariants before it is
//! returned, in every build.

use creatify_core::{Credits, Model, Operation};

use crate::error::LedgerError;
use crate::id::{IntentId, UnixMillis};
use crate::intent::{Attempt, Held, Intent, LengthClass, Money, OwnedJob, Plan};
use crate::ledger::Lane;
use crate::money::{Balance, Scope};
use crate::news::{Alarm, AlarmKind, LogEntry, News, Pass, Transition};
use crate::protocol::{Absence, Action, Event, Facts, Job, State, Which, step};

/// How far apart two readings of a list must be to prove absence together, in milliseconds.
pub(crate) const ABSENCE_GAP: u64 = 60_000;

/// What the engine reads.
pub(crate) trait Rows {
    fn intent(&self, id: IntentId) -> Result<Option<Intent>, LedgerError>;
    /// The intent that owns this job at this step.
    fn owner(&self, job: &str, step: u32) -> Result<Option<IntentId>, LedgerError>;
    /// The intent that has this step of this job, whether it was sent or not.
    fn continuing(&self, job: &str, step: u32) -> Result<Option<IntentId>, LedgerError>;
    fn balance(&self, scope: &Scope) -> Result<Balance, LedgerError>;
    fn lane(&self, account: &str) -> Result<Option<Lane>, LedgerError>;
    fn is_distrusted(&self, status: u16) -> Result<bool, LedgerError>;
    fn has_alarm(&self, alarm: &Alarm) -> Result<bool, LedgerError>;
}

/// What the engine writes.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Insert or replace the intent, with all its attempts.
    Intent(Box<Intent>),
    /// Set what is reserved and spent; never the limit.
    Balance(Balance),
    /// Stop the lane.
    Stop(Lane),
    Distrust(u16),
    Duration(Duration),
    Alarm(Alarm),
    /// Append to the history; its number is given when it is written.
    Log(Line),
}

#[derive(Clone, Debug)]
pub(crate) struct Duration {
    pub(crate) operation: Operation,
    pub(crate) model: Option<Model>,
    pub(crate) length: LengthClass,
    pub(crate) millis: u64,
}

/// A line of the history without its number.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at: UnixMillis,
    pub(crate) intent: IntentId,
    pub(crate) attempt: u32,
    pub(crate) event: Event,
    pub(crate) from: State,
    pub(crate) to: State,
    pub(crate) by: Option<String>,
    pub(crate) note: Option<String>,
}

impl Line {
    pub(crate) fn numbered(self, number: u64) -> LogEntry {
        LogEntry {
            number,
            at: self.at,
            intent: self.intent,
            attempt: self.attempt,
            event: self.event,
            from: self.from,
            to: self.to,
            by: self.by,
            note: self.note,
        }
    }
}

/// Stores a plan, or finds it stored already.
pub(crate) fn plan(
    rows: &impl Rows,
    plan: &Plan,
    now: UnixMillis,
) -> Result<(Vec<Change>, Intent), LedgerError> {
    let planned = Intent::planned(plan, now);
    if let Some(stored) = rows.intent(plan.id)? {
        let changed = |what| LedgerError::PlanChanged {
            intent: plan.id,
            what,
        };
        if stored.body_hash != planned.body_hash {
            return Err(changed("body"));
        }
        if (stored.operation, &stored.account) != (planned.operation, &planned.account) {
            return Err(changed("operation or account"));
        }
        if stored.price != planned.price || stored.continues != planned.continues {
            return Err(changed("price or job"));
        }
        return Ok((Vec::new(), stored));
    }
    if let Some(on) = &planned.continues
        && let Some(by) = rows.continuing(&on.job, on.step)?
    {
        return Err(LedgerError::StepTaken {
            job: on.job.clone(),
            step: on.step,
            by,
        });
    }
    let done = step(State::Unknown, Event::Planned, &Facts::default())?;
    let mut work = Work::new(rows, planned, Event::Planned, State::Unknown, 0, now);
    work.intent.state = done.next;
    work.log(None, None);
    let (changes, intent) = work.finish()?;
    Ok((changes, intent))
}

/// The test-and-set: lets this attempt out if it is the one that is due.
///
/// Being held is a change and a refusal at once, so the refusal comes beside the changes.
pub(crate) fn gate(
    rows: &impl Rows,
    id: IntentId,
    attempt: u32,
    now: UnixMillis,
) -> Result<(Vec<Change>, Result<Pass, LedgerError>), LedgerError> {
    let intent = stored(rows, id)?;
    let next = intent.next_attempt();
    let from = intent.state;
    if from != State::Planned || attempt != next {
        return Err(LedgerError::GateClosed {
            intent: id,
            attempt,
            next,
            state: from,
        });
    }
    let scopes = intent.scopes(now);
    let (event, refusal) = match held_by(rows, &intent, &scopes)? {
        None => (Event::GateOpened, None),
        Some(refusal @ LedgerError::LaneStopped { .. }) => (Event::LaneStopped, Some(refusal)),
        Some(refusal) => (Event::BudgetExceeded, Some(refusal)),
    };
    let done = step(from, event, &Facts::default())?;
    let mut work = Work::new(rows, intent, event, from, attempt, now);
    work.intent.state = done.next;
    work.intent.held = match event {
        Event::BudgetExceeded => Some(Held::Budget),
        Event::LaneStopped => Some(Held::Account),
        _ => None,
    };
    for action in done.actions {
        if *action == Action::Reserve {
            work.reserve(scopes.clone())?;
        }
    }
    if refusal.is_some() {
        // No attempt was made, so the line names the last one that was.
        work.attempt = attempt.saturating_sub(1);
    }
    work.log(None, None);
    let (changes, _) = work.finish()?;
    let pass = Pass {
        intent: id,
        attempt,
    };
    Ok((changes, refusal.map_or(Ok(pass), Err)))
}

/// Takes in what happened to an attempt; `None` is the newest one.
pub(crate) fn record(
    rows: &impl Rows,
    id: IntentId,
    attempt: Option<u32>,
    news: &News,
    now: UnixMillis,
) -> Result<(Vec<Change>, Transition), LedgerError> {
    let intent = stored(rows, id)?;
    let newest = intent.next_attempt().saturating_sub(1);
    let attempt = attempt.unwrap_or(newest);
    let needs_none = matches!(news, News::Resumed | News::PersonWithdraws { .. });
    if !needs_none && intent.attempt(attempt).is_none() {
        return Err(LedgerError::UnknownAttempt {
            intent: id,
            attempt,
        });
    }
    let event = event_of(rows, &intent, news)?;
    // A decision without an attempt and the end of a job are about the whole intent: the bill is
    // that of the job, whichever attempt made it.
    let is_whole = needs_none || matches!(event, Event::Finished | Event::Failed);
    let attempt = if is_whole { newest } else { attempt };
    advance(rows, intent, attempt, event, Some(news), now)
}

/// A process starts and finds this attempt in flight.
pub(crate) fn restarted(
    rows: &impl Rows,
    id: IntentId,
    now: UnixMillis,
) -> Result<(Vec<Change>, Transition), LedgerError> {
    let intent = stored(rows, id)?;
    let newest = intent.next_attempt().saturating_sub(1);
    advance(rows, intent, newest, Event::Restarted, None, now)
}

fn advance(
    rows: &impl Rows,
    intent: Intent,
    attempt: u32,
    event: Event,
    news: Option<&News>,
    now: UnixMillis,
) -> Result<(Vec<Change>, Transition), LedgerError> {
    let from = intent.state;
    let facts = facts(&intent, attempt, news, now);
    let done = step(from, event, &facts)?;
    let mut work = Work::new(rows, intent, event, from, attempt, now);
    work.intent.state = done.next;
    work.intent.held = match (done.next, from) {
        (State::Held, State::Held) => work.intent.held,
        (State::Held, _) => Some(Held::Account),
        _ => None,
    };
    if from == State::Sent
        && let Some(news) = news
    {
        work.keep_answer(news);
    }
    for action in done.actions {
        work.act(*action, news)?;
    }
    let by = news.and_then(News::by);
    let is_silent = done
        .actions
        .iter()
        .all(|action| *action == Action::AskAgain);
    if done.next != from || !is_silent {
        work.log(by, news.and_then(News::note));
    }
    let alarms = work.alarms()?;
    let (changes, intent) = work.finish()?;
    let transition = Transition {
        event,
        from,
        intent,
        actions: done.actions,
        alarms,
    };
    Ok((changes, transition))
}

fn stored(rows: &impl Rows, id: IntentId) -> Result<Intent, LedgerError> {
    rows.intent(id)?
        .ok_or(LedgerError::UnknownIntent { intent: id })
}

/// What stands in the way of reserving the price, if anything does.
fn held_by(
    rows: &impl Rows,
    intent: &Intent,
    scopes: &[Scope],
) -> Result<Option<LedgerError>, LedgerError> {
    if let Some(lane) = rows.lane(&intent.account)? {
        return Ok(Some(LedgerError::LaneStopped {
            account: lane.account,
            why: lane.stopped_by.to_string(),
        }));
    }
    for scope in scopes {
        let balance = rows.balance(scope)?;
        if !balance.allows(intent.price) {
            return Ok(Some(LedgerError::OverBudget {
                scope: balance.scope,
                asked: intent.price,
                limit: balance.limit.unwrap_or(Credits::MAX),
                reserved: balance.reserved,
                spent: balance.spent,
            }));
        }
    }
    Ok(None)
}

/// The event of the news, after what the ledger knows of the job and of the status.
fn event_of(rows: &impl Rows, intent: &Intent, news: &News) -> Result<Event, LedgerError> {
    let event = news.event();
    if intent.state == State::Sent
        && let Some(status) = news.status()
        && rows.is_distrusted(status)?
    {
        return Ok(Event::AnswerLost);
    }
    if let Some(job) = news.jobs().first()
        && let Some(by) = rows.owner(job, intent.job_step())?
        && by != intent.id
    {
        if event != Event::Answered {
            let job = job.clone();
            return Err(LedgerError::JobTaken { job, by });
        }
        return Ok(Event::AnsweredForeign);
    }
    Ok(event)
}

fn facts(intent: &Intent, attempt: u32, news: Option<&News>, now: UnixMillis) -> Facts {
    let about = intent.attempt(attempt);
    let is_newest = attempt.checked_add(1) == Some(intent.next_attempt());
    let do_credits_agree = matches!(
        news,
        Some(News::Listed {
            do_credits_agree: true,
            ..
        })
    );
    let is_second = about
        .and_then(|about| about.absent_at)
        .is_some_and(|first| now.since(first) >= ABSENCE_GAP);
    let named = news.and_then(|news| news.jobs().first());
    Facts {
        is_after_horizon: about
            .and_then(|about| about.horizon_at)
            .is_some_and(|horizon| now >= horizon),
        policy: intent.policy,
        absence: match (is_second, do_credits_agree) {
            (false, _) => Absence::Once,
            (true, true) => Absence::Proved,
            (true, false) => Absence::Doubted,
        },
        which: if is_newest {
            Which::Newest
        } else {
            Which::Earlier
        },
        job: match (&intent.job, named) {
            (Some(own), Some(named)) if own.id == *named => Job::Same,
            (Some(_), Some(_)) => Job::Other,
            _ => Job::New,
        },
    }
}

/// One transaction in the making.
struct Work<'a, R> {
    rows: &'a R,
    intent: Intent,
    event: Event,
    from: State,
    attempt: u32,
    now: UnixMillis,
    changes: Vec<Change>,
    pending_alarms: Vec<(AlarmKind, String)>,
}

impl<'a, R: Rows> Work<'a, R> {
    fn new(
        rows: &'a R,
        intent: Intent,
        event: Event,
        from: State,
        attempt: u32,
        now: UnixMillis,
    ) -> Self {
        Work {
            rows,
            intent,
            event,
            from,
            attempt,
            now,
            changes: Vec::new(),
            pending_alarms: Vec::new(),
        }
    }

    fn reserve(&mut self, scopes: Vec<Scope>) -> Result<(), LedgerError> {
        let amount = self.intent.price;
        for scope in &scopes {
            let balance = self.rows.balance(scope)?;
            if !balance.allows(amount) {
                return Err(broken(format_args!("{scope} would exceed its limit")));
            }
        }
        self.intent.attempts.push(Attempt {
            number: self.attempt,
            sent_at: self.now,
            reserved: amount,
            money: Money::Reserved,
            scopes: scopes.clone(),
            horizon_at: None,
            absent_at: None,
            status: None,
            note: None,
        });
        self.move_money(&scopes, |balance| {
            balance.reserved = balance.reserved.checked_add(amount)?;
            Some(())
        })
    }

    /// Keeps what refused or lost the newest attempt.
    fn keep_answer(&mut self, news: &News) {
        let number = self.attempt;
        if let Some(attempt) = self.intent.attempt_mut(number) {
            attempt.status = news.status().or(attempt.status);
            attempt.note = news.note().or(attempt.note.take());
        }
    }

    fn act(&mut self, action: Action, news: Option<&News>) -> Result<(), LedgerError> {
        let jobs = news.map(News::jobs).unwrap_or_default();
        match action {
            Action::Void => self.void(),
            Action::Reinstate => self.reinstate(),
            Action::Post => self.post(news),
            Action::Adopt => self.adopt(jobs),
            Action::SetHorizon => {
                let horizon = self.now.after(self.intent.horizon);
                self.about()?.horizon_at = Some(horizon);
                Ok(())
            }
            Action::NoteAbsence => {
                let now = self.now;
                self.about()?.absent_at.get_or_insert(now);
                Ok(())
            }
            Action::StopLane => {
                self.changes.push(Change::Stop(Lane {
                    account: self.intent.account.clone(),
                    stopped_by: self.event,
                    since: self.now,
                }));
                Ok(())
            }
            Action::Distrust => {
                let status = news
                    .and_then(News::status)
                    .or(self.about().ok().and_then(|attempt| attempt.status));
                self.changes.extend(status.map(Change::Distrust));
                Ok(())
            }
            Action::AlarmExtraJob => {
                let own = self.intent.job.as_ref().map(|job| job.id.clone());
                for job in jobs.iter().filter(|job| own.as_ref() != Some(*job)) {
                    self.pending_alarms.push((AlarmKind::ExtraJob, job.clone()));
                }
                Ok(())
            }
            Action::AlarmMisjudged => {
                let status = news.and_then(News::status);
                let detail = match (jobs.first(), status) {
                    (Some(job), _) => job.clone(),
                    (None, Some(status)) => format!("status {status}"),
                    (None, None) => self.event.to_string(),
                };
                self.pending_alarms.push((AlarmKind::Misjudged, detail));
                Ok(())
            }
            Action::AlarmForeignJob => {
                for job in jobs {
                    self.pending_alarms
                        .push((AlarmKind::ForeignJob, job.clone()));
                }
                Ok(())
            }
            // A gate reserves and a plan stores, each in its own function; the rest is the
            // caller's, or is written with the log.
            Action::Store
            | Action::Reserve
            | Action::RecordDecision
            | Action::BackOff
            | Action::CoolDown
            | Action::AskAgain => Ok(()),
        }
    }

    fn void(&mut self) -> Result<(), LedgerError> {
        let attempt = self.about()?;
        if attempt.money != Money::Reserved {
            return Err(broken("a reservation would end twice"));
        }
        attempt.money = Money::Voided;
        let (amount, scopes) = (attempt.reserved, attempt.scopes.clone());
        self.move_money(&scopes, |balance| {
            balance.reserved = balance.reserved.checked_sub(amount)?;
            Some(())
        })
    }

    fn reinstate(&mut self) -> Result<(), LedgerError> {
        let attempt = self.about()?;
        if attempt.money != Money::Voided {
            return Err(broken("a reservation would be made twice"));
        }
        attempt.money = Money::Reserved;
        let (amount, scopes) = (attempt.reserved, attempt.scopes.clone());
        self.move_money(&scopes, |balance| {
            balance.reserved = balance.reserved.checked_add(amount)?;
            Some(())
        })
    }

    fn post(&mut self, news: Option<&News>) -> Result<(), LedgerError> {
        let (bill, ran_for) = match news {
            Some(News::Finished { bill, ran_for }) => (*bill, *ran_for),
            Some(News::Failed { bill }) => (*bill, None),
            _ => return Err(broken("a job would end without a bill")),
        };
        if let Some(millis) = ran_for {
            self.changes.push(Change::Duration(Duration {
                operation: self.intent.operation,
                model: self.intent.model,
                length: self.intent.length,
                millis,
            }));
        }
        let Some(job) = &self.intent.job else {
            return Err(broken("a bill would be posted for no job"));
        };
        self.attempt = job.attempt;
        let attempt = self.about()?;
        if attempt.money != Money::Reserved {
            return Err(broken("a reservation would end twice"));
        }
        attempt.money = Money::Posted(bill);
        let (reserved, scopes) = (attempt.reserved, attempt.scopes.clone());
        if bill > reserved {
            let detail = format!("{bill} billed, {reserved} reserved");
            self.pending_alarms.push((AlarmKind::AboveReserved, detail));
        }
        self.move_money(&scopes, |balance| {
            balance.reserved = balance.reserved.checked_sub(reserved)?;
            balance.spent = balance.spent.checked_add(bill)?;
            Some(())
        })
    }

    fn adopt(&mut self, jobs: &[String]) -> Result<(), LedgerError> {
        let [job, ..] = jobs else {
            return Err(broken("a job would be adopted that has no id"));
        };
        self.intent.job = Some(OwnedJob {
            id: job.clone(),
            attempt: self.attempt,
            since: self.now,
        });
        Ok(())
    }

    fn about(&mut self) -> Result<&mut Attempt, LedgerError> {
        let number = self.attempt;
        self.intent
            .attempt_mut(number)
            .ok_or_else(|| broken(format_args!("there is no attempt {number}")))
    }

    fn move_money(
        &mut self,
        scopes: &[Scope],
        change: impl Fn(&mut Balance) -> Option<()>,
    ) -> Result<(), LedgerError> {
        for scope in scopes {
            let mut balance = self.rows.balance(scope)?;
            change(&mut balance)
                .ok_or_else(|| broken(format_args!("the balance of {scope} does not add up")))?;
            self.changes.push(Change::Balance(balance));
        }
        Ok(())
    }

    fn log(&mut self, by: Option<&str>, note: Option<String>) {
        self.intent.changed_at = self.now;
        self.changes.push(Change::Log(Line {
            at: self.now,
            intent: self.intent.id,
            attempt: self.attempt,
            event: self.event,
            from: self.from,
            to: self.intent.state,
            by: by.map(str::to_owned),
            note,
        }));
    }

    /// The alarms that were not raised before.
    fn alarms(&mut self) -> Result<Vec<Alarm>, LedgerError> {
        let mut alarms = Vec::new();
        for (kind, detail) in std::mem::take(&mut self.pending_alarms) {
            let alarm = Alarm {
                at: self.now,
                intent: self.intent.id,
                attempt: self.attempt,
                kind,
                detail,
            };
            if !self.rows.has_alarm(&alarm)? {
                self.changes.push(Change::Alarm(alarm.clone()));
                alarms.push(alarm);
            }
        }
        Ok(alarms)
    }

    fn finish(mut self) -> Result<(Vec<Change>, Intent), LedgerError> {
        if let Some(what) = crate::audit::wrong_with(&self.intent) {
            return Err(broken(format_args!("intent {}: {what}", self.intent.id)));
        }
        // The intent comes first: what follows refers to it.
        self.changes
            .insert(0, Change::Intent(Box::new(self.intent.clone())));
        Ok((self.changes, self.intent))
    }
}

fn broken(what: impl std::fmt::Display) -> LedgerError {
    LedgerError::Broken {
        what: what.to_string(),
    }
}
