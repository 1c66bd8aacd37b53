//! Explains what was pasted: a server's reply, or a whole conversation as some program wrote it down, be it swaks,
//! curl, a mail server's log, a bounce or Posthouse itself.

use model::{ConnectionSecurity, Diagnosis, Failure, FailureKind, Reply, Stage};

use super::{KNOWN, providers, refused};

/// The most that is read of a pasted text, in octets, and of one of its lines.
pub const PASTED_OCTETS: usize = 1 << 20;
const LINE_OCTETS: usize = 2_048;

/// A reply that refuses, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub stage: Stage,
    /// The text does not say at which stage it came; it is the likeliest.
    pub assumed: bool,
    pub reply: Reply,
    pub diagnosis: Diagnosis,
}

/// The last reply in the text that refuses; None where there is none. `host` and `stage` are what is known besides.
pub fn explain(text: &str, host: Option<&str>, stage: Option<Stage>) -> Option<Explained> {
    let found = read(&text[..text.floor_char_boundary(PASTED_OCTETS)]);
    let refusal = found.refusal?;
    let provider = providers::named(&KNOWN, host.or(found.host).unwrap_or_default(), found.greeting.as_deref());
    let security = if found.encrypted { ConnectionSecurity::StartTls } else { ConnectionSecurity::None };
    let failure_at = |stage| Failure { stage, kind: FailureKind::Refused, reply: Some(refusal.reply.clone()) };
    let told = |stage| refused::refused(&KNOWN, provider, security, &failure_at(stage));
    let known = stage.or(refusal.stage);
    let likely =
        likeliest(&refusal.reply, |stage| refused::is_specific(&KNOWN, provider, security, &failure_at(stage)));
    let (at, mut diagnosis) = match (known, likely) {
        (Some(stage), _) | (None, Ok(stage)) => (stage, told(stage)),
        // A wrong cause is worse than none.
        (None, Err(stage)) => (stage, refused::unknown(Some(&refusal.reply), refusal.reply.code < 500)),
    };
    diagnosis.provider = provider.map(|provider| provider.facts(&failure_at(at)));
    Some(Explained { stage: at, assumed: known.is_none(), reply: refusal.reply, diagnosis })
}

/// The stage at which a reply tells its cause, those first at which it is usual; else the most usual one as an error.
fn likeliest(reply: &Reply, tells: impl Fn(Stage) -> bool) -> Result<Stage, Stage> {
    let order = match reply.code {
        // Nothing but a sign-in uses these (RFC 4954, section 6).
        534 | 535 | 538 => return Ok(Stage::Auth),
        530 => [Stage::Mail, Stage::Auth, Stage::Rcpt, Stage::Data, Stage::Greeting],
        _ => [Stage::Rcpt, Stage::Data, Stage::Mail, Stage::Auth, Stage::Greeting],
    };
    order.into_iter().find(|&stage| tells(stage)).ok_or(order[0])
}

/// What stands in a pasted text, and what is being read of it.
#[derive(Default)]
struct Pasted<'a> {
    host: Option<&'a str>,
    /// The name in the greeting.
    greeting: Option<String>,
    encrypted: bool,
    refusal: Option<Refusal>,
    /// A program wrote down that it connected.
    connected: bool,
    /// What was said last, and is answered next.
    at: Option<Stage>,
    /// The lines of a reply whose last one has not come yet, and the stage that they name themselves.
    lines: Vec<&'a str>,
    said_at: Option<Stage>,
}

struct Refusal {
    stage: Option<Stage>,
    reply: Reply,
}

fn read(text: &str) -> Pasted<'_> {
    let mut found = Pasted::default();
    for raw in text.lines() {
        found.line(bare(&raw[..raw.floor_char_boundary(LINE_OCTETS)]));
    }
    // What was pasted may end within a reply.
    found.end_reply();
    found
}

impl<'a> Pasted<'a> {
    fn line(&mut self, line: &'a str) {
        self.connected |= line.contains("Connected to");
        self.encrypted |= line.contains("TLS started") || line.starts_with("Encrypted from here");
        let Said { words, host, stage } = said(line);
        self.host = self.host.or(host);
        let goes_on = self.lines.last().is_some_and(|last| last.as_bytes()[3..].starts_with(b"-"));
        if !(goes_on && is_reply(words) && words.as_bytes()[..3] == self.lines[0].as_bytes()[..3]) {
            self.end_reply();
        }
        if is_reply(words) {
            self.said_at = self.said_at.or(stage);
            self.lines.push(words);
        } else if let Some(stage) = commands(line) {
            self.at = Some(stage);
        }
    }

