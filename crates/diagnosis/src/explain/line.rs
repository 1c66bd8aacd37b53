//! Reads one line of a log: a command, a line of a reply, an enhanced status alone, or the words of the program.
//!
//! Programs put times, names, arrows and quotes before what was said. Instead of knowing each of them, a line is looked
//! through for the places at which what was said can begin; the first one counts that has a reply or a command.

use std::borrow::Cow;

use model::Stage;

/// The most that is read of a line, in octets.
const LINE_OCTETS: usize = 2_048;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A command that begins this stage.
    Command(Stage),
    /// A line of a reply, with the program's words around it.
    Reply { text: Cow<'a, str>, around: String },
    /// An enhanced status (RFC 3463) without a code, and the words with it.
    Status { status: &'a str, text: &'a str },
    /// Anything else.
    Words(&'a str),
}

/// Reads a line of a log.
pub fn read(raw: &str) -> Line<'_> {
    let line = raw[..raw.floor_char_boundary(LINE_OCTETS)].trim();
    if let Some(read) = iis(line).or_else(|| reply_tuple(line)) {
        return read;
    }
    let mut bare = None;
    for start in starts(line) {
        let rest = &line[start..];
        if is_code_in_use(rest) || is_reply_line(rest) && is_prefix(&line[..start]) {
            match reply(line, start) {
                // Programs name the code first: `got code "554", with message "554 5.2.252 …"`.
                Line::Reply { text, around } if text.len() == 3 => {
                    bare.get_or_insert(Line::Reply { text, around });
                }
                said => return said,
            }
        } else if let Some(stage) = command(rest).filter(|_| bare.is_none()) {
            return Line::Command(stage);
        }
    }
    bare.or_else(|| status(line)).unwrap_or(Line::Words(line))
}

/// Where in a line something that was said can begin: at its start, and behind what programs put before it.
fn starts(line: &str) -> impl Iterator<Item = usize> + '_ {
    const BEHIND: [&str; 15] =
        [": ", ":\t", "> ", "< ", ">>", "<<", "] ", "; ", ",<,", ",>,", "'", "\"", "#", "(", "stat="];
    let after = line.char_indices().filter_map(move |(at, _)| {
        let behind = BEHIND.iter().find(|mark| line[at..].starts_with(**mark))?;
        Some(at + behind.len())
    });
    let arrows = ["S ", "C ", "- ", "| ", "<-", "<**", "<~*", "<~", "->", "~>", "<", ">"];
    let arrow = arrows.iter().filter_map(move |arrow| line.starts_with(arrow).then_some(arrow.len()));
    let mut found: Vec<usize> = std::iter::once(0).chain(arrow).chain(after).chain(after_time(line)).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(move |at| at + (line[at..].len() - line[at..].trim_start().len()))
}

/// Behind a time at the start of the line, and behind the letter of who speaks: "0.124 S 220", "10:00:01.2 250".
fn after_time(line: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in line.split_inclusive(' ') {
        let bare = word.trim();
        let time = bare.contains([':', '.', '-', '/'])
            && bare.bytes().all(|b| b.is_ascii_digit() || b":.-/TZ[]+".contains(&b));
        if !(time || matches!(bare, "S" | "C" | "·")) {
            break;
        }
        at += word.len();
        found.push(at);
    }
    found
}

/// Whether this stands before a reply in a transcript, and is no part of a sentence: there every code counts.
fn is_prefix(before: &str) -> bool {
    let words = before.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.into_iter().all(|word| {
        matches!(word, "S" | "C" | "s" | "c" | "SMTP" | "Server" | "SERVER" | "CLIENT" | "T" | "Z" | "reply" | "b")
    })
}

/// Three digits of a reply code, and what follows them.
fn code(text: &str) -> Option<(u16, Option<u8>)> {
    let digits = text.get(..3).filter(|digits| digits.bytes().all(|octet| octet.is_ascii_digit()))?;
    let code = digits.parse().ok().filter(|code| (200..600).contains(code))?;
    Some((code, text.as_bytes().get(3).copied()))
}

/// A line of a reply as RFC 5321, section 4.2, has it: any code, then a space or a hyphen with words, or nothing.
fn is_reply_line(text: &str) -> bool {
    matches!(code(text), Some((_, None | Some(b' ' | b'-'))))
}

