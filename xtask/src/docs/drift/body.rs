//! One JSON value against its schema: what the compiled schema says is wrong, each error told as the
//! document's word against the service's, and fields that the document does not have.

use anyhow::Result;
use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
    paths::LocationSegment,
};
use serde_json::{Map, Value};

use super::{
    contract::{Contract, Operation, page_of},
    recording::REDACTED,
    report::{Class, Found, Seen},
};

/// So many errors of one value are told; a list can hold thousands.
const MOST: usize = 1_000;

/// What is judged, and where its place begins.
pub(super) struct Named<'n, 'a> {
    pub(super) part: &'n str,
    /// What stands before each place.
    pub(super) root: String,
    pub(super) page: Option<&'a str>,
}

/// The body of a request or an answer.
pub(super) fn judge<'a>(
    contract: &mut Contract<'a>,
    (operation, part): (&Operation<'a>, &str),
    schema: &'a Value,
    value: &Value,
    seen: &mut Seen,
) -> Result<()> {
    let named = Named {
        part,
        root: String::new(),
        page: operation.page,
    };
    judge_named(contract, operation, named, schema, value, seen)
}

/// A value with a place of its own.
pub(super) fn judge_named<'a>(
    contract: &mut Contract<'a>,
    operation: &Operation<'a>,
    named: Named<'_, 'a>,
    schema: &'a Value,
    value: &Value,
    seen: &mut Seen,
) -> Result<()> {
    let page = named.page.or(operation.page);
    let errors: Vec<Told> = contract
        .check(schema)?
        .iter_errors(value)
        .take(MOST)
        .flat_map(told)
        .collect();
    let place = Place::of(contract, schema, page);
    for error in errors {
        let mut steps = error.path.iter();
        let at = steps.try_fold(place.clone(), |at, step| at.below(contract, step));
        let page = at.map_or(page, |at| at.page);
        seen.find(
            Found {
                class: error.class,
                part: named.part.to_owned(),
                pointer: named.root.clone() + &pointer(&error.path, error.field.as_deref()),
                document: error.document,
                page: page.map(str::to_owned),
                service: error.service,
                sample: None,
            }
            .with_sample_of(error.sample),
        );
    }
    unknown(contract, &named, &place, value, &mut Vec::new(), seen);
    Ok(())
}

/// A step into a value.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Field(String),
    /// Which one does not matter.
    Item,
}

/// One error in words.
struct Told {
    class: Class,
    path: Vec<Step>,
    /// The field that is missing there.
    field: Option<String>,
    document: String,
    service: String,
    sample: Option<Value>,
}

fn told(error: ValidationError<'_>) -> Vec<Told> {
    let value = error.instance().as_ref().clone();
    if value == REDACTED {
        return Vec::new();
    }
    let path: Vec<Step> = error
        .instance_path()
        .iter()
        .map(|segment| match segment {
            LocationSegment::Property(name) => Step::Field(name.into_owned()),
            LocationSegment::Index(_) => Step::Item,
        })
        .collect();
    let mut field = None;
    let mut sample = Some(value.clone());
    let limit = |document: String| (Class::Limit, document, kind_of(&value).to_owned());
    let (class, document, service) = match error.into_parts().kind {
        // A field that may be null is written as a choice between null and what it is otherwise.
        Kind::AnyOf { context } if context.len() == 2 && is_about_null(&context[0]) => {
            return context
                .into_iter()
                .nth(1)
                .into_iter()
                .flatten()
                .flat_map(told)
                .collect();
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            limit(format!("one of {} forms", context.len()))
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            (field, sample) = (Some(name.to_owned()), None);
            (Class::Missing, "required".to_owned(), "absent".to_owned())
        }
        Kind::Type { kind } => (Class::Type, names(&kind), kind_of(&value).to_owned()),
        Kind::Enum { options } => {
            sample = None;
            (Class::Value, listed(&options), value.to_string())
        }
        Kind::Format { format } => limit(format!("format {format}")),
        Kind::MaxLength { limit: most } => limit(format!("at most {most} characters")),
        Kind::MinLength { limit: least } => limit(format!("at least {least} characters")),
        Kind::MaxItems { limit: most } => limit(format!("at most {most} items")),
        Kind::MinItems { limit: least } => limit(format!("at least {least} items")),
        Kind::Maximum { limit: most } => limit(format!("at most {most}")),
        Kind::Minimum { limit: least } => limit(format!("at least {least}")),
        other => limit(other.keyword().to_owned()),
    };
    vec![Told {
        class,
        path,
        field,
        document,
        service,
        sample,
    }]
}

