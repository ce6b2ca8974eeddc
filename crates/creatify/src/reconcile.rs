//! Finding out about calls whose outcome is unknown, and what a person decides about them.
//!
//! Evidence comes from reads only. A list can prove that a job is there; that it is not there is
//! believed only of a list that reaches back before the call, after the horizon. Sending again is
//! the ledger's or a person's decision, never this module's.

use std::time::{Duration, UNIX_EPOCH};

use creatify_api::lenient::Timestamp;
use creatify_core::budget::Ask;
use creatify_core::job::{Status, VideoMark};
use creatify_core::{JobRef, Operation};
use creatify_ledger::protocol::State;
use creatify_ledger::{Alarm, Filter, Intent, IntentId, Marker, News, Transition, UnixMillis};
use serde_json::Value;
use tracing::Instrument as _;

use crate::budget::Budget;
use crate::call::{Accepted, Outcome, sealed::Sealed};
use crate::fleet::Priority;
use crate::journal::{Journal, refused, wall};
use crate::paid::{self, PaidRequest};
use crate::send::{Sent, send_again};
use crate::state::text;
use crate::telemetry::Metric;
use crate::webhook::{Attempt, Wakeup};
use crate::{Client, Error, ErrorKind, Job, JobState, failure, ledger};

/// The paid calls of this client's ledger. Made by [`Client::jobs`].
#[derive(Debug, Clone, Copy)]
pub struct Jobs<'c> {
    client: &'c Client,
    journal: &'c Journal,
    has_guessed_lists: bool,
}

/// What was found out about one call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finding {
    /// The call.
    pub intent: IntentId,
    /// Where it stands now.
    pub state: State,
    /// Its job, where it is known by now.
    pub job: Option<String>,
    /// How long until absence would count; zero once it does.
    pub horizon_in: Duration,
    /// What a person must hear of.
    pub alarms: Vec<Alarm>,
}

impl Client {
    /// The paid calls of this client's ledger.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Ledger`] when the client keeps no ledger.
    pub fn jobs(&self) -> Result<Jobs<'_>, Error> {
        let journal = self.journal().ok_or_else(|| {
            Error::new(ErrorKind::Ledger, "this client keeps no ledger")
                .hint("give its builder a journal")
        })?;
        Ok(Jobs {
            client: self,
            journal,
            has_guessed_lists: false,
        })
    }
}

