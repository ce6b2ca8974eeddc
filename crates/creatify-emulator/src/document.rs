//! The embedded OpenAPI document, read once: which operations there are, what each does, the checks
//! of their bodies, their prices and the keys of their call-backs. Must not answer requests.

use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use jsonschema::Validator;
use serde_json::Value;

use crate::billing::{Rate, read_rates};
use crate::schema;

/// The document's text, as generated into this package.
const TEXT: &str = include_str!("creatify.json");

static DOCUMENT: LazyLock<Result<Document, String>> = LazyLock::new(|| Document::read(TEXT));

/// The embedded document, compiled at its first use.
///
/// # Errors
///
/// A text naming the operation or schema that the emulator cannot serve.
pub(crate) fn document() -> Result<&'static Document, String> {
    DOCUMENT.as_ref().map_err(Clone::clone)
}

#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) operations: Vec<Operation>,
}

/// One operation of the document.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) action: Action,
    /// The first success code the document declares.
    pub(crate) success: StatusCode,
    pub(crate) blocking: bool,
    pub(crate) body: Option<Body>,
    pub(crate) job: Option<JobRule>,
    /// The price rows, when the operation costs credits.
    pub(crate) rates: Vec<Rate>,
    pub(crate) billable: bool,
    /// The call-back, when the operation documents one.
    pub(crate) callback: Option<Callback>,
}

/// What a call-back carries, and how often it comes.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) fields: Vec<String>,
    /// Whether it tells of every change of the status, and not of the end only.
    pub(crate) repeats: bool,
}

#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) check: Validator,
}

/// What answers an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    CreateJob,
    ContinueJob,
    ReadJob(Resource),
    ListJobs(Resource),
    CreateLink,
    ReadLink,
    ListPersonas,
    ListVoices,
    ListTemplates,
    Balance,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    CustomTemplate,
    LinkToVideo,
    LipsyncV2,
}

impl Resource {
    fn read(text: &str) -> Option<Self> {
        match text {
            "custom-template" => Some(Self::CustomTemplate),
            "link-to-video" => Some(Self::LinkToVideo),
            "lipsync-v2" => Some(Self::LipsyncV2),
            _ => None,
        }
    }

    /// The name the service's refusals use.
    pub(crate) fn model_name(self) -> &'static str {
        match self {
            Self::CustomTemplate => "Custom Template Job",
            Self::LinkToVideo => "Link To Video",
            Self::LipsyncV2 => "Lipsync",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Generate,
    Preview,
    Render,
}

/// What the document says about the job an operation starts or goes on with.
#[derive(Debug, Clone)]
pub(crate) struct JobRule {
    pub(crate) resource: Resource,
    pub(crate) phase: Phase,
    /// Whether the phase ends with several previews and not with one.
    pub(crate) previews: bool,
}

impl Document {
    fn read(text: &str) -> Result<Self, String> {
        let root: Value =
            serde_json::from_str(text).map_err(|error| format!("no JSON document: {error}"))?;
        let components = schema::translate(&root["components"]);
        let mut operations = Vec::new();
        let paths = root["paths"].as_object().ok_or("`paths` is missing")?;
        for (path, item) in paths {
            let methods = item.as_object().into_iter().flatten();
            for (method, operation) in methods.filter(|(_, value)| value.is_object()) {
                let Ok(method) = Method::from_bytes(method.to_ascii_uppercase().as_bytes()) else {
                    continue;
                };
                if operation.get("operationId").is_some() {
                    operations.push(Operation::read(
                        method,
                        path,
                        operation,
                        &root,
                        &components,
                    )?);
                }
            }
        }
        Ok(Self { operations })
    }

