//! How many paid requests a second the ledger can let out.
//!
//! On SQLite each gate is one transaction that is forced to the disk, so the disk decides. The file
//! stands beside the build and not in memory. Nothing here asserts a time.

use std::hint::black_box;
use std::time::{Duration, Instant};

use creatify_core::{Credits, Operation};
use creatify_ledger::{IntentId, Ledger, MemoryLedger, News, Plan, SqliteLedger, UnixMillis};
use criterion::{Criterion, Throughput};

mod summary;

const NOW: UnixMillis = UnixMillis(1_795_132_800_000);

/// Plans that many new intents, on the account, campaign and tag that a campaign would have.
fn planned(ledger: &dyn Ledger, count: u64, next: &mut u128) -> Vec<IntentId> {
    let intents = (0..count).map(|_| {
        *next += 1;
        let id = IntentId::new(NOW, *next);
        let price = Credits::from_millicredits(1_000);
        let plan = Plan::new(id, "main", Operation::LinkCreate, "{}", price)
            .with_campaign("spring")
            .with_tag("draft");
        ledger.plan(&plan, NOW).map(|intent| intent.id)
    });
    intents.collect::<Result<_, _>>().unwrap_or_default()
}

/// Times `step` on that many planned intents.
fn timed(
    ledger: &dyn Ledger,
    count: u64,
    next: &mut u128,
    before: impl Fn(&dyn Ledger, IntentId),
    step: impl Fn(&dyn Ledger, IntentId),
) -> Duration {
    let intents = planned(ledger, count, next);
    intents.iter().for_each(|id| before(ledger, *id));
    let begun = Instant::now();
    intents.iter().for_each(|id| step(ledger, *id));
    begun.elapsed()
}

fn gate(ledger: &dyn Ledger, id: IntentId) {
    let _ = black_box(ledger.gate(id, 1, NOW));
}

fn answer(ledger: &dyn Ledger, id: IntentId) {
    let news = News::Answered {
        job: id.to_string(),
    };
    let _ = black_box(ledger.record(id, Some(1), &news, NOW));
}

fn ledger(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")) else {
        return;
    };
    let Ok(sqlite) = SqliteLedger::open(folder.path().join("ledger.db"), NOW) else {
        return;
    };
    let memory = MemoryLedger::new();
    let mut next = 0;
    let mut group = criterion.benchmark_group("ledger");
    group.throughput(Throughput::Elements(1));
    group.bench_function("sqlite_gate", |bencher| {
        bencher.iter_custom(|count| timed(&sqlite, count, &mut next, |_, _| {}, gate));
    });
    group.bench_function("sqlite_answer", |bencher| {
        bencher.iter_custom(|count| timed(&sqlite, count, &mut next, gate, answer));
    });
    group.bench_function("memory_gate", |bencher| {
        bencher.iter_custom(|count| timed(&memory, count, &mut next, |_, _| {}, gate));
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    ledger(&mut criterion);
    criterion.final_summary();
    summary::print(
        "ledger",
        "sqlite_gate",
        &["sqlite_gate", "sqlite_answer", "memory_gate"],
    );
}
