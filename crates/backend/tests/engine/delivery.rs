//! What a send that succeeds says, and what a server hears of it.

use backend::message::compose;
use model::{Acceptance, ConnectionSecurity, Footer, Host, Speaker, Stage, StageState};
use smtp::{OutgoingMessage, SendOptions, Target};

use crate::support::scripted::{Act, Point, Script};
use crate::support::{CANARY, HELLO, NOW, account, address, letter, patient, request, send, target};

#[tokio::test]
async fn a_letter_is_taken_over_each_kind_of_connection() {
    for security in [ConnectionSecurity::None, ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
        let letter = letter();
        let (port, served) = Script::new(security).start().await;
        let report = send(&target(port, security), &letter, HELLO, &patient()).await;
        assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{security:?}");
        assert_eq!(report.queue_id.as_deref(), Some("4XyZ1T2Jc3"));
        assert_eq!(report.final_reply.as_ref().map(|reply| reply.enhanced), Some(Some((2, 0, 0))));

        let size = letter.message.len();
        let fact = |stage| {
            let entry = report.stages.iter().find(|entry| entry.stage == stage).expect("the stage is listed");
            (entry.state, entry.fact.clone())
        };
        let done = |fact: &str| (StageState::Done, fact.to_owned());
        assert_eq!(fact(Stage::Settings), done("Saved"));
        let off = |question: &str| (StageState::Skipped, format!("Off: {question} is No"));
        assert_eq!(fact(Stage::Connector), off("Use network connector"));
        assert_eq!(fact(Stage::Auth), off("User authentication"));
        assert_eq!(fact(Stage::Dns), (StageState::Skipped, "An address, nothing to look up".to_owned()));
        assert_eq!(fact(Stage::Tcp), done(&format!("127.0.0.1:{port}")));
        assert_eq!(fact(Stage::Greeting), done("mx1.nordhavn.example"));
        assert_eq!(fact(Stage::Mail), done("bounces@nordhavn.example"));
        assert_eq!(fact(Stage::Rcpt), done("to@example.test"));
        assert_eq!(fact(Stage::Data), done(&format!("{size} bytes")));
        assert_eq!(fact(Stage::Quit), done("221 2.0.0 Bye"));
        match security {
            ConnectionSecurity::None => {
                assert_eq!(fact(Stage::Tls), (StageState::Skipped, "Off: Use safe connection is No".to_owned()));
                assert_eq!(report.tls, None);
            }
            ConnectionSecurity::StartTls | ConnectionSecurity::ImplicitTls => {
                assert_eq!(fact(Stage::Tls), done("TLS 1.3, certificate errors ignored"));
                let tls = report.tls.as_ref().expect("it was encrypted");
                assert!(!tls.verified && tls.fingerprint.len() == 64, "{tls:?}");
            }
        }
        assert!(!report.transcript.iter().any(|line| line.text.contains(CANARY)));
        let heard = served.await.expect("the server ends");
        let mail = format!("MAIL FROM:<bounces@nordhavn.example> SIZE={size}");
        assert_eq!(heard.commands.iter().rev().nth(3), Some(&mail));
        assert_eq!(heard.message, [letter.message.as_slice(), b".\r\n"].concat());
    }
}

