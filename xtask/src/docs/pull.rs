//! Fetches the pages of a documentation site into a cache, or takes them from a folder.
//!
//! Few at a time, conditionally, from one host only, within limits of size and patience. A page is
//! put in place whole or not at all; one that cannot be had keeps the copy of the last time.

use std::{collections::BTreeMap, fs, io::Write as _, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use tempfile::NamedTempFile;
use tokio::{sync::Semaphore, task::JoinSet};
use url::Url;

use super::{
    diff::path_of,
    page::{Entry, INDEX, Index, MAX_BYTES},
};
use crate::generate::Page;

/// Most pages a site may list.
const MAX_PAGES: usize = 5_000;
/// Redirects on the same host that are followed.
const MAX_REDIRECTS: usize = 3;

/// How patient a pull is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Requests under way at once.
    pub at_once: usize,
    /// Times one page is asked for.
    pub attempts: u32,
    /// Wait before the second time; it doubles.
    pub pause: Duration,
    /// Longest wait that a server may ask for.
    pub longest: Duration,
    /// Longest time one request may take.
    pub timeout: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            at_once: 4,
            attempts: 4,
            pause: Duration::from_millis(500),
            longest: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
        }
    }
}

/// What a pull did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Pages that were new or changed.
    pub fetched: usize,
    /// Pages the server said are the same.
    pub unchanged: usize,
    /// Pages that could not be had, by address, with the reason.
    pub failed: Vec<(String, String)>,
    /// Pages that the site no longer lists.
    pub dropped: Vec<String>,
}

/// Copies every page of a folder into the cache.
///
/// # Errors
///
/// When a file cannot be read or written.
pub fn from_folder(folder: &Path, out: &Path) -> Result<Pulled> {
    let copies = super::Copies::read(folder)?;
    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let mut pulled = Pulled::default();
    for (id, reason) in copies.unreadable {
        pulled.failed.push((id, reason));
    }
    for copy in copies.copies {
        let ending = if folder.join(format!("{}.md", copy.id)).is_file() {
            "md"
        } else {
            "txt"
        };
        let place = out.join(format!("{}.{ending}", copy.id));
        if fs::read(&place).is_ok_and(|old| old == copy.text.as_bytes()) {
            pulled.unchanged += 1;
        } else {
            put(&place, copy.text.as_bytes())?;
            pulled.fetched += 1;
        }
    }
    let index = copies.index.unwrap_or_default();
    put(
        &out.join(INDEX),
        serde_json::to_string_pretty(&index)?.as_bytes(),
    )?;
    Ok(pulled)
}

/// Fetches the pages of the site at `site`; `pages` give those that are known their ids.
///
/// # Errors
///
/// When the site lists no page, or the cache cannot be written. A page that cannot be had is no
/// error: it is told in [`Pulled::failed`].
pub fn from_site(site: &str, out: &Path, pages: &[Page], patience: Patience) -> Result<Pulled> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let site = Url::parse(site).with_context(|| format!("{site} is no address"))?;
        let fetcher = Arc::new(Fetcher {
            client: client(patience)?,
            host: site.clone(),
            patience,
        });
        pull(fetcher, &site, out, pages).await
    })
}

