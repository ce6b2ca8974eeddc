//! One difference between a page and the document, with what accepting it would change.

use serde_json::Value;

use super::{price::Price, printed::Block};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A page could not be read.
    Unreadable,
    /// A page that the site no longer lists.
    PageGone,
    /// A page that `pages.toml` does not know.
    PageNew,
    /// A price.
    Price,
    /// What a request or an answer may be.
    Api,
    /// A correction of ours that the page has made itself.
    Correction,
    /// Words only.
    Text,
}

impl Class {
    /// The class as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Unreadable => "unreadable",
            Class::PageGone => "page-gone",
            Class::PageNew => "page-new",
            Class::Price => "price",
            Class::Api => "api",
            Class::Correction => "correction",
            Class::Text => "text",
        }
    }
}

/// What accepting a difference changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Nothing that a machine may do; a person looks.
    ByHand,
    /// Only the digest and the day of the page.
    Digest,
    /// A value of the document, none where it goes.
    Set {
        /// Where, as a JSON pointer into the document.
        pointer: String,
        /// The new value.
        value: Option<Value>,
    },
    /// One keyword of a property, none where it goes.
    Fact {
        /// The property, as a JSON pointer into the document.
        pointer: String,
        /// The keyword.
        key: String,
        /// The new value.
        value: Option<Value>,
    },
    /// Values of an enum.
    Values {
        /// The list, as a JSON pointer into the document.
        pointer: String,
        /// Values that came.
        added: Vec<Value>,
        /// Values that went.
        removed: Vec<Value>,
    },
    /// A property that came.
    AddField {
        /// The object, as a JSON pointer into the document.
        schema: String,
        /// Its name.
        name: String,
        /// Its schema, which may refer to `schemas`.
        property: Value,
        /// Whether it must be there.
        required: bool,
        /// Components that the schema refers to.
        schemas: Value,
    },
    /// A property that went, or has another name.
    RemoveField {
        /// The property, as a JSON pointer into the document.
        pointer: String,
        /// Its new name.
        renamed: Option<String>,
    },
    /// The code of success.
    Code {
        /// The operation, as a JSON pointer into the document.
        operation: String,
        /// The code it had.
        old: String,
        /// The code it has.
        new: String,
    },
    /// A price.
    Price {
        /// Ids in the price book that it holds for.
        operations: Vec<String>,
        /// The model, if the operation takes one.
        model: Option<String>,
        /// The price; none where the page prints none any more.
        price: Option<Price>,
        /// The month it begins in, where one is printed.
        month: Option<String>,
    },
    /// A plan of the price book.
    Plan {
        /// Its name in the price book.
        name: String,
        /// Credits a month.
        credits: Option<u32>,
        /// US cents a month.
        cents: Option<u32>,
    },
    /// An operation that came.
    Operation {
        /// Method in lower case.
        method: String,
        /// Path with its trailing slash.
        path: String,
        /// The operation and its schemas.
        block: Box<Block>,
        /// Its prices.
        prices: Vec<Price>,
    },
    /// A page that came, with its operations.
    Page {
        /// Its address.
        url: String,
        /// Its shape.
        shape: String,
        /// What it brings.
        operations: Vec<Change>,
    },
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What it is about.
    pub class: Class,
    /// What exactly: `enum`, `default`, `maxLength`, `field-new`, ...
    pub kind: String,
    /// Whether a caller breaks; none where that cannot be judged.
    pub breaking: Option<bool>,
    /// Where: a JSON pointer into the document, an id of the price book, or a page.
    pub place: String,
    /// Name of the field it is about, for grouping.
    pub name: String,
    /// The page.
    pub page: String,
    /// What `openapi/` says.
    pub old: Value,
    /// What the page says.
    pub new: Value,
    /// The month a price begins in.
    pub effective_from: Option<String>,
    /// What accepting it changes.
    pub change: Change,
}

impl Difference {
    /// A difference of the page `page` with nothing said of it yet.
    pub fn new(class: Class, kind: &str, place: impl Into<String>, page: &str) -> Self {
        Self {
            class,
            kind: kind.to_owned(),
            breaking: None,
            place: place.into(),
            name: String::new(),
            page: page.to_owned(),
            old: Value::Null,
            new: Value::Null,
            effective_from: None,
            change: Change::ByHand,
        }
    }

    /// With what was and what is.
    #[must_use]
    pub fn from_to(mut self, old: impl Into<Value>, new: impl Into<Value>) -> Self {
        self.old = old.into();
        self.new = new.into();
        self
    }

    /// With the judgement whether a caller breaks.
    #[must_use]
    pub fn breaking(mut self, breaking: Option<bool>) -> Self {
        self.breaking = breaking;
        self
    }

    /// With the name of its field.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// With what accepting it changes.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.change = change;
        self
    }
}
