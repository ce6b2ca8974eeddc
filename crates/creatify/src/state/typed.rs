//! A job's state out of a typed answer, field by field: a poll does this thousands of times.
//!
//! Must come to what [`JobState::read`] makes of the same answer, which is the rule for what an
//! answer means; only the way back through JSON is saved.

use creatify_api::lenient::LooseNumber;
use creatify_api::types::{CustomTemplateJob, LinkToVideo, LinkToVideoPreview, LipsyncV2};
use serde_json::Value;

use super::{Field, JobState, Preview, Status, decimal, previews, text};

/// An answer of the low-level client that is a job.
pub(crate) trait Typed {
    /// The job; `None` when it has no id.
    fn into_state(self) -> Option<JobState>;
}

/// The fields that every resource has. The others are looked for among the unnamed ones.
macro_rules! common {
    ($job:ident, $unnamed:ident) => {
        JobState {
            id: some(Some($job.id.to_string()))?,
            status: Status::from($job.status.as_str()),
            failed_reason: some($job.failed_reason),
            preview: some($job.preview),
            previews: previews(&$unnamed),
            media_job: some($job.media_job),
            video_url: None,
            video_field: Field::Output,
            thumbnail_url: text(&$unnamed, "video_thumbnail"),
            editor_url: some($job.editor_url),
            duration: parsed($job.duration),
            credits_used: parsed($job.credits_used),
            progress: $job
                .progress
                .as_ref()
                .map(LooseNumber::as_json)
                .and_then(decimal),
        }
    };
}

impl Typed for CustomTemplateJob {
    fn into_state(self) -> Option<JobState> {
        let unnamed = Value::Object(self.extra);
        let state = common!(self, unnamed);
        Some(state.with_video(self.video_output, text(&unnamed, "output")))
    }
}

impl Typed for LinkToVideo {
    fn into_state(self) -> Option<JobState> {
        let unnamed = Value::Object(self.extra);
        let mut state = common!(self, unnamed);
        state.thumbnail_url = some(self.video_thumbnail);
        let previews = self.previews.unwrap_or_default();
        state.previews = previews.into_iter().filter_map(preview).collect();
        Some(state.with_video(self.video_output, text(&unnamed, "output")))
    }
}

impl Typed for LipsyncV2 {
    fn into_state(self) -> Option<JobState> {
        let unnamed = Value::Object(self.extra);
        let mut state = common!(self, unnamed);
        state.thumbnail_url = some(self.video_thumbnail);
        Some(state.with_video(text(&unnamed, "video_output"), self.output))
    }
}

impl JobState {
    fn with_video(mut self, video_output: Option<String>, output: Option<String>) -> Self {
        (self.video_url, self.video_field) = match some(video_output) {
            Some(url) => (Some(url), Field::VideoOutput),
            None => (some(output), Field::Output),
        };
        self
    }
}

fn preview(typed: LinkToVideoPreview) -> Option<Preview> {
    Some(Preview {
        media_job: some(typed.media_job)?,
        visual_style: some(typed.visual_style.map(|style| style.to_string())),
        aspect_ratio: some(typed.aspect_ratio.map(|ratio| ratio.to_string())),
        url: some(typed.url),
        duration: parsed(typed.duration),
    })
}

/// Empty text means that there is none.
fn some(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn parsed<T: std::str::FromStr>(number: Option<LooseNumber>) -> Option<T> {
    decimal(number?.as_json())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    /// What the field may hold: as documented, empty, null, written otherwise, and not there.
    fn answers() -> Vec<Value> {
        let full = json!({
            "id": "a", "status": "done", "failed_reason": "too dark", "preview": "https://x/p",
            "media_job": "m", "video_output": "https://x/v.mp4", "output": "https://x/o.mp4",
            "video_thumbnail": "https://x/t.png", "editor_url": "https://x/e", "duration": 30,
            "credits_used": 5.5, "progress": "0.50",
            "previews": [
                {"media_job": "p1", "visual_style": "DramaticTemplate", "aspect_ratio": "9x16",
                 "url": "https://x/1", "duration": "14.9"},
                {"media_job": "", "url": "https://x/2"},
                {"media_job": "p3", "visual_style": "", "aspect_ratio": null, "url": ""},
                {"media_job": "p4", "visual_style": "one of tomorrow"},
            ],
        });
        let without = |answer: &Value, field: &str| {
            let mut answer = answer.clone();
            answer.as_object_mut().and_then(|it| it.remove(field));
            answer
        };
        // The one name of the video matters only where the other one is not there.
        let mut answers = vec![full.clone(), without(&full, "video_output")];
        for whole in answers.clone() {
            let fields = whole.as_object().into_iter().flat_map(|it| it.keys());
            for field in fields {
                for other in ["\"\"", "null", "\"17.25\"", "0", "1e-7", "[]"] {
                    let mut answer = whole.clone();
                    answer[field] = other.parse().unwrap_or_default();
                    answers.push(answer);
                }
                answers.push(without(&whole, field));
            }
        }
        answers
    }

    /// Compares both ways for every answer that fits the type; how many did.
    fn compare<T: Typed + DeserializeOwned + serde::Serialize>() -> usize {
        let mut compared = 0;
        for answer in answers() {
            let Ok(typed) = serde_json::from_value::<T>(answer.clone()) else {
                continue;
            };
            // The id and the status are texts by then, whatever they were.
            let expected = JobState::read(&crate::paid::to_value(&typed));
            assert_eq!(typed.into_state(), expected, "{answer}");
            compared += 1;
        }
        compared
    }

    #[test]
    fn a_typed_job_comes_to_what_its_json_comes_to() {
        for compared in [
            compare::<CustomTemplateJob>(),
            compare::<LinkToVideo>(),
            compare::<LipsyncV2>(),
        ] {
            assert!(compared > 50, "{compared} answers fit the type");
        }
    }
}
