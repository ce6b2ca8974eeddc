//! Request of the link video previews: one link, several visual styles, one call.

use serde_json::Value;

use super::{Body, common_setters};
use crate::Error;

const SCHEMA: &str = "LinkToVideoPreviewListRequest";

/// Shape of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AspectRatio {
    /// 9x16, upright.
    Portrait,
    /// 16x9, wide.
    Landscape,
    /// 1x1.
    Square,
}

impl AspectRatio {
    /// The vendor's word, as in `9x16`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portrait => "9x16",
            Self::Landscape => "16x9",
            Self::Square => "1x1",
        }
    }
}

/// Several previews of a video made from one link, each in its own visual style.
///
/// Source: the tutorial at <https://docs.creatify.ai/api-documentation/url-to-video/preview-list>.
///
/// ```
/// use creatify::{AspectRatio, PreviewListRequest};
///
/// let request = PreviewListRequest::new("8e1b0f6a-5c1d-4c55-8b6e-000000000001", 30)
///     .visual_styles(["FullScreenTemplate", "DynamicProductTemplate"])
///     .aspect_ratio(AspectRatio::Portrait)
///     .language("en");
/// assert_eq!(request.previews(), 2);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewListRequest(pub(crate) Body);

common_setters!(PreviewListRequest);

impl PreviewListRequest {
    /// Previews for the link with this (outer) id, each of `video_length` seconds: 15, 30, 45 or
    /// 60.
    #[must_use]
    pub fn new(link_id: impl Into<String>, video_length: u32) -> Self {
        let mut body = Body::new(SCHEMA);
        body.set("link", link_id.into());
        body.set("video_length", video_length);
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

    /// One preview for each of these styles.
    #[must_use]
    pub fn visual_styles<S: Into<String>>(self, styles: impl IntoIterator<Item = S>) -> Self {
        let styles: Vec<Value> = styles
            .into_iter()
            .map(|s| Value::String(s.into()))
            .collect();
        self.set("visual_styles", styles)
    }

    /// Shape of the picture.
    #[must_use]
    pub fn aspect_ratio(self, ratio: AspectRatio) -> Self {
        self.set("aspect_ratio", ratio.as_str())
    }

    /// Language of script and voice, as a code such as `en`.
    #[must_use]
    pub fn language(self, code: impl Into<String>) -> Self {
        self.set("language", code.into())
    }

    /// How the script is written, as in `DIY`.
    #[must_use]
    pub fn script_style(self, style: impl Into<String>) -> Self {
        self.set("script_style", style.into())
    }

    /// Number of previews this request asks for; 1 where it names no style.
    #[must_use]
    pub fn previews(&self) -> u32 {
        let styles = self
            .0
            .get("visual_styles")
            .and_then(Value::as_array)
            .map_or(1, Vec::len);
        u32::try_from(styles.max(1)).unwrap_or(u32::MAX)
    }

    /// Length the body states, in whole seconds.
    #[must_use]
    pub fn video_length(&self) -> Option<u64> {
        self.0.get("video_length").and_then(Value::as_u64)
    }
}
