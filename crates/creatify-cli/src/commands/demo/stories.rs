//! The four stories of the demo, each the way a user of the facade would write it.
//!
//! Three end well; the fourth goes wrong on purpose. Nothing here prints.

use std::time::Duration;

use creatify::emulator::{Fault, seed};
use creatify::{
    Budget, Credits, CustomTemplateRequest, ErrorKind, Finished, Job, Length, LipsyncV2Request,
    Model, Operation, PreviewListRequest, Quote, QuoteRequest, RateCard, Scene, Seconds, Variable,
    Wait,
};
use serde_json::json;

use super::ledger::{Ledger, Seen, Told, broken, totals};
use super::{Outcome, Stage};
use crate::fail::Fail;

/// How often [`Stage::step`] is called in all stories together.
pub(super) const STEPS: u64 = 9;

/// The nine styles of the tutorial.
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

/// The style that is picked.
const PICKED: &str = "FullScreenTemplate";

/// Often enough to see every state; on the virtual clock it costs no time.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// (a) A product page, nine previews of it in one call, one of them rendered.
pub(super) async fn link_previews(stage: &Stage) -> Result<Told, Fail> {
    let title = "a. product page, nine previews in one call, one picked and rendered";
    let mut ledger = Ledger::open(stage, "link-previews", title).await?;
    let client = &stage.client;

    stage.step("a product page is read");
    let call = client
        .link()
        .create("https://example.com/desk-lamp")
        .quote()?;
    ledger.quote("link", call.quote());
    let budget = Budget::new(Credits::from_whole(100).unwrap_or(Credits::MAX));
    let before = client.credits().await?;
    let link = call.approve(&budget)?.send().await?;
    // A link's answer names no bill: the balance does.
    ledger.bill(before.checked_sub(client.credits().await?))?;

    stage.step("nine previews are made");
    let request = PreviewListRequest::new(&link.id, 30).visual_styles(STYLES);
    let flow = client
        .link_to_video()
        .previews_then_render_one(request)?
        .quote()?;
    let quotes = flow.quotes();
    for (name, quote) in ["nine previews of 30 s", "one render"]
        .into_iter()
        .zip(&quotes)
    {
        ledger.quote(name, Some(quote));
    }
    let both = totals(quotes)?;
    let direct = nine_direct_videos(card_of(&flow.quotes())?)?;
    ledger.sum(format!(
        "nine previews and one render: {both}; nine direct videos instead: {}",
        direct.totals()
    ));
    ledger.sum(format!("with the link: {}", ledger.total()?));

    let previewing = flow.approve(&budget)?.send().await?;
    let seen = Seen::default();
    let watching = seen.clone();
    let previewed = previewing.wait_with(|wait| watch(wait, watching)).await?;
    ledger.states("previews", &seen);
    ledger.bill(billed(previewed.finished()))?;

    stage.step("one preview is picked and rendered");
    let picked = previewed
        .previews()
        .iter()
        .position(|preview| preview.visual_style.as_deref() == Some(PICKED))
        .ok_or_else(|| broken("the picked style is not among the previews"))?;
    ledger.note(format!(
        "{} previews came, {PICKED} was picked",
        previewed.previews().len()
    ));
    let finished = finish(previewed.pick(picked)?.send().await?, "render", &mut ledger).await?;
    ledger.bill(billed(&finished))?;
    has_video(&finished)?;
    ledger.close(stage, &budget, Outcome::Done).await
}

/// (b) A template, previewed and rendered under the same id.
pub(super) async fn template(stage: &Stage) -> Result<Told, Fail> {
    let title = "b. template, previewed and then rendered under the same id";
    let mut ledger = Ledger::open(stage, "template-preview-render", title).await?;

    stage.step("a template is previewed");
    let request = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS)
        .variable("headline", Variable::text("Half price today"));
    let flow = stage
        .client
        .custom_template()
        .preview_then_render(request)
        .length(Length::Known(
            Seconds::from_whole(30).unwrap_or(Seconds::MAX),
        ))
        .quote()?;
    let quotes = flow.quotes();
    for (name, quote) in ["preview of 30 s", "render of 30 s"]
        .into_iter()
        .zip(&quotes)
    {
        ledger.quote(name, Some(quote));
    }
    ledger.sum(format!("preview and render: {}", ledger.total()?));
    let budget = Budget::new(ledger.total()?.max());
    let previewing = flow.approve(&budget)?.send().await?;
    let seen = Seen::default();
    let watching = seen.clone();
    let previewed = previewing.wait_with(|wait| watch(wait, watching)).await?;
    ledger.states("preview", &seen);
    ledger.bill(billed(previewed.finished()))?;
    let preview_id = previewed.finished().state().id.clone();

    stage.step("the preview is rendered");
    let finished = finish(previewed.pick_only()?.send().await?, "render", &mut ledger).await?;
    ledger.bill(billed(&finished))?;
    has_video(&finished)?;
    if finished.state().id != preview_id {
        return Err(broken("the render has another id than its preview"));
    }
    ledger.close(stage, &budget, Outcome::Done).await
}

