//! The ledger behind the paid commands: what is written down, what is found out, who decides.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use creatify::emulator::{Fault, FaultTarget, seed};
use creatify::ledger::{Filter, Ledger as _, News, Plan, SqliteLedger, UnixMillis};
use serde_json::Value;

use crate::support::{TEMPLATE_VIDEO, World, against};

/// The arguments of an avatar video of 10 s, whose jobs a list shows.
const AVATAR_VIDEO: [&str; 10] = [
    "avatar",
    "create",
    "--avatar",
    seed::PERSONA_ADA,
    "--voice",
    seed::VOICE_CALM,
    "--text",
    "Three reasons to try it.",
    "--seconds",
    "10",
];

/// Buys something whose answer does not come; gives the intent.
#[track_caller]
fn lose(world: &World, fault: Fault, arguments: &[&str]) -> String {
    world.emulator.inject(fault.on(FaultTarget::NextPost));
    let run = world.buy(arguments).ends_with(7);
    let intent = only(world)["intent"].as_str().map(str::to_owned);
    let intent = intent.expect("it is named");
    let hint = run.error()["hint"].to_string();
    assert!(
        hint.contains(&format!("creatify jobs show {intent}")),
        "{hint}"
    );
    assert!(hint.contains("creatify jobs reconcile"), "{hint}");
    intent
}

pub(crate) fn list(world: &World) -> Vec<Value> {
    let list = world.run(&["jobs", "list", "--json"]).ends_with(0).json();
    list.as_array().expect("a list").clone()
}

#[track_caller]
pub(crate) fn only(world: &World) -> Value {
    let mut list = list(world);
    assert_eq!(list.len(), 1, "{list:?}");
    list.remove(0)
}

