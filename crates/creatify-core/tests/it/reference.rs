//! Job references: printed, read, refused.

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
