//! The paid operations as values: which path, which body, what it is priced as, how it is sent.
//!
//! One `PaidRequest` is quoted, shown in a dry run and sent; there is no second copy of it that
//! could differ. Nothing here spends: `send` is called by `call` alone, after approval.

use creatify_api::types;
use creatify_core::job::VideoMark;
use creatify_core::script::{Language, Pace, ScriptLength};
use creatify_core::{Length, Model, Operation, Seconds};
use creatify_ledger::Marker;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::requests::Body;
use crate::state::text;
use crate::webhook::CallbackUrl;
use crate::{CustomTemplateRequest, Error, ErrorKind, LipsyncV2Request, PreviewListRequest};

/// The longest name of a job, in characters; the document's limit of `name`.
const NAME_LIMIT: usize = 255;

/// A request that costs credits, complete except for permission.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PaidRequest {
    CustomTemplate(CustomTemplateRequest),
    CustomTemplatePreview {
        request: CustomTemplateRequest,
        blocking: bool,
    },
    CustomTemplateRender {
        id: String,
        request: CustomTemplateRequest,
    },
    LinkPreviews(PreviewListRequest),
    LinkRender {
        id: String,
    },
    LinkRenderPreview {
        id: String,
        media_job: String,
    },
    LipsyncV2(LipsyncV2Request),
    Link {
        url: String,
    },
}

/// What of a request decides on its price.
pub(crate) struct Priced {
    pub(crate) operation: Operation,
    pub(crate) model: Option<Model>,
    pub(crate) previews: Option<u32>,
    /// Length that the body states; the rest is for the caller to give.
    pub(crate) length: Option<Length>,
}

impl PaidRequest {
    /// What of the request decides on its price.
    ///
    /// # Errors
    ///
    /// When the body names a model no price is known for.
    pub(crate) fn priced(&self) -> Result<Priced, Error> {
        let (model, previews, length) = match self {
            Self::LinkPreviews(request) => {
                let length = request.video_length().map(whole_seconds).transpose()?;
                (Some(request.0.model()?), Some(request.previews()), length)
            }
            Self::LinkRender { .. } | Self::LinkRenderPreview { .. } => (None, None, None),
            Self::Link { .. } => (None, None, None),
            _ => (self.body().map(Body::model).transpose()?, None, None),
        };
        Ok(Priced {
            operation: self.operation(),
            model,
            previews,
            length,
        })
    }

    /// How long it takes to speak what the request has spoken, with the pauses it sets.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LengthUnknown`] when the request holds no script, or not all of what is heard is
    /// a script.
    pub(crate) fn spoken(&self, language: Language, pace: Pace) -> Result<ScriptLength, Error> {
        let unknown = |message: String| {
            Error::new(ErrorKind::LengthUnknown, message)
                .hint("give the length in seconds; it is quoted and never sent")
        };
        let Self::LipsyncV2(request) = self else {
            let message = format!("{} is not made from a script", self.operation());
            return Err(unknown(message));
        };
        let speech = request.speech().map_err(unknown)?;
        ScriptLength::of(&speech.text, language, pace)
            .and_then(|length| length.with_pause(speech.silence))
            .map_err(|error| unknown(error.to_string()).because(error))
    }

    pub(crate) fn operation(&self) -> Operation {
        match self {
            Self::CustomTemplate(_) => Operation::CustomTemplateGenerate,
            Self::CustomTemplatePreview { .. } => Operation::CustomTemplatePreview,
            Self::CustomTemplateRender { .. } => Operation::CustomTemplateRender,
            Self::LinkPreviews(_) => Operation::LinkToVideoPreviewList,
            Self::LinkRender { .. } => Operation::LinkToVideoRender,
            Self::LinkRenderPreview { .. } => Operation::LinkToVideoRenderSinglePreview,
            Self::LipsyncV2(_) => Operation::LipsyncV2Generate,
            Self::Link { .. } => Operation::LinkCreate,
        }
    }

