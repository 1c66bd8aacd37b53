//! Killed in the middle of a backup and of a restore: a backup is whole or not there, a restore did all of it or
//! nothing.
//!
//! `cargo xtask torture` runs more rounds than the tests do.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::backup::{PASSPHRASE, name};
use crate::http::Visitor;
use crate::installation::{DatabaseKind, EMAIL, Installation, PASSWORD, new_account, run, text};
use crate::killed::{Random, kill_after, list, rounds};
use crate::on_both;
use crate::search::absent;
use crate::secrets::CANARY;
use crate::vault::create;

on_both! {
    a_backup_that_is_killed_leaves_the_one_before
    a_restore_that_is_killed_did_all_of_it_or_nothing
    a_restore_that_is_killed_leaves_what_it_replaces_or_replaced_it
}

/// A restore is looked at more closely than a backup: a server starts on each.
const RESTORES: u64 = 50;

/// A database with some records, and its backup.
struct Source {
    installation: Installation,
    backup: PathBuf,
    accounts: usize,
    secrets: u64,
}

impl Source {
    fn new(kind: DatabaseKind, accounts: usize, secrets: u64) -> Self {
        let installation = Installation::new(kind);
        let (_server, visitor) = installation.served();
        furnish(&installation, &visitor, accounts, secrets);
        let backup = installation.folder.join("posthouse.backup");
        installation.says(&["backup", name(&backup), "--with-vault-key"]);
        Self { installation, backup, accounts, secrets }
    }

    fn key(&self) -> PathBuf {
        self.installation.data_dir().join("vault.key")
    }
}

fn furnish(installation: &Installation, visitor: &Visitor, accounts: usize, secrets: u64) {
    for number in 0..secrets {
        create(visitor, &format!("Relay {number}"), CANARY);
    }
    visitor.post("save_account", &new_account("Account 0")).expect_status(200);
    let exported: Vec<Value> = visitor.page("/settings/email/smtp/export/json?whole=Yes").json();
    let mut account = exported[0].as_object().expect("it has fields").clone();
    account.retain(|field, _| !["id", "default"].contains(&field.as_str()));
    let numbered = |number: usize| {
        let mut account = account.clone();
        account.insert("name".to_owned(), format!("Account {number}").into());
        Value::from(account)
    };
    let file = installation.folder.join("accounts.json");
    let rows: Value = (1..accounts).map(numbered).collect();
    std::fs::write(&file, rows.to_string()).expect("it is written");
    let imported = run(installation.program(&["import", "accounts", name(&file)]), "");
    assert!(imported.status.success(), "{}{}", text(&imported.stdout), text(&imported.stderr));
}

fn passphrase_file(installation: &Installation) -> PathBuf {
    let file = installation.folder.join("passphrase");
    std::fs::write(&file, PASSPHRASE).expect("it is written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    file
}

/// A moment while a whole one goes on; every second time it is about its end, when most is written.
fn moment(random: &mut Random, round: u64, whole: Duration) -> Duration {
    if round.is_multiple_of(2) { random.below(whole) } else { whole * 2 / 3 + random.below(whole * 2 / 3) }
}

fn a_backup_that_is_killed_leaves_the_one_before(installation: &Installation) {
    let rounds = rounds(6, 200);
    let mut random = Random::seeded();
    let (server, visitor) = installation.served();
    furnish(installation, &visitor, 500, 5);
    let passphrase = passphrase_file(installation);
    let (folder, key) = (installation.folder.join("backups"), installation.data_dir().join("vault.key"));
    std::fs::create_dir(&folder).expect("it can be made");
    let key = std::fs::read_to_string(key).expect("it is text");
    let backup = folder.join("posthouse.backup");
    let words = ["backup", name(&backup), "--force", "--with-vault-key", "--passphrase-file", name(&passphrase)];
    let is_whole = |file: &Path| installation.says(&["backup", name(file), "--check"]).contains("is whole: ");
    let begun = Instant::now();
    installation.says(&words);
    let mut whole = begun.elapsed();
    std::fs::remove_file(&backup).expect("it was made");
    println!("{rounds} rounds from seed {}; a backup takes {whole:?}", random.0);
    let (mut killed, mut replaced, mut before) = (0, 0, None);
    for round in 0..rounds {
        if round == rounds / 2 {
            installation.says(&words);
            before = Some(std::fs::read(&backup).expect("it was made"));
        }
        match kill_after(installation.program(&words), moment(&mut random, round, whole)) {
            Some(took) => whole = took,
            None => killed += 1,
        }
        let after = std::fs::read(&backup).ok();
        assert!(after.is_some() || before.is_none(), "round {round}: the backup of before is gone");
        if after != before {
            replaced += 1;
            assert!(is_whole(&backup), "round {round}");
        }
        before = after;
        // Nothing unfinished is left: it would stay for ever.
        for file in std::fs::read_dir(&folder).expect("it is there").filter_map(Result::ok) {
            let (file, mode) = (file.path(), file.metadata().expect("it is there").permissions().mode() & 0o7777);
            assert_eq!(mode, 0o600, "round {round}: {}", file.display());
            let octets = std::fs::read(&file).expect("it can be read");
            for secret in [CANARY, EMAIL, &key] {
                absent(&file.display().to_string(), &octets, secret);
            }
            assert!(file == backup || is_whole(&file), "round {round}: {}", file.display());
        }
        visitor.post("save_account", &new_account(&format!("Saved {round}"))).expect_status(200);
        visitor.page("/settings/email/smtp").expect_status(200);
    }
    println!("{killed} of {rounds} were killed before their end; {replaced} backups were made, each is whole");
    assert!(killed > 0, "they were killed while they worked, not after");
    installation.says(&words);
    assert!(is_whole(&backup));
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

/// A server that starts on the database finds all of one of these.
fn starts_with<'a>(installation: &Installation, sources: &'a [Source], round: u64) -> &'a Source {
    let server = installation.serve();
    let accounts = list(&server.sign_in(), "page_size=100").len();
    let found = sources.iter().find(|source| source.accounts == accounts);
    let found = found.unwrap_or_else(|| panic!("round {round}: {accounts} accounts"));
    installation.all_open(found.secrets);
    found
}

