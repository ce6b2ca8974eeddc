//! The person who looks after the campaign: decides about what was parked, once everything is calm.

use std::time::Duration;

use creatify::ledger::protocol::State;
use creatify::ledger::{Filter, Intent, Ledger as _};
use tokio::time::sleep;

use crate::check;
use crate::runner::{Desk, PAUSE, TURNS};
use crate::world::elapsed;

/// How often a person has the lists read before giving a call up.
const LOOKS: u32 = 15;

impl Desk {
    /// What a person does when everything is calm again: looks at what was parked.
    pub(crate) async fn close(&self) {
        let calm = self.world.plan.calm + Duration::from_secs(120);
        sleep(calm.saturating_sub(elapsed())).await;
        check::before_the_person(&self.world);
        if let Some(emulator) = self.world.emulator() {
            emulator.clear_faults();
        }
        for turn in 0..TURNS {
            let open = self.disk.intents(&Filter::default().open());
            let Some(intent) = open.unwrap_or_default().into_iter().next() else {
                return;
            };
            match intent.state {
                State::Parked => self.decide(&intent).await,
                State::Accepted => self.wait(&intent).await,
                State::Planned | State::Held => self.withdraw(&intent),
                _ if turn < LOOKS => self.look().await,
                // A horizon that was set while the clock was wrong may lie a day ahead.
                _ => {
                    let jobs = self.client.jobs();
                    let parked = jobs.and_then(|jobs| jobs.park(intent.id, "a person"));
                    if let Err(error) = parked {
                        self.world.note("person", &error.to_string());
                    }
                }
            }
        }
    }

    /// The person sees in the dashboard what there is.
    async fn decide(&self, intent: &Intent) {
        let Ok(jobs) = self.client.jobs() else {
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
