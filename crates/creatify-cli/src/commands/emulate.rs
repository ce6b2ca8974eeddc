//! `creatify emulate`: the service on one's own machine, for other processes to talk to.

use std::path::{Path, PathBuf};

use creatify::emulator::{Billing, Clock, Emulator, Recording, RecordingError, Scenario, seed};

use crate::fail::{Exit, Fail};
use crate::output;
use crate::stop::Stop;

/// Run the emulator of the service on 127.0.0.1 until Ctrl-C.
///
/// The first line on standard output is `listening on http://127.0.0.1:PORT`, with --json too.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Port; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Let time run so many times as fast as it does; above 0, at most 1000000.
    #[arg(
        long,
        value_name = "FACTOR",
        conflicts_with = "is_virtual",
        allow_negative_numbers = true
    )]
    speed: Option<f64>,
    /// Let each read of a job move time to the job's next step, so that nothing has to wait.
    #[arg(long = "virtual")]
    is_virtual: bool,
    /// Balance at the start.
    #[arg(long, default_value = "1000", allow_negative_numbers = true)]
    credits: String,
    /// What ids and durations are derived from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Which reading of the prices is charged.
    #[arg(long, value_enum, default_value_t = BillingArg::Likely)]
    billing: BillingArg,
    /// Inject the faults of this script (TOML), and start with its settings.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Emulate nothing: pass requests on to CREATIFY_BASE_URL, or to the vendor, and save each
    /// exchange here without keys. What is paid there is paid.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["replay", "script"])]
    record: Option<PathBuf>,
    /// Emulate nothing: answer from the exchanges saved here.
    #[arg(long, value_name = "DIR", conflicts_with = "script")]
    replay: Option<PathBuf>,
}

/// The readings of the prices.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum BillingArg {
    /// The cheapest.
    Min,
    /// The likely one.
    Likely,
    /// The dearest.
    Max,
}

impl Args {
    fn clock(&self) -> Clock {
        match (self.is_virtual, self.speed) {
            (true, _) => Clock::VirtualByRequest,
            (false, Some(factor)) => Clock::Times(factor),
            (false, None) => Clock::Real,
        }
    }

    fn billing(&self) -> Billing {
        match self.billing {
            BillingArg::Min => Billing::Min,
            BillingArg::Likely => Billing::Likely,
            BillingArg::Max => Billing::Max,
        }
    }
}

pub(crate) async fn run(args: Args) -> Result<(), Fail> {
    let mut stop = Stop::listen()?;
    if let Some(recording) = recording(&args).await? {
        output::line(&format!("listening on {}", recording.url()))?;
        stop.asked().await;
        return Ok(());
    }
    let (clock, billing) = (args.clock(), args.billing());
    let mut builder = Emulator::builder()
        .port(args.port)
        .clock(clock)
        .credits(&args.credits)
        .seed(args.seed)
        .billing(billing);
    if let Some(file) = &args.script {
        builder = builder.scenario(&script(file)?);
    }
    let emulator = builder.start().await.map_err(refused)?;
    output::line(&format!("listening on {}", emulator.url()))?;
    output::note(&notes(&emulator));
    stop.asked().await;
    Ok(())
}

/// A recording, when one is asked for in place of an emulator.
async fn recording(args: &Args) -> Result<Option<Recording>, Fail> {
    let recording = match (&args.record, &args.replay) {
        (Some(folder), _) => {
            let url = std::env::var("CREATIFY_BASE_URL");
            let url = url.unwrap_or_else(|_| creatify::DEFAULT_BASE_URL.to_owned());
            Recording::record(folder, &url, args.port).await
        }
        (None, Some(folder)) => Recording::replay(folder, args.port).await,
        (None, None) => return Ok(None),
    };
    recording.map(Some).map_err(|error| {
        let exit = match error {
            RecordingError::Serve(_) => Exit::Other,
            _ => Exit::Usage,
        };
        Fail::new(exit, "recording", error.to_string()).because(&error)
    })
}

fn script(file: &Path) -> Result<Scenario, Fail> {
    let wrong = |message: String| Fail::new(Exit::Usage, "script", message);
    let text = std::fs::read_to_string(file)
        .map_err(|error| wrong(format!("{}: {error}", file.display())))?;
    Scenario::from_toml(&text).map_err(|error| wrong(error.to_string()))
}

/// A setting out of range is wrong usage; a port that is taken is not.
fn refused(error: creatify::emulator::StartError) -> Fail {
    use creatify::emulator::StartError;
    let exit = match error {
        StartError::Credits { .. } | StartError::Factor => Exit::Usage,
        _ => Exit::Other,
    };
    let kind = if exit == Exit::Usage {
        "invalid"
    } else {
        "emulator"
    };
    Fail::new(exit, kind, error.to_string()).because(&error)
}

/// The keys and ids that the emulator knows. They open nothing but emulators.
fn notes(emulator: &Emulator) -> String {
    format!(
        "export CREATIFY_BASE_URL={}\n\
         export CREATIFY_API_ID={}\n\
         export CREATIFY_API_KEY={}\n\
         templates: {} (15 s), {} (30 s), {} (45 s), {} (10.4 s)\n\
         avatars: {}, {}, {}\n\
         voices: {}, {}, {}\n\
         stop with Ctrl-C",
        emulator.url(),
        emulator.api_id(),
        emulator.api_key(),
        seed::TEMPLATE_15_SECONDS,
        seed::TEMPLATE_30_SECONDS,
        seed::TEMPLATE_45_SECONDS,
        seed::TEMPLATE_10_4_SECONDS,
        seed::PERSONA_ADA,
        seed::PERSONA_BEN,
        seed::PERSONA_CLEO,
        seed::VOICE_CALM,
        seed::VOICE_BRIGHT,
        seed::VOICE_BRIGHT_BRITISH,
    )
}
