//! Job references: printed, read, refused.

use creatify_core::job::{Field, Machine, Outputs, Snapshot, Stage, Status, VideoMark};
use creatify_core::schedule::{Millis, Schedule};
use creatify_core::{JobRef, Operation};
use proptest::prelude::*;

proptest! {
    #[test]
    fn printed_references_read_back(
        operation in prop::sample::select(Operation::ALL), id in "[A-Za-z0-9_~-][A-Za-z0-9_~.-]{0,60}",
    ) {
        let job = JobRef::new(operation, id.clone()).unwrap();
        prop_assert_eq!(job.to_string(), format!("{operation}:{id}"));
        prop_assert_eq!(job.to_string().parse(), Ok(job));
    }

    #[test]
    fn no_text_panics_and_none_breaks_out_of_a_path(text in any::<String>()) {
        if let Ok(job) = JobRef::new(Operation::LipsyncV2Generate, text.clone()) {
            prop_assert!(!job.id().contains(['/', '?', '#', '%', '\\', ':', ' ']));
        }
        let _ = text.parse::<JobRef>();
    }
}

#[test]
fn a_bad_reference_says_what_is_wrong() {
    let cases = [
        ("3c90c3cc", "has no colon"),
        (
            "custom-template.publish:3c90",
            "unknown operation `custom-template.publish`",
        ),
        ("custom-template.render:", "job id ``"),
        ("custom-template.render:..", "job id `..`"),
        ("custom-template.render:a/b", "job id `a/b`"),
        ("custom-template.render:a b", "job id `a b`"),
        ("custom-template.render:\u{e9}", "job id"),
    ];
    for (text, reason) in cases {
        let message = text.parse::<JobRef>().unwrap_err().to_string();
        assert!(message.contains(reason), "{message}");
    }
    assert!(JobRef::new(Operation::LinkCreate, "x".repeat(256)).is_err());
    assert!(JobRef::new(Operation::LinkCreate, "x".repeat(255)).is_ok());
}

#[test]
fn a_reference_of_an_older_version_is_read_and_an_earlier_video_is_kept() {
    let old = "custom-template.render:3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let job: JobRef = old.parse().unwrap();
    assert_eq!(
        (job.earlier_video(), job.to_string()),
        (None, old.to_owned())
    );

    let video = VideoMark::of("https://cdn.example/1.mp4", Some("m"));
    let again = job.clone().with_earlier_video(video);
    assert_eq!(again.to_string(), format!("{old}:{video}"));
    assert_eq!(again.to_string().parse(), Ok(again.clone()));
    assert_eq!(again.earlier_video(), Some(video));
    for broken in [
        "",
        "0000000000000000",
        "12",
        "ABCDEF0123456789",
        "g234567890123456",
    ] {
        let error = format!("{old}:{broken}").parse::<JobRef>().unwrap_err();
        assert!(error.to_string().contains("16 digits"), "{error}");
    }
}

/// A second render of a job, resumed in a process that never saw the first one.
#[test]
fn the_video_of_an_earlier_render_does_not_end_a_later_one() {
    let mark = |number: u32| VideoMark::of(&format!("https://cdn.example/{number}.mp4"), None);
    let seen = |status, video: Option<u32>| {
        let outputs = Outputs::NONE.with(Field::Preview);
        let snapshot = Snapshot::new(status)
            .with_outputs(outputs.with_if(Field::VideoOutput, video.is_some()));
        match video {
            Some(number) => snapshot.with_video(mark(number)),
            None => snapshot,
        }
    };
    let resumed = |earlier| {
        let schedule = Schedule::default();
        let machine = Machine::new(Operation::CustomTemplateRender, schedule).unwrap();
        machine.with_earlier_video(earlier)
    };
    // Without the mark, the old video is taken for the new one.
    let mut naive = resumed(None);
    naive.handle_snapshot(&seen(Status::Done, Some(1)), Millis(1_000));
    assert_eq!(naive.stage(), Stage::Succeeded);

    let mut machine = resumed(Some(mark(1)));
    machine.handle_snapshot(&seen(Status::Done, Some(1)), Millis(1_000));
    assert_eq!(machine.stage(), Stage::Waiting);
    machine.handle_snapshot(&seen(Status::Running, Some(1)), Millis(2_000));
    machine.handle_snapshot(&seen(Status::Done, Some(1)), Millis(3_000));
    assert_eq!(machine.stage(), Stage::Running);
    machine.handle_snapshot(&seen(Status::Done, Some(2)), Millis(4_000));
    assert_eq!(machine.stage(), Stage::Succeeded);

    // A render that ended before anybody looked, at the very address of the earlier one.
    let mut same = resumed(Some(mark(1)));
    same.handle_snapshot(&seen(Status::Done, Some(1)), Millis(1_000));
    same.handle_snapshot(&seen(Status::Done, Some(1)), Millis(60_999));
    assert_eq!(same.stage(), Stage::Waiting);
    same.handle_snapshot(&seen(Status::Done, Some(1)), Millis(61_000));
    assert_eq!(same.stage(), Stage::Succeeded);
}
