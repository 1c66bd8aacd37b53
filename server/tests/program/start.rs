//! What keeps it from starting: one line that says what to do, exit code 2, and no backtrace.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::installation::{
    DatabaseKind, EMAIL, Installation, Server, bare, base, new_account, run, run_within, sql, text, with_database,
};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// The one line that it says.
pub fn line(program: Command) -> String {
    let output = run(program, "long enough a password");
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{said}");
    let line = said.strip_prefix("posthouse: ").and_then(|line| line.strip_suffix('\n'));
    let line = line.unwrap_or_else(|| panic!("{said}"));
    assert!(!line.contains('\n') && !line.contains("backtrace") && line.len() < 800, "{line}");
    line.to_owned()
}

/// Checks it for each command that opens the database.
fn check(installation: &Installation, words: &[&str], parts: &[&str]) {
    for command in [&SERVE[..], &["migrate"], &["user", "add", "a@b.example", "--password-stdin"]] {
        let line = line(bare(&installation.folder, &[command, words].concat()));
        for part in parts {
            assert!(line.contains(part), "{part:?} is not in: {line}");
        }
    }
}

#[test]
fn a_port_in_use_is_named() {
    let installation = Installation::sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has one").to_string();
    let said = line(installation.program(&["serve", "--listen", &address]));
    let wanted = format!("{address} is in use; stop what listens there, or choose another address with --listen");
    assert_eq!(said, wanted);
    assert!(!installation.data_dir().exists(), "nothing was made");
}

