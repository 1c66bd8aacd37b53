use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::ExposeSecret;

use super::file::OCTETS;
use super::*;

/// A folder `secrets` with files in it, and one beside it; both go when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("posthouse_reference_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join("secrets/deep")).expect("it can be made");
        fs::write(path.join("outside"), "canary").expect("it is written");
        Self(path)
    }

    fn secrets(&self) -> PathBuf {
        self.0.join("secrets")
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.secrets().join(name), content).expect("it is written");
    }

    async fn read(&self, reference: &str) -> Result<String, String> {
        read_in(Some(&self.secrets()), reference).await
    }

    async fn refused(&self, reference: &str, part: &str) {
        let said = self.read(reference).await.expect_err(reference);
        assert!(said.contains(part) && said.ends_with('.') && !said.contains("canary"), "{reference}: {said}");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}

async fn read_in(folder: Option<&Path>, reference: &str) -> Result<String, String> {
    let rules = ReferenceRules { folder: folder.map(Path::to_owned), ..ReferenceRules::default() };
    read_by(&rules, reference).await
}

async fn read_by(rules: &ReferenceRules, reference: &str) -> Result<String, String> {
    rules.read(&parsed(reference)).await.map(|secret| secret.expose_secret().to_owned())
}

fn parsed(reference: &str) -> SecretReference {
    SecretReference::parse(reference).expect(reference)
}

/// What the database may hold, whoever wrote it there.
fn written(reference: &str) -> SecretReference {
    serde_json::from_value(reference.into()).expect("a text")
}

#[tokio::test]
async fn a_file_is_read_without_the_end_of_its_line() {
    let folder = Folder::new();
    let check = async |content: &str, expected: &str| {
        folder.write("a", content);
        assert_eq!(folder.read("file:a").await.as_deref(), Ok(expected), "{content:?}");
    };
    check("secret", "secret").await;
    check("secret\n", "secret").await;
    check("secret\r\n", "secret").await;
    check(" blanks belong to it \n", " blanks belong to it ").await;
    check("🔑 \"'%\t", "🔑 \"'%\t").await;
    check(&"x".repeat(OCTETS), &"x".repeat(OCTETS)).await;
}

#[tokio::test]
async fn a_file_is_named_from_the_folder_or_in_full_within_it() {
    let folder = Folder::new();
    folder.write("deep/a", "deep");
    for reference in [
        "file:deep/a".to_owned(),
        "file:./deep//a".to_owned(),
        format!("file:{}", folder.secrets().join("deep/a").display()),
    ] {
        assert_eq!(folder.read(&reference).await.as_deref(), Ok("deep"), "{reference}");
    }
    symlink("deep/a", folder.secrets().join("link")).expect("it is made");
    assert_eq!(folder.read("file:link").await.as_deref(), Ok("deep"), "a link within the folder");
    symlink(folder.secrets(), folder.0.join("other-name")).expect("it is made");
    assert_eq!(read_in(Some(&folder.0.join("other-name")), "file:deep/a").await.as_deref(), Ok("deep"));
}

#[tokio::test]
async fn nothing_outside_the_folder_is_read() {
    let folder = Folder::new();
    let outside = "not within the folder of --secrets-dir";
    folder.refused(&format!("file:{}", folder.0.join("outside").display()), outside).await;
    folder.refused("file:/etc/passwd", outside).await;
    symlink("../outside", folder.secrets().join("link")).expect("it is made");
    folder.refused("file:link", outside).await;
    symlink("..", folder.secrets().join("up")).expect("it is made");
    folder.refused("file:up/outside", outside).await;
    // A neighbour whose name begins alike.
    fs::create_dir(folder.0.join("secrets-2")).expect("it is made");
    fs::write(folder.0.join("secrets-2/a"), "canary").expect("it is written");
    folder.refused(&format!("file:{}", folder.0.join("secrets-2/a").display()), outside).await;
    let said = read_in(None, "file:a").await.expect_err("no folder is allowed");
    assert!(said.contains("--secrets-dir FOLDER"), "{said}");
    let said = read_in(Some(&folder.0.join("missing")), "file:a").await.expect_err("the folder is not there");
    assert!(said.contains("missing") && said.contains("is not there"), "{said}");
}

