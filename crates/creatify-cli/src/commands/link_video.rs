//! `creatify link-video`: videos made from a product page, previewed in several styles first.

use creatify::{Model, Operation, PreviewListRequest};
use serde_json::json;

use crate::cli::Global;
use crate::fail::Fail;
use crate::paid::{self, JobArgs};
use crate::request::{self, BodyArgs};
use crate::text;
use crate::values;

/// Any operation of the resource whose jobs are meant.
const OF: Operation = Operation::LinkToVideoPreviewList;

/// Videos made from a link.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make one preview for each style, and print the job. Paid.
    PreviewList(PreviewListArgs),
    /// Render a preview. Paid; the length is read from the job where it is not given.
    Render(RenderArgs),
    /// Read a job with its previews. Costs nothing.
    Get {
        /// Job as it was printed, or its bare id.
        job: String,
    },
}

/// A link, the styles, and permission to pay.
#[derive(Debug, clap::Args)]
pub(crate) struct PreviewListArgs {
    /// Link, as `creatify link create` printed it.
    #[arg(long, value_name = "ID")]
    link: Option<String>,
    /// Length of each video in seconds.
    #[arg(long, value_name = "SECONDS", value_parser = ["15", "30", "45", "60"])]
    video_length: Option<String>,
    /// Visual style; one preview is made for each.
    #[arg(long = "style", value_name = "STYLE", num_args = 1..)]
    styles: Vec<String>,
    #[command(flatten)]
    body: BodyArgs,
    #[command(flatten)]
    job: JobArgs,
}

/// A preview, and permission to pay for its render.
#[derive(Debug, clap::Args)]
pub(crate) struct RenderArgs {
    /// Previewed job as it was printed, or its bare id.
    #[arg(value_name = "JOB")]
    previewed: String,
    /// Which preview of a list, as `link-video get` names it; leave it out where there is one.
    #[arg(long, value_name = "ID")]
    media_job: Option<String>,
    /// Model that the preview was made with; it is quoted and never sent.
    #[arg(long, value_parser = values::by_name::<Model>())]
    model: Option<Model>,
    #[command(flatten)]
    job: JobArgs,
}

impl PreviewListArgs {
    fn request(&self) -> Result<PreviewListRequest, Fail> {
        let mut request = PreviewListRequest::from_json(self.body.base()?)?;
        if let Some(link) = &self.link {
            request = request.set("link", json!(link));
        }
        let seconds: Option<u32> = self
            .video_length
            .as_ref()
            .and_then(|text| text.parse().ok());
        if let Some(seconds) = seconds {
            request = request.set("video_length", json!(seconds));
        }
        if !self.styles.is_empty() {
            request = request.visual_styles(&self.styles);
        }
        Ok(request::over_previews(&self.body, request))
    }
}

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let session = global.session()?;
    let videos = session.for_quotes().link_to_video();
    match command {
        Command::PreviewList(args) => {
            let call = videos.preview_list(args.request()?);
            paid::run_job(global, &session, call, &args.job).await
        }
        Command::Render(args) => {
            let id = request::job_id(&args.previewed, OF)?;
            let mut call = match &args.media_job {
                Some(media_job) => videos.render_single_preview(&id, media_job),
                None => videos.render(&id),
            };
            if let Some(model) = args.model {
                call = call.model(model);
            }
            let media_job = args.media_job.as_deref();
            let job = videos.get(&id);
            let call = paid::prepare_render(&session, call, job, media_job, &args.job).await?;
            paid::run_job(global, &session, call, &args.job).await
        }
        Command::Get { job } => {
            let id = request::job_id(&job, OF)?;
            let state = session.for_sending()?.link_to_video().get(&id).await?;
            global.output().data(&state, || text::job(&state))
        }
    }
}
