//! Preview, pick, render: two paid calls under one approval.
//!
//! The quote covers both calls and the approval reserves the most both can cost, so a flow that
//! was begun can be finished within its budget. The render's share is given back when nothing is
//! picked. Each call is still sent at most once.

use creatify_core::{Credits, Length, Model, Quote, Seconds, Totals};

use crate::budget::{Budget, Reservation};
use crate::call::{Approved, Call, QuotedCall};
use crate::job::{Finished, Job};
use crate::paid::PaidRequest;
use crate::requests::CustomTemplateRequest;
use crate::state::Preview;
use crate::wait::Wait;
use crate::{Client, Error, ErrorKind, JobState};

/// What is rendered once the preview is there.
#[derive(Debug, Clone)]
pub(crate) enum Renders {
    /// The previewed template job, with the same request.
    CustomTemplate(CustomTemplateRequest),
    /// One preview of a list, made with this model.
    OneOfList(Model),
}

impl Renders {
    /// The render of job `id`; `media_job` names the preview where there are several.
    fn request(&self, id: String, media_job: Option<String>) -> PaidRequest {
        match self {
            Self::CustomTemplate(request) => PaidRequest::CustomTemplateRender {
                id,
                request: request.clone(),
            },
            Self::OneOfList(_) => PaidRequest::LinkRenderPreview {
                id,
                media_job: media_job.unwrap_or_default(),
            },
        }
    }
}

impl Renders {
    /// The render as a call, priced by the model and length of what is rendered.
    fn call(
        &self,
        client: &Client,
        id: String,
        media_job: Option<String>,
        length: Option<Length>,
    ) -> Call<Job> {
        let mut call = Call::new(client, self.request(id, media_job));
        if let Self::OneOfList(model) = self {
            call = call.model(*model);
        }
        match length {
            Some(length) => call.length(length),
            None => call,
        }
    }
}

/// A preview and the render of it, not priced yet.
#[derive(Debug, Clone)]
#[must_use = "a flow does nothing until it is quoted, approved and sent"]
pub struct PreviewThenRender {
    preview: Call<Job>,
    renders: Renders,
    length: Option<Length>,
}

impl PreviewThenRender {
    pub(crate) fn new(preview: Call<Job>, renders: Renders) -> Self {
        Self {
            preview,
            renders,
            length: None,
        }
    }

    /// States how long the video will be, where the request does not say. It is quoted and never
    /// sent.
    pub fn length(mut self, length: Length) -> Self {
        self.preview = self.preview.length(length);
        self.length = Some(length);
        self
    }

    /// Checks the request and prices both calls. Sends nothing.
    ///
    /// # Errors
    ///
    /// As [`Call::quote`].
    pub fn quote(self) -> Result<QuotedFlow, Error> {
        let length = match self.length {
            Some(length) => Some(length),
            None => self.preview.request().priced()?.length,
        };
        let client = self.preview.client().clone();
        // The render's price needs no id; the one it will have is not known before the preview.
        let (id, media_job) = ("preview".to_owned(), Some("one".to_owned()));
        let render = self.renders.call(&client, id, media_job, length).price()?;
        let preview = self.preview.quote()?;
        Ok(QuotedFlow {
            preview,
            render,
            renders: self.renders,
            length,
        })
    }
}

/// A preview and its render, priced.
#[derive(Debug)]
#[must_use = "a quoted flow does nothing until it is approved and sent"]
pub struct QuotedFlow {
    preview: QuotedCall<Job>,
    render: Quote,
    renders: Renders,
    length: Option<Length>,
}

impl QuotedFlow {
    /// The two quotes: previews first, then one render.
    #[must_use]
    pub fn quotes(&self) -> Vec<&Quote> {
        self.preview
            .quote()
            .into_iter()
            .chain([&self.render])
            .collect()
    }

    /// Both together.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PriceUnknown`] when the sum exceeds what credits can count.
    pub fn total(&self) -> Result<Totals, Error> {
        Totals::checked_sum(self.quotes().into_iter().map(Quote::totals)).ok_or_else(|| {
            Error::new(
                ErrorKind::PriceUnknown,
                "the sum of both quotes is out of range",
            )
        })
    }

    /// Reserves the most both calls can cost. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OverBudget`] when the budget has less than that left.
    pub fn approve(self, budget: &Budget) -> Result<Approved<Flow>, Error> {
        // When the second reservation fails, the first is dropped, and so is free again.
        let reservation = budget.reserve(self.preview.ask(self.render.max()))?;
        let preview = self.preview.approve(budget)?;
        let of = Flow {
            preview,
            renders: self.renders,
            length: self.length,
        };
        Ok(Approved { of, reservation })
    }
}

/// An approved preview and what follows it; the approval around it holds the render's share.
#[derive(Debug)]
pub struct Flow {
    preview: Approved<QuotedCall<Job>>,
    renders: Renders,
    length: Option<Length>,
}

