//! Against a real Postfix: what arrives in the mailbox is what the account and the test window said.

use std::time::Duration;

use backend::message::compose;
use mail_parser::{HeaderValue, Message, MessageParser};
use model::{Acceptance, Account, CertificateCheck, ConnectionSecurity, FailureKind, Footer, Stage};
use smtp::{OutgoingMessage, Target};

use crate::support::postfix::Postfix;
use crate::support::{HELLO, NOW, account, address, letter, patient, request, send};

fn one_address(value: &HeaderValue<'_>) -> String {
    let HeaderValue::Address(found) = value else { panic!("{value:?} is an address") };
    let all: Vec<_> = found.iter().filter_map(|one| one.address()).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].to_owned()
}

fn header<'a>(message: &'a Message<'_>, name: &'a str) -> Option<&'a str> {
    message.header_raw(name).map(str::trim)
}

fn check_headers(message: &Message<'_>, account: &Account) {
    assert_eq!(
        message.from().and_then(|from| from.first()).and_then(|one| one.address()),
        Some(account.sender.as_str())
    );
    assert_eq!(one_address(message.header("Reply-To").expect("a Reply-To")), account.reply.as_str());
    assert_eq!(header(message, "Return-Path"), Some(format!("<{}>", account.return_path).as_str()));
    assert_eq!(header(message, "Delivered-To"), Some("to@example.test"));
    assert_eq!(header(message, "To"), Some("to@example.test"));
    assert_eq!(header(message, "Date"), Some("Tue, 24 Nov 2026 10:43:47 +0000"));
    assert_eq!(header(message, "Auto-Submitted"), Some("auto-generated"));
    let confirmation = account.read_receipt.then(|| account.confirmation.as_str());
    assert_eq!(header(message, "Disposition-Notification-To"), confirmation);
    let id = header(message, "Message-ID").expect("a Message-ID");
    assert!(id.ends_with(&format!("@{}>", account.sender.domain())), "{id}");
}

const WAYS: [ConnectionSecurity; 3] =
    [ConnectionSecurity::None, ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls];

#[tokio::test]
async fn the_message_that_arrives_is_the_accounts() {
    let postfix = Postfix::find();
    for security in WAYS {
        for read_receipt in [true, false] {
            let account = Account { read_receipt, footer: true, ..account() };
            let footer = Footer {
                text: "Nordhavn A/S · Kalkbrænderihavnsgade\n.hidden?".to_owned(),
                html: "<p>Nordhavn <b>A/S</b> · København</p>".to_owned(),
            };
            let text =
                "First line, with <b>no</b> markup & more\n.\n..two dots\n\nFrom here on\nMAIL FROM:<x@example.org>";
            let request = request("TEST MESSAGE!", text);
            let letter = compose(&account, &footer, &request, NOW, HELLO).expect("it can be made");
            let (report, file) = postfix.deliver(&letter, security).await;

            let message = MessageParser::default().parse(&file).expect("a message");
            check_headers(&message, &account);
            assert_eq!(message.subject(), Some("TEST MESSAGE!"));
            let plain = message.body_text(0).expect("a text").replace("\r\n", "\n");
            assert_eq!(plain.trim_end(), format!("{text}\n\n{}", footer.text));
            let html = message.body_html(0).expect("an HTML part");
            assert!(html.contains("&lt;b&gt;no&lt;/b&gt; markup &amp; more<br>"), "{html}");
            assert!(html.contains(&footer.html), "{html}");

            let received = String::from_utf8_lossy(&file);
            assert!(received.contains(HELLO), "EHLO gave our name");
            let with = if security == ConnectionSecurity::None { "with ESMTP id" } else { "with ESMTPS id" };
            assert!(received.contains(with), "{received}");
            let tls = report.tls.map(|tls| (tls.version, tls.verified));
            assert_eq!(tls, (security != ConnectionSecurity::None).then(|| ("TLS 1.3".to_owned(), false)));
        }
    }
}

