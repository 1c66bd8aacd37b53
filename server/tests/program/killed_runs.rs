//! Two servers on one PostgreSQL, one of them killed in the middle of scheduled reports, again and again: every planned
//! time happens once, or is marked as not known where the message was being handed over.
//!
//! `cargo xtask torture` runs more rounds than the tests do.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use model::{RunState, SchedulePage};
use serde_json::json;

use crate::http::Visitor;
use crate::installation::{DatabaseKind, EMAIL, Installation, Server, new_account, sql, until, with};
use crate::killed::{Random, rounds};

const SCHEDULES: i64 = 12;
/// The page of a schedule shows so many runs.
const SHOWN: u64 = 100;

#[test]
fn every_planned_report_is_sent_once_or_marked_not_known() {
    let rounds = rounds(8, SHOWN);
    let mut random = Random::seeded();
    println!("{rounds} rounds from seed {}", random.0);
    let mailbox = Mailbox::open();
    let installation = Installation::new(DatabaseKind::Postgres);
    let serve = || {
        let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
        program.args(["--take-over-after", "2"]);
        Server::start(program)
    };
    let first = serve();
    let visitor = first.set_up();
    let to = [("draft[host]", "127.0.0.1"), ("draft[safe_connection]", "No")];
    let account = with(&with(&new_account("Relay"), &to), &[("draft[port]", &mailbox.port.to_string())]);
    visitor.post("save_account", &account).expect_status(200);
    for number in 0..SCHEDULES {
        let name = format!("Schedule {number}");
        let schedule = [("form", "New"), ("draft[name]", &name), ("draft[recipients]", EMAIL), ("draft[subject]", "x")];
        visitor.post("save_schedule", &[&schedule[..], &[("draft[time]", "08:00")]].concat()).expect_status(200);
    }
    let mut servers = [first, serve()];
    let pages = |server: &Server| {
        let visitor = Visitor { cookie: visitor.cookie.clone(), ..server.visitor() };
        (1..=SCHEDULES).map(|id| page(&visitor, id)).collect::<Vec<_>>()
    };
    for round in 0..rounds {
        // The times of the round before are rows by now.
        until("all of the round before are planned", || {
            pages(&servers[0]).iter().all(|page| page.runs.len() as u64 >= round).then_some(())
        });
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_micros();
        sql(&installation.url(), &format!("UPDATE schedules SET next_at = {now}"));
        thread::sleep(Duration::from_micros(random.next() % 1_500_000));
        let killed = (random.next() % 2) as usize;
        servers[killed].kill();
        servers[killed] = serve();
    }
    let pages = until("all runs have ended", || {
        let pages = pages(&servers[0]);
        let ended =
            |page: &SchedulePage| page.runs.len() as u64 >= rounds && page.runs.iter().all(|run| run.state.has_ended());
        pages.iter().all(ended).then_some(pages)
    });
    let taken = mailbox.taken();
    let mut unknown = 0;
    for page in &pages {
        assert_eq!((page.runs.len() as u64, &page.stopped), (rounds, &None), "each planned time has one run");
        for run in &page.runs {
            let count = taken.get(&run.id.0).copied().unwrap_or(0);
            match run.state {
                RunState::Sent => assert_eq!(count, 1, "{run:?}"),
                RunState::Unknown => {
                    assert!(count <= 1, "{count} times: {run:?}");
                    unknown += 1;
                }
                _ => panic!("{run:?}"),
            }
        }
    }
    let runs = pages.iter().map(|page| page.runs.len()).sum::<usize>();
    println!("{runs} planned, {} messages, {unknown} not known, none twice", taken.values().sum::<u64>());
    assert!(unknown * 2 < runs, "most of them are known");
}

fn page(visitor: &Visitor, id: i64) -> SchedulePage {
    let begun: serde_json::Value = visitor.call("load_schedule", &json!({ "id": id })).expect_status(200).json();
    serde_json::from_value(begun["data"].clone()).expect("it is a schedule's page")
}

/// A mail server that takes everything, a little slowly, and counts the messages of each run.
struct Mailbox {
    port: u16,
    taken: Arc<Mutex<BTreeMap<i64, u64>>>,
}

impl Mailbox {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let taken = Arc::new(Mutex::new(BTreeMap::new()));
        let kept = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                // A client that is killed ends the conversation.
                thread::spawn(move || converse(stream, &kept));
            }
        });
        Self { port, taken }
    }

    fn taken(&self) -> BTreeMap<i64, u64> {
        self.taken.lock().expect("nobody panics with it").clone()
    }
}

fn converse(mut stream: TcpStream, kept: &Mutex<BTreeMap<i64, u64>>) -> io::Result<()> {
    let slowly = || thread::sleep(Duration::from_millis(15));
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    stream.write_all(b"220 mailbox.example ESMTP\r\n")?;
    let (mut run, mut in_data) = (0, false);
    while let Some(line) = lines.next().transpose()? {
        let reply = match line.as_str() {
            "." if in_data => {
                in_data = false;
                *kept.lock().expect("nobody panics with it").entry(run).or_default() += 1;
                slowly();
                "250 2.0.0 Ok"
            }
            name if in_data => {
                if let Some(name) = name.strip_prefix("Message-ID: <") {
                    // It names the schedule's beginning, the run, and the planned time.
                    let number = name.split('.').nth(1).unwrap_or_default();
                    run = i64::from_str_radix(number, 16).expect("the second part is the run");
                }
                continue;
            }
            "DATA" => {
                in_data = true;
                slowly();
                "354 go on"
            }
            _ => "250 Ok",
        };
        stream.write_all(format!("{reply}\r\n").as_bytes())?;
    }
    Ok(())
}