impl Jobs<'_> {
    /// Also looks into lists that no official page describes: today that of link videos, which is
    /// known from a third party.
    ///
    /// What such a list shows counts; what it does not show proves nothing.
    #[must_use]
    pub fn with_guessed_lists(mut self) -> Self {
        self.has_guessed_lists = true;
        self
    }

    /// Looks for the job of every ambiguous call, and records what is found.
    ///
    /// A job is known by the ledger's mark in its name, or by the call-back address it was made
    /// with. Sends GETs only, one for each kind of call. Where nothing can be proved the ledger's policy
    /// decides; by default the call is parked for a person.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Ledger`] when the ledger cannot be read or written. A list that cannot be read
    /// is no error: the call stays ambiguous.
    pub async fn reconcile(&self) -> Result<Vec<Finding>, Error> {
        let span = tracing::info_span!("reconcile");
        self.find_all_out().instrument(span).await
    }

    async fn find_all_out(&self) -> Result<Vec<Finding>, Error> {
        let filter = Filter::default()
            .with_state(State::Ambiguous)
            .with_account(self.journal.account());
        let mut findings = Vec::new();
        for intent in self.journal.ledger().intents(&filter).map_err(refused)? {
            let finding = self.find_out(&intent).await?;
            tracing::info!(
                intent = %finding.intent,
                state = %finding.state,
                job = finding.job,
                "an unknown outcome was looked into"
            );
            findings.push(finding);
        }
        Ok(findings)
    }

    async fn find_out(&self, intent: &Intent) -> Result<Finding, Error> {
        let now = wall(self.client.timer());
        let horizon = intent
            .newest()
            .and_then(|attempt| attempt.horizon_at)
            .unwrap_or(now);
        if now < horizon {
            return Ok(Finding {
                intent: intent.id,
                state: intent.state,
                job: None,
                horizon_in: Duration::from_millis(horizon.since(now)),
                alarms: Vec::new(),
            });
        }
        let news = match intent.newest() {
            Some(attempt) => self.evidence(intent, attempt).await,
            None => News::NoList,
        };
        let ledger = self.journal.ledger();
        let transition = ledger
            .record(intent.id, None, &news, now)
            .map_err(refused)?;
        self.count(&transition);
        Ok(Finding {
            intent: intent.id,
            state: transition.intent.state,
            job: transition.intent.job_id().map(str::to_owned),
            horizon_in: Duration::ZERO,
            alarms: transition.alarms,
        })
    }

    /// What a read says about an attempt whose horizon has passed.
    async fn evidence(&self, intent: &Intent, attempt: &ledger::Attempt) -> News {
        if let Some(continues) = &intent.continues {
            let earlier_video = paid::earlier_video(&intent.body);
            let (operation, job) = (intent.operation, continues.job.as_str());
            return self.render_evidence(operation, job, earlier_video).await;
        }
        match intent.operation {
            // The one list whose page was read, by an official copy.
            Operation::LipsyncV2Generate => {
                let list = self.client.api().lipsyncs_v2_list(None);
                let list = self.client.poll(Some(intent.operation), list);
                let list = self.client.in_turn(Priority::Reconcile, list).await;
                list_evidence(list, intent, attempt)
            }
            Operation::LinkToVideoPreviewList if self.has_guessed_lists => {
                let list = self.client.api().link_to_videos_list(None);
                let list = self.client.poll(Some(intent.operation), list);
                let list = self.client.in_turn(Priority::Reconcile, list).await;
                match list_evidence(list, intent, attempt) {
                    News::Listed { jobs, .. } if jobs.is_empty() => News::NoList,
                    News::ListUnreadable => News::NoList,
                    found => found,
                }
            }
            // Lists that nobody has shown to hold these jobs prove nothing.
            _ => News::NoList,
        }
    }

    /// Whether the render of a known job was received: the job itself says.
    async fn render_evidence(
        &self,
        operation: Operation,
        job: &str,
        earlier_video: Option<VideoMark>,
    ) -> News {
        let Ok(job_ref) = JobRef::new(operation, job) else {
            return News::NoList;
        };
        match self.client.look_at(&job_ref, Priority::Reconcile).await {
            Ok(state) if shows_a_render(operation, &state, earlier_video) => News::Listed {
                jobs: vec![job.to_owned()],
                do_credits_agree: false,
            },
            Ok(_) => News::Listed {
                jobs: Vec::new(),
                do_credits_agree: false,
            },
            Err(_) => News::ListUnreadable,
        }
    }

    /// Finds out what a call-back is about: reads the job it claims to be of, and where the service
    /// shows it with the address of a call whose answer is missing, records it as that call's.
    ///
    /// `None` when that leads to nothing: the job was known before, or the call-back is a forgery.
    /// A [`Fleet`](crate::Fleet) does this by itself; this is for those who take wake-ups of
    /// [`Receiver::wakeups`](crate::webhook::Receiver::wakeups) themselves.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Ledger`] when the ledger cannot be read or written, and the errors of a read.
    pub async fn called_back(&self, wakeup: &Wakeup) -> Result<Option<Finding>, Error> {
        let transition = self.confirm(wakeup).await?;
        Ok(transition.map(|transition| Finding {
            intent: transition.intent.id,
            state: transition.intent.state,
            job: transition.intent.job_id().map(str::to_owned),
            horizon_in: Duration::ZERO,
            alarms: transition.alarms,
        }))
    }

    /// What a call-back about a call without a job leads to.
    pub(crate) async fn confirm(&self, wakeup: &Wakeup) -> Result<Option<Transition>, Error> {
        let (Some(receiver), Some(marker), None) = (
            self.client.webhooks(),
            wakeup.attempt.marker(),
            wakeup.job.as_ref(),
        ) else {
            return Ok(None);
        };
        let ledger = self.journal.ledger();
        let intent = ledger.by_marker(marker).map_err(refused)?;
        let Some(intent) = intent.filter(|intent| intent.account == self.journal.account()) else {
            return Ok(None);
        };
        let confirmed = receiver.confirm(self.client, intent.operation, wakeup);
        let Some(confirmed) = confirmed.await? else {
            return Ok(None);
        };
        let job = confirmed.job.id().to_owned();
        let (news, now) = (News::Confirmed { job }, wall(self.client.timer()));
        let attempt = Some(marker.attempt());
        let transition = ledger.record(intent.id, attempt, &news, now);
        let transition = transition.map_err(refused)?;
        self.count(&transition);
        Ok(Some(transition))
    }

    /// Stops looking for a call's job; a person will decide.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Ledger`] when the call is not in doubt, or the ledger cannot be written.
    pub fn park(&self, intent: IntentId, by: &str) -> Result<Intent, Error> {
        self.decide(intent, &News::PersonParks { by: by.to_owned() })
    }

    /// Takes `job` for the job of a call, on a person's word and after reading it once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Ledger`] when another call owns that job, and the errors of a read.
    pub async fn adopt(&self, intent: IntentId, job: &str, by: &str) -> Result<Intent, Error> {
        let stored = self.intent(intent)?;
        let job_ref = JobRef::new(stored.operation, job)
            .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()).because(error))?;
        self.client.look_at(&job_ref, Priority::Reconcile).await?;
        let news = News::PersonAdopts {
            by: by.to_owned(),
            job: job.to_owned(),
        };
        self.decide(intent, &news)
    }

    /// Sends a parked call again, on a person's word that the service does not have it.
    ///
    /// If the service does have it, this pays a second time: the decision is recorded with its
    /// name and time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OverBudget`] when the budget does not cover it, and [`ErrorKind::Ledger`] when
    /// the call is not one that a person may send again.
    pub async fn resend(
        &self,
        intent: IntentId,
        by: &str,
        budget: &Budget,
    ) -> Result<Outcome<Job>, Error> {
        let stored = self.intent(intent)?;
        let request = PaidRequest::from_stored(&stored.body).ok_or_else(|| {
            Error::new(
                ErrorKind::Ledger,
                "the stored request is not one this version can send",
            )
        })?;
        let tags = stored.tags.iter().map(String::as_str);
        let ask = tags.fold(
            Ask::new(stored.price).on(self.client.timer().today()),
            Ask::tagged,
        );
        let mut reservation = budget.reserve(ask)?;
        let planned = self.decide(intent, &News::PersonResends { by: by.to_owned() })?;
        let entry = self.journal.resume(&planned);
        reservation.mark_sent(self.client.meter(), request.operation());
        let outcome = match send_again(self.client, &request, entry).await {
            Sent::Unsent(error) => {
                reservation.void();
                Outcome::NotSent(error)
            }
            Sent::Refused(error) => {
                reservation.void();
                Outcome::Rejected(error)
            }
            Sent::InDoubt(error) => Outcome::Unknown(error),
            Sent::Answered(answer) => {
                let operation = request.operation();
                let accepted = Accepted {
                    client: self.client.clone(),
                    request,
                    quote: None,
                    reservation: Some(reservation),
                    earlier_bill: None,
                    earlier_video: paid::earlier_video(&stored.body),
                    answer,
                };
                match Job::accept(accepted) {
                    Some(job) => Outcome::Accepted(job),
                    None => Outcome::Unknown(failure::no_id(operation)),
                }
            }
        };
        Ok(outcome)
    }

    /// A job that was missing and is found.
    fn count(&self, transition: &Transition) {
        let was_missing = matches!(transition.from, State::Ambiguous | State::Parked);
        if was_missing && transition.intent.state == State::Accepted {
            let operation = transition.intent.operation;
            self.client.meter().one(Metric::Adopted, Some(operation));
        }
    }

    fn intent(&self, id: IntentId) -> Result<Intent, Error> {
        self.journal
            .ledger()
            .intent(id)
            .map_err(refused)?
            .ok_or_else(|| Error::new(ErrorKind::Ledger, format!("the ledger holds no call {id}")))
    }

    fn decide(&self, intent: IntentId, news: &News) -> Result<Intent, Error> {
        let now = wall(self.client.timer());
        let decided = self
            .journal
            .ledger()
            .record(intent, None, news, now)
            .map_err(refused)?;
        self.count(&decided);
        tracing::info!(%intent, state = %decided.intent.state, "a person decided");
        Ok(decided.intent)
    }
}

