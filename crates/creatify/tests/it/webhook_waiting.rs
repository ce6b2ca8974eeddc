//! What a call-back does to a wait, and what a forged, late, lost or repeated one does not.

use std::sync::Arc;
use std::time::Duration;

use creatify::emulator::{Emulator, Fault, seed};
use creatify::webhook::{
    Attempt, Capabilities, Limits, MemoryIntents, Receiver, Reply, Secret, Wakeups, serve,
};
use creatify::{Budget, Client, CustomTemplateRequest, Job, Operation, Status, TokioTimer};

use crate::{seconds, world};

/// A receiver that listens on loopback, and what it knows.
struct Hooks {
    receiver: Receiver,
    intents: Arc<MemoryIntents>,
    base: String,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Hooks {
    async fn start() -> Self {
        planted::watch();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        let secret = Secret::new("k1", planted::WEBHOOK_SECRET).expect("32 bytes");
        let capabilities = Capabilities::new(&base, secret).expect("loopback is good");
        let intents = Arc::new(MemoryIntents::new());
        // The waits are looked at here, not the rates: these let everything through.
        let limits = Limits::default()
            .with_per_intent(1_000_000)
            .with_total(1_000_000);
        let receiver = Receiver::with(
            capabilities,
            Arc::clone(&intents),
            Wakeups::new(),
            limits,
            TokioTimer::new(),
        );
        let task = tokio::spawn(serve(receiver.clone(), listener));
        Self {
            receiver,
            intents,
            base,
            task,
        }
    }

    fn url(&self, attempt: &Attempt) -> String {
        let url = self.receiver.capabilities().url(attempt);
        url.expect("it is short").expose().to_owned()
    }

    /// A call-back with this body, as it arrives.
    fn call(&self, attempt: &Attempt, body: &str) -> Reply {
        let url = self.url(attempt);
        let path = url.strip_prefix(&self.base).expect("its own address");
        self.receiver.handle("POST", path, body.as_bytes())
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn request(hooks: &Hooks, attempt: &Attempt) -> CustomTemplateRequest {
    CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS).webhook_url(hooks.url(attempt))
}

async fn job(client: &Client, budget: &Budget, request: CustomTemplateRequest) -> Job {
    let quoted = client
        .custom_template()
        .generate(request)
        .length(seconds("30"))
        .quote();
    let approved = quoted.expect("the length was given").approve(budget);
    let sent = approved.expect("the budget covers it").send().await;
    sent.expect("accepted")
}

fn reads(emulator: &Emulator) -> usize {
    let requests = emulator.requests();
    requests.iter().filter(|one| one.method == "GET").count()
}

fn attempt() -> Attempt {
    Attempt::random().expect("random numbers")
}

#[tokio::test]
async fn a_call_back_ends_the_wait_before_its_next_look() {
    let (emulator, client, budget) = world().await;
    let hooks = Hooks::start().await;
    let attempt = attempt();
    let job = job(&client, &budget, request(&hooks, &attempt)).await;
    hooks.intents.own(attempt, job.job_ref().clone());
    let began = emulator.now();
    let wait = job
        .wait()
        .poll_every(Duration::from_secs(20 * 60))
        .wake_by(&hooks.receiver.wakeups());
    let finished = wait.await.expect("done");
    // The service calls back at each change of the status: in_queue, running, done.
    assert!(finished.polls() <= 3, "only call-backs made it look");
    let took = emulator.now().duration_since(began).expect("time goes on");
    assert!(took < Duration::from_secs(10 * 60), "{took:?}");
    assert_eq!(hooks.receiver.wakeups().counters().missed, 0);
}

#[tokio::test]
async fn a_thousand_duplicates_are_two_reads_at_most() {
    let (emulator, client, budget) = world().await;
    let hooks = Hooks::start().await;
    let attempt = attempt();
    let plain = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let job = job(&client, &budget, plain).await;
    hooks.intents.own(attempt, job.job_ref().clone());
    emulator.advance(Duration::from_secs(3_600)).await;
    for _ in 0..1_000 {
        assert_eq!(
            hooks.call(&attempt, r#"{"status": "done"}"#),
            Reply::Accepted
        );
    }
    let wait = job
        .wait()
        .poll_every(Duration::from_secs(3_600))
        .deadline(Duration::from_secs(7_200))
        .wake_by(&hooks.receiver.wakeups());
    let finished = wait.await.expect("done");
    assert_eq!(finished.state().status, Status::Done);
    assert!((1..=2).contains(&reads(&emulator)), "{}", reads(&emulator));
    let counters = hooks.receiver.wakeups().counters();
    assert_eq!(counters.received, 1_000);
}

#[tokio::test]
async fn a_call_back_after_each_look_is_no_loop() {
    let (emulator, client, budget) = world().await;
    let hooks = Arc::new(Hooks::start().await);
    emulator.inject(Fault::JobNeverEnds);
    let attempt = attempt();
    let plain = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let job = job(&client, &budget, plain).await;
    hooks.intents.own(attempt, job.job_ref().clone());
    let caller = Arc::clone(&hooks);
    let mut calls = 200;
    let wait = job
        .wait()
        .poll_every(Duration::from_secs(10))
        .deadline(Duration::from_secs(30))
        .wake_by(&hooks.receiver.wakeups())
        .observe(move |_| {
            calls -= 1;
            if calls > 0 {
                caller.call(&attempt, "{}");
            }
        });
    let error = wait.await.expect_err("it never ends");
    assert!(error.is_deadline(), "{error:?}");
    // One look every 2 s at most.
    assert!(
        (10..=16).contains(&reads(&emulator)),
        "{}",
        reads(&emulator)
    );
}

#[tokio::test]
async fn a_call_back_that_never_comes_costs_a_minute_at_most() {
    let (emulator, client, budget) = world().await;
    let hooks = Hooks::start().await;
    let plain = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let job = job(&client, &budget, plain).await;
    let mut last = None;
    while let Some(step) = emulator.next_step() {
        last = Some(step);
        emulator.advance_to(step).await;
    }
    let done_after = last
        .expect("the job has steps")
        .duration_since(emulator.requests()[0].at)
        .expect("they come later");

    let (emulator, client, budget) = world().await;
    drop(job);
    let job = self::job(
        &client,
        &budget,
        CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS),
    )
    .await;
    let began = emulator.now();
    let wakeups = hooks.receiver.wakeups();
    job.wait()
        .wake_by(&wakeups)
        .await
        .expect("found by looking");
    let took = emulator.now().duration_since(began).expect("time goes on");
    assert!(
        took <= done_after + Duration::from_secs(61),
        "{took:?} after {done_after:?}"
    );
    assert_eq!(wakeups.counters().missed, 1);
}

#[tokio::test]
async fn a_lost_answer_is_found_again_by_its_call_back() {
    let (emulator, client, budget) = world().await;
    let hooks = Hooks::start().await;
    let attempt = attempt();
    hooks.intents.open(attempt);
    emulator.inject(Fault::AnswerLost);
    let quoted = client
        .custom_template()
        .generate(request(&hooks, &attempt))
        .length(seconds("30"))
        .quote()
        .expect("the length was given");
    let sent = quoted.approve(&budget).expect("it fits").send().await;
    assert!(sent.expect_err("the answer is lost").is_outcome_unknown());
    assert_eq!(reads(&emulator), 0);

    emulator.advance(Duration::from_secs(3_600)).await;
    let wakeup = hooks.receiver.wakeups().next().await;
    assert_eq!((wakeup.attempt, &wakeup.job), (attempt, &None));
    let operation = Operation::CustomTemplateGenerate;
    let confirmed = hooks
        .receiver
        .confirm(&client, operation, &wakeup)
        .await
        .expect("it can be read")
        .expect("it is this attempt's");
    assert_eq!(confirmed.state.status, Status::Done);
    assert_eq!(reads(&emulator), 1);

    // From here on the attempt owns its job, and what a call-back claims is not even looked at.
    hooks.intents.own(attempt, confirmed.job.clone());
    hooks.call(
        &attempt,
        r#"{"id": "0c0ffee0-0000-4000-8000-00000000beef"}"#,
    );
    let wakeup = hooks.receiver.wakeups().next().await;
    let again = hooks.receiver.confirm(&client, operation, &wakeup).await;
    assert_eq!(again.expect("read").expect("known").job, confirmed.job);
    let foreign = |one: &creatify::emulator::RequestRecord| one.path.contains("beef");
    assert!(!emulator.requests().iter().any(foreign));
}

#[tokio::test]
async fn a_claimed_job_that_does_not_carry_the_address_is_not_adopted() {
    let (emulator, client, budget) = world().await;
    let hooks = Hooks::start().await;
    let (mine, others) = (attempt(), attempt());
    hooks.intents.open(mine);
    // Three jobs that are somebody else's: no address, another attempt's, and a forged one.
    let forged = hooks.url(&mine).replace("/w/", "/w/../w/x/");
    let plain = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    for request in [
        plain.clone(),
        request(&hooks, &others),
        plain.clone().webhook_url(forged),
    ] {
        let foreign = job(&client, &budget, request).await;
        let body = format!(
            r#"{{"id": "{}", "status": "done"}}"#,
            foreign.job_ref().id()
        );
        assert_eq!(hooks.call(&mine, &body), Reply::Accepted);
        let wakeup = hooks.receiver.wakeups().next().await;
        let operation = Operation::CustomTemplateGenerate;
        let confirmed = hooks.receiver.confirm(&client, operation, &wakeup).await;
        assert_eq!(confirmed.expect("it can be read"), None);
    }
    // An id that does not exist leads nowhere either.
    hooks.call(&mine, r#"{"id": "0c0ffee0-0000-4000-8000-00000000beef"}"#);
    let wakeup = hooks.receiver.wakeups().next().await;
    let operation = Operation::CustomTemplateGenerate;
    let confirmed = hooks.receiver.confirm(&client, operation, &wakeup).await;
    assert_eq!(confirmed.expect("404 is an answer"), None);
    assert_eq!(reads(&emulator), 4);
}

#[tokio::test]
async fn a_forged_done_with_a_foreign_id_is_one_read_of_the_own_job() {
    let (emulator, client, budget) = world().await;
    let hooks = Hooks::start().await;
    emulator.inject(Fault::JobNeverEnds);
    let attempt = attempt();
    let plain = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let job = job(&client, &budget, plain).await;
    let own = job.job_ref().clone();
    hooks.intents.own(attempt, own.clone());
    let body = r#"{"id": "0c0ffee0-0000-4000-8000-00000000beef", "status": "done",
                   "video_output": "https://evil.example/v.mp4"}"#;
    assert_eq!(hooks.call(&attempt, body), Reply::Accepted);
    let wait = job
        .wait()
        .poll_every(Duration::from_secs(3_600))
        .deadline(Duration::from_secs(60))
        .wake_by(&hooks.receiver.wakeups());
    let error = wait
        .await
        .expect_err("it is not done, whatever the call-back says");
    assert!(error.is_deadline(), "{error:?}");
    let state = error.job_state().expect("it was read");
    assert_eq!((state.id.as_str(), &state.video_url), (own.id(), &None));
    let requests = emulator.requests();
    let read: Vec<_> = requests.iter().filter(|one| one.method == "GET").collect();
    assert_eq!(read.len(), 1, "{read:?}");
    assert!(read[0].path.contains(own.id()), "{read:?}");
}

#[tokio::test]
async fn no_log_line_holds_an_address_or_a_token() {
    let lines = crate::webhook_log::captured(|| {
        let capabilities = Capabilities::new(
            "https://hooks.example.com",
            Secret::new("k1", planted::WEBHOOK_SECRET).expect("32 bytes"),
        )
        .expect("a good address");
        let attempt = attempt();
        let url = capabilities
            .url(&attempt)
            .expect("short")
            .expose()
            .to_owned();
        let path = url
            .trim_start_matches("https://hooks.example.com")
            .to_owned();
        let token = path.rsplit('/').next().expect("a token").to_owned();
        let intents = MemoryIntents::new();
        intents.open(attempt);
        let receiver = Receiver::new(capabilities, intents);
        for (method, path, body) in [
            ("POST", path.clone(), "{}"),
            ("POST", path.clone(), "no json"),
            ("GET", path.clone(), ""),
            ("POST", format!("{path}x"), "{}"),
        ] {
            let _ = receiver.handle(method, &path, body.as_bytes());
        }
        token
    });
    let (token, lines) = lines;
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        assert!(!line.contains(&token) && !line.contains("/w/"), "{line}");
    }
}