#[tokio::test]
async fn the_transcript_says_who_said_what_and_from_where_on_it_was_encrypted() {
    let (port, _served) = Script::new(ConnectionSecurity::StartTls).start().await;
    let report = send(&target(port, ConnectionSecurity::StartTls), &letter(), HELLO, &patient()).await;
    let lines: Vec<_> = report.transcript.iter().map(|l| (l.speaker, l.encrypted, l.text.as_str())).collect();
    let size = letter().message.len();
    use Speaker::{Client, Note, Server};
    let mail = format!("MAIL FROM:<bounces@nordhavn.example> SIZE={size}");
    let taken_out = format!("(message taken out, {size} bytes)");
    let expected = [
        (Server, false, "220 mx1.nordhavn.example ESMTP"),
        (Client, false, "EHLO posthouse.nordhavn.example"),
        (Server, false, "250-mx1.nordhavn.example"),
        (Server, false, "250-STARTTLS"),
        (Server, false, "250-8BITMIME"),
        (Server, false, "250-SMTPUTF8"),
        (Server, false, "250 SIZE 1000000"),
        (Client, false, "STARTTLS"),
        (Server, false, "220 2.0.0 Ready to start TLS"),
        (Note, true, "Encrypted from here: TLS 1.3, TLS13_AES_256_GCM_SHA384"),
        (Client, true, "EHLO posthouse.nordhavn.example"),
        (Server, true, "250-mx1.nordhavn.example"),
        (Server, true, "250-8BITMIME"),
        (Server, true, "250-SMTPUTF8"),
        (Server, true, "250 SIZE 1000000"),
        (Client, true, mail.as_str()),
        (Server, true, "250 2.1.0 Ok"),
        (Client, true, "RCPT TO:<to@example.test>"),
        (Server, true, "250 2.1.5 Ok"),
        (Client, true, "DATA"),
        (Server, true, "354 End data with <CR><LF>.<CR><LF>"),
        (Note, true, taken_out.as_str()),
        (Client, true, "."),
        (Server, true, "250 2.0.0 Ok: queued as 4XyZ1T2Jc3"),
        (Client, true, "QUIT"),
        (Server, true, "221 2.0.0 Bye"),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_hostile_servers_words_are_harmless_text() {
    let banner = "220 <script>alert(1)</script>\x1b]0;x\x07 exe.\u{202E}txt\u{0}\r\n".as_bytes();
    let (port, _served) = Script::new(ConnectionSecurity::None).act(Point::Greeting, Act::Say(banner)).start().await;
    let report = send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &patient()).await;
    assert_eq!(report.taken, Acceptance::Yes);
    let shown = &report.transcript[0].text;
    assert_eq!(shown, "220 <script>alert(1)</script>\\x1b]0;x\\x07 exe.<U+202E>txt\\x00");
}

#[tokio::test]
async fn localhost_is_known_without_a_dns_server() {
    let (port, _served) = Script::new(ConnectionSecurity::None).start().await;
    let host = Host::parse("localhost").expect("a name");
    let report = send(&Target { host, ..target(port, ConnectionSecurity::None) }, &letter(), HELLO, &patient()).await;
    assert_eq!(report.taken, Acceptance::Yes, "{:?}", report.failure);
    let dns = report.stages.iter().find(|entry| entry.stage == Stage::Dns).expect("the stage is listed");
    assert!(dns.fact.contains("127.0.0.1"), "{dns:?}");
}

#[tokio::test]
async fn addresses_of_other_scripts_ask_for_smtputf8_only_where_they_must() {
    let check = async |sender: &str, recipient: &str, expected: [&str; 2]| {
        let mut account = account();
        account.sender = address(sender);
        account.return_path = address(sender);
        let mut request = request("Тест", "Привет");
        request.recipient = address(recipient);
        let letter = compose(&account, &Footer::default(), &request, NOW, HELLO).expect("it can be made");
        let mut script = Script::new(ConnectionSecurity::None);
        script.offers = vec!["8BITMIME", "SMTPUTF8"];
        let (port, served) = script.start().await;
        let report = send(&target(port, ConnectionSecurity::None), &letter, HELLO, &patient()).await;
        assert_eq!(report.failure, None);
        assert_eq!(served.await.expect("the server ends").commands[1..3], expected);
    };
    let ascii = ["MAIL FROM:<a@xn--bcher-kva.example>", "RCPT TO:<b@xn--e1afmkfd.xn--p1ai>"];
    check("a@bücher.example", "b@пример.рф", ascii).await;
    let utf8 = ["MAIL FROM:<a@example.org> BODY=8BITMIME SMTPUTF8", "RCPT TO:<почта@пример.рф>"];
    check("a@example.org", "почта@пример.рф", utf8).await;
}

#[tokio::test]
async fn a_message_for_several_is_refused_where_all_of_them_are() {
    // The script answers every RCPT alike, so that the two outcomes are seen one after the other.
    let recipients = vec![address("a@example.test"), address("b@example.test")];
    let several = OutgoingMessage { recipients, message: b"Subject: a\n\n.b".to_vec(), ..letter() };
    let limits = patient();
    let options = SendOptions::new(HELLO, &limits);
    let (port, served) = Script::new(ConnectionSecurity::StartTls).start().await;
    let sent = smtp::send(&target(port, ConnectionSecurity::StartTls), &several, &options).await;
    assert_eq!((sent.report.taken, sent.refused.len()), (Acceptance::Yes, 0));
    let heard = served.await.expect("the server ends");
    assert_eq!(heard.commands[4..6], ["RCPT TO:<a@example.test>", "RCPT TO:<b@example.test>"]);
    assert_eq!(heard.message, b"Subject: a\r\n\r\n..b\r\n.\r\n");

    let refusing = Script::new(ConnectionSecurity::None).act(Point::Rcpt, Act::Say(b"550 5.1.1 No such user\r\n"));
    let (port, _served) = refusing.start().await;
    let sent = smtp::send(&target(port, ConnectionSecurity::None), &several, &options).await;
    let failure = sent.report.failure.expect("all are refused");
    assert_eq!((failure.stage, failure.reply.map(|reply| reply.code)), (Stage::Rcpt, Some(550)));
    assert_eq!(sent.refused.len(), 2);
}

#[test]
fn a_send_can_run_on_any_thread() {
    fn sendable<T: Send>(_: T) {}
    let (target, letter, limits): (Target, OutgoingMessage, _) =
        (target(25, ConnectionSecurity::None), letter(), patient());
    sendable(send(&target, &letter, HELLO, &limits));
}

/// Exim and others refuse it (RFC 5321, section 4.1.2): the name of a container, or one with a port.
#[tokio::test]
async fn a_name_that_ehlo_cannot_give_is_replaced_by_the_address_and_that_is_said() {
    for hello in ["posthouse_web.internal", "posthouse.nordhavn.example:3000"] {
        for security in [ConnectionSecurity::None, ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
            let (port, served) = Script::new(security).start().await;
            let report = send(&target(port, security), &letter(), hello, &patient()).await;
            assert_eq!((report.taken, report.failure), (Acceptance::Yes, None), "{hello}");
            let said = report.transcript.iter().any(|line| line.speaker == Speaker::Note && line.text.contains(hello));
            assert!(said, "{:?}", report.transcript);
            let heard = served.await.expect("the server ends");
            let names: Vec<_> = heard.commands.iter().filter(|line| line.starts_with("EHLO")).collect();
            assert!(!names.is_empty() && names.iter().all(|line| *line == "EHLO [127.0.0.1]"), "{names:?}");
        }
    }
}
