//! The client with a ledger: written down first, let out by the gate, never twice.

use std::sync::Arc;
use std::time::Duration;

use creatify::emulator::{Emulator, EmulatorTimer, Fault, FaultTarget, seed};
use creatify::ledger::protocol::{Policy, State};
use creatify::ledger::{Filter, Ledger, Marker, MemoryLedger, Scope};
use creatify::{
    Approved, Budget, Client, CustomTemplateRequest, ErrorKind, Job, JobRef, Journal,
    LipsyncV2Request, Operation, Outcome, QuotedCall, Scene,
};

use crate::{credits, posts, seconds, settings};

/// An emulator, a client that keeps a ledger, and the ledger.
async fn world() -> (Arc<Emulator>, Client, Arc<MemoryLedger>) {
    planted::watch();
    let emulator = Arc::new(Emulator::start().await.expect("the emulator starts"));
    let ledger = Arc::new(MemoryLedger::new());
    let client = client_of(&emulator, ledger.clone());
    (emulator, client, ledger)
}

fn client_of(emulator: &Arc<Emulator>, ledger: Arc<MemoryLedger>) -> Client {
    settings(emulator)
        .journal(Journal::new(ledger, "main").campaign("spring"))
        .build()
        .expect("the emulator's own keys are good")
}

fn approved(client: &Client) -> Approved<QuotedCall<Job>> {
    let request = LipsyncV2Request::new().scene(Scene::silent(seed::PERSONA_ADA, 10.0));
    client
        .lipsync_v2()
        .generate(request.name("Summer"))
        .length(seconds("10"))
        .quote()
        .expect("the length was given")
        .approve(&Budget::new(credits("100")))
        .expect("5 of 100 fit")
}

/// A template job whose preview is ready: its id, and the request it was made with.
async fn previewed(client: &Client, budget: &Budget) -> (String, CustomTemplateRequest) {
    let request = CustomTemplateRequest::new(seed::TEMPLATE_15_SECONDS);
    let call = client
        .custom_template()
        .preview(request.clone())
        .length(seconds("15"));
    let approved = call.quote().expect("known").approve(budget).expect("fits");
    let finished = approved.send().await.expect("accepted").wait().await;
    (finished.expect("ready").state().id.clone(), request)
}

fn states(ledger: &MemoryLedger) -> Vec<State> {
    let export = ledger.export().expect("memory is readable");
    planted::refuse(
        "a ledger's export",
        export.to_json().expect("it serialises"),
    );
    let intents = ledger
        .intents(&Filter::default())
        .expect("memory is readable");
    assert_eq!(
        ledger.audit().expect("memory is readable"),
        Vec::<String>::new()
    );
    intents.into_iter().map(|intent| intent.state).collect()
}

#[tokio::test]
async fn a_job_is_written_down_marked_and_settled() {
    let (emulator, client, ledger) = world().await;
    let job = approved(&client).send().await.expect("accepted");
    assert_eq!(states(&ledger), [State::Accepted]);
    let sent = emulator.requests().pop().expect("one request").body;
    let marker = Marker::find(&sent).expect("the name carries the ledger's mark");
    let intent = ledger
        .by_marker(marker)
        .expect("readable")
        .expect("the mark is an intent's");
    assert_eq!(intent.job_id(), Some(job.job_ref().id()));
    assert!(
        sent.contains("Summer w1."),
        "the user's own name stays in front: {sent}"
    );

    job.wait().await.expect("done");
    assert_eq!(states(&ledger), [State::Settled]);
    let balance = ledger
        .balance(&Scope::Campaign("spring".to_owned()))
        .expect("readable");
    assert_eq!(
        (balance.spent, balance.reserved),
        (credits("5"), credits("0"))
    );
}

#[tokio::test]
async fn a_failed_job_is_settled_with_what_it_cost() {
    let (emulator, client, ledger) = world().await;
    emulator.inject(Fault::JobFails {
        reason: "no voice".to_owned(),
    });
    let error = approved(&client)
        .send()
        .await
        .expect("accepted")
        .wait()
        .await;
    assert!(error.expect_err("it fails").is_job_failed());
    assert_eq!(states(&ledger), [State::SettledFailed]);
}

