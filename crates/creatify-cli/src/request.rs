//! Request bodies: a whole one from `--file`, with the flags laid over it.
//!
//! Nothing is checked here: the facade holds each request against the documented limits when it
//! quotes it.

use std::io::Read as _;
use std::path::PathBuf;

use creatify::{
    CustomTemplateRequest, JobRef, LipsyncV2Request, Model, Operation, PreviewListRequest, Variable,
};
use serde_json::{Value, json};

use crate::fail::Fail;
use crate::values;

/// The flags of every request body.
#[derive(Debug, clap::Args)]
pub(crate) struct BodyArgs {
    /// Take the whole body from this JSON file, `-` for standard input; flags are laid over it.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Name of the video; 255 characters at most.
    #[arg(long)]
    name: Option<String>,
    /// Address that the service calls when the status changes; 200 characters at most.
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// Avatar model; the service's default is the first one.
    #[arg(long, value_parser = values::by_name::<Model>())]
    model: Option<Model>,
}

impl BodyArgs {
    /// The body that the file holds, or an empty one.
    pub(crate) fn base(&self) -> Result<Value, Fail> {
        let Some(file) = &self.file else {
            return Ok(json!({}));
        };
        let place = file.display();
        let mut text = String::new();
        let read = if file.as_os_str() == "-" {
            std::io::stdin()
                .lock()
                .read_to_string(&mut text)
                .map(|_| ())
        } else {
            std::fs::read_to_string(file).map(|content| text = content)
        };
        read.map_err(|error| {
            Fail::invalid(format!("cannot read the request file {place}")).because(&error)
        })?;
        serde_json::from_str(&text).map_err(|error| {
            Fail::invalid(format!("the request file {place} is no JSON")).because(&error)
        })
    }
}

/// Lays the flags of [`BodyArgs`] over a request.
macro_rules! lay_over {
    ($($name:ident for $request:ident),+) => {$(
        pub(crate) fn $name(args: &BodyArgs, mut request: $request) -> $request {
            if let Some(name) = &args.name {
                request = request.name(name);
            }
            if let Some(url) = &args.webhook_url {
                request = request.webhook_url(url);
            }
            if let Some(model) = args.model {
                request = request.model(model);
            }
            request
        }
    )+};
}

lay_over!(
    over_template for CustomTemplateRequest,
    over_previews for PreviewListRequest,
    over_avatar for LipsyncV2Request
);

/// `NAME=KIND:VALUE`, the value of one variable of a template.
#[derive(Debug, Clone)]
pub(crate) struct VariableArg {
    pub(crate) name: String,
    pub(crate) variable: Variable,
}

/// Reads a [`VariableArg`].
pub(crate) fn variable(text: &str) -> Result<VariableArg, String> {
    let form = "write NAME=KIND:VALUE with the kind text, avatar, image, video, audio or voiceover";
    let parts = text
        .split_once('=')
        .and_then(|(name, rest)| Some((name, rest.split_once(':')?)));
    let Some((name, (kind, value))) = parts.filter(|(name, _)| !name.is_empty()) else {
        return Err(form.to_owned());
    };
    let variable = match kind {
        "text" => Variable::text(value),
        "avatar" => Variable::avatar(value),
        "image" => Variable::image(value),
        "video" => Variable::video(value),
        "audio" => Variable::audio(value),
        "voiceover" => Variable::voiceover(value),
        other => return Err(format!("`{other}` is no kind of variable; {form}")),
    };
    Ok(VariableArg {
        name: name.to_owned(),
        variable,
    })
}

/// The id in a job argument: a bare id, or what a paid command printed.
///
/// # Errors
///
/// When the reference is of another resource than `operation`, or the id cannot be one.
pub(crate) fn job_id(job: &str, operation: Operation) -> Result<String, Fail> {
    let refusal = |error: creatify::core::job::JobRefError| Fail::invalid(error.to_string());
    if !job.contains(':') {
        return Ok(JobRef::new(operation, job)
            .map_err(refusal)?
            .id()
            .to_owned());
    }
    let job: JobRef = job.parse().map_err(refusal)?;
    let resource = resource(operation);
    if self::resource(job.operation()) == resource {
        return Ok(job.id().to_owned());
    }
    Err(Fail::invalid(format!("{job} is no {resource} job"))
        .hint(format!("take a job that begins with `{resource}.`")))
}

/// The part of an operation's name before the dot.
fn resource(operation: Operation) -> &'static str {
    let name = operation.as_str();
    name.split_once('.').map_or(name, |(resource, _)| resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_the_separators() {
        let read = variable("cta=text:Buy at 9:00, a=b").expect("it is a text");
        assert_eq!(read.name, "cta");
        assert_eq!(read.variable, Variable::text("Buy at 9:00, a=b"));
        let url = variable("photo=image:https://example.com/a.png").expect("it is an image");
        assert_eq!(url.variable, Variable::image("https://example.com/a.png"));
    }

    #[test]
    fn a_variable_of_another_form_is_refused() {
        for text in ["cta", "cta=Buy", "=text:Buy", "cta=song:la"] {
            assert!(variable(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_job_of_another_resource_is_refused() {
        let avatar = Operation::LipsyncV2Generate;
        for job in ["abc", "lipsync-v2.generate:abc", "lipsync-v2.render:abc"] {
            assert_eq!(job_id(job, avatar).ok().as_deref(), Some("abc"));
        }
        for job in [
            "custom-template.generate:abc",
            "nonsense:abc",
            "../links",
            "",
        ] {
            assert!(job_id(job, avatar).is_err(), "{job:?}");
        }
    }
}
