//! The page at `/_emulator/`: jobs on a time line, the balance over time, the newest requests. Made on
//! the server, with no asset but itself; a few lines of script fetch it again each second. Must not
//! change anything.

use std::fmt::Write as _;

use crate::billing::{self, Milli};
use crate::clock::{self, Millis};
use crate::jobs::{self, Job};
use crate::log::RequestRecord;
use crate::state::World;

/// So many of the newest jobs and requests are shown.
const JOBS: usize = 40;
const REQUESTS: usize = 30;
/// The width of the time line in its own units.
const WIDTH: i64 = 1_000;
/// The colours of the statuses, readable beside each other without telling red from green.
const COLOURS: [(&str, &str); 6] = [
    (jobs::PENDING, "#b8c0cc"),
    (jobs::IN_QUEUE, "#7b9acc"),
    (jobs::RUNNING, "#e3a72f"),
    (jobs::DONE, "#2a8c82"),
    (jobs::FAILED, "#b3324b"),
    (jobs::REJECTED, "#7a2a6b"),
];
const OTHER: &str = "#333333";
/// Of what the status does not tell: previews wait to be picked.
const READY: (&str, &str) = ("previews ready", "#8cc4bd");

const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;\
padding:0 1rem;color:#1c2430;background:#fbfbf9}h1{font-size:1.3rem}h2{font-size:1rem;\
margin:1.8rem 0 .4rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;\
padding:.15rem .6rem .15rem 0;white-space:nowrap;font-variant-numeric:tabular-nums}\
th{font-weight:600;color:#5a6472}.chart{display:grid;grid-template-columns:3.5rem 1fr 3.5rem;\
gap:0 .6rem;color:#5a6472}.chart p{margin:0;display:flex;flex-direction:column;text-align:right;\
justify-content:space-between}.chart p b{margin:0 auto auto 0;color:#1c2430}.ends,.chart p.ends{\
display:flex;flex-direction:row;justify-content:space-between}td.line{width:99%}\
svg{display:block;width:100%}code{font-size:12px}.fault{margin-right:.3rem;padding:0 .4rem;\
border-radius:.6rem;background:#f6d9a8;color:#5a3a00;font-size:12px}\
.facts{display:flex;gap:2.5rem}.facts b{display:block;font-size:1.25rem}.key span{display:inline-block;\
width:.8rem;height:.8rem;margin:0 .3rem 0 1rem;vertical-align:-.1rem}.bad{color:#b3324b}\
tr:nth-child(even) td{background:#f2f2ee}";

const SCRIPT: &str = "setInterval(async()=>{try{const t=await(await fetch(location.href)).text();\
const d=new DOMParser().parseFromString(t,'text/html');\
document.querySelector('main').replaceWith(d.querySelector('main'))}catch(e){}},1000)";

/// The whole page.
pub(crate) fn page(world: &mut World) -> String {
    let now = world.clock.now();
    let mut body = String::new();
    facts(&mut body, world, now);
    timeline(&mut body, &world.jobs, now);
    balance(&mut body, world, now);
    requests(&mut body, &world.log.newest(REQUESTS), world.log.len());
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>Creatify emulator</title><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head>\
         <body><main><h1>Creatify emulator</h1>{body}</main>\
         <script>{SCRIPT}</script></body></html>\n"
    )
}

// Writing into a `String` cannot fail, so the results below are not looked at.

fn facts(out: &mut String, world: &World, now: Millis) {
    let going = world.jobs.iter().filter(|job| job.is_busy()).count();
    let facts = [
        ("time", clock::rfc3339(now)),
        ("credits", credits(world.balance)),
        ("jobs", world.jobs.len().to_string()),
        ("under way", going.to_string()),
        ("faults to come", world.faults.pending().len().to_string()),
    ];
    out.push_str("<div class=\"facts\">");
    for (name, value) in facts {
        let _ = write!(out, "<div>{name}<b>{}</b></div>", escape(&value));
    }
    out.push_str("</div>");
}

fn timeline(out: &mut String, all: &[Job], now: Millis) {
    out.push_str("<h2>Jobs, the newest first</h2><p class=\"key\">");
    for (status, colour) in COLOURS.into_iter().chain([READY]) {
        let _ = write!(out, "<span style=\"background:{colour}\"></span>{status}");
    }
    let _ = write!(
        out,
        "<span style=\"background:{OTHER}\"></span>any other</p>"
    );
    let shown: Vec<&Job> = all.iter().rev().take(JOBS).collect();
    let Some(first) = shown.iter().map(|job| job.created).min() else {
        out.push_str("<p>None yet: create one, and it appears here.</p>");
        return;
    };
    let _ = write!(
        out,
        "<table><tr><th>job</th><th>operation</th><th><div class=\"ends\"><span>{}</span>\
         <span>now</span></div></th><th>status</th><th>credits</th></tr>",
        time_of_day(first)
    );
    for job in shown {
        let _ = write!(
            out,
            "<tr><td><code>{}</code></td><td>{}</td><td class=\"line\">{}</td><td{}>{} {}</td>\
             <td>{}</td></tr>",
            &job.id.to_string()[..8],
            escape(&job.operation.id),
            line(job, first, now),
            if job.has_failed() {
                " class=\"bad\""
            } else {
                ""
            },
            escape(&told(job)),
            marks(&job.faults),
            credits(job.charged),
        );
    }
    out.push_str("</table>");
}

/// What was made to go wrong, so that nobody takes it for the emulator's own doing.
fn marks(faults: &[String]) -> String {
    faults
        .iter()
        .map(|kind| format!("<span class=\"fault\">{}</span>", escape(kind)))
        .collect()
}

/// The status, and what a status alone does not tell.
fn told(job: &Job) -> String {
    match (&job.failed_reason, job.status == jobs::PENDING) {
        (Some(reason), _) => format!("{}: {reason}", job.status),
        (None, true) if !job.previews.is_empty() => {
            format!("{}, {} previews ready", job.status, job.previews.len())
        }
        _ => job.status.to_string(),
    }
}

/// One bar for each stretch of time in which a job read the same.
fn line(job: &Job, first: Millis, now: Millis) -> String {
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} 14\" preserveAspectRatio=\"none\" height=\"14\" role=\"img\">"
    );
    for (index, moment) in job.history.iter().enumerate() {
        let until = job.history.get(index + 1).map_or(now, |next| next.at);
        let (left, right) = (place(moment.at, first, now), place(until, first, now));
        let known = COLOURS.iter().find(|(status, _)| *status == moment.status);
        let (told, colour) = match known {
            _ if moment.is_for_picking() => READY,
            Some(known) => *known,
            None => (&*moment.status, OTHER),
        };
        let _ = write!(
            out,
            "<rect x=\"{left}\" y=\"1\" width=\"{}\" height=\"12\" fill=\"{colour}\">\
             <title>{} since {}, {} credits used</title></rect>",
            (right - left).max(3),
            escape(told),
            time_of_day(moment.at),
            credits(moment.billed),
        );
    }
    out.push_str("</svg>");
    out
}

