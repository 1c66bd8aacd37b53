//! Clients that connect and say nothing, say half of something, or take nothing of what they asked for: others are
//! answered all the same.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use rustix::net::{self, AddressFamily, SocketType};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::installation::{Installation, PATIENCE, Server, until};

const SILENT: usize = 2_000;
const NOT_READING: usize = 200;

/// The server, started where so many files may be open.
fn with_files(installation: &Installation, limit: &str) -> Command {
    let program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("ulimit {limit}; exec \"$0\" \"$@\"")).arg(program.get_program());
    shell.args(program.get_args()).current_dir(&installation.folder);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// As many connections as the tests open.
fn open_files_suffice() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("the limit can be raised");
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    assert!(files > 3 * SILENT as u64, "this test opens thousands of connections; {files} files may be open");
}

fn answers_others(server: &Server) {
    open_files_suffice();
    let connect = || TcpStream::connect(&server.address).expect("the server listens");
    let silent: Vec<_> = std::iter::repeat_with(connect).take(SILENT).collect();
    let not_reading: Vec<_> = std::iter::repeat_with(connect)
        .take(NOT_READING)
        .map(|mut stream| {
            // It may have been closed for others already.
            let request = format!("GET /sign-in HTTP/1.1\r\nhost: {}\r\n\r\n", server.address);
            let _closed = stream.write_all(request.as_bytes());
            stream
        })
        .collect();
    for path in ["/readyz", "/sign-in"] {
        let answered = || server.visitor().say("GET", path, &[], "").ok().filter(|answer| answer.status == 200);
        until(path, answered);
    }
    drop((silent, not_reading));
}

#[test]
fn thousands_of_silent_clients_and_hundreds_that_do_not_read_keep_nobody_out() {
    let installation = Installation::sqlite();
    answers_others(&installation.serve());
}

#[test]
fn nor_where_few_files_may_be_open() {
    let installation = Installation::sqlite();
    let server = Server::start(with_files(&installation, "-n 256"));
    answers_others(&server);
    assert!(!server.log().contains("could not be accepted"), "{}", server.log());
}

#[test]
fn a_request_that_does_not_arrive_is_ended() {
    let installation = Installation::sqlite();
    let server = installation.serve();
    let mut stream = TcpStream::connect(&server.address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost:").expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server hangs up");
    assert_eq!(answer, "");
}

#[test]
fn its_memory_is_not_written_to_core_dumps_and_its_files_are_as_many_as_may_be() {
    let installation = Installation::sqlite();
    let server = Server::start(with_files(&installation, "-Sn 256"));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).expect("it runs");
    let limit = |name: &str| -> Vec<String> {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        line.split_whitespace().take(2).map(str::to_owned).collect()
    };
    assert_eq!(limit("Max core file size"), ["0", "0"]);
    let files = limit("Max open files");
    assert_eq!(files[0], files[1]);
}

#[test]
fn more_connections_than_files_are_refused_at_the_start() {
    let installation = Installation::sqlite();
    let mut program = with_files(&installation, "-n 256");
    program.args(["--max-connections", "200"]);
    let said = crate::start::line(program);
    assert!(said.contains("--max-connections 200") && said.contains("256 files"), "{said}");
    let said = crate::installation::run(installation.program(&["serve", "--max-connections", "0"]), "");
    assert_eq!(said.status.code(), Some(2));
}

/// A client of its own address.
fn connect_from(last: u8, server: &Server) -> TcpStream {
    let address: SocketAddr = server.address.parse().expect("an address");
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    net::bind(&socket, &SocketAddr::from(([127, 0, 0, last], 0))).expect("an address of this machine");
    net::connect(&socket, &address).expect("the server listens");
    socket.into()
}

#[test]
fn strangers_with_slow_bodies_and_with_unread_answers_keep_nobody_out() {
    let installation = Installation::sqlite();
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    program.args(["--max-connections", "40"]);
    let server = Server::start(program);
    let host = &server.address;
    let hold = |last: u8, text: String| {
        let mut stream = connect_from(last, &server);
        // It may have been closed for others already.
        let _closed = stream.write_all(text.as_bytes());
        stream
    };
    let body = format!(
        "POST /api/sign_in HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncontent-type: \
         application/x-www-form-urlencoded\r\ncontent-length: 4000\r\n\r\nemail="
    );
    let slow: Vec<_> = (10..50).map(|last| hold(last, body.clone())).collect();
    // Long enough for each to be read, and not for the first to be ended.
    std::thread::sleep(Duration::from_secs(2));
    server.visitor().say("GET", "/livez", &[], "").expect("it is answered at once").expect_status(200);
    drop(slow);
    let pages = format!("GET /sign-in HTTP/1.1\r\nhost: {host}\r\n\r\n").repeat(500);
    let _unread: Vec<_> = (50..90).map(|last| hold(last, pages.clone())).collect();
    until("a page", || server.visitor().say("GET", "/sign-in", &[], "").ok().filter(|answer| answer.status == 200));
}