/// A code that is in use, and none that is a port, as it stands within a sentence.
fn is_code_in_use(text: &str) -> bool {
    let Some((code, None | Some(b' ' | b'-' | b':' | b'>' | b'\'' | b'"' | b')'))) = code(text) else { return false };
    matches!(
        code,
        211 | 214 | 220 | 221 | 235 | 250..=252 | 334 | 354 | 421 | 422 | 430..=432 | 441 | 442 | 446 | 447 | 450..=455
            | 458 | 459 | 471 | 500..=504 | 510..=513 | 515 | 517 | 521 | 523..=526 | 530 | 533..=535 | 538 | 540 | 541
            | 546 | 550..=558 | 560 | 563 | 570..=573 | 575 | 577 | 580 | 582 | 590 | 591
    )
}

/// A reply that begins here, up to where the program speaks again.
fn reply(line: &str, start: usize) -> Line<'_> {
    let said = &line[start..];
    let quote = line[..start].chars().next_back().filter(|mark| matches!(mark, '\'' | '"'));
    let ends = [" (in reply to ", " ##", " ------ ", "  !! ", "> #"].into_iter().filter_map(|end| said.find(end));
    let quoted = quote.and_then(|quote| said.find(quote));
    let end = ends.chain(quoted).min().unwrap_or(said.len());
    let around = format!("{} {}", &line[..start], &said[end..]).to_lowercase();
    let text = said[..end].trim_end();
    // The marks around it: the bracket of a bounce, the comma of a log.
    let before = &line[..start];
    let text = text.strip_suffix(')').filter(|_| before.contains('(') && !text.contains('(')).unwrap_or(text);
    let text = text.strip_suffix(',').filter(|_| before.ends_with(",<,")).unwrap_or(text);
    // "535: 5.7.3 …", "554-ironport.example>" and "535)".
    let text = match text.as_bytes().get(3) {
        Some(b':' | b'>' | b'\'' | b'"' | b')') => Cow::Owned(
            format!("{} {}", &text[..3], text[3..].trim_start_matches([':', '>', '\'', '"', ')', ' ']))
                .trim_end()
                .to_owned(),
        ),
        _ => Cow::Borrowed(text),
    };
    Line::Reply { text, around }
}

/// How Python and lettre write a reply: `(535, b'5.7.8 …')`, `permanent error (535): 5.7.139 …`.
fn reply_tuple(line: &str) -> Option<Line<'_>> {
    let open = line.match_indices('(').find(|(at, _)| {
        let rest = &line[at + 1..];
        is_code_in_use(rest) && rest.len() > 3 && rest[3..].starts_with(')')
            || rest.get(3..4) == Some(",") && is_code_in_use(&rest[..3])
    })?;
    let rest = &line[open.0 + 1..];
    let words = rest[3..].trim_start_matches([',', ')', ':', ';', ' ']);
    let words = words.trim_start_matches("Msg: ");
    let (words, after) = match words.strip_prefix('b').filter(|rest| rest.starts_with(['\'', '"'])).unwrap_or(words) {
        quoted if quoted.starts_with(['\'', '"']) => {
            let mark = &quoted[..1];
            quoted[1..].split_once(mark).unwrap_or((&quoted[1..], ""))
        }
        plain => (plain, ""),
    };
    let text = format!("{} {}", &rest[..3], words).trim_end().to_owned();
    let around = format!("{} {after}", &line[..open.0]).to_lowercase();
    Some(Line::Reply { text: Cow::Owned(text), around })
}

/// A line of the log of IIS, which writes a plus for each space.
fn iis(line: &str) -> Option<Line<'_>> {
    if !line.contains(" OutboundConnection") {
        return None;
    }
    if line.contains("OutboundConnectionResponse") {
        let said = line.split(" - - ").skip(1).find(|part| is_reply_line(&part.replace('+', " ")))?;
        let text = said.split(' ').next().unwrap_or(said).replace('+', " ");
        let text = text.replacen(" SMTP; ", " ", 1);
        return Some(Line::Reply { text: Cow::Owned(text), around: String::new() });
    }
    let mut words = line.split(' ').skip_while(|word| *word != "0").skip(1);
    let (verb, argument) = (words.next()?, words.nth(1).unwrap_or_default());
    command(&format!("{verb} {argument}")).map(Line::Command)
}

