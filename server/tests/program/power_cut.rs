//! The power fails: what was answered is on the disk, also for the program's own files beside the database.
//!
//! Two controls show that the cut is one: a writer of SQLite that waits for the disk loses nothing, and the same one
//! loses rows when it does not wait. For `cargo xtask torture` alone, since it takes root and a loop device.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::backup::{PASSPHRASE, name};
use crate::disk::Disk;
use crate::http::Visitor;
use crate::installation::{Installation, Server, bare, new_account, run, text, until};
use crate::killed::{Random, list, rounds};
use crate::vault::new_credential;

const SAVERS: u64 = 3;
const LONGEST: Duration = Duration::from_millis(3_000);

/// What the program said was done.
#[derive(Default)]
struct Answered {
    accounts: BTreeSet<String>,
    secrets: u64,
    rotations: u64,
    backups: Vec<PathBuf>,
}

/// An installation on a disk.
struct OnDisk<'a> {
    installation: &'a Installation,
    disk: Disk,
}

impl OnDisk<'_> {
    fn program(&self, words: &[&str]) -> Command {
        let mut program = bare(&self.installation.folder, words);
        program.arg("--data-dir").arg(self.disk.folder.join("data"));
        self.disk.with(&program)
    }

    fn serve(&self) -> Server {
        Server::start(self.program(&["serve", "--listen", "127.0.0.1:0"]))
    }

    fn says(&self, words: &[&str]) -> String {
        let output = run(self.program(words), "");
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }
}

#[test]
#[ignore = "it takes root and a loop device: `cargo xtask torture` runs it"]
fn what_was_answered_is_there_after_a_power_cut() {
    let cuts = rounds(10, 10);
    let mut random = Random::seeded();
    println!("{cuts} power cuts from seed {}", random.0);
    let installation = Installation::sqlite();
    let passphrase = installation.folder.join("passphrase");
    std::fs::write(&passphrase, PASSPHRASE).expect("it is written");
    std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let (mut accounts, mut secrets, mut rotations, mut backups) = (0, 0, 0, 0);
    // Two on each disk: the second one finds what the first one left.
    for number in 0..cuts.div_ceil(2) {
        let on_disk =
            OnDisk { installation: &installation, disk: Disk::new(&installation.folder, &format!("disk{number}")) };
        let mut server = on_disk.serve();
        let mut visitor = server.set_up();
        let mut all = Answered::default();
        for _ in 0..2.min(cuts - 2 * number) {
            let time = random.below(LONGEST);
            write_until_cut(&on_disk, &mut server, &visitor, &passphrase, time, &mut all);
            on_disk.disk.restart();
            server = on_disk.serve();
            visitor = Visitor { cookie: visitor.cookie, ..server.visitor() };
            check(&on_disk, &visitor, &passphrase, &all);
        }
        accounts += all.accounts.len();
        secrets += all.secrets;
        rotations += all.rotations;
        backups += all.backups.len();
        server.kill();
    }
    println!(
        "the program: {cuts} cuts; {accounts} accounts, {secrets} secrets, {rotations} rotations and {backups} backups \
         were answered for, 0 lost"
    );
    assert!(accounts > 0 && secrets > 0 && rotations > 0, "it was cut while it worked");
}

/// Saves, rotates and backs up for so long after the first answer; then the power fails. What was answered after that
/// moment does not count: the file system takes a moment to stop, in which it can say that it wrote what it did not.
fn write_until_cut(
    on_disk: &OnDisk<'_>,
    server: &mut Server,
    visitor: &Visitor,
    passphrase: &Path,
    time: Duration,
    all: &mut Answered,
) {
    let (is_cut, saves) = (AtomicBool::new(false), AtomicU64::new(0));
    // Whether it counts. Nothing is refused before the power fails.
    let counts = |is_done: bool, said: &dyn Fn() -> String| {
        let is_cut = is_cut.load(Ordering::Relaxed);
        assert!(is_done || is_cut, "before the power failed: {}", said());
        is_done && !is_cut
    };
    // In names that nobody has yet.
    let first = all.accounts.len() + all.backups.len();
    let save = |function: &str, form: &[(String, String)]| {
        let answer = visitor.try_post(function, form);
        saves.fetch_add(1, Ordering::Relaxed);
        counts(answer.as_ref().is_ok_and(|answer| answer.status == 200), &|| format!("{answer:?}"))
    };
    let program = |words: &[&str]| {
        let ended = run(on_disk.program(words), "");
        counts(ended.status.success(), &|| text(&ended.stderr))
    };
    let folder = &on_disk.disk.folder;
    let rotate_and_back_up = || {
        let (mut rotations, mut backups) = (0, Vec::new());
        while program(&["vault", "rotate"]) {
            rotations += 1;
            let file = folder.join(format!("{first}-{rotations}.backup"));
            if !program(&["backup", name(&file), "--with-vault-key", "--passphrase-file", name(passphrase)]) {
                break;
            }
            backups.push(file);
        }
        (rotations, backups)
    };
    std::thread::scope(|scope| {
        let savers: Vec<_> = (0..SAVERS)
            .map(|saver| {
                let names = (0..).map(move |number| format!("Account {first} {saver} {number}"));
                let is_kept = |name: &String| save("save_account", &new_account(name));
                scope.spawn(move || names.take_while(is_kept).collect::<Vec<_>>())
            })
            .collect();
        let secrets = scope.spawn(|| {
            let form = |number: u64| {
                let form = new_credential(&format!("Relay {first} {number}"), "a secret");
                form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>()
            };
            (0..).take_while(|number| save("save_credential", &form(*number))).count()
        });
        let programs = scope.spawn(rotate_and_back_up);
        until("an answer", || (saves.load(Ordering::Relaxed) > 0).then_some(()));
        std::thread::sleep(time);
        is_cut.store(true, Ordering::Relaxed);
        let cut = on_disk.disk.cut();
        server.kill();
        for saver in savers {
            all.accounts.extend(saver.join().expect("it stops when the power fails"));
        }
        all.secrets += secrets.join().expect("it stops when the power fails") as u64;
        let (rotations, backups) = programs.join().expect("it stops when the power fails");
        all.rotations += rotations;
        all.backups.extend(backups);
        cut.unwrap_or_else(|refused| panic!("{refused}"));
    });
}

