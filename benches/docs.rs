//! Does the cost of a documentation page stay flat as there are more of them?
//!
//! One round is: pages from a folder, what differs, all of it taken over, everything generated. The
//! compile of the client is not part of it. `cargo bench -p benches --features docs --bench docs`.

use std::{fs, path::Path, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use xtask::{
    docs::{Copies, Decisions, Known, accept, diff, made_up, pull},
    generate,
};

fn round(root: &Path, pages: &Path, cache: &Path) -> usize {
    pull::from_folder(pages, cache).expect("the folder is readable");
    let copies = Copies::read(cache).expect("the cache is readable");
    let decisions = Decisions::default();
    let known = Known::read(&made_up::openapi()).expect("the smallest folder is in order");
    let report = diff(&known, &copies, &decisions);
    let accepted = accept::accept(
        &known,
        &copies,
        &decisions,
        &report,
        &|_| true,
        "2026-12-01",
    )
    .expect("the folder is in order");
    assert!(accepted.left.is_empty(), "{:?}", accepted.left.first());
    let outputs = generate::render_folder(root, &accepted.folder).expect("everything is generated");
    outputs.len()
}

fn docs(c: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut group = c.benchmark_group("docs");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(10));
    for count in [30_usize, 120, 480] {
        let (pages, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for n in 0..count {
            let place = pages.path().join(format!("{}.md", made_up::id(n)));
            fs::write(place, made_up::page(n)).unwrap();
        }
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::new("round", count), &count, |b, _| {
            b.iter(|| round(&root, pages.path(), cache.path()));
        });
    }
    group.finish();
}

criterion_group!(benches, docs);
criterion_main!(benches);