/// The stage that a command begins.
fn command(text: &str) -> Option<Stage> {
    let upper = text[..text.floor_char_boundary(24)].trim_end_matches(['\'', '"']).to_ascii_uppercase();
    if upper.starts_with("MAIL FROM:") {
        return Some(Stage::Mail);
    }
    if upper.starts_with("RCPT TO:") {
        return Some(Stage::Rcpt);
    }
    if upper == "." {
        return Some(Stage::Data);
    }
    let (verb, argument) = upper.split_once(' ').unwrap_or((&upper, ""));
    match verb {
        "EHLO" | "HELO" | "LHLO" if !argument.is_empty() => Some(Stage::Ehlo),
        "STARTTLS" if argument.is_empty() => Some(Stage::Tls),
        "AUTH"
            if ["PLAIN", "LOGIN", "CRAM", "XOAUTH", "OAUTH", "SCRAM", "NTLM", "GSSAPI", "DIGEST"]
                .iter()
                .any(|name| argument.starts_with(name)) =>
        {
            Some(Stage::Auth)
        }
        "DATA" if argument.is_empty() => Some(Stage::Data),
        "BDAT" if argument.starts_with(|c: char| c.is_ascii_digit()) => Some(Stage::Data),
        "QUIT" if argument.is_empty() => Some(Stage::Quit),
        _ => None,
    }
}

/// An enhanced status without its code: Sendmail's `dsn=5.1.1, stat=User unknown`, a library's `: 5.7.3 Authentication
/// unsuccessful`.
fn status(line: &str) -> Option<Line<'_>> {
    let is_status = |word: &str| {
        let mut parts = word.split('.');
        matches!(parts.next(), Some("4" | "5"))
            && parts.clone().count() == 2
            && parts.all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
    };
    if let Some((_, rest)) = line.split_once("dsn=") {
        let (status, rest) = rest.split_once(", ")?;
        let text = rest.split_once("stat=").map_or(rest, |(_, text)| text);
        return is_status(status).then_some(Line::Status { status, text });
    }
    if let Some(status) = line.strip_prefix("Status:").map(str::trim).filter(|status| is_status(status)) {
        return Some(Line::Status { status, text: "" });
    }
    starts(line).find_map(|start| {
        let (status, text) = line[start..].split_once(' ')?;
        (is_status(status) && !text.trim().is_empty()).then_some(Line::Status { status, text })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(line: &str, expected: &str) {
        match read(line) {
            Line::Reply { text, .. } => assert_eq!(text, expected, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_reply_is_found_behind_what_a_program_puts_before_it() {
        is("[<-] 535 Authentication credentials invalid", "535 Authentication credentials invalid");
        is("c> S: 250 ok", "250 ok");
        is("2016-05-21 21:39:01 SERVER -> CLIENT: 535 5.7.8 Error", "535 5.7.8 Error");
        is("0|main  | Error: Invalid login: 535 Error: authentication failed", "535 Error: authentication failed");
        is("smtplib.SMTPSenderRefused: (451, b'4.0.0 backend: no', 'a@b.example')", "451 4.0.0 backend: no");
        is("SMTP 5xx error: permanent error (535): 5.7.139 off", "535 5.7.139 off");
        is("#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##", "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found");
        is("#< #5.5.0 SMTP; 554-ironport4.example> #SMTP#", "554-ironport4.example");
        is("2026-01-01T00:00:00.000Z,Out,08D,12,10.0.0.1:25,192.0.2.5:25,<,550 5.7.1 no,", "550 5.7.1 no");
        is("AuthenticationException: 535: 5.7.3 Authentication unsuccessful", "535 5.7.3 Authentication unsuccessful");
    }

    #[test]
    fn ports_times_and_amounts_are_no_replies() {
        for line in [
            "Connecting to port 587 ...",
            "at (index.js:605:19)",
            "delay=250, delays=0.26/0.02/0.23/0, pri=120752",
            "size: 465",
            "Mar 30 14:35:02 localhost sm-mta[2375]: hello",
        ] {
            assert!(matches!(read(line), Line::Words(_)), "{line}: {:?}", read(line));
        }
    }
}
