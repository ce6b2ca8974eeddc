//! Pages are pulled whole or not at all; what goes wrong is told by name, and the cache stays whole.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use xtask::docs::{
    Class, Copies, Decisions, Known, accept, diff, made_up,
    page::MAX_BYTES,
    pull::{self, Patience, Pulled},
};

use crate::docs_site::{Answer, Site};

const PAGES: usize = 120;
/// A correction of ours that page 6 makes itself in the end.
const CORRECTION: &str = "\
overlay: 1.0.0
info: { title: Corrections, version: \"1\" }
actions:
  - target: $.components.schemas.Thing6.properties.made
    x-kind: correction
    x-hits: 1
    x-reason: Halves were seen.
    update: { type: number }
";
const TODAY: &str = "2026-12-01";

fn hasty() -> Patience {
    Patience {
        at_once: 4,
        attempts: 2,
        pause: Duration::ZERO,
        longest: Duration::ZERO,
        timeout: Duration::from_secs(30),
    }
}

fn site(pages: usize) -> Site {
    let mut answers = vec![("/llms.txt".to_owned(), Answer::Page(made_up::index(pages)))];
    for n in 0..pages {
        answers.push((
            format!("/{}.md", made_up::id(n)),
            Answer::Page(made_up::page(n)),
        ));
    }
    Site::start(answers)
}

fn pull(site: &Site, out: &Path, known: &Known) -> Pulled {
    pull::from_site(&site.url, out, &known.source.pages, hasty()).expect("the site lists its pages")
}

fn files(out: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(out).expect("the cache is there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            files.insert(
                name,
                fs::read_to_string(entry.path()).expect("a page is text"),
            );
        }
    }
    files
}

/// The folder after everything that the site says was taken over.
fn agreed(out: &Path) -> Known {
    let known = Known::read(&made_up::openapi()).expect("the smallest folder is in order");
    let copies = Copies::read(out).expect("the cache is readable");
    let decisions = Decisions::default();
    let report = diff(&known, &copies, &decisions);
    let accepted =
        accept::accept(&known, &copies, &decisions, &report, &|_| true, TODAY).expect("judged");
    assert!(accepted.left.is_empty(), "{:?}", accepted.left.first());
    Known::read(&accepted.folder).expect("the folder is in order")
}

#[test]
fn a_site_that_agrees_gives_nothing_and_each_edit_its_class() {
    let out = tempfile::tempdir().unwrap();
    let site = site(PAGES);
    let known = Known::read(&made_up::openapi()).unwrap();
    let pulled = pull(&site, out.path(), &known);
    assert_eq!(
        (pulled.fetched, pulled.failed.len()),
        (PAGES, 0),
        "{pulled:?}"
    );
    let mut folder = agreed(out.path()).folder;
    folder.insert("overlays/20-corrections.yaml", CORRECTION);
    let known = Known::read(&folder).unwrap();
    let none = Decisions::default();
    assert!(
        diff(&known, &Copies::read(out.path()).unwrap(), &none)
            .findings
            .is_empty()
    );

    let set = |n: usize, from: &str, to: &str| {
        let page = made_up::page(n);
        assert!(page.contains(from), "{from}");
        site.set(
            &format!("/{}.md", made_up::id(n)),
            Answer::Page(page.replace(from, to)),
        );
    };
    set(1, "# Make thing", "# Build thing");
    set(2, "maxLength: 12", "maxLength: 22");
    set(3, "costs 4 credits", "costs 5 credits");
    set(4, "````yaml", "```text");
    set(6, "made: { type: integer", "made: { type: number");
    site.set("/made-up-999.md", Answer::Page(made_up::page(999)));
    let mut index =
        made_up::index(PAGES).replace("- [Make thing 5](/made-up-005.md): makes it\n", "");
    index.push_str("- [New](/made-up-999.md)\n");
    site.set("/llms.txt", Answer::Page(index));
    let pulled = pull(&site, out.path(), &known);
    assert_eq!(pulled.dropped, ["made-up-005"]);
    assert_eq!(
        (pulled.fetched, pulled.unchanged),
        (6, PAGES - 6),
        "{pulled:?}"
    );
    let report = diff(&known, &Copies::read(out.path()).unwrap(), &none);
    let mut told: Vec<(Class, &str)> = report
        .findings
        .iter()
        .map(|finding| (finding.class, finding.page.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (Class::Unreadable, "made-up-004"),
            (Class::PageGone, "made-up-005"),
            (Class::PageNew, "made-up-999"),
            (Class::Price, "made-up-003"),
            (Class::Api, "made-up-002"),
            (Class::Correction, "made-up-006"),
            (Class::Text, "made-up-001"),
        ]
    );
}

