//! Links: product pages that the service has read, the raw material of link videos.

use creatify_core::{Credits, JobRef, Operation, Quote};
use creatify_ledger::News;
use serde::Serialize;
use serde_json::Value;

use crate::call::{Accepted, Answer, Call, sealed};
use crate::fleet::Priority;
use crate::paid::PaidRequest;
use crate::state::text;
use crate::{Client, Error, ErrorKind};

/// Product pages read by the service. Made by [`Client::link`].
#[derive(Debug, Clone, Copy)]
pub struct Links<'c> {
    pub(crate) client: &'c Client,
}

impl Links<'_> {
    /// Has the service read a page; 1 credit for a link by observation.
    ///
    /// The answer comes at once: there is no job to wait for.
    ///
    /// Source: <https://docs.creatify.ai/api-reference/links/post-apilinks>.
    pub fn create(&self, url: impl Into<String>) -> Call<Link> {
        Call::new(self.client, PaidRequest::Link { url: url.into() })
    }

    /// Reads one link. Costs nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] and the refusals of a read.
    pub async fn get(&self, id: &str) -> Result<Link, Error> {
        let request = self.client.ask(self.client.api().links_retrieve(id));
        let answer = self.client.in_turn(Priority::Poll, request).await?;
        Link::read(&answer).ok_or_else(|| {
            Error::new(
                ErrorKind::Unreachable,
                "the answer is no link: it has no id",
            )
        })
    }
}

/// A page the service has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Link {
    /// The id that other requests take: the outer one of the two that the service answers.
    pub id: String,
    /// The page's address.
    pub url: Option<String>,
    /// Title found on the page.
    pub title: Option<String>,
    /// Description found on the page.
    pub description: Option<String>,
    /// Images found on the page.
    pub image_urls: Vec<String>,
    /// Videos found on the page.
    pub video_urls: Vec<String>,
}

impl Link {
    fn read(answer: &Value) -> Option<Self> {
        let content = answer.get("link").unwrap_or(&Value::Null);
        let all = |field: &str| {
            let items = content
                .get(field)
                .and_then(Value::as_array)
                .map_or(&[][..], Vec::as_slice);
            items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        Some(Self {
            id: text(answer, "id")?,
            url: text(answer, "url").or_else(|| text(content, "url")),
            title: text(content, "title"),
            description: text(content, "description"),
            image_urls: all("image_urls"),
            video_urls: all("video_urls"),
        })
    }
}

impl sealed::Sealed for Link {
    /// A link is billed at once, at the quoted price: the answer names no bill.
    fn accept(accepted: Accepted) -> Option<Self> {
        accepted.request.id_in(&accepted.answer)?;
        let link = Self::read(&accepted.answer)?;
        if let Some(reservation) = accepted.reservation {
            let bill = accepted
                .quote
                .as_ref()
                .map_or(reservation.amount(), Quote::likely);
            reservation.settle(bill);
            note_end(&accepted.client, &link, bill);
        }
        Some(link)
    }
}

impl Answer for Link {}

/// Tells the ledger, where there is one, what the link is taken to have cost.
fn note_end(client: &Client, link: &Link, bill: Credits) {
    if let (Some(journal), Ok(made)) = (
        client.journal(),
        JobRef::new(Operation::LinkCreate, link.id.as_str()),
    ) {
        let news = News::Finished {
            bill,
            ran_for: None,
        };
        journal.job_ended(&made, &news, client.timer());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_outer_id_is_the_link() {
        let answer = json!({"id": "outer", "link": {"id": "inner", "title": "Lamp"}});
        let link = Link::read(&answer).expect("has an id");
        assert_eq!(
            (link.id.as_str(), link.title.as_deref()),
            ("outer", Some("Lamp"))
        );
    }
}
