//! A paid call in three types: asked, quoted, approved. Only the last one can be sent.
//!
//! `Call` has a request and no price, [`QuotedCall`] has a price and no permission, and
//! [`Approved`] has both and a reservation in a budget. Each step consumes the one before, so code
//! that never asked for the price does not compile, and an approved call is sent once because
//! sending consumes it. No paid request is ever repeated here.

use std::marker::PhantomData;

use creatify_core::budget::Ask;
use creatify_core::job::VideoMark;
use creatify_core::pricing::Prices as _;
use creatify_core::script::{Language, Pace};
use creatify_core::{Credits, Day, Length, Model, Quote, QuoteRequest};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::budget::{Budget, Reservation};
use crate::journal::Journal;
use crate::paid::PaidRequest;
use crate::send::{Purchase, Sent, earlier_video, send};
use crate::{Client, Error, ErrorKind, JobState, failure};

/// What an accepted call gives: a [`Job`](crate::Job) to wait for, or a [`Link`](crate::Link) at
/// once. Sealed: the API decides which operations there are.
pub trait Answer: Sized + sealed::Sealed {}

pub(crate) mod sealed {
    use super::Accepted;

    pub trait Sealed: Sized {
        /// Builds the answer from what the service said; `None` when that holds no id.
        ///
        /// What is dropped then keeps its reservation: it was sent.
        fn accept(accepted: Accepted) -> Option<Self>;
    }
}

/// A 2xx answer and all that the call knew.
#[derive(Debug)]
pub struct Accepted {
    pub(crate) client: Client,
    pub(crate) request: PaidRequest,
    pub(crate) quote: Option<Quote>,
    pub(crate) reservation: Option<Reservation>,
    pub(crate) earlier_bill: Option<Credits>,
    pub(crate) earlier_video: Option<VideoMark>,
    pub(crate) answer: Value,
}

/// How the request's text is spoken.
#[derive(Debug, Clone, Copy)]
struct Speech {
    language: Language,
    pace: Pace,
}

/// A paid call that has not been priced.
#[derive(Debug)]
#[must_use = "a call does nothing until it is quoted, approved and sent"]
pub struct Call<A> {
    client: Client,
    request: PaidRequest,
    length: Option<Length>,
    model: Option<Model>,
    on: Option<Day>,
    earlier_bill: Option<Credits>,
    before: Option<JobState>,
    speech: Option<Speech>,
    tags: Vec<String>,
    answer: PhantomData<fn() -> A>,
}

impl<A> Clone for Call<A> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            request: self.request.clone(),
            length: self.length,
            model: self.model,
            on: self.on,
            earlier_bill: self.earlier_bill,
            before: self.before.clone(),
            speech: self.speech,
            tags: self.tags.clone(),
            answer: PhantomData,
        }
    }
}

impl<A: Answer> Call<A> {
    pub(crate) fn new(client: &Client, request: PaidRequest) -> Self {
        Self {
            client: client.clone(),
            request,
            length: None,
            model: None,
            on: None,
            earlier_bill: None,
            before: None,
            speech: None,
            tags: Vec::new(),
            answer: PhantomData,
        }
    }

    /// States how long the video will be, where the request does not say. It is quoted and never
    /// sent.
    pub fn length(mut self, length: Length) -> Self {
        self.length = Some(length);
        self
    }

    /// Estimates how long the video will be from what is spoken in it, where neither the request nor
    /// [`length`](Self::length) says.
    ///
    /// The quote is then a range that names the assumption `length-from-script`; the approval
    /// reserves the longer end.
    ///
    /// ```
    /// # use creatify::{Client, LipsyncV2Request, Scene};
    /// use creatify::core::script::{Language, Pace};
    ///
    /// # fn quote(client: &Client) -> Result<(), creatify::Error> {
    /// let script = "Three reasons to try it.";
    /// let quoted = client
    ///     .lipsync_v2()
    ///     .generate(LipsyncV2Request::new().scene(Scene::speaking("avatar", "voice", script)))
    ///     .length_from_script(Language::English, Pace::Natural)
    ///     .quote()?;
    /// # Ok(()) }
    /// ```
    pub fn length_from_script(mut self, language: Language, pace: Pace) -> Self {
        self.speech = Some(Speech { language, pace });
        self
    }

    /// Counts this call against the limits of that tag, of a [`Budget`] and of a ledger; may be
    /// called for several.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// States which model the preview was made with, where a render's request does not say. It is
    /// quoted and never sent; without it the standard model is taken.
    pub fn model(mut self, model: Model) -> Self {
        self.model = Some(model);
        self
    }

    /// Quotes by the prices of this day instead of today's.
    pub fn on(mut self, day: Day) -> Self {
        self.on = Some(day);
        self
    }

