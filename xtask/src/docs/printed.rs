//! What one page prints, in one form for every shape of page.
//!
//! A reader fills in what its shape can show; what a page does not print stays absent.

use serde_json::Value;

use super::{fields::Field, price::Price};

/// How a copy of a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Text with the names and types of fields lost.
    Flattened,
    /// Text of the whole page, one thing a line.
    Full,
    /// Prose with calls and samples.
    Tutorial,
    /// The page's Markdown with its OpenAPI block.
    MintlifyMd,
    /// Months with what changed in each.
    Changelog,
    /// Prose and tables, without an operation.
    Prose,
}

impl Shape {
    /// The shape as `pages.toml` names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shape::Flattened => "flattened",
            Shape::Full => "full",
            Shape::Tutorial => "tutorial",
            Shape::MintlifyMd => "mintlify-md",
            Shape::Changelog => "changelog",
            Shape::Prose => "prose",
        }
    }

    /// What a field of this shape says when it says anything; other facts are not printed here.
    pub const fn shows(self) -> &'static [&'static str] {
        match self {
            Shape::Flattened => &["default", "enum", "maxLength", "x-expires-hours"],
            Shape::Full => &[
                "type",
                "items",
                "format",
                "nullable",
                "required",
                "readOnly",
                "default",
                "enum",
                "maxLength",
                "minLength",
                "minimum",
                "maximum",
                "x-expires-hours",
                "deprecated",
            ],
            Shape::MintlifyMd => &[
                "type",
                "items",
                "required",
                "enum",
                "format",
                "default",
                "maxLength",
                "minLength",
                "maximum",
                "minimum",
                "exclusiveMaximum",
                "exclusiveMinimum",
                "multipleOf",
                "maxItems",
                "minItems",
                "uniqueItems",
                "pattern",
                "nullable",
                "readOnly",
                "writeOnly",
                "deprecated",
            ],
            Shape::Tutorial | Shape::Changelog | Shape::Prose => &[],
        }
    }
}

/// One operation, as far as the page prints it.
#[derive(Clone, Debug, Default)]
pub struct PrintedOperation {
    /// Method in lower case.
    pub method: String,
    /// Path with its trailing slash, identifiers as `{id}`.
    pub path: String,
    /// Parameters of path and query.
    pub parameters: Vec<Field>,
    /// Fields of the request, and whether all of them are listed.
    pub request: Option<Vec<Field>>,
    /// Fields of the answer, and whether all of them are listed.
    pub response: Option<Vec<Field>>,
    /// Code of the answer that means success.
    pub code: Option<String>,
    /// Keys of the webhook.
    pub webhook: Option<Vec<Field>>,
    /// A sample of the request.
    pub request_sample: Option<Value>,
    /// Samples of what the webhook carries.
    pub webhook_sample: Option<Value>,
    /// Prices that belong to it.
    pub prices: Vec<Price>,
    /// The status that ends the wait and the field read then.
    pub ready: Option<(String, String)>,
    /// The operation in OpenAPI 3.0.3, where the page has it, with the schemas it reaches.
    pub block: Option<Block>,
}

/// An operation and its schemas, as assembled from a page's block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The OpenAPI operation object, facts only.
    pub operation: Value,
    /// `components.schemas`, facts only.
    pub schemas: Value,
}

/// What a month of the changelog says.
#[derive(Clone, Debug, PartialEq)]
pub struct Month {
    /// The month, `YYYY-MM`.
    pub month: String,
    /// The prices it names.
    pub prices: Vec<Price>,
}

/// One plan of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintedPlan {
    /// Title as printed.
    pub title: String,
    /// Credits a month.
    pub credits: Option<u32>,
    /// Price of a month in US cents.
    pub cents: Option<u32>,
}

/// A statement that was met and not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Its line on the page, from 1.
    pub line: usize,
    /// Its first words.
    pub words: String,
}

/// Everything one page prints.
#[derive(Clone, Debug, Default)]
pub struct Printed {
    /// Its operations, in order.
    pub operations: Vec<PrintedOperation>,
    /// Its months, where it is a changelog.
    pub months: Vec<Month>,
    /// Its plans.
    pub plans: Vec<PrintedPlan>,
    /// Statements that align with nothing.
    pub odd: Vec<Odd>,
    /// Fields whose statement is gone, by path.
    pub gone: Vec<(Direction, String)>,
    /// Facts that the shape cannot show.
    pub not_printed: Vec<String>,
}

/// Which way a field travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To the service.
    Request,
    /// From the service.
    Response,
    /// From the service, unasked.
    Webhook,
}

/// The first eight words of a statement, enough to find it by.
pub fn first_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(8).collect();
    words.join(" ")
}