    /// The limits of the document, and the ones a path has.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`], with every violation in the message.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(id) = self.job_id()
            && (id.is_empty() || id.contains(['/', '?', '#']) || id.len() > 128)
        {
            return Err(
                Error::new(ErrorKind::Invalid, format!("`{id}` is no job id"))
                    .hint("a job id is what create printed, a UUID"),
            );
        }
        if let Self::Link { url } = self
            && !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        {
            return Err(
                Error::new(ErrorKind::Invalid, format!("`{url}` is no web address"))
                    .hint("give the page's address with http:// or https://"),
            );
        }
        match self {
            Self::CustomTemplateRender { request, .. } => {
                request.0.check_as("CustomTemplateJobRenderRequest")
            }
            _ => self.body().map_or(Ok(()), Body::check),
        }
    }

    fn body(&self) -> Option<&Body> {
        match self {
            Self::CustomTemplate(request)
            | Self::CustomTemplatePreview { request, .. }
            | Self::CustomTemplateRender { request, .. } => Some(&request.0),
            Self::LinkPreviews(request) => Some(&request.0),
            Self::LipsyncV2(request) => Some(&request.0),
            Self::LinkRender { .. } | Self::LinkRenderPreview { .. } | Self::Link { .. } => None,
        }
    }

    fn body_mut(&mut self) -> Option<&mut Body> {
        match self {
            Self::CustomTemplate(request)
            | Self::CustomTemplatePreview { request, .. }
            | Self::CustomTemplateRender { request, .. } => Some(&mut request.0),
            Self::LinkPreviews(request) => Some(&mut request.0),
            Self::LipsyncV2(request) => Some(&mut request.0),
            Self::LinkRender { .. } | Self::LinkRenderPreview { .. } | Self::Link { .. } => None,
        }
    }

    /// The job that is gone on with, for a render.
    pub(crate) fn job_id(&self) -> Option<&str> {
        match self {
            Self::CustomTemplateRender { id, .. }
            | Self::LinkRender { id }
            | Self::LinkRenderPreview { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The id that an answer gives to what was paid for: a UUID, and for a call on a known job that
    /// job's own. An answer with anything else names nothing that could be found again.
    pub(crate) fn id_in(&self, answer: &Value) -> Option<String> {
        let id = text(answer, "id")?;
        let is_fit = match self.job_id() {
            Some(own) => own.eq_ignore_ascii_case(&id),
            None => Uuid::try_parse(&id).is_ok(),
        };
        is_fit.then_some(id)
    }

    /// Whether the request itself lasts until the work is done.
    pub(crate) fn is_blocking(&self) -> bool {
        matches!(
            self,
            Self::CustomTemplatePreview { blocking: true, .. } | Self::Link { .. }
        )
    }

    /// Whether an address to call back can be put in: the body has a place for one, and none there.
    pub(crate) fn takes_callback(&self) -> bool {
        let is_free = |body: &Body| body.get("webhook_url").is_none_or(Value::is_null);
        self.body().is_some_and(is_free)
    }

    /// Whether a page says that the end of such a job is called back.
    ///
    /// None says so of a template's preview, though it takes an address, which is sent along for the
    /// render and for a call-back that may come after all; waiting for one would be waiting in vain.
    pub(crate) fn is_called_back(&self) -> bool {
        !matches!(self, Self::CustomTemplatePreview { .. })
    }

    /// The same request with the ledger's mark in its name, where it has a name that makes a job,
    /// and with an address to call back, where it takes one.
    ///
    /// A render is found again by its job's id and needs no mark.
    pub(crate) fn marked(&self, marker: Marker, callback: Option<&CallbackUrl>) -> Self {
        let mut marked = self.clone();
        let callback = callback.filter(|_| self.takes_callback());
        let is_render = matches!(self, Self::CustomTemplateRender { .. });
        let Some(body) = marked.body_mut() else {
            return marked;
        };
        if let Some(callback) = callback {
            body.set("webhook_url", callback.expose());
        }
        if is_render {
            return marked;
        }
        let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
        let name = marker.in_name(name, NAME_LIMIT);
        body.set("name", name);
        marked
    }

    /// The request as a ledger keeps it, to be sent by a later process; with the video that the job
    /// had before, for a render.
    pub(crate) fn to_stored(&self, earlier_video: Option<VideoMark>) -> Value {
        let media_job = match self {
            Self::LinkRenderPreview { media_job, .. } => Some(media_job.as_str()),
            _ => None,
        };
        json!({
            "operation": self.operation().as_str(),
            "blocking": self.is_blocking(),
            "job": self.job_id(),
            "media_job": media_job,
            "earlier_video": earlier_video.map(|video| video.to_string()),
            "body": self.to_json(),
        })
    }

    /// Reads what [`to_stored`](Self::to_stored) wrote; `None` for what no version of it writes.
    pub(crate) fn from_stored(stored: &str) -> Option<Self> {
        let stored: Value = serde_json::from_str(stored).ok()?;
        let text = |field: &str| stored.get(field).and_then(Value::as_str).map(str::to_owned);
        let body = || stored.get("body").cloned().unwrap_or(Value::Null);
        let template = || CustomTemplateRequest::from_json(body()).ok();
        Some(match text("operation")?.parse().ok()? {
            Operation::CustomTemplateGenerate => Self::CustomTemplate(template()?),
            Operation::CustomTemplatePreview => Self::CustomTemplatePreview {
                request: template()?,
                blocking: stored
                    .get("blocking")
                    .and_then(Value::as_bool)
                    .unwrap_or(false),
            },
            Operation::CustomTemplateRender => Self::CustomTemplateRender {
                id: text("job")?,
                request: template()?,
            },
            Operation::LinkToVideoPreviewList => {
                Self::LinkPreviews(PreviewListRequest::from_json(body()).ok()?)
            }
            Operation::LinkToVideoRender => Self::LinkRender { id: text("job")? },
            Operation::LinkToVideoRenderSinglePreview => Self::LinkRenderPreview {
                id: text("job")?,
                media_job: text("media_job")?,
            },
            Operation::LipsyncV2Generate => {
                Self::LipsyncV2(LipsyncV2Request::from_json(body()).ok()?)
            }
            Operation::LinkCreate => Self::Link {
                url: body().get("url").and_then(Value::as_str)?.to_owned(),
            },
            _ => return None,
        })
    }

    /// The path as it is sent; the method is POST for all of them.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::CustomTemplate(_) => "/api/custom_template_jobs/".to_owned(),
            Self::CustomTemplatePreview { blocking: true, .. } => {
                "/api/custom_template_jobs/preview/".to_owned()
            }
            Self::CustomTemplatePreview { .. } => {
                "/api/custom_template_jobs/preview_async/".to_owned()
            }
            Self::CustomTemplateRender { id, .. } => {
                format!("/api/custom_template_jobs/{id}/render/")
            }
            Self::LinkPreviews(_) => "/api/link_to_videos/preview_list_async/".to_owned(),
            Self::LinkRender { id } => format!("/api/link_to_videos/{id}/render/"),
            Self::LinkRenderPreview { id, .. } => {
                format!("/api/link_to_videos/{id}/render_single_preview/")
            }
            Self::LipsyncV2(_) => "/api/lipsyncs_v2/".to_owned(),
            Self::Link { .. } => "/api/links/".to_owned(),
        }
    }

    /// The body as it is sent, where there is one.
    pub(crate) fn to_json(&self) -> Option<Value> {
        match self {
            Self::LinkRender { .. } => None,
            Self::LinkRenderPreview { media_job, .. } => Some(json!({ "media_job": media_job })),
            Self::Link { url } => Some(json!({ "url": url })),
            _ => self.body().map(Body::to_json),
        }
    }

    /// Puts the request on the wire, once.
    ///
    /// The caller has approved it; this function neither asks nor repeats.
    pub(crate) async fn send(&self, api: &creatify_api::Client) -> Result<Value, SendError> {
        let body = self.to_json().unwrap_or(Value::Null);
        match self {
            Self::CustomTemplate(_) => {
                let body: types::CustomTemplateJobRequest = typed(body)?;
                answer(api.custom_template_jobs_create(&body).await)
            }
            Self::CustomTemplatePreview { blocking: true, .. } => {
                let body: types::CustomTemplateJobRequest = typed(body)?;
                answer(api.custom_template_jobs_preview(&body).await)
            }
            Self::CustomTemplatePreview { .. } => {
                let body: types::CustomTemplateJobRequest = typed(body)?;
                answer(api.custom_template_jobs_preview_async(&body).await)
            }
            Self::CustomTemplateRender { id, .. } => {
                let body: types::CustomTemplateJobRenderRequest = typed(body)?;
                answer(api.custom_template_jobs_render(id, &body).await)
            }
            Self::LinkPreviews(_) => {
                let body: types::LinkToVideoPreviewListRequest = typed(body)?;
                answer(api.link_to_videos_preview_list_async(&body).await)
            }
            Self::LinkRender { id } => answer(api.link_to_videos_render(id).await),
            Self::LinkRenderPreview { id, .. } => {
                let body: types::RenderSinglePreviewRequest = typed(body)?;
                answer(api.link_to_videos_render_single_preview(id, &body).await)
            }
            Self::LipsyncV2(_) => {
                let body: types::LipsyncV2Request = typed(body)?;
                answer(api.lipsyncs_v2_create(&body).await)
            }
            Self::Link { .. } => {
                let body: types::LinkRequest = typed(body)?;
                answer(api.links_create(&body).await)
            }
        }
    }
}

