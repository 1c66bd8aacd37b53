use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, stage: Stage, key: &str) -> Explained {
    let found = explain(text, None, None).expect("something refuses");
    assert_eq!((found.stage, found.diagnosis.key.as_str()), (stage, key), "{text}: {found:?}");
    found
}

#[test]
fn a_reply_alone_is_explained_by_its_codes_and_words() {
    let found =
        check("550 5.1.1 <to@example.org>: Recipient address rejected: User unknown", Stage::Rcpt, "no-such-recipient");
    assert!(found.assumed);
    check("535 5.7.8 Error: authentication failed", Stage::Auth, "wrong-password");
    check("554-5.7.1 Relay\n554 5.7.1 <a@b.example>: Relay access denied", Stage::Rcpt, "relay-denied");
    let found = explain("571 by the moon", None, None).expect("it refuses");
    assert_eq!(found.diagnosis.key, "unknown");
}

#[test]
fn a_conversation_says_its_own_stage() {
    let swaks = "=== Trying mx.example.org:25...\n=== Connected to mx.example.org.\n<-  220 mx.example.org ESMTP\n \
        -> EHLO me.example\n<-  250-mx.example.org\n<-  250 SIZE 1000\n -> MAIL FROM:<a@b.example>\n<** 552 5.3.4 \
        Message size exceeds fixed limit\n -> QUIT\n<-  221 2.0.0 Bye\n";
    let found = check(swaks, Stage::Mail, "too-large");
    assert!(!found.assumed);
    let curl = "< 220 mx.example.org ESMTP\n> EHLO me\n< 250 mx.example.org\n> MAIL FROM:<a@b.example>\n< 250 ok\n> RCPT \
        TO:<c@d.example>\n< 550 5.1.1 no such user here\n";
    check(curl, Stage::Rcpt, "no-such-recipient");
    let exim = "  SMTP<< 220 mx.example.org ESMTP\n  SMTP>> EHLO me\n  SMTP<< 250 mx.example.org\n  SMTP>> AUTH PLAIN \
        ****\n  SMTP<< 535 Incorrect authentication data\n";
    check(exim, Stage::Auth, "wrong-password");
    let own = "0.001 S 220 mx.example.org ESMTP\n0.002 C EHLO me\n0.003 S 250 mx\n0.004 C MAIL FROM:<a@b.example>\n0.005 S \
        250 ok\n0.006 C RCPT TO:<c@d.example>\n0.007 S 554 5.7.1 <c@d.example>: Relay access denied\n";
    check(own, Stage::Rcpt, "relay-denied");
    let python = "send: 'rcpt TO:<c@d.example>\\r\\n'\nreply: b'550 5.1.1 User unknown\\r\\n'\n";
    check(python, Stage::Rcpt, "no-such-recipient");
}

#[test]
fn what_is_shown_of_a_text_cannot_act() {
    let found = check("connect failed: \u{1b}[31mconnection refused\u{202e}\0", Stage::Tcp, "connection-refused");
    assert_eq!(found.said, "connect failed: \\x1b[31mconnection refused<U+202E>\\x00");
    assert!(found.diagnosis.explanation.contains(&found.said), "{found:?}");
    let found = check("550 5.1.1 User unknown \u{202e}\u{1b}[31m", Stage::Rcpt, "no-such-recipient");
    assert_eq!(found.said, "550 5.1.1 User unknown <U+202E>\\x1b[31m");
}

#[test]
fn a_log_and_a_bounce_are_read() {
    let postfix = "Nov 26 10:00:00 mx postfix/smtp[1]: A1: to=<c@d.example>, relay=mx.d.example[192.0.2.1]:25, \
        status=bounced (host mx.d.example[192.0.2.1] said: 550 5.1.1 <c@d.example>: User unknown (in reply to \
        RCPT TO command))";
    let found = check(postfix, Stage::Rcpt, "no-such-recipient");
    assert!(!found.assumed);
    check("Diagnostic-Code: smtp; 552 5.2.2 Mailbox full", Stage::Rcpt, "mailbox-full");
}

#[test]
fn the_provider_is_found_by_its_greeting_or_by_the_given_host() {
    let text = "220 smtp.gmail.com ESMTP\nAUTH PLAIN\n535-5.7.8 Username and Password not accepted.\n535 5.7.8 gsmtp";
    let found = check(text, Stage::Auth, "provider");
    assert_eq!(found.diagnosis.provider.map(|facts| facts.name), Some("Gmail".to_owned()));
    let text = "220 kundenserver.de (mreue105) Nemesis ESMTP\nAUTH PLAIN\n535 Authentication credentials invalid";
    let found = explain(text, None, None).expect("it refuses");
    assert_eq!(found.diagnosis.provider.map(|facts| facts.name), Some("IONOS".to_owned()));
    let found = explain("535 5.7.3 Authentication unsuccessful", Some("smtp.office365.com"), Some(Stage::Auth));
    let provider = found.expect("it refuses").diagnosis.provider;
    assert_eq!(provider.map(|facts| facts.name), Some("Microsoft 365".to_owned()));
}

