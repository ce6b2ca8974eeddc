//! The small corpus of the fuzz targets, and pages cut and mixed at random: no reader panics.

use std::fs;

use proptest::prelude::*;
use xtask::docs::{anything, made_up};

use crate::{docs_own, folder};

#[test]
fn the_corpus_is_read_without_a_panic() {
    let mut read = 0;
    for target in ["page", "price"] {
        let folder = folder::root().join("fuzz/corpus").join(target);
        for entry in fs::read_dir(&folder)
            .expect("the corpus is there")
            .flatten()
        {
            let bytes = fs::read(entry.path()).expect("an entry is readable");
            let text = String::from_utf8_lossy(&bytes);
            anything::page(&text);
            anything::prices(&text);
            read += 1;
        }
    }
    assert!(read >= 8, "only {read} entries");
}

fn page() -> impl Strategy<Value = String> {
    let mut pages: Vec<String> = docs_own::pages()
        .into_iter()
        .map(|(_, text)| text.to_owned())
        .collect();
    pages.push(made_up::page(1));
    prop::sample::select(pages)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_page_cut_and_mixed_is_read_without_a_panic(
        first in page(),
        second in page(),
        cut in 0.0_f64..1.0,
        junk in "[\\PC\n]{0,12}",
    ) {
        let at = |text: &str| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a page")]
            let at = (text.len() as f64 * cut) as usize;
            (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
        };
        let mixed = format!("{}{junk}{}", &first[..at(&first)], &second[at(&second)..]);
        anything::page(&mixed);
        anything::prices(&mixed);
    }
}