/// The video that the job of a stored render had before.
pub(crate) fn earlier_video(stored: &str) -> Option<VideoMark> {
    let stored: Value = serde_json::from_str(stored).ok()?;
    stored.get("earlier_video")?.as_str()?.parse().ok()
}

/// Why a paid request has no answer to read.
pub(crate) enum SendError {
    /// The body does not fit the typed request; nothing was sent.
    Unfit(Error),
    /// The client's own word on what happened.
    Api(creatify_api::ApiError),
}

/// Turns the body into the generated type, and refuses when that would change it.
///
/// A field that the type does not know must not vanish between the quote and the wire.
fn typed<T: DeserializeOwned + serde::Serialize>(body: Value) -> Result<T, SendError> {
    let unfit = |why: String| {
        SendError::Unfit(
            Error::new(
                ErrorKind::Invalid,
                format!("the request does not fit the API: {why}"),
            )
            .hint("mend the request; nothing was sent and nothing was spent"),
        )
    };
    let typed: T =
        serde_json::from_value(body.clone()).map_err(|error| unfit(error.to_string()))?;
    let back = serde_json::to_value(&typed).map_err(|error| unfit(error.to_string()))?;
    match first_lost(&body, &back, String::new()) {
        Some(field) => Err(unfit(format!(
            "`{field}` is not a field this version can send"
        ))),
        None => Ok(typed),
    }
}