#[test]
fn a_text_without_a_refusal_is_not_explained() {
    for text in ["", "hello", "220 mx.example ESMTP", "250 2.0.0 Ok: queued as 4F1", "550ish", "550\u{e9} x"] {
        assert_eq!(explain(text, None, None), None, "{text}");
    }
    assert!(explain(&"5".repeat(3_000_000), None, None).is_none());
}

#[test]
fn a_text_as_long_as_is_read_is_read_once() {
    let lines = PASTED_OCTETS / 8;
    let endless = explain(&"550-a b\n".repeat(lines), None, None).expect("it refuses");
    assert!(endless.reply.is_some_and(|reply| reply.lines.len() <= 128));
    // Each of these would take long if what is kept of a text had no bound.
    for text in [
        "QUIT\n".repeat(100_000) + "DATA\n" + &".\n".repeat(250_000),
        "550-\nx\n".repeat(150_000),
        "5.1.1 x\n".repeat(60_000) + &"220\n".repeat(120_000),
        "'".repeat(PASTED_OCTETS),
    ] {
        explain(&text, None, None);
    }
    let many = explain(&"550 a b\n".repeat(lines), None, None).expect("it refuses");
    assert_eq!(many.reply.map(|reply| reply.lines), Some(vec!["a b".to_owned()]));
}

#[test]
fn a_greeting_that_refuses_is_distinguished_from_a_reply_alone() {
    let text = "=== Trying mx.example.org:25...\n=== Connected to mx.example.org.\n<** 554 No SMTP service here\n";
    let found = explain(text, None, None).expect("it refuses");
    assert_eq!((found.stage, found.assumed), (Stage::Greeting, false));
}

/// What programs put before the lines of a server.
const PREFIXES: &[&str] = &["", "<-  ", "<** ", "S: ", "< ", "SMTP<< ", "<<< ", "0.124 S "];
/// Lines in which nothing is refused, and nobody signs in: after that a server wants no sign-in.
const HARMLESS: &[&str] = &[
    "",
    "*** a note of 5 words",
    "220 mx.example.org ESMTP",
    "EHLO me.example",
    "250-mx.example.org",
    "250 SIZE 1000",
    "MAIL FROM:<a@b.example>",
    "RCPT TO:<c@d.example>",
    "DATA",
    "354 go on",
    ".",
];

fn harmless_lines() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(HARMLESS), 0..8).prop_map(|lines| lines.join("\n"))
}

/// The lines of a reply that refuses.
fn refusal() -> impl Strategy<Value = Vec<String>> {
    ("[45][0-9]{2}", prop::collection::vec("[a-zA-Z0-9 .<>@]{0,40}", 1..5)).prop_map(|(code, texts)| {
        let last = texts.len() - 1;
        let line = |(i, text)| format!("{code}{}{text}", if i == last { ' ' } else { '-' });
        texts.iter().enumerate().map(line).collect()
    })
}

proptest! {
    #[test]
    fn what_is_found_stands_in_the_text(
        text in "(?s).{0,400}",
        lines in prop::collection::vec("(<-  |S: |C: |)(220|250|354|421|550|MAIL FROM:|DATA|\\.)[ -]?[ -~]{0,30}", 0..40),
        host in prop::option::of("[a-z.]{0,20}"),
    ) {
        let conversation = lines.join("\n");
        for text in [text, conversation.clone()] {
            if let Some(found) = explain(&text, host.as_deref(), None) {
                prop_assert!(!found.diagnosis.cause.is_empty());
                if let Some(reply) = found.reply {
                    prop_assert!((400..600).contains(&reply.code));
                    prop_assert!(text.contains(&reply.code.to_string()));
                    prop_assert!((1..=128).contains(&reply.lines.len()));
                }
            }
        }
        // Control characters, which the conversation lacks, would have been escaped.
        let found = explain(&conversation, host.as_deref(), None);
        let found_lines = found.and_then(|found| found.reply).map(|reply| reply.lines).unwrap_or_default();
        // A line that a program broke is one again, and what marks the end of a reply is cut off.
        prop_assume!([" ##", " ------ ", "  !! ", "> #"].iter().all(|end| !conversation.contains(end)));
        let unbroken = |text: &str| text.replace("\\r\\n", " ").replace("\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
        let stands = |line: &String| unbroken(&conversation).contains(&unbroken(line));
        prop_assert!(found_lines.iter().all(stands), "{found_lines:?}");
    }

    #[test]
    fn the_lines_around_a_refusal_do_not_change_its_explanation(
        before in harmless_lines(),
        refusal in refusal(),
        after in harmless_lines(),
        prefix in prop::sample::select(PREFIXES),
        stage in prop::sample::select(&Stage::ALL[..]),
    ) {
        let alone = explain(&refusal.join("\n"), None, Some(stage));
        prop_assert!(alone.is_some());
        let prefixed: Vec<_> = refusal.iter().map(|line| format!("{prefix}{line}")).collect();
        let around = format!("{before}\n{}\n{after}\nQUIT\n221 2.0.0 Bye\n", prefixed.join("\n"));
        prop_assert_eq!(explain(&around, None, Some(stage)), alone);
        prop_assert_eq!(explain(&format!("{before}\n{after}"), None, Some(stage)), None);
    }
}
