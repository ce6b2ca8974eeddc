//! The client's process: it buys every row of the campaign through the facade, goes on where the
//! process before it stopped, and at the end does what a person does with what was parked.
//!
//! It remembers nothing itself. What is bought stands in the ledger, under a tag for each purchase.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use creatify::emulator::seed;
use creatify::ledger::protocol::State;
use creatify::ledger::{Filter, Held, Intent, Ledger, News, Scope, UnixMillis};
use creatify::{
    Answer, Approved, Budget, Call, Client, CustomTemplateRequest, Job, JobRef, Journal, Length,
    LipsyncV2Request, Outcome, QuotedCall, Scene, Timer,
};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::check;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::plan::{Kind, Row, credits};
use crate::wire::Wire;
use crate::world::{Rule, SimTimer, World};

/// Who pays, and what is on the account at the beginning.
pub(crate) const ACCOUNT: &str = "main";
pub(crate) const CREDITS: i64 = 1_000;

/// How long one request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);
/// How long a job is waited for before the runner looks at the ledger again.
const PATIENCE: Duration = Duration::from_secs(300);
const SHORT_PAUSE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(5);
/// How often one purchase is begun or gone on with before that is taken for waiting for ever.
const TURNS: u32 = 120;
/// How often a person has the lists read before giving a call up.
const LOOKS: u32 = 15;
/// How often a purchase that the budget does not cover is tried.
const POOR_TURNS: u32 = 3;

/// The part of a job's name that tells the purchase.
pub(crate) fn purchase_of(name: &str) -> &str {
    name.split(' ').next().unwrap_or_default()
}

/// One process, from its start to the end of the campaign.
pub(crate) async fn process(world: Arc<World>) {
    let desk = Arc::new(Desk::new(&world));
    world.note("process", &format!("{} starts", world.process()));
    if world.rule == Rule::Gated {
        desk.take_up();
    }
    let mut rows = JoinSet::new();
    for (number, row) in world.plan.rows.iter().copied().enumerate() {
        let desk = Arc::clone(&desk);
        rows.spawn(async move { desk.row(number, row).await });
    }
    while let Some(ended) = rows.join_next().await {
        if let Err(error) = ended {
            world.complain(format!("a row ended badly: {error}"));
        }
    }
    if world.rule == Rule::Gated {
        desk.close().await;
    }
    world.note("process", "the campaign is over");
    world.is_done.store(true, Ordering::Relaxed);
}

/// What a process has at hand.
struct Desk {
    world: Arc<World>,
    disk: Arc<Disk>,
    timer: SimTimer,
    budget: Budget,
}

impl Desk {
    fn new(world: &Arc<World>) -> Self {
        Self {
            world: Arc::clone(world),
            disk: Arc::new(Disk::new(world)),
            timer: SimTimer(Arc::clone(world)),
            budget: Budget::new(credits(CREDITS.unsigned_abs())),
        }
    }

