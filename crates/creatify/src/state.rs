//! What the service says about a job, read tolerantly from any of its shapes.
//!
//! The resources spell the same things differently (`video_output` or `output`, `progress` as
//! number or text, `failed_reason` null or empty). [`JobState`] is the one shape the facade shows.
//! It draws no conclusion: whether a job is finished is for `creatify_core::job` to say.

use creatify_core::job::{Field, Outputs, Snapshot, Status, VideoMark};
use creatify_core::{Credits, Seconds};
use serde::Serialize;
use serde_json::Value;

mod typed;

pub(crate) use typed::Typed;

/// One reading of a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct JobState {
    /// The job's id.
    pub id: String,
    /// The service's word for its state, kept as it came.
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub status: Status,
    /// Why it failed, where the service says so.
    pub failed_reason: Option<String>,
    /// Address of the preview page.
    pub preview: Option<String>,
    /// Previews of a preview list, one for each visual style.
    pub previews: Vec<Preview>,
    /// The inner job, as the service names it.
    pub media_job: Option<String>,
    /// Address of the finished video.
    pub video_url: Option<String>,
    /// Which of its two names the video had.
    #[serde(skip)]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    video_field: Field,
    /// Address of its thumbnail.
    pub thumbnail_url: Option<String>,
    /// Address of the editor; gone after 24 hours, and only for accounts with editor access.
    pub editor_url: Option<String>,
    /// Length of the video, in seconds.
    pub duration: Option<Seconds>,
    /// What the service says was charged; 0 until it is known.
    pub credits_used: Option<Credits>,
    /// Progress as the service words it; its scale is documented nowhere.
    pub progress: Option<String>,
}

/// One preview of a preview list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Preview {
    /// Names the preview when one is rendered.
    pub media_job: String,
    /// Its visual style.
    pub visual_style: Option<String>,
    /// Shape of its picture.
    pub aspect_ratio: Option<String>,
    /// Address of its page; may be embedded.
    pub url: Option<String>,
    /// Its length, in seconds.
    pub duration: Option<Seconds>,
}

impl JobState {
    /// Reads a job from an answer of any of the job resources.
    ///
    /// Returns `None` when the value is no object with an `id`.
    pub(crate) fn read(answer: &Value) -> Option<Self> {
        let id = text(answer, "id")?;
        Some(Self {
            id,
            status: Status::from(text(answer, "status").unwrap_or_default().as_str()),
            failed_reason: text(answer, "failed_reason"),
            preview: text(answer, "preview"),
            previews: previews(answer),
            media_job: text(answer, "media_job"),
            video_url: text(answer, "video_output").or_else(|| text(answer, "output")),
            video_field: match text(answer, "video_output") {
                Some(_) => Field::VideoOutput,
                None => Field::Output,
            },
            thumbnail_url: text(answer, "video_thumbnail"),
            editor_url: text(answer, "editor_url"),
            duration: number(answer, "duration").and_then(|text| text.parse().ok()),
            credits_used: number(answer, "credits_used").and_then(|text| text.parse().ok()),
            progress: number(answer, "progress"),
        })
    }

    /// What tells its video from one that is made later.
    pub(crate) fn video_mark(&self) -> Option<VideoMark> {
        let url = self.video_url.as_deref()?;
        Some(VideoMark::of(url, self.media_job.as_deref()))
    }

    /// The part of it that decides on the job's stage.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let has_previews = self.previews.iter().any(|preview| preview.url.is_some());
        let outputs = Outputs::NONE
            .with_if(Field::Preview, self.preview.is_some())
            .with_if(Field::Previews, has_previews)
            .with_if(self.video_field, self.video_url.is_some());
        let mut snapshot = Snapshot::new(self.status.clone()).with_outputs(outputs);
        if let Some(video) = self.video_mark() {
            snapshot = snapshot.with_video(video);
        }
        if let Some(credits) = self.credits_used {
            snapshot = snapshot.with_credits_used(credits);
        }
        match &self.media_job {
            Some(media_job) => snapshot.with_media_job(media_job.as_str()),
            None => snapshot,
        }
    }
}

fn previews(answer: &Value) -> Vec<Preview> {
    let items = answer
        .get("previews")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    items
        .iter()
        .filter_map(|item| {
            Some(Preview {
                media_job: text(item, "media_job")?,
                visual_style: text(item, "visual_style"),
                aspect_ratio: text(item, "aspect_ratio"),
                url: text(item, "url"),
                duration: number(item, "duration").and_then(|text| text.parse().ok()),
            })
        })
        .collect()
}

/// A field that holds text; null, absent and empty all mean that there is none.
pub(crate) fn text(answer: &Value, field: &str) -> Option<String> {
    answer
        .get(field)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A field that holds a number, as number or as text; its shortest exact decimal.
pub(crate) fn number(answer: &Value, field: &str) -> Option<String> {
    decimal(answer.get(field)?)
}

fn decimal(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => match number.as_u64() {
            Some(whole) => Some(whole.to_string()),
            // `Display` of a float is its shortest exact decimal, without an exponent.
            None => number.as_f64().map(|float| float.to_string()),
        },
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credits_read_exactly_from_integer_decimal_and_text() {
        for (raw, credits) in [
            (json!(5), "5"),
            (json!(5.5), "5.5"),
            (json!("5.5"), "5.5"),
            (json!(0), "0"),
        ] {
            let state =
                JobState::read(&json!({"id": "a", "credits_used": raw})).expect("has an id");
            assert_eq!(
                state.credits_used.map(|c| c.to_string()).as_deref(),
                Some(credits)
            );
        }
    }

    #[test]
    fn null_and_empty_reasons_are_none() {
        for raw in [json!(null), json!("")] {
            let state =
                JobState::read(&json!({"id": "a", "failed_reason": raw})).expect("has an id");
            assert_eq!(state.failed_reason, None);
        }
    }

    #[test]
    fn both_names_of_the_video_are_read() {
        for field in ["video_output", "output"] {
            let state =
                JobState::read(&json!({"id": "a", field: "https://x/v.mp4"})).expect("has an id");
            assert_eq!(state.video_url.as_deref(), Some("https://x/v.mp4"));
        }
    }

    #[test]
    fn an_unknown_status_is_kept_and_an_answer_without_id_is_none() {
        let state = JobState::read(&json!({"id": "a", "status": "polishing"})).expect("has an id");
        assert_eq!(state.status.as_str(), "polishing");
        assert_eq!(JobState::read(&json!({"status": "done"})), None);
    }
}
