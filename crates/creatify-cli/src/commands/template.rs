//! `creatify template`: videos made from a template, in one go or previewed first.

use creatify::{CustomTemplateRequest, Operation};
use serde_json::{Value, json};

use crate::cli::Global;
use crate::fail::Fail;
use crate::paid::{self, JobArgs};
use crate::request::{self, BodyArgs, VariableArg};
use crate::text;

/// Any operation of the resource whose jobs are meant.
const OF: Operation = Operation::CustomTemplateGenerate;

/// Videos made from a template of the account.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make the video in one go, and print the job. Paid.
    Create(RequestArgs),
    /// Make a cheap preview, to be rendered later under the same id. Paid.
    Preview(RequestArgs),
    /// Render a preview. Paid; the length is read from the job where it is not given.
    Render(RenderArgs),
    /// Read a job. Costs nothing.
    Get {
        /// Job as it was printed, or its bare id.
        job: String,
    },
}

/// A template, its variables, and permission to pay.
#[derive(Debug, clap::Args)]
pub(crate) struct RequestArgs {
    /// Template, a UUID; `creatify templates list` names them.
    #[arg(long, value_name = "ID")]
    template_id: Option<String>,
    /// Value of a variable: NAME=text:VALUE, or avatar:ID, image:URL, video:URL, audio:URL,
    /// voiceover:ID. May be repeated.
    #[arg(long = "var", value_name = "NAME=KIND:VALUE", value_parser = request::variable)]
    variables: Vec<VariableArg>,
    #[command(flatten)]
    body: BodyArgs,
    #[command(flatten)]
    job: JobArgs,
}

/// A previewed job, and permission to pay for its render.
#[derive(Debug, clap::Args)]
pub(crate) struct RenderArgs {
    /// Previewed job as it was printed, or its bare id.
    #[arg(value_name = "JOB")]
    previewed: String,
    #[command(flatten)]
    request: RequestArgs,
}

impl RequestArgs {
    /// The body of a new job; a template without variables is sent an empty set of them.
    fn request(&self) -> Result<CustomTemplateRequest, Fail> {
        let mut body = self.body.base()?;
        if let Some(fields) = body.as_object_mut() {
            fields.entry("variables").or_insert_with(|| json!({}));
        }
        self.laid_over(body)
    }

    fn laid_over(&self, mut body: Value) -> Result<CustomTemplateRequest, Fail> {
        if let (Some(id), Some(fields)) = (&self.template_id, body.as_object_mut()) {
            fields.insert("template_id".to_owned(), json!(id));
        }
        let mut request = CustomTemplateRequest::from_json(body)?;
        for VariableArg { name, variable } in &self.variables {
            request = request.variable(name, variable.clone());
        }
        Ok(request::over_template(&self.body, request))
    }
}

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let session = global.session()?;
    let client = session.for_quotes();
    match command {
        Command::Create(args) => {
            let call = client.custom_template().generate(args.request()?);
            paid::run_job(global, &session, call, &args.job).await
        }
        Command::Preview(args) => {
            let call = client.custom_template().preview(args.request()?);
            paid::run_job(global, &session, call, &args.job).await
        }
        Command::Render(args) => {
            let id = request::job_id(&args.previewed, OF)?;
            let call = client
                .custom_template()
                .render(&id, args.request.laid_over(args.request.body.base()?)?);
            let templates = client.custom_template();
            let job = templates.get(&id);
            let call = paid::prepare_render(&session, call, job, None, &args.request.job).await?;
            paid::run_job(global, &session, call, &args.request.job).await
        }
        Command::Get { job } => {
            let id = request::job_id(&job, OF)?;
            let state = session.for_sending()?.custom_template().get(&id).await?;
            global.output().data(&state, || text::job(&state))
        }
    }
}
