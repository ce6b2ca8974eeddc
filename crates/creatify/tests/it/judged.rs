//! The documented flows without any fault, against the server that `CREATIFY_JUDGED_URL` names.
//!
//! `cargo xtask judge` puts a validating proxy there, with an emulator behind it, so that neither the
//! client nor the emulator is its own judge. Without the variable an emulator is started for each
//! test. Each read moves the server's clock to the job's next step, so nothing has to wait.

use std::sync::Arc;

use creatify::emulator::{Clock, Emulator, EmulatorTimer, seed};
use creatify::{
    Budget, Client, CustomTemplateRequest, LipsyncV2Request, Model, PreviewListRequest, Scene,
};

use crate::{credits, seconds};

/// A client of the server under judgement. Its time is that of an emulator it never talks to.
async fn judged() -> (Arc<Emulator>, Client, Budget) {
    let local = Emulator::builder()
        .clock(Clock::VirtualByRequest)
        .start()
        .await
        .expect("an emulator starts on a free port");
    let local = Arc::new(local);
    let url = std::env::var("CREATIFY_JUDGED_URL").unwrap_or_else(|_| local.url());
    let client = Client::builder()
        .credentials(seed::API_ID, seed::API_KEY)
        .base_url(url)
        .timer(EmulatorTimer::new(&local))
        .build()
        .expect("a loopback address and the emulator's keys");
    (local, client, Budget::new(credits("100")))
}

#[tokio::test]
async fn what_is_read_satisfies_the_document() {
    let (_local, client, _) = judged().await;
    assert!(client.credits().await.is_ok());
    assert!(!client.personas().list().await.expect("a list").is_empty());
    assert!(!client.voices().list().await.expect("a list").is_empty());
    assert!(!client.templates().list().await.expect("a list").is_empty());
}

#[tokio::test]
async fn a_link_its_previews_and_a_render_satisfy_the_document() {
    let (_local, client, budget) = judged().await;
    let quoted = client.link().create("https://shop.example/lamp").quote();
    let approved = quoted.expect("a price").approve(&budget).expect("it fits");
    let link = approved.send().await.expect("a link");
    assert_eq!(client.link().get(&link.id).await.expect("it").id, link.id);

    let styles = ["FullScreenTemplate", "AvatarBubbleTemplate"];
    let request = PreviewListRequest::new(&link.id, 30).visual_styles(styles);
    let flow = client.link_to_video().previews_then_render_one(request);
    let quoted = flow.expect("a known model").quote().expect("a price");
    let sent = quoted.approve(&budget).expect("it fits").send().await;
    let previewed = sent.expect("accepted").wait().await.expect("ready");
    assert_eq!(previewed.previews().len(), 2);
    let render = previewed.pick(1).expect("there are two").send().await;
    let finished = render.expect("accepted").wait().await.expect("done");
    assert!(finished.state().video_url.is_some());
}

#[tokio::test]
async fn a_template_previewed_and_rendered_satisfies_the_document() {
    let (_local, client, budget) = judged().await;
    let request = CustomTemplateRequest::new(seed::TEMPLATE_15_SECONDS);
    let flow = client.custom_template().preview_then_render(request);
    let quoted = flow.length(seconds("15")).quote().expect("a price");
    let sent = quoted.approve(&budget).expect("it fits").send().await;
    let previewed = sent.expect("accepted").wait().await.expect("ready");
    let render = previewed.pick_only().expect("one preview").send().await;
    let finished = render.expect("accepted").wait().await.expect("done");
    assert!(finished.state().video_url.is_some());
}

#[tokio::test]
async fn videos_in_one_go_satisfy_the_document() {
    let (_local, client, budget) = judged().await;
    let request = CustomTemplateRequest::new(seed::TEMPLATE_10_4_SECONDS);
    let call = client.custom_template().generate(request);
    let quoted = call.length(seconds("10.4")).quote().expect("a price");
    let sent = quoted.approve(&budget).expect("it fits").send().await;
    sent.expect("accepted").wait().await.expect("done");

    let request = LipsyncV2Request::new()
        .scene(Scene::silent(seed::PERSONA_ADA, 10.4))
        .model(Model::AuroraV1Fast);
    let call = client.lipsync_v2().generate(request);
    let quoted = call.length(seconds("10.4")).quote().expect("a price");
    let sent = quoted.approve(&budget).expect("it fits").send().await;
    let finished = sent.expect("accepted").wait().await.expect("done");
    assert_eq!(finished.bill(), Some(credits("5.5")));
}
