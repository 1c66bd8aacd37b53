//! E-mail addresses, mail servers and ports: parsed once, and right from then on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// One addr-spec (RFC 5321, section 4.1.2; RFC 6531 for other scripts): no display name, at most 254 octets, and no
/// control character, so that it can stand in a header or an SMTP command as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct EmailAddress(String);

/// RFC 5321, section 4.5.3.1.3: a path has at most 256 octets, two of them its angle brackets.
const ADDRESS_OCTETS: usize = 254;
/// RFC 5321, section 4.5.3.1.1.
const LOCAL_PART_OCTETS: usize = 64;

impl EmailAddress {
    /// `label` is the field's label, for the message.
    pub fn parse(label: &str, typed: &str) -> Result<Self, String> {
        // A line break is refused, not trimmed: what follows it was never meant to be an address.
        if let Some(what) = control(typed) {
            return Err(format!("{label} holds {what}. Take it out."));
        }
        let text = typed.trim();
        let wrong = |what: &str| Err(format!("{label} {what}. Write it as name@example.org."));
        if text.is_empty() {
            return Err(format!("Enter an address for {label}, such as name@example.org."));
        }
        if text.ends_with('>') || text.contains('<') {
            return wrong("holds more than an address");
        }
        if text.contains([',', ';']) && text.matches('@').count() > 1 {
            return Err(format!("{label} takes one address. Leave the others out."));
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return wrong("has no @");
        };
        if local.is_empty() {
            return wrong("has nothing before the @");
        }
        if domain.is_empty() {
            return wrong("has no domain");
        }
        if text.len() > ADDRESS_OCTETS {
            return Err(format!("{label} has {} octets. An address has at most {ADDRESS_OCTETS}.", text.len()));
        }
        if local.len() > LOCAL_PART_OCTETS {
            return Err(format!(
                "{label} has {} octets before the @. At most {LOCAL_PART_OCTETS} are allowed.",
                local.len()
            ));
        }
        if !is_local_part(local) {
            return if local.contains(char::is_whitespace) {
                wrong("has a space before the @")
            } else {
                wrong("has a character or a dot before the @ that cannot stand there")
            };
        }
        if !is_mail_domain(domain) {
            return if domain.contains(char::is_whitespace) {
                wrong("has a space in its domain")
            } else {
                wrong("has a domain that cannot exist")
            };
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the last `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the last `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 5321 `Dot-string` or `Quoted-string`, with RFC 6531's characters beyond ASCII.
fn is_local_part(local: &str) -> bool {
    if let Some(inner) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        let mut escaped = false;
        for c in inner.chars() {
            match (escaped, c) {
                (true, _) => escaped = false,
                (false, '\\') => escaped = true,
                (false, '"') => return false,
                _ => {}
            }
        }
        return !escaped && local.len() > 2;
    }
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_beyond_ascii(c);
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

fn is_mail_domain(domain: &str) -> bool {
    match domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(literal) => match literal.get(..5) {
            Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => literal[5..].parse::<Ipv6Addr>().is_ok(),
            _ => literal.parse::<Ipv4Addr>().is_ok(),
        },
        None => is_domain(domain),
    }
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63 * 4
            && (!label.is_ascii() || label.len() <= 63)
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || is_beyond_ascii(c))
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// A domain that may have underscores, as the names of containers do: the DNS has them (RFC 2181, section 11).
fn is_host_name(name: &str) -> bool {
    is_domain(&name.replace('_', "x"))
}

/// Letters and marks of other scripts; neither their spaces nor the invisible controls of direction.
fn is_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace() && !is_invisible(c)
}

/// Marks of direction and other characters that make text look like another.
fn is_invisible(c: char) -> bool {
    let ranges = ['\u{200B}'..='\u{200F}', '\u{2028}'..='\u{202E}', '\u{2060}'..='\u{2069}', '\u{FFF9}'..='\u{FFFD}'];
    c == '\u{FEFF}' || ranges.iter().any(|range| range.contains(&c))
}

/// Names the first control character, so that a message can say what to take out.
pub(crate) fn control(text: &str) -> Option<&'static str> {
    text.chars().find_map(|c| match c {
        '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some("a line break"),
        '\0' => Some("a NUL character"),
        c if c.is_control() => Some("a control character"),
        _ => None,
    })
}