#[test]
fn an_address_that_cannot_be_listened_on_is_named() {
    let installation = Installation::sqlite();
    for (address, part) in [
        ("192.0.2.1:3000", "no address of this machine"),
        ("localhost", "write it as 127.0.0.1:3000"),
        ("127.0.0.1:99999", "write it as 127.0.0.1:3000"),
    ] {
        let said = line(installation.program(&["serve", "--listen", address, "--insecure-http"]));
        assert!(said.contains(address) && said.contains(part), "{said}");
    }
    for url in ["posthouse.example", "https://posthouse.example/path", "ftp://posthouse.example"] {
        let said = line(installation.program(&["serve", "--listen", "127.0.0.1:0", "--base-url", url]));
        assert!(said.contains(url) && said.contains("https://"), "{said}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let installation = Installation::sqlite();
    let file = installation.folder.join("file");
    std::fs::write(&file, "no folder").expect("it can be written");
    let words = |folder: &str| ["--data-dir".to_owned(), installation.folder.join(folder).display().to_string()];
    for folder in ["file", "file/below"] {
        let [flag, folder] = words(folder);
        check(&installation, &[&flag, &folder], &["Cannot write to", &folder, "Make it writable", "--data-dir"]);
    }
    // A folder where the database's file should be.
    std::fs::create_dir_all(installation.folder.join("taken/posthouse.db")).expect("it can be made");
    check(&installation, &["--data-dir", "taken"], &["taken/posthouse.db", "--data-dir"]);
    // procfs takes no new files, not even root's.
    check(&installation, &["--data-dir", "/proc/posthouse"], &["Cannot write to /proc/posthouse", "--data-dir"]);
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let installation = Installation::sqlite();
    std::fs::create_dir(installation.data_dir()).expect("it can be made");
    let file = installation.data_dir().join("posthouse.db");
    std::fs::write(&file, "This is a letter, not a database. ".repeat(100)).expect("it can be written");
    check(&installation, &["--data-dir", "data"], &["data/posthouse.db", "cannot be opened as a database", "backup"]);
    let now = std::fs::read_to_string(&file).expect("it is there");
    assert!(now.starts_with("This is a letter"), "it is left as it was");
}

#[test]
fn a_damaged_file_keeps_a_server_from_starting() {
    let installation = Installation::sqlite();
    let (mut server, visitor) = installation.served();
    for number in 0..40 {
        visitor.post("save_account", &new_account(&format!("Account {number}"))).expect_status(200);
    }
    server.signal("TERM");
    while server.ended().is_none() {
        std::thread::yield_now();
    }
    let file = installation.data_dir().join("posthouse.db");
    let mut octets = std::fs::read(&file).expect("it is there");
    let whole = octets.clone();
    let middle = octets.len() / 2 / 4096 * 4096;
    octets[middle..middle + 4096 * 4].iter_mut().for_each(|octet| *octet ^= 0x5A);
    std::fs::write(&file, &octets).expect("it is written");
    let said = line(installation.program(&SERVE));
    assert!(said.contains("posthouse.db is damaged") && said.contains("posthouse restore FILE"), "{said}");
    let accounts = installation.folder.join("accounts.csv");
    std::fs::write(&accounts, "Name\nOne\n").expect("it is written");
    let accounts = accounts.to_str().expect("the path is text");
    for words in [
        &["migrate"][..],
        &["user", "sign-out", EMAIL],
        &["import", "accounts", accounts],
        &["vault", "rotate"],
        &["vault", "reset", "--forget-secrets"],
    ] {
        let said = line(installation.program(words));
        assert!(said.contains("posthouse.db is damaged"), "{words:?}: {said}");
    }
    assert_eq!(std::fs::read(&file).expect("it is there"), octets, "nothing was written to it");
    std::fs::write(&file, whole).expect("it is written");
    Server::start(installation.program(&SERVE)).sign_in();
}

#[test]
fn a_database_url_that_is_none_is_not_repeated() {
    let installation = Installation::sqlite();
    for url in ["mysql://u:hidden-canary@h/d", "hidden-canary", "postgres://u:hidden-canary@h:99999/d", "sqlite:"] {
        check(
            &installation,
            &["--database-url", url],
            &["The database URL is not understood", "postgres://USER:PASSWORD@"],
        );
        let said = line(bare(&installation.folder, &["migrate", "--database-url", url]));
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn a_database_that_is_not_there_or_silent_is_named_within_the_limit() {
    let installation = Installation::sqlite();
    let address = |listener: &TcpListener| listener.local_addr().expect("it has one").to_string();
    let nobody = address(&TcpListener::bind("127.0.0.1:0").expect("a port is free"));
    // The system accepts connections to it, and nobody says anything.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    // Both at the same time: each takes as long as the limit.
    std::thread::scope(|scope| {
        scope.spawn(|| is_not_waited_for(&installation, &nobody));
        scope.spawn(|| is_not_waited_for(&installation, &address(&silent)));
    });
}

fn is_not_waited_for(installation: &Installation, place: &str) {
    let url = format!("postgres://posthouse:hidden-canary@{place}/mail");
    let begun = Instant::now();
    let mut program = bare(&installation.folder, &SERVE);
    program.args(["--database-url", &url]);
    let output = run_within(Duration::from_secs(40), program, "");
    assert!(begun.elapsed() < Duration::from_secs(30), "it has a limit of 10 s, and a busy machine");
    let wanted = format!(
        "posthouse: The database “mail” at {place} did not answer within 10 s. Check that it runs there and that \
         --database-url is right.\n"
    );
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), wanted));
}

#[test]
fn a_database_that_refuses_is_named() {
    let installation = Installation::sqlite();
    let url = with_database("no_such_database");
    check(&installation, &["--database-url", &url], &["“no_such_database”", "does not exist", "--database-url"]);
    let stranger = base().replace("posthouse@", "nobody:hidden-canary@");
    check(&installation, &["--database-url", &stranger], &["nobody", "Check user, password and database name"]);
    assert!(!line(bare(&installation.folder, &["migrate", "--database-url", &stranger])).contains("canary"));
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let installation = Installation::new(DatabaseKind::Postgres);
    assert_eq!(run(installation.program(&["migrate"]), "").status.code(), Some(0));
    sql(&installation.url(), "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)");
    let parts = ["newer Posthouse", "m9999_future", "Start that version, or restore an older backup."];
    check(&installation, &["--database-url", &installation.url()], &parts);
}

#[test]
fn a_configuration_file_that_is_wrong_is_named_with_its_line() {
    let installation = Installation::sqlite();
    let check = |file: &str, parts: &[&str]| {
        let path = installation.folder.join("posthouse.toml");
        std::fs::write(&path, file).expect("it can be written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
        let said = line(bare(&installation.folder, &["serve", "--config", "posthouse.toml"]));
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in: {said}");
        }
        assert!(!said.contains("canary"), "what stands in the file is not repeated: {said}");
    };
    check("\nlisen = \"127.0.0.1:0\"\n", &["posthouse.toml, line 2", "`lisen`", "`listen`", "`data-dir`"]);
    check("log-format = \"xml\"\n", &["posthouse.toml, line 1", "`text` or `json`"]);
    check("listen = 3000\n", &["posthouse.toml, line 1", "expected a string"]);
    check("# one\nlisten = \"127.0.0.1:0\"\ndatabase-url = \"postgres://u:hidden-canary@h/d\n", &["line 3"]);
    check("database-url = 'postgres://u:hidden-canary@h/d'\nbase-url = \"x\"\n", &["base URL “x”"]);
    check("config = \"other.toml\"\n", &["line 1", "`config`"]);
    let said = line(bare(&installation.folder, &["serve", "--config", "missing.toml"]));
    assert!(said.contains("missing.toml") && said.contains("cannot be read"), "{said}");
    assert!(!installation.data_dir().exists(), "nothing was made");
}

#[test]
fn what_nobody_reads_does_not_end_it() {
    let installation = Installation::sqlite();
    // Whoever was to read standard output and the log has gone.
    let (reader, stdout) = std::io::pipe().expect("a pipe can be made");
    let (other, stderr) = std::io::pipe().expect("a pipe can be made");
    drop((reader, other));
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("it has one");
    let address = free.to_string();
    let mut program = installation.program(&["serve", "--listen", &address]);
    let mut child = program.stdout(stdout).stderr(stderr).env("RUST_LOG", "debug").spawn().expect("it starts");
    let visitor = crate::http::Visitor::new(&address);
    let ready = || visitor.say("GET", "/readyz", &[], "").ok().filter(|answer| answer.status == 200);
    crate::installation::until("an answer", ready);
    let ended = child.try_wait().expect("it can be waited for");
    child.kill().expect("it runs");
    child.wait().expect("it was started here");
    assert_eq!(ended, None);
}
