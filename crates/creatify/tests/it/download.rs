//! Downloads from servers that break off, lie, redirect or point inside, all on loopback.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use creatify::download::{Downloaded, Downloader, Resolver, video_file_name};
use creatify::emulator::seed;
use creatify::{BoxFuture, CustomTemplateRequest, Error, ErrorKind, Timer};
use planted::Folder;
use ring::digest::{SHA256, digest};

use crate::download_server::{FileServer, Serve};
use crate::{seconds, world};

const TAG: &str = "\"v1\"";

fn folder() -> Folder {
    Folder::new().expect("the system has a folder for temporary files")
}

fn downloader(server: &FileServer) -> Downloader {
    Downloader::new()
        .allow_loopback(&server.url)
        .expect("the server is on this machine")
}

async fn get(server: &FileServer, path: &Path) -> Result<Downloaded, Error> {
    downloader(server).save(server.file(), path).await
}

fn hash(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Names of the files in a folder.
fn names(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).expect("it is a folder");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[track_caller]
fn assert_complete(downloaded: &Downloaded, server: &FileServer, folder: &Folder) {
    let bytes = std::fs::read(&downloaded.path).expect("the file is there");
    assert!(bytes == server.content, "{} bytes differ", bytes.len());
    assert_eq!(downloaded.bytes, bytes.len() as u64);
    assert_eq!(downloaded.sha256, hash(&server.content));
    assert_eq!(names(folder), ["video.mp4"], "nothing is left beside it");
}

#[tokio::test]
async fn a_file_arrives_whole_with_its_hash_and_no_key_is_sent() {
    let abc = FileServer::with(b"abc".to_vec(), vec![Serve::File(Some(TAG))]).await;
    let folder = folder();
    let done = get(&abc, &folder.path().join("video.mp4"))
        .await
        .expect("served");
    assert_complete(&done, &abc, &folder);
    // The test vector of the hash's standard.
    let vector = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(done.sha256, vector);
    assert_eq!(done.media_type.as_deref(), Some("video/mp4"));
    let head = &abc.heads()[0];
    for name in ["x-api", "authorization", "cookie", "referer", "range"] {
        assert!(!head.contains(name), "{head}");
    }
}

#[tokio::test]
async fn the_video_of_a_finished_job_is_fetched_from_the_emulator() {
    let (emulator, client, budget) = world().await;
    let quoted = client
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_15_SECONDS))
        .length(seconds("15"))
        .quote();
    let approved = quoted.expect("a length").approve(&budget).expect("it fits");
    let finished = approved
        .send()
        .await
        .expect("accepted")
        .wait()
        .await
        .expect("done");
    let url = finished.state().video_url.as_deref().expect("a video");
    let folder = folder();
    let path = folder.path().join(video_file_name(finished.job_ref()));

    let refused = Downloader::new().save(url, &path).await;
    let error = refused.expect_err("this machine is not the public internet");
    assert_eq!(error.kind(), ErrorKind::Unsafe, "{error:?}");
    assert!(names(&folder).is_empty());

    let downloader = Downloader::new()
        .allow_loopback(&emulator.url())
        .expect("loopback");
    let done = downloader.save(url, &path).await.expect("served");
    assert_eq!(done.path.extension().and_then(|e| e.to_str()), Some("mp4"));
    let bytes = std::fs::read(&path).expect("the file is there");
    assert_eq!(&bytes[4..8], b"ftyp", "it is a video");
}

#[tokio::test]
async fn a_broken_connection_is_taken_up_where_it_broke() {
    let server = FileServer::start(vec![Serve::Cut(TAG, 300_000), Serve::File(Some(TAG))]).await;
    let folder = folder();
    let done = get(&server, &folder.path().join("video.mp4"))
        .await
        .expect("resumed");
    assert_complete(&done, &server, &folder);
    assert_eq!(done.resumed_at, 0, "it was this call's own beginning");
    let heads = server.heads();
    assert_eq!(heads.len(), 2);
    assert!(heads[1].contains("range: bytes=300000-"), "{}", heads[1]);
    assert!(heads[1].contains("if-range: \"v1\""), "{}", heads[1]);
}