/// The first place of `sent` that `kept` lacks; null and absent are the same.
fn first_lost(sent: &Value, kept: &Value, place: String) -> Option<String> {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => sent.iter().find_map(|(key, value)| {
            first_lost(
                value,
                kept.get(key).unwrap_or(&Value::Null),
                format!("{place}/{key}"),
            )
        }),
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => sent
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (sent, kept))| first_lost(sent, kept, format!("{place}/{index}"))),
        (Value::Number(sent), Value::Number(kept)) if sent.as_f64() == kept.as_f64() => None,
        (sent, kept) if sent == kept => None,
        _ => Some(place),
    }
}

fn answer<T: serde::Serialize>(
    result: Result<creatify_api::ResponseValue<T>, creatify_api::Error<()>>,
) -> Result<Value, SendError> {
    match result {
        Ok(response) => Ok(to_value(&response.into_inner())),
        Err(error) => Err(SendError::Api(error.into())),
    }
}

/// Generated types serialise without fail: their maps have text keys.
pub(crate) fn to_value<T: serde::Serialize>(typed: &T) -> Value {
    serde_json::to_value(typed).unwrap_or(Value::Null)
}

fn whole_seconds(seconds: u64) -> Result<Length, Error> {
    let millis = seconds.saturating_mul(1_000);
    Seconds::from_millis(millis)
        .map(Length::Known)
        .map_err(|error| {
            Error::new(ErrorKind::Invalid, format!("`video_length`: {error}")).because(error)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_the_type_would_drop_is_found() {
        let sent = json!({"a": 1, "b": {"c": [1, {"d": null}]}});
        assert_eq!(
            first_lost(
                &sent,
                &json!({"a": 1.0, "b": {"c": [1, {}]}}),
                String::new()
            ),
            None
        );
        let lost = first_lost(&sent, &json!({"a": 1, "b": {"c": [2, {}]}}), String::new());
        assert_eq!(lost.as_deref(), Some("/b/c/0"));
    }

    #[test]
    fn an_id_that_would_change_the_path_is_refused() {
        for id in ["", "../links", "a?b", "a#b"] {
            let request = PaidRequest::LinkRender { id: id.to_owned() };
            assert!(request.check().is_err(), "{id:?} must be refused");
        }
    }
}
