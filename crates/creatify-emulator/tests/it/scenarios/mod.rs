//! Plays each script of `scenarios/` and holds what the emulator did against what the script says.
//! Clients are judged elsewhere: this is the server's side of each fault.

mod answers;
mod jobs;
mod reads;
mod webhooks;

use creatify_emulator::{Emulator, Scenario};

use crate::support::{Client, start_with};

/// The rows of the fault matrix that an emulator can play, in the matrix's order.
const MATRIX: [u32; 35] = [
    5, 6, 7, 8, 9, 11, 13, 14, 17, 18, 19, 20, 21, 22, 23, 36, 37, 39, 40, 41, 42, 43, 46, 47, 48,
    50, 53, 54, 55, 57, 58, 59, 60, 61, 66,
];

/// Makes one test of each script named, and the list of the names.
macro_rules! plays {
    ($($file:literal => $module:ident::$play:ident,)*) => {
        const PLAYED: &[&str] = &[$($file),*];
        $(
            #[tokio::test]
            async fn $play() {
                let client = start_with(Emulator::builder().scenario(&script($file))).await;
                $module::$play(client).await;
            }
        )*
    };
}

plays! {
    "05-closed-unread" => answers::nothing_is_read_and_nothing_begins,
    "06-read-then-closed" => answers::closed_after_reading_hides_one_paid_job,
    "07-read-then-reset" => answers::reset_after_reading_hides_one_paid_job,
    "08-accepted-answer-never-comes" => answers::silence_hides_one_paid_job,
    "09-job-later-than-the-time-limit" => answers::the_job_appears_after_the_connection_ended,
    "11-answer-breaks-off" => answers::broken_answers_hide_paid_jobs,
    "12-html-instead-of-json" => answers::html_may_or_may_not_hide_a_job,
    "13-id-missing-or-malformed" => answers::ids_are_missing_or_malformed,
    "14-id-of-another-job" => answers::the_second_job_answers_with_the_first_ones_id,
    "17-too-many-requests" => answers::every_kind_of_retry_after,
    "18-polls-throttled" => answers::only_reads_are_throttled_and_only_for_a_while,
    "19-server-error-job-created" => answers::server_errors_hide_paid_jobs,
    "20-server-error-no-job" => answers::server_errors_without_effect,
    "21-refused" => answers::refusals_cost_nothing,
    "22-key-revoked" => answers::a_revoked_key_is_refused_and_a_new_one_taken,
    "23-credits-run-out" => jobs::the_open_job_ends_though_nothing_new_can_be_paid,
    "36-no-request-at-all" => answers::nothing_was_sent,
    "37-the-same-request-twice" => answers::equal_requests_are_two_jobs,
    "39-list-lags" => reads::a_new_job_is_listed_later_than_it_can_be_read,
    "40-list-is-cut" => reads::lists_end_early,
    "41-list-unreadable" => reads::lists_fail_for_an_hour_and_reads_do_not,
    "42-marker-altered" => reads::names_and_addresses_come_back_changed,
    "43-balance-moved-by-others" => reads::the_balance_moves_without_a_job,
    "44-stale-replica" => reads::a_read_goes_backwards_once,
    "46-webhook-before-the-answer" => webhooks::the_call_back_is_there_before_the_answer,
    "47-webhook-a-thousand-times" => webhooks::one_change_is_told_a_thousand_times,
    "48-webhook-never-comes" => webhooks::the_job_ends_in_silence,
    "49-webhook-late" => webhooks::the_previews_are_told_while_the_render_runs,
    "50-webhook-forged" => webhooks::a_stranger_says_done,
    "53-previews-ready-while-pending" => jobs::previews_are_there_while_the_job_is_pending,
    "54-done-without-output" => jobs::done_comes_before_the_output_or_without_it,
    "55-done-after-failed" => jobs::a_failed_job_is_done_later,
    "56-unknown-status" => jobs::an_unknown_status_is_kept,
    "57-job-never-ends" => jobs::the_job_runs_for_ever,
    "58-accepted-id-not-found" => reads::an_accepted_job_is_not_found_for_two_minutes,
    "59-render-answer-lost" => jobs::the_lost_render_runs_and_is_paid_once,
    "60-render-twice" => jobs::the_second_render_is_refused,
    "61-dearer-than-quoted" => jobs::the_bill_is_three_credits_too_high,
    "66-limit-drops-and-returns" => answers::the_rate_follows_the_limit,
    "slow-answer" => answers::the_answer_drips_and_is_whole,
}

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn script(name: &str) -> Scenario {
    let text = std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
    Scenario::from_toml(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_row_has_a_script_and_every_script_is_played() {
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    assert_eq!(files, PLAYED);
    let rows: Vec<u32> = files.iter().filter_map(|name| script(name).row()).collect();
    for row in MATRIX {
        assert!(rows.contains(&row), "row {row} has no script");
    }
    for name in &files {
        let named = name.split('-').next().unwrap().parse().ok();
        assert_eq!(script(name).row(), named, "{name}");
    }
}

/// The avatar video every script is played with: 5 credits, about 50 seconds of work.
fn order() -> serde_json::Value {
    crate::support::avatar(5.0, "standard")
}

const AVATARS: &str = "/api/lipsyncs_v2/";

impl Client {
    /// Sends the order and gives what came: a code and a text, or an error.
    async fn order(&self) -> Result<(u16, String), reqwest::Error> {
        let answer = self.request("POST", AVATARS).json(&order()).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await?))
    }

    /// How many avatar videos the account has, past every fault.
    async fn jobs(&self) -> usize {
        let state = self.state().await;
        state["jobs"].as_array().unwrap().len()
    }

    async fn state(&self) -> serde_json::Value {
        let answer = self.http.get(self.url("/_emulator/state")).send().await;
        answer.unwrap().json().await.unwrap()
    }

    fn spent(&self) -> i64 {
        1_000_000 - self.emulator.balance_millicredits()
    }

    async fn pass(&self, seconds: u64) {
        let time = std::time::Duration::from_secs(seconds);
        self.emulator.advance(time).await;
    }
}