fn balance(out: &mut String, world: &World, now: Millis) {
    out.push_str("<h2>Balance</h2>");
    let first = world.balances.front().map_or(now, |(at, _)| *at);
    let most = world.balances.iter().map(|(_, amount)| *amount).max();
    let most = most.unwrap_or(0).max(1);
    let height = |amount: Milli| 98 - amount.saturating_mul(94) / most;
    let mut points = String::new();
    let mut last = None;
    for (at, amount) in &world.balances {
        let x = place(*at, first, now);
        if let Some(before) = last {
            let _ = write!(points, "{x},{before} ");
        }
        let y = height(*amount);
        let _ = write!(points, "{x},{y} ");
        last = Some(y);
    }
    let end = last.unwrap_or(98);
    let _ = write!(points, "{WIDTH},{end}");
    let _ = write!(
        out,
        "<div class=\"chart\"><p><span>{}</span><span>0</span></p>\
         <svg viewBox=\"0 0 {WIDTH} 100\" preserveAspectRatio=\"none\" height=\"100\" role=\"img\">\
         <title>the balance over time</title>\
         <line x1=\"0\" y1=\"98\" x2=\"{WIDTH}\" y2=\"98\" stroke=\"#b8c0cc\"/>\
         <polyline fill=\"none\" stroke=\"#2a8c82\" stroke-width=\"2\" \
         vector-effect=\"non-scaling-stroke\" points=\"{points}\"/></svg>\
         <p><b style=\"margin-top:{}px\">{}</b></p><p></p><p class=\"ends\"><span>{}</span><span>now</span></p></div>",
        credits(most),
        // Beside the end of the line: half a line of text above it.
        (end - 10).max(0),
        credits(world.balance),
        time_of_day(first),
    );
}

fn requests(out: &mut String, newest: &[RequestRecord], all: u64) {
    let _ = write!(
        out,
        "<h2>Requests, the newest first ({all} so far)</h2>\
         <table><tr><th>time</th><th>answer</th><th>fault</th><th>request</th>\
         <th class=\"line\"></th></tr>"
    );
    for record in newest.iter().rev() {
        let refused = record.status.is_none_or(|status| status >= 400);
        let _ = write!(
            out,
            "<tr><td>{}</td><td{}>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
            time_of_day(clock::millis(record.at)),
            if refused { " class=\"bad\"" } else { "" },
            record
                .status
                .map_or("none".to_owned(), |code| code.to_string()),
            marks(&record.faults),
            escape(&record.method),
            escape(&record.path.chars().take(100).collect::<String>()),
        );
    }
    out.push_str("</table>");
}

/// Where a moment stands between two others.
fn place(at: Millis, first: Millis, last: Millis) -> i64 {
    let whole = last.saturating_sub(first).max(1);
    at.saturating_sub(first).saturating_mul(WIDTH) / whole
}

fn time_of_day(at: Millis) -> String {
    let text = clock::rfc3339(at);
    text.get(11..19).unwrap_or(&text).to_owned()
}

fn credits(amount: Milli) -> String {
    billing::to_json(amount).to_string()
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(one),
        }
    }
    safe
}
