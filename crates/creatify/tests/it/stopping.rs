//! A client that is told to send nothing more: what is on its way is waited for, nothing else is.

use std::sync::Arc;
use std::time::Duration;

use creatify::emulator::{Emulator, Fault, FaultTarget, RetryAfter, seed};
use creatify::ledger::protocol::State;
use creatify::ledger::{Filter, Ledger as _, MemoryLedger};
use creatify::{
    Approved, Budget, Call, Client, ClientBuilder, CustomTemplateRequest, ErrorKind, Job, Journal,
    QuotedCall, TokioTimer,
};

use crate::relay::Relay;
use crate::{credits, posts, seconds, settings, world};

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

fn client(settings: ClientBuilder, ledger: &Arc<MemoryLedger>) -> Client {
    let settings = settings.journal(Journal::new(ledger.clone(), "main"));
    settings.build().expect("the emulator's own keys are good")
}

/// In real time: answers come when the test says so, and nothing is slept through.
async fn relayed(emulator: &Arc<Emulator>, ledger: &Arc<MemoryLedger>) -> (Client, Relay) {
    let relay = Relay::start(emulator).await;
    let settings = settings(emulator).base_url(&relay.url);
    (client(settings.timer(TokioTimer::new()), ledger), relay)
}

fn call(client: &Client) -> Call<Job> {
    let request = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let call = client.custom_template().generate(request);
    call.length(seconds("30"))
}

fn approved(call: Call<Job>, budget: &Budget) -> Approved<QuotedCall<Job>> {
    let quoted = call.quote().expect("the length was given");
    quoted.approve(budget).expect("the budget covers it")
}

fn states(ledger: &MemoryLedger) -> Vec<State> {
    let intents = ledger.intents(&Filter::default());
    let intents = intents.expect("memory is readable").into_iter();
    intents.map(|intent| intent.state).collect()
}

/// Waits until a paid request has arrived.
async fn arrival(emulator: &Emulator) {
    while posts(emulator) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stopped_client_sends_nothing_more_and_reads_on() {
    let (emulator, plain, budget) = world().await;
    let ledger = Arc::new(MemoryLedger::new());
    for client in [plain, client(settings(&emulator), &ledger)] {
        client.clone().stop_sending(HALF_A_MINUTE);
        let before = emulator.requests().len();
        let request = CustomTemplateRequest::unchanged();
        let render = client.custom_template().render("job-1", request);
        for call in [call(&client), render.length(seconds("15"))] {
            let error = approved(call, &budget).send().await.expect_err("too late");
            assert_eq!(error.kind(), ErrorKind::NotSent, "{error:?}");
        }
        let sent = emulator.requests().len() - before;
        assert_eq!(sent, 0, "not even a read beforehand");
        assert_eq!(budget.reserved(), credits("0"));
        client.credits().await.expect("reads go on");
    }
    assert_eq!(states(&ledger), []);
}

#[tokio::test]
async fn an_answer_that_comes_in_time_counts() {
    let (emulator, _, budget) = world().await;
    let ledger = Arc::new(MemoryLedger::new());
    let (client, mut relay) = relayed(&emulator, &ledger).await;
    let sending = tokio::spawn(approved(call(&client), &budget).send());
    let answer = relay.answer().await;
    client.stop_sending(HALF_A_MINUTE);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    answer.deliver();
    let job = sending.await.expect("no panic");
    assert!(job.is_ok(), "{job:?}");
    assert_eq!(states(&ledger), [State::Accepted]);
    assert_eq!(posts(&emulator), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_leaves_the_call_in_doubt() {
    for wishes in [&[30_u64][..], &[30, 10], &[10, 30], &[30, 0]] {
        let (emulator, _, budget) = world().await;
        let ledger = Arc::new(MemoryLedger::new());
        let client = client(settings(&emulator), &ledger);
        emulator.inject(Fault::Hang.on(FaultTarget::NextPost));
        let sending = tokio::spawn(approved(call(&client), &budget).send());
        arrival(&emulator).await;
        let began = emulator.now();
        for wish in wishes {
            client.stop_sending(Duration::from_secs(*wish));
        }
        let error = sending.await.expect("no panic").expect_err("no answer");
        assert!(error.is_outcome_unknown() && error.intent().is_some());
        assert_eq!(states(&ledger), [State::Ambiguous]);
        assert_eq!(budget.reserved(), credits("5"));
        assert_eq!(posts(&emulator), 1);
        // On the virtual clock, which only the patience moves: the shortest one counts.
        let waited = emulator.now().duration_since(began).expect("time goes on");
        assert_eq!(
            waited.as_secs(),
            *wishes.iter().min().expect("there is one")
        );
    }
}

#[tokio::test]
async fn no_attempt_follows_a_refusal_that_comes_after_it() {
    let (emulator, _, budget) = world().await;
    let ledger = Arc::new(MemoryLedger::new());
    let (client, mut relay) = relayed(&emulator, &ledger).await;
    let busy = Fault::RateLimited { retry_after: None };
    emulator.inject(busy.on(FaultTarget::NextPost));
    let sending = tokio::spawn(approved(call(&client), &budget).send());
    let answer = relay.answer().await;
    client.stop_sending(HALF_A_MINUTE);
    answer.deliver();
    let error = sending.await.expect("no panic").expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error:?}");
    assert_eq!(states(&ledger), [State::Withdrawn]);
    assert_eq!(posts(&emulator), 1);
}

/// In real time, which nobody waits for here: the turn would come in a minute.
#[tokio::test]
async fn who_waits_for_a_turn_waits_no_longer() {
    let (emulator, _, budget) = world().await;
    let client = settings(&emulator).timer(TokioTimer::new()).build();
    let client = client.expect("the emulator's own keys are good");
    let _fleet = client.fleet();
    let busy = Fault::RateLimited {
        retry_after: Some(RetryAfter::Seconds(60)),
    };
    emulator.inject(busy.on(FaultTarget::NextPost));
    let refused = approved(call(&client), &budget).send().await;
    assert_eq!(refused.expect_err("429").kind(), ErrorKind::RateLimited);
    let sending = tokio::spawn(approved(call(&client), &budget).send());
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    client.stop_sending(HALF_A_MINUTE);
    let error = sending.await.expect("no panic").expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::NotSent, "{error:?}");
    assert_eq!(posts(&emulator), 1);
    assert_eq!(budget.reserved(), credits("0"));
}