#[tokio::test]
async fn a_lost_answer_stays_ambiguous_and_reserved() {
    let (emulator, client, ledger) = world().await;
    emulator.inject(Fault::AnswerLost);
    let error = approved(&client)
        .send()
        .await
        .expect_err("the answer is lost");
    assert!(error.is_outcome_unknown(), "{error:?}");
    let intent = ledger.intent(error.intent().expect("it is in the ledger"));
    assert_eq!(
        intent.expect("readable").map(|i| i.state),
        Some(State::Ambiguous)
    );
    let balance = ledger
        .balance(&Scope::Account("main".to_owned()))
        .expect("readable");
    assert_eq!(balance.reserved, credits("5"));
    assert_eq!(posts(&emulator), 1);
}

#[tokio::test]
async fn a_429_is_followed_by_the_next_attempt_after_its_pause() {
    let (emulator, client, ledger) = world().await;
    let busy = Fault::Status {
        code: 429,
        body: r#"{"detail": "slower"}"#.to_owned(),
    };
    emulator.inject(busy.on(FaultTarget::NextPost).times(2));
    let job = approved(&client).send().await;
    assert!(job.is_ok(), "the third attempt is let through: {job:?}");
    assert_eq!(posts(&emulator), 3);
    let intents = ledger.intents(&Filter::default()).expect("readable");
    assert_eq!((intents.len(), intents[0].attempts.len()), (1, 3));
    assert_eq!(intents[0].state, State::Accepted);
    let first = &emulator.requests()[0];
    let third = &emulator.requests()[2];
    assert!(third.at > first.at, "time passed between the attempts");
}

#[tokio::test]
async fn a_refused_connection_is_tried_four_times_and_given_up() {
    let (emulator, _client, ledger) = world().await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = free.local_addr().expect("a bound socket has an address");
    drop(free);
    let client = Client::builder()
        .credentials(planted::API_ID, planted::API_KEY)
        .base_url(format!("http://{address}"))
        .timer(EmulatorTimer::new(&emulator))
        .journal(Journal::new(ledger.clone(), "main"))
        .build()
        .expect("loopback is a good address");
    let error = approved(&client).send().await.expect_err("nobody listens");
    assert!(error.is_not_sent(), "{error:?}");
    assert_eq!(states(&ledger), [State::Withdrawn]);
    let intents = ledger.intents(&Filter::default()).expect("readable");
    assert_eq!(intents[0].attempts.len(), 4);
}

#[tokio::test]
async fn out_of_credits_stops_the_lane() {
    let (emulator, client, ledger) = world().await;
    let empty = Fault::Status {
        code: 402,
        body: r#"{"detail": "empty"}"#.to_owned(),
    };
    emulator.inject(empty.on(FaultTarget::NextPost));
    let error = approved(&client).send().await.expect_err("no credits");
    assert_eq!(error.kind(), ErrorKind::OutOfCredits, "{error:?}");
    let next = approved(&client).send_outcome().await;
    assert!(
        matches!(&next, Outcome::NotSent(error) if error.kind() == ErrorKind::Ledger),
        "{next:?}"
    );
    assert_eq!(posts(&emulator), 1, "nothing is sent in a stopped lane");
    assert_eq!(states(&ledger), [State::Held, State::Held]);
}

#[tokio::test]
async fn a_budget_of_the_ledger_holds_across_clients() {
    let (emulator, client, ledger) = world().await;
    let scope = Scope::Account("main".to_owned());
    ledger
        .set_limit(&scope, Some(credits("7")))
        .expect("memory is writable");
    let job = approved(&client).send().await;
    assert!(job.is_ok(), "5 of 7 fit: {job:?}");
    let error = approved(&client.clone())
        .send()
        .await
        .expect_err("10 exceed 7");
    assert!(error.is_over_budget(), "{error:?}");
    assert_eq!(posts(&emulator), 1);
}

#[tokio::test]
async fn a_dropped_call_is_ambiguous_at_once() {
    let (emulator, client, ledger) = world().await;
    emulator.inject(Fault::Hang.on(FaultTarget::NextPost));
    let sending = tokio::spawn(approved(&client).send_outcome());
    while posts(&emulator) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(states(&ledger), [State::Sent]);
    sending.abort();
    assert!(sending.await.is_err(), "the call was dropped half-way");
    assert_eq!(states(&ledger), [State::Ambiguous]);
}

