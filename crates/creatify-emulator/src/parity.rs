//! How near the emulator is to the service, operation by operation and matter by matter, as a table.
//! Must not promise what the routes do not do: a test holds the two against each other.

use std::fmt::Write as _;

use crate::document::{Action, Document, Operation, Phase};

/// How much is known of what is emulated.
#[derive(Debug, Clone, Copy)]
enum Parity {
    Emulated,
    Approximate,
    Unknown,
}

impl Parity {
    fn word(self) -> &'static str {
        match self {
            Self::Emulated => "emulated",
            Self::Approximate => "approximate",
            Self::Unknown => "unknown",
        }
    }
}

/// What holds for every operation, or for none.
const MATTERS: &[(&str, Parity, &str)] = &[
    (
        "checks of bodies",
        Parity::Emulated,
        "the document's schemas, every one of them",
    ),
    (
        "both keys on every call",
        Parity::Emulated,
        "printed on every page",
    ),
    (
        "shapes of refusals",
        Parity::Emulated,
        "the three shapes seen: array, object of arrays, `detail`",
    ),
    (
        "texts of refusals",
        Parity::Approximate,
        "few were ever seen; these are our own words",
    ),
    (
        "prices",
        Parity::Emulated,
        "the dated rows of the document; the reading is a setting where pages disagree",
    ),
    (
        "when credits leave the balance",
        Parity::Approximate,
        "at the request; observed for some families only",
    ),
    (
        "refunds of failed work",
        Parity::Approximate,
        "printed for one family only; a setting",
    ),
    (
        "`credits_used` over two phases",
        Parity::Approximate,
        "of the last call, as its description says; a setting",
    ),
    (
        "order and times of statuses",
        Parity::Approximate,
        "the order is printed, the times are made up",
    ),
    (
        "`rejected`",
        Parity::Unknown,
        "no page says when it comes; only a fault brings it",
    ),
    (
        "webhooks",
        Parity::Approximate,
        "bodies as printed; attempts, time limits and order are printed nowhere",
    ),
    (
        "out of credits",
        Parity::Approximate,
        "402 is a guess; no page shows the code",
    ),
    (
        "rate limits",
        Parity::Unknown,
        "no number and no header is printed; only faults bring 429",
    ),
    (
        "caps and pages of lists",
        Parity::Unknown,
        "none are printed; only a fault cuts a list",
    ),
    (
        "form and multipart bodies",
        Parity::Unknown,
        "the pages declare them; only JSON is taken here",
    ),
    (
        "moderation",
        Parity::Unknown,
        "nothing is printed of what is refused",
    ),
    (
        "paid operations that the document lacks",
        Parity::Unknown,
        "their prices are known, their paths and life cycles are not in the document; they answer 404",
    ),
];

/// The parity table as Markdown: operations of the document, then matters that concern many.
pub(crate) fn table(document: &Document) -> String {
    let mut out = String::from(
        "# Parity\n\n\
         How near the emulator is to the service. *Emulated*: as the pages print it. *Approximate*: the\n\
         pages are silent or disagree in part, and a guess stands in. *Unknown*: nobody has printed it.\n\
         This file is generated; `parity` in the tests writes it with `UPDATE=1`.\n\n\
         | operation | method and path | parity | reason |\n| --- | --- | --- | --- |\n",
    );
    let mut operations: Vec<&Operation> = document.operations.iter().collect();
    operations.sort_by(|one, other| one.id.cmp(&other.id));
    for operation in operations {
        let (parity, reason) = of(operation);
        let _ = writeln!(
            out,
            "| `{}` | {} `{}` | {} | {reason} |",
            operation.id,
            operation.method,
            operation.path,
            parity.word()
        );
    }
    out.push_str("\n| matter | parity | reason |\n| --- | --- | --- |\n");
    for (matter, parity, reason) in MATTERS {
        let _ = writeln!(out, "| {matter} | {} | {reason} |", parity.word());
    }
    out
}

fn of(operation: &Operation) -> (Parity, &'static str) {
    use Parity::{Approximate, Emulated};
    match (operation.action, operation.job.as_ref()) {
        (Action::CreateLink, _) => (
            Approximate,
            "nothing is fetched: the host's name decides what the page holds",
        ),
        (Action::ListPersonas | Action::ListVoices | Action::ListTemplates, _) => {
            (Approximate, "the answer's shape; the entries are made up")
        }
        (Action::Balance, _) => (Emulated, "the balance after every charge and refund"),
        (Action::ReadLink, _) => (Approximate, "the shape; the content is made up"),
        (Action::ListJobs(_), _) => (
            Emulated,
            "the filter `ids`, at most 100; newest first is a guess",
        ),
        (Action::ReadJob(_), _) => (Emulated, "every field of the schema"),
        (_, Some(rule)) if rule.previews => (
            Emulated,
            "previews ready while the status says `pending`, as the tutorial prints",
        ),
        (_, Some(rule)) if rule.phase == Phase::Render => (
            Approximate,
            "on the job's id; the status right after it and a second render are printed nowhere",
        ),
        (_, Some(_)) if operation.blocking => (
            Emulated,
            "answers when the preview is ready; its time limit is a guess",
        ),
        _ => (
            Emulated,
            "accepted, charged, run through its statuses; how long that takes is made up",
        ),
    }
}