/// Leaves 300,000 bytes behind, as a process does that ends half-way.
async fn half(folder: &Folder, turns: Vec<Serve>) -> (FileServer, PathBuf) {
    let mut all = vec![Serve::Cut(TAG, 300_000), status("404 Not Found")];
    all.extend(turns);
    let server = FileServer::start(all).await;
    let path = folder.path().join("video.mp4");
    let error = get(&server, &path)
        .await
        .expect_err("it broke, then was gone");
    assert_eq!(error.status(), Some(404), "{error:?}");
    assert!(error.next_step().expect("a hint").contains("seven days"));
    assert_eq!(names(folder), ["video.mp4.part", "video.mp4.part.json"]);
    (server, path)
}

fn status(line: &str) -> Serve {
    Serve::Raw(format!(
        "HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ))
}

#[tokio::test]
async fn a_later_call_goes_on_where_an_earlier_one_ended() {
    let folder = folder();
    let (server, path) = half(&folder, vec![Serve::File(Some(TAG))]).await;
    let done = get(&server, &path).await.expect("resumed");
    assert_complete(&done, &server, &folder);
    assert_eq!(done.resumed_at, 300_000);
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_fetched_from_the_beginning() {
    let folder = folder();
    let (server, path) = half(&folder, vec![Serve::File(Some("\"v2\""))]).await;
    // What is here must not end up in the new file.
    let part = folder.path().join("video.mp4.part");
    std::fs::write(&part, vec![0; 300_000]).expect("it is writable");
    let done = get(&server, &path).await.expect("fetched again");
    assert_complete(&done, &server, &folder);
    assert_eq!(done.resumed_at, 0);
}

#[tokio::test]
async fn a_rest_of_another_file_is_never_joined_to_what_is_here() {
    let folder = folder();
    let turns = vec![Serve::Liar("\"v2\""), Serve::File(Some("\"v2\""))];
    let (server, path) = half(&folder, turns).await;
    let part = folder.path().join("video.mp4.part");
    std::fs::write(&part, vec![0; 300_000]).expect("it is writable");
    let done = get(&server, &path).await.expect("fetched again");
    assert_complete(&done, &server, &folder);
}

#[tokio::test]
async fn a_part_of_another_address_is_not_taken_up() {
    let folder = folder();
    let (server, path) = half(&folder, vec![Serve::File(Some(TAG))]).await;
    let other = format!("{}/other.mp4", server.url);
    let done = downloader(&server)
        .save(other, &path)
        .await
        .expect("served");
    assert_complete(&done, &server, &folder);
    assert_eq!(done.resumed_at, 0);
    assert!(!server.heads()[2].contains("range"));
}

#[tokio::test]
async fn a_part_that_is_complete_already_gets_its_name() {
    let folder = folder();
    let (server, path) = half(&folder, vec![Serve::File(Some(TAG))]).await;
    let part = folder.path().join("video.mp4.part");
    std::fs::write(&part, &server.content).expect("it is writable");
    let done = get(&server, &path).await.expect("complete");
    assert_complete(&done, &server, &folder);
}

#[tokio::test]
async fn half_a_file_never_has_the_final_name() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
    let unbounded = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc";
    for answer in [cut, chunked, unbounded] {
        let server =
            FileServer::start(vec![Serve::Raw(answer.to_owned()), status("404 Not Found")]).await;
        let folder = folder();
        let path = folder.path().join("video.mp4");
        let error = get(&server, &path).await.expect_err(answer);
        assert!(!path.exists(), "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = FileServer::start(vec![Serve::File(None)]).await;
    for code in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let answer = format!(
            "HTTP/1.1 {code}\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            inside.file()
        );
        let server = FileServer::start(vec![Serve::Raw(answer)]).await;
        let folder = folder();
        // Even where the target itself would be allowed.
        let downloader = downloader(&server)
            .allow_loopback(&inside.url)
            .expect("loopback");
        let saving = downloader.save(server.file(), folder.path().join("video.mp4"));
        let error = saving.await.expect_err("a redirect");
        assert_eq!(error.kind(), ErrorKind::Unsafe, "{error:?}");
        assert_eq!(
            (server.heads().len(), inside.heads().len()),
            (1, 0),
            "{code}"
        );
        assert!(names(&folder).is_empty());
    }
}

#[tokio::test]
async fn what_is_no_plain_file_is_refused() {
    let head =
        |headers: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\ncontent-length: 3\r\n\r\nabc");
    for (answer, word) in [
        (head("content-type: Text/HTML; charset=utf-8"), "web page"),
        (head("content-encoding: gzip"), "gzip"),
        (
            "HTTP/1.1 206 Partial\r\ncontent-range: bytes 0-2/9\r\ncontent-length: 3\r\n\r\nabc"
                .to_owned(),
            "part",
        ),
        (
            "HTTP/1.1 200 OK\r\n\r\nabc".to_owned(),
            "where the file ends",
        ),
    ] {
        let server = FileServer::start(vec![Serve::Raw(answer)]).await;
        let folder = folder();
        let error = get(&server, &folder.path().join("video.mp4"))
            .await
            .expect_err(word);
        assert_eq!(error.kind(), ErrorKind::Unsafe, "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
        assert!(names(&folder).is_empty(), "{word}");
    }
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_cut_and_thrown_away() {
    for turns in [vec![Serve::File(Some(TAG))], vec![Serve::Endless]] {
        let server = FileServer::start(turns).await;
        let folder = folder();
        let saving = downloader(&server)
            .max_bytes(599_999)
            .save(server.file(), folder.path().join("video.mp4"));
        let error = saving.await.expect_err("it is larger");
        assert_eq!(error.kind(), ErrorKind::Unsafe, "{error:?}");
        assert!(names(&folder).is_empty());
    }
    let server = FileServer::start(vec![Serve::File(Some(TAG))]).await;
    let folder = folder();
    let saving = downloader(&server)
        .max_bytes(600_000)
        .save(server.file(), folder.path().join("video.mp4"));
    assert_complete(&saving.await.expect("it just fits"), &server, &folder);
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let server = FileServer::start(vec![Serve::Hang(TAG, 300_000)]).await;
    let folder = folder();
    let saving = downloader(&server)
        .timer(Hasty)
        .stall_limit(Duration::from_secs(5))
        .save(server.file(), folder.path().join("video.mp4"));
    let error = saving.await.expect_err("nothing more comes");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    assert!(error.to_string().contains("nothing for 5 s"), "{error}");
}

#[tokio::test]
async fn a_download_has_a_time_limit_of_its_own() {
    let server = FileServer::start(vec![Serve::Hang(TAG, 300_000)]).await;
    let folder = folder();
    let saving = downloader(&server)
        .timer(Hasty)
        .time_limit(Duration::from_secs(5))
        .save(server.file(), folder.path().join("video.mp4"));
    let error = saving.await.expect_err("the server is silent");
    assert!(error.to_string().contains("after 5 s"), "{error}");
    assert!(!folder.path().join("video.mp4").exists());
}

/// Answers each question with the next of its answers, and counts the questions.
struct Names {
    answers: Vec<Vec<&'static str>>,
    asked: Arc<AtomicUsize>,
}

impl Resolver for Names {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self
            .answers
            .get(turn)
            .or(self.answers.last())
            .cloned()
            .unwrap_or_default();
        let addresses = answer
            .into_iter()
            .map(|text| SocketAddr::new(text.parse().expect("an address"), 9))
            .collect();
        Box::pin(async move { Ok(addresses) })
    }
}

fn resolving(answers: &[&[&'static str]]) -> (Names, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let names = Names {
        answers: answers.iter().map(|answer| answer.to_vec()).collect(),
        asked: Arc::clone(&asked),
    };
    (names, asked)
}

#[tokio::test]
async fn a_listed_name_that_leads_inside_is_refused_before_anything_is_sent() {
    for answer in [
        &["127.0.0.1"][..],
        &["169.254.169.254"],
        &["10.0.0.7"],
        &["::1"],
        &["::ffff:10.0.0.7"],
        &["fd00:ec2::254"],
        &["0.0.0.0"],
        &["224.0.0.1"],
        &["93.184.216.34", "192.168.1.1"],
    ] {
        let (names, _) = resolving(&[answer]);
        let folder = folder();
        let saving = Downloader::new().resolver(names).save(
            "https://cdn.creatify.ai/output.mp4",
            folder.path().join("video.mp4"),
        );
        let error = saving.await.expect_err("it leads inside");
        assert_eq!(error.kind(), ErrorKind::Unsafe, "{answer:?}: {error:?}");
        assert!(error.to_string().contains("no public address"), "{error}");
        assert!(self::names(&folder).is_empty());
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked() {
    let turns = vec![Serve::Cut(TAG, 300_000), Serve::File(Some(TAG))];
    let server = FileServer::start(turns).await;
    let origin = server.url.replace("127.0.0.1", "localhost");
    // A second question would be answered with another machine, also for the second request.
    let (names, asked) = resolving(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let folder = folder();
    let saving = Downloader::new()
        .allow_loopback(&origin)
        .expect("loopback")
        .resolver(names)
        .save(
            format!("{origin}/output.mp4"),
            folder.path().join("video.mp4"),
        );
    let done = saving.await.expect("served by the checked address");
    assert_complete(&done, &server, &folder);
    assert_eq!((asked.load(Ordering::SeqCst), server.heads().len()), (1, 2));

    // An allowed name of this machine must not lead elsewhere either.
    let (names, _) = resolving(&[&["93.184.216.34"]]);
    let saving = Downloader::new()
        .allow_loopback(&origin)
        .expect("loopback")
        .resolver(names)
        .save(
            format!("{origin}/output.mp4"),
            folder.path().join("again.mp4"),
        );
    assert_eq!(
        saving.await.expect_err("elsewhere").kind(),
        ErrorKind::Unsafe
    );
}

/// The name leads to 127.0.0.1 for everybody else; only Linux has the whole of 127.0.0.0/8.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn nobody_but_the_given_resolver_is_asked() {
    let turns = vec![Serve::File(Some(TAG))];
    let server = FileServer::at("127.0.0.2:0", b"abc".to_vec(), turns).await;
    let origin = server.url.replace("127.0.0.2", "localhost");
    let (names, _) = resolving(&[&["127.0.0.2"]]);
    let folder = folder();
    let saving = Downloader::new()
        .allow_loopback(&origin)
        .expect("loopback")
        .resolver(names)
        .save(
            format!("{origin}/output.mp4"),
            folder.path().join("video.mp4"),
        );
    let done = saving.await.expect("served by the checked address");
    assert_complete(&done, &server, &folder);
}

/// A clock on which pauses are over at once and limits never come.
struct Hasty;

impl Timer for Hasty {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if duration > Duration::from_secs(10) {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[tokio::test]
async fn a_server_that_keeps_breaking_off_is_asked_five_times() {
    for turns in [
        vec![status("503 Service Unavailable")],
        vec![Serve::Cut(TAG, 100)],
    ] {
        let server = FileServer::start(turns).await;
        let folder = folder();
        let saving = downloader(&server)
            .timer(Hasty)
            .save(server.file(), folder.path().join("video.mp4"));
        let error = saving.await.expect_err("it never comes to an end");
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
        assert_eq!(server.heads().len(), 5);
        assert!(!folder.path().join("video.mp4").exists());
    }
}

#[tokio::test]
async fn an_existing_file_is_left_alone_unless_it_is_to_be_replaced() {
    let server = FileServer::start(vec![Serve::File(Some(TAG))]).await;
    let folder = folder();
    let path = folder.path().join("video.mp4");
    std::fs::write(&path, "mine").expect("it is writable");
    let error = get(&server, &path).await.expect_err("it is there");
    assert_eq!(error.kind(), ErrorKind::File, "{error:?}");
    assert_eq!(std::fs::read(&path).expect("it is there"), b"mine");
    assert!(server.heads().is_empty(), "nothing was asked for");
    let done = downloader(&server)
        .save(server.file(), &path)
        .replacing()
        .await;
    assert_complete(&done.expect("replaced"), &server, &folder);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_planted_under_the_part_name_is_not_written_through() {
    let server = FileServer::start(vec![Serve::File(Some(TAG))]).await;
    for planted in ["video.mp4.part", "video.mp4.part.json"] {
        let folder = folder();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "mine").expect("it is writable");
        std::os::unix::fs::symlink(&victim, folder.path().join(planted)).expect("a link");
        let error = get(&server, &folder.path().join("video.mp4"))
            .await
            .expect_err("a link");
        assert_eq!(error.kind(), ErrorKind::File, "{error:?}");
        assert_eq!(std::fs::read(&victim).expect("it is there"), b"mine");
    }
}

#[tokio::test]
async fn two_downloads_never_write_one_file() {
    let server = FileServer::start(vec![Serve::Hang(TAG, 300_000)]).await;
    let folder = folder();
    let path = folder.path().join("video.mp4");
    let (arrived, mut first_bytes) = tokio::sync::mpsc::unbounded_channel();
    let first = downloader(&server)
        .save(server.file(), &path)
        .progress(move |progress| {
            let _ = arrived.send(progress.received);
        });
    let first = tokio::spawn(async move { first.await });
    first_bytes.recv().await.expect("it has begun");
    let error = get(&server, &path).await.expect_err("the first one writes");
    assert_eq!(error.kind(), ErrorKind::File, "{error:?}");
    assert!(error.to_string().contains("another download"), "{error}");
    first.abort();
}

#[tokio::test]
async fn progress_grows_to_the_whole() {
    let server = FileServer::start(vec![Serve::File(Some(TAG))]).await;
    let folder = folder();
    let (seen, mut steps) = tokio::sync::mpsc::unbounded_channel();
    downloader(&server)
        .save(server.file(), folder.path().join("video.mp4"))
        .progress(move |progress| {
            let _ = seen.send(progress);
        })
        .await
        .expect("served");
    let mut received = Vec::new();
    while let Some(step) = steps.recv().await {
        assert_eq!(step.total, Some(600_000));
        received.push(step.received);
    }
    assert!(received.is_sorted(), "{received:?}");
    assert_eq!(received.last(), Some(&600_000));
}

#[tokio::test]
async fn a_signature_in_an_address_shows_nowhere() {
    let folder = folder();
    let path = folder.path().join("video.mp4");
    for turn in [
        Serve::Raw(String::new()),
        status("403 Forbidden"),
        Serve::Cut(TAG, 5),
    ] {
        let server = FileServer::start(vec![turn]).await;
        let url = format!("{}?X-Amz-Signature=planted", server.file());
        let saving = downloader(&server).timer(Hasty).save(url, &path);
        let mut shown = format!("{saving:?}");
        let error = saving.await.expect_err("it is not served");
        shown.push_str(&format!("{error} {error:?}"));
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            shown.push_str(&format!("{error} {error:?}"));
            cause = error.source();
        }
        for name in names(&folder) {
            let text = std::fs::read(folder.path().join(name)).expect("it is there");
            shown.push_str(&String::from_utf8_lossy(&text));
        }
        assert!(!shown.contains("planted"), "{shown}");
    }
}
