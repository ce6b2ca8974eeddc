//! How a process hears of its jobs: by a wait for each or one fleet for all, by call-backs that make
//! either of them look, and by the lists.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use creatify::ledger::Intent;
use creatify::webhook::{Receiver, Wakeup};
use creatify::{Client, Error, Finished, Fleet, FleetJob, Job, JobRef, Progress, Update, Watching};
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use crate::dice::Dice;
use crate::runner::{Desk, PAUSE};
use crate::world::{World, locked};

/// How long a job is waited for before the runner looks at the ledger again.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// What is waited for in the fleet, where there is one.
pub(crate) struct Waits {
    fleet: Option<Fleet>,
    /// Who asked, by what was asked for.
    asked: Mutex<BTreeMap<FleetJob, oneshot::Sender<bool>>>,
    /// The fleet has something to do again.
    added: Notify,
}

impl Waits {
    pub(crate) fn new(world: &Arc<World>, client: &Client) -> Self {
        let fleet = || {
            let purpose = format!("fleet of process {}", world.process());
            let seed = Dice::new(world.plan.seed, &purpose).draw();
            client.fleet().with_seed(seed)
        };
        let is_gated = world.rule.keeps_ledger();
        Self {
            fleet: (world.plan.has_fleet && is_gated).then(fleet),
            asked: Mutex::default(),
            added: Notify::new(),
        }
    }
}

impl Desk {
    /// Waits until a job is over, or patience is.
    pub(crate) async fn wait(&self, intent: &Intent) {
        let job = JobRef::new(intent.operation, intent.job_id().unwrap_or_default());
        let Ok(Ok(job)) = job.map(|job| self.client.job(job)) else {
            return;
        };
        let is_well = match &self.waits.fleet {
            Some(fleet) => self.wait_in(fleet, job).await,
            None => {
                let wait = job.wait().deadline(PATIENCE);
                let wait = match self.client.webhooks() {
                    Some(receiver) => wait.wake_by(&receiver.wakeups()),
                    None => wait,
                };
                self.tell(&wait.await)
            }
        };
        if !is_well {
            sleep(PAUSE).await;
        }
    }

    /// A job that the fleet has adopted by itself may be in it twice then, which does no harm.
    async fn wait_in(&self, fleet: &Fleet, job: Job) -> bool {
        let watching = Watching::new().deadline(PATIENCE);
        let watching = match self.client.webhooks() {
            Some(_) => watching.webhook(),
            None => watching,
        };
        let (tell, told) = oneshot::channel();
        let job = fleet.add_with(job, watching);
        locked(&self.waits.asked).insert(job, tell);
        self.waits.added.notify_one();
        told.await.unwrap_or(false)
    }

    /// Tells how a wait ended; whether it ended well.
    fn tell(&self, ended: &Result<Finished, Error>) -> bool {
        match ended {
            Ok(finished) => self.world.note("done", &finished.job_ref().to_string()),
            Err(error) => self.world.note("ended", &error.to_string()),
        }
        ended.is_ok()
    }

    /// Looks for the jobs of calls whose outcome is unknown.
    pub(crate) async fn look(&self) {
        sleep(PAUSE).await;
        if let Ok(jobs) = self.client.jobs() {
            // What cannot be read stays ambiguous.
            let _ = jobs.reconcile().await;
        }
    }

    /// Drives the fleet, and takes the call-backs that nobody waits for; never ends.
    pub(crate) async fn hear(&self) {
        loop {
            if let Some(fleet) = &self.waits.fleet {
                let mut updates = fleet.stream();
                while let Some(update) = updates.next().await {
                    self.take(update);
                }
            }
            tokio::select! {
                biased;
                () = self.waits.added.notified() => {}
                wakeup = called(self.client.webhooks()) => self.look_into(&wakeup).await,
            }
        }
    }

    fn take(&self, update: Update) {
        match update.progress {
            Progress::Finished(ended) => {
                let is_well = self.tell(&ended);
                let asked = locked(&self.waits.asked).remove(&update.job);
                if let Some(tell) = asked {
                    // Who asked may have gone.
                    let _ = tell.send(is_well);
                }
            }
            Progress::Adopted(intent) => {
                let found = format!("the fleet finds {} of {intent}", update.job_ref);
                self.world.note("called", &found);
            }
            _ => {}
        }
    }

    async fn look_into(&self, wakeup: &Wakeup) {
        let Ok(jobs) = self.client.jobs() else {
            return;
        };
        match jobs.called_back(wakeup).await {
            Ok(Some(found)) => {
                let found = format!("{} is {}", found.intent, found.state);
                self.world.note("called", &found);
            }
            Ok(None) => {}
            Err(error) => self.world.note("called", &error.to_string()),
        }
    }
}

async fn called(receiver: Option<&Receiver>) -> Wakeup {
    match receiver {
        Some(receiver) => receiver.wakeups().next().await,
        None => std::future::pending().await,
    }
}