#[tokio::test]
async fn what_is_no_secret_is_refused_and_not_shown() {
    let folder = Folder::new();
    folder.refused("file:missing", "there is no file missing").await;
    folder.refused("file:deep", "deep is not a file").await;
    let check = async |content: &[u8], part: &str| {
        folder.write("a", content);
        folder.refused("file:a", part).await;
    };
    check(b"", "is empty").await;
    check(b"\n", "is empty").await;
    check(b"\r\n", "is empty").await;
    check(b"canary\n\n", "line break").await;
    check(b"canary\ncanary\n", "line break").await;
    check(b"canary\rcanary", "line break").await;
    check(b"canary\r", "line break").await;
    check(b"canary\0", "NUL").await;
    check(b"canary\xff", "UTF-8").await;
    check(&[b'x'; OCTETS + 1], "more than 64 kB").await;
    // Opening it would wait for ever.
    let pipe = folder.secrets().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
    assert!(made.success());
    folder.refused("file:pipe", "is not a file").await;
}

/// Neither by its path nor by any other name of the same file, nor as a copy.
#[tokio::test]
async fn a_file_of_posthouse_itself_is_never_read() {
    let folder = Folder::new();
    let key = "posthouse-vault-key-1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n";
    folder.write("posthouse-vault-key", key);
    folder.write("posthouse.db", "canary");
    folder.write("posthouse.toml", "canary");
    let never = ["posthouse-vault-key", "posthouse.db", "posthouse.toml"].map(|name| folder.secrets().join(name));
    symlink("posthouse-vault-key", folder.secrets().join("link")).expect("it is made");
    symlink(folder.secrets().join("posthouse.db"), folder.secrets().join("deep/link")).expect("it is made");
    fs::hard_link(folder.secrets().join("posthouse-vault-key"), folder.secrets().join("hard")).expect("it is made");
    fs::hard_link(folder.secrets().join("posthouse.toml"), folder.secrets().join("deep/hard")).expect("it is made");
    // Rotated, set aside, or copied by hand.
    folder.write("vault.key.before-reset-1", format!("\n{key}{key}"));
    let rules = ReferenceRules { folder: Some(folder.secrets()), never: never.to_vec(), ..ReferenceRules::default() };
    for name in [
        "posthouse-vault-key",
        "posthouse.db",
        "posthouse.toml",
        "link",
        "deep/link",
        "hard",
        "deep/hard",
        "./deep//../hard",
        "vault.key.before-reset-1",
    ] {
        for name in [name.to_owned(), folder.secrets().join(name).display().to_string()] {
            let reference = written(&format!("file:{name}"));
            let said = rules.read(&reference).await.expect_err(&name);
            assert!(said.contains("own files") || name.contains(".."), "{name}: {said}");
            assert!(!said.contains("canary") && !said.contains("posthouse-vault-key-1"), "{name}: {said}");
            rules.check(&reference).await.expect_err("it is not entered either");
        }
    }
    folder.write("relay", "secret");
    assert_eq!(read_by(&rules, "file:relay").await.as_deref(), Ok("secret"), "others are read as before");
}

/// The key of each source is protected, with the database and what SQLite keeps beside it.
#[test]
fn key_and_database_are_among_the_files_that_are_never_read() {
    let database = Database::Sqlite { path: PathBuf::from("data/posthouse.db") };
    let key = KeySource::Systemd(PathBuf::from("/run/credentials/posthouse-vault-key"));
    let rules = ReferenceRules::default().protecting(&database, Some(&key));
    let never: Vec<_> = rules.never.iter().map(|path| path.display().to_string()).collect();
    let database = ["", "-wal", "-shm", "-journal"].map(|end| format!("data/posthouse.db{end}"));
    assert_eq!(never[0], "/run/credentials/posthouse-vault-key");
    assert_eq!(never[1..], database);
}

/// What names lead out is also refused where it was written past the form.
#[tokio::test]
async fn a_path_that_leads_out_is_refused_whoever_wrote_it() {
    let folder = Folder::new();
    let rules = ReferenceRules { folder: Some(folder.secrets()), ..ReferenceRules::default() };
    for reference in ["file:../outside", "file:deep/../../outside", "file:", "http://a", "env:POSTHOUSE_DATABASE_URL"] {
        let said = rules.read(&written(reference)).await.expect_err(reference);
        assert!(!said.contains("canary"), "{reference}: {said}");
    }
}

