//! Mail servers and ports: parsed once, and right from then on.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub(crate) fn is_domain(name: &str) -> bool {
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
pub(crate) fn is_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace() && !is_invisible(c)
}

/// Marks of direction and other characters that make text look like another.
pub(crate) fn is_invisible(c: char) -> bool {
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

    /// The name in lower case, or the address, without brackets.
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

    /// The number that is connected to.
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
