//! The bills of a ledger in the columns of FOCUS, the FinOps Open Cost and Usage Specification 1.2
//! (<https://focus.finops.org/focus-specification/v1-2/>), with credits as the pricing currency.
//!
//! What FOCUS asks for and the ledger cannot know is left empty and named here:
//!
//! - The credits are bought by a monthly plan, so that no single call is invoiced: `BilledCost` is 0,
//!   and the other costs are the plan's average, where a plan is named. Without one they are empty,
//!   and the table is not complete FOCUS.
//! - The billing period is the calendar month in UTC; when a plan's own month begins is not known.
//! - A row names a unit and its price only where they come to the bill to the last thousandth.
//!   Any other row is priced in credits, one at a time: nothing shows which price was charged.

use std::collections::BTreeMap;

use creatify_core::pricing::{LineItem, Plan, Rate, Unit};
use creatify_core::{Credits, Day, Length, Month, QuoteRequest, RateCard};
use creatify_ledger::{Attempt, Export, Intent, Quoted, UnixMillis};
use serde::Serialize;
use serde_json::Value;

use super::{Number, bills, reserved};

/// Days in UTC, both ends included; an end that is not named is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
}

impl Period {
    fn contains(self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The bills of a ledger, one row each, and what is not billed yet.
///
/// ```
/// use creatify::ledger::{Ledger, MemoryLedger};
/// use creatify::spend::{Focus, Period};
///
/// let ledger = MemoryLedger::new();
/// let table = Focus::of(&ledger.export()?, Period::default(), None);
/// assert!(table.to_csv()?.starts_with("BilledCost,BillingAccountId,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Focus {
    /// The bills, by the time the call was sent.
    pub rows: Vec<FocusRow>,
    /// How many calls were sent in that period and are not billed yet; they have no row.
    pub open: usize,
    /// What is reserved for those.
    pub reserved: Credits,
}

impl Focus {
    /// Reads the bills of calls that were sent in that period; costs in dollars are the average of
    /// `plan`.
    #[must_use]
    pub fn of(export: &Export, period: Period, plan: Option<Plan>) -> Focus {
        let is_within = |attempt: &Attempt| {
            let day = attempt.sent_at.day();
            day.is_some_and(|day| period.contains(day))
        };
        let mut table = Focus {
            rows: Vec::new(),
            open: 0,
            reserved: Credits::ZERO,
        };
        for intent in &export.intents {
            let within = bills(intent).filter(|(attempt, _)| is_within(attempt));
            let rows =
                within.filter_map(|(attempt, bill)| FocusRow::of(intent, attempt, bill, plan));
            table.rows.extend(rows);
            if intent.newest().is_some_and(is_within) {
                for amount in reserved(intent) {
                    table.open += 1;
                    // OK because the ledger's own sum of all reservations fits.
                    let sum = table.reserved.checked_add(amount);
                    table.reserved = sum.unwrap_or(Credits::MAX);
                }
            }
        }
        let sent = |row: &FocusRow| (row.charge_period_start.clone(), row.intent_id.clone());
        table.rows.sort_by_key(sent);
        table
    }

