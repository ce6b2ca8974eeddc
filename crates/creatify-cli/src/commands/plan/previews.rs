//! The rows of a workload that could be previewed first, or made directly.

use creatify::core::Totals;
use creatify::core::pricing::{Border, PreviewFirst, Prices, Ratio};
use creatify::{Model, Operation, QuoteRequest};
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::quote::file::TOLD;

/// Previews first against the direct way, over all rows that make videos or previews of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Previews {
    /// The share of previews that are rendered; null where none was named.
    #[schemars(with = "Option<String>")]
    pub(super) keep: Option<Share>,
    /// The first hundred of such rows.
    pub(super) rows: Vec<Compared>,
    /// All of them.
    pub(super) row_count: u64,
    /// All of their videos made directly; null where that does not fit.
    pub(super) direct: Option<Totals>,
    /// Previews first, with that share of them rendered; null where none was named, and where it
    /// does not fit.
    pub(super) preview_first: Option<Totals>,
}

/// One row.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Compared {
    /// The line of the file, counted from 1.
    pub(super) line: u64,
    /// What makes the previews.
    #[schemars(with = "String")]
    pub(super) preview: Operation,
    /// What renders one of them.
    #[schemars(with = "String")]
    pub(super) render: Operation,
    /// What makes the same video directly.
    #[schemars(with = "String")]
    pub(super) direct: Operation,
    #[schemars(with = "Option<String>")]
    pub(super) model: Option<Model>,
    /// The number of previews, and of the videos in their place.
    pub(super) videos: u64,
    /// What is paid either way.
    pub(super) credits: Ways,
    /// Up to where previews first cost no more than the direct way.
    pub(super) break_even: Ends,
    /// Which way is cheaper at the share that was named: `preview-first`, `direct`, or `open`
    /// where that depends on what is in doubt; null where none was named.
    pub(super) cheaper: Option<&'static str>,
}

/// What the ways cost.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Ways {
    /// All previews.
    pub(super) previews: Totals,
    /// One render.
    pub(super) render: Totals,
    /// All videos directly.
    pub(super) direct: Totals,
    /// All previews, and the share that was named rendered; null where none was.
    pub(super) preview_first: Option<Totals>,
}

/// A border for each reading of the prices; null where previews alone are dearer.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Ends {
    /// At every reading of the prices.
    pub(super) surely: Option<Point>,
    pub(super) likely: Option<Point>,
    /// At the one that favours previews most.
    pub(super) possibly: Option<Point>,
}

/// The last point where previews first cost no more.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Point {
    /// The most renders.
    pub(super) renders: u64,
    /// The exact share at which both ways cost the same, such as `29/30`; above 1 where previews
    /// first are cheaper even if all are kept; null where renders cost nothing.
    #[schemars(with = "Option<String>")]
    pub(super) share: Option<Share>,
}

/// A share, written as a fraction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share(pub(super) Ratio);

impl Serialize for Share {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Previews {
    pub(super) fn new(keep: Option<Ratio>) -> Self {
        Self {
            keep: keep.map(Share),
            rows: Vec::new(),
            row_count: 0,
            direct: Some(Totals::ZERO),
            preview_first: keep.map(|_| Totals::ZERO),
        }
    }

    /// Adds a row, where there are two ways to its videos and both have a price.
    pub(super) fn compare(&mut self, line: u64, prices: &impl Prices, request: &QuoteRequest) {
        let way = PreviewFirst::of_previews(request).or_else(|_| PreviewFirst::instead_of(request));
        let Ok(way) = way else { return };
        let Ok(cost) = way.cost(prices) else { return };
        let expected = self.keep.and_then(|Share(keep)| cost.expected(keep));
        let add = |sum: Option<Totals>, part: Option<Totals>| sum?.checked_add(part?);
        self.row_count += 1;
        self.direct = add(self.direct, Some(cost.direct()));
        self.preview_first = add(self.preview_first, expected);
        if self.rows.len() < TOLD {
            let borders = cost.break_even();
            self.rows.push(Compared {
                line,
                preview: way.previews().operation(),
                render: way.render().operation(),
                direct: way.direct().operation(),
                model: way.direct().model(),
                videos: cost.videos(),
                credits: Ways {
                    previews: cost.previews(),
                    render: cost.render(),
                    direct: cost.direct(),
                    preview_first: expected,
                },
                break_even: Ends {
                    surely: borders.surely.map(Point::from),
                    likely: borders.likely.map(Point::from),
                    possibly: borders.possibly.map(Point::from),
                },
                cheaper: expected.map(|expected| cost.cheaper(expected).as_str()),
            });
        }
    }
}

impl From<Border> for Point {
    fn from(border: Border) -> Self {
        Self {
            renders: border.renders,
            share: border.share.map(Share),
        }
    }
}
