//! A folder, a database and a running program for one test; all gone when they are dropped.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use crate::drafts::{draft, edit_account, new_account, with};
use crate::http::Visitor;
pub use crate::server_process::Server;

/// Makes two tests of each function: `name::on_sqlite` and `name::on_postgres`.
#[macro_export]
macro_rules! on_both {
    ($($name:ident)*) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                super::$name(&$crate::installation::Installation::new($crate::installation::DatabaseKind::Sqlite));
            }

            #[test]
            fn on_postgres() {
                super::$name(&$crate::installation::Installation::new($crate::installation::DatabaseKind::Postgres));
            }
        }
    )*};
}

pub const EMAIL: &str = "ops@nordhavn.example";
pub const PASSWORD: &str = "correct horse battery";

/// How long a program may take to start, to stop, or to say what is wrong: a bound for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(45);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

pub struct Installation {
    pub folder: PathBuf,
    /// The PostgreSQL database's name.
    database: Option<String>,
}

impl Installation {
    pub fn new(kind: DatabaseKind) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("program_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("posthouse_{name}"));
        std::fs::create_dir(&folder).expect("a temporary folder can be made");
        let database = (kind == DatabaseKind::Postgres).then_some(name);
        if let Some(name) = &database {
            sql(&base(), &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"));
        }
        Self { folder, database }
    }

    pub fn sqlite() -> Self {
        Self::new(DatabaseKind::Sqlite)
    }

    pub fn kind(&self) -> DatabaseKind {
        if self.is_sqlite() { DatabaseKind::Sqlite } else { DatabaseKind::Postgres }
    }

    pub fn is_sqlite(&self) -> bool {
        self.database.is_none()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The address of its PostgreSQL database.
    pub fn url(&self) -> String {
        with_database(self.database.as_ref().expect("an installation on PostgreSQL"))
    }

    pub fn database(&self) -> &str {
        self.database.as_ref().expect("an installation on PostgreSQL")
    }

    /// The program with these words, on the installation's database.
    pub fn program(&self, words: &[&str]) -> Command {
        let mut program = bare(&self.folder, words);
        program.arg("--data-dir").arg(self.data_dir());
        if self.database.is_some() {
            program.arg("--database-url").arg(self.url());
        }
        program
    }

    /// Starts the server on a free port.
    pub fn serve(&self) -> Server {
        Server::start(self.program(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Starts it, and makes the first administrator by the link.
    pub fn served(&self) -> (Server, Visitor) {
        let server = self.serve();
        let visitor = server.set_up();
        (server, visitor)
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _absent = std::fs::remove_dir_all(&self.folder);
        if let Some(name) = &self.database {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let _left = Command::new("psql").args(["-q", "-d", &base(), "-c", &drop]).output();
        }
    }
}

/// The program under test: the one that was built with the tests, or, for long runs, an optimised one.
pub fn binary() -> PathBuf {
    std::env::var_os("POSTHOUSE_TORTURE_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_posthouse").into()).into()
}

/// The program with these words and nothing of the environment's settings, started in this folder.
pub fn bare(folder: &Path, words: &[&str]) -> Command {
    let mut program = Command::new(binary());
    program.args(words).current_dir(folder).env("RUST_BACKTRACE", "1").env_remove("RUST_LOG");
    program.env_remove("CREDENTIALS_DIRECTORY");
    let settings = std::env::vars_os().map(|(name, _)| name);
    for name in settings.filter(|name| name.to_string_lossy().starts_with("POSTHOUSE_")) {
        program.env_remove(name);
    }
    program
}

pub fn base() -> String {
    std::env::var("POSTHOUSE_TEST_POSTGRES").expect(
        "POSTHOUSE_TEST_POSTGRES names no PostgreSQL server. Run `cargo xtask test`, which starts one for the tests.",
    )
}

/// The server's URL with this database in place of its own.
pub fn with_database(name: &str) -> String {
    let base = base();
    let server = base.rsplit_once('/').expect("postgres://user@host:port/database").0;
    format!("{server}/{name}")
}

/// Runs SQL past the program.
pub fn sql(url: &str, statement: &str) {
    let ran = Command::new("psql").args(["-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]).output();
    let ran = ran.expect("psql is installed beside PostgreSQL");
    assert!(ran.status.success(), "{statement}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// What SQL past the program answers, without names of columns.
pub fn ask(url: &str, statement: &str) -> String {
    let ran =
        Command::new("psql").args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]).output();
    let ran = ran.expect("psql is installed beside PostgreSQL");
    assert!(ran.status.success(), "{statement}: {}", String::from_utf8_lossy(&ran.stderr));
    text(&ran.stdout).trim().to_owned()
}

/// Runs a program to its end.
pub fn run(program: Command, typed: &str) -> Output {
    run_within(PATIENCE, program, typed)
}

pub fn run_within(limit: Duration, program: Command, typed: &str) -> Output {
    run_on(limit, program, typed.as_bytes())
}

/// What is given to the program need not be text.
pub fn run_on(limit: Duration, mut program: Command, given: &[u8]) -> Output {
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("the program starts");
    // Read while it runs: a pipe that is full would hold it up.
    let stdout = read_aside(child.stdout.take().expect("it was piped"));
    let stderr = read_aside(child.stderr.take().expect("it was piped"));
    let mut stdin = child.stdin.take().expect("it was piped");
    // A program that needs no input may have ended already.
    let _unread = stdin.write_all(given);
    drop(stdin);
    let status = await_end(&mut child, limit);
    let read = |reader: JoinHandle<Vec<u8>>| reader.join().expect("it does not panic");
    let output = Output { status, stdout: read(stdout), stderr: read(stderr) };
    Output { stderr: without_audit_events(&output.stderr), ..output }
}

fn read_aside(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut octets = Vec::new();
        // What was read before an error stands.
        let _broken = from.read_to_end(&mut octets);
        octets
    })
}

/// What a command has to say besides: tests of audit events have a log of JSON.
fn without_audit_events(stderr: &[u8]) -> Vec<u8> {
    let lines = stderr.split_inclusive(|octet| *octet == b'\n');
    lines.filter(|line| !text(line).contains(" INFO audit action=")).flatten().copied().collect()
}

/// Waits for a program until it ends, or kills it.
pub fn await_end(child: &mut Child, limit: Duration) -> ExitStatus {
    let end = Instant::now() + limit;
    loop {
        match child.try_wait().expect("it can be waited for") {
            Some(status) => return status,
            None if Instant::now() > end => {
                child.kill().expect("it can be killed");
                panic!("the program did not end within {limit:?}");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Asks again and again until there is an answer.
pub fn until<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Some(answer) => return answer,
            None if Instant::now() > end => panic!("{what}: not there within {PATIENCE:?}"),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
