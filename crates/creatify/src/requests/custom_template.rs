//! Request of the custom template jobs: which template, and what stands in for its variables.

use serde_json::{Map, Value, json};

use super::{Body, common_setters};
use crate::Error;

const SCHEMA: &str = "CustomTemplateJobRequest";

/// A video from a template made in the vendor's editor.
///
/// The request has no length: a template fixes its own. State it with
/// [`Call::length`](crate::Call::length) to get a quote.
///
/// Source: <https://docs.creatify.ai/api-reference/custom-template-jobs/post-custom-template-job>.
///
/// ```
/// use creatify::{CustomTemplateRequest, Model, Variable};
///
/// let request = CustomTemplateRequest::new("3f0c7b1e-30b1-4d0c-9a3e-000000000001")
///     .variable("headline", Variable::text("Half price today"))
///     .model(Model::AuroraV1Fast)
///     .name("Spring sale");
/// assert_eq!(request.to_json()["variables"]["headline"]["type"], "text");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CustomTemplateRequest(pub(crate) Body);

common_setters!(CustomTemplateRequest);

impl CustomTemplateRequest {
    /// A request for the template with this id (a UUID, seen in the editor's address).
    #[must_use]
    pub fn new(template_id: impl Into<String>) -> Self {
        let mut body = Body::new(SCHEMA);
        body.set("template_id", template_id.into());
        body.set("variables", json!({}));
        Self(body)
    }

    /// An empty request, for a render that changes nothing of what was previewed.
    #[must_use]
    pub fn unchanged() -> Self {
        Self(Body::new(SCHEMA))
    }

    /// Takes a JSON object as the body.
    ///
    /// # Errors
    ///
    /// When the value is no object. Limits are checked when the call is quoted.
    pub fn from_json(body: Value) -> Result<Self, Error> {
        Body::from_json(SCHEMA, body).map(Self)
    }

    /// Gives one variable of the template its value.
    #[must_use]
    pub fn variable(mut self, name: &str, variable: Variable) -> Self {
        let mut variables = match self.0.get("variables") {
            Some(Value::Object(variables)) => variables.clone(),
            _ => Map::new(),
        };
        variables.insert(name.to_owned(), variable.0);
        self.0.set("variables", variables);
        self
    }

    /// Keeps the job out of the lists in the vendor's app.
    #[must_use]
    pub fn hidden(self) -> Self {
        self.set("is_hidden", true)
    }
}

/// What stands in for one variable of a template.
///
/// The kinds `avatar`, `image` and `video` were read on an official page; `audio`, `text` and
/// `voiceover`, and the nesting under `properties`, are known from third parties only.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable(Value);

impl Variable {
    /// Text.
    #[must_use]
    pub fn text(content: impl Into<String>) -> Self {
        Self::of("text", "content", content)
    }

    /// An avatar by the id that [`Client::personas`](crate::Client::personas) lists.
    #[must_use]
    pub fn avatar(avatar_id: impl Into<String>) -> Self {
        Self::of("avatar", "avatar_id", avatar_id)
    }

    /// An image by its address.
    #[must_use]
    pub fn image(url: impl Into<String>) -> Self {
        Self::of("image", "url", url)
    }

    /// A video by its address.
    #[must_use]
    pub fn video(url: impl Into<String>) -> Self {
        Self::of("video", "url", url)
    }

    /// A sound file by its address.
    #[must_use]
    pub fn audio(url: impl Into<String>) -> Self {
        Self::of("audio", "url", url)
    }

    /// A voice by the id that [`Client::voices`](crate::Client::voices) lists.
    #[must_use]
    pub fn voiceover(voice_id: impl Into<String>) -> Self {
        Self::of("voiceover", "voice_id", voice_id)
    }

    fn of(kind: &str, key: &str, value: impl Into<String>) -> Self {
        Self(json!({ "type": kind, "properties": { key: value.into() } }))
    }
}
