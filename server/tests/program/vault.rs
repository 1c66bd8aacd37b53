//! The vault from the outside: its key file at every start, and `posthouse vault` beside a running server.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::{CredentialId, Named};

use crate::http::Visitor;
use crate::installation::{DatabaseKind, Installation, Server, bare, run, text};
use crate::killed::{Random, rounds};
use crate::on_both;
use crate::search::{absent, is_found};
use crate::secrets::CANARY;
use crate::start::line;

on_both! {
    the_first_start_makes_a_key_that_nobody_else_reads
    a_key_file_that_is_wrong_keeps_it_from_starting
    the_key_is_rotated_beside_a_running_server
    a_rotation_that_is_killed_is_resumed_and_every_secret_opens
    a_lost_key_has_a_way_out
    the_database_holds_no_secret
}

const KEY: &str = "posthouse-vault-key-1:";

impl Installation {
    fn key_file(&self) -> PathBuf {
        self.data_dir().join("vault.key")
    }

    fn key_lines(&self) -> usize {
        std::fs::read_to_string(self.key_file()).map_or(0, |text| text.lines().count())
    }

    /// What a `posthouse vault` command prints when all is well.
    fn vault(&self, words: &[&str]) -> String {
        let output = run(self.program(&[&["vault"], words].concat()), "");
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{words:?}");
        text(&output.stdout)
    }

    pub fn all_open(&self, count: u64) {
        assert_eq!(self.vault(&["check"]), format!("{count} secrets, each opens.\n"));
    }
}

fn answers(name: &str, user_name: &str) -> Vec<(&'static str, String)> {
    vec![
        ("draft[name]", name.to_owned()),
        ("draft[user_name]", user_name.to_owned()),
        ("draft[hosts]", "smtp.nordhavn.example".to_owned()),
        ("draft[ports]", "587".to_owned()),
    ]
}

fn save(visitor: &Visitor, more: &[(&'static str, &str)], draft: Vec<(&'static str, String)>) -> CredentialId {
    let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let form: Vec<_> = draft.into_iter().chain(more).collect();
    let named: Named<CredentialId> = visitor.post("save_credential", &form).expect_status(200).json();
    named.id
}

/// A new credential with this secret.
pub fn create(visitor: &Visitor, name: &str, secret: &str) -> CredentialId {
    save(visitor, &[], new_credential(name, secret))
}

/// The form for that.
pub fn new_credential(name: &str, secret: &str) -> Vec<(&'static str, String)> {
    let more = [("form", "New"), ("answer", "Replace"), ("secret", secret)];
    answers(name, "relay").into_iter().chain(more.map(|(name, value)| (name, value.to_owned()))).collect()
}

/// Saves it with another user name and the secret it has, which is opened and sealed again for that.
fn rename(visitor: &Visitor, id: CredentialId, version: i64, name: &str, user_name: &str) {
    let (id, version) = (id.to_string(), version.to_string());
    save(visitor, &[("form[Edit]", &id), ("version", &version), ("answer", "Keep")], answers(name, user_name));
}

fn close(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}

fn the_first_start_makes_a_key_that_nobody_else_reads(installation: &Installation) {
    for words in [&["migrate"][..], &["user", "add", "a@b.example", "--password-stdin"]] {
        let output = run(installation.program(words), "long enough a password");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(!installation.key_file().exists(), "{words:?} has no need of it");
    }
    drop(installation.serve());
    let mode = |path: &Path| std::fs::metadata(path).expect("it was made").permissions().mode() & 0o7777;
    assert_eq!((mode(&installation.data_dir()), mode(&installation.key_file())), (0o700, 0o600));
    let key = std::fs::read_to_string(installation.key_file()).expect("it is text");
    assert!(key.starts_with(KEY) && key.lines().count() == 1, "its format is known");
    drop(installation.serve());
    assert_eq!(std::fs::read_to_string(installation.key_file()).ok(), Some(key));
}

fn a_key_file_that_is_wrong_keeps_it_from_starting(installation: &Installation) {
    drop(installation.serve());
    let file = installation.key_file();
    let good = std::fs::read_to_string(&file).expect("it was made");
    let serve = || installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    let check = |content: &str, mode: u32, parts: &[&str]| {
        std::fs::write(&file, content).expect("it is written");
        close(&file, mode);
        for words in [&["serve", "--listen", "127.0.0.1:0"][..], &["vault", "check"], &["vault", "rotate"]] {
            let said = line(installation.program(words));
            for part in parts.iter().chain(&["in the data folder", "vault.key"]) {
                assert!(said.contains(part), "{part:?} is not in: {said}");
            }
            assert!(!said.contains("canary") && !said.contains(good.trim()), "{said}");
        }
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), content, "it is left as it was");
    };
    check("", 0o600, &["is empty", KEY, "backup"]);
    check("canary", 0o600, &["not understood in line 1", KEY, "32 bytes in base64", "backup"]);
    check(&good, 0o644, &["mode is 0644", "expected was 0600", "chmod 600 "]);
    let foreign = Installation::sqlite();
    drop(foreign.serve());
    let other = std::fs::read_to_string(foreign.key_file()).expect("it was made");
    check(&other, 0o600, &["of another installation", "it holds the key", "Put the right one there"]);
    std::fs::remove_file(&file).expect("it is there");
    let said = line(serve());
    assert!(said.contains("is not there") && said.contains("“posthouse vault reset --forget-secrets”"), "{said}");
    assert!(!file.exists(), "no new key is made");
    std::fs::create_dir(&file).expect("it can be made");
    let said = line(serve());
    assert!(said.contains("is not a file but a folder"), "{said}");
    std::fs::remove_dir(&file).expect("it was made");
    std::fs::write(&file, &good).expect("it is written");
    close(&file, 0o600);
    drop(installation.serve());
}

