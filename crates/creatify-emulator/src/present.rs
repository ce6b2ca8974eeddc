//! Answers: jobs, links and the catalogue as the document's schemas have them. Must not change
//! anything it shows.

use serde_json::{Map, Value, json};

use crate::billing;
use crate::clock::{self, Millis};
use crate::document::{Phase, Resource};
use crate::files::{Files, Kind};
use crate::jobs::Job;
use crate::seed;
use crate::state::Link;

/// The fields of a link video's request that its answers repeat.
const REPEATED: &[&str] = &[
    "name",
    "target_platform",
    "target_audience",
    "language",
    "video_length",
    "aspect_ratio",
    "script_style",
    "override_avatar",
    "override_voice",
    "override_script",
    "background_music_url",
    "background_music_volume",
    "voiceover_volume",
    "webhook_url",
    "no_background_music",
    "no_caption",
    "no_emotion",
    "no_cta",
    "no_stock_broll",
    "caption_style",
    "caption_offset_x",
    "caption_offset_y",
    "caption_setting",
];

/// A job of any resource.
pub(crate) fn job(job: &Job, files: &Files) -> Value {
    let mut answer = match job.resource() {
        Resource::CustomTemplate => custom_template(job),
        Resource::LinkToVideo => link_to_video(job),
        Resource::LipsyncV2 => lipsync(job, files),
    };
    if let (Some(limit), Some(fields)) = (job.altered, answer.as_object_mut()) {
        alter(fields, limit);
    }
    answer
}

/// What a service may do to the two fields by which a job can be found again.
fn alter(fields: &mut Map<String, Value>, name_limit: usize) {
    if let Some(Value::String(name)) = fields.get_mut("name") {
        let folded = name.split_whitespace().collect::<Vec<_>>().join(" ");
        *name = folded.chars().take(name_limit).collect();
    }
    if let Some(Value::String(address)) = fields.get_mut("webhook_url")
        && let Ok(mut url) = reqwest::Url::parse(address)
    {
        url.set_query(None);
        *address = url.as_str().trim_end_matches('/').to_owned();
    }
}

fn sent(job: &Job, name: &str) -> Value {
    job.draft.request.get(name).cloned().unwrap_or(Value::Null)
}

fn custom_template(job: &Job) -> Value {
    json!({
        "id": job.id,
        "created_at": clock::rfc3339(job.created),
        "updated_at": clock::rfc3339(job.updated),
        "variables": sent(job, "variables"),
        "media_job": job.media_job,
        "video_output": job.video.as_ref().map(|video| &video.url),
        "preview": job.preview,
        // Only accounts with access to the editor's API get one.
        "editor_url": null,
        // A guess: empty while nothing failed, because the schema has no null here.
        "failed_reason": job.failed_reason.as_deref().unwrap_or_default(),
        "credits_used": billing::to_json(job.billed_before + job.billed),
        "duration": job.seconds(),
        "status": job.status,
        // A guess: percent.
        "progress": job.progress,
        "name": sent(job, "name"),
        "webhook_url": job.draft.webhook_url,
        "model_version": job.draft.model,
        "is_hidden": sent(job, "is_hidden").as_bool().unwrap_or(false),
    })
}

fn link_to_video(job: &Job) -> Value {
    let mut answer = Map::new();
    for name in REPEATED {
        if let Some(value) = job.draft.request.get(*name) {
            answer.insert((*name).to_owned(), value.clone());
        }
    }
    let video = job.video.as_ref();
    let length = job.seconds();
    let previews: Vec<Value> = job
        .previews
        .iter()
        .map(|preview| {
            json!({
                "media_job": preview.media_job,
                "visual_style": preview.style,
                "aspect_ratio": job.draft.aspect_ratio,
                "url": preview.url,
                "editor_url": null,
                "duration": length,
            })
        })
        .collect();
    let facts = json!({
        "id": job.id,
        "link": sent(job, "link"),
        "media_job": job.picked.unwrap_or(job.media_job),
        "aspect_ratio": job.draft.aspect_ratio,
        "video_length": length,
        "webhook_url": job.draft.webhook_url,
        "status": job.status,
        "failed_reason": job.failed_reason,
        "is_hidden": false,
        "video_output": video.map(|video| &video.url),
        "video_thumbnail": video.map(|video| &video.thumbnail),
        "credits_used": billing::to_json(job.billed_before + job.billed),
        "duration": length,
        "progress": job.progress.to_string(),
        "preview": job.preview,
        "editor_url": null,
        "previews": previews,
        "outputs": outputs(job),
    });
    if let Value::Object(facts) = facts {
        answer.extend(facts);
    }
    Value::Object(answer)
}

