//! The routes against the document: nothing in it is left unanswered.

use serde_json::{Value, json};

use crate::support::{DOCUMENT, check_answer, start};

#[tokio::test]
async fn every_operation_of_the_document_is_answered_in_its_own_shapes() {
    let client = start().await;
    let mut count = 0;
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let operations = item.as_object().unwrap().iter();
        for (method, operation) in operations.filter(|(_, value)| value["operationId"].is_string())
        {
            count += 1;
            let path = path.replace("{id}", "00000000-0000-4000-8000-000000000000");
            let method = method.to_uppercase();
            let request = client.request(&method, &path).json(&json!({"nonsense": 1}));
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap();
            assert!(
                ![405, 500, 501].contains(&status),
                "{method} {path}: {status} {body}"
            );
            if path.contains("00000000") {
                assert_eq!(status, 404, "{method} {path}");
            }
            check_answer(&method, &path, status, &body);
            let last = client.emulator.requests().pop().unwrap();
            assert_eq!(last.operation, operation["operationId"].as_str().unwrap());
            let without = client
                .http
                .request(method.parse().unwrap(), client.url(&path));
            assert_eq!(
                without.send().await.unwrap().status(),
                401,
                "{method} {path}"
            );
        }
    }
    assert!(count >= 19, "{count} operations");
    assert_eq!(client.balance().await, 1_000);
}
