//! Explains what was pasted: a server's reply, or a whole conversation as some program logged it, be it swaks, curl, a
//! mail server, the sender of a bounce, or Posthouse itself.

use model::{ConnectionSecurity, Diagnosis, Failure, FailureKind, Reply, Stage};

use super::{KNOWN, providers, refused};

/// The most that is read of a pasted text, in octets, and of one of its lines.
pub const PASTED_OCTETS: usize = 1 << 20;
const LINE_OCTETS: usize = 2_048;

/// A reply that refuses, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The stage at which the server refused.
    pub stage: Stage,
    /// The text does not say at which stage it came; it is the likeliest.
    pub assumed: bool,
    /// The reply as it stands in the text.
    pub reply: Reply,
    /// Its cause, the evidence, and the fixes.
    pub diagnosis: Diagnosis,
}

/// The last reply in the text that refuses; None where there is none. `host` and `stage` are what is known besides.
pub fn explain(text: &str, host: Option<&str>, stage: Option<Stage>) -> Option<Explained> {
    let found = read(&text[..text.floor_char_boundary(PASTED_OCTETS)]);
    let refusal = found.refusal?;
    let provider = providers::named(&KNOWN, host.or(found.host).unwrap_or_default(), found.greeting.as_deref());
    let security = if found.encrypted { ConnectionSecurity::StartTls } else { ConnectionSecurity::None };
    let failure_at = |stage| Failure { stage, kind: FailureKind::Refused, reply: Some(refusal.reply.clone()) };
    let diagnosed = |stage| refused::refused(&KNOWN, provider, security, &failure_at(stage));
    let known = stage.or(refusal.stage);
    let likely =
        likeliest(&refusal.reply, |stage| refused::is_specific(&KNOWN, provider, security, &failure_at(stage)));
    let (at, mut diagnosis) = match (known, likely) {
        (Some(stage), _) | (None, Ok(stage)) => (stage, diagnosed(stage)),
        // A wrong cause is worse than none.
        (None, Err(stage)) => (stage, refused::unknown(Some(&refusal.reply), refusal.reply.code < 500)),
    };
    diagnosis.provider = provider.map(|provider| provider.facts(&failure_at(at)));
    Some(Explained { stage: at, assumed: known.is_none(), reply: refusal.reply, diagnosis })
}

/// The stage at which a reply determines its cause, tried in the order of how usual the reply is there; the most usual
/// stage as an error where there is none.
fn likeliest(reply: &Reply, is_specific: impl Fn(Stage) -> bool) -> Result<Stage, Stage> {
    let order = match reply.code {
        // Nothing but a sign-in uses these (RFC 4954, section 6).
        534 | 535 | 538 => return Ok(Stage::Auth),
        530 => [Stage::Mail, Stage::Auth, Stage::Rcpt, Stage::Data, Stage::Greeting],
        _ => [Stage::Rcpt, Stage::Data, Stage::Mail, Stage::Auth, Stage::Greeting],
    };
    order.into_iter().find(|&stage| is_specific(stage)).ok_or(order[0])
}

/// What stands in a pasted text, and what is being read of it.
#[derive(Default)]
struct Pasted<'a> {
    host: Option<&'a str>,
    /// The name in the greeting.
    greeting: Option<String>,
    encrypted: bool,
    refusal: Option<Refusal>,
    /// A program logged that it connected.
    connected: bool,
    /// The stage of the last command, which is answered next.
    stage: Option<Stage>,
    /// The lines of a reply whose last one has not come yet, and the stage that they name themselves.
    lines: Vec<&'a str>,
    named_stage: Option<Stage>,
}

struct Refusal {
    stage: Option<Stage>,
    reply: Reply,
}

fn read(text: &str) -> Pasted<'_> {
    let mut found = Pasted::default();
    for raw in text.lines() {
        found.line(without_prefix(&raw[..raw.floor_char_boundary(LINE_OCTETS)]));
    }
    // What was pasted may end within a reply.
    found.end_reply();
    found
}

