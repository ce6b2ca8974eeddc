//! schemathesis against the emulator: all checks on, exceptions in `xtask/judge/schemathesis.toml`.
//! Must not except anything by itself.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::tools::{KEYS, Served, bounded, request, tail};
use super::{Places, Verdict};
use crate::output::say;
use crate::programs::Build;

const INSTALL_LIMIT: Duration = Duration::from_secs(180);
const RUN_LIMIT: Duration = Duration::from_secs(400);
/// The same requests in every run, so that a finding can be repeated.
const SEED: &str = "1";
/// No phase of a job takes more steps.
const STEPS: u8 = 4;

pub(super) fn run(places: &Places) -> Result<Verdict> {
    let program = match install(places)? {
        Ok(program) => program,
        Err(why) => return Ok(Verdict::Skipped(why)),
    };
    let script = places.settings.join("planted.toml");
    let script = script.to_string_lossy();
    let settings = ["--unlimited", "--by-request", "--script", &script];
    let planted = Served::start(&places.root, Build::Tested, &settings)?;
    let only = ["--include-operation-id=remaining_credits_retrieve"];
    let found = judge(places, &program, &planted, &only)?;
    drop(planted);
    if found.success || !found.text.contains("remaining_credits") {
        bail!(
            "the planted fault was not found:\n{}",
            tail(&found.text, 30)
        );
    }
    say("schemathesis found the planted fault");
    let emulator = Served::start(
        &places.root,
        Build::Tested,
        &["--unlimited", "--by-request"],
    )?;
    let ended = judge(places, &program, &emulator, &[])?;
    if !ended.success {
        bail!("findings:\n{}", tail(&ended.text, 120));
    }
    let cases = ended.text.lines().find(|line| line.contains("generated,"));
    let cases = cases.unwrap_or_default().trim();
    Ok(Verdict::Content(format!("0 findings; {cases}")))
}

fn judge(
    places: &Places,
    program: &PathBuf,
    emulator: &Served,
    more: &[&str],
) -> Result<super::tools::Ended> {
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(places.settings.join("schemathesis.toml"))
        .arg("run")
        .arg(places.root.join("openapi").join("creatify.json"))
        .args(["--url", &emulator.url, "--seed", SEED])
        .args(more)
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("JUDGE_KNOWN", known(emulator)?.to_string())
        .env("PYTHONPATH", &places.settings)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Whatever it remembers between runs is kept out of the workspace.
        .current_dir(&places.cache);
    for (name, value) in KEYS {
        command.arg("-H").arg(format!("{name}: {value}"));
    }
    bounded(&mut command, RUN_LIMIT)
}

/// Makes a link and, in each family, a job with its preview, so that made-up requests can name things
/// that exist: ids by the field or the family that takes them.
fn known(emulator: &Served) -> Result<Value> {
    let link = made(
        emulator,
        "links",
        &json!({"url": "https://shop.example/lamp"}),
    )?;
    let link = &link["id"];
    let order = json!({"link": link, "visual_styles": ["FullScreenTemplate"]});
    let previews = made(emulator, "link_to_videos/preview_list_async", &order)?;
    let order = json!({"template_id": "7e000000-0000-4000-8000-000000000015", "variables": {}});
    let preview = made(emulator, "custom_template_jobs/preview_async", &order)?;
    let order = json!({"video_inputs": [{
        "character": {"type": "avatar", "avatar_id": "a7000000-0000-4000-8000-000000000001"},
        "voice": {"type": "silence", "duration": 5},
    }]});
    let avatar = made(emulator, "lipsyncs_v2", &order)?;
    Ok(json!({
        "link": [link],
        "links": [link],
        "link_to_videos": [previews["id"]],
        "media_job": [previews["previews"][0]["media_job"]],
        "custom_template_jobs": [preview["id"]],
        "lipsyncs_v2": [avatar["id"]],
    }))
}

/// Makes one thing and reads it until nothing of it moves: each read moves the clock to its next step.
fn made(emulator: &Served, path: &str, order: &Value) -> Result<Value> {
    let port = emulator.port()?;
    let (code, mut body) = request(port, "POST", &format!("/api/{path}/"), &order.to_string())?;
    if code != 201 {
        bail!("the emulator refused what the judge begins with: {path}: {code} {body}");
    }
    let made: Value = serde_json::from_str(&body)?;
    let id = made["id"].as_str().unwrap_or_default();
    let family = path.split('/').next().unwrap_or_default();
    for _ in 0..STEPS {
        body = request(port, "GET", &format!("/api/{family}/{id}/"), "")?.1;
    }
    Ok(serde_json::from_str(&body)?)
}

/// The program, or why it cannot be had.
fn install(places: &Places) -> Result<Result<PathBuf, String>> {
    let wanted = std::fs::read_to_string(places.settings.join("requirements.txt"))?;
    let folder = places.cache.join("python");
    let (program, stamp) = (folder.join("bin").join("st"), folder.join("installed.txt"));
    if program.exists() && std::fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(Ok(program));
    }
    std::fs::create_dir_all(&places.cache)?;
    let mut create = Command::new("python3");
    create.args(["-m", "venv"]).arg(&folder);
    match bounded(&mut create, INSTALL_LIMIT) {
        Ok(ended) if ended.success => {}
        Ok(ended) => {
            return Ok(Err(format!(
                "no virtual environment: {}",
                tail(&ended.text, 1)
            )));
        }
        Err(_) => return Ok(Err("python3 is not installed".to_owned())),
    }
    let mut pip = Command::new(folder.join("bin").join("pip"));
    pip.args(["install", "--quiet", "--timeout=15", "--retries=1", "-r"])
        .arg(places.settings.join("requirements.txt"));
    let ended = bounded(&mut pip, INSTALL_LIMIT)?;
    if !ended.success {
        return Ok(Err(format!(
            "PyPI does not answer: {}",
            tail(&ended.text, 1)
        )));
    }
    std::fs::write(stamp, wanted)?;
    Ok(Ok(program))
}