/// (c) An avatar with the fast Aurora model, of a stated length.
pub(super) async fn avatar(stage: &Stage) -> Result<Told, Fail> {
    let title = "c. avatar with aurora_v1_fast, of a stated length of 10.4 s";
    let mut ledger = Ledger::open(stage, "avatar-aurora-fast", title).await?;
    stage.step("an avatar speaks");
    let call = stage
        .client
        .lipsync_v2()
        .generate(speech())
        .length(speech_length())
        .quote()?;
    ledger.quote("video of 10.4 s", call.quote());
    let budget = Budget::new(call.max());
    let job = call.approve(&budget)?.send().await?;
    let finished = finish(job, "video", &mut ledger).await?;

    stage.step("its bill is compared");
    ledger.bill(billed(&finished))?;
    has_video(&finished)?;
    ledger.close(stage, &budget, Outcome::Done).await
}

/// (d) A job that fails: it is seen at once, and what was set aside for it is free again.
pub(super) async fn failure(stage: &Stage) -> Result<Told, Fail> {
    let title = "d. the same avatar, but the job fails";
    let mut ledger = Ledger::open(stage, "failure", title).await?;
    stage.step("a job fails on purpose");
    stage.emulator.inject(Fault::JobFails {
        reason: "the avatar could not be filmed".to_owned(),
    });
    let call = stage
        .client
        .lipsync_v2()
        .generate(speech())
        .length(speech_length())
        .quote()?;
    ledger.quote("video of 10.4 s", call.quote());
    let budget = Budget::new(call.max());
    let job = call.approve(&budget)?.send().await?;
    let reserved = budget.reserved();
    let Err(error) = finish(job, "video", &mut ledger).await else {
        return Err(broken("the job that was to fail did not"));
    };
    stage.step("its reservation is released");
    if error.kind() != ErrorKind::JobFailed {
        return Err(error.into());
    }
    let bill = error.job_state().and_then(|state| state.credits_used);
    ledger.bill(Some(bill.unwrap_or(Credits::ZERO)))?;
    ledger.note(format!("seen as failed at once: {error}"));
    ledger.note(format!(
        "reserved {reserved} while it ran, {} now",
        budget.reserved()
    ));
    ledger.close(stage, &budget, Outcome::Failed).await
}

fn speech() -> LipsyncV2Request {
    let text = "Three reasons to try it today.";
    let voice = json!({
        "type": "text",
        "input_text": text,
        "voice_id": seed::VOICE_CALM,
        "duration": 10.4,
    });
    let scene = Scene::speaking(seed::PERSONA_ADA, seed::VOICE_CALM, text).set("voice", voice);
    LipsyncV2Request::new()
        .scene(scene)
        .model(Model::AuroraV1Fast)
}

fn speech_length() -> Length {
    Length::Known(Seconds::from_millis(10_400).unwrap_or(Seconds::MAX))
}

/// What nine videos of 30 s would cost without previews, on the same day.
fn nine_direct_videos(card: RateCard) -> Result<Quote, Fail> {
    let request = QuoteRequest::new(Operation::LinkToVideoGenerate)
        .with_length(Seconds::from_whole(30).unwrap_or(Seconds::MAX))
        .with_count(9);
    Ok(card.quote(&request)?)
}

fn card_of(quotes: &[&Quote]) -> Result<RateCard, Fail> {
    let first = quotes
        .first()
        .ok_or_else(|| broken("a flow has no quote"))?;
    Ok(RateCard::on(first.on()))
}

async fn finish(
    job: Job,
    name: &'static str,
    ledger: &mut Ledger,
) -> Result<Finished, creatify::Error> {
    let seen = Seen::default();
    let finished = watch(job.wait(), seen.clone()).await;
    ledger.states(name, &seen);
    finished
}

fn watch(wait: Wait, seen: Seen) -> Wait {
    wait.poll_every(POLL_EVERY)
        .observe(move |state| seen.note(state))
}

/// What this call was charged; for a second call on one id, without the first one's share.
fn billed(finished: &Finished) -> Option<Credits> {
    finished
        .settlement()
        .map_or(finished.bill(), |settlement| Some(settlement.charged()))
}

fn has_video(finished: &Finished) -> Result<(), Fail> {
    match finished.state().video_url {
        Some(_) => Ok(()),
        None => Err(broken("a finished job has no video")),
    }
}
