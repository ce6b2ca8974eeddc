//! A client with a ledger and a receiver: each paid call carries an address of its own, call-backs
//! wake what waits, and a lost answer is found by the address.

use std::sync::Arc;
use std::time::Duration;

use creatify::emulator::{Emulator, Fault, seed};
use creatify::ledger::protocol::State;
use creatify::ledger::{Filter, Intent, Ledger, MemoryLedger};
use creatify::webhook::{Capabilities, Limits, MAX_URL, Receiver, Reply, Secret, Wakeups, serve};
use creatify::{
    Budget, Call, Client, CustomTemplateRequest, Error, Job, Journal, LipsyncV2Request, Operation,
    PreviewListRequest, Progress, Scene, TokioTimer,
};
use serde_json::Value;

use crate::relay::Relay;
use crate::{credits, posts, seconds, settings};

/// An emulator, a ledger, a receiver that listens on loopback, and a client that has both.
struct World {
    emulator: Arc<Emulator>,
    ledger: Arc<MemoryLedger>,
    receiver: Receiver,
    client: Client,
    budget: Budget,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl World {
    async fn start() -> Self {
        planted::watch();
        let emulator = Arc::new(Emulator::start().await.expect("the emulator starts"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        let secret = Secret::new("k1", planted::WEBHOOK_SECRET).expect("32 bytes");
        let ledger = Arc::new(MemoryLedger::new());
        let journal = Journal::new(ledger.clone(), "main");
        // Real time for real sockets; the emulator's stands still, and its call-backs do not.
        let limits = Limits::default()
            .with_per_intent(1_000_000)
            .with_total(1_000_000);
        let receiver = Receiver::with(
            Capabilities::new(&base, secret).expect("loopback is good"),
            journal.clone(),
            Wakeups::new(),
            limits,
            TokioTimer::new(),
        );
        let client = settings(&emulator)
            .journal(journal)
            .webhooks(receiver.clone())
            .build()
            .expect("the emulator's own keys are good");
        Self {
            served: tokio::spawn(serve(receiver.clone(), listener)),
            emulator,
            ledger,
            receiver,
            client,
            budget: Budget::new(credits("100")),
        }
    }

    fn template(&self) -> Call<Job> {
        template(&self.client)
    }

    fn avatar(&self) -> Call<Job> {
        let scene = Scene::silent(seed::PERSONA_ADA, 10.0);
        let request = LipsyncV2Request::new().scene(scene).name("Summer");
        self.client
            .lipsync_v2()
            .generate(request)
            .length(seconds("10"))
    }

    /// Previews of a link that is made first.
    async fn previews(&self) -> Call<Job> {
        let call = self.client.link().create("https://shop.example/lamp");
        let approved = call.quote().expect("known").approve(&self.budget);
        let link = approved.expect("it fits").send().await.expect("accepted");
        let request = PreviewListRequest::new(link.id, 15);
        self.client.link_to_video().preview_list(request)
    }

    async fn send(&self, call: Call<Job>) -> Result<Job, Error> {
        let quoted = call.quote().expect("the length was given");
        let approved = quoted.approve(&self.budget).expect("the budget covers it");
        approved.send().await
    }

    fn reads(&self) -> usize {
        let requests = self.emulator.requests();
        requests.iter().filter(|one| one.method == "GET").count()
    }

    /// The addresses that the service was given, one for each paid request.
    fn addresses(&self) -> Vec<Option<String>> {
        let requests = self.emulator.requests();
        let paid = requests.iter().filter(|one| one.method == "POST");
        let body = paid.map(|one| serde_json::from_str::<Value>(&one.body));
        body.map(|body| Some(body.ok()?.get("webhook_url")?.as_str()?.to_owned()))
            .collect()
    }

    fn intents(&self) -> Vec<Intent> {
        let faults = self.ledger.audit().expect("memory is readable");
        assert_eq!(faults, Vec::<String>::new());
        let intents = self.ledger.intents(&Filter::default());
        intents.expect("memory is readable")
    }

    fn states(&self) -> Vec<State> {
        self.intents().iter().map(|intent| intent.state).collect()
    }

    async fn reconcile(&self) -> State {
        self.emulator.advance(Duration::from_secs(61)).await;
        let jobs = self.client.jobs().expect("it keeps a ledger");
        let found = jobs.reconcile().await.expect("memory is readable");
        found[0].state
    }
}

fn template(client: &Client) -> Call<Job> {
    let request = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let call = client.custom_template().generate(request);
    call.length(seconds("30"))
}

impl Drop for World {
    fn drop(&mut self) {
        self.served.abort();
    }
}

#[tokio::test]
async fn each_paid_call_carries_an_address_of_its_own() {
    let world = World::start().await;
    let previews = world.previews().await;
    for call in [world.template(), world.avatar(), world.template(), previews] {
        let _ = world.send(call).await.expect("accepted");
    }
    let own = "https://mine.example/hook";
    let request = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS).webhook_url(own);
    let call = world.client.custom_template().generate(request);
    let _ = world
        .send(call.length(seconds("30")))
        .await
        .expect("accepted");

    let mut addresses = world.addresses();
    assert_eq!(addresses.pop().flatten().as_deref(), Some(own), "is kept");
    let addresses: Vec<String> = addresses.into_iter().flatten().collect();
    assert_eq!(addresses.len(), 4);
    let mut intents = world.intents();
    intents.retain(|intent| intent.operation != Operation::LinkCreate);
    for address in &addresses {
        assert!(address.len() <= MAX_URL);
        let is_of = |intent: &Intent| address.contains(&format!("/{}.1/", intent.id));
        let at = intents.iter().position(is_of).expect("an intent's own");
        let intent = intents.remove(at);
        assert!(!intent.body.contains("webhook_url"), "{}", intent.body);
        let path = address.splitn(4, '/').last().expect("it has a path");
        let reply = world.receiver.handle("POST", &format!("/{path}"), b"{}");
        assert_eq!(reply, Reply::Accepted);
    }
}

#[tokio::test]
async fn a_wait_is_woken_without_being_told_to_listen() {
    let world = World::start().await;
    let job = world.send(world.template()).await.expect("accepted");
    let wait = job.wait().poll_every(Duration::from_secs(20 * 60));
    let finished = wait.await.expect("done");
    assert!(finished.polls() <= 3, "only call-backs made it look");
    assert_eq!(world.receiver.wakeups().counters().missed, 0);
    assert_eq!(world.states(), [State::Settled]);
}

/// How long a fleet takes to hear of the end of one job, and how often it reads.
async fn watched(world: &World, call: Call<Job>) -> (Duration, usize) {
    let job = world.send(call).await.expect("accepted");
    let fleet = world.client.fleet().with_reads_at_once(1);
    fleet.add(job);
    let began = world.emulator.now();
    let mut updates = fleet.stream();
    let mut ended = 0;
    while let Some(update) = updates.next().await {
        if let Progress::Finished(result) = update.progress {
            result.expect("nothing goes wrong");
            ended += 1;
        }
    }
    assert_eq!(ended, 1);
    let took = world.emulator.now().duration_since(began);
    (took.expect("time goes on"), world.reads())
}

#[tokio::test]
async fn a_fleet_takes_call_backs_in_by_itself_and_sweeps_up_what_is_lost() {
    let world = World::start().await;
    let (called, _) = watched(&world, world.template()).await;
    let world = World::start().await;
    world.emulator.inject(Fault::WebhookLost.always());
    let (swept, reads) = watched(&world, world.template()).await;
    // The job takes no whole number of minutes, and the sweeps come once in one.
    assert!(called < swept, "{called:?} and {swept:?}");
    assert!(swept <= called + Duration::from_secs(61), "{swept:?}");
    assert_eq!(reads as u64, swept.as_secs() / 60, "once in 60 s");
}

#[tokio::test]
async fn a_preview_that_nobody_promises_to_call_back_about_is_polled() {
    let world = World::start().await;
    let request = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let preview = world.client.custom_template().preview(request);
    let (took, _) = watched(&world, preview.length(seconds("30"))).await;
    assert!(
        took < Duration::from_secs(60),
        "{took:?}: only a sweep saw it"
    );
    assert!(world.addresses().remove(0).is_some(), "an address was sent");
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_adopted_by_its_call_back() {
    let world = World::start().await;
    let fleet = world.client.fleet().with_reads_at_once(1);
    world.emulator.inject(Fault::AnswerLost);
    let error = world.send(world.template()).await.expect_err("lost");
    assert!(error.is_outcome_unknown(), "{error:?}");
    assert_eq!(world.states(), [State::Ambiguous]);
    // Something else is waited for meanwhile, which keeps the stream going.
    fleet.add(world.send(world.avatar()).await.expect("accepted"));

    let (mut adopted, mut ended) = (None, Vec::new());
    let mut updates = fleet.stream();
    while let Some(update) = updates.next().await {
        match update.progress {
            Progress::Adopted(intent) => adopted = Some((intent, update.job)),
            Progress::Finished(result) => {
                result.expect("nothing goes wrong");
                ended.push(update.job);
            }
            _ => {}
        }
    }
    let (intent, job) = adopted.expect("the call-back led to it");
    assert_eq!(Some(intent), error.intent());
    assert!(ended.contains(&job) && ended.len() == 2);
    assert_eq!(world.states(), [State::Settled, State::Settled]);
    assert_eq!(posts(&world.emulator), 2, "nothing was sent again");
}

#[tokio::test]
async fn a_call_back_before_the_answer_is_merged_with_it() {
    for is_lost in [false, true] {
        let world = World::start().await;
        let mut relay = Relay::start(&world.emulator).await;
        let client = settings(&world.emulator)
            .base_url(&relay.url)
            .journal(Journal::new(world.ledger.clone(), "main"))
            .webhooks(world.receiver.clone())
            .build()
            .expect("loopback is a good address");
        world.emulator.inject(Fault::WebhookEarly);
        let (jobs, wakeups) = (client.jobs().expect("a ledger"), world.receiver.wakeups());
        let taken_in = async {
            let answer = relay.answer().await;
            let found = jobs.called_back(&wakeups.next().await).await;
            assert_eq!(world.states(), [State::Accepted]);
            match is_lost {
                true => answer.lose(),
                false => answer.deliver(),
            }
            found.expect("it can be read").expect("a genuine one")
        };
        let (sent, found) = tokio::join!(world.send(template(&client)), taken_in);
        let job = sent.expect("the job is known, whatever becomes of the answer");
        assert_eq!(found.job.as_deref(), Some(job.job_ref().id()));
        assert_eq!(world.states(), [State::Accepted]);
        let finished = job.wait().await.expect("done");
        assert!(finished.settlement().expect("it was quoted").is_matched());
        assert_eq!(world.states(), [State::Settled]);
        assert_eq!(world.budget.reserved(), credits("0"));
        assert_eq!(posts(&world.emulator), 1);
    }
}

#[tokio::test]
async fn a_forged_call_back_adopts_nothing() {
    let world = World::start().await;
    world.emulator.inject(Fault::AnswerLost);
    let lost = world.send(world.template()).await.expect_err("lost");
    assert!(lost.is_outcome_unknown());
    let address = world.addresses().remove(0).expect("it was sent");
    let path = address.splitn(4, '/').last().expect("it has a path");
    let foreign = settings(&world.emulator).build().expect("good keys");
    let foreign = world.send(template(&foreign)).await.expect("accepted");
    let body = format!(
        r#"{{"id": "{}", "status": "done"}}"#,
        foreign.job_ref().id()
    );
    let wakeups = world.receiver.wakeups();
    while wakeups.try_next().is_some() {}
    let reply = world
        .receiver
        .handle("POST", &format!("/{path}"), body.as_bytes());
    assert_eq!(reply, Reply::Accepted);
    let jobs = world.client.jobs().expect("it keeps a ledger");
    let found = jobs.called_back(&wakeups.next().await).await;
    assert!(found.expect("it can be read").is_none());
    assert_eq!(world.states(), [State::Ambiguous]);
}

#[tokio::test]
async fn a_job_whose_name_was_altered_is_found_by_its_address() {
    let altered = Fault::MarkerAltered {
        name_limit: Some(3),
    };
    let world = World::start().await;
    world.emulator.inject(altered.clone());
    world.emulator.inject(Fault::AnswerLost);
    let error = world.send(world.avatar()).await.expect_err("lost");
    assert!(error.is_outcome_unknown(), "{error:?}");
    assert_eq!(world.reconcile().await, State::Accepted);

    // Without an address nothing tells the job from any other: a person decides.
    let world = World::start().await;
    world.emulator.inject(altered);
    world.emulator.inject(Fault::AnswerLost);
    let own = "https://mine.example/hook";
    let request = LipsyncV2Request::new().scene(Scene::silent(seed::PERSONA_ADA, 10.0));
    let call = world.client.lipsync_v2().generate(request.webhook_url(own));
    // An older job, so that the list reaches back before the call.
    world.emulator.advance(Duration::from_secs(1)).await;
    let error = world.send(call.length(seconds("10"))).await;
    assert!(error.expect_err("lost").is_outcome_unknown());
    assert_ne!(world.reconcile().await, State::Accepted);
    assert_eq!(posts(&world.emulator), 1);
}

#[tokio::test]
async fn link_videos_are_found_in_a_guessed_list_only_where_it_is_asked_for() {
    let world = World::start().await;
    let call = world.previews().await;
    world.emulator.inject(Fault::AnswerLost);
    let error = world.send(call).await;
    assert!(error.expect_err("lost").is_outcome_unknown());
    world.emulator.advance(Duration::from_secs(61)).await;
    let jobs = world.client.jobs().expect("it keeps a ledger");
    let found = jobs.with_guessed_lists().reconcile().await;
    assert_eq!(found.expect("readable")[0].state, State::Accepted);

    let world = World::start().await;
    let call = world.previews().await;
    world.emulator.inject(Fault::AnswerLost);
    let error = world.send(call).await;
    assert!(error.expect_err("lost").is_outcome_unknown());
    assert_eq!(world.reconcile().await, State::Parked);
}

#[test]
fn a_receiver_without_a_ledger_is_refused() {
    let secret = Secret::new("k1", planted::WEBHOOK_SECRET).expect("32 bytes");
    let capabilities = Capabilities::new("https://hooks.example.com", secret).expect("good");
    let journal = Journal::new(Arc::new(MemoryLedger::new()), "main");
    let error = Client::builder()
        .credentials(planted::API_ID, planted::API_KEY)
        .webhooks(Receiver::new(capabilities, journal))
        .build()
        .expect_err("nothing would tell the calls apart");
    assert!(error.to_string().contains("ledger"), "{error}");
}
