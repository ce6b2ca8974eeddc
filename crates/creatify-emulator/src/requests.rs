//! Reads the bodies of job requests: which template, link, avatars and voices they name, which model,
//! and how long the video will be. Must not check what the document's schemas already check.

use std::collections::HashSet;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::document::{JobRule, Resource};
use crate::jobs::Draft;
use crate::refuse::Refusal;
use crate::seed;

/// The model when a request names none.
pub(crate) const DEFAULT_MODEL: &str = "standard";
const DEFAULT_ASPECT_RATIO: &str = "9x16";
/// The length of a link video in seconds when a request names none.
const DEFAULT_VIDEO_LENGTH: i64 = 15;
const DEFAULT_STYLE: &str = "AvatarBubbleTemplate";
/// A guess: 2.5 spoken words a second.
const MILLISECONDS_A_WORD: i64 = 400;
/// A guess: no scene is shorter than a second.
const SHORTEST_SCENE: i64 = 1_000;

/// Reads the body of a request that creates a job.
pub(crate) fn read(rule: &JobRule, body: Value, links: &HashSet<Uuid>) -> Result<Draft, Refusal> {
    let Value::Object(request) = body else {
        return Err(Refusal::field(
            "non_field_errors",
            "the body is not an object",
        ));
    };
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let mut styles = Vec::new();
    let length_ms = match rule.resource {
        Resource::CustomTemplate => template(&request)?,
        Resource::LinkToVideo => {
            if rule.previews {
                styles = preview_styles(&request);
            }
            link_video(&request, links)?
        }
        Resource::LipsyncV2 => scenes(&request)?,
    };
    Ok(Draft {
        model: text("model_version").unwrap_or(DEFAULT_MODEL).to_owned(),
        aspect_ratio: text("aspect_ratio")
            .unwrap_or(DEFAULT_ASPECT_RATIO)
            .to_owned(),
        webhook_url: text("webhook_url").map(str::to_owned),
        length_ms,
        styles,
        request,
    })
}

/// The length of the template, when it and what its variables name exist.
fn template(request: &Map<String, Value>) -> Result<i64, Refusal> {
    let id = request.get("template_id").and_then(Value::as_str);
    let Some(template) = id.and_then(seed::template) else {
        return Err(Refusal::field("template_id", "no template has this id"));
    };
    check_variables(request)?;
    Ok(template.length_ms)
}

/// The avatars and voices among a template's variables.
pub(crate) fn check_variables(request: &Map<String, Value>) -> Result<(), Refusal> {
    let variables = request.get("variables").and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        let property = |key: &str| variable.get("properties")?.get(key)?.as_str();
        let unknown = match variable.get("type").and_then(Value::as_str) {
            Some("avatar") => property("avatar_id").is_some_and(|id| !seed::has_persona(id)),
            Some("voiceover") => property("voice_id").is_some_and(|id| !seed::has_voice(id)),
            _ => false,
        };
        if unknown {
            let text = format!("{name}: no avatar or voice has this id");
            return Err(Refusal::field("variables", text));
        }
    }
    Ok(())
}

fn link_video(request: &Map<String, Value>, links: &HashSet<Uuid>) -> Result<i64, Refusal> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let link = text("link").and_then(|id| Uuid::try_parse(id).ok());
    if !link.is_some_and(|id| links.contains(&id)) {
        return Err(Refusal::field("link", "no link has this id"));
    }
    if text("override_avatar").is_some_and(|id| !seed::has_persona(id)) {
        return Err(Refusal::field("override_avatar", "no avatar has this id"));
    }
    if text("override_voice").is_some_and(|id| !seed::has_voice(id)) {
        return Err(Refusal::field("override_voice", "no voice has this id"));
    }
    let seconds = request.get("video_length").and_then(Value::as_i64);
    Ok(seconds
        .unwrap_or(DEFAULT_VIDEO_LENGTH)
        .saturating_mul(1_000))
}

/// A guess: without styles one preview is made, in the style that is the default elsewhere.
fn preview_styles(request: &Map<String, Value>) -> Vec<String> {
    let named = request.get("visual_styles").and_then(Value::as_array);
    let styles: Vec<String> = named
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if styles.is_empty() {
        return vec![DEFAULT_STYLE.to_owned()];
    }
    styles
}

/// The length of all scenes.
fn scenes(request: &Map<String, Value>) -> Result<i64, Refusal> {
    let scenes = request.get("video_inputs").and_then(Value::as_array);
    let mut length_ms: i64 = 0;
    for (index, scene) in scenes.into_iter().flatten().enumerate() {
        let unknown = |what: &str| {
            let text = format!("{index}.{what}: no such id");
            Err(Refusal::field("video_inputs", text))
        };
        let id = |part: &str, key: &str| scene.get(part)?.get(key)?.as_str();
        if id("character", "avatar_id").is_some_and(|id| !seed::has_persona(id)) {
            return unknown("character.avatar_id");
        }
        if id("voice", "voice_id").is_some_and(|id| !seed::has_voice(id)) {
            return unknown("voice.voice_id");
        }
        length_ms = length_ms.saturating_add(scene_length(scene.get("voice")));
    }
    if length_ms == 0 {
        return Err(Refusal::field(
            "video_inputs",
            "at least one scene is needed",
        ));
    }
    Ok(length_ms)
}

/// A stated duration, else what the text takes to be spoken.
fn scene_length(voice: Option<&Value>) -> i64 {
    let get = |key: &str| voice.and_then(|voice| voice.get(key));
    let length = match get("duration").and_then(Value::as_f64) {
        // Through whole microseconds, so that 10.4 s are 10,400 ms and not one more.
        Some(seconds) => ((seconds * 1e6).round() as i64).saturating_add(999) / 1_000,
        None => {
            let text = get("input_text")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let words = i64::try_from(text.split_whitespace().count()).unwrap_or(i64::MAX);
            words.saturating_mul(MILLISECONDS_A_WORD)
        }
    };
    length.max(SHORTEST_SCENE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_scene_lasts_as_long_as_stated_or_as_its_words_take() {
        let length = |voice: Value| scene_length(Some(&voice));
        assert_eq!(length(json!({"duration": 10.4})), 10_400);
        assert_eq!(length(json!({"duration": 10.4001})), 10_401);
        assert_eq!(length(json!({"duration": 0.2})), 1_000);
        assert_eq!(
            length(json!({"input_text": "one two three four five"})),
            2_000
        );
        assert_eq!(length(json!({"input_text": ""})), 1_000);
        assert_eq!(length(json!({"duration": 1e300})), i64::MAX / 1_000);
    }
}
