//! E-mail addresses: parsed once, and right from then on.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::address::{control, is_beyond_ascii, is_domain};

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
            return Err(format!("{label} {}", local_part_fault(local, domain)));
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

    /// The address as it was typed, without spaces around it.
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
                _ if !c.is_ascii() && !is_beyond_ascii(c) => return false,
                (true, _) => escaped = false,
                (false, '\\') => escaped = true,
                (false, '"') => return false,
                _ => {}
            }
        }
        return !escaped && local.len() > 2;
    }
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// RFC 5322, section 3.2.3; RFC 6531, section 3.3.
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_beyond_ascii(c)
}

/// What is wrong before the @, behind the field's label; and the address in quotes, where these are all that it lacks.
fn local_part_fault(local: &str, domain: &str) -> String {
    let hidden = local.chars().find(|c| !c.is_ascii() && !is_beyond_ascii(*c));
    let what = match hidden.or_else(|| local.chars().find(|c| !is_atext(*c) && *c != '.')) {
        Some(c) if !c.is_ascii() => {
            format!("has a space or an invisible character before the @ (U+{:04X})", u32::from(c))
        }
        _ if local.starts_with('"') => "has a quotation mark before the @ that does not enclose all of it".to_owned(),
        Some(c) if c.is_ascii_whitespace() => "has a space before the @".to_owned(),
        Some(c) => format!("has “{c}” before the @"),
        None if local.starts_with('.') => "begins with a dot".to_owned(),
        None if local.ends_with('.') => "has a dot right before the @".to_owned(),
        None => "has two dots in a row before the @".to_owned(),
    };
    let quoted = format!("\"{}\"", local.replace('\\', "\\\\").replace('"', "\\\""));
    if !local.starts_with('"') && quoted.len() <= LOCAL_PART_OCTETS && is_local_part(&quoted) {
        format!(
            "{what}, which is allowed in quotation marks alone. If the mailbox has this very name, write {quoted}@{domain}."
        )
    } else {
        format!("{what}. Write it as name@example.org.")
    }
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
        check("a..b@example.org", "two dots in a row before the @");
        check(".a@example.org", "begins with a dot");
        check("a@-example.org", "domain that cannot exist");
        check("a@example..org", "domain that cannot exist");
        check("a@b_c.example", "domain that cannot exist");
        check("a@[300.1.1.1]", "domain that cannot exist");
        check("a@example.org\r\nBcc: b@example.org", "a line break");
        check("a@example.org\n", "a line break");
        check("a\0@example.org", "a NUL");
        check("a\u{202E}b@example.org", "an invisible character before the @ (U+202E). Write it as name@example.org.");
        check("\"a\u{202E}b\"@example.org", "an invisible character before the @");
        check("\"a\"b\"@example.org", "a quotation mark before the @ that does not enclose all of it. Write it as");
        check(&format!("{}@example.org", "a".repeat(65)), "before the @");
        check(&format!("a@{}.org", "é.".repeat(120)), "octets");
    }

    #[test]
    fn a_name_that_lacks_nothing_but_quotation_marks_is_shown_with_them() {
        let check = |typed: &str, what: &str, quoted: &str| {
            let message = EmailAddress::parse("Sender e-mail", typed).expect_err(typed);
            assert!(
                message.starts_with(&format!("Sender e-mail {what}, which is allowed in quot")),
                "{typed}: {message}"
            );
            assert!(message.ends_with(&format!(" write {quoted}.")), "{typed}: {message}");
            assert!(EmailAddress::parse("Sender e-mail", quoted).is_ok(), "{quoted}");
        };
        check("aaa..b@docomo.example", "has two dots in a row before the @", "\"aaa..b\"@docomo.example");
        check(".a@example.org", "begins with a dot", "\".a\"@example.org");
        check("a.@example.org", "has a dot right before the @", "\"a.\"@example.org");
        check("a b@example.org", "has a space before the @", "\"a b\"@example.org");
        check("a(b)@example.org", "has “(” before the @", "\"a(b)\"@example.org");
        check("a\\b\"c@example.org", "has “\\” before the @", "\"a\\\\b\\\"c\"@example.org");
        // In quotation marks it would be too long.
        let long = EmailAddress::parse("Sender e-mail", &format!("{}..@example.org", "a".repeat(62)));
        assert!(long.is_err_and(|message| !message.contains("write \"")));
    }
}
