//! How much the job machine costs for one observation handled.
//!
//! Nothing here asserts a time.

use std::hint::black_box;
use std::time::Duration;

use creatify_core::Operation;
use creatify_core::job::{Field, Machine, Outputs, Snapshot, Status};
use creatify_core::schedule::{Millis, Schedule};
use criterion::Criterion;

mod summary;

fn job(criterion: &mut Criterion) {
    let Ok(mut machine) = Machine::new(Operation::CustomTemplateGenerate, Schedule::default())
    else {
        return;
    };
    machine.handle_submitted(Millis(0));
    let running = Snapshot::new(Status::Running).with_media_job("43e2b17c-e272-453a-96d4-c047acd2");
    let late = Snapshot::new(Status::Pending).with_outputs(Outputs::NONE.with(Field::Preview));

    let mut group = criterion.benchmark_group("job");
    let mut now = 0_u64;
    group.bench_function("machine", |bencher| {
        bencher.iter(|| {
            // The newest answer one time, one that was overtaken the next.
            now += 1;
            let (snapshot, sent_at) = match now % 2 {
                0 => (&running, Millis(now)),
                _ => (&late, Millis(now.saturating_sub(10))),
            };
            machine.handle_snapshot(black_box(snapshot), black_box(sent_at));
            machine.stage()
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    job(&mut criterion);
    criterion.final_summary();
    summary::print("job", "machine", &["machine"]);
}
