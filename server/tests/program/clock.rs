//! A clock that is wrong once, by libfaketime: nothing is deleted for good, and schedules run again afterwards.

use std::path::PathBuf;
use std::process::Command;

use model::{Moment, RunState, SchedulePage};
use serde_json::json;

use crate::http::Visitor;
use crate::installation::{EMAIL, Installation, Server, new_account, run, until, with};
use crate::on_both;
use crate::servers::{ServerBehaviour, mail_server};

on_both! {
    nothing_is_deleted_for_good_by_a_clock_that_is_a_month_ahead
    schedules_run_again_after_a_clock_that_was_a_year_ahead
    a_clock_that_is_days_behind_is_not_ready_and_loses_nothing
}

const DAY: i64 = 24 * 60 * 60_000_000;

/// The program by a clock that is this much ahead or behind.
fn by_clock(mut program: Command, offset: &str) -> Command {
    program.env("LD_PRELOAD", library()).env("FAKETIME", offset).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    program
}

/// Debian keeps it in a folder that is named by the processor.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("there are libraries").map_while(Result::ok);
    let mut files = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    files.find(|file| file.exists()).expect("libfaketime is installed: `cargo xtask test` does it")
}

fn serve(installation: &Installation, offset: &str) -> Server {
    Server::start(by_clock(installation.program(&["serve", "--listen", "127.0.0.1:0"]), offset))
}

fn stop(server: Server) {
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
}

fn page(visitor: &Visitor) -> SchedulePage {
    let begun: serde_json::Value = visitor.call("load_schedule", &json!({ "id": 1 })).expect_status(200).json();
    serde_json::from_value(begun["data"].clone()).expect("it is a schedule's page")
}

fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Moment(since.as_micros() as i64)
}

fn nothing_is_deleted_for_good_by_a_clock_that_is_a_month_ahead(installation: &Installation) {
    let (server, visitor) = installation.served();
    visitor.post("save_account", &new_account("Kept")).expect_status(200);
    visitor.post("delete_account", &[("id", "1")]).expect_status(200);
    stop(server);
    let server = serve(installation, "+31d");
    let ready = server.visitor().page("/readyz").expect_status(200).body;
    assert!(ready.starts_with("ready\nwarning: The clock says "), "{ready}");
    assert!(
        ready.contains(", 31 days later than the last time that Posthouse ran. Nothing is deleted for good"),
        "{ready}"
    );
    stop(server);
    // A command deletes nothing at all.
    let export = by_clock(installation.program(&["export", "accounts"]), "+31d");
    assert_eq!(run(export, "").status.code(), Some(0));
    let server = installation.serve();
    assert_eq!(server.visitor().page("/readyz").expect_status(200).body, "ready\n");
    server.sign_in().post("restore_account", &[("id", "1")]).expect_status(200);
    stop(server);
}

fn schedules_run_again_after_a_clock_that_was_a_year_ahead(installation: &Installation) {
    let (port, _heard) = mail_server("PLAIN", ServerBehaviour::Accepts);
    let (server, visitor) = installation.served();
    let to = [("draft[host]", "127.0.0.1"), ("draft[safe_connection]", "No")];
    let account = with(&with(&new_account("Relay"), &to), &[("draft[port]", &port.to_string())]);
    visitor.post("save_account", &account).expect_status(200);
    let schedule = [("form", "New"), ("draft[name]", "Daily"), ("draft[recipients]", EMAIL), ("draft[subject]", "x")];
    visitor.post("save_schedule", &[&schedule[..], &[("draft[time]", "08:00")]].concat()).expect_status(200);
    let first = page(&visitor).next[0].at;
    stop(server);
    let sent = |visitor: &Visitor, runs: usize| {
        until("it is sent", || {
            let page = page(visitor);
            let all_sent = page.runs.iter().all(|run| run.state == RunState::Sent);
            (page.runs.len() == runs && all_sent).then_some(page)
        })
    };
    let server = serve(installation, "+400d");
    let page_then = sent(&server.sign_in(), 1);
    assert!(page_then.next[0].at.0 > now().0 + 399 * DAY, "{page_then:?}");
    stop(server);
    let server = installation.serve();
    let next = page(&server.sign_in()).next[0].at;
    assert_eq!(next, Moment(first.0 + DAY), "the first time was made use of by the wrong clock");
    stop(server);
    // The next morning, and the one after it.
    let server = serve(installation, "+49h");
    let page_then = sent(&server.sign_in(), 2);
    assert_eq!((page_then.runs[0].planned_at, page_then.stopped), (next, None));
    stop(server);
}

fn a_clock_that_is_days_behind_is_not_ready_and_loses_nothing(installation: &Installation) {
    let (server, visitor) = installation.served();
    visitor.post("save_account", &new_account("Kept")).expect_status(200);
    visitor.post("delete_account", &[("id", "1")]).expect_status(200);
    stop(server);
    let server = serve(installation, "-49h");
    let said = server.visitor().page("/readyz").expect_status(503).body;
    assert!(said.starts_with("The clock says ") && said.contains(", 2 days earlier than a time that"), "{said}");
    assert!(server.log().contains("2 days earlier"), "{}", server.log());
    stop(server);
    let server = installation.serve();
    assert_eq!(server.visitor().page("/readyz").expect_status(200).body, "ready\n");
    server.sign_in().post("restore_account", &[("id", "1")]).expect_status(200);
    stop(server);
    // A clock that is right after all.
    let program = installation.program(&["serve", "--listen", "127.0.0.1:0", "--accept-clock"]);
    let server = Server::start(by_clock(program, "-49h"));
    assert_eq!(server.visitor().page("/readyz").expect_status(200).body, "ready\n");
    stop(server);
}
