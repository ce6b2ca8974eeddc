//! A documentation site on loopback, for the tests of `docs pull`: each path answers as it is told.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// How a path answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A text with an ETag made from its length; asked again with it, 304.
    Page(String),
    /// A status and headers, with no body.
    Status(u16, &'static str),
    /// A status and headers for the first requests, then a page.
    After(u32, u16, &'static str, String),
    /// A page of so many bytes, sent until the reader hangs up.
    Huge(u64),
    /// Half of what is announced.
    Cut(String),
}

type Answers = Arc<Mutex<BTreeMap<String, Answer>>>;

/// The site; it lives as long as the test's process.
pub(crate) struct Site {
    /// Its address.
    pub(crate) url: String,
    answers: Answers,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// A site that lists and serves `pages`.
    pub(crate) fn start(pages: Vec<(String, Answer)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        );
        let answers: Answers = Arc::new(Mutex::new(pages.into_iter().collect()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (serving, noting) = (Arc::clone(&answers), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, asked) = (Arc::clone(&serving), Arc::clone(&noting));
                thread::spawn(move || serve(stream, &answers, &asked));
            }
        });
        Self {
            url,
            answers,
            asked,
        }
    }

    /// Changes how a path answers.
    pub(crate) fn set(&self, path: &str, answer: Answer) {
        self.answers
            .lock()
            .expect("no test panics here")
            .insert(path.to_owned(), answer);
    }

    /// The paths that were asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("no test panics here"))
    }
}

fn serve(stream: TcpStream, answers: &Answers, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(&stream);
    let (mut path, mut etag) = (String::new(), String::new());
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("if-none-match")
        {
            value.trim().clone_into(&mut etag);
        }
        line.clear();
    }
    asked
        .lock()
        .expect("no test panics here")
        .push(path.clone());
    let answer = {
        let mut answers = answers.lock().expect("no test panics here");
        match answers.get_mut(&path) {
            None => Answer::Status(404, ""),
            Some(Answer::After(left, status, headers, text)) => {
                if *left == 0 {
                    Answer::Page(text.clone())
                } else {
                    *left -= 1;
                    Answer::Status(*status, headers)
                }
            }
            Some(answer) => answer.clone(),
        }
    };
    // A reader that hangs up early is part of some tests.
    let _ = write(&stream, answer, &etag);
}

fn write(mut stream: &TcpStream, answer: Answer, etag: &str) -> std::io::Result<()> {
    match answer {
        Answer::Page(text) => {
            let own = format!(
                "\"{}-{:x}\"",
                text.len(),
                text.bytes().map(u64::from).sum::<u64>()
            );
            if own == etag {
                return write!(
                    stream,
                    "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
                );
            }
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nETag: {own}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
                text.len()
            )
        }
        Answer::Status(status, headers) | Answer::After(_, status, headers, _) => write!(
            stream,
            "HTTP/1.1 {status} Told\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        Answer::Huge(size) => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            let chunk = [b'a'; 65_536];
            for _ in 0..size / 65_536 {
                stream.write_all(&chunk)?;
            }
            Ok(())
        }
        Answer::Cut(text) => write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len() * 2
        ),
    }
}
