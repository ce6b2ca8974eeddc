//! What goes wrong after the input was good: one exit code for each, and what is said with it.

use creatify::emulator::{Fault, FaultTarget, seed};

use crate::support::{TEMPLATE_VIDEO, World, against, creatify};

#[test]
fn missing_keys_are_3() {
    for arguments in [
        &["credits"][..],
        &[&TEMPLATE_VIDEO[..], &["--yes"]].concat(),
    ] {
        let run = creatify(&[arguments, &["--json"]].concat()).ends_with(3);
        assert_eq!(run.error()["kind"], "credentials");
        assert!(run.stderr.contains("CREATIFY_API_ID"), "{}", run.stderr);
    }
}

#[test]
fn wrong_keys_are_3_on_a_read_and_on_a_paid_call() {
    let world = World::new();
    let url = world.emulator.url();
    for arguments in [
        &["credits"][..],
        &[&TEMPLATE_VIDEO[..], &["--yes"]].concat(),
    ] {
        let run = against(&url, (seed::API_ID, "not-the-key"), arguments).ends_with(3);
        assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    }
    assert_eq!(world.balance(), 1_000_000);
}

#[test]
fn what_the_server_refuses_is_1_and_costs_nothing() {
    let world = World::new();
    let arguments = [
        "template",
        "create",
        "--template-id",
        seed::PERSONA_ADA,
        "--seconds",
        "30",
    ];
    let run = world.buy(&arguments).ends_with(1);
    assert_eq!(run.error()["kind"], "rejected");
    world
        .run(&["template", "get", seed::PERSONA_ADA])
        .ends_with(1);
    assert_eq!(world.balance(), 1_000_000);
}

#[test]
fn html_or_silence_on_a_read_is_1() {
    for fault in [Fault::Html, Fault::Hang] {
        let world = World::new();
        world.emulator.inject(fault.on(FaultTarget::NextRead));
        let run = world
            .run(&["credits", "--request-timeout", "0.2", "--json"])
            .ends_with(1);
        assert_eq!(run.error()["kind"], "unreachable");
    }
}

#[test]
fn html_silence_or_a_lost_answer_on_a_paid_call_is_7_and_nothing_is_sent_again() {
    for fault in [Fault::Html, Fault::Hang, Fault::AnswerLost] {
        let world = World::new();
        world
            .emulator
            .inject(fault.clone().on(FaultTarget::NextPost));
        let timeout = ["--request-timeout", "0.2"];
        let run = world
            .buy(&[&TEMPLATE_VIDEO[..], &timeout].concat())
            .ends_with(7);
        let error = run.error();
        assert_eq!(error["kind"], "outcome-unknown");
        let hint = error["hint"].as_str().unwrap_or_default();
        assert!(
            hint.contains("5 credits stay reserved"),
            "{fault:?}: {hint}"
        );
        assert!(hint.contains("nothing was sent again"), "{fault:?}: {hint}");
        assert_eq!(world.posts().len(), 1, "{fault:?}");
    }
}

#[test]
fn nobody_listening_is_1_because_nothing_was_sent() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.local_addr().expect("it has an address")
    };
    let url = format!("http://{closed}");
    let arguments = [&TEMPLATE_VIDEO[..], &["--yes", "--json"]].concat();
    let run = against(&url, (seed::API_ID, seed::API_KEY), &arguments).ends_with(1);
    assert_eq!(run.error()["kind"], "not-sent");
}

#[test]
fn a_failed_job_is_4_with_its_reason() {
    let world = World::new();
    let reason = "the avatar left";
    world.emulator.inject(Fault::JobFails {
        reason: reason.to_owned(),
    });
    let run = world
        .buy(&[&TEMPLATE_VIDEO[..], &["--wait"]].concat())
        .ends_with(4);
    let error = run.error();
    assert_eq!(error["kind"], "job-failed");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains(reason)),
        "{error}"
    );
    let job = error["job"].as_str().expect("the job is named");
    let waited = world
        .run(&["wait", job, "--poll-every", "0.01"])
        .ends_with(4);
    assert!(waited.stderr.contains(reason));
    assert_eq!(world.balance(), 1_000_000);
}

#[test]
fn a_rejected_job_is_4_too() {
    let world = World::new();
    world.emulator.inject(Fault::JobRejected);
    world
        .buy(&[&TEMPLATE_VIDEO[..], &["--wait"]].concat())
        .ends_with(4);
}

#[test]
fn one_failed_job_among_several_is_4_and_the_others_are_printed() {
    let world = World::new();
    let good = world.buy(&TEMPLATE_VIDEO).job();
    world.emulator.inject(Fault::JobRejected);
    let bad = world.buy(&TEMPLATE_VIDEO).job();
    let run = world
        .run(&["wait", &good, &bad, "--poll-every", "0.01", "--json"])
        .ends_with(4);
    let waited = run.json();
    assert_eq!(waited[0]["state"]["status"], "done");
    assert_eq!(waited[1]["error"]["job"], bad);
    let error_lines = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "))
        .count();
    assert_eq!(error_lines, 1, "{}", run.stderr);
}

#[test]
fn an_unknown_status_is_warned_of_once_and_waited_on_to_the_deadline() {
    let world = World::new();
    world
        .emulator
        .inject(Fault::UnknownStatus("polishing".to_owned()));
    let wait = ["--wait", "--deadline", "0.3"];
    let run = world
        .buy(&[&TEMPLATE_VIDEO[..], &wait].concat())
        .ends_with(5);
    let warnings = run.stderr.matches("unknown status `polishing`").count();
    assert_eq!(warnings, 1, "{}", run.stderr);
    let error = run.error();
    assert_eq!(error["kind"], "deadline");
    let job = error["job"].as_str().expect("the job is named");
    assert!(
        run.stderr.contains(&format!("creatify wait {job}")),
        "{}",
        run.stderr
    );
    let got = world
        .run(&["template", "get", job, "--json"])
        .ends_with(0)
        .json();
    assert_eq!(got["status"], "polishing");
}

#[test]
fn too_few_credits_are_6() {
    let world = World::with(|builder| builder.credits("4.5"));
    let run = world.buy(&TEMPLATE_VIDEO).ends_with(6);
    assert_eq!(run.error()["kind"], "out-of-credits");
    assert_eq!(world.balance(), 4_500);
}