    /// States what the same job was billed before, as for a preview that is now rendered.
    ///
    /// Nothing says whether the second bill of one id holds the last call or the sum of both; with
    /// this, either is understood.
    pub fn after_bill(mut self, earlier_bill: Credits) -> Self {
        self.earlier_bill = Some(earlier_bill);
        self
    }

    /// States how the job that is rendered was read last, so that it need not be read once more.
    pub(crate) fn after_reading(mut self, state: JobState) -> Self {
        self.before = Some(state);
        self
    }

    pub(crate) fn request(&self) -> &PaidRequest {
        &self.request
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Checks the request and prices it. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the request breaks a documented limit,
    /// [`ErrorKind::LengthUnknown`] when neither the request nor [`length`](Self::length) says how
    /// long the video will be, [`ErrorKind::PriceUnknown`] when no price is known.
    pub fn quote(self) -> Result<QuotedCall<A>, Error> {
        self.request.check()?;
        let quote = self.price()?;
        Ok(QuotedCall {
            call: self,
            quote: Some(quote),
            cap: None,
        })
    }

    /// Goes on without a quote, spending at most `cap` as far as the budget is concerned.
    ///
    /// For prices and lengths this crate does not know. The cap is reserved instead of a quote;
    /// the service knows nothing of it and charges what it charges. Logged as a warning.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the request breaks a documented limit.
    pub fn without_quote(self, cap: Credits) -> Result<QuotedCall<A>, Error> {
        self.request.check()?;
        tracing::warn!(operation = %self.request.operation(), %cap, "a paid call without a quote");
        Ok(QuotedCall {
            call: self,
            quote: None,
            cap: Some(cap),
        })
    }

    /// The amount with everything that a budget may limit it by.
    fn ask(&self, amount: Credits) -> Ask {
        let journal = self.client.journal().map(Journal::tags);
        let tags = journal.into_iter().flatten().chain(&self.tags);
        tags.fold(
            Ask::new(amount).on(self.client.timer().today()),
            |ask, tag| ask.tagged(tag.as_str()),
        )
    }

    pub(crate) fn price(&self) -> Result<Quote, Error> {
        let priced = self.request.priced()?;
        let on = self.on.unwrap_or_else(|| self.client.timer().today());
        let mut request = QuoteRequest::new(priced.operation);
        if let Some(model) = priced.model.or(self.model) {
            request = request.with_model(model);
        }
        if let Some(previews) = priced.previews {
            request = request.with_previews(previews);
        }
        if priced.operation.takes_length() {
            request = match (priced.length.or(self.length), self.speech) {
                (Some(length), _) => request.with_length(length),
                (None, Some(speech)) => {
                    request.with_script(self.request.spoken(speech.language, speech.pace)?)
                }
                (None, None) => {
                    let message = format!(
                        "{} does not state how long the video will be",
                        priced.operation
                    );
                    return Err(Error::new(ErrorKind::LengthUnknown, message)
                        .hint("give the length in seconds; it is quoted and never sent"));
                }
            };
        }
        let card = self.client.rate_book().on(on);
        card.quote(&request).map_err(failure::of_price)
    }
}

/// A paid call and its price, without permission.
#[derive(Debug)]
#[must_use = "a quoted call does nothing until it is approved and sent"]
pub struct QuotedCall<A> {
    call: Call<A>,
    quote: Option<Quote>,
    cap: Option<Credits>,
}

impl<A: Answer> QuotedCall<A> {
    /// The price; `None` after [`Call::without_quote`].
    #[must_use]
    pub fn quote(&self) -> Option<&Quote> {
        self.quote.as_ref()
    }

    /// The most this call may cost: what an approval reserves.
    #[must_use]
    pub fn max(&self) -> Credits {
        self.quote
            .as_ref()
            .map_or(self.cap.unwrap_or(Credits::ZERO), Quote::max)
    }

    /// The exact request, with the keys masked, for a dry run.
    #[must_use]
    pub fn request(&self) -> RequestPreview {
        RequestPreview::of(&self.call.client, &self.call.request)
    }

    /// An amount with everything that a budget may limit this call by.
    pub(crate) fn ask(&self, amount: Credits) -> Ask {
        self.call.ask(amount)
    }

    pub(crate) fn tags(&self) -> &[String] {
        &self.call.tags
    }

    /// Reserves the most this call may cost. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OverBudget`] when one of the budget's limits has less than that left.
    pub fn approve(self, budget: &Budget) -> Result<Approved<Self>, Error> {
        let reservation = budget.reserve(self.ask(self.max()))?;
        Ok(Approved {
            of: self,
            reservation,
        })
    }

    pub(crate) fn approved_by(self, reservation: Reservation) -> Approved<Self> {
        Approved {
            of: self,
            reservation,
        }
    }
}

/// Permission to spend: something priced, and a reservation for the most it may cost.
///
/// Dropping it gives the reservation back; nothing was sent.
#[derive(Debug)]
#[must_use = "an approved call does nothing until it is sent"]
pub struct Approved<T> {
    pub(crate) of: T,
    pub(crate) reservation: Reservation,
}

impl<A: Answer> Approved<QuotedCall<A>> {
    /// The price that was approved.
    #[must_use]
    pub fn quote(&self) -> Option<&Quote> {
        self.of.quote()
    }

