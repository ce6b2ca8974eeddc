//! What the service offers to choose from: avatars, voices, templates. Reads only.

use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;

use crate::fleet::Priority;
use crate::state::text;
use crate::{Client, Error, ErrorKind};

/// A list to choose from. Made by [`Client::personas`], [`Client::voices`] and
/// [`Client::templates`].
#[derive(Debug, Clone, Copy)]
pub struct Catalogue<'c, T> {
    client: &'c Client,
    item: PhantomData<fn() -> T>,
}

impl<'c, T> Catalogue<'c, T> {
    pub(crate) fn new(client: &'c Client) -> Self {
        Self {
            client,
            item: PhantomData,
        }
    }
}

impl Catalogue<'_, Persona> {
    /// Every stock avatar. Costs nothing.
    ///
    /// Source: <https://docs.creatify.ai/api-reference/personas/get-apipersonas>.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] and the refusals of a read.
    pub async fn list(&self) -> Result<Vec<Persona>, Error> {
        let request = self.client.ask(self.client.api().personas_list());
        let answer = self.client.in_turn(Priority::Catalogue, request).await?;
        items(&answer, |item| {
            Some(Persona {
                id: text(item, "id")?,
                name: text(item, "creator_name"),
                gender: text(item, "gender"),
                scene: text(item, "video_scene"),
                preview_url: text(item, "preview_image_9_16")
                    .or_else(|| text(item, "preview_image_1_1"))
                    .or_else(|| text(item, "preview_image_16_9")),
            })
        })
    }
}

impl Catalogue<'_, Voice> {
    /// Every stock voice. Costs nothing.
    ///
    /// Source: <https://docs.creatify.ai/api-documentation/text-to-speech/text-to-speech>.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] and the refusals of a read.
    pub async fn list(&self) -> Result<Vec<Voice>, Error> {
        let request = self.client.ask(self.client.api().voices_list());
        let answer = self.client.in_turn(Priority::Catalogue, request).await?;
        items(&answer, |item| {
            let accents = item.get("accents").and_then(Value::as_array);
            Some(Voice {
                name: text(item, "name")?,
                gender: text(item, "gender"),
                accents: accents
                    .into_iter()
                    .flatten()
                    .filter_map(Accent::read)
                    .collect(),
            })
        })
    }
}

impl Catalogue<'_, Template> {
    /// The account's templates. Costs nothing. The shape of the answer is known from third
    /// parties only.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] and the refusals of a read.
    pub async fn list(&self) -> Result<Vec<Template>, Error> {
        let request = self.client.ask(self.client.api().custom_templates_list());
        let answer = self.client.in_turn(Priority::Catalogue, request).await?;
        items(&answer, |item| {
            let id = text(item, "template_id").or_else(|| text(item, "id"))?;
            Some(Template {
                id,
                name: text(item, "name"),
            })
        })
    }
}

fn items<T>(answer: &Value, of: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, Error> {
    let list = answer
        .as_array()
        .ok_or_else(|| Error::new(ErrorKind::Unreachable, "the answer is no list"))?;
    Ok(list.iter().filter_map(of).collect())
}

/// A stock avatar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Persona {
    /// What a request calls `avatar_id` or `override_avatar`.
    pub id: String,
    /// Name shown in the app.
    pub name: Option<String>,
    /// `m`, `f` or `nb`.
    pub gender: Option<String>,
    /// Where the avatar was filmed, in a word.
    pub scene: Option<String>,
    /// A picture of it.
    pub preview_url: Option<String>,
}

/// A stock voice, in one or more accents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Voice {
    /// Name shown in the app.
    pub name: String,
    /// `male` or `female`.
    pub gender: Option<String>,
    /// Its accents; their ids are what requests take.
    pub accents: Vec<Accent>,
}

/// One accent of a voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Accent {
    /// What a request calls `voice_id`, `accent` or `override_voice`.
    pub id: String,
    /// Name of the accent.
    pub name: Option<String>,
    /// A sample of it.
    pub preview_url: Option<String>,
}

impl Accent {
    fn read(item: &Value) -> Option<Self> {
        Some(Self {
            id: text(item, "id")?,
            name: text(item, "accent_name"),
            preview_url: text(item, "preview_url"),
        })
    }
}

/// A template of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Template {
    /// What a request calls `template_id`.
    pub id: String,
    /// Name given in the editor.
    pub name: Option<String>,
}
