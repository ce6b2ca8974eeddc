//! `docs sync` changes all of the workspace or nothing of it.

use std::{collections::BTreeMap, fs, path::Path};

use xtask::docs::{Class, Copies, page::Copy, sync};

use crate::docs_own;

const TODAY: &str = "2026-12-01";

fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    let folder = docs_own::openapi();
    let tables = ["pages.toml", "prices.toml", "disagreements.toml"].map(str::to_owned);
    let below = ["operations", "schemas", "overlays"]
        .into_iter()
        .flat_map(|sub| {
            folder
                .below(sub)
                .map(|(file, _)| file.to_owned())
                .collect::<Vec<_>>()
        });
    for file in tables.into_iter().chain(below) {
        let path = root.path().join("openapi").join(&file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, folder.get(&file).unwrap_or_default()).expect("it can be written");
    }
    // The formatter asks for the settings of the workspace it works in.
    fs::write(root.path().join("rustfmt.toml"), "max_width = 100\n").expect("it can be written");
    root
}

fn copies(from: &str, to: &str) -> Copies {
    let copies = docs_own::pages()
        .into_iter()
        .map(|(id, text)| Copy {
            id: id.to_owned(),
            text: text.replace(from, to),
            url: None,
        })
        .collect();
    Copies {
        copies,
        ..Copies::default()
    }
}

fn files(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let text = fs::read_to_string(entry.path()).expect("text");
                files.insert(entry.path().display().to_string(), text);
            }
        }
    }
    files
}

#[test]
fn what_is_compatible_is_taken_over_and_the_rest_is_left() {
    let root = workspace();
    // A new value is compatible; a lower limit is not; a price is only taken over when asked for.
    let mut copies = copies("[thin, thick]", "[thin, thick, none]");
    for copy in &mut copies.copies {
        copy.text = copy
            .text
            .replace("length: 30", "length: 20")
            .replace("4 credits per 10s", "5 credits per 10s");
    }
    let synced = sync::sync(root.path(), &copies, false, TODAY).expect("the folder is in order");
    assert_eq!(synced.accepted.taken.len(), 1);
    let left: Vec<Class> = synced
        .report
        .findings
        .iter()
        .map(|finding| finding.class)
        .collect();
    assert_eq!(left, [Class::Price, Class::Api]);
    let synced = sync::sync(root.path(), &copies, true, TODAY).expect("the folder is in order");
    assert_eq!(synced.accepted.taken[0].class, Class::Price);
    let rates = fs::read_to_string(
        root.path()
            .join("crates/creatify-core/src/pricing/generated.rs"),
    )
    .unwrap();
    assert!(
        rates.contains("millicredits: 5_000"),
        "the table has the new row"
    );
    let written = synced.written;
    assert!(
        written.iter().any(|file| file == "openapi/prices.toml"),
        "{written:?}"
    );
}

#[test]
fn where_one_file_cannot_be_written_none_is() {
    let root = workspace();
    fs::create_dir_all(
        root.path()
            .join("crates/creatify-core/src/pricing/generated.rs/in-the-way"),
    )
    .unwrap();
    let before = files(root.path());
    let copies = copies("[thin, thick]", "[thin, thick, none]");
    assert!(sync::sync(root.path(), &copies, true, TODAY).is_err());
    assert_eq!(files(root.path()), before);
}