#[tokio::test]
async fn every_script_and_every_line_arrives_as_it_was_typed() {
    let postfix = Postfix::find();
    let long_ascii = "0123456789".repeat(300);
    let long_other = "長い一行です。".repeat(300);
    let cases = [
        ("Rechnung für Größe 42", "Schöne Grüße\naus Zürich"),
        ("Счёт за ноябрь", "Привет, мир!\n.\nс точкой"),
        ("請求書のお知らせ", "こんにちは\n..世界"),
        ("فاتورة نوفمبر", "مرحبا بالعالم"),
        ("חשבונית", "שלום עולם"),
        ("👩‍👩‍👧‍👦 and =?utf-8?q?no?= word", "🏔️\n\n.\n"),
        ("a  b   c", ".starts with a dot\n.\n..\n. \nends with spaces   \nFrom the start"),
        ("long ASCII line", long_ascii.as_str()),
        ("long other line", long_other.as_str()),
    ];
    for (index, (subject, text)) in cases.into_iter().enumerate() {
        let request = request(subject, text);
        let letter = compose(&account(), &Footer::default(), &request, NOW, HELLO).expect(subject);
        let (_, file) = postfix.deliver(&letter, WAYS[index % WAYS.len()]).await;
        let message = MessageParser::default().parse(&file).expect("a message");
        check_headers(&message, &account());
        assert_eq!(message.subject(), Some(subject));
        let plain = message.body_text(0).expect("a text").replace("\r\n", "\n");
        assert_eq!(plain.trim_end(), text.trim_end(), "{subject}");
        let longest = file.split(|&byte| byte == b'\n').map(<[u8]>::len).max();
        assert!(longest.is_some_and(|octets| octets <= 998), "{subject}: {longest:?}");
    }
}

#[tokio::test]
async fn addresses_of_another_script_travel_by_smtputf8() {
    let postfix = Postfix::find();
    let mut account = account();
    account.sender = address("почта@пример.рф");
    account.return_path = address("возврат@пример.рф");
    let letter = compose(&account, &Footer::default(), &request("a", "b"), NOW, HELLO).expect("it can be made");
    let (report, file) = postfix.deliver(&letter, ConnectionSecurity::StartTls).await;
    let message = MessageParser::default().parse(&file).expect("a message");
    check_headers(&message, &account);
    let mail = report.transcript.iter().find(|line| line.text.starts_with("MAIL ")).expect("a MAIL");
    assert!(mail.text.starts_with("MAIL FROM:<возврат@пример.рф> SIZE="), "{}", mail.text);
    assert!(mail.text.ends_with(" BODY=8BITMIME SMTPUTF8"), "{}", mail.text);
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_stops_the_send_before_mail() {
    let postfix = Postfix::find();
    for security in [ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
        let target = postfix.target(security, CertificateCheck::Verify);
        let report = send(&target, &letter(), HELLO, &patient()).await;
        let failure = report.failure.expect("the certificate is refused");
        assert_eq!((failure.stage, failure.kind), (Stage::Tls, FailureKind::CertificateUnknownIssuer));
        assert_eq!(report.taken, Acceptance::No);
        assert!(report.transcript.iter().all(|line| !line.text.starts_with("MAIL")), "{:?}", report.transcript);
    }
}

#[tokio::test]
async fn a_port_and_a_kind_of_connection_that_do_not_fit_are_told_apart() {
    let postfix = Postfix::find();
    let implicit_on_clear =
        Target { port: postfix.clear, ..postfix.target(ConnectionSecurity::ImplicitTls, CertificateCheck::Ignore) };
    let report = send(&implicit_on_clear, &letter(), HELLO, &patient()).await;
    let failure = report.failure.expect("it speaks clear text");
    assert_eq!((failure.stage, failure.kind), (Stage::Tls, FailureKind::TlsNotSpoken));

    let mut limits = patient();
    limits.greeting = Duration::from_millis(200);
    let clear_on_implicit =
        Target { port: postfix.implicit, ..postfix.target(ConnectionSecurity::None, CertificateCheck::Ignore) };
    let report = send(&clear_on_implicit, &letter(), HELLO, &limits).await;
    let failure = report.failure.expect("it waits for TLS");
    assert_eq!((failure.stage, failure.kind), (Stage::Greeting, FailureKind::TimedOut(200)));
}

#[tokio::test]
async fn a_recipient_of_elsewhere_is_refused_in_postfixs_own_words() {
    let postfix = Postfix::find();
    let letter = OutgoingMessage { recipients: vec![address("someone@elsewhere.example")], ..letter() };
    let report =
        send(&postfix.target(ConnectionSecurity::StartTls, CertificateCheck::Ignore), &letter, HELLO, &patient()).await;
    let failure = report.failure.expect("it is no relay");
    assert_eq!((failure.stage, failure.kind), (Stage::Rcpt, FailureKind::Refused));
    let reply = failure.reply.expect("Postfix says why");
    assert_eq!((reply.code, reply.enhanced), (554, Some((5, 7, 1))));
    assert_eq!(reply.lines, ["<someone@elsewhere.example>: Relay access denied"]);
    assert_eq!(report.taken, Acceptance::No);
}
