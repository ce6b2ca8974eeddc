//! A month held against each published plan.

use creatify::core::Totals;
use creatify::core::pricing::{AssumptionKind, EvenUse, Plan, PlanMonth};
use creatify::{Credits, Day};
use schemars::JsonSchema;
use serde::Serialize;

/// The cheapest plan whose credits are enough, for each end of what a month needs; null where no
/// published plan's are.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Cheapest {
    #[schemars(with = "Option<String>")]
    min: Option<Plan>,
    #[schemars(with = "Option<String>")]
    likely: Option<Plan>,
    /// The one to take for certain.
    #[schemars(with = "Option<String>")]
    pub(super) max: Option<Plan>,
}

impl Cheapest {
    pub(super) fn of(need: Totals) -> Self {
        Self {
            min: Plan::cheapest_for(need.min()),
            likely: Plan::cheapest_for(need.likely()),
            max: Plan::cheapest_for(need.max()),
        }
    }
}

/// A month held against one plan.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlanRow {
    #[schemars(with = "String")]
    pub(super) plan: Plan,
    /// The price of a month in US cents.
    pub(super) cents: u64,
    /// The credits a month brings.
    pub(super) credits: Credits,
    /// Whether they are enough: `surely`, `likely`, `possibly` or `no`.
    pub(super) enough: &'static str,
    /// What the month does not use of them.
    pub(super) left: Totals,
    /// What the month needs above them; nothing is published on what that costs.
    pub(super) short: Totals,
    /// The first day that they do not last to the end of; null where they last the month.
    pub(super) gone_on: Gone,
    /// The whole days before it.
    pub(super) days: Lasted,
}

/// A day for each end of what a month needs.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Gone {
    /// When the month needs the most.
    pub(super) earliest: Option<Day>,
    pub(super) likely: Option<Day>,
    /// When the month needs the least.
    pub(super) latest: Option<Day>,
}

/// A number of whole days for each end of what a month needs; null where the credits last the
/// month.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Lasted {
    min: Option<u64>,
    likely: Option<u64>,
    max: Option<u64>,
}

/// The month against every plan, and what is taken for granted with it.
pub(super) fn plans(on: Day, need: Totals) -> (Vec<PlanRow>, Vec<AssumptionKind>) {
    let mut kinds = Vec::new();
    let mut note = |kind| {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    };
    let row = |plan: &Plan| {
        let month = plan.month(need);
        for assumption in month.assumptions() {
            note(assumption.kind());
        }
        let row = PlanRow::of(on, month);
        if row.gone_on.earliest.is_some() {
            note(AssumptionKind::EvenUse);
        }
        row
    };
    let rows = Plan::ALL.iter().map(row).collect();
    (rows, kinds)
}

impl PlanRow {
    fn of(on: Day, month: PlanMonth) -> Self {
        let (plan, need) = (month.plan(), month.need());
        let allowance = plan.allowance();
        // Credits that are enough last until the next ones come.
        let gone = |need: Credits| {
            let evenly = EvenUse::a_month(need, on.month());
            let is_gone = need > allowance;
            let days = evenly.days_within(allowance).filter(|_| is_gone);
            (days, days.and_then(|_| evenly.gone_on(on, allowance)))
        };
        let (most, likely, least) = (gone(need.max()), gone(need.likely()), gone(need.min()));
        Self {
            plan,
            cents: plan.cents_a_month(),
            credits: allowance,
            enough: month.cover().as_str(),
            left: month.left(),
            short: month.short(),
            gone_on: Gone {
                earliest: most.1,
                likely: likely.1,
                latest: least.1,
            },
            days: Lasted {
                min: most.0,
                likely: likely.0,
                max: least.0,
            },
        }
    }
}
