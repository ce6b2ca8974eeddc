//! One accessor for each resource: `client.<resource>().<verb>(request)`.
//!
//! A verb that costs credits gives a [`Call`](crate::Call) and sends nothing; a read is a plain
//! `async` function.

mod catalogue;
mod links;

use creatify_core::JobRef;

pub use catalogue::{Accent, Catalogue, Persona, Template, Voice};
pub use links::{Link, Links};

use crate::call::Call;
use crate::fleet::Priority;
use crate::flow::{PreviewThenRender, Renders};
use crate::job::Job;
use crate::paid::PaidRequest;
use crate::requests::{CustomTemplateRequest, LipsyncV2Request, PreviewListRequest};
use crate::{Client, Error, JobState};

/// Jobs that make a video from a template. Made by [`Client::custom_template`].
#[derive(Debug, Clone, Copy)]
pub struct CustomTemplate<'c> {
    pub(crate) client: &'c Client,
}

impl CustomTemplate<'_> {
    /// Makes the video in one go: 5 credits for a started 30 s with the standard model on the day
    /// this was written; [`Call::quote`] knows the price of the day.
    ///
    /// Source: <https://docs.creatify.ai/api-reference/custom-template-jobs/post-custom-template-job>.
    pub fn generate(&self, request: CustomTemplateRequest) -> Call<Job> {
        Call::new(self.client, PaidRequest::CustomTemplate(request))
    }

    /// Makes a cheap preview, to be rendered later under the same id.
    ///
    /// Source: <https://docs.creatify.ai/api-reference/custom-template-jobs/post-custom-template-job-preview-async>.
    pub fn preview(&self, request: CustomTemplateRequest) -> Call<Job> {
        Call::new(
            self.client,
            PaidRequest::CustomTemplatePreview {
                request,
                blocking: false,
            },
        )
    }

    /// Like [`preview`](Self::preview), but the request itself lasts until the preview is ready.
    ///
    /// A request that hangs for minutes is the easiest one to lose, and a lost one may be charged;
    /// prefer [`preview`](Self::preview).
    pub fn preview_blocking(&self, request: CustomTemplateRequest) -> Call<Job> {
        Call::new(
            self.client,
            PaidRequest::CustomTemplatePreview {
                request,
                blocking: true,
            },
        )
    }

    /// Renders a preview.
    ///
    /// The page prints the whole request again, as required; that a job which has its template and
    /// variables needs them once more is doubtful, so an
    /// [empty](CustomTemplateRequest::unchanged) request is let through. A refusal costs nothing.
    ///
    /// Source: <https://docs.creatify.ai/api-reference/custom-template-jobs/post-custom-template-job-render>.
    pub fn render(&self, id: impl Into<String>, request: CustomTemplateRequest) -> Call<Job> {
        Call::new(
            self.client,
            PaidRequest::CustomTemplateRender {
                id: id.into(),
                request,
            },
        )
    }

    /// A preview and its render under one approval.
    pub fn preview_then_render(&self, request: CustomTemplateRequest) -> PreviewThenRender {
        let preview = self.preview(request.clone());
        PreviewThenRender::new(preview, Renders::CustomTemplate(request))
    }

    /// Reads one job. Costs nothing.
    ///
    /// # Errors
    ///
    /// [`Unreachable`](crate::ErrorKind::Unreachable) and the refusals of a read.
    pub async fn get(&self, id: &str) -> Result<JobState, Error> {
        let operation = creatify_core::Operation::CustomTemplateGenerate;
        self.client
            .look_at(&job_ref(operation, id)?, Priority::Poll)
            .await
    }
}

/// Jobs that make a video from a link. Made by [`Client::link_to_video`].
#[derive(Debug, Clone, Copy)]
pub struct LinkToVideo<'c> {
    pub(crate) client: &'c Client,
}

impl LinkToVideo<'_> {
    /// Makes several previews at once, one for each visual style.
    ///
    /// They are ready while the job's status still says `pending`;
    /// [`Job::wait`](crate::Job::wait) knows.
    ///
    /// Source: <https://docs.creatify.ai/api-documentation/url-to-video/preview-list>.
    pub fn preview_list(&self, request: PreviewListRequest) -> Call<Job> {
        Call::new(self.client, PaidRequest::LinkPreviews(request))
    }

    /// Renders one of the previews of a preview list.
    ///
    /// Source: <https://docs.creatify.ai/api-documentation/url-to-video/preview-list>.
    pub fn render_single_preview(
        &self,
        id: impl Into<String>,
        media_job: impl Into<String>,
    ) -> Call<Job> {
        let (id, media_job) = (id.into(), media_job.into());
        Call::new(
            self.client,
            PaidRequest::LinkRenderPreview { id, media_job },
        )
    }

    /// Renders a job that has one preview.
    ///
    /// Source: <https://docs.creatify.ai/api-reference/link_to_videos/post-apilink_to_videos_render>.
    pub fn render(&self, id: impl Into<String>) -> Call<Job> {
        Call::new(self.client, PaidRequest::LinkRender { id: id.into() })
    }

    /// Previews, and the render of one of them, under one approval.
    ///
    /// # Errors
    ///
    /// [`PriceUnknown`](crate::ErrorKind::PriceUnknown) when the request names a model no price is
    /// known for.
    pub fn previews_then_render_one(
        &self,
        request: PreviewListRequest,
    ) -> Result<PreviewThenRender, Error> {
        let model = request.0.model()?;
        Ok(PreviewThenRender::new(
            self.preview_list(request),
            Renders::OneOfList(model),
        ))
    }

    /// Reads one job with its previews. Costs nothing.
    ///
    /// # Errors
    ///
    /// [`Unreachable`](crate::ErrorKind::Unreachable) and the refusals of a read.
    pub async fn get(&self, id: &str) -> Result<JobState, Error> {
        let operation = creatify_core::Operation::LinkToVideoPreviewList;
        self.client
            .look_at(&job_ref(operation, id)?, Priority::Poll)
            .await
    }
}

/// Jobs that make an avatar speak. Made by [`Client::lipsync_v2`].
#[derive(Debug, Clone, Copy)]
pub struct LipsyncV2<'c> {
    pub(crate) client: &'c Client,
}

impl LipsyncV2<'_> {
    /// Makes the video in one go.
    ///
    /// Source: <https://docs.creatify.ai/api-reference/lipsyncs_v2/post-apilipsyncs>.
    pub fn generate(&self, request: LipsyncV2Request) -> Call<Job> {
        Call::new(self.client, PaidRequest::LipsyncV2(request))
    }

    /// Reads one job. Costs nothing.
    ///
    /// # Errors
    ///
    /// [`Unreachable`](crate::ErrorKind::Unreachable) and the refusals of a read.
    pub async fn get(&self, id: &str) -> Result<JobState, Error> {
        let operation = creatify_core::Operation::LipsyncV2Generate;
        self.client
            .look_at(&job_ref(operation, id)?, Priority::Poll)
            .await
    }
}

fn job_ref(operation: creatify_core::Operation, id: &str) -> Result<JobRef, Error> {
    JobRef::new(operation, id).map_err(|error| {
        Error::new(crate::ErrorKind::Invalid, error.to_string())
            .hint("a job id is what create printed, a UUID")
            .because(error)
    })
}
