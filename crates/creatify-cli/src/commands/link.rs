//! `creatify link`: product pages that the service reads, the raw material of link videos.

use creatify::{Link, Quote};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::fail::Fail;
use crate::output;
use crate::paid::{self, ApprovalArgs, Bought};

/// Product pages read by the service; their ids are what link videos are made from.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Have the service read a page, and print the id of the link. Paid.
    Create(CreateArgs),
    /// Read a link. Costs nothing.
    Get {
        /// Id that `link create` printed.
        id: String,
    },
}

/// What is read, and permission to pay for it.
#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    /// Address of the page.
    url: String,
    #[command(flatten)]
    approval: ApprovalArgs,
}

/// What `link create` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CreatedLink {
    link: Link,
    quote: Option<Quote>,
}

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let session = global.session()?;
    match command {
        Command::Create(args) => {
            let call = session.for_quotes().link().create(&args.url);
            let bought = paid::buy(global, &session, call, &args.approval).await?;
            let Some(Bought {
                answer: link,
                quote,
                ..
            }) = bought
            else {
                return Ok(());
            };
            let created = CreatedLink { link, quote };
            let printed = global.output().data(&created, || created.link.id.clone());
            // The link is paid for: its id must not be lost with standard output.
            printed.inspect_err(|_| output::note(&format!("link: {}", created.link.id)))
        }
        Command::Get { id } => {
            let link = session.for_sending()?.link().get(&id).await?;
            global.output().data(&link, || in_words(&link))
        }
    }
}

fn in_words(link: &Link) -> String {
    let mut text = output::facts(&[
        ("id", Some(link.id.clone())),
        ("url", link.url.clone()),
        ("title", link.title.clone()),
        ("description", link.description.clone()),
    ]);
    for (kind, urls) in [("image", &link.image_urls), ("video", &link.video_urls)] {
        for url in urls {
            text.push_str(&format!("{kind}: {url}\n"));
        }
    }
    text
}
