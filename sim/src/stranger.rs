//! Somebody who knows the addresses that the service calls back, and posts there what it never said.

use std::sync::Arc;

use creatify::emulator::JobRecord;
use creatify::ledger::Ledger as _;
use http::StatusCode;
use tokio::time::sleep;

use crate::calls::called;
use crate::check;
use crate::dice::Dice;
use crate::plan::Forgery;
use crate::wire::call_back;
use crate::world::{World, elapsed};

/// Posts every forgery of the plan at its time. The process it is posted to may not be there.
pub(crate) async fn posts(world: Arc<World>) -> turmoil::Result {
    let mut dice = Dice::new(world.plan.seed, "stranger");
    for (at, forgery) in &world.plan.forgeries {
        sleep(at.saturating_sub(elapsed())).await;
        let addresses = world.addresses();
        if addresses.is_empty() {
            continue;
        }
        let address = &addresses[dice.between(0, addresses.len() as u64 - 1) as usize];
        let (address, body) = made_up(&world, *forgery, address, &mut dice);
        let answer = call_back(&address, body).await;
        let told = answer.map_or("nobody".to_owned(), |status| status.as_u16().to_string());
        world.note("stranger", &format!("{forgery:?}: {told}"));
        let due = match forgery {
            Forgery::WrongToken => StatusCode::NOT_FOUND,
            Forgery::Nested => StatusCode::BAD_REQUEST,
            Forgery::OwnJob | Forgery::OtherJob => StatusCode::ACCEPTED,
        };
        if answer.is_some_and(|status| status != due) {
            world.complain(format!("{forgery:?} was answered {told}"));
        }
    }
    std::future::pending().await
}

/// Where it is posted, and its body.
fn made_up(world: &World, forgery: Forgery, address: &str, dice: &mut Dice) -> (String, String) {
    let jobs = world.jobs();
    let own = called(address)
        .and_then(|intent| world.ledger.intent(intent).ok()?)
        .and_then(|intent| check::job_of(&intent, &jobs));
    let others: Vec<&JobRecord> = jobs.iter().filter(|job| Some(*job) != own).collect();
    let claimed = match forgery {
        Forgery::OtherJob if !others.is_empty() => Some(dice.pick(&others)),
        _ => own,
    };
    let id = claimed.map_or("0c0ffee0-0000-4000-8000-000000000000", |job| {
        job.id.as_str()
    });
    let output = "https://elsewhere.example/v.mp4";
    let done = format!(r#"{{"id": "{id}", "status": "done", "video_output": "{output}"}}"#);
    match forgery {
        Forgery::WrongToken => {
            let end = address.rfind('/').map_or(0, |slash| slash + 1);
            let (front, token) = address.split_at(end);
            (format!("{front}{}", "A".repeat(token.len())), done)
        }
        Forgery::Nested => {
            let nested = format!("{}{}", "[".repeat(64), "]".repeat(64));
            (address.to_owned(), nested)
        }
        Forgery::OwnJob | Forgery::OtherJob => (address.to_owned(), done),
    }
}
