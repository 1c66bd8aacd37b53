//! Messages: of a test send and of a scheduled report, made from an account, the footer and what is to be said. Pure
//! but for the random name of a test.

use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

use email_encoding::headers::rfc2047;
use email_encoding::headers::writer::EmailWriter;
use lettre::message::header::{self, ContentType, Header, HeaderName, HeaderValue, Headers};
use lettre::message::{Attachment, MultiPart, SinglePart};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use model::{Account, EmailAddress, Footer, Moment, TestSendRequest};
use smtp::{OutgoingMessage, to_wire};

use crate::email_html::sanitized_html;

/// `hello` names this machine; the message's own name falls back to it where the sender's domain is an address.
pub fn compose(
    account: &Account,
    footer: &Footer,
    request: &TestSendRequest,
    at: Moment,
    hello: &str,
) -> Result<OutgoingMessage, String> {
    let name = format!("{:x}.{:016x}", at.0, random()?);
    let to = std::slice::from_ref(&request.recipient);
    let head = MessageHead { to, subject: &request.subject, name: &name, at, hello };
    let message = write(account, &head, content(&request.message, None, footer_of(account, footer)))?;
    Ok(OutgoingMessage {
        envelope_from: account.return_path.clone(),
        recipients: vec![request.recipient.clone()],
        message,
    })
}

/// What stands in the head of a message, besides what the account says.
pub(crate) struct MessageHead<'a> {
    pub to: &'a [EmailAddress],
    pub subject: &'a str,
    /// The left part of its Message-ID.
    pub name: &'a str,
    pub at: Moment,
    /// This machine.
    pub hello: &'a str,
}

/// A report on its way: in the message as text and HTML, or as a file beside a text.
pub(crate) struct Report<'a> {
    pub text: &'a str,
    pub html: Option<&'a str>,
    /// Name, media type and content.
    pub file: Option<(&'a str, &'a str, &'a [u8])>,
}

/// The message of a scheduled report, RFC 5322.
pub(crate) fn compose_report(
    account: &Account,
    footer: &Footer,
    head: &MessageHead<'_>,
    report: &Report<'_>,
) -> Result<Vec<u8>, String> {
    let said = content(report.text, report.html, footer_of(account, footer));
    let Some((name, media_type, bytes)) = report.file else {
        return write(account, head, said);
    };
    let media_type = ContentType::parse(media_type).map_err(|error| error.to_string())?;
    let file = Attachment::new(name.to_owned()).body(bytes.to_vec(), media_type);
    let parts = match said {
        Content::Text(text) => MultiPart::mixed().singlepart(text),
        Content::Both(both) => MultiPart::mixed().multipart(both),
    };
    write(account, head, Content::Both(parts.singlepart(file)))
}

fn write(account: &Account, head: &MessageHead<'_>, content: Content) -> Result<Vec<u8>, String> {
    let Account { sender, reply, confirmation, read_receipt, .. } = account;
    let MessageHead { to, subject: about, name, at, hello } = head;
    let from = to_wire(sender)?;
    let to: Vec<_> = to.iter().map(|to| Ok(to_wire(to)?.to_string())).collect::<Result<_, String>>()?;
    let mut headers = Headers::new();
    headers.set(date(*at)?);
    headers.insert_raw(raw("From", from.to_string()));
    headers.insert_raw(raw("Reply-To", to_wire(reply)?.to_string()));
    // Each address on a line of its own: RFC 5322, section 2.1.1, allows 998 octets in one.
    headers.insert_raw(raw("To", to.join(",\r\n ")));
    headers.insert_raw(subject(about));
    headers.insert_raw(raw("Message-ID", message_id(name, from.domain(), hello)));
    if *read_receipt {
        // RFC 8098, section 2.1.
        headers.insert_raw(raw("Disposition-Notification-To", to_wire(confirmation)?.to_string()));
    }
    // RFC 3834, section 5: no holiday notice answers it.
    headers.insert_raw(raw("Auto-Submitted", "auto-generated".to_owned()));
    headers.set(header::MIME_VERSION_1_0);
    let mut message = headers.to_string().into_bytes();
    message.extend(match content {
        Content::Text(text) => text.formatted(),
        Content::Both(both) => both.formatted(),
    });
    Ok(message)
}