    /// Credits set aside for this call.
    #[must_use]
    pub fn reserved(&self) -> Credits {
        self.reservation.amount()
    }

    /// Sends the request, once.
    ///
    /// A job that is to be rendered is read before, so that a video it has already is not taken for
    /// the new one. With a [`Journal`](crate::Journal) the request is written down first, and an attempt that
    /// provably was not carried out may be followed by another, each let out by the ledger's gate.
    ///
    /// # Errors
    ///
    /// [`is_not_sent`](Error::is_not_sent) and [`is_rejected`](Error::is_rejected): nothing was
    /// spent, the reservation is free again. [`is_outcome_unknown`](Error::is_outcome_unknown):
    /// the request may have been received; the reservation stays, and nothing is sent again.
    /// [`send_outcome`](Self::send_outcome) tells the four apart as an enum.
    pub async fn send(self) -> Result<A, Error> {
        match self.send_outcome().await {
            Outcome::Accepted(answer) => Ok(answer),
            Outcome::NotSent(error) | Outcome::Rejected(error) | Outcome::Unknown(error) => {
                Err(error)
            }
        }
    }

    /// Sends the request, once, and says what came of it.
    pub async fn send_outcome(self) -> Outcome<A> {
        let span = tracing::info_span!(
            "paid_call",
            operation = %self.of.call.request.operation(),
            reserved = %self.reservation.amount(),
            outcome = Empty,
        );
        let outcome = self.carry_out().instrument(span.clone()).await;
        span.record("outcome", outcome.word());
        outcome
    }

    async fn carry_out(self) -> Outcome<A> {
        let Self {
            of: QuotedCall { call, quote, .. },
            mut reservation,
        } = self;
        let Call {
            client,
            request,
            earlier_bill,
            before,
            tags,
            ..
        } = call;
        let operation = request.operation();
        tracing::info!(%operation, reserved = %reservation.amount(), "sending a paid request");
        reservation.mark_sent(client.meter(), operation);
        let price = reservation.amount();
        let earlier_video = earlier_video(&client, &request, before).await;
        let purchase = Purchase {
            request: &request,
            quote: quote.as_ref(),
            tags: &tags,
            price,
            earlier_video,
        };
        let answer = match send(&client, &purchase).await {
            Sent::Answered(answer) => answer,
            Sent::Unsent(error) => {
                reservation.void();
                return Outcome::NotSent(error);
            }
            Sent::Refused(error) => {
                reservation.void();
                return Outcome::Rejected(error);
            }
            Sent::InDoubt(error) => {
                tracing::warn!(%operation, %error, "the outcome of a paid request is unknown");
                return Outcome::Unknown(error);
            }
        };
        let accepted = Accepted {
            client,
            request,
            quote,
            reservation: Some(reservation),
            earlier_bill,
            earlier_video,
            answer,
        };
        match A::accept(accepted) {
            Some(answer) => Outcome::Accepted(answer),
            None => Outcome::Unknown(failure::no_id(operation)),
        }
    }
}

/// What came of a paid request. There is no fifth case.
#[derive(Debug)]
pub enum Outcome<A> {
    /// It provably never left this machine. Nothing was spent; sending again is safe.
    NotSent(Error),
    /// The service refused it. Nothing was spent.
    Rejected(Error),
    /// The service has it.
    Accepted(A),
    /// It may have been received. The reservation stays; find out before sending again.
    Unknown(Error),
}

impl<A> Outcome<A> {
    /// Its name in a trace.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::NotSent(_) => "not_sent",
            Self::Rejected(_) => "rejected",
            Self::Accepted(_) => "accepted",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// A request as it would be sent, for a dry run: keys masked, everything else exact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RequestPreview {
    /// Always `POST`.
    pub method: String,
    /// Full address.
    pub url: String,
    /// Headers, the two keys masked.
    pub headers: std::collections::BTreeMap<String, String>,
    /// Body, where there is one.
    pub body: Option<Value>,
}

impl RequestPreview {
    fn of(client: &Client, request: &PaidRequest) -> Self {
        let masked = ["X-API-ID", "X-API-KEY"].map(|name| (name.to_owned(), "***".to_owned()));
        let body = request.to_json();
        let mut headers = std::collections::BTreeMap::from(masked);
        if body.is_some() {
            headers.insert("Content-Type".to_owned(), "application/json".to_owned());
        }
        let url = format!("{}{}", client.base_url(), request.path());
        Self {
            method: "POST".to_owned(),
            url,
            headers,
            body,
        }
    }
}