    /// The methods that operations on this path have; none when there is no such path. A path in so
    /// many words hides those with a parameter in the same place.
    pub(crate) fn methods(&self, path: &str) -> Vec<&str> {
        let literal = self.operations.iter().any(|one| one.path == path);
        let here = |one: &&Operation| one.matches(path) && (!literal || one.path == path);
        let of_path = self.operations.iter().filter(here);
        of_path.map(|operation| operation.method.as_str()).collect()
    }
}

impl Operation {
    fn read(
        method: Method,
        path: &str,
        operation: &Value,
        root: &Value,
        components: &Value,
    ) -> Result<Self, String> {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let told = |what: String| format!("operation `{id}`: {what}");
        let job = match operation.get("x-job").filter(|_| method != Method::GET) {
            Some(rule) => Some(JobRule::read(rule).map_err(told)?),
            None => None,
        };
        let action = action(id, path, job.is_some())
            .ok_or_else(|| told("no route of the emulator answers it".to_owned()))?;
        let billable = operation.get("x-operation").is_some();
        let rates = read_rates(operation.get("x-credits")).map_err(told)?;
        if billable && rates.is_empty() {
            return Err(told("`x-credits` holds no price".to_owned()));
        }
        Ok(Self {
            id: id.to_owned(),
            method,
            path: path.to_owned(),
            action,
            success: success(operation),
            blocking: operation["x-blocking"].as_bool().unwrap_or(false),
            body: body(operation, components).map_err(told)?,
            job,
            rates,
            billable,
            callback: callback(operation, root),
        })
    }

    /// Whether a request's path has this operation's form.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let (mut wanted, mut given) = (self.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given => {}
                (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
                _ => return false,
            }
        }
    }

    /// The id in a request's path.
    pub(crate) fn id_in<'a>(&self, path: &'a str) -> Option<&'a str> {
        let at = self
            .path
            .split('/')
            .position(|part| part.starts_with('{'))?;
        path.split('/').nth(at)
    }
}

impl JobRule {
    fn read(rule: &Value) -> Result<Self, String> {
        let text = |name: &str| rule[name].as_str().unwrap_or_default();
        let resource = Resource::read(text("resource"))
            .ok_or_else(|| format!("unknown resource `{}`", text("resource")))?;
        let phase = match text("phase") {
            "generate" => Phase::Generate,
            "preview" => Phase::Preview,
            "render" => Phase::Render,
            other => return Err(format!("unknown phase `{other}`")),
        };
        Ok(Self {
            resource,
            phase,
            previews: rule["finished"]["field"] == "previews",
        })
    }
}

/// Operations on jobs are known by what the document says of them, the others by their ids.
fn action(id: &str, path: &str, job: bool) -> Option<Action> {
    if job {
        return Some(if path.contains("{id}") {
            Action::ContinueJob
        } else {
            Action::CreateJob
        });
    }
    Some(match id {
        "custom_template_jobs_retrieve" => Action::ReadJob(Resource::CustomTemplate),
        "link_to_videos_retrieve" => Action::ReadJob(Resource::LinkToVideo),
        "link_to_videos_list" => Action::ListJobs(Resource::LinkToVideo),
        "lipsyncs_v2_retrieve" => Action::ReadJob(Resource::LipsyncV2),
        "lipsyncs_v2_list" => Action::ListJobs(Resource::LipsyncV2),
        "links_create" => Action::CreateLink,
        "links_retrieve" => Action::ReadLink,
        "personas_list" => Action::ListPersonas,
        "voices_list" => Action::ListVoices,
        "custom_templates_list" => Action::ListTemplates,
        "remaining_credits_retrieve" => Action::Balance,
        _ => return None,
    })
}

fn success(operation: &Value) -> StatusCode {
    let codes = operation["responses"].as_object().into_iter().flatten();
    codes
        .filter_map(|(code, _)| code.parse().ok())
        .find(StatusCode::is_success)
        .unwrap_or(StatusCode::OK)
}

fn body(operation: &Value, components: &Value) -> Result<Option<Body>, String> {
    let request = &operation["requestBody"];
    let schema = &request["content"]["application/json"]["schema"];
    if schema.is_null() {
        return Ok(None);
    }
    Ok(Some(Body {
        required: request["required"].as_bool().unwrap_or(false),
        check: schema::compile(schema, components)?,
    }))
}

/// The first call-back and the properties of its body.
fn callback(operation: &Value, root: &Value) -> Option<Callback> {
    let (_, callback) = operation["callbacks"].as_object()?.iter().next()?;
    let (_, item) = callback.as_object()?.iter().next()?;
    let post = &item["post"];
    let schema = &post["requestBody"]["content"]["application/json"]["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.strip_prefix('#')?)?,
        None => schema,
    };
    let properties = schema["properties"].as_object()?;
    Some(Callback {
        fields: properties.keys().cloned().collect(),
        repeats: post["x-may-repeat"].as_bool().unwrap_or(false),
    })
}