fn footer_of(account: &Account, footer: &Footer) -> Footer {
    if account.footer { footer.clone() } else { Footer::default() }
}

/// A MIME part with its own headers.
enum Content {
    Text(SinglePart),
    Both(MultiPart),
}

/// Text, or text and HTML where there is HTML to be shown: the message's own, or the footer's.
fn content(message: &str, html: Option<&str>, footer: Footer) -> Content {
    // lettre ends each part with a line's end.
    let plain = if footer.text.is_empty() {
        lines(message).trim_end().to_owned()
    } else {
        format!("{}\n\n{}", lines(message).trim_end(), lines(&footer.text).trim_end())
    };
    if footer.html.is_empty() && html.is_none() {
        return Content::Text(SinglePart::plain(plain));
    }
    let shown = match html {
        Some(html) => PreEscaped(html.to_owned()),
        None => html! { div { (lines_as_html(lines(message).trim_end())) } },
    };
    // An entity can stand for the end of a line.
    let footer = PreEscaped(lines(&sanitized_html(&footer.html)));
    let page = html! {
        (DOCTYPE) "\n"
        html {
            head { meta charset="utf-8"; }
            body { "\n" (shown) "\n" (footer) "\n" }
        }
    };
    Content::Both(MultiPart::alternative_plain_html(plain, page.into_string()))
}

/// LF alone ends a line; lettre turns it into CRLF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Text as HTML that shows the same.
pub(crate) fn lines_as_html(text: &str) -> Markup {
    html! {
        @for (n, line) in text.split('\n').enumerate() {
            @if n > 0 { br; "\n" }
            (line)
        }
    }
}

fn date(at: Moment) -> Result<header::Date, String> {
    /// 9999-12-31T23:59:59Z in microseconds: four digits are all that a year has in a header.
    const LAST: u64 = 253_402_300_799_000_000;
    let micros = u64::try_from(at.0).ok().filter(|&micros| micros <= LAST);
    let micros = micros.ok_or_else(|| format!("The clock says {at}. Set it right."))?;
    Ok(header::Date::new(UNIX_EPOCH + Duration::from_micros(micros)))
}

fn random() -> Result<u64, String> {
    let random = ring::rand::generate(&ring::rand::SystemRandom::new());
    let random: [u8; 8] = random.map_err(|_| "The system gave no random numbers.".to_owned())?.expose();
    Ok(u64::from_be_bytes(random))
}

/// The time or the record makes the name unique here, its random part everywhere.
fn message_id(name: &str, domain: &str, hello: &str) -> String {
    let right = if domain.starts_with('[') && hello.is_ascii() && !hello.contains(['<', '>', '@', ' ']) {
        hello
    } else {
        domain
    };
    format!("<{name}@{right}>")
}

/// The longest line of a header, in octets without its end (RFC 5322, section 2.1.1).
const LINE: usize = 78;

/// A subject in lines that are short enough. One that does not fold at its spaces is encoded (RFC 2047); so is one that
/// looks like an encoded word, which lettre leaves out: it would be shown as what it stands for.
fn subject(text: &str) -> HeaderValue {
    let name = header::Subject::name();
    let begin = format!("{}: ", &*name);
    let mut value = String::new();
    let is_plain = text.is_ascii() && !text.contains("=?") && !text.contains(char::is_control);
    // Writing to a text does not fail.
    let _written = EmailWriter::new(&mut value, begin.len(), 0, false).folding().write_str(text);
    if !is_plain || format!("{begin}{value}").lines().any(|line| line.len() > LINE) {
        value.clear();
        let _written = rfc2047::encode(text, &mut EmailWriter::new(&mut value, begin.len(), 0, false));
    }
    HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), value)
}

/// A value that is made of checked parts alone.
fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}
