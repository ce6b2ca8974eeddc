//! Previews first, or every video at once: what each costs, and up to which share of kept
//! previews the first is the cheaper way.
//!
//! A preview and the render of it are two paid calls. Both ways end with the same choice of
//! videos: one pays for all previews and the renders of those that are kept, the other for all
//! videos. Where prices are in doubt every comparison is made at both ends of the range.

use core::fmt;

use super::{Operation, Prices, QuoteError, QuoteRequest, Ratio, Totals, list};
use crate::credits::Credits;

/// A preview, the render of one, and the direct way to the same video.
struct Way {
    preview: Operation,
    render: Operation,
    direct: Operation,
}

const fn way(preview: Operation, render: Operation, direct: Operation) -> Way {
    Way {
        preview,
        render,
        direct,
    }
}

/// Every way there is. Of two with the same direct way, the first is taken in its place: a list
/// of previews makes several versions of one video, not several videos.
const WAYS: [Way; 7] = [
    way(
        Operation::AiEditingPreview,
        Operation::AiEditingRender,
        Operation::AiEditingGenerate,
    ),
    way(
        Operation::AiShortPreview,
        Operation::AiShortRender,
        Operation::AiShortGenerate,
    ),
    way(
        Operation::CustomTemplatePreview,
        Operation::CustomTemplateRender,
        Operation::CustomTemplateGenerate,
    ),
    way(
        Operation::LinkToVideoPreview,
        Operation::LinkToVideoRender,
        Operation::LinkToVideoGenerate,
    ),
    way(
        Operation::LinkToVideoPreviewList,
        Operation::LinkToVideoRenderSinglePreview,
        Operation::LinkToVideoGenerate,
    ),
    way(
        Operation::LipsyncPreview,
        Operation::LipsyncRender,
        Operation::LipsyncGenerate,
    ),
    way(
        Operation::LipsyncV2Preview,
        Operation::LipsyncV2Render,
        Operation::LipsyncV2Generate,
    ),
];

/// Previews, of which some are rendered, beside the same videos made directly.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::{Cheaper, PreviewFirst};
/// use creatify_core::{Operation, QuoteRequest, RateCard, Seconds};
///
/// let nine_previews = QuoteRequest::new(Operation::LinkToVideoPreviewList)
///     .with_length(Seconds::from_whole(30)?)
///     .with_previews(9);
/// let cost = PreviewFirst::of_previews(&nine_previews)?.cost(&RateCard::latest())?;
/// assert_eq!(cost.direct().to_string(), "45 credits"); // 9 x 5
/// // (1 to 9) + 1 x 4
/// let one_kept = cost.with_renders(1).ok_or("more renders than previews")?;
/// assert_eq!(one_kept.to_string(), "5 to 13 credits, likely 13");
/// assert_eq!(cost.cheaper(one_kept), Cheaper::PreviewFirst);
/// // Even if all are kept: 9 + 9 x 4 = 45.
/// let border = cost.break_even().surely.ok_or("previews alone are dearer")?;
/// assert_eq!((border.renders, border.share.map(|share| share.to_string())), (9, Some("1".into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PreviewFirst {
    previews: QuoteRequest,
    render: QuoteRequest,
    direct: QuoteRequest,
    videos: u64,
}

impl PreviewFirst {
    /// The way that begins with this request for one preview or several.
    ///
    /// Each render, and each direct video, has the length and the model of the previews.
    ///
    /// # Errors
    ///
    /// When the operation makes no preview.
    pub fn of_previews(previews: &QuoteRequest) -> Result<PreviewFirst, NotPreviewed> {
        let operation = previews.operation();
        let found = WAYS.iter().find(|way| way.preview == operation);
        let way = found.ok_or(NotPreviewed { operation })?;
        let usage = previews.usage();
        // OK because a product of two numbers below 2^32 is below 2^64.
        let videos = u64::from(usage.count).wrapping_mul(u64::from(usage.previews));
        Ok(PreviewFirst::new(*previews, way, previews, videos))
    }

