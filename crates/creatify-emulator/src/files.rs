//! The small files behind the output URLs: a video of the right length, a picture, a preview page.
//! Must not keep a file's bytes: each is built when it is asked for.

use std::collections::HashMap;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::mp4;
use crate::png;

/// Below this path of the emulator's URL the files are found.
pub(crate) const PATH: &str = "/_emulator/files/";

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spec {
    length_ms: i64,
    width: u8,
    height: u8,
}

/// The names given out so far.
#[derive(Debug)]
pub(crate) struct Files {
    base: String,
    specs: HashMap<Uuid, Spec>,
}

/// The kinds of files one id has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Video,
    Thumbnail,
    Preview,
}

impl Kind {
    fn extension(self) -> &'static str {
        match self {
            Self::Video => "mp4",
            Self::Thumbnail => "png",
            Self::Preview => "html",
        }
    }
}

impl Files {
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            specs: HashMap::new(),
        }
    }

    /// Makes files of this id available.
    pub(crate) fn put(&mut self, id: Uuid, length_ms: i64, aspect_ratio: &str) {
        let (width, height) = match aspect_ratio {
            "16x9" => (16, 9),
            "1x1" => (9, 9),
            _ => (9, 16),
        };
        let spec = Spec {
            length_ms,
            width,
            height,
        };
        self.specs.insert(id, spec);
    }

    /// The URL of a file, whether or not it is there yet.
    pub(crate) fn url(&self, id: Uuid, kind: Kind) -> String {
        format!("{}{PATH}{id}.{}", self.base, kind.extension())
    }

    /// The id, the kind and what there is to know of a file by its name.
    pub(crate) fn find(&self, name: &str) -> Option<(Uuid, Kind, Spec)> {
        let (id, extension) = name.split_once('.')?;
        let id = Uuid::try_parse(id).ok()?;
        let kinds = [Kind::Video, Kind::Thumbnail, Kind::Preview];
        let kind = kinds
            .into_iter()
            .find(|kind| kind.extension() == extension)?;
        Some((id, kind, *self.specs.get(&id)?))
    }
}

/// Answers with the file, or with 404.
pub(crate) fn answer(found: Option<(Uuid, Kind, Spec)>) -> Response {
    let Some((id, kind, spec)) = found else {
        return (StatusCode::NOT_FOUND, "no such file").into_response();
    };
    let bytes = id.as_bytes();
    let picture = png::picture(spec.width, spec.height, [bytes[0], bytes[1], bytes[2]]);
    let (media_type, body) = match kind {
        Kind::Thumbnail => ("image/png", picture),
        Kind::Video => {
            let video = mp4::video(spec.length_ms, &picture, spec.width, spec.height);
            ("video/mp4", video)
        }
        Kind::Preview => ("text/html; charset=utf-8", page(id).into_bytes()),
    };
    ([(header::CONTENT_TYPE, media_type)], body).into_response()
}

fn page(id: Uuid) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><title>preview {id}</title></head>\
         <body><h1>Emulated preview</h1><img alt=\"preview\" src=\"{id}.png\"></body></html>\n"
    )
}
