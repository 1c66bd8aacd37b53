//! SIGTERM and SIGINT: what runs is finished, then it ends with code 0.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use app::api::FormInit;
use model::{Acceptance, TestShown};
use serde_json::json;

use crate::http::Visitor;
use crate::installation::{Installation, Server, new_account, until, with};

/// A mail server that says nothing until it is told to go on, and then takes one message.
struct SlowServer {
    port: u16,
    /// Somebody has connected.
    connected: Receiver<()>,
    go_on: Sender<()>,
}

impl SlowServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it has one").port();
        let (say_connected, connected) = channel();
        let (go_on, wait) = channel();
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("somebody connects");
            say_connected.send(()).expect("the test waits");
            wait.recv().expect("the test says when");
            take_one_message(stream);
        });
        Self { port, connected, go_on }
    }
}

fn take_one_message(mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().expect("a socket can be shared")).lines();
    let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).expect("somebody listens");
    let mut heard = || lines.next().expect("the session goes on").expect("it is text");
    say("220 slow.example");
    for (command, reply) in [("EHLO", "250 slow.example"), ("MAIL", "250 2.1.0 Ok"), ("RCPT", "250 2.1.5 Ok")] {
        assert!(heard().starts_with(command));
        say(reply);
    }
    assert_eq!(heard(), "DATA");
    say("354 Go on");
    while heard() != "." {}
    say("250 2.0.0 Ok: queued as ABC123");
    assert_eq!(heard(), "QUIT");
    say("221 Bye");
}

/// An account that sends through the port, in clear text.
fn account(visitor: &Visitor, port: u16) {
    let port = port.to_string();
    let answers = [("draft[host]", "127.0.0.1"), ("draft[port]", port.as_str()), ("draft[safe_connection]", "No")];
    visitor.post("save_account", &with(&new_account("Slow"), &answers)).expect_status(200);
}

fn takes_no_more(server: &Server) {
    until("a closed port", || TcpStream::connect(&server.address).err());
}

fn a_test_send_is_finished(signal: &str) {
    let installation = Installation::sqlite();
    let (mut server, visitor) = installation.served();
    let slow = SlowServer::start();
    account(&visitor, slow.port);
    let send = {
        let visitor = visitor.clone();
        std::thread::spawn(move || {
            let draft = [("account", "1"), ("draft[recipient]", "ops@nordhavn.example")];
            let rest = [("draft[subject]", "Slow"), ("draft[message]", "Slow")];
            visitor.post("send_test", &[draft, rest].concat())
        })
    };
    slow.connected.recv_timeout(Duration::from_secs(30)).expect("the test send connects");
    // Connections on which nothing runs hold nothing up.
    let mut kept = TcpStream::connect(&server.address).expect("the server listens");
    kept.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").expect("the server reads");
    let mut answer = [0; 15];
    kept.read_exact(&mut answer).expect("the server answers");
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    let silent = TcpStream::connect(&server.address).expect("the server listens");

    server.signal(signal);
    takes_no_more(&server);
    assert!(server.ended().is_none(), "it waits for the test send");
    slow.go_on.send(()).expect("the mail server waits");
    let answer = send.join().expect("it asks").expect_status(200);
    let id: i64 = answer.json();
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("Stopping") && !log.contains("ERROR"), "{log}");
    drop((kept, silent));

    let kept = installation.serve().sign_in().call("find_test_send", &json!({ "id": id })).expect_status(200);
    let FormInit { data, .. }: FormInit<TestShown, ()> = kept.json();
    let report = data.test.report.expect("it was finished");
    assert_eq!((report.taken, report.queue_id.as_deref()), (Acceptance::Yes, Some("ABC123")));
}

#[test]
fn a_test_send_is_finished_after_sigterm() {
    a_test_send_is_finished("TERM");
}

#[test]
fn a_test_send_is_finished_after_sigint() {
    a_test_send_is_finished("INT");
}

#[test]
fn it_can_be_stopped_as_soon_as_it_says_where_it_is() {
    let installation = Installation::sqlite();
    for signal in ["TERM", "INT"] {
        let server = installation.serve();
        server.signal(signal);
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
    }
}

#[test]
fn half_a_request_does_not_hold_it_up() {
    let installation = Installation::sqlite();
    let server = installation.serve();
    let halves = [
        "GET /livez HT".to_owned(),
        format!(
            "POST /api/sign_in HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\ncontent-length: 100\r\n\r\nemail=",
            server.address
        ),
    ];
    let open: Vec<_> = halves
        .iter()
        .map(|half| {
            let mut stream = TcpStream::connect(&server.address).expect("the server listens");
            stream.write_all(half.as_bytes()).expect("the server reads");
            stream
        })
        .collect();
    // It has read what came before this.
    server.visitor().page("/livez").expect_status(200);
    server.signal("TERM");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    drop(open);
}