#[tokio::test]
async fn only_variables_that_are_meant_for_it_are_read() {
    // cargo sets it for every test.
    let name = "CARGO_PKG_NAME";
    let listed = ReferenceRules { variables: vec![name.to_owned()], ..ReferenceRules::default() };
    assert_eq!(read_by(&listed, &format!("env:{name}")).await.as_deref(), Ok("backend"));
    let none = ReferenceRules::default();
    for name in [name, "PATH", "HOME", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "CARGO_PKG_NAMES", "posthouse_secret_a"] {
        let said = read_by(&none, &format!("env:{name}")).await.expect_err(name);
        let (what, to_do) =
            (format!("does not allow the environment variable {name}."), "list this one with --secret-env.");
        assert!(said.contains(&what) && said.ends_with(to_do), "{said}");
        let said = none.check(&parsed(&format!("env:{name}"))).await.expect_err(name);
        assert!(said.starts_with("The configuration does not allow"), "{said}");
    }
    for name in ["POSTHOUSE_DATABASE_URL", "POSTHOUSE_SECRET_ENV", "POSTHOUSE_SECRETS", "POSTHOUSE_SECRETS_DIR"] {
        let all = ReferenceRules { variables: vec![name.to_owned()], ..ReferenceRules::default() };
        let said = all.read(&written(&format!("env:{name}"))).await.expect_err(name);
        assert!(said.contains("is a setting of Posthouse itself"), "{said}");
    }
    let said = read_in(None, "env:POSTHOUSE_SECRET_THAT_NOBODY_SET").await.expect_err("it is not set");
    assert!(said.contains("POSTHOUSE_SECRET_THAT_NOBODY_SET is not set"), "{said}");
    none.check(&parsed("env:POSTHOUSE_SECRET_THAT_NOBODY_SET")).await.expect("it may be set later");
}

#[test]
fn a_reference_that_the_configuration_names_goes_where_it_says() {
    let permitted = |text: &str| PermittedDestination::parse(text).expect(text);
    let rules = ReferenceRules {
        permitted: vec![
            permitted("env:RELAY=smtp.example.org:587"),
            permitted("env:RELAY=Bücher.example:465"),
            permitted("file:a=b/c=[::1]:25"),
        ],
        folder: Some(PathBuf::from("/nowhere")),
        ..ReferenceRules::default()
    };
    let host = |name: &str| Host::parse(name).expect(name);
    let check = |reference: &str, name: &str, port: u16, expected: bool| {
        let allowed = rules.allow(&parsed(reference), &host(name), port);
        assert_eq!(allowed.is_ok(), expected, "{reference} {name} {port}: {allowed:?}");
    };
    check("env:RELAY", "smtp.example.org", 587, true);
    check("env:RELAY", "xn--bcher-kva.example", 465, true);
    check("env:RELAY", "smtp.example.org", 465, false);
    check("env:RELAY", "smtp.stranger.example", 587, false);
    check("file:a=b/c", "::1", 25, true);
    check("file:a=b/c", "::1", 26, false);
    // What is not named goes where its credential says, and is read only where that is allowed.
    check("env:POSTHOUSE_SECRET_A", "smtp.stranger.example", 587, true);
    check("env:OTHER", "smtp.example.org", 587, false);
    let all = |hosts: &[&str], ports: &[u16]| {
        let hosts = hosts.iter().map(|name| host(name)).collect();
        let to = Destinations { hosts, ports: ports.to_vec(), ..Destinations::default() };
        rules.check_destinations(&parsed("env:RELAY"), &to)
    };
    assert_eq!(all(&["smtp.example.org"], &[587]), Ok(()));
    let said = all(&["smtp.example.org"], &[25, 587]).expect_err("one of them is not");
    assert!(
        said.contains("go to smtp.example.org:587, xn--bcher-kva.example:465 and not to smtp.example.org:25"),
        "{said}"
    );
    for wrong in
        ["env:RELAY", "env:RELAY=smtp.example.org", "env:RELAY=smtp.example.org:", "RELAY=a:1", "env:RELAY=a:0"]
    {
        let said = PermittedDestination::parse(wrong).expect_err(wrong);
        assert!(said.contains("write it as env:NAME=HOST:PORT"), "{wrong}: {said}");
    }
}

#[test]
fn a_variable_that_holds_no_secret_is_refused() {
    for (value, part) in [("", "is empty"), ("a\nb", "line break"), ("a\0", "NUL")] {
        assert!(checked(value.as_bytes()).expect_err(value).contains(part));
    }
}