    fn now(&self) -> UnixMillis {
        let since = self.timer.wall().duration_since(std::time::UNIX_EPOCH);
        let millis = since.unwrap_or_default().as_millis();
        UnixMillis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// What every process does first: what was in flight is ambiguous now.
    fn take_up(&self) {
        let account = Scope::Account(ACCOUNT.to_owned());
        let limited = self
            .disk
            .set_limit(&account, self.world.plan.limit.map(credits));
        let restarted = self.disk.restarted(self.now());
        if limited.is_err() || restarted.is_err() {
            self.world.complain("the ledger does not open".to_owned());
        }
    }

    /// A client whose calls are written down as this purchase's.
    fn client(&self, purchase: &str) -> Client {
        let world = &self.world;
        let builder = Client::builder()
            .credentials(seed::API_ID, seed::API_KEY)
            .base_url("http://127.0.0.1")
            .request_timeout(REQUEST_LIMIT)
            .timer(SimTimer(Arc::clone(world)))
            .raw_exec(Arc::new(Wire(Arc::clone(world))));
        let builder = match world.rule {
            Rule::Naive => builder,
            Rule::Gated => {
                let purpose = format!("{purchase} in process {}", world.process());
                let dice = std::sync::Mutex::new(Dice::new(world.plan.seed, &purpose));
                let random = move || {
                    let mut dice = dice
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                    u128::from(dice.draw()) << 64 | u128::from(dice.draw())
                };
                let ledger: Arc<dyn Ledger> = self.disk.clone();
                builder.journal(Journal::new(ledger, ACCOUNT).tag(purchase).random(random))
            }
        };
        builder.build().expect("the simulation's settings are good")
    }

    async fn row(&self, number: usize, row: Row) {
        let until = row.begins.saturating_sub(self.timer.now());
        sleep(until).await;
        let name = format!("row-{number}");
        let template = CustomTemplateRequest::new(seed::TEMPLATE_15_SECONDS).name(&name);
        match row.kind {
            Kind::Listed => {
                let scene = Scene::silent(seed::PERSONA_ADA, 3.0);
                let request = LipsyncV2Request::new().scene(scene).name(&name);
                self.buy(&name, 1, |client| {
                    let call = client.lipsync_v2().generate(request.clone());
                    self.approve(call, "3")
                })
                .await;
            }
            Kind::Previewed { callers } => {
                let preview = self.buy(&name, 1, |client| {
                    let call = client.custom_template().preview(template.clone());
                    self.approve(call, "15")
                });
                let Some(job) = preview.await else {
                    return;
                };
                self.buy(&format!("{name}-render"), callers, |client| {
                    let call = client.custom_template().render(&job, template.clone());
                    self.approve(call, "15")
                })
                .await;
            }
        }
    }

    fn approve<A: Answer>(&self, call: Call<A>, seconds: &str) -> Approved<QuotedCall<A>> {
        let length = seconds.parse().expect("a small number is a length");
        let quoted = call.length(Length::Known(length)).quote();
        let quoted = quoted.expect("the length was given");
        quoted
            .approve(&self.budget)
            .expect("the desk's own budget covers it")
    }

    /// Buys until it is bought; gives the job if it ended well.
    async fn buy(
        &self,
        purchase: &str,
        callers: u32,
        call: impl Fn(&Client) -> Approved<QuotedCall<Job>>,
    ) -> Option<String> {
        let client = self.client(purchase);
        if self.world.rule == Rule::Naive {
            return self.buy_naively(purchase, &client, call).await;
        }
        let mut poor = 0;
        for _ in 0..TURNS {
            let Some(intent) = self.standing(purchase) else {
                let mut others = Vec::new();
                let first = call(&client).send_outcome();
                for _ in 1..callers {
                    others.push(call(&client).send_outcome());
                }
                self.send(purchase, first, others).await;
                sleep(SHORT_PAUSE).await;
                continue;
            };
            match intent.state {
                State::Settled => return intent.job_id().map(str::to_owned),
                State::SettledFailed | State::Rejected | State::Parked => return None,
                State::Planned => self.withdraw(&intent),
                State::Held if intent.held == Some(Held::Account) => {
                    // A person has seen to the account.
                    sleep(PAUSE).await;
                    let _ = self.disk.resume_lane(ACCOUNT, self.now());
                }
                State::Held => {
                    poor += 1;
                    self.withdraw(&intent);
                    if poor == POOR_TURNS {
                        return None;
                    }
                    sleep(PAUSE).await;
                }
                State::Accepted => self.wait(&client, &intent).await,
                State::Ambiguous => {
                    sleep(PAUSE).await;
                    if let Ok(jobs) = client.jobs() {
                        // What cannot be read stays ambiguous.
                        let _ = jobs.reconcile().await;
                    }
                }
                _ => sleep(PAUSE).await,
            }
        }
        if self.world.plan.is_truthful {
            self.world
                .complain(format!("`{purchase}` is waited for without end"));
        }
        None
    }

    /// Sends the call of every caller at once.
    async fn send(
        &self,
        purchase: &str,
        first: impl Future<Output = Outcome<Job>>,
        mut others: Vec<impl Future<Output = Outcome<Job>>>,
    ) {
        let ended = match others.pop() {
            None => vec![first.await],
            Some(second) => {
                let (first, second) = tokio::join!(first, second);
                vec![first, second]
            }
        };
        for outcome in ended {
            let told = match outcome {
                Outcome::Accepted(job) => format!("accepted as {}", job.job_ref()),
                Outcome::NotSent(error) => format!("not sent: {error}"),
                Outcome::Rejected(error) => format!("rejected: {error}"),
                Outcome::Unknown(error) => format!("unknown: {error}"),
            };
            self.world.note(purchase, &told);
        }
    }

    /// Whatever ended with an error is sent again.
    async fn buy_naively(
        &self,
        purchase: &str,
        client: &Client,
        call: impl Fn(&Client) -> Approved<QuotedCall<Job>>,
    ) -> Option<String> {
        let bought = || {
            self.world
                .bought
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        for _ in 0..TURNS {
            if bought().iter().any(|one| one == purchase) {
                return None;
            }
            match call(client).send().await {
                Ok(job) => {
                    let id = job.job_ref().id().to_owned();
                    let ended = job.wait().deadline(PATIENCE).await;
                    bought().push(purchase.to_owned());
                    return ended.is_ok().then_some(id);
                }
                Err(error) => self.world.note(purchase, &error.to_string()),
            }
            sleep(SHORT_PAUSE).await;
        }
        None
    }

    /// The intent that a purchase stands or falls with; none while it may be begun anew.
    fn standing(&self, purchase: &str) -> Option<Intent> {
        let intents = self.disk.intents(&Filter::default().with_tag(purchase));
        let open = |intent: &&Intent| intent.state != State::Withdrawn;
        intents.unwrap_or_default().iter().rfind(open).cloned()
    }

    fn withdraw(&self, intent: &Intent) {
        let by = "the runner".to_owned();
        let news = News::PersonWithdraws { by };
        let _ = self.disk.record(intent.id, None, &news, self.now());
    }

    async fn wait(&self, client: &Client, intent: &Intent) {
        let job = intent.job_id().unwrap_or_default();
        let Ok(job) = JobRef::new(intent.operation, job).map_err(drop) else {
            return;
        };
        let Ok(job) = client.job(job) else {
            return;
        };
        match job.wait().deadline(PATIENCE).await {
            Ok(finished) => self.world.note("done", &finished.job_ref().to_string()),
            Err(error) => {
                self.world.note("ended", &error.to_string());
                sleep(PAUSE).await;
            }
        }
    }

    /// What a person does when everything is calm again: looks at what was parked.
    async fn close(&self) {
        let calm = self.world.plan.calm + Duration::from_secs(120);
        sleep(calm.saturating_sub(self.timer.now())).await;
        check::before_the_person(&self.world);
        if let Some(emulator) = self.world.emulator() {
            emulator.clear_faults();
        }
        let client = self.client("person");
        for turn in 0..TURNS {
            let open = self.disk.intents(&Filter::default().open());
            let Some(intent) = open.unwrap_or_default().into_iter().next() else {
                return;
            };
            match intent.state {
                State::Parked => self.decide(&client, &intent).await,
                State::Accepted => self.wait(&client, &intent).await,
                State::Planned | State::Held => self.withdraw(&intent),
                _ if turn < LOOKS => {
                    sleep(PAUSE).await;
                    if let Ok(jobs) = client.jobs() {
                        let _ = jobs.reconcile().await;
                    }
                }
                // A horizon that was set while the clock was wrong may lie a day ahead.
                _ => {
                    let parked = client
                        .jobs()
                        .and_then(|jobs| jobs.park(intent.id, "a person"));
                    if let Err(error) = parked {
                        self.world.note("person", &error.to_string());
                    }
                }
            }
        }
    }

    /// The person sees in the dashboard what there is.
    async fn decide(&self, client: &Client, intent: &Intent) {
        let Ok(jobs) = client.jobs() else {
            return;
        };
        let there = self.world.jobs();
        let decided = match check::job_of(intent, &there) {
            Some(job) => jobs.adopt(intent.id, &job.id, "a person").await.map(drop),
            None => {
                self.withdraw(intent);
                Ok(())
            }
        };
        if let Err(error) = decided {
            self.world.note("person", &error.to_string());
            sleep(PAUSE).await;
        }
    }
}
