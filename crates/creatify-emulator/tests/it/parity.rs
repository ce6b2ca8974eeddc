//! The parity table: fresh, complete, and true of the routes.

use std::path::Path;

use serde_json::Value;

use crate::support::{DOCUMENT, start};

#[test]
fn the_committed_table_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("PARITY.md");
    let fresh = creatify_emulator::parity();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == fresh, "run the tests once with UPDATE=1");
}

#[tokio::test]
async fn every_operation_of_the_document_is_in_the_table_and_is_served() {
    let client = start().await;
    let table = creatify_emulator::parity();
    let nowhere = "00000000-0000-4000-8000-000000000000";
    let mut rows = 0;
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else {
                continue;
            };
            let row = format!("| `{id}` | {} `{path}` |", method.to_uppercase());
            assert_eq!(table.matches(&row).count(), 1, "{row}");
            rows += 1;
            let path = path.replace("{id}", nowhere);
            let request = client.request(&method.to_uppercase(), &path);
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            assert!(status != 501 && status != 405, "{id}: {status}");
            let body: Value = answer.json().await.unwrap();
            assert_ne!(body["detail"], "Not found.", "{id} has no route");
        }
    }
    let operations = table.split("| matter |").next().unwrap();
    assert_eq!(operations.matches("\n| `").count(), rows, "and no other");
}
