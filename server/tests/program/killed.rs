//! Killed in the middle of saves, again and again: what was answered is there, and nothing is half done.
//!
//! `cargo xtask torture` runs more rounds than the tests do.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use model::{AccountFilter, AccountId, AccountPage, AccountRow, Column, Problem, Saved};
use serde_json::json;

use crate::http::Visitor;
use crate::on_both;
use crate::world::{World, new_account, until, with};

on_both! {
    no_save_that_was_answered_is_lost
}

const WRITERS: u64 = 4;

/// What a writer knows of one account: the numbers of the last save that was answered, and of one that was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    /// None while nobody has said that it was made.
    answered: Option<u64>,
    unanswered: Option<u64>,
}

fn no_save_that_was_answered_is_lost(world: &World) {
    let rounds = rounds(20, u64::MAX);
    let mut random = Random::seeded();
    println!("{rounds} rounds from seed {}", random.0);
    let (mut server, mut visitor) = world.served();
    let mut all = BTreeMap::new();
    for round in 0..rounds {
        // A number of answers, and then a moment in the middle of what is not answered yet.
        let (answers, wanted) = (AtomicU64::new(0), random.next() % 40);
        let pause = Duration::from_micros(random.next() % 5_000);
        let seeds: Vec<_> = (0..WRITERS).map(|_| random.next()).collect();
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .zip(seeds)
                .map(|(writer, seed)| {
                    let (visitor, answers) = (visitor.clone(), &answers);
                    scope.spawn(move || write(&visitor, &format!("r{round}w{writer}"), Random(seed | 1), answers))
                })
                .collect();
            until("answers", || (answers.load(Ordering::Relaxed) >= wanted).then_some(()));
            std::thread::sleep(pause);
            server.kill();
            for writer in writers {
                all.extend(writer.join().expect("a writer only stops when the server is gone"));
            }
        });
        server = world.serve();
        visitor = Visitor { cookie: visitor.cookie, ..server.visitor() };
        check(&visitor, &all, round);
    }
    let answered = all.values().filter(|known: &&Known| known.answered.is_some()).count();
    println!("{answered} accounts were answered for, {} in all", all.len());
    assert!(answered as u64 > rounds, "the server was killed while it worked, not before");
}

/// Saves new accounts, and saves them again, until the server is gone.
fn write(visitor: &Visitor, prefix: &str, mut random: Random, answers: &AtomicU64) -> BTreeMap<String, Known> {
    let mut all = BTreeMap::new();
    for number in 0.. {
        let name = format!("{prefix}n{number}");
        let mut known = Known { answered: None, unanswered: None };
        // Where the next save goes: the account, and the version that it is on top of.
        let mut place: Option<(AccountId, i64)> = None;
        for save in 0..=random.next() % 3 {
            let at = match place {
                None => vec![("form", "New".to_owned())],
                Some((id, version)) => {
                    vec![("form[Edit]", id.to_string()), ("version", version.to_string())]
                }
            };
            let at: Vec<_> = at.iter().map(|(name, value)| (*name, value.as_str())).collect();
            // Each choice of a default changes two records at once.
            let default = if random.next().is_multiple_of(4) { "Yes" } else { "No" };
            let form = with(&numbered(&name, save), &[&at[..], &[("draft[default]", default)]].concat());
            match visitor.try_post("save_account", &form) {
                Err(_) => {
                    known.unanswered = Some(save);
                    all.insert(name, known);
                    return all;
                }
                Ok(answer) if answer.status == 200 => {
                    answers.fetch_add(1, Ordering::Relaxed);
                    known.answered = Some(save);
                    let saved: Saved = answer.json();
                    place = Some((saved.id, saved.version));
                }
                // Another writer took the mark of the default: that was a save on top of ours.
                Ok(answer) if answer.status == 409 => match answer.json() {
                    Problem::Conflict(conflict) => place = place.map(|(id, _)| (id, conflict.version)),
                    other => panic!("{other}"),
                },
                // The default does not give up its mark: nothing was saved, as it was told.
                Ok(answer) => assert_eq!(answer.status, 422, "{answer:?}"),
            }
        }
        all.insert(name, known);
    }
    all
}

