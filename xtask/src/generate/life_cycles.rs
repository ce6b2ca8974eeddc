//! Writes the life-cycle table of `creatify-core`: per kind of job and phase, what ends it.
//!
//! Each operation that starts or continues a job says so in its `x-job`; operations that share a
//! kind and a phase must agree.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde_json::Value;

use super::{
    assemble::Assembled,
    problem::Problems,
    rates,
    walk::{self, Operation},
    words::{enum_source, pascal},
};

/// One kind of job in one phase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifeCycle {
    /// Kind of job: `custom-template`.
    pub resource: String,
    /// Phase: `generate`, `preview` or `render`.
    pub phase: String,
    /// Pricing ids of the operations that lead here, sorted.
    pub operations: BTreeSet<String>,
    /// Ids of the operations that lead here, sorted.
    pub starts: BTreeSet<String>,
    /// Those of them that answer only when the job is finished.
    pub blocking: BTreeSet<String>,
    /// Id of the operation that reads the job.
    pub poll: String,
    /// Statuses that the documentation prints for it.
    pub statuses: Vec<String>,
    /// Statuses that end it without a result.
    pub failed: Vec<String>,
    /// `done`, or `any` where every status but a failure will do.
    pub finished_status: String,
    /// The field that has to be filled.
    pub finished_field: String,
}

const PHASES: &[&str] = &["generate", "preview", "render"];

/// Reads the life cycles from the document, by kind, then phase.
///
/// # Errors
///
/// When an `x-job` is malformed, or two of one kind and phase contradict each other.
pub fn collect(assembled: &Assembled) -> Result<Vec<LifeCycle>, Problems> {
    let document = &assembled.document;
    let order = texts(document.pointer("/components/schemas/JobStatus/enum"));
    let mut problems = Problems::default();
    let mut cycles: BTreeMap<(String, usize), LifeCycle> = BTreeMap::new();
    for operation in walk::operations(document) {
        let Some(job) = operation.content.get("x-job") else {
            continue;
        };
        let pointer = operation.pointer();
        let mut wrong = |message: String| {
            let file = assembled.origins.file_of(&pointer);
            problems.add(file, format!("{pointer}/x-job"), message);
        };
        let cycle = one(&operation, job);
        let Some(rank) = PHASES.iter().position(|phase| *phase == cycle.phase) else {
            wrong(format!(
                "phase: `{}` is none of {}",
                cycle.phase,
                PHASES.join(", ")
            ));
            continue;
        };
        if cycle.resource.is_empty() || cycle.failed.is_empty() || cycle.statuses.is_empty() {
            wrong("resource, failed or statuses is missing".to_owned());
        }
        for id in &cycle.operations {
            if rates::phase(id).to_lowercase() != cycle.phase {
                wrong(format!(
                    "phase: `{}` is not the phase of `{id}`",
                    cycle.phase
                ));
            }
        }
        match cycles.get_mut(&(cycle.resource.clone(), rank)) {
            None => {
                cycles.insert((cycle.resource.clone(), rank), cycle);
            }
            Some(known) => {
                let ends = |cycle: &LifeCycle| {
                    (
                        cycle.poll.clone(),
                        cycle.failed.clone(),
                        cycle.finished_status.clone(),
                        cycle.finished_field.clone(),
                    )
                };
                if ends(known) != ends(&cycle) {
                    wrong(format!(
                        "poll, failed or finished is not what {} says",
                        known
                            .starts
                            .first()
                            .map_or("another operation", String::as_str)
                    ));
                }
                known.operations.extend(cycle.operations);
                known.starts.extend(cycle.starts);
                known.blocking.extend(cycle.blocking);
                known.statuses.extend(cycle.statuses);
            }
        }
    }
    let mut cycles: Vec<LifeCycle> = cycles.into_values().collect();
    for cycle in &mut cycles {
        let rank = |status: &String| order.iter().position(|known| known == status);
        cycle
            .statuses
            .sort_by_key(|status| rank(status).unwrap_or(order.len()));
        cycle.statuses.dedup();
    }
    problems.or_ok(cycles)
}

fn one(operation: &Operation<'_>, job: &Value) -> LifeCycle {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let id = operation.id().to_owned();
    let billed = Some(operation.text("x-operation")).filter(|id| !id.is_empty());
    LifeCycle {
        resource: text(&job["resource"]),
        phase: text(&job["phase"]),
        operations: billed.map(ToOwned::to_owned).into_iter().collect(),
        blocking: operation
            .is("x-blocking")
            .then(|| id.clone())
            .into_iter()
            .collect(),
        starts: BTreeSet::from([id]),
        poll: text(&job["poll"]),
        statuses: texts(job.get("statuses")),
        failed: texts(job.get("failed")),
        finished_status: text(&job["finished"]["status"]),
        finished_field: text(&job["finished"]["field"]),
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

/// The unformatted source of the table.
pub fn source(cycles: &[LifeCycle]) -> String {
    let resources: BTreeSet<&str> = cycles.iter().map(|cycle| cycle.resource.as_str()).collect();
    let resources: Vec<&str> = resources.into_iter().collect();
    let mut text = String::from(
        "//! The kinds of job and their life cycles, as data.\n\
         //!\n\
         //! This file holds no behaviour beyond naming its own values.\n\n\
         use super::{Field, Finished, LifeCycle, When};\n\
         use crate::pricing::{Operation, Phase};\n\n\
         /// A kind of job: one family of endpoints.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n\
         #[non_exhaustive]\n",
    );
    let _ = writeln!(text, "{}", enum_source("Resource", &resources));
    text.push_str(
        "impl Resource {\n/// Every kind of job, in the order of its name.\n\
         pub const ALL: &'static [Resource] = &[\n",
    );
    for id in &resources {
        let _ = writeln!(text, "Resource::{},", pascal(id));
    }
    text.push_str(
        "];\n\n/// The kind's name, such as `custom-template`.\n#[must_use]\n\
         pub const fn as_str(self) -> &'static str {\nmatch self {\n",
    );
    for id in &resources {
        let _ = writeln!(text, "Resource::{} => {id:?},", pascal(id));
    }
    text.push_str(
        "}\n}\n}\n\n/// The life cycle of each kind and phase, by kind, then phase.\n\
         pub(crate) static LIFE_CYCLES: &[LifeCycle] = &[\n",
    );
    for cycle in cycles {
        let operations: Vec<String> = cycle
            .operations
            .iter()
            .map(|id| format!("Operation::{}", pascal(id)))
            .collect();
        let when = if cycle.finished_status == "any" {
            "AnyLive"
        } else {
            "Done"
        };
        let _ = writeln!(
            text,
            "LifeCycle {{\nresource: Resource::{},\nphase: Phase::{},\noperations: &[{}],\n\
             starts: &{:?},\nblocking: &{:?},\npoll: {:?},\nstatuses: &{:?},\nfailed: &{:?},\n\
             finished: Finished {{ when: When::{when}, field: Field::{} }},\n}},",
            pascal(&cycle.resource),
            pascal(&cycle.phase),
            operations.join(", "),
            Vec::from_iter(&cycle.starts),
            Vec::from_iter(&cycle.blocking),
            cycle.poll,
            cycle.statuses,
            cycle.failed,
            pascal(&cycle.finished_field),
        );
    }
    text.push_str("];\n");
    text
}