async fn pull(fetcher: Arc<Fetcher>, site: &Url, out: &Path, pages: &[Page]) -> Result<Pulled> {
    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let old: Index = match fs::read_to_string(out.join(INDEX)) {
        Ok(text) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => Index::default(),
    };
    let (listed_by, urls) = list(&fetcher, site).await?;
    let mut index = Index {
        site: site.to_string(),
        listed_by: Some(listed_by),
        complete: false,
        pages: BTreeMap::new(),
    };
    let mut jobs = Vec::new();
    for url in urls {
        let id = id_of(&url, pages);
        let known = old
            .pages
            .get(&id)
            .filter(|_| out.join(format!("{id}.md")).is_file());
        let entry = Entry {
            url: url.to_string(),
            ..known.cloned().unwrap_or_default()
        };
        index.pages.insert(id.clone(), entry.clone());
        jobs.push((id, url, entry));
    }
    let bar = ProgressBar::new(jobs.len() as u64);
    bar.set_style(ProgressStyle::with_template(
        "{pos}/{len} {wide_bar} {msg}",
    )?);
    let mut pulled = Pulled::default();
    let mut running = JoinSet::new();
    let slots = Arc::new(Semaphore::new(fetcher.patience.at_once.max(1)));
    for (id, url, entry) in jobs {
        let (fetcher, slots) = (Arc::clone(&fetcher), Arc::clone(&slots));
        running.spawn(async move {
            let _slot = slots.acquire().await;
            let outcome = fetcher.page(&url, &entry).await;
            (id, url, outcome)
        });
    }
    while let Some(done) = running.join_next().await {
        let (id, url, outcome) = done?;
        bar.set_message(id.clone());
        bar.inc(1);
        match outcome {
            Ok(Answer::Same) => pulled.unchanged += 1,
            Ok(Answer::Text { text, entry }) => {
                put(&out.join(format!("{id}.md")), text.as_bytes())?;
                index.pages.insert(id, entry);
                pulled.fetched += 1;
                // The next run asks only for what this one did not get to.
                put(
                    &out.join(INDEX),
                    serde_json::to_string_pretty(&index)?.as_bytes(),
                )?;
            }
            Err(reason) => pulled.failed.push((url.to_string(), reason)),
        }
    }
    bar.finish_and_clear();
    pulled.failed.sort();
    index.complete = true;
    for id in old.pages.keys().filter(|id| !index.pages.contains_key(*id)) {
        // The copy of a page that is gone would be compared for ever.
        let _ = fs::remove_file(out.join(format!("{id}.md")));
        pulled.dropped.push(id.clone());
    }
    put(
        &out.join(INDEX),
        serde_json::to_string_pretty(&index)?.as_bytes(),
    )?;
    Ok(pulled)
}

/// The addresses that `llms.txt` lists, or else `sitemap.xml`.
async fn list(fetcher: &Fetcher, site: &Url) -> Result<(String, Vec<Url>)> {
    let mut reasons = Vec::new();
    for name in ["llms.txt", "sitemap.xml"] {
        let url = site.join(&format!("/{name}"))?;
        match fetcher.text(&url, &Entry::default()).await {
            Ok(Answer::Text { text, .. }) => {
                let mut urls: Vec<Url> = Vec::new();
                for link in links(name, &text) {
                    // Addresses without a host are of this one; others are not ours to fetch.
                    let Some(url) = site.join(&link).ok().filter(|url| fetcher.is_ours(url)) else {
                        continue;
                    };
                    let is_page = !url.path().ends_with(".json") && !url.path().ends_with(".yaml");
                    if is_page
                        && !urls
                            .iter()
                            .any(|other| path_of(other.as_str()) == path_of(url.as_str()))
                    {
                        urls.push(url);
                    }
                }
                if urls.len() > MAX_PAGES {
                    bail!("{url} lists {} pages, the limit is {MAX_PAGES}", urls.len());
                }
                if !urls.is_empty() {
                    return Ok((name.to_owned(), urls));
                }
                reasons.push(format!("{url}: lists no page of this host"));
            }
            Ok(Answer::Same) => {}
            Err(reason) => reasons.push(format!("{url}: {reason}")),
        }
    }
    bail!("no list of pages: {}", reasons.join("; "))
}

fn links(name: &str, text: &str) -> Vec<String> {
    let (open, close) = if name == "llms.txt" {
        ("](", ")")
    } else {
        ("<loc>", "</loc>")
    };
    let mut links = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(open) {
        let Some((link, more)) = after.split_once(close) else {
            break;
        };
        links.push(link.trim().to_owned());
        rest = more;
    }
    links
}

/// The id of a page: the known one of its address, or else its path in one word.
fn id_of(url: &Url, pages: &[Page]) -> String {
    let path = path_of(url.as_str());
    if let Some(page) = pages.iter().find(|page| path_of(&page.url) == path) {
        return page.id.clone();
    }
    let word: String = path
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    if word.is_empty() {
        "index".to_owned()
    } else {
        word
    }
}

struct Fetcher {
    client: Client,
    host: Url,
    patience: Patience,
}

enum Answer {
    Same,
    Text { text: String, entry: Entry },
}

enum Miss {
    /// Asking again may help, after the wait that the server named, if it named one.
    Later(String, Option<Duration>),
    Never(String),
}

impl Fetcher {
    fn is_ours(&self, url: &Url) -> bool {
        url.scheme() == self.host.scheme()
            && url.host_str() == self.host.host_str()
            && url.port_or_known_default() == self.host.port_or_known_default()
    }