    /// The reply is there, as far as it goes.
    fn end_reply(&mut self) {
        let (lines, said_at) = (std::mem::take(&mut self.lines), self.said_at.take());
        let Some(reply) = Reply::parse(&lines) else { return };
        if reply.code == 220 && self.at.is_none() && self.greeting.is_none() {
            self.greeting = reply.lines.first().and_then(|first| first.split_whitespace().next()).map(str::to_owned);
        }
        if (400..600).contains(&reply.code) && self.at != Some(Stage::Quit) {
            // Where nothing was said before, the greeting itself refused. A reply alone says nothing of its stage.
            let greeting = Some(Stage::Greeting).filter(|_| self.connected && self.greeting.is_none());
            self.refusal = Some(Refusal { stage: said_at.or(self.at).or(greeting), reply });
        }
    }
}

/// A line without what programs put before it: times, arrows, names of who speaks.
fn bare(line: &str) -> &str {
    const BEFORE: [&str; 22] = [
        "<-  ",
        "<** ",
        "<~  ",
        "<~* ",
        "-> ",
        "~> ",
        "SMTP<<",
        "SMTP>>",
        "SMTP<",
        "SMTP>",
        "<<<",
        ">>>",
        "<<",
        ">>",
        "SERVER -> CLIENT:",
        "CLIENT -> SERVER:",
        "Server:",
        "Client:",
        "S:",
        "C:",
        "<",
        ">",
    ];
    let line = line.trim_start();
    // Posthouse's own: "0.124 S 220 mx".
    let after_time = line.split_once(' ').filter(|(first, _)| {
        first.contains('.') && first.bytes().all(|b| b.is_ascii_digit() || b == b'.') && first.len() < 10
    });
    let line = match after_time {
        Some((_, rest)) => rest
            .trim_start()
            .strip_prefix("S ")
            .or_else(|| rest.trim_start().strip_prefix("C "))
            .or_else(|| rest.trim_start().strip_prefix("· "))
            .unwrap_or(rest),
        None => line,
    };
    // smtplib of Python writes them as literals.
    if let Some(quoted) = line.strip_prefix("reply: b'").or_else(|| line.strip_prefix("send: '")) {
        return quoted.split("\\r\\n").next().unwrap_or(quoted).trim_end_matches('\'');
    }
    BEFORE.iter().find_map(|before| line.strip_prefix(before)).unwrap_or(line).trim_start()
}

/// The stage that a command begins.
fn commands(line: &str) -> Option<Stage> {
    let upper = line.get(..line.floor_char_boundary(24)).unwrap_or(line).to_ascii_uppercase();
    let begins = |verb: &str| upper == verb || upper.starts_with(&format!("{verb} "));
    if upper.starts_with("MAIL FROM:") {
        return Some(Stage::Mail);
    }
    if upper.starts_with("RCPT TO:") {
        return Some(Stage::Rcpt);
    }
    match () {
        () if begins("EHLO") || begins("HELO") => Some(Stage::Ehlo),
        () if begins("STARTTLS") => Some(Stage::Tls),
        () if begins("AUTH") => Some(Stage::Auth),
        () if begins("DATA") || begins("BDAT") || upper == "." => Some(Stage::Data),
        () if begins("QUIT") => Some(Stage::Quit),
        () => None,
    }
}

/// What a server said, and what else its line tells of it.
#[derive(Default)]
struct Said<'a> {
    words: &'a str,
    host: Option<&'a str>,
    stage: Option<Stage>,
}

/// The server's words in a line, which may be one of a log or of a bounce: `host mx.example[192.0.2.1] said: 550 5.1.1
/// … (in reply to RCPT TO command)`.
fn said(line: &str) -> Said<'_> {
    if let Some((before, words)) = line.split_once(" said: ") {
        let host = before.rsplit(' ').next().and_then(|name| name.split('[').next()).filter(|name| name.contains('.'));
        return match words.rsplit_once(" (in reply to ") {
            Some((words, command)) => Said { words, host, stage: in_reply_to(command) },
            None => Said { words, host, stage: None },
        };
    }
    // RFC 3464, section 2.3.6.
    let diagnostic = line.get(..16).filter(|start| start.eq_ignore_ascii_case("Diagnostic-Code:"));
    match (diagnostic, line.split_once(';')) {
        (Some(_), Some((_, words))) => Said { words: words.trim_start(), ..Said::default() },
        _ => Said { words: line, ..Said::default() },
    }
}

