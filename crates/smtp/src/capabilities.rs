//! What a server offers in its reply to EHLO. lettre knows the extensions; SIZE and the list for people are ours.

use std::collections::HashSet;

use lettre::transport::smtp::extension::{Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use model::Reply;

/// The most keywords, and the most mechanisms, that are listed.
const LISTED: usize = 16;
/// The longest name of a mechanism (RFC 4422, section 3.1).
const MECHANISM_OCTETS: usize = 20;

/// The default is a server that offers nothing.
#[derive(Debug, Default)]
pub struct Capabilities {
    info: ServerInfo,
    /// The most octets of a message (RFC 1870): `Some(None)` where SIZE is offered without a limit.
    pub size: Option<Option<u64>>,
    /// How one may sign in (RFC 4954, section 3): names in capitals.
    pub mechanisms: Vec<String>,
    keywords: Vec<String>,
}

impl Capabilities {
    pub fn from_reply(reply: &Reply) -> Self {
        // The first line is the server's greeting. Keywords may come in any case (RFC 5321, section 2.4).
        let lines = reply.lines.iter().skip(1).map(|line| line.trim().to_uppercase());
        let offered: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        let mut size = None;
        let (mut mechanisms, mut keywords) = (Vec::new(), Vec::new());
        for line in &offered {
            let mut words = line.split_whitespace();
            let Some(keyword) = words.next() else { continue };
            if keyword == "SIZE" {
                size = Some(words.next().and_then(|limit| limit.parse().ok()).filter(|&limit| limit > 0));
            }
            // Old servers write AUTH=PLAIN, for clients that are older still.
            if let Some(first) = keyword.strip_prefix("AUTH").filter(|rest| rest.is_empty() || rest.starts_with('=')) {
                let named = first.strip_prefix('=').into_iter().chain(words);
                mechanisms.extend(named.filter(|name| is_mechanism(name)).map(str::to_owned));
            }
            if keywords.len() < LISTED {
                keywords.push(keyword.to_owned());
            }
        }
        let mut seen = HashSet::new();
        mechanisms.retain(|name| seen.insert(name.clone()));
        mechanisms.truncate(LISTED);
        Self { info: server_info(&offered), size, mechanisms, keywords }
    }

    pub fn offers(&self, extension: Extension) -> bool {
        self.info.supports_feature(extension)
    }

    /// "Offers STARTTLS, SIZE".
    pub fn fact(&self) -> String {
        if self.keywords.is_empty() {
            "Offers no extension".to_owned()
        } else {
            format!("Offers {}", self.keywords.join(", "))
        }
    }
}

fn is_mechanism(name: &str) -> bool {
    (1..=MECHANISM_OCTETS).contains(&name.len())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
}

/// lettre compares keywords in capitals, panics on a line of spaces, and takes a greeting such as "STARTTLS" for an
/// offer: it gets the offers alone, with a greeting of our own.
fn server_info(offered: &[String]) -> ServerInfo {
    let mut text: String = offered.iter().map(|line| format!("250-{line}\r\n")).collect();
    text.insert_str(0, "250-GREETING\r\n");
    text.push_str("250 END\r\n");
    let response = text.parse::<Response>();
    response.and_then(|response| ServerInfo::from_response(&response)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities(lines: &[&str]) -> Capabilities {
        let lines = lines.iter().map(|&line| line.to_owned()).collect();
        Capabilities::from_reply(&Reply { code: 250, enhanced: None, lines })
    }

    #[test]
    fn offers_are_read_in_any_case_and_with_any_spaces() {
        let offered = capabilities(&["mx.example Hello", "starttls", "Size 52428800", " 8BITMIME ", "SMTPUTF8", "   "]);
        assert!(offered.offers(Extension::StartTls));
        assert!(offered.offers(Extension::EightBitMime));
        assert!(offered.offers(Extension::SmtpUtfEight));
        assert_eq!(offered.size, Some(Some(52_428_800)));
        assert_eq!(offered.fact(), "Offers STARTTLS, SIZE, 8BITMIME, SMTPUTF8");
    }

    #[test]
    fn mechanisms_are_read_from_both_ways_to_write_them() {
        let check = |lines: &[&str], expected: &[&str]| {
            let lines: Vec<&str> = ["mx.example"].into_iter().chain(lines.iter().copied()).collect();
            assert_eq!(capabilities(&lines).mechanisms, expected, "{lines:?}");
        };
        check(&[], &[]);
        check(&["AUTH"], &[]);
        check(&["AUTH PLAIN LOGIN"], &["PLAIN", "LOGIN"]);
        check(&["auth Scram-Sha-256  cram-md5 "], &["SCRAM-SHA-256", "CRAM-MD5"]);
        check(&["AUTH=PLAIN LOGIN"], &["PLAIN", "LOGIN"]);
        check(&["AUTH LOGIN", "AUTH=LOGIN PLAIN", "AUTH PLAIN"], &["LOGIN", "PLAIN"]);
        check(&["AUTHOR PLAIN", "XAUTH LOGIN"], &[]);
        check(&["AUTH <b>PLAIN</b> ABCDEFGHIJKLMNOPQRSTU LOGIN"], &["LOGIN"]);
        assert_eq!(capabilities(&["AUTH PLAIN"]).mechanisms, [""; 0], "the first line is a greeting");
    }

    #[test]
    fn a_server_may_offer_nothing_or_no_limit() {
        assert_eq!(capabilities(&["mx.example"]).fact(), "Offers no extension");
        assert_eq!(capabilities(&[""]).fact(), "Offers no extension");
        assert_eq!(capabilities(&["", " "]).size, None);
        assert_eq!(capabilities(&["mx.example", "SIZE"]).size, Some(None));
        assert_eq!(capabilities(&["mx.example", "SIZE 0"]).size, Some(None));
        assert_eq!(capabilities(&["mx.example", "SIZE many"]).size, Some(None));
        assert!(!capabilities(&["STARTTLS"]).offers(Extension::StartTls), "the first line is a greeting");
    }
}