/// What is being or has been rendered: nothing before the first render.
fn outputs(job: &Job) -> Vec<Value> {
    if job.rule.phase != Phase::Render {
        return Vec::new();
    }
    let media_job = job.picked.unwrap_or(job.media_job);
    let picked = job.previews.iter().find(|one| one.media_job == media_job);
    let video = job.video.as_ref();
    let mut output = json!({
        "media_job": media_job,
        "aspect_ratio": job.draft.aspect_ratio,
        "duration": job.seconds(),
        "video_output": video.map(|video| &video.url),
        "video_thumbnail": video.map(|video| &video.thumbnail),
        "status": job.status,
        "progress": job.progress,
        "failed_reason": job.failed_reason,
    });
    if let (Some(preview), Some(fields)) = (picked, output.as_object_mut()) {
        fields.insert("visual_style".to_owned(), json!(preview.style));
    }
    vec![output]
}

fn lipsync(job: &Job, files: &Files) -> Value {
    json!({
        "id": job.id,
        "output": job.video.as_ref().map(|video| &video.url),
        // The schema has no null here: the picture is there once the video is.
        "video_thumbnail": files.url(job.media_job, Kind::Thumbnail),
        "created_at": clock::rfc3339(job.created),
        "updated_at": clock::rfc3339(job.updated),
        "credits_used": billing::to_json(job.billed_before + job.billed),
        "duration": job.seconds(),
        "progress": job.progress.to_string(),
        "failed_reason": job.failed_reason,
        "status": job.status,
        "preview": job.preview,
        "editor_url": null,
        "aspect_ratio": job.draft.aspect_ratio,
        "video_inputs": sent(job, "video_inputs"),
        "name": sent(job, "name"),
        "media_job": job.media_job,
        "webhook_url": job.draft.webhook_url,
        "model_version": job.draft.model,
    })
}

pub(crate) fn link(link: &Link, files: &Files) -> Value {
    let picture = files.url(link.content, Kind::Thumbnail);
    json!({
        "id": link.id,
        "url": link.url,
        "link": {
            "id": link.content,
            "url": link.url,
            "title": link.title,
            "description": "A page that the emulator has not read.",
            "image_urls": [picture],
            "video_urls": [],
            "reviews": null,
            "logo_url": picture,
            "ai_summary": null,
            "ai_target_audiences": null,
        },
    })
}

pub(crate) fn balance(amount: billing::Milli) -> Value {
    json!({ "remaining_credits": billing::to_json(amount) })
}

pub(crate) fn templates(files: &Files, since: Millis) -> Value {
    let since = clock::rfc3339(since);
    let one = |template: &seed::Template| {
        json!({
            "template_id": template.id,
            "name": template.name,
            "preview": picture(files, template.id),
            "aspect_ratio": "9x16",
            "created_at": since,
            "updated_at": since,
        })
    };
    seed::TEMPLATES.iter().map(one).collect()
}

pub(crate) fn personas(files: &Files, since: Millis) -> Value {
    let since = clock::rfc3339(since);
    let one = |persona: &seed::Persona| {
        let picture = picture(files, persona.id);
        json!({
            "id": persona.id,
            "created_at": since,
            "updated_at": since,
            "gender": persona.gender,
            "age_range": "adult",
            "location": "indoor",
            "style": "presenter",
            "creator_name": persona.name,
            "video_scene": null,
            "keywords": null,
            "preview_image_16_9": picture,
            "preview_image_1_1": picture,
            "preview_image_9_16": picture,
            "preview_video_16_9": null,
            "preview_video_1_1": null,
            "preview_video_9_16": null,
            "landscape_preview_video": null,
            "squared_preview_video": null,
            "is_active": true,
            "process_status": "done",
            "failed_reason": "",
            "type": "stock",
        })
    };
    seed::PERSONAS.iter().map(one).collect()
}

pub(crate) fn voices(files: &Files) -> Value {
    let one = |voice: &seed::Voice| {
        let accents = voice.accents.iter().map(|(id, name)| {
            json!({ "id": id, "accent_name": name, "preview_url": picture(files, id) })
        });
        json!({
            "name": voice.name,
            "gender": voice.gender,
            "accents": accents.collect::<Vec<_>>(),
        })
    };
    seed::VOICES.iter().map(one).collect()
}

/// The seeded ids are UUIDs, each with a picture of its own.
fn picture(files: &Files, id: &str) -> String {
    let id = uuid::Uuid::try_parse(id).unwrap_or_default();
    files.url(id, Kind::Thumbnail)
}