#[test]
fn what_goes_wrong_is_told_by_name_and_the_old_copy_stays() {
    let out = tempfile::tempdir().unwrap();
    let site = site(8);
    let known = Known::read(&made_up::openapi()).unwrap();
    pull(&site, out.path(), &known);
    let before = files(out.path());
    let bad = [
        (Answer::Status(404, ""), "answers 404"),
        (
            Answer::Status(429, "Retry-After: 30\r\n"),
            "asks to wait 30 s",
        ),
        (Answer::Status(503, ""), "answers 503 (2 times)"),
        (Answer::Cut("half of".to_owned()), "was cut short"),
        (Answer::Huge(50 * 1024 * 1024), "the limit is"),
        (
            Answer::Status(302, "Location: http://elsewhere.example/a.md\r\n"),
            "another host, elsewhere.example",
        ),
        (
            Answer::Page("<!DOCTYPE html><html></html>".to_owned()),
            "is HTML",
        ),
    ];
    for (n, (answer, _)) in bad.iter().enumerate() {
        site.set(&format!("/{}.md", made_up::id(n)), answer.clone());
    }
    let pulled = pull(&site, out.path(), &known);
    assert_eq!(pulled.failed.len(), bad.len(), "{pulled:?}");
    for (n, (_, reason)) in bad.iter().enumerate() {
        let (url, told) = &pulled.failed[n];
        assert!(
            url.contains(&made_up::id(n)) && told.contains(reason),
            "{url}: {told}, expected {reason}"
        );
    }
    assert_eq!(files(out.path()), before, "every page is as it was");
    let left: Vec<_> = fs::read_dir(out.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(
        left.len(),
        before.len() + 1,
        "no half-written file: {left:?}"
    );
    // The page of 50 MB is over the limit.
    const { assert!(MAX_BYTES < 50 * 1024 * 1024) };
    // None of them is gone: the site still lists them.
    let known = agreed(out.path());
    let report = diff(
        &known,
        &Copies::read(out.path()).unwrap(),
        &Decisions::default(),
    );
    assert!(report.findings.is_empty());
}

#[test]
fn a_page_that_comes_the_second_time_is_taken() {
    let out = tempfile::tempdir().unwrap();
    let site = site(2);
    site.set(
        "/made-up-000.md",
        Answer::After(1, 429, "Retry-After: 0\r\n", made_up::page(0)),
    );
    site.set(
        "/made-up-001.md",
        Answer::After(1, 302, "Location: /made-up-001.md\r\n", made_up::page(1)),
    );
    let pulled = pull(
        &site,
        out.path(),
        &Known::read(&made_up::openapi()).unwrap(),
    );
    assert_eq!((pulled.fetched, pulled.failed.len()), (2, 0), "{pulled:?}");
}

#[test]
fn a_sitemap_lists_the_pages_where_there_is_no_index() {
    let out = tempfile::tempdir().unwrap();
    let site = site(3);
    site.set("/llms.txt", Answer::Status(404, ""));
    let map: String = (0..3)
        .map(|n| format!("<url><loc>{}/{}</loc></url>", site.url, made_up::id(n)))
        .collect();
    site.set(
        "/sitemap.xml",
        Answer::Page(format!("<urlset>{map}</urlset>")),
    );
    let pulled = pull(
        &site,
        out.path(),
        &Known::read(&made_up::openapi()).unwrap(),
    );
    assert_eq!(pulled.fetched, 3);
}

#[test]
fn only_this_host_is_asked() {
    let out = tempfile::tempdir().unwrap();
    let site = site(2);
    pull(
        &site,
        out.path(),
        &Known::read(&made_up::openapi()).unwrap(),
    );
    let mut asked = site.asked();
    asked.sort();
    assert_eq!(asked, ["/llms.txt", "/made-up-000.md", "/made-up-001.md"]);
}

#[test]
fn a_folder_is_a_sample_and_nothing_of_it_is_gone() {
    let (out, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for n in 0..3 {
        fs::write(
            out.path().join(format!("{}.md", made_up::id(n))),
            made_up::page(n),
        )
        .unwrap();
    }
    let pulled = pull::from_folder(out.path(), cache.path()).unwrap();
    assert_eq!(pulled.fetched, 3);
    let known = agreed(cache.path());
    fs::remove_file(cache.path().join("made-up-001.md")).unwrap();
    let report = diff(
        &known,
        &Copies::read(cache.path()).unwrap(),
        &Decisions::default(),
    );
    assert!(report.findings.is_empty());
    assert!(report.not_looked_at.contains(&"made-up-001".to_owned()));
}
