//! The two keys show nowhere: planted, then searched for in everything the crate prints.

use creatify::emulator::seed;
use creatify::{Budget, CustomTemplateRequest};

use crate::raw_server::{RawServer, Reply};
use crate::{credits, seconds};

#[tokio::test]
async fn planted_keys_are_found_in_nothing_that_is_printed() {
    let mut printed = Vec::new();
    for reply in [
        Reply::json("401 Unauthorized", "{}"),
        Reply::Close,
        Reply::Hang,
    ] {
        let server = RawServer::start(vec![reply]).await;
        let client = server.client();
        let builder = creatify::Client::builder().credentials(planted::API_ID, planted::API_KEY);
        printed.push(format!("{client:?} {builder:?}"));
        let budget = Budget::new(credits("20"));
        let quoted = client
            .custom_template()
            .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
            .length(seconds("30"))
            .quote()
            .expect("the length was given");
        printed.push(format!("{quoted:?} {:?}", quoted.request()));
        let preview = serde_json::to_string(&quoted.request()).expect("a preview serialises");
        assert!(
            preview.contains("***"),
            "the masked keys are shown as masked: {preview}"
        );
        printed.push(preview);
        let sending = quoted.approve(&budget).expect("5 of 20 fit");
        printed.push(format!("{sending:?} {budget:?}"));
        if let Ok(Err(error)) =
            tokio::time::timeout(std::time::Duration::from_millis(200), sending.send()).await
        {
            printed.push(format!("{error} {error:?}"));
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                printed.push(format!("{error} {error:?}"));
                cause = error.source();
            }
        }
    }
    for text in printed {
        planted::refuse("what the facade prints", text);
    }
}
