//! Request of the multi-scene avatar video: scenes with an avatar, a voice and a background.

use creatify_core::Seconds;
use serde_json::{Map, Value, json};

use super::{AspectRatio, Body, common_setters};
use crate::Error;

const SCHEMA: &str = "LipsyncV2Request";

/// A video in which an avatar speaks, scene by scene.
///
/// Its length follows from the script, so the request does not state it: give it with
/// [`Call::length`](crate::Call::length) to get a quote, or have it estimated by
/// [`Call::length_from_script`](crate::Call::length_from_script).
///
/// Source: <https://docs.creatify.ai/api-reference/lipsyncs_v2/post-apilipsyncs>.
///
/// ```
/// use creatify::{LipsyncV2Request, Model, Scene};
///
/// let request = LipsyncV2Request::new()
///     .scene(Scene::speaking("avatar-id", "voice-id", "Three reasons to try it."))
///     .model(Model::AuroraV1Fast);
/// assert_eq!(request.to_json()["video_inputs"][0]["voice"]["type"], "text");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LipsyncV2Request(pub(crate) Body);

common_setters!(LipsyncV2Request);

impl LipsyncV2Request {
    /// A request with no scene yet; the service needs one at least.
    #[must_use]
    pub fn new() -> Self {
        let mut body = Body::new(SCHEMA);
        body.set("video_inputs", Vec::<Value>::new());
        Self(body)
    }

    /// Takes a JSON object as the body.
    ///
    /// # Errors
    ///
    /// When the value is no object. Limits are checked when the call is quoted.
    pub fn from_json(body: Value) -> Result<Self, Error> {
        Body::from_json(SCHEMA, body).map(Self)
    }

    /// Adds a scene at the end.
    #[must_use]
    pub fn scene(mut self, scene: Scene) -> Self {
        let mut scenes = self
            .0
            .get("video_inputs")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        scenes.push(Value::Object(scene.0));
        self.0.set("video_inputs", scenes);
        self
    }

    /// Shape of the picture; without it the service uses 9x16.
    #[must_use]
    pub fn aspect_ratio(self, ratio: AspectRatio) -> Self {
        self.set("aspect_ratio", ratio.as_str())
    }

    /// Music under all scenes; `volume` from 0.0 to 1.0, the service's default is 0.2.
    #[must_use]
    pub fn background_music(self, url: impl Into<String>, volume: f64) -> Self {
        self.set(
            "background_music",
            json!({ "url": url.into(), "volume": volume }),
        )
    }
}

/// What is heard in a video.
pub(crate) struct Speech {
    /// The texts of all scenes.
    pub(crate) text: String,
    /// The scenes without a word, together.
    pub(crate) silence: Seconds,
}

impl LipsyncV2Request {
    /// What is heard, scene by scene; the error names the scene that tells no length.
    pub(crate) fn speech(&self) -> Result<Speech, String> {
        let mut speech = Speech {
            text: String::new(),
            silence: Seconds::ZERO,
        };
        let scenes = self.0.get("video_inputs").and_then(Value::as_array);
        for (number, scene) in (1_u32..).zip(scenes.into_iter().flatten()) {
            let voice = scene.get("voice");
            let part = |name: &str| voice.and_then(|voice| voice.get(name));
            match (
                part("type").and_then(Value::as_str),
                part("input_text"),
                part("duration"),
            ) {
                (Some("text"), Some(Value::String(text)), _) => {
                    speech.text.push_str(text);
                    speech.text.push('\n');
                }
                (Some("silence"), _, Some(duration)) => {
                    let silence = duration
                        .as_f64()
                        .and_then(|seconds| Seconds::try_from(seconds).ok());
                    speech.silence = silence
                        .and_then(|silence| speech.silence.checked_add(silence))
                        .ok_or_else(|| {
                            format!("scene {number} is silent for `{duration}` seconds")
                        })?;
                }
                _ => return Err(format!("scene {number} has neither a text nor a silence")),
            }
        }
        Ok(speech)
    }
}

impl Default for LipsyncV2Request {
    fn default() -> Self {
        Self::new()
    }
}

/// One scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene(Map<String, Value>);

impl Scene {
    /// An avatar speaks a text with a voice.
    #[must_use]
    pub fn speaking(
        avatar_id: impl Into<String>,
        voice_id: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        let voice =
            json!({ "type": "text", "input_text": text.into(), "voice_id": voice_id.into() });
        Self::with_voice(avatar_id.into(), voice)
    }

    /// An avatar is seen and says nothing for `seconds` (1.0 to 100.0 by third-party notes).
    #[must_use]
    pub fn silent(avatar_id: impl Into<String>, seconds: f64) -> Self {
        Self::with_voice(
            avatar_id.into(),
            json!({ "type": "silence", "duration": seconds }),
        )
    }

    fn with_voice(avatar_id: String, voice: Value) -> Self {
        let mut fields = Map::new();
        let character = json!({ "type": "avatar", "avatar_id": avatar_id });
        fields.insert("character".to_owned(), character);
        fields.insert("voice".to_owned(), voice);
        Self(fields)
    }

    /// Puts an image behind the avatar.
    #[must_use]
    pub fn background_image(self, url: impl Into<String>) -> Self {
        self.set("background", json!({ "type": "image", "url": url.into() }))
    }

    /// Puts a video behind the avatar.
    #[must_use]
    pub fn background_video(self, url: impl Into<String>) -> Self {
        self.set("background", json!({ "type": "video", "url": url.into() }))
    }

    /// Sets any part of the scene, as in `caption_setting`.
    #[must_use]
    pub fn set(mut self, part: &str, value: impl Into<Value>) -> Self {
        self.0.insert(part.to_owned(), value.into());
        self
    }
}
