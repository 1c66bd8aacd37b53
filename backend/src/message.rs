//! The message of a test send, made from an account, the footer and what was typed. Pure but for its random name.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{self, Header, HeaderName, HeaderValue, Headers};
use lettre::message::{MultiPart, SinglePart};
use model::{Account, Footer, Moment, TestSendRequest};

use crate::smtp::{Letter, to_wire};

/// `hello` names this machine; the message's own name falls back to it where the sender's domain is an address.
pub fn compose(
    account: &Account,
    footer: &Footer,
    request: &TestSendRequest,
    at: Moment,
    hello: &str,
) -> Result<Letter, String> {
    let Account { sender, reply, return_path, confirmation, read_receipt, footer: with_footer, .. } = account;
    let from = to_wire(sender)?;
    let mut headers = Headers::new();
    headers.set(date(at)?);
    headers.insert_raw(raw("From", from.to_string()));
    headers.insert_raw(raw("Reply-To", to_wire(reply)?.to_string()));
    headers.insert_raw(raw("To", to_wire(&request.recipient)?.to_string()));
    headers.insert_raw(subject(&request.subject));
    headers.insert_raw(raw("Message-ID", message_id(at, from.domain(), hello)?));
    if *read_receipt {
        // RFC 8098, section 2.1.
        headers.insert_raw(raw("Disposition-Notification-To", to_wire(confirmation)?.to_string()));
    }
    // RFC 3834, section 5: no holiday notice answers a test.
    headers.insert_raw(raw("Auto-Submitted", "auto-generated".to_owned()));
    headers.set(header::MIME_VERSION_1_0);
    let none = Footer::default();
    let mut message = headers.to_string().into_bytes();
    message.extend(body(&request.message, if *with_footer { footer } else { &none }));
    Ok(Letter { envelope_from: return_path.clone(), recipient: request.recipient.clone(), message })
}

/// The MIME part with its own headers: text, or text and HTML where the footer has HTML.
fn body(message: &str, footer: &Footer) -> Vec<u8> {
    // lettre ends each part with a line's end.
    let plain = match footer.text.is_empty() {
        true => lines(message).trim_end().to_owned(),
        false => format!("{}\n\n{}", lines(message).trim_end(), lines(&footer.text).trim_end()),
    };
    if footer.html.is_empty() {
        return SinglePart::plain(plain).formatted();
    }
    let html = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n<div>{}</div>\n{}\n</body></html>",
        escaped(lines(message).trim_end()),
        lines(&footer.html)
    );
    MultiPart::alternative_plain_html(plain, html).formatted()
}

/// LF alone ends a line; lettre turns it into CRLF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Text as HTML that shows the same.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\n', "<br>\n")
}

fn date(at: Moment) -> Result<header::Date, String> {
    /// 9999-12-31T23:59:59Z in microseconds: four digits are all that a year has in a header.
    const LAST: u64 = 253_402_300_799_000_000;
    let micros = u64::try_from(at.0).ok().filter(|&micros| micros <= LAST);
    let micros = micros.ok_or_else(|| format!("The clock says {at}. Set it right."))?;
    Ok(header::Date::new(UNIX_EPOCH + Duration::from_micros(micros)))
}

/// The time makes the name unique here, the random part everywhere.
fn message_id(at: Moment, domain: &str, hello: &str) -> Result<String, String> {
    let random: [u8; 8] = ring::rand::generate(&ring::rand::SystemRandom::new())
        .map_err(|_| "The system gave no random numbers.".to_owned())?
        .expose();
    let right = match domain.starts_with('[') && hello.is_ascii() && !hello.contains(['<', '>', '@', ' ']) {
        true => hello,
        false => domain,
    };
    Ok(format!("<{:x}.{:016x}@{right}>", at.0, u64::from_be_bytes(random)))
}

/// A subject that looks like an encoded word would be shown as what it stands for: it is encoded itself.
fn subject(text: &str) -> HeaderValue {
    let name = header::Subject::name();
    match text.is_ascii() && !text.contains("=?") && !text.contains(char::is_control) {
        true => HeaderValue::new(name, text.to_owned()),
        false => HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), encoded_words(text)),
    }
}

/// RFC 2047, section 4.2: each word holds whole characters and at most 75 octets.
fn encoded_words(text: &str) -> String {
    const OPEN: &str = "=?utf-8?q?";
    let mut out = String::from(OPEN);
    let mut octets = OPEN.len();
    for c in text.chars() {
        let mut buffer = [0; 4];
        let piece: String = match c {
            c if c.is_ascii_alphanumeric() => c.to_string(),
            ' ' => "_".to_owned(),
            c => c.encode_utf8(&mut buffer).bytes().map(|byte| format!("={byte:02X}")).collect(),
        };
        if octets + piece.len() + 2 > 75 {
            out.push_str("?=\r\n ");
            out.push_str(OPEN);
            octets = OPEN.len();
        }
        octets += piece.len();
        out.push_str(&piece);
    }
    out.push_str("?=");
    out
}

/// A value that is made of checked parts alone.
fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}
