//! The documented flows, from quote to settlement.

use creatify::emulator::{Fault, seed};
use creatify::{CustomTemplateRequest, LipsyncV2Request, Model, PreviewListRequest, Scene, Status};

use crate::{credits, posts, seconds, world};

const STYLES: [&str; 9] = [
    "GreenScreenEffectTemplate",
    "SimpleAvatarOverlayTemplate",
    "DynamicProductTemplate",
    "FullScreenTemplate",
    "QuickTransitionTemplate",
    "EnhancedVanillaTemplate",
    "DynamicGreenScreenEffect",
    "FeatureHighlightTemplate",
    "AvatarBubbleTemplate",
];

#[tokio::test]
async fn nine_previews_one_render_under_one_approval() {
    let (emulator, client, budget) = world().await;
    let link = client
        .link()
        .create("https://shop.example/lamp")
        .quote()
        .expect("a link has a price")
        .approve(&budget)
        .expect("1 of 100 fits")
        .send()
        .await
        .expect("the emulator takes any web address");
    assert_eq!(budget.spent(), credits("1"));

    let request = PreviewListRequest::new(&link.id, 30).visual_styles(STYLES);
    let flow = client
        .link_to_video()
        .previews_then_render_one(request)
        .expect("a known model");
    let quoted = flow.quote().expect("length and styles are in the request");
    // 9 previews: once or each, 1 to 9. One render of 30 s: 4. Together 5 to 13.
    let total = quoted.total().expect("a small sum");
    assert_eq!(total.to_string(), "5 to 13 credits, likely 13");

    let approved = quoted.approve(&budget).expect("13 of 99 fit");
    assert_eq!(budget.reserved(), credits("13"));
    let previewed = approved
        .send()
        .await
        .expect("accepted")
        .wait()
        .await
        .expect("ready");
    assert_eq!(previewed.previews().len(), 9);
    assert_eq!(previewed.finished().state().status, Status::Pending);
    assert_eq!(budget.spent(), credits("10"));

    let id = previewed.finished().state().id.clone();
    let render = previewed
        .pick(3)
        .expect("there are nine")
        .send()
        .await
        .expect("accepted");
    let finished = render.wait().await.expect("done");
    assert_eq!(finished.state().id, id, "the render keeps the job's id");
    assert!(finished.state().video_url.is_some());
    assert!(finished.settlement().expect("it was quoted").is_matched());
    assert_eq!(
        (budget.spent(), budget.reserved()),
        (credits("14"), credits("0"))
    );
    assert_eq!(emulator.balance_millicredits(), 986_000);
    assert_eq!(posts(&emulator), 3);
}

#[tokio::test]
async fn a_template_preview_is_rendered_under_the_same_id() {
    let (_emulator, client, budget) = world().await;
    let request = CustomTemplateRequest::new(seed::TEMPLATE_45_SECONDS);
    let quoted = client
        .custom_template()
        .preview_then_render(request)
        .length(seconds("45"))
        .quote();
    // ceil(45 / 30) = 2 started units: 2 x 1 for the preview, 2 x 4 for the render.
    let quoted = quoted.expect("the length was given");
    assert_eq!(quoted.total().expect("a small sum").likely(), credits("10"));

    let previewing = quoted.approve(&budget).expect("10 of 100 fit").send().await;
    let previewed = previewing.expect("accepted").wait().await.expect("ready");
    assert_eq!(previewed.finished().state().status, Status::Done);
    assert!(previewed.finished().state().video_url.is_none());
    let finished = previewed
        .pick_only()
        .expect("one preview")
        .send()
        .await
        .expect("accepted");
    let finished = finished.wait().await.expect("done");
    assert!(finished.state().video_url.is_some());
    assert!(finished.settlement().expect("it was quoted").is_matched());
    assert_eq!(budget.spent(), credits("10"));
}

#[tokio::test]
async fn an_avatar_video_is_billed_by_the_started_second() {
    let (_emulator, client, budget) = world().await;
    let request = LipsyncV2Request::new()
        .scene(Scene::silent(seed::PERSONA_ADA, 10.4))
        .model(Model::AuroraV1Fast);
    let job = client
        .lipsync_v2()
        .generate(request)
        .length(seconds("10.4"))
        .quote()
        .expect("the length was given")
        .approve(&budget)
        .expect("5.5 of 100 fit")
        .send()
        .await
        .expect("accepted");
    // 10.4 s is 11 started seconds at 0.5.
    let finished = job.wait().await.expect("done");
    assert_eq!(finished.bill(), Some(credits("5.5")));
    assert_eq!(budget.spent(), credits("5.5"));
}

#[tokio::test]
async fn a_failed_job_is_an_error_at_once_and_its_credits_are_free_again() {
    let (emulator, client, budget) = world().await;
    emulator.inject(Fault::JobFails {
        reason: "the script was empty".to_owned(),
    });
    let job = client
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_15_SECONDS))
        .length(seconds("15"))
        .quote()
        .expect("the length was given")
        .approve(&budget)
        .expect("5 of 100 fit")
        .send()
        .await
        .expect("accepted");
    assert_eq!(budget.reserved(), credits("5"));
    let error = job.wait().await.expect_err("the job fails");
    assert!(error.is_job_failed(), "{error:?}");
    assert!(
        error.to_string().contains("the script was empty"),
        "{error}"
    );
    assert_eq!(
        error.job_state().map(|state| state.status.clone()),
        Some(Status::Failed)
    );
    assert_eq!(
        (budget.reserved(), budget.spent()),
        (credits("0"), credits("0"))
    );
}

#[tokio::test]
async fn a_render_that_is_not_picked_gives_its_share_back() {
    let (_emulator, client, budget) = world().await;
    let request = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let quoted = client
        .custom_template()
        .preview_then_render(request)
        .length(seconds("30"))
        .quote();
    let approved = quoted
        .expect("the length was given")
        .approve(&budget)
        .expect("5 of 100 fit");
    let previewed = approved
        .send()
        .await
        .expect("accepted")
        .wait()
        .await
        .expect("ready");
    assert_eq!(budget.reserved(), credits("4"));
    drop(previewed);
    assert_eq!(
        (budget.reserved(), budget.spent()),
        (credits("0"), credits("1"))
    );
}

#[tokio::test]
async fn a_video_longer_than_approved_is_not_rendered_on_the_old_approval() {
    let (emulator, client, budget) = world().await;
    // The template is 45 s long; 30 s were approved.
    let request = CustomTemplateRequest::new(seed::TEMPLATE_45_SECONDS);
    let quoted = client
        .custom_template()
        .preview_then_render(request)
        .length(seconds("30"))
        .quote();
    let approved = quoted
        .expect("the length was given")
        .approve(&budget)
        .expect("5 of 100 fit");
    let previewed = approved
        .send()
        .await
        .expect("accepted")
        .wait()
        .await
        .expect("ready");
    let error = previewed.pick_only().expect_err("8 exceed the 4 approved");
    assert!(error.is_over_budget(), "{error:?}");
    assert_eq!(posts(&emulator), 1, "the render was not sent");
    assert_eq!(budget.reserved(), credits("0"));
}
