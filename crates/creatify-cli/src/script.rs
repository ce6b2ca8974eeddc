//! How long something takes to speak, from the flags of a command.

use std::io::Read as _;
use std::path::PathBuf;

use creatify::core::script::{Language, Pace, ScriptLength};

use crate::fail::Fail;
use crate::values;

/// How a script is spoken.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SpeechArgs {
    /// Language of the script, such as en or pt-BR; without it the estimate spans all of them.
    #[arg(
        long,
        value_name = "TAG",
        default_value = "und",
        value_parser = values::by_name::<Language>(),
        hide_possible_values = true
    )]
    pub(crate) language: Language,
    /// How fast the script is spoken.
    #[arg(long, default_value = "natural", value_parser = values::by_name::<Pace>())]
    pub(crate) pace: Pace,
}

/// A script to quote by, where the length of the video is not known.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ScriptArgs {
    /// Estimate the length from this text that is spoken.
    #[arg(long, value_name = "TEXT", conflicts_with_all = LENGTHS)]
    script: Option<String>,
    /// Estimate the length from the text in this file, `-` for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "script", conflicts_with_all = LENGTHS)]
    script_file: Option<PathBuf>,
    #[command(flatten)]
    speech: SpeechArgs,
}

/// The flags that state a length.
pub(crate) const LENGTHS: [&str; 3] = ["seconds", "min_seconds", "max_seconds"];

impl ScriptArgs {
    /// The estimate; `None` where no script is given.
    pub(crate) fn length(&self) -> Result<Option<ScriptLength>, Fail> {
        let text = match (&self.script, &self.script_file) {
            (Some(text), _) => text.clone(),
            (None, Some(file)) => read(file)?,
            (None, None) => return Ok(None),
        };
        let SpeechArgs { language, pace } = self.speech;
        let length = ScriptLength::of(&text, language, pace);
        length
            .map(Some)
            .map_err(|error| Fail::invalid(error.to_string()))
    }
}

fn read(file: &PathBuf) -> Result<String, Fail> {
    let read = match file.as_os_str() == "-" {
        true => {
            let mut text = String::new();
            std::io::stdin()
                .lock()
                .read_to_string(&mut text)
                .map(|_| text)
        }
        false => std::fs::read_to_string(file),
    };
    read.map_err(|error| {
        Fail::invalid(format!("cannot read the script {}", file.display())).because(&error)
    })
}