/// Where a mail server is: a host name (RFC 1123, also internationalised and with underscores), an IPv4 or an IPv6
/// address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct Host(String);

impl Host {
    /// Spaces around it and the brackets of an address literal are taken off; anything else that is no host name is
    /// named in the message. Host names of other scripts are turned into their ASCII form by
    /// [`crate::hosts::to_ascii`].
    pub fn parse(typed: &str) -> Result<Self, String> {
        Self::parse_as("Host SMTP", typed)
    }

    /// `label` is the field's label, for the message.
    pub fn parse_as(label: &str, typed: &str) -> Result<Self, String> {
        let text = typed.trim();
        if let Some(what) = control(text) {
            return Err(format!("{label} holds {what}. Take it out."));
        }
        if text.is_empty() {
            return Err("Enter a host name or IP address.".to_owned());
        }
        let off = |part: &str| Err(format!("{label} holds more than a host name. Take “{part}” off."));
        if let Some(at) = text.find("://") {
            return off(&text[..at + 3]);
        }
        if let Some(at) = text.find(['/', '?', '#']) {
            return off(&text[at..]);
        }
        if let Some(at) = text.rfind('@') {
            return off(&text[..=at]);
        }
        let bracketed = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let bare = bracketed.map_or(text, |inner| inner.strip_prefix("IPv6:").unwrap_or(inner));
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self(address.to_string()));
        }
        if let Some((name, port)) = text.rsplit_once(':') {
            let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
            if is_port && Self::parse_as(label, name).is_ok() {
                return Err(format!("{label} holds a port. Take “:{port}” off and write it under Port."));
            }
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        if text.contains(char::is_whitespace) {
            return Err(format!("{label} has a space inside. Take it out."));
        }
        let numeric = name.split('.').next_back().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        if numeric || bracketed.is_some() {
            return Err(format!("“{text}” is not an IP address. IPv4 is four numbers from 0 to 255."));
        }
        if !is_host_name(name) {
            return Err(format!(
                "“{text}” is not a host name. It has letters, digits, hyphens and dots, such as smtp.example.org."
            ));
        }
        Ok(Self(name.to_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, if it is one rather than a name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub fn with_port(&self, port: u16) -> String {
        match self.ip() {
            Some(IpAddr::V6(address)) => format!("[{address}]:{port}"),
            _ => format!("{}:{port}", self.0),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A TCP port, 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct Port(i32);

impl Port {
    /// Empty means none is given.
    pub fn parse(typed: &str) -> Result<Option<Self>, String> {
        match typed.trim() {
            "" => Ok(None),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse::<i32>() {
                Ok(port @ 1..=65_535) => Ok(Some(Self(port))),
                _ => Err("Port is a number from 1 to 65535.".to_owned()),
            },
            _ => Err("Port is a number from 1 to 65535.".to_owned()),
        }
    }

    pub fn get(self) -> u16 {
        // Parsing lets nothing else in; a number from elsewhere in the store becomes port 0, which never connects.
        u16::try_from(self.0).unwrap_or(0)
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_of_any_script_is_taken() {
        let check = |typed: &str, kept: &str| {
            assert_eq!(
                EmailAddress::parse("Sender e-mail", typed).as_ref().map(EmailAddress::as_str),
                Ok(kept),
                "{typed:?}"
            );
        };
        check("ops@nordhavn.example", "ops@nordhavn.example");
        check("  Ops+x@Nordhavn.example ", "Ops+x@Nordhavn.example");
        check("почта@пример.рф", "почта@пример.рф");
        check("\"a b\"@example.org", "\"a b\"@example.org");
        check("root@[127.0.0.1]", "root@[127.0.0.1]");
        check("root@[IPv6:::1]", "root@[IPv6:::1]");
        check("root@localhost", "root@localhost");
        check("o'neill@example.org", "o'neill@example.org");
    }

    #[test]
    fn what_is_no_single_address_is_refused_with_a_reason() {
        let check = |typed: &str, reason: &str| {
            let message = EmailAddress::parse("Sender e-mail", typed).expect_err(typed);
            assert!(message.contains(reason), "{typed:?}: {message}");
        };
        check("", "Enter an address for Sender e-mail");
        check("security@", "has no domain");
        check("@example.org", "nothing before the @");
        check("example.org", "has no @");
        check("Ops <ops@example.org>", "more than an address");
        check("a@example.org, b@example.org", "takes one address");
        check("a b@example.org", "a space before the @");
        check("a..b@example.org", "before the @");
        check(".a@example.org", "before the @");
        check("a@-example.org", "domain that cannot exist");
        check("a@example..org", "domain that cannot exist");
        check("a@b_c.example", "domain that cannot exist");
        check("a@[300.1.1.1]", "domain that cannot exist");
        check("a@example.org\r\nBcc: b@example.org", "a line break");
        check("a@example.org\n", "a line break");
        check("a\0@example.org", "a NUL");
        check("a\u{202E}b@example.org", "before the @");
        check(&format!("{}@example.org", "a".repeat(65)), "before the @");
        check(&format!("a@{}.org", "é.".repeat(120)), "octets");
    }

    #[test]
    fn a_host_is_trimmed_and_nothing_else_is_guessed() {
        let check = |typed: &str, kept: &str| {
            assert_eq!(Host::parse(typed).as_ref().map(Host::as_str), Ok(kept), "{typed:?}");
        };
        check(" smtp.Nordhavn.example\n", "smtp.nordhavn.example");
        check("smtp.example.org.", "smtp.example.org");
        check("bücher.example", "bücher.example");
        check("10.20.0.14", "10.20.0.14");
        check("2001:DB8::1", "2001:db8::1");
        check("[2001:db8::1]", "2001:db8::1");
        check("[IPv6:::1]", "::1");
        check("[10.20.0.14]", "10.20.0.14");
        check("localhost", "localhost");
        check("stack_postfix", "stack_postfix");
        check("Mail_Server.internal", "mail_server.internal");
    }

    #[test]
    fn what_is_no_host_says_what_to_take_off() {
        let check = |typed: &str, reason: &str| {
            let message = Host::parse(typed).expect_err(typed);
            assert!(message.contains(reason), "{typed:?}: {message}");
        };
        check("  ", "Enter a host name or IP address.");
        check("smtp://smtp.nordhavn.example", "Take “smtp://” off");
        check("smtp.example.org/mail", "Take “/mail” off");
        check("ops@smtp.example.org", "Take “ops@” off");
        check("smtp.example.org:587", "write it under Port");
        check("[::1]:587", "write it under Port");
        check("smtp example.org", "space inside");
        check("smtp\r\nexample.org", "a line break");
        check("256.1.1.1", "not an IP address");
        check("a!b.example", "not a host name");
        check("-a.example", "not a host name");
        check(&"a".repeat(64), "not a host name");
    }

    #[test]
    fn a_port_is_empty_or_1_to_65535() {
        let check = |typed: &str, port: Option<u16>| {
            assert_eq!(Port::parse(typed).map(|p| p.map(Port::get)), Ok(port), "{typed:?}");
        };
        check("", None);
        check(" 25 ", Some(25));
        check("65535", Some(65_535));
        for typed in ["0", "65536", "-1", "25.0", "２５", "smtp", "99999999999999999999"] {
            assert!(Port::parse(typed).is_err(), "{typed:?}");
        }
    }
}