impl<'a> Pasted<'a> {
    fn line(&mut self, line: &'a str) {
        self.connected |= line.contains("Connected to");
        self.encrypted |= line.contains("TLS started") || line.starts_with("Encrypted from here");
        let ServerLine { words, host, stage } = server_line(line);
        self.host = self.host.or(host);
        let goes_on = self.lines.last().is_some_and(|last| last.as_bytes()[3..].starts_with(b"-"));
        if !(goes_on && is_reply(words) && words.as_bytes()[..3] == self.lines[0].as_bytes()[..3]) {
            self.end_reply();
        }
        if is_reply(words) {
            self.named_stage = self.named_stage.or(stage);
            self.lines.push(words);
        } else if let Some(stage) = command_stage(line) {
            self.stage = Some(stage);
        }
    }

    /// The reply is there, as far as it goes.
    fn end_reply(&mut self) {
        let (lines, named_stage) = (std::mem::take(&mut self.lines), self.named_stage.take());
        let Some(reply) = Reply::parse(&lines) else { return };
        if reply.code == 220 && self.stage.is_none() && self.greeting.is_none() {
            self.greeting = reply.lines.first().and_then(|first| first.split_whitespace().next()).map(str::to_owned);
        }
        if (400..600).contains(&reply.code) && self.stage != Some(Stage::Quit) {
            // Before any command, the greeting itself refused. A reply alone does not show its stage.
            let greeting = Some(Stage::Greeting).filter(|_| self.connected && self.greeting.is_none());
            self.refusal = Some(Refusal { stage: named_stage.or(self.stage).or(greeting), reply });
        }
    }
}

/// A line without what programs put before it: times, arrows, names of the speakers.
fn without_prefix(line: &str) -> &str {
    const PREFIXES: [&str; 22] = [
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
    PREFIXES.iter().find_map(|prefix| line.strip_prefix(prefix)).unwrap_or(line).trim_start()
}

/// The stage that a command begins.
fn command_stage(line: &str) -> Option<Stage> {
    let upper = line[..line.floor_char_boundary(24)].to_ascii_uppercase();
    if upper.starts_with("MAIL FROM:") {
        return Some(Stage::Mail);
    }
    if upper.starts_with("RCPT TO:") {
        return Some(Stage::Rcpt);
    }
    if upper == "." {
        return Some(Stage::Data);
    }
    match upper.split(' ').next()? {
        "EHLO" | "HELO" => Some(Stage::Ehlo),
        "STARTTLS" => Some(Stage::Tls),
        "AUTH" => Some(Stage::Auth),
        "DATA" | "BDAT" => Some(Stage::Data),
        "QUIT" => Some(Stage::Quit),
        _ => None,
    }
}

/// A server's words, and what else their line shows.
#[derive(Default)]
struct ServerLine<'a> {
    words: &'a str,
    host: Option<&'a str>,
    stage: Option<Stage>,
}

/// The server's words in a line, which may be one of a log or of a bounce: `host mx.example[192.0.2.1] said: 550 5.1.1
/// … (in reply to RCPT TO command)`.
fn server_line(line: &str) -> ServerLine<'_> {
    if let Some((before, words)) = line.split_once(" said: ") {
        let host = before.rsplit(' ').next().and_then(|name| name.split('[').next()).filter(|name| name.contains('.'));
        return match words.rsplit_once(" (in reply to ") {
            Some((words, command)) => ServerLine { words, host, stage: in_reply_to(command) },
            None => ServerLine { words, host, stage: None },
        };
    }
    // RFC 3464, section 2.3.6.
    let diagnostic = line.get(..16).filter(|start| start.eq_ignore_ascii_case("Diagnostic-Code:"));
    match (diagnostic, line.split_once(';')) {
        (Some(_), Some((_, words))) => ServerLine { words: words.trim_start(), ..ServerLine::default() },
        _ => ServerLine { words: line, ..ServerLine::default() },
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
mod tests;