fn a_restore_that_is_killed_did_all_of_it_or_nothing(installation: &Installation) {
    let rounds = rounds(6, RESTORES);
    let mut random = Random::seeded();
    let source = [Source::new(installation.kind(), 500, 5)];
    let backup = name(&source[0].backup);
    let passphrase = passphrase_file(installation);
    let words = ["restore", backup, "--passphrase-file", name(&passphrase)];
    let begun = Instant::now();
    installation.says(&words);
    let mut whole = begun.elapsed();
    println!("{rounds} rounds from seed {}; a restore takes {whole:?}", random.0);
    let (mut killed, mut complete) = (0, 0);
    for round in 0..rounds {
        let installation = Installation::new(installation.kind());
        match kill_after(installation.program(&words), moment(&mut random, round / 2, whole)) {
            Some(took) => whole = took,
            None => killed += 1,
        }
        let is_complete = if round.is_multiple_of(2) {
            let again = run(installation.program(&words), "");
            let said = text(&again.stderr);
            assert!(again.status.success() || said.contains("holds records already"), "round {round}: {said}");
            !again.status.success()
        } else {
            let server = installation.serve();
            let is_complete = server.try_sign_in(EMAIL, PASSWORD).status == 200;
            if !is_complete {
                // Nobody is there, so it asks for the first administrator.
                server.token();
                drop(server);
                installation.says(&[&words[..], &["--replace"]].concat());
            }
            is_complete
        };
        complete += u32::from(is_complete);
        starts_with(&installation, &source, round);
    }
    println!("{killed} of {rounds} were killed before their end; {complete} had restored all, the others nothing");
    assert!(killed > 0, "they were killed while they worked, not after");
}

fn a_restore_that_is_killed_leaves_what_it_replaces_or_replaced_it(installation: &Installation) {
    let rounds = rounds(6, RESTORES);
    let mut random = Random::seeded();
    let sources = [Source::new(installation.kind(), 300, 5), Source::new(installation.kind(), 200, 3)];
    let passphrase = passphrase_file(installation);
    let restore = |source: &Source| {
        let words = ["restore", name(&source.backup), "--replace", "--passphrase-file", name(&passphrase)];
        installation.program(&words)
    };
    let key = installation.data_dir().join("vault.key");
    let aside = || {
        let files = std::fs::read_dir(installation.data_dir()).expect("it is there").filter_map(Result::ok);
        files.filter(|file| file.file_name().to_string_lossy().starts_with("vault.key.before-restore-")).count()
    };
    let begun = Instant::now();
    assert!(run(restore(&sources[0]), "").status.success());
    let mut whole = begun.elapsed();
    println!("{rounds} rounds from seed {}; a restore takes {whole:?}", random.0);
    let (mut killed, mut replaced, mut current) = (0, 0, 0);
    for round in 0..rounds {
        let next = 1 - current;
        let program = restore(&sources[next]);
        let ended = if round.is_multiple_of(2) {
            kill_after(program, moment(&mut random, round / 2, whole))
        } else {
            kill_once(program, aside, random.below(Duration::from_millis(6)))
        };
        match ended {
            Some(took) => whole = took,
            None => killed += 1,
        }
        let found = starts_with(installation, &sources, round);
        if found.accounts == sources[next].accounts {
            replaced += 1;
            current = next;
        }
        // The next round puts another key in its place again.
        std::fs::copy(found.key(), &key).expect("it can be written");
    }
    println!("{killed} of {rounds} were killed before their end; {replaced} had replaced all, the others nothing");
    assert!(killed > 0, "they were killed while they worked, not after");
    assert!(run(restore(&sources[1 - current]), "").status.success());
    assert_eq!(std::fs::read(&key).ok(), std::fs::read(sources[1 - current].key()).ok(), "no other key is left in it");
}

/// Kills it a little after a key was put aside. How long it took, where it had ended before.
fn kill_once(mut program: Command, aside: impl Fn() -> usize, after: Duration) -> Option<Duration> {
    let (before, begun) = (aside(), Instant::now());
    let mut child = program.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the program starts");
    while aside() == before && child.try_wait().expect("it was started here").is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(after);
    let took = begun.elapsed();
    let _ended = child.kill();
    let status = child.wait().expect("it was started here");
    assert!(status.success() || status.code().is_none(), "{status}");
    status.success().then_some(took)
}