/// The ids of the jobs that the service has.
fn jobs_of(world: &World) -> Vec<String> {
    let port = world.emulator.port();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream
        .write_all(b"GET /_emulator/state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .expect("it takes the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let state: Value = serde_json::from_str(body).expect("JSON");
    let jobs = state["jobs"].as_array().expect("a list");
    let ids = jobs.iter().filter_map(|job| job["id"].as_str());
    ids.map(str::to_owned).collect()
}

/// Writes the ledger anew as if everything in it had happened ten minutes earlier and its answers
/// had been lost: the command's clock is the real one, and nobody waits for a horizon here.
fn let_ten_minutes_pass(world: &World) {
    let path = world.ledger();
    let intents = {
        let now = UnixMillis(u64::try_from(i64::MAX).expect("it fits"));
        let ledger = SqliteLedger::open(&path, now).expect("it opens");
        ledger.intents(&Filter::default()).expect("it reads")
    };
    std::fs::remove_file(&path).expect("it is there");
    let ledger = SqliteLedger::open(&path, UnixMillis(0)).expect("it is new");
    for intent in intents {
        let sent_at = intent.newest().expect("it was sent").sent_at;
        let then = UnixMillis(sent_at.0 - 600_000);
        let plan = Plan::new(
            intent.id,
            intent.account,
            intent.operation,
            intent.body,
            intent.price,
        )
        .with_horizon(intent.horizon);
        ledger.plan(&plan, then).expect("it is stored");
        let _ = ledger.gate(intent.id, 1, then).expect("it is let out");
        ledger
            .record(intent.id, Some(1), &News::AnswerLost { note: None }, then)
            .expect("it is recorded");
    }
}

#[test]
fn a_paid_call_is_written_down_before_it_is_over_and_settled_when_it_is() {
    let world = World::new();
    let job = world.buy(&TEMPLATE_VIDEO).ends_with(0).job();
    let call = only(&world);
    assert_eq!(
        (&call["state"], &call["reserved"]),
        (&"accepted".into(), &5.into())
    );
    assert_eq!(
        (&call["job"], &call["spent"]),
        (&job.as_str().into(), &Value::Null)
    );
    let next = call["next_step"].as_str().expect("there is one");
    assert!(next.contains(&format!("creatify wait {job}")), "{next}");
    assert!(
        call["account"]
            .as_str()
            .is_some_and(|name| name.starts_with("account-")),
        "{call}"
    );

    world
        .run(&["wait", &job, "--poll-every", "0.01"])
        .ends_with(0);
    let call = only(&world);
    assert_eq!(
        (&call["state"], &call["reserved"]),
        (&"settled".into(), &0.into())
    );
    assert_eq!(
        (&call["spent"], &call["next_step"]),
        (&5.into(), &Value::Null)
    );

    let shown = world.run(&["jobs", "show", call["intent"].as_str().expect("text")]);
    let text = shown.ends_with(0).stdout;
    for said in [
        "state: settled",
        "5 credits",
        job.as_str(),
        "answered",
        "finished",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
}

#[test]
fn a_preview_and_its_render_are_two_calls_on_one_job() {
    let world = World::new();
    let preview = [&["template", "preview"], &TEMPLATE_VIDEO[2..], &["--wait"]].concat();
    let previewed = world.buy(&preview).ends_with(0).job();
    let render = ["template", "render", &previewed, "--wait"];
    world.buy(&render).ends_with(0);
    let calls = list(&world);
    assert_eq!(calls.len(), 2, "{calls:?}");
    for (call, spent) in calls.iter().zip([1, 4]) {
        assert_eq!(call["state"], "settled", "{call}");
        assert_eq!(call["spent"], spent, "{call}");
    }
    assert!(previewed.ends_with(calls[1]["renders"].as_str().expect("a job")));
}

#[test]
fn a_render_that_is_under_way_is_not_bought_again() {
    let world = World::new();
    let preview = [&["template", "preview"], &TEMPLATE_VIDEO[2..], &["--wait"]].concat();
    let previewed = world.buy(&preview).ends_with(0).job();
    let render = ["template", "render", &previewed];
    world.buy(&render).ends_with(0);
    let posts = world.posts().len();
    let run = world.buy(&render).ends_with(1);
    assert_eq!(run.error()["kind"], "ledger");
    assert!(run.stderr.contains("creatify jobs show "), "{}", run.stderr);
    assert_eq!(world.posts().len(), posts);
}

#[test]
fn a_lost_answer_stays_in_doubt_and_reserved_until_a_look_can_prove_something() {
    let world = World::new();
    let intent = lose(&world, Fault::AnswerLost, &AVATAR_VIDEO);
    let call = only(&world);
    assert_eq!(
        (&call["state"], &call["reserved"]),
        (&"ambiguous".into(), &5.into())
    );
    let requests = world.emulator.requests().len();
    let found = world
        .run(&["jobs", "reconcile", "--json"])
        .ends_with(0)
        .json();
    assert_eq!(found[0]["intent"], intent.as_str());
    assert_eq!(found[0]["state"], "ambiguous");
    assert!(
        found[0]["horizon_in_seconds"]
            .as_u64()
            .is_some_and(|left| left > 0)
    );
    assert_eq!(
        world.emulator.requests().len(),
        requests,
        "it is too early to look"
    );

    let_ten_minutes_pass(&world);
    let found = world
        .run(&["jobs", "reconcile", "--json"])
        .ends_with(0)
        .json();
    assert_eq!(found[0]["state"], "accepted", "{found}");
    let job = found[0]["job"]
        .as_str()
        .expect("its mark was found")
        .to_owned();
    world
        .run(&["wait", &job, "--poll-every", "0.01"])
        .ends_with(0);
    assert_eq!(only(&world)["state"], "settled");
    assert_eq!(world.posts().len(), 1);
    assert_eq!(world.balance(), 995_000);
}

#[test]
fn what_no_list_can_show_is_left_to_a_person_who_adopts_its_job() {
    let world = World::new();
    let intent = lose(&world, Fault::AnswerLost, &TEMPLATE_VIDEO);
    let_ten_minutes_pass(&world);
    let found = world
        .run(&["jobs", "reconcile", "--json"])
        .ends_with(0)
        .json();
    assert_eq!(found[0]["state"], "parked", "{found}");
    // A job that is not there is nobody's.
    let nothing = "00000000-0000-4000-8000-000000000000";
    let run = world.run(&["jobs", "adopt", &intent, nothing, "--by", "Kim"]);
    run.ends_with(1);

    let job = jobs_of(&world).remove(0);
    let adopt = ["jobs", "adopt", &intent, &job, "--by", "Kim", "--json"];
    let shown = world.run(&adopt).ends_with(0).json();
    assert_eq!(shown["state"], "accepted");
    let decided = shown["history"].as_array().expect("a list").last();
    assert_eq!(decided.map(|change| &change["by"]), Some(&"Kim".into()));
    let reference = shown["job"].as_str().expect("it is known").to_owned();
    world
        .run(&["wait", &reference, "--poll-every", "0.01"])
        .ends_with(0);
    assert_eq!(only(&world)["spent"], 5);
}

#[test]
fn a_parked_call_is_sent_again_only_by_a_person_who_says_yes() {
    let world = World::new();
    let intent = lose(&world, Fault::Html, &TEMPLATE_VIDEO);
    let resend = ["jobs", "resend", &intent, "--by", "Kim", "--json"];
    // Not while it is still in doubt.
    let early = world.run(&[&resend[..], &["--yes"]].concat()).ends_with(1);
    assert!(early.stderr.contains("jobs park"), "{}", early.stderr);
    let parked = world.run(&["jobs", "park", &intent, "--by", "Kim", "--json"]);
    assert_eq!(parked.ends_with(0).json()["state"], "parked");

    let refused = world.run(&resend).ends_with(2);
    assert_eq!(refused.error()["kind"], "not-approved");
    for said in ["up to 5 credits", "pays twice"] {
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    let limit = [&resend[..], &["--yes", "--max-credits", "4"]].concat();
    assert_eq!(
        world.run(&limit).ends_with(6).error()["kind"],
        "over-budget"
    );
    let stranger = (seed::VOICE_CALM, seed::API_KEY);
    let arguments = [&resend[..], &["--yes"]].concat();
    against(&world.emulator.url(), stranger, &arguments).ends_with(2);
    assert_eq!(world.posts().len(), 1, "nothing was sent so far");

    let job = world.run(&arguments).ends_with(0).job();
    assert_eq!(world.posts().len(), 2);
    let call = only(&world);
    assert_eq!(call["state"], "accepted");
    let money: Vec<&Value> = call["attempts"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|attempt| &attempt["money"])
        .collect();
    assert_eq!(money, ["voided", "reserved"]);
    world
        .run(&["wait", &job, "--poll-every", "0.01"])
        .ends_with(0);
    assert_eq!(only(&world)["state"], "settled");
    world.run(&[&resend[..], &["--yes"]].concat()).ends_with(1);
    assert_eq!(world.posts().len(), 2);
}

#[test]
fn what_is_given_up_keeps_nothing_reserved() {
    let world = World::new();
    let intent = lose(&world, Fault::Html, &TEMPLATE_VIDEO);
    let early = world.run(&["jobs", "withdraw", &intent]).ends_with(1);
    assert!(early.stderr.contains("jobs park"), "{}", early.stderr);
    world
        .run(&["jobs", "park", &intent, "--by", "Kim"])
        .ends_with(0);
    world.run(&["jobs", "withdraw", &intent]).ends_with(0);
    let shown = world.run(&["jobs", "show", &intent, "--json"]).json();
    let decided = shown["history"].as_array().expect("a list").iter();
    let by: Vec<&Value> = decided
        .map(|change| &change["by"])
        .filter(|by| by.is_string())
        .collect();
    assert_eq!(
        by,
        ["Kim", "tester"],
        "whoever is logged in decides unless told otherwise"
    );
    let call = only(&world);
    assert_eq!(
        (&call["state"], &call["reserved"]),
        (&"withdrawn".into(), &0.into())
    );
    let only_parked = ["jobs", "list", "--state", "parked", "--json"];
    assert_eq!(world.run(&only_parked).json(), Value::Array(Vec::new()));
}

#[test]
fn an_intent_that_is_not_there_is_wrong_usage() {
    let world = World::new();
    let nothing = "01M7XHQ80H91S80SK3TXHGH1S9";
    for action in ["show", "park", "withdraw", "resend"] {
        world.run(&["jobs", action, nothing]).ends_with(2);
        world.run(&["jobs", action, "nonsense"]).ends_with(2);
    }
    assert!(!world.ledger().exists());
}

#[test]
fn keys_that_were_refused_stop_only_the_command_that_had_them() {
    let world = World::new();
    let arguments = [&TEMPLATE_VIDEO[..], &["--yes"]].concat();
    let wrong = (seed::API_ID, "not-the-key");
    for _ in 0..2 {
        against(&world.emulator.url(), wrong, &arguments).ends_with(3);
    }
    world.run(&arguments).ends_with(0);
    let states: Vec<Value> = list(&world)
        .iter()
        .map(|call| call["state"].clone())
        .collect();
    assert_eq!(states, ["withdrawn", "withdrawn", "accepted"]);
}