#[tokio::test]
async fn one_job_is_rendered_once_by_two_callers() {
    let (emulator, client, ledger) = world().await;
    let budget = Budget::new(credits("100"));
    let (id, request) = previewed(&client, &budget).await;
    let render = || {
        let call = client.custom_template().render(id.clone(), request.clone());
        let quoted = call
            .length(seconds("15"))
            .quote()
            .expect("the length was given");
        quoted
            .approve(&budget)
            .expect("the budget covers it")
            .send()
    };
    let first = render().await.expect("the first one is let through");
    let second = render().await.expect_err("the second one is not");
    assert_eq!(second.kind(), ErrorKind::Ledger, "{second:?}");
    assert_eq!(posts(&emulator), 2, "one preview, one render");
    first.wait().await.expect("done");
    assert_eq!(states(&ledger), [State::Settled, State::Settled]);
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_list_after_the_horizon() {
    for how in [Fault::AnswerLost, Fault::AnswerReset] {
        found_after_the_horizon(how).await;
    }
}

async fn found_after_the_horizon(how: Fault) {
    let (emulator, client, ledger) = world().await;
    emulator.inject(how);
    let error = approved(&client)
        .send()
        .await
        .expect_err("the answer is lost");
    let jobs = client.jobs().expect("the client keeps a ledger");
    let early = jobs.reconcile().await.expect("memory is readable");
    assert_eq!(early[0].state, State::Ambiguous);
    assert!(
        !early[0].horizon_in.is_zero(),
        "a copy may still be on its way"
    );

    emulator.advance(early[0].horizon_in).await;
    let found = jobs.reconcile().await.expect("memory is readable");
    assert_eq!(found[0].state, State::Accepted);
    let job = found[0].job.clone().expect("the list shows the mark");
    let job_ref = JobRef::new(Operation::LipsyncV2Generate, job).expect("an id");
    client
        .job(job_ref)
        .expect("a job")
        .wait()
        .await
        .expect("done");
    let intent = ledger
        .intent(error.intent().expect("in the ledger"))
        .expect("readable");
    assert_eq!(intent.map(|intent| intent.state), Some(State::Settled));
    assert_eq!(posts(&emulator), 1);
}

/// The balance looks as if nothing had been charged, because somebody put in what was: under the
/// policy that sends again on proof, that is none.
#[tokio::test]
async fn credits_that_move_prove_nothing() {
    let (emulator, _, ledger) = world().await;
    let policy = Policy::ResendIfAbsent;
    let client = settings(&emulator)
        .journal(Journal::new(ledger.clone(), "main").policy(policy))
        .build()
        .expect("the emulator's own keys are good");
    let older = approved(&client).send().await.expect("accepted");
    let lag = Fault::ListLag { seconds: 3_600 };
    emulator.inject(lag.on(FaultTarget::NextList).always());
    emulator.advance(Duration::from_secs(7_200)).await;
    drop(older);
    emulator.inject(Fault::AnswerLost);
    let error = approved(&client).send().await.expect_err("it is lost");
    assert!(error.is_outcome_unknown(), "{error:?}");
    emulator.inject(Fault::BalanceMoved {
        millicredits: 5_000,
    });
    for _ in 0..4 {
        emulator.advance(Duration::from_secs(70)).await;
        let found = client.jobs().expect("a ledger").reconcile().await;
        let found = found.expect("memory is readable");
        assert!(
            found.iter().all(|one| one.state != State::Planned),
            "{found:?}"
        );
    }
    let intent = ledger.intent(error.intent().expect("it is in the ledger"));
    let state = intent.expect("readable").map(|intent| intent.state);
    assert_eq!((state, posts(&emulator)), (Some(State::Parked), 2));
}

/// The first call of an account is lost: its list is empty, and always will be.
#[tokio::test]
async fn a_list_that_cannot_reach_back_leaves_the_call_to_a_person() {
    let (emulator, client, _ledger) = world().await;
    emulator.inject(Fault::ClosedUnread);
    let error = approved(&client).send().await.expect_err("nobody answers");
    assert!(error.is_outcome_unknown(), "{error:?}");
    emulator.advance(Duration::from_secs(61)).await;
    let found = client.jobs().expect("a ledger").reconcile().await;
    assert_eq!(found.expect("memory is readable")[0].state, State::Parked);
    assert_eq!(posts(&emulator), 1);
}

#[tokio::test]
async fn what_no_list_can_prove_is_parked_and_a_person_decides() {
    let (emulator, client, ledger) = world().await;
    emulator.inject(Fault::AnswerLost);
    let request = CustomTemplateRequest::new(seed::TEMPLATE_15_SECONDS);
    let call = client
        .custom_template()
        .generate(request)
        .length(seconds("15"));
    let budget = Budget::new(credits("100"));
    let approved = call.quote().expect("known").approve(&budget).expect("fits");
    let intent = approved
        .send()
        .await
        .expect_err("lost")
        .intent()
        .expect("in the ledger");
    emulator.advance(Duration::from_secs(61)).await;
    let jobs = client.jobs().expect("the client keeps a ledger");
    let parked = jobs.reconcile().await.expect("memory is readable");
    assert_eq!((parked[0].state, posts(&emulator)), (State::Parked, 1));

    let outcome = jobs
        .resend(intent, "ada", &budget)
        .await
        .expect("a person may");
    assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
    assert_eq!(posts(&emulator), 2);
    let entry = ledger
        .export()
        .expect("readable")
        .to_json()
        .expect("it serialises");
    assert!(
        entry.contains("ada"),
        "the decision is recorded with its name"
    );
}

#[tokio::test]
async fn a_lost_render_is_settled_by_reading_the_job() {
    let (emulator, client, ledger) = world().await;
    let budget = Budget::new(credits("100"));
    let (id, request) = previewed(&client, &budget).await;
    emulator.inject(Fault::AnswerLost);
    let render = client
        .custom_template()
        .render(id.clone(), request)
        .length(seconds("15"));
    let render = render
        .quote()
        .expect("known")
        .approve(&budget)
        .expect("fits");
    assert!(render.send().await.expect_err("lost").is_outcome_unknown());
    emulator.advance(Duration::from_secs(61)).await;
    let found = client
        .jobs()
        .expect("a ledger")
        .reconcile()
        .await
        .expect("readable");
    assert_eq!(
        (found[0].state, found[0].job.as_deref()),
        (State::Accepted, Some(id.as_str()))
    );
    assert_eq!(posts(&emulator), 2);
    assert_eq!(states(&ledger).len(), 2);
}

#[tokio::test]
async fn a_sum_billed_to_a_later_process_is_not_posted_twice() {
    let emulator = Arc::new(
        Emulator::builder()
            .summed_credits_used(true)
            .start()
            .await
            .expect("the emulator starts"),
    );
    let ledger = Arc::new(MemoryLedger::new());
    let client = client_of(&emulator, ledger.clone());
    let budget = Budget::new(credits("100"));
    let (id, request) = previewed(&client, &budget).await;
    let render = client
        .custom_template()
        .render(id, request)
        .length(seconds("15"));
    let render = render
        .quote()
        .expect("known")
        .approve(&budget)
        .expect("fits");
    let job_ref = render.send().await.expect("accepted").job_ref().clone();
    // A later process knows the reference only. The service bills 5: 1 for the preview, 4 for this.
    let later = client_of(&emulator, ledger.clone());
    let finished = later
        .job(job_ref)
        .expect("a job")
        .wait()
        .await
        .expect("done");
    assert_eq!(finished.bill(), Some(credits("5")));
    assert_eq!(states(&ledger), [State::Settled, State::Settled]);
    let balance = ledger
        .balance(&Scope::Account("main".to_owned()))
        .expect("readable");
    assert_eq!(
        (balance.spent, balance.reserved),
        (credits("5"), credits("0"))
    );
}

#[tokio::test]
async fn a_link_is_settled_at_once() {
    let (_emulator, client, ledger) = world().await;
    let call = client
        .link()
        .create("https://shop.example/lamp")
        .quote()
        .expect("known");
    let link = call
        .approve(&Budget::new(credits("2")))
        .expect("fits")
        .send()
        .await;
    assert!(link.is_ok(), "{link:?}");
    assert_eq!(states(&ledger), [State::Settled]);
}