/// A list that shows a marker proves presence; absence is proved only by one that reaches back
/// before the send. One that does neither proves nothing.
fn list_evidence(list: Result<Value, Error>, intent: &Intent, attempt: &ledger::Attempt) -> News {
    let Ok(Value::Array(items)) = list else {
        return News::ListUnreadable;
    };
    let mut found: Vec<(UnixMillis, String)> = items
        .iter()
        .filter(|item| marker_of(item).is_some_and(|marker| marker.intent() == intent.id))
        .filter_map(|item| {
            Some((
                created_at(item).unwrap_or(attempt.sent_at),
                text(item, "id")?,
            ))
        })
        .collect();
    found.sort();
    let reaches_back = items
        .iter()
        .filter_map(created_at)
        .any(|created| created < attempt.sent_at);
    if found.is_empty() && !reaches_back {
        // Cut short, or of an account that is younger than the call: it will never prove an absence,
        // so a person decides.
        return News::NoList;
    }
    // Nothing is known of the account's credits, so they do not agree.
    News::Listed {
        jobs: found.into_iter().map(|(_, id)| id).collect(),
        do_credits_agree: false,
    }
}

/// The ledger's mark on a job: in its name, or, where there is none or it was altered on the way,
/// in the address that the job was made with.
fn marker_of(item: &Value) -> Option<Marker> {
    let text = |field| item.get(field).and_then(Value::as_str);
    let of_address = || Attempt::in_url(text("webhook_url")?)?.marker();
    text("name").and_then(Marker::find).or_else(of_address)
}

fn created_at(item: &Value) -> Option<UnixMillis> {
    let time = Timestamp::from(text(item, "created_at")?).to_system_time()?;
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok().map(UnixMillis)
}

/// A job that nobody renders has the video that it had before, if any, and a status that its preview
/// ended with: `done`, or for the previews of a link also `pending`.
fn shows_a_render(
    operation: Operation,
    state: &JobState,
    earlier_video: Option<VideoMark>,
) -> bool {
    let is_as_before = match state.status {
        Status::Done => true,
        Status::Pending => operation != Operation::CustomTemplateRender,
        _ => false,
    };
    let is_video_new = state.video_url.is_some() && state.video_mark() != earlier_video;
    is_video_new || !is_as_before
}
