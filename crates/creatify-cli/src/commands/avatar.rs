//! `creatify avatar`: videos in which an avatar speaks.

use creatify::{LipsyncV2Request, Operation, Scene};
use serde_json::json;

use crate::cli::Global;
use crate::fail::Fail;
use crate::paid::{self, JobArgs};
use crate::request::{self, BodyArgs};
use crate::script::{LENGTHS, SpeechArgs};
use crate::text;

/// Any operation of the resource whose jobs are meant.
const OF: Operation = Operation::LipsyncV2Generate;

/// Videos in which an avatar speaks, scene by scene.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make the video in one go, and print the job. Paid.
    Create(Box<CreateArgs>),
    /// Read a job. Costs nothing.
    Get {
        /// Job as it was printed, or its bare id.
        job: String,
    },
}

/// One scene, or a file with several, and permission to pay.
#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    /// Avatar; `creatify personas list` names them.
    #[arg(long, value_name = "ID", requires_all = ["voice", "text"])]
    avatar: Option<String>,
    /// Voice; `creatify voices list` names them.
    #[arg(long, value_name = "ID", requires = "avatar")]
    voice: Option<String>,
    /// What the avatar says, in one scene. It replaces the scenes of --file.
    #[arg(long, requires = "avatar")]
    text: Option<String>,
    #[command(flatten)]
    body: BodyArgs,
    /// Quote by how long the texts take to speak, instead of a length that is stated.
    #[arg(long, conflicts_with_all = LENGTHS)]
    length_from_script: bool,
    #[command(flatten)]
    speech: SpeechArgs,
    #[command(flatten)]
    job: JobArgs,
}

impl CreateArgs {
    fn request(&self) -> Result<LipsyncV2Request, Fail> {
        let mut request = LipsyncV2Request::from_json(self.body.base()?)?;
        if let (Some(avatar), Some(voice), Some(text)) = (&self.avatar, &self.voice, &self.text) {
            let scene = Scene::speaking(avatar, voice, text);
            request = request.set("video_inputs", json!([])).scene(scene);
        }
        Ok(request::over_avatar(&self.body, request))
    }
}

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let session = global.session()?;
    match command {
        Command::Create(args) => {
            let mut call = session.for_quotes().lipsync_v2().generate(args.request()?);
            if args.length_from_script {
                call = call.length_from_script(args.speech.language, args.speech.pace);
            }
            paid::run_job(global, &session, call, &args.job).await
        }
        Command::Get { job } => {
            let id = request::job_id(&job, OF)?;
            let state = session.for_sending()?.lipsync_v2().get(&id).await?;
            global.output().data(&state, || text::job(&state))
        }
    }
}
