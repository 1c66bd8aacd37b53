//! A test as it goes on, told by server-sent events: to whoever is signed in, line by line, and with an end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use model::{LiveReport, Stage, StageState};

use crate::http::{HTML, Visitor};
use crate::installation::{Installation, new_account, with};

const EVENTS: &str = "/settings/email/smtp/tests/1/events";

#[test]
fn a_test_is_told_line_by_line_until_its_end() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let (go_on, goes_on) = mpsc::channel::<()>();
    thread::spawn(move || {
        let (stream, _) = listener.accept().expect("the test connects");
        let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
        let say = |words: &str| (&stream).write_all(words.as_bytes()).expect("the test listens");
        say("220 mail.example.test ESMTP\r\n");
        lines.next();
        // Silent, until the events are being read.
        goes_on.recv().expect("the reader is there");
        say("550 5.7.1 Not you\r\n");
    });
    let clear = [("draft[host]", "127.0.0.1"), ("draft[port]", &port.to_string())];
    visitor.post("save_account", &with(&new_account("Silent"), &clear)).expect_status(200);
    let test = [("account", "1"), ("at_once", "true"), ("draft[recipient]", "to@example.test")];
    let words = [("draft[subject]", "x"), ("draft[message]", "x")];
    visitor.post("send_test", &[&test[..], &words[..]].concat()).expect_status(200);

    let mut events = BufReader::new(visitor.begin(EVENTS));
    let mut told = String::new();
    // What is known by now comes first; then it goes on.
    while !told.contains("220 mail.example.test ESMTP") {
        assert!(events.read_line(&mut told).expect("it can be read") > 0, "{told}");
    }
    go_on.send(()).expect("the server waits");
    events.read_to_string(&mut told).expect("the stream ends");
    for header in ["content-type: text/event-stream", "x-accel-buffering: no"] {
        assert!(told.contains(header), "{header}: {told}");
    }
    let mut whole = LiveReport::default();
    for data in told.lines().filter_map(|line| line.strip_prefix("data: {")) {
        whole.learn(serde_json::from_str(&format!("{{{data}")).expect("each is a report"));
    }
    let said: Vec<_> = whole.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!((said.first(), said.contains(&"550 5.7.1 Not you")), (Some(&"220 mail.example.test ESMTP"), true));
    let ehlo = whole.stages.iter().find(|report| report.stage == Stage::Ehlo).map(|report| report.state);
    assert_eq!(ehlo, Some(StageState::Failed));
    assert!(told.contains("event: end"), "{told}");

    let late = visitor.page(EVENTS).expect_status(200);
    assert!(late.body.contains("event: end") && !late.body.contains("220 mail"), "it has ended: {}", late.body);
    let stranger = Visitor { cookie: None, ..visitor };
    let refused = stranger.say("GET", EVENTS, &[("accept", HTML)], "").expect("an answer");
    assert_eq!(refused.status, 303, "a stranger signs in first");
}