fn in_reply_to(command: &str) -> Option<Stage> {
    let command = command.trim_end_matches([')', ' ']);
    match command.strip_suffix(" command").unwrap_or(command) {
        "RCPT TO" => Some(Stage::Rcpt),
        "MAIL FROM" => Some(Stage::Mail),
        "end of DATA" | "DATA" | "BDAT" => Some(Stage::Data),
        "EHLO" | "HELO" => Some(Stage::Ehlo),
        "STARTTLS" => Some(Stage::Tls),
        "AUTH" => Some(Stage::Auth),
        "initial server greeting" => Some(Stage::Greeting),
        _ => None,
    }
}

/// Three digits from 200 to 599, then a space or a hyphen with words, or nothing.
fn is_reply(line: &str) -> bool {
    let bytes = line.as_bytes();
    let digits = bytes.len() >= 3 && (b'2'..=b'5').contains(&bytes[0]) && bytes[1..3].iter().all(u8::is_ascii_digit);
    digits && matches!(bytes.get(3), None | Some(b' ' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, stage: Stage, key: &str) -> Explained {
        let found = explain(text, None, None).expect("something refuses");
        assert_eq!((found.stage, found.diagnosis.key.as_str()), (stage, key), "{text}: {found:?}");
        found
    }

    #[test]
    fn a_reply_alone_is_told_by_its_codes_and_words() {
        let found = check(
            "550 5.1.1 <to@example.org>: Recipient address rejected: User unknown",
            Stage::Rcpt,
            "no-such-recipient",
        );
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
    fn a_log_and_a_bounce_are_read() {
        let postfix = "Nov 26 10:00:00 mx postfix/smtp[1]: A1: to=<c@d.example>, relay=mx.d.example[192.0.2.1]:25, \
            status=bounced (host mx.d.example[192.0.2.1] said: 550 5.1.1 <c@d.example>: User unknown (in reply to \
            RCPT TO command))";
        let found = check(postfix, Stage::Rcpt, "no-such-recipient");
        assert!(!found.assumed);
        check("Diagnostic-Code: smtp; 552 5.2.2 Mailbox full", Stage::Rcpt, "mailbox-full");
    }

    #[test]
    fn the_provider_is_known_by_its_greeting_or_by_what_is_said_besides() {
        let text =
            "220 smtp.gmail.com ESMTP\nAUTH PLAIN\n535-5.7.8 Username and Password not accepted.\n535 5.7.8 gsmtp";
        let found = check(text, Stage::Auth, "provider");
        assert_eq!(found.diagnosis.provider.map(|facts| facts.name), Some("Gmail".to_owned()));
        let found = explain("535 5.7.3 Authentication unsuccessful", Some("smtp.office365.com"), Some(Stage::Auth));
        let provider = found.expect("it refuses").diagnosis.provider;
        assert_eq!(provider.map(|facts| facts.name), Some("Microsoft 365".to_owned()));
    }

    #[test]
    fn what_refuses_nothing_is_not_explained() {
        for text in ["", "hello", "220 mx.example ESMTP", "250 2.0.0 Ok: queued as 4F1", "550ish", "550\u{e9} x"] {
            assert_eq!(explain(text, None, None), None, "{text}");
        }
        assert!(explain(&"5".repeat(3_000_000), None, None).is_none());
    }

    #[test]
    fn a_text_as_long_as_is_read_is_read_once() {
        let lines = PASTED_OCTETS / 8;
        let endless = explain(&"550-a b\n".repeat(lines), None, None).expect("it refuses");
        assert!(endless.reply.lines.len() <= 128);
        let many = explain(&"550 a b\n".repeat(lines), None, None).expect("it refuses");
        assert_eq!(many.reply.lines, ["a b"]);
    }

    #[test]
    fn a_greeting_that_refuses_is_told_from_a_reply_alone() {
        let text = "=== Trying mx.example.org:25...\n=== Connected to mx.example.org.\n<** 554 No SMTP service here\n";
        let found = explain(text, None, None).expect("it refuses");
        assert_eq!((found.stage, found.assumed), (Stage::Greeting, false));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(?s).{0,400}", host in proptest::option::of("[a-z.]{0,20}")) {
            if let Some(found) = explain(&text, host.as_deref(), None) {
                prop_assert!((400..600).contains(&found.reply.code));
            }
        }

        #[test]
        fn any_conversation_is_read(
            lines in proptest::collection::vec("(<- |-> |S: |C: |)(220|250|354|421|550|EHLO|MAIL FROM:|RCPT TO:|DATA|\\.)[ -]?[^\\n]{0,30}", 0..40),
        ) {
            let _ = explain(&lines.join("\n"), None, None);
        }
    }
}