fn is_about_null(errors: &[ValidationError<'_>]) -> bool {
    let is_null = |error: &ValidationError<'_>| match error.kind() {
        Kind::Type { kind } => names(kind) == "null",
        _ => false,
    };
    errors.len() == 1 && errors.iter().all(is_null)
}

fn names(kind: &TypeKind) -> String {
    let names: Vec<String> = match kind {
        TypeKind::Single(kind) => vec![kind.to_string()],
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect(),
    };
    names.join(" or ")
}

fn listed(options: &Value) -> String {
    let options = options.as_array().into_iter().flatten();
    let options: Vec<String> = options.map(Value::to_string).collect();
    format!("one of {}", options.join(", "))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A JSON pointer in which `*` stands for any item of an array.
fn pointer(path: &[Step], field: Option<&str>) -> String {
    let mut out = String::new();
    let names = path.iter().map(|step| match step {
        Step::Field(name) => name.as_str(),
        Step::Item => "*",
    });
    for name in names.chain(field) {
        out.push('/');
        out.push_str(&name.replace('~', "~0").replace('/', "~1"));
    }
    out
}

/// What the document says of one place of a value.
#[derive(Clone)]
struct Place<'a> {
    /// The schemas that hold there, each with the page it stands on.
    parts: Vec<(&'a Map<String, Value>, Option<&'a str>)>,
    /// The page that speaks last.
    page: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(contract: &Contract<'a>, schema: &'a Value, page: Option<&'a str>) -> Self {
        let mut place = Self {
            parts: Vec::new(),
            page,
        };
        place.add(contract, schema, page);
        place
    }

    fn add(&mut self, contract: &Contract<'a>, schema: &'a Value, page: Option<&'a str>) {
        let page = page_of(schema).or(page);
        self.page = page.or(self.page);
        let Some(fields) = schema.as_object() else {
            return;
        };
        if let Some(read_as) = fields.get("x-read-as").and_then(Value::as_str)
            && let Some(target) = contract.named(read_as)
        {
            return self.add(contract, target, page);
        }
        if fields.contains_key("$ref") {
            let target = contract.resolved(schema);
            if !std::ptr::eq(target, schema) {
                self.add(contract, target, page);
            }
            return;
        }
        self.parts.push((fields, page));
        for part in fields
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.add(contract, part, page);
        }
    }

    fn below(&self, contract: &Contract<'a>, step: &Step) -> Option<Self> {
        let mut found: Option<Self> = None;
        for (fields, page) in &self.parts {
            let schema = match step {
                Step::Item => fields.get("items"),
                Step::Field(name) => fields
                    .get("properties")
                    .and_then(|all| all.get(name))
                    .or_else(|| {
                        fields
                            .get("additionalProperties")
                            .filter(|rest| rest.is_object())
                    }),
            };
            if let Some(schema) = schema {
                match &mut found {
                    Some(found) => found.add(contract, schema, *page),
                    None => found = Some(Self::of(contract, schema, *page)),
                }
            }
        }
        found
    }

    /// Whether every field is named: some are, and nothing says that there may be others.
    fn names_all(&self) -> bool {
        let has = |key: &str| {
            self.parts
                .iter()
                .any(|(fields, _)| fields.contains_key(key))
        };
        let is_open = self.parts.iter().any(|(fields, _)| {
            fields
                .get("additionalProperties")
                .is_some_and(|rest| rest != false)
        });
        has("properties") && !is_open && !has("oneOf") && !has("anyOf")
    }
}

/// Fields that the document does not have.
fn unknown<'a>(
    contract: &Contract<'a>,
    named: &Named<'_, 'a>,
    place: &Place<'a>,
    value: &Value,
    path: &mut Vec<Step>,
    seen: &mut Seen,
) {
    let mut enter = |step: Step, value: &Value, strict: bool| match place.below(contract, &step) {
        Some(below) => {
            path.push(step);
            unknown(contract, named, &below, value, path, seen);
            path.pop();
        }
        None if strict => {
            let Step::Field(name) = &step else { return };
            seen.find(
                Found {
                    class: Class::Unknown,
                    part: named.part.to_owned(),
                    pointer: named.root.clone() + &pointer(path, Some(name)),
                    document: "no such field".to_owned(),
                    page: place.page.map(str::to_owned),
                    service: kind_of(value).to_owned(),
                    sample: None,
                }
                .with_sample(value),
            );
        }
        None => {}
    };
    match value {
        Value::Object(fields) => {
            let strict = place.names_all();
            for (name, value) in fields {
                enter(Step::Field(name.clone()), value, strict);
            }
        }
        Value::Array(items) => {
            for value in items {
                enter(Step::Item, value, false);
            }
        }
        _ => {}
    }
}