impl Approved<Flow> {
    /// Credits set aside for both calls.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PriceUnknown`] when the sum exceeds what credits can count.
    pub fn total_reserved(&self) -> Result<Credits, Error> {
        self.reservation
            .amount()
            .checked_add(self.of.preview.reserved())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::PriceUnknown,
                    "the sum of both reservations is out of range",
                )
            })
    }

    /// Sends the preview, once.
    ///
    /// # Errors
    ///
    /// As [`Approved::send`] of a single call; the render's share is then free again.
    pub async fn send(self) -> Result<Previewing, Error> {
        let Flow {
            preview,
            renders,
            length,
        } = self.of;
        let tags = preview.of.tags().to_vec();
        let job = preview.send().await?;
        Ok(Previewing {
            job,
            render: RenderShare {
                reservation: self.reservation,
                renders,
                length,
                tags,
            },
        })
    }
}

/// The render's part of an approval.
#[derive(Debug)]
struct RenderShare {
    reservation: Reservation,
    renders: Renders,
    length: Option<Length>,
    /// What the preview was tagged with, and so the render is.
    tags: Vec<String>,
}

/// A preview in flight.
#[derive(Debug)]
#[must_use = "a preview runs on unseen until it is waited for"]
pub struct Previewing {
    job: Job,
    render: RenderShare,
}

impl Previewing {
    /// The job, before its preview is ready.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Waits until the preview is ready; see [`Job::wait`].
    ///
    /// # Errors
    ///
    /// As [`Wait`]; the render's share is then free again.
    pub async fn wait(self) -> Result<Previewed, Error> {
        self.wait_with(|wait| wait).await
    }

    /// Waits with settings of its own, as in `wait_with(|wait| wait.deadline(limit))`.
    ///
    /// # Errors
    ///
    /// As [`Wait`]; the render's share is then free again.
    pub async fn wait_with(self, settings: impl FnOnce(Wait) -> Wait) -> Result<Previewed, Error> {
        let client = self.job.client.clone();
        let finished = settings(self.job.wait()).await?;
        Ok(Previewed {
            client,
            finished,
            render: self.render,
        })
    }
}

/// A finished preview: look, then pick. Dropping it gives the render's share back.
#[derive(Debug)]
#[must_use = "nothing is rendered until one preview is picked and sent"]
pub struct Previewed {
    client: Client,
    finished: Finished,
    render: RenderShare,
}

impl Previewed {
    /// The previews to choose from; empty where the job has a single one.
    #[must_use]
    pub fn previews(&self) -> &[Preview] {
        &self.finished.state.previews
    }

    /// The finished preview job: its bill, its states.
    #[must_use]
    pub fn finished(&self) -> &Finished {
        &self.finished
    }

    /// Picks the one preview there is.
    ///
    /// # Errors
    ///
    /// As [`pick`](Self::pick).
    pub fn pick_only(self) -> Result<Approved<QuotedCall<Job>>, Error> {
        match self.previews() {
            [] => self.render_of(None),
            [_] => self.pick(0),
            several => Err(Error::new(
                ErrorKind::Invalid,
                format!("there are {} previews; say which one", several.len()),
            )),
        }
    }

    /// Picks a preview by its place in [`previews`](Self::previews), counted from 0.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when there is no such preview; [`ErrorKind::OverBudget`] when the
    /// video turned out longer than was approved, so that its render may cost more than was set
    /// aside. Nothing is sent, and the render's share is free again.
    pub fn pick(self, index: usize) -> Result<Approved<QuotedCall<Job>>, Error> {
        let Some(preview) = self.previews().get(index) else {
            let count = self.previews().len();
            let message = format!("there is no preview {index}; there are {count}, counted from 0");
            return Err(Error::new(ErrorKind::Invalid, message));
        };
        let media_job = preview.media_job.clone();
        self.render_of(Some(media_job))
    }

    fn render_of(self, media_job: Option<String>) -> Result<Approved<QuotedCall<Job>>, Error> {
        let RenderShare {
            reservation,
            renders,
            length,
            tags,
        } = self.render;
        let measured = measured_length(&self.finished.state, media_job.as_deref());
        let id = self.finished.state.id.clone();
        let call = renders.call(&self.client, id, media_job, measured.or(length));
        let call = tags.into_iter().fold(call, Call::tag);
        let call = match self.finished.bill() {
            Some(bill) => call.after_bill(bill),
            None => call,
        };
        let call = call.after_reading(self.finished.state);
        let quoted = call.quote()?;
        if quoted.max() > reservation.amount() {
            let message = format!(
                "the render may cost {} credits, {} were approved: the video is longer than quoted",
                quoted.max(),
                reservation.amount()
            );
            return Err(Error::new(ErrorKind::OverBudget, message)
                .hint("quote and approve the render by itself"));
        }
        Ok(quoted.approved_by(reservation))
    }
}

/// The length the service reports, which is better than the one that was announced.
fn measured_length(state: &JobState, media_job: Option<&str>) -> Option<Length> {
    let of_preview = media_job
        .and_then(|picked| {
            state
                .previews
                .iter()
                .find(|preview| preview.media_job == picked)
        })
        .and_then(|preview| preview.duration);
    of_preview
        .or(state.duration)
        .filter(|seconds| *seconds > Seconds::ZERO)
        .map(Length::Known)
}
