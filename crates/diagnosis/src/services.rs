//! Other services than SMTP, told by what they say first.

use model::{SmtpReport, Speaker};

/// A service, and how it begins.
struct Service {
    name: &'static str,
    begins: &'static [&'static str],
}

/// Those that speak otherwise than SMTP.
const SERVICES: &[Service] = &[
    // RFC 9051, section 7.1.
    Service { name: "IMAP", begins: &["* OK", "* PREAUTH", "* BYE"] },
    // RFC 1939, section 4.
    Service { name: "POP3", begins: &["+OK", "-ERR"] },
    // RFC 4253, section 4.2.
    Service { name: "SSH", begins: &["SSH-"] },
    // RFC 9112, section 4.
    Service { name: "HTTP (a web server)", begins: &["HTTP/", "<html", "<HTML", "<!DOCTYPE"] },
    // RFC 5804, section 1.7.
    Service {
        name: "ManageSieve",
        begins: &["\"IMPLEMENTATION\"", "\"SIEVE\"", "\"SASL\"", "\"VERSION\"", "\"STARTTLS\""],
    },
    Service { name: "a database (MySQL or MariaDB)", begins: &[MYSQL_PACKET] },
    // RFC 6143, section 7.1.1.
    Service { name: "VNC", begins: &["RFB "] },
    // RFC 854: IAC, and a negotiation.
    Service { name: "Telnet", begins: &["\\xff\\xfb", "\\xff\\xfd"] },
];

/// Behind the length of a MySQL packet of less than 256 octets: the rest of the length and its number, 0.
const MYSQL_PACKET: &str = "\\x00\\x00\\x00";

/// The service that begins so; `first` is made visible. None where it is not known.
pub fn speaking(first: &str) -> Option<&'static str> {
    let begins = |service: &&Service| {
        service.begins.iter().any(|words| match *words {
            // The octet before is the length.
            MYSQL_PACKET => first.find(MYSQL_PACKET).is_some_and(|at| (1..=4).contains(&at)),
            words => first.starts_with(words),
        })
    };
    SERVICES.iter().find(begins).map(|service| service.name)
}

/// What came is a record of TLS: an alert or a handshake (RFC 8446, section 5.1), made visible.
pub fn is_tls(first: &str) -> bool {
    first.starts_with("\\x15\\x03") || first.starts_with("\\x16\\x03")
}

/// The service that greets as SMTP does and does not know EHLO; None where the greeting does not tell it.
pub fn greeting(report: &SmtpReport) -> Option<&'static str> {
    let said = report.transcript.iter().filter(|line| line.speaker != Speaker::Note);
    let lines = said.take_while(|line| line.speaker == Speaker::Server).map(|line| line.text.to_lowercase());
    let greeting = lines.collect::<Vec<_>>().join(" ");
    let says = |words: &[&str]| words.iter().any(|words| greeting.contains(words));
    // The name of a host may hold any of these; an SMTP server says what it is.
    if says(&[" smtp", " esmtp"]) {
        None
    } else if says(&["ftpd", "filezilla", "ftp server", "ftp service"]) {
        Some("FTP")
    } else if says(&[" lmtp", "dovecot ready"]) {
        Some("LMTP")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_told_by_what_it_says_first() {
        let check = |first: &str, name: Option<&str>| assert_eq!(speaking(first), name, "{first}");
        check("* OK [CAPABILITY IMAP4rev1 LITERAL+] Dovecot ready.", Some("IMAP"));
        check("+OK Dovecot ready.", Some("POP3"));
        check("SSH-2.0-OpenSSH_9.2", Some("SSH"));
        check("HTTP/1.1 400 Bad Request", Some("HTTP (a web server)"));
        check("\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"", Some("ManageSieve"));
        check("J\\x00\\x00\\x00\\x0a8.0.36\\x00", Some("a database (MySQL or MariaDB)"));
        check("\\xff\\xfd\\x18", Some("Telnet"));
        check("hello", None);
        check("\\x15\\x03\\x01\\x00\\x02\\x02F", None);
        assert!(is_tls("\\x15\\x03\\x01\\x00\\x02\\x02F") && !is_tls("SSH-2.0"));
    }
}