#[test]
fn where_the_key_is() {
    let installation = Installation::sqlite();
    std::fs::write(installation.folder.join("posthouse.toml"), "vault-key-file = \"in-file\"\n")
        .expect("it is written");
    let systemd = installation.folder.join("credentials");
    std::fs::create_dir(&systemd).expect("it is made");
    let check = |words: &[&str], variable: Option<&str>, from: &str, made: &str| {
        let mut program = bare(&installation.folder, &[&["vault", "check"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_VAULT_KEY_FILE", value)));
        program.env("CREDENTIALS_DIRECTORY", &systemd);
        let output = run(program, "");
        assert_eq!(text(&output.stdout), "0 secrets, each opens.\n", "{}", text(&output.stderr));
        let text = std::fs::read_to_string(installation.folder.join(made)).expect(from);
        assert!(text.starts_with(KEY));
        std::fs::remove_dir_all(installation.folder.join("data")).expect("it was made");
        text
    };
    check(&[], None, "the data folder", "data/vault.key");
    let key = check(&["--config", "posthouse.toml"], None, "the configuration file", "in-file");
    std::fs::write(systemd.join("posthouse-vault-key"), key).expect("it is written");
    close(&systemd.join("posthouse-vault-key"), 0o400);
    check(&[], None, "systemd", "credentials/posthouse-vault-key");
    std::fs::remove_file(installation.folder.join("in-file")).expect("it was made");
    check(&["--config", "posthouse.toml"], None, "a file wins over systemd", "in-file");
    check(&["--config", "posthouse.toml"], Some("in-variable"), "the variable", "in-variable");
    let flags = ["--vault-key-file", "in-flag", "--config", "posthouse.toml"];
    check(&flags, Some("in-variable-2"), "the flag", "in-flag");
    assert!(!installation.folder.join("in-variable-2").exists());
}

fn the_key_is_rotated_beside_a_running_server(installation: &Installation) {
    let (server, visitor) = installation.served();
    let ids: Vec<_> = (0..3).map(|number| create(&visitor, &format!("Relay {number}"), "first secret")).collect();
    let before = std::fs::read_to_string(installation.key_file()).expect("it is there");
    let said = installation.vault(&["rotate"]);
    let key = said.strip_prefix("3 secrets, now under the key ").and_then(|rest| rest.strip_suffix(".\n"));
    assert!(key.is_some_and(|key| key.len() == 16), "{said}");
    let after = std::fs::read_to_string(installation.key_file()).expect("it is there");
    assert!(before != after && after.lines().count() == 1);
    // The server finds the new key by itself, to open and to seal.
    rename(&visitor, ids[0], 1, "Relay 0", "other");
    create(&visitor, "Relay 3", "second secret");
    installation.all_open(4);
    installation.vault(&["rotate"]);
    create(&visitor, "Relay 4", "third secret");
    installation.all_open(5);
    assert!(!server.log().contains("ERROR"), "{}", server.log());
    // Only what was sealed is asked for, and a file that cannot be written changes nothing.
    close(&installation.key_file(), 0o400);
    let said = line(installation.program(&["vault", "rotate"]));
    assert!(said.contains("cannot be written: it is read-only. Nothing was changed."), "{said}");
    installation.all_open(5);
}

fn a_rotation_that_is_killed_is_resumed_and_every_secret_opens(installation: &Installation) {
    // More than a transaction moves.
    const SECRETS: u64 = 250;
    let rounds = rounds(12, 200);
    let mut random = Random::seeded();
    let (server, visitor) = installation.served();
    let ids: Vec<_> = (0..SECRETS).map(|number| create(&visitor, &format!("Relay {number}"), "a secret")).collect();
    let begun = Instant::now();
    installation.vault(&["rotate"]);
    let whole = begun.elapsed();
    println!("{rounds} rounds from seed {}; a rotation takes {whole:?}", random.0);
    let mut killed = 0;
    for round in 0..rounds {
        let mut rotating = installation.program(&["vault", "rotate"]).stdout(Stdio::null()).spawn().expect("it starts");
        if round.is_multiple_of(2) {
            std::thread::sleep(random.below(whole));
        } else {
            // From the moment on when the new key stands in the file.
            let mut ended = || rotating.try_wait().expect("it was started here").is_some();
            while installation.key_lines() < 2 && !ended() {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(random.below(whole / 8));
        }
        let _ended = rotating.kill();
        killed += u32::from(rotating.wait().expect("it was started here").code().is_none());
        // The server, which was running all the time, opens and seals; so does one that starts now.
        let (id, number) = (ids[round as usize % ids.len()], round as usize % ids.len());
        let version = 1 + i64::try_from(round as usize / ids.len()).expect("a small number");
        rename(&visitor, id, version, &format!("Relay {number}"), &format!("relay {round}"));
        installation.all_open(SECRETS);
    }
    println!("{killed} of {rounds} were killed before their end");
    assert!(killed > 0, "they were killed while they worked, not after");
    // The first one ends what was begun, the second one is a rotation of its own.
    installation.vault(&["rotate"]);
    let said = installation.vault(&["rotate"]);
    assert!(said.starts_with(&format!("{SECRETS} secrets, now under the key ")), "{said}");
    installation.all_open(SECRETS);
    assert_eq!(installation.key_lines(), 1);
    assert!(!installation.data_dir().join("vault.key.new").exists(), "no key is left beside it");
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

#[test]
fn two_servers_on_one_database_and_one_of_them_rotates() {
    let installation = Installation::new(DatabaseKind::Postgres);
    let (first, visitor) = installation.served();
    let second = {
        let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
        program.arg("--vault-key-file").arg(installation.key_file());
        Server::start(program)
    };
    let other = Visitor { cookie: visitor.cookie.clone(), ..second.visitor() };
    let rotated = AtomicBool::new(false);
    let count: u64 = std::thread::scope(|scope| {
        let rotated = &rotated;
        let writers: Vec<_> = [("One", &visitor), ("Two", &other)]
            .into_iter()
            .map(|(name, visitor)| {
                scope.spawn(move || {
                    let mut saved = 0;
                    while !rotated.load(Ordering::Relaxed) || saved < 5 {
                        let name = format!("{name} {saved}");
                        let id = create(visitor, &name, "a secret");
                        rename(visitor, id, 1, &name, "other");
                        saved += 1;
                    }
                    saved
                })
            })
            .collect();
        for _ in 0..4 {
            installation.vault(&["rotate"]);
        }
        rotated.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().expect("no save is refused")).sum()
    });
    installation.all_open(count);
    for server in [&first, &second] {
        assert!(!server.log().contains("ERROR"), "{}", server.log());
    }
    // A server with a key of its own is told at its start.
    let mut third = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    third.arg("--vault-key-file").arg(installation.folder.join("other.key"));
    let said = line(third);
    assert!(said.contains("named by --vault-key-file, is not there"), "{said}");
}

fn a_lost_key_has_a_way_out(installation: &Installation) {
    let (mut server, visitor) = installation.served();
    create(&visitor, "Relay", "a secret");
    create(&visitor, "Other", "a secret");
    server.kill();
    std::fs::remove_file(installation.key_file()).expect("it was made");
    let said = line(installation.program(&["vault", "reset"]));
    assert!(said.contains("forgets 2 secrets for good") && said.contains("--forget-secrets"), "{said}");
    assert!(
        line(installation.program(&["serve", "--listen", "127.0.0.1:0"])).contains("is not there"),
        "nothing was done"
    );
    let said = installation.vault(&["reset", "--forget-secrets"]);
    assert!(said.starts_with("2 secrets forgotten. What is sealed from now on is under the key "), "{said}");
    let server = installation.serve();
    let visitor = Visitor { cookie: visitor.cookie.clone(), ..server.visitor() };
    create(&visitor, "New", "a secret");
    assert_eq!(installation.vault(&["check"]), "1 secret, each opens.\n");
}

/// Everything that the database has, as text.
pub fn dump(installation: &Installation) -> Vec<u8> {
    let dumped =
        Command::new("pg_dump").args(["--inserts", "-d", &installation.url()]).output().expect("pg_dump is there");
    assert!(dumped.status.success(), "{}", text(&dumped.stderr));
    dumped.stdout
}

fn the_database_holds_no_secret(installation: &Installation) {
    let look = |when: &str| {
        let mut kept = Vec::new();
        for file in std::fs::read_dir(installation.data_dir()).expect("it is there") {
            let path = file.expect("it can be read").path();
            kept.push((path.display().to_string(), std::fs::read(&path).expect("it can be read")));
        }
        if !installation.is_sqlite() {
            kept.push(("the dump".to_owned(), dump(installation)));
        }
        for (place, octets) in &kept {
            absent(&format!("{when}: {place}"), octets, CANARY);
        }
        assert!(kept.iter().any(|(_, octets)| is_found(octets, "Relay")), "{when}: what is no secret is found");
    };
    let (server, visitor) = installation.served();
    let id = create(&visitor, "Relay", CANARY);
    look("sealed, in the WAL");
    rename(&visitor, id, 1, "Relay", "other");
    look("sealed again");
    installation.vault(&["rotate"]);
    look("rotated");
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
    look("at rest");
    assert_eq!(installation.vault(&["check"]), "1 secret, each opens.\n");
}
