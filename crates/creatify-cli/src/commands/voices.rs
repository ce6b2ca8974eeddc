//! `creatify voices`: the stock voices to choose from, one row an accent.

use crate::cli::Global;
use crate::fail::Fail;
use crate::output;

/// Stock voices: the ids of their accents are what requests call voice_id.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List every stock voice. Costs nothing.
    List,
}

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let Command::List = command;
    let session = global.session()?;
    let voices = session.for_sending()?.voices().list().await?;
    global.output().data(&voices, || {
        let rows: Vec<[String; 4]> = voices
            .iter()
            .flat_map(|voice| voice.accents.iter().map(move |accent| (voice, accent)))
            .map(|(voice, accent)| {
                [
                    accent.id.clone(),
                    voice.name.clone(),
                    output::or_dash(accent.name.as_ref()),
                    output::or_dash(voice.gender.as_ref()),
                ]
            })
            .collect();
        output::table(["ID", "NAME", "ACCENT", "GENDER"], &rows)
    })
}