    /// The way in place of this request for one direct video or several: each is previewed by a
    /// call of its own.
    ///
    /// # Errors
    ///
    /// When the operation has no previews that are rendered later.
    pub fn instead_of(direct: &QuoteRequest) -> Result<PreviewFirst, NotPreviewed> {
        let operation = direct.operation();
        let found = WAYS.iter().find(|way| way.direct == operation);
        let way = found.ok_or(NotPreviewed { operation })?;
        let previews = single(way.preview, direct).with_count(direct.usage().count);
        let videos = u64::from(direct.usage().count);
        Ok(PreviewFirst::new(previews, way, direct, videos))
    }

    fn new(previews: QuoteRequest, way: &Way, like: &QuoteRequest, videos: u64) -> PreviewFirst {
        PreviewFirst {
            previews,
            render: single(way.render, like),
            direct: single(way.direct, like),
            videos,
        }
    }

    /// All previews.
    #[must_use]
    pub const fn previews(&self) -> &QuoteRequest {
        &self.previews
    }

    /// One render.
    #[must_use]
    pub const fn render(&self) -> &QuoteRequest {
        &self.render
    }

    /// One video made directly.
    #[must_use]
    pub const fn direct(&self) -> &QuoteRequest {
        &self.direct
    }

    /// What both ways cost.
    ///
    /// # Errors
    ///
    /// As for [`Prices::totals`] of each request; also when all of it together does not fit.
    pub fn cost(&self, prices: &(impl Prices + ?Sized)) -> Result<PreviewFirstCost, QuoteError> {
        let times = |totals: Totals| totals.checked_mul(self.videos).ok_or(QuoteError::TooLarge);
        let previews = prices.totals(&self.previews)?;
        let render = prices.totals(&self.render)?;
        let all_renders = times(render)?;
        // So that no part of it can be too large later.
        let all = previews.checked_add(all_renders);
        all.ok_or(QuoteError::TooLarge)?;
        Ok(PreviewFirstCost {
            videos: self.videos,
            previews,
            render,
            all_renders,
            direct: times(prices.totals(&self.direct)?)?,
        })
    }
}

/// A request for one video of the same model and length.
fn single(operation: Operation, like: &QuoteRequest) -> QuoteRequest {
    let mut request = QuoteRequest::new(operation);
    if let Some(model) = like.model() {
        request = request.with_model(model);
    }
    match like.usage().length {
        Some(length) => request.with_length(length),
        None => request,
    }
}

/// What [`PreviewFirst`] costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PreviewFirstCost {
    videos: u64,
    previews: Totals,
    render: Totals,
    all_renders: Totals,
    direct: Totals,
}

impl PreviewFirstCost {
    /// The number of previews, and of the videos in their place.
    #[must_use]
    pub const fn videos(&self) -> u64 {
        self.videos
    }

    /// All previews, without a render.
    #[must_use]
    pub const fn previews(&self) -> Totals {
        self.previews
    }

    /// One render.
    #[must_use]
    pub const fn render(&self) -> Totals {
        self.render
    }

    /// All videos made directly.
    #[must_use]
    pub const fn direct(&self) -> Totals {
        self.direct
    }

    /// All previews and so many renders; `None` for more renders than previews.
    #[must_use]
    pub fn with_renders(&self, renders: u64) -> Option<Totals> {
        if renders > self.videos {
            return None;
        }
        self.previews.checked_add(self.render.checked_mul(renders)?)
    }

    /// What is to be expected where that share of the previews is rendered in the long run;
    /// `None` for a share above 1.
    ///
    /// Where the share is none of whole renders, the least is cut down to a thousandth of a
    /// credit, and the likely amount and the most are raised to one.
    ///
    /// # Example
    ///
    /// ```
    /// use creatify_core::pricing::PreviewFirst;
    /// use creatify_core::{Operation, QuoteRequest, RateCard, Seconds};
    ///
    /// let hundred = QuoteRequest::new(Operation::CustomTemplateGenerate)
    ///     .with_length(Seconds::from_whole(45)?)
    ///     .with_count(100);
    /// let cost = PreviewFirst::instead_of(&hundred)?.cost(&RateCard::latest())?;
    /// let expected = cost.expected("12.5%".parse()?).ok_or("a share above 1")?;
    /// assert_eq!(expected.to_string(), "300 credits"); // 100 x 2 x 1 + 12.5 x 2 x 4
    /// assert_eq!(cost.direct().to_string(), "1000 credits"); // 100 x 2 x 5
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn expected(&self, share: Ratio) -> Option<Totals> {
        if share > Ratio::ONE {
            return None;
        }
        let all = self.all_renders;
        let renders = Totals::of(
            Credits::from_millicredits(share.floor_of(all.min().millicredits())?),
            Credits::from_millicredits(share.ceil_of(all.likely().millicredits())?),
            Credits::from_millicredits(share.ceil_of(all.max().millicredits())?),
        );
        self.previews.checked_add(renders)
    }