    /// The table as CSV with a head line, also where it has no row.
    ///
    /// # Errors
    ///
    /// None that is known: every row has the columns of the head.
    pub fn to_csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .from_writer(Vec::new());
        writer.write_record(FocusRow::COLUMNS)?;
        for row in &self.rows {
            writer.serialize(row)?;
        }
        let bytes = writer
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Writes the row's type and the list of its columns from one list.
macro_rules! columns {
    ($($(#[$doc:meta])* $name:literal $field:ident: $type:ty,)+) => {
        /// One bill in the columns of FOCUS 1.2, by name; those of our own begin with `x_`.
        ///
        /// A column that is always empty stands here because the specification wants it present.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub struct FocusRow {
            $($(#[$doc])* #[serde(rename = $name)] pub $field: $type,)+
        }

        impl FocusRow {
            /// The names of the columns, in the order of the table.
            pub const COLUMNS: &'static [&'static str] = &[$($name),+];
        }
    };
}

columns! {
    /// Always 0: calls are paid from the plan's allowance, not invoiced.
    "BilledCost" billed_cost: Number,
    /// The ledger's name for who pays; never a key.
    "BillingAccountId" billing_account_id: String,
    /// Always empty.
    "BillingAccountName" billing_account_name: Option<String>,
    /// `USD`, the currency of the plans.
    "BillingCurrency" billing_currency: &'static str,
    /// The first moment of the next calendar month in UTC.
    "BillingPeriodEnd" billing_period_end: String,
    /// The first moment of the calendar month in UTC.
    "BillingPeriodStart" billing_period_start: String,
    /// `Usage`.
    "ChargeCategory" charge_category: &'static str,
    /// Always empty: no row corrects another.
    "ChargeClass" charge_class: Option<String>,
    /// What was made, and how its price comes about where that is proved.
    "ChargeDescription" charge_description: String,
    /// `Usage-Based`.
    "ChargeFrequency" charge_frequency: &'static str,
    /// When the bill was posted, or the end of the billing period if that is earlier.
    "ChargePeriodEnd" charge_period_end: String,
    /// When the call was sent, in UTC.
    "ChargePeriodStart" charge_period_start: String,
    /// Always empty: there are no commitments.
    "CommitmentDiscountStatus" commitment_discount_status: Option<String>,
    /// Seconds of video where they are known, else the number of jobs.
    "ConsumedQuantity" consumed_quantity: Number,
    /// `Seconds` or `Jobs`.
    "ConsumedUnit" consumed_unit: &'static str,
    /// As `ListCost`.
    "ContractedCost" contracted_cost: Option<Number>,
    /// As `ListUnitPrice`.
    "ContractedUnitPrice" contracted_unit_price: Option<Number>,
    /// The bill in dollars at the plan's average; empty without a plan.
    "EffectiveCost" effective_cost: Option<Number>,
    /// Always empty.
    "InvoiceId" invoice_id: Option<String>,
    /// `Creatify`.
    "InvoiceIssuerName" invoice_issuer_name: &'static str,
    /// The bill in dollars at the plan's average; empty without a plan.
    "ListCost" list_cost: Option<Number>,
    /// One pricing unit in dollars at the plan's average; empty without a plan.
    "ListUnitPrice" list_unit_price: Option<Number>,
    /// `Standard`.
    "PricingCategory" pricing_category: &'static str,
    /// `Credits`.
    "PricingCurrency" pricing_currency: &'static str,
    /// As `PricingCurrencyListUnitPrice`.
    "PricingCurrencyContractedUnitPrice" pricing_currency_contracted_unit_price: Number,
    /// The bill in credits.
    "PricingCurrencyEffectiveCost" pricing_currency_effective_cost: Number,
    /// One pricing unit in credits.
    "PricingCurrencyListUnitPrice" pricing_currency_list_unit_price: Number,
    /// Pricing units; times the unit's price it is the bill.
    "PricingQuantity" pricing_quantity: Number,
    /// Such as `30 Seconds`; `Credits` where no unit is proved.
    "PricingUnit" pricing_unit: String,
    /// `Creatify`.
    "ProviderName" provider_name: &'static str,
    /// `Creatify`.
    "PublisherName" publisher_name: &'static str,
    /// The job's id, once known.
    "ResourceId" resource_id: Option<String>,
    /// Always empty.
    "ResourceName" resource_name: Option<String>,
    /// The job's resource, such as `lipsync-v2`.
    "ResourceType" resource_type: Option<String>,
    /// `AI and Machine Learning`.
    "ServiceCategory" service_category: &'static str,
    /// `Creatify API`.
    "ServiceName" service_name: &'static str,
    /// `Generative AI`.
    "ServiceSubcategory" service_subcategory: &'static str,
    /// Operation and model.
    "SkuId" sku_id: String,
    /// What the price goes by, such as `Video Length`.
    "SkuMeter" sku_meter: &'static str,
    /// Always empty.
    "SkuPriceDetails" sku_price_details: Option<String>,
    /// Operation, model and price.
    "SkuPriceId" sku_price_id: String,
    /// Campaign and tags as a JSON object in text; empty without any.
    "Tags" tags: Option<String>,
    /// The attempt, from 1.
    "x_Attempt" attempt: u32,
    /// The call's name in the ledger.
    "x_IntentId" intent_id: String,
    /// The likely amount of its quote, in credits.
    "x_QuotedLikely" quoted_likely: Option<Number>,
    /// The most its quote said, in credits.
    "x_QuotedMax" quoted_max: Option<Number>,
    /// The least its quote said, in credits.
    "x_QuotedMin" quoted_min: Option<Number>,
    /// Where the call stands, such as `settled` or `settled-failed`.
    "x_State" state: &'static str,
}

impl FocusRow {
    /// The row of one bill; `None` for a time outside the calendar.
    fn of(
        intent: &Intent,
        attempt: &Attempt,
        bill: Credits,
        plan: Option<Plan>,
    ) -> Option<FocusRow> {
        let day = attempt.sent_at.day()?;
        let (period_start, period_end) = billing_period(day.month())?;
        let price = Price::of(intent, day, bill);
        let usd = |credits: Credits| plan.map(|plan| Number::usd(credits, plan));
        let quoted =
            |end: fn(&Quoted) -> Credits| intent.quoted.as_ref().map(end).map(Number::from);
        let (consumed_quantity, consumed_unit) = consumed(intent);
        let sku_id = sku(intent);
        Some(FocusRow {
            billed_cost: Number::ZERO,
            billing_account_id: intent.account.clone(),
            billing_account_name: None,
            billing_currency: "USD",
            charge_period_end: charge_end(attempt.sent_at, intent.changed_at, &period_end),
            charge_period_start: attempt.sent_at.to_string(),
            billing_period_end: period_end,
            billing_period_start: period_start,
            charge_category: "Usage",
            charge_class: None,
            charge_description: format!("{sku_id}: {}", price.words),
            charge_frequency: "Usage-Based",
            commitment_discount_status: None,
            consumed_quantity,
            consumed_unit,
            contracted_cost: usd(bill),
            contracted_unit_price: usd(price.of_a_unit),
            effective_cost: usd(bill),
            invoice_id: None,
            invoice_issuer_name: VENDOR,
            list_cost: usd(bill),
            list_unit_price: usd(price.of_a_unit),
            pricing_category: "Standard",
            pricing_currency: CREDITS,
            pricing_currency_contracted_unit_price: price.of_a_unit.into(),
            pricing_currency_effective_cost: bill.into(),
            pricing_currency_list_unit_price: price.of_a_unit.into(),
            pricing_quantity: price.units,
            sku_price_id: format!("{sku_id}/{} per {}", price.of_a_unit, price.unit),
            pricing_unit: price.unit,
            provider_name: VENDOR,
            publisher_name: VENDOR,
            resource_id: intent.job_id().map(str::to_owned),
            resource_name: None,
            resource_type: intent.job_id().map(|_| resource(intent).to_owned()),
            service_category: "AI and Machine Learning",
            service_name: "Creatify API",
            service_subcategory: "Generative AI",
            sku_id,
            sku_meter: meter(intent, day),
            sku_price_details: None,
            tags: tags(intent),
            attempt: attempt.number,
            intent_id: intent.id.to_string(),
            quoted_likely: quoted(|quoted| quoted.totals.likely()),
            quoted_max: quoted(|quoted| quoted.totals.max()),
            quoted_min: quoted(|quoted| quoted.totals.min()),
            state: intent.state.as_str(),
        })
    }
}

const VENDOR: &str = "Creatify";
const CREDITS: &str = "Credits";

/// How a bill comes about.
struct Price {
    words: String,
    unit: String,
    units: Number,
    of_a_unit: Credits,
}

impl Price {
    /// The line of the price table that comes to the bill, else credits one at a time.
    fn of(intent: &Intent, day: Day, bill: Credits) -> Price {
        let line = intent
            .quoted
            .as_ref()
            .and_then(|quoted| line(intent, quoted, day));
        match line.filter(|line| line.credits() == bill && line.units() > 0) {
            Some(line) => Price {
                words: line.to_string(),
                unit: unit(line.rate().unit()),
                units: Number::whole(line.units()),
                of_a_unit: line.rate().credits_per_unit(),
            },
            None => Price {
                words: format!("{bill} credits"),
                unit: CREDITS.to_owned(),
                units: bill.into(),
                of_a_unit: Credits::from_millicredits(1_000),
            },
        }
    }
}

/// The likely line of the published price on that day.
fn line(intent: &Intent, quoted: &Quoted, day: Day) -> Option<LineItem> {
    let usage = quoted.usage;
    let mut request = QuoteRequest::new(intent.operation).with_count(usage.count);
    if let Some(model) = intent.model {
        request = request.with_model(model);
    }
    if let Some(length) = usage.length {
        request = request.with_length(length);
    }
    if intent.operation.takes_previews() {
        request = request.with_previews(usage.previews);
    }
    if let Some(credits) = usage.catalogue_credits {
        request = request.with_catalogue_credits(credits);
    }
    let quote = RateCard::on(day).quote(&request).ok()?;
    quote.lines().first().cloned()
}

/// A unit as FOCUS writes it.
fn unit(unit: Unit) -> String {
    match unit {
        Unit::Time { seconds: 1 } => "Seconds".to_owned(),
        Unit::Time { seconds } => format!("{seconds} Seconds"),
        Unit::Image => "Images".to_owned(),
        Unit::Link => "Links".to_owned(),
        _ => "Requests".to_owned(),
    }
}

/// What the price of an operation goes by on that day.
fn meter(intent: &Intent, day: Day) -> &'static str {
    match RateCard::on(day)
        .rate(intent.operation, intent.model)
        .map(Rate::unit)
    {
        Some(Unit::Time { .. }) => "Video Length",
        Some(Unit::Image) => "Images",
        Some(Unit::Link) => "Links",
        _ => "Requests",
    }
}

/// Seconds where the length is known, else jobs.
fn consumed(intent: &Intent) -> (Number, &'static str) {
    let Some(usage) = intent.quoted.as_ref().map(|quoted| quoted.usage) else {
        return (Number::whole(1), "Jobs");
    };
    let times = u64::from(usage.count) * u64::from(usage.previews);
    match usage.length {
        // OK because 86,400,000 ms times two numbers of 32 bits that were priced.
        Some(Length::Known(length)) => (
            Number::thousandths(u64::from(length.millis()).saturating_mul(times)),
            "Seconds",
        ),
        _ => (Number::whole(times), "Jobs"),
    }
}

fn sku(intent: &Intent) -> String {
    match intent.model {
        Some(model) => format!("{}/{model}", intent.operation),
        None => intent.operation.to_string(),
    }
}

/// The part of the operation's name before the phase.
fn resource(intent: &Intent) -> &'static str {
    let name = intent.operation.as_str();
    name.split_once('.').map_or(name, |(resource, _)| resource)
}

/// Campaign and tags, as FOCUS writes key and value; a tag without a value is `true`.
fn tags(intent: &Intent) -> Option<String> {
    // Sorted, whatever order JSON objects keep.
    let mut tags = BTreeMap::new();
    for tag in &intent.tags {
        tags.insert(tag.clone(), Value::Bool(true));
    }
    if let Some(campaign) = &intent.campaign {
        tags.insert("campaign".to_owned(), Value::String(campaign.clone()));
    }
    match tags.is_empty() {
        true => None,
        false => serde_json::to_string(&tags).ok(),
    }
}

/// The first moments of that month and of the next one.
fn billing_period(month: Month) -> Option<(String, String)> {
    let next = month.last_day().next();
    let midnight = |day: Day| format!("{day}T00:00:00Z");
    // The last month there is has no next one.
    (next > month.last_day()).then(|| (midnight(month.first_day()), midnight(next)))
}

/// The moment of the bill, a second after the call at least, and within the billing period.
fn charge_end(sent: UnixMillis, billed: UnixMillis, period_end: &str) -> String {
    let after = UnixMillis(sent.0.saturating_add(1_000));
    // Moments in this form sort as they are read.
    billed.max(after).to_string().min(period_end.to_owned())
}