    /// A page as Markdown.
    async fn page(&self, url: &Url, entry: &Entry) -> Result<Answer, String> {
        let mut markdown = url.clone();
        if !url.path().ends_with(".md") {
            markdown.set_path(&format!("{}.md", url.path().trim_end_matches('/')));
        }
        let answer = self.text(&markdown, entry).await?;
        if let Answer::Text { text, .. } = &answer {
            let start = text.trim_start();
            if start.starts_with('<') && start.to_ascii_lowercase().contains("<html") {
                return Err("is HTML and no Markdown".to_owned());
            }
        }
        Ok(answer)
    }

    async fn text(&self, url: &Url, entry: &Entry) -> Result<Answer, String> {
        let mut pause = self.patience.pause;
        let mut attempt = 1;
        loop {
            match self.once(url, entry).await {
                Ok(answer) => return Ok(answer),
                Err(Miss::Never(reason)) => return Err(reason),
                Err(Miss::Later(reason, wait)) => {
                    let wait = wait.unwrap_or(pause);
                    if wait > self.patience.longest {
                        return Err(format!("{reason}; asks to wait {} s", wait.as_secs()));
                    }
                    if attempt >= self.patience.attempts {
                        return Err(format!("{reason} ({attempt} times)"));
                    }
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                    pause *= 2;
                }
            }
        }
    }

    async fn once(&self, url: &Url, entry: &Entry) -> Result<Answer, Miss> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.client.get(url.clone());
            if let Some(etag) = &entry.etag {
                request = request.header(header::IF_NONE_MATCH, etag);
            }
            if let Some(day) = &entry.last_modified {
                request = request.header(header::IF_MODIFIED_SINCE, day);
            }
            let response = request
                .send()
                .await
                .map_err(|error| Miss::Later(cause(&error), None))?;
            let status = response.status();
            if status == StatusCode::NOT_MODIFIED {
                return Ok(Answer::Same);
            }
            if status.is_redirection() {
                let target = text_of(&response, header::LOCATION).unwrap_or_default();
                let target = url
                    .join(&target)
                    .map_err(|_| Miss::Never("redirects to nowhere".to_owned()))?;
                if !self.is_ours(&target) {
                    let host = target.host_str().unwrap_or("nowhere").to_owned();
                    return Err(Miss::Never(format!("redirects to another host, {host}")));
                }
                url = target;
                continue;
            }
            if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
                let wait = text_of(&response, header::RETRY_AFTER)
                    .and_then(|text| text.parse().ok())
                    .map(Duration::from_secs);
                return Err(Miss::Later(format!("answers {}", status.as_u16()), wait));
            }
            if !status.is_success() {
                return Err(Miss::Never(format!("answers {}", status.as_u16())));
            }
            return read(response, entry).await;
        }
        Err(Miss::Never(format!(
            "redirects more than {MAX_REDIRECTS} times"
        )))
    }
}

async fn read(mut response: Response, entry: &Entry) -> Result<Answer, Miss> {
    let too_large =
        |size: u64| Miss::Never(format!("is {size} bytes or more, the limit is {MAX_BYTES}"));
    if let Some(size) = response.content_length().filter(|size| *size > MAX_BYTES) {
        return Err(too_large(size));
    }
    let entry = Entry {
        url: entry.url.clone(),
        etag: text_of(&response, header::ETAG),
        last_modified: text_of(&response, header::LAST_MODIFIED),
    };
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                return Err(Miss::Later(
                    format!("was cut short: {}", cause(&error)),
                    None,
                ));
            }
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(too_large(bytes.len() as u64));
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| Miss::Never("is not UTF-8".to_owned()))?;
    Ok(Answer::Text { text, entry })
}

fn text_of(response: &Response, name: header::HeaderName) -> Option<String> {
    response
        .headers()
        .get(name)?
        .to_str()
        .ok()
        .map(str::to_owned)
}

/// The innermost cause of a failed request, which says most.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

fn client(patience: Patience) -> Result<Client> {
    use rustls_platform_verifier::BuilderVerifierExt as _;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    let agent = concat!("creatify-xtask/", env!("CARGO_PKG_VERSION"), " (docs pull)");
    Ok(Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .timeout(patience.timeout)
        .user_agent(agent)
        .build()?)
}

/// Writes a file whole or not at all.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}