    /// Which way is cheaper, where previews and renders together come to that range.
    #[must_use]
    pub fn cheaper(&self, preview_first: Totals) -> Cheaper {
        if preview_first.max() <= self.direct.min() {
            Cheaper::PreviewFirst
        } else if self.direct.max() <= preview_first.min() {
            Cheaper::Direct
        } else {
            Cheaper::Open
        }
    }

    /// Up to where previews first cost no more than the direct way.
    #[must_use]
    pub fn break_even(&self) -> BreakEven {
        let (previews, render, direct) = (self.previews, self.render, self.direct);
        BreakEven {
            surely: self.border(previews.max(), render.max(), direct.min()),
            likely: self.border(previews.likely(), render.likely(), direct.likely()),
            possibly: self.border(previews.min(), render.min(), direct.max()),
        }
    }

    /// The border at these prices: `previews + renders x render <= direct`.
    fn border(&self, previews: Credits, render: Credits, direct: Credits) -> Option<Border> {
        let left = direct.checked_sub(previews)?.millicredits();
        let render = render.millicredits();
        let renders = left.checked_div(render).unwrap_or(self.videos);
        // `None` where renders cost nothing, and nowhere else: all of them were found to fit.
        let all = render.checked_mul(self.videos).unwrap_or(0);
        Some(Border {
            renders: renders.min(self.videos),
            share: Ratio::new(left, all),
        })
    }
}

/// Which of two ways costs less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cheaper {
    /// Previews first cost no more, at every reading of the prices.
    PreviewFirst,
    /// The direct way costs no more, at every reading of the prices.
    Direct,
    /// It depends on what is in doubt.
    Open,
}

impl Cheaper {
    /// The name: `preview-first`, `direct` or `open`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Cheaper::PreviewFirst => "preview-first",
            Cheaper::Direct => "direct",
            Cheaper::Open => "open",
        }
    }
}

impl fmt::Display for Cheaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Up to where previews first cost no more than the direct way; each `None` where not even
/// previews without a render do.
///
/// As prices are ranges, so is this: between `surely` and `possibly` it depends on what is in
/// doubt. The ends take every doubt for itself, also where a doubt would move both ways alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BreakEven {
    /// At the most that previews and renders can cost, against the least of the direct way.
    pub surely: Option<Border>,
    /// At the likely prices.
    pub likely: Option<Border>,
    /// At the least that previews and renders can cost, against the most of the direct way.
    pub possibly: Option<Border>,
}

/// The last point where previews first cost no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Border {
    /// The most renders, never more than there are previews.
    pub renders: u64,
    /// The share of rendered previews at which both ways cost the same, exactly. Above 1 where
    /// previews first are cheaper whatever is kept; `None` where renders cost nothing.
    pub share: Option<Ratio>,
}

/// The operation makes no previews that are rendered later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotPreviewed {
    /// What was asked for.
    pub operation: Operation,
}

impl fmt::Display for NotPreviewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} makes no previews that are rendered later; previews are made by ",
            self.operation
        )?;
        list(f, WAYS.iter().map(|way| way.preview))?;
        f.write_str(", in place of ")?;
        let is_first = |at: usize, way: &Way| {
            let first = WAYS.iter().position(|other| other.direct == way.direct);
            first == Some(at)
        };
        let each = WAYS
            .iter()
            .enumerate()
            .filter(|(at, way)| is_first(*at, way));
        list(f, each.map(|(_, way)| way.direct))
    }
}

impl core::error::Error for NotPreviewed {}
