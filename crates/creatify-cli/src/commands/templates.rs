//! `creatify templates`: the account's templates to choose from.

use crate::cli::Global;
use crate::fail::Fail;
use crate::output;

/// The account's templates: their ids are what requests call template_id.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List every template. Costs nothing.
    List,
}

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let Command::List = command;
    let session = global.session()?;
    let templates = session.for_sending()?.templates().list().await?;
    global.output().data(&templates, || {
        let rows: Vec<[String; 2]> = templates
            .iter()
            .map(|template| [template.id.clone(), output::or_dash(template.name.as_ref())])
            .collect();
        output::table(["ID", "NAME"], &rows)
    })
}
