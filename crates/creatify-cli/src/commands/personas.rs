//! `creatify personas`: the stock avatars to choose from.

use crate::cli::Global;
use crate::fail::Fail;
use crate::output;

/// Stock avatars: their ids are what requests call avatar_id.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List every stock avatar. Costs nothing.
    List,
}

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let Command::List = command;
    let session = global.session()?;
    let personas = session.for_sending()?.personas().list().await?;
    global.output().data(&personas, || {
        let rows: Vec<[String; 4]> = personas
            .iter()
            .map(|persona| {
                [
                    persona.id.clone(),
                    output::or_dash(persona.name.as_ref()),
                    output::or_dash(persona.gender.as_ref()),
                    output::or_dash(persona.scene.as_ref()),
                ]
            })
            .collect();
        output::table(["ID", "NAME", "GENDER", "SCENE"], &rows)
    })
}