/// The form, with the number of the save in several of its answers.
fn numbered(name: &str, save: u64) -> Vec<(String, String)> {
    let (sender, host) = (format!("s{save}@nordhavn.example"), format!("h{save}.nordhavn.example"));
    let (reply, port) = (format!("r{save}@nordhavn.example"), (1000 + save).to_string());
    let answers =
        [("draft[sender]", &sender), ("draft[reply]", &reply), ("draft[host]", &host), ("draft[port]", &port)];
    with(&new_account(name), &answers.map(|(name, value)| (name, value.as_str())))
        .into_iter()
        .filter(|(name, _)| name != "form")
        .collect()
}

fn check(visitor: &Visitor, all: &BTreeMap<String, Known>, round: u64) {
    let rows = list(visitor, "page_size=100");
    for (name, known) in all {
        let found = rows.get(name).map(number_of);
        let expected = [known.answered, known.unanswered.or(known.answered)];
        assert!(expected.contains(&found), "{name} is at {found:?}, but {known:?} in round {round}");
    }
    for name in rows.keys() {
        assert!(all.contains_key(name), "nobody saved {name}");
    }
    let defaults = rows.values().filter(|row| row.default).count();
    assert_eq!(defaults, usize::from(!rows.is_empty()), "one default in round {round}");
    // The search index says the same as the table.
    let last = format!("r{round}w");
    let wanted = rows.keys().filter(|name| name.starts_with(&last)).count();
    assert_eq!(list(visitor, &format!("name={last}&page_size=100")).len(), wanted, "round {round}");
}

/// The number that all parts of a row agree on.
fn number_of(row: &AccountRow) -> u64 {
    let number = u64::from(row.port.expect("each was saved with one").get()) - 1000;
    let text = |column| row.cell(column).text().into_owned();
    let parts = (text(Column::Sender), text(Column::Reply), row.host.to_string());
    let wanted = (
        format!("s{number}@nordhavn.example"),
        format!("r{number}@nordhavn.example"),
        format!("h{number}.nordhavn.example"),
    );
    assert_eq!(parts, wanted, "half of {} is another save's", row.name);
    number
}

/// All pages of a list; the counts are those of the rows.
pub fn list(visitor: &Visitor, query: &str) -> BTreeMap<String, AccountRow> {
    let mut rows = BTreeMap::new();
    for page in 1.. {
        let filter = AccountFilter::from_query(&format!("{query}&page={page}"));
        let listed: AccountPage = visitor.call("list_accounts", &json!({ "filter": filter })).expect_status(200).json();
        rows.extend(listed.rows.into_iter().map(|row| (row.name.clone(), row)));
        if page >= listed.pages {
            assert_eq!(rows.len() as u64, listed.matching, "the count is right");
            let is_whole = !query.contains("name=");
            assert!(!is_whole || listed.total == listed.matching, "the kept count is right: {}", listed.total);
            break;
        }
    }
    rows
}

/// How often it is done: as usual in the tests; as often as `cargo xtask torture` says, but not more often than this.
pub fn rounds(usual: u64, at_most: u64) -> u64 {
    let told = std::env::var("POSTHOUSE_TORTURE_ROUNDS");
    told.map_or(usual, |rounds| rounds.parse().expect("a number")).min(at_most)
}

/// Starts a program and kills it after this time. How long it took, where it had ended before.
pub fn kill_after(mut program: Command, time: Duration) -> Option<Duration> {
    program.stdin(Stdio::null()).stdout(Stdio::null());
    let begun = Instant::now();
    let mut child = program.spawn().expect("the program starts");
    while begun.elapsed() < time && child.try_wait().expect("it was started here").is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    let took = begun.elapsed();
    let _ended = child.kill();
    let status = child.wait().expect("it was started here");
    assert!(status.success() || status.code().is_none(), "{status}");
    status.success().then_some(took)
}

/// Numbers that differ in each run; the seed is printed.
pub struct Random(pub u64);

impl Random {
    pub fn seeded() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        Self(now.as_nanos() as u64 | 1)
    }

    /// A time that is shorter than this one.
    pub fn below(&mut self, limit: Duration) -> Duration {
        limit.mul_f64((self.next() % 1_000) as f64 / 1_000.0)
    }

    /// xorshift64 (Marsaglia, 2003).
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