fn check(on_disk: &OnDisk<'_>, visitor: &Visitor, passphrase: &Path, all: &Answered) {
    let rows = list(visitor, "page_size=100");
    let lost: Vec<_> = all.accounts.iter().filter(|name| !rows.contains_key(*name)).collect();
    assert!(lost.is_empty(), "{} of {} accounts are lost: {lost:?}", lost.len(), all.accounts.len());
    let checked = on_disk.says(&["vault", "check"]);
    let opened = checked.split_once(" secret").and_then(|(count, _)| count.parse::<u64>().ok());
    assert!(opened >= Some(all.secrets) && checked.ends_with("each opens.\n"), "{} of: {checked}", all.secrets);
    for backup in &all.backups {
        let said = on_disk.says(&["backup", name(backup), "--check", "--passphrase-file", name(passphrase)]);
        assert!(said.contains("is whole: "), "{said}");
    }
}

/// Commits rows one by one, and says the number of each. Not so fast that each cut comes after a checkpoint, where a
/// writer that never waits spends its time.
const WRITE: &str = "
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('PRAGMA journal_mode=WAL')
db.execute('PRAGMA synchronous=' + sys.argv[2])
db.execute('CREATE TABLE kept (number INTEGER PRIMARY KEY)')
number = 0
while True:
    number += 1
    db.execute('INSERT INTO kept VALUES (?)', (number,))
    print(number, flush=True)
    time.sleep(0.001)";

/// How many rows there are up to a number.
const COUNT: &str = "
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
try:
    print(db.execute('SELECT COUNT(*) FROM kept WHERE number <= ?', sys.argv[2:]).fetchone()[0])
except sqlite3.OperationalError as error:
    if 'no such table' not in str(error):
        raise
    print(0)";

fn python(script: &str, database: &Path, word: &str) -> Command {
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", script]).arg(database).arg(word);
    python
}

/// What a writer was answered for and lost, in so many power cuts.
#[derive(Debug, Default)]
struct Control {
    answered: u64,
    lost: u64,
    cuts_with_loss: u64,
}

fn control(installation: &Installation, synchronous: &str, cuts: u64, random: &mut Random) -> Control {
    let mut all = Control::default();
    for cut in 0..cuts {
        let disk = Disk::new(&installation.folder, &format!("{synchronous}{cut}"));
        let database = disk.folder.join("control.db");
        let mut writer = disk.with(&python(WRITE, &database, synchronous));
        let mut writer = writer.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let lines = BufReader::new(writer.stdout.take().expect("it was piped")).lines();
        let (answered, mut before) = (AtomicU64::new(0), 0);
        std::thread::scope(|scope| {
            scope.spawn(|| lines.map_while(Result::ok).for_each(|_| _ = answered.fetch_add(1, Ordering::Relaxed)));
            until("a row", || (answered.load(Ordering::Relaxed) > 0).then_some(()));
            std::thread::sleep(random.below(LONGEST));
            before = answered.load(Ordering::Relaxed);
            let cut = disk.cut();
            // It ends by itself with its next row, unless it stands still.
            writer.kill().expect("it was started here");
            writer.wait().expect("it was started here");
            cut.unwrap_or_else(|refused| panic!("{refused}"));
        });
        disk.restart();
        let counted = run(disk.with(&python(COUNT, &database, &before.to_string())), "");
        let kept: u64 = text(&counted.stdout).trim().parse().unwrap_or_else(|_| panic!("{}", text(&counted.stderr)));
        all.answered += before;
        all.lost += before - kept;
        all.cuts_with_loss += u64::from(kept < before);
    }
    let Control { answered, lost, cuts_with_loss } = &all;
    println!(
        "control, synchronous={synchronous}: {cuts} cuts, {answered} rows were answered for, {lost} lost in \
         {cuts_with_loss} cuts"
    );
    all
}

#[test]
#[ignore = "it takes root and a loop device: `cargo xtask torture` runs it"]
fn a_power_cut_loses_what_nobody_waited_for_and_nothing_else() {
    let cuts = rounds(10, 10);
    let mut random = Random::seeded();
    println!("{cuts} power cuts from seed {}", random.0);
    let installation = Installation::sqlite();
    assert_eq!(control(&installation, "FULL", cuts, &mut random).lost, 0);
    assert!(control(&installation, "NORMAL", cuts, &mut random).cuts_with_loss > 0, "a cut that loses nothing is none");
}
