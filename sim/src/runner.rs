//! The client's process: it buys every row of the campaign through the facade, and goes on where the
//! process before it stopped.
//!
//! It remembers nothing itself. What is bought stands in the ledger, under a tag for each purchase.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use creatify::emulator::seed;
use creatify::ledger::protocol::State;
use creatify::ledger::{Filter, Held, Intent, Ledger, News, Scope};
use creatify::{
    Answer, Approved, Budget, Call, Client, CustomTemplateRequest, Job, Journal, Length,
    LipsyncV2Request, Outcome, QuotedCall, Scene,
};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::calls;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::plan::{Kind, Row, credits};
use crate::waiting::{PATIENCE, Waits};
use crate::wire::Wire;
use crate::world::{Rule, SimTimer, World, elapsed, locked};

/// Who pays, and what is on the account at the beginning.
pub(crate) const ACCOUNT: &str = "main";
pub(crate) const CREDITS: i64 = 1_000;

/// How long one request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);
const SHORT_PAUSE: Duration = Duration::from_secs(1);
pub(crate) const PAUSE: Duration = Duration::from_secs(5);
/// How often one purchase is begun or gone on with before that is taken for waiting for ever.
pub(crate) const TURNS: u32 = 120;
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
    // Ends with this function, however that ends.
    let mut hearing = JoinSet::new();
    if world.rule.keeps_ledger() {
        desk.take_up();
        if let Some(receiver) = desk.client.webhooks() {
            hearing.spawn(calls::listen(Arc::clone(&world), receiver.clone()));
        }
        let desk = Arc::clone(&desk);
        hearing.spawn(async move { desk.hear().await });
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
    if world.rule.keeps_ledger() {
        desk.close().await;
    }
    world.note("process", "the campaign is over");
    world.is_done.store(true, Ordering::Relaxed);
}

/// A process's client. Where it keeps a ledger, its calls are written down, and it may be called back.
fn client(world: &Arc<World>, ledger: Arc<dyn Ledger>) -> Client {
    let builder = Client::builder()
        .credentials(seed::API_ID, seed::API_KEY)
        .base_url("http://127.0.0.1")
        .request_timeout(REQUEST_LIMIT)
        .timer(SimTimer(Arc::clone(world)))
        .raw_exec(Arc::new(Wire(Arc::clone(world))));
    let builder = if world.rule.keeps_ledger() {
        let dice = Mutex::new(Dice::new(world.plan.seed, &world.process().to_string()));
        let random = move || {
            let mut dice = locked(&dice);
            u128::from(dice.draw()) << 64 | u128::from(dice.draw())
        };
        let journal = Journal::new(ledger, ACCOUNT).random(random);
        let builder = builder.journal(journal.clone());
        match world.plan.is_called {
            true => builder.webhooks(calls::receiver(world, &journal)),
            false => builder,
        }
    } else {
        builder
    };
    builder.build().expect("the simulation's settings are good")
}

/// What a process has at hand.
pub(crate) struct Desk {
    pub(crate) world: Arc<World>,
    pub(crate) disk: Arc<Disk>,
    pub(crate) client: Client,
    pub(crate) waits: Waits,
    budget: Budget,
}

impl Desk {
    fn new(world: &Arc<World>) -> Self {
        let disk = Arc::new(Disk::new(world));
        let client = client(world, disk.clone());
        Self {
            world: Arc::clone(world),
            disk,
            waits: Waits::new(world, &client),
            client,
            budget: Budget::new(credits(CREDITS.unsigned_abs())),
        }
    }

    /// What every process does first: what was in flight is ambiguous now.
    fn take_up(&self) {
        let account = Scope::Account(ACCOUNT.to_owned());
        let limited = self
            .disk
            .set_limit(&account, self.world.plan.limit.map(credits));
        let restarted = self.disk.restarted(self.world.now());
        if limited.is_err() || restarted.is_err() {
            self.world.complain("the ledger does not open".to_owned());
        }
    }

    async fn row(&self, number: usize, row: Row) {
        sleep(row.begins.saturating_sub(elapsed())).await;
        let name = format!("row-{number}");
        let template = CustomTemplateRequest::new(seed::TEMPLATE_15_SECONDS).name(&name);
        let templates = || self.client.custom_template();
        match row.kind {
            Kind::Listed => {
                let scene = Scene::silent(seed::PERSONA_ADA, 3.0);
                let request = LipsyncV2Request::new().scene(scene).name(&name);
                self.buy(&name, 1, || {
                    let call = self.client.lipsync_v2().generate(request.clone());
                    self.approve(call.tag(&name), "3")
                })
                .await;
            }
            Kind::Unlisted => {
                self.buy(&name, 1, || {
                    let call = templates().generate(template.clone());
                    self.approve(call.tag(&name), "15")
                })
                .await;
            }
            Kind::Previewed { callers } => {
                let preview = self.buy(&name, 1, || {
                    let call = templates().preview(template.clone());
                    self.approve(call.tag(&name), "15")
                });
                let Some(job) = preview.await else {
                    return;
                };
                let name = format!("{name}-render");
                self.buy(&name, callers, || {
                    let call = templates().render(&job, template.clone());
                    self.approve(call.tag(&name), "15")
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
        call: impl Fn() -> Approved<QuotedCall<Job>>,
    ) -> Option<String> {
        if self.world.rule == Rule::Naive {
            return self.buy_naively(purchase, call).await;
        }
        let mut poor = 0;
        for _ in 0..TURNS {
            let Some(intent) = self.standing(purchase) else {
                let mut others = Vec::new();
                let first = call().send_outcome();
                for _ in 1..callers {
                    others.push(call().send_outcome());
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
                    let _ = self.disk.resume_lane(ACCOUNT, self.world.now());
                }
                State::Held => {
                    poor += 1;
                    self.withdraw(&intent);
                    if poor == POOR_TURNS {
                        return None;
                    }
                    sleep(PAUSE).await;
                }
                State::Accepted => self.wait(&intent).await,
                State::Ambiguous => self.look().await,
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
        call: impl Fn() -> Approved<QuotedCall<Job>>,
    ) -> Option<String> {
        let bought = || locked(&self.world.bought);
        for _ in 0..TURNS {
            if bought().iter().any(|one| one == purchase) {
                return None;
            }
            match call().send().await {
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

    pub(crate) fn withdraw(&self, intent: &Intent) {
        let by = "the runner".to_owned();
        let news = News::PersonWithdraws { by };
        let _ = self.disk.record(intent.id, None, &news, self.world.now());
    }
}
