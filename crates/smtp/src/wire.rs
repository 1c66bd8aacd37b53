//! The message as it travels after DATA: CRLF alone ends a line, lines stay within their bound, dots are doubled
//! (RFC 5321, section 4.5.2), so that nothing in it can end the message early or begin another one.

/// The longest line without its CRLF (RFC 5321, section 4.5.3.1.6).
const LINE_OCTETS: usize = 998;

/// A message ready for the wire.
#[derive(Debug)]
pub struct Encoded {
    /// With doubled dots and the final `.`.
    pub bytes: Vec<u8>,
    /// The message's own octets, as SIZE counts them (RFC 1870, section 3).
    pub octets: u64,
    /// It holds octets beyond ASCII.
    pub eight_bit: bool,
    /// Its headers do, so that SMTPUTF8 is needed.
    pub utf8_headers: bool,
}

/// Any of CR, LF and CRLF is taken for a line's end.
pub fn encode(message: &[u8]) -> Result<Encoded, String> {
    let mut bytes = Vec::with_capacity(message.len() + message.len() / 32 + 8);
    let (mut octets, mut in_headers, mut utf8_headers, mut eight_bit) = (0u64, true, false, false);
    for line in lines(message) {
        if line.len() > LINE_OCTETS {
            return Err(format!("The message has a line of {} octets; at most {LINE_OCTETS} may be sent.", line.len()));
        }
        if line.contains(&0) {
            return Err("The message holds a NUL character.".to_owned());
        }
        if !line.is_ascii() {
            eight_bit = true;
            utf8_headers |= in_headers;
        }
        in_headers &= !line.is_empty();
        if line.first() == Some(&b'.') {
            bytes.push(b'.');
        }
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
        octets += line.len() as u64 + 2;
    }
    bytes.extend_from_slice(b".\r\n");
    Ok(Encoded { bytes, octets, eight_bit, utf8_headers })
}

fn lines(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|&byte| byte == b'\r' || byte == b'\n').unwrap_or(rest.len());
        let (line, behind) = rest.split_at(end);
        rest = behind.strip_prefix(b"\r\n").unwrap_or_else(|| behind.get(1..).unwrap_or_default());
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crlf_leaves_and_dots_are_doubled() {
        let check = |message: &[u8], sent: &[u8]| {
            let encoded = encode(message).expect("a message that may be sent");
            assert_eq!(String::from_utf8_lossy(&encoded.bytes), String::from_utf8_lossy(sent));
        };
        check(b"a\r\nb\r\n", b"a\r\nb\r\n.\r\n");
        check(b"a\nb\rc", b"a\r\nb\r\nc\r\n.\r\n");
        check(b"a\n\r\n\rb\r\r\n", b"a\r\n\r\n\r\nb\r\n\r\n.\r\n");
        check(b".\r\n..\r\n.a", b"..\r\n...\r\n..a\r\n.\r\n");
        check(b"x\n.\nMAIL FROM:<a@b>\n", b"x\r\n..\r\nMAIL FROM:<a@b>\r\n.\r\n");
        check(b"x\r.\rRCPT", b"x\r\n..\r\nRCPT\r\n.\r\n");
        check(b"", b".\r\n");
    }

    #[test]
    fn octets_are_counted_before_the_dots() {
        assert_eq!(encode(b".\r\nab\r\n").map(|encoded| encoded.octets), Ok(7));
    }

    #[test]
    fn a_line_beyond_the_bound_is_refused() {
        assert!(encode(&[b'a'; 998]).is_ok());
        assert!(encode(&[b'a'; 999]).is_err());
        assert!(encode(b"a\0b").is_err());
    }

    #[test]
    fn headers_of_another_script_are_told_from_a_body() {
        let flags = |message: &str| encode(message.as_bytes()).map(|sent| (sent.utf8_headers, sent.eight_bit));
        assert_eq!(flags("Subject: a\r\n\r\nb"), Ok((false, false)));
        assert_eq!(flags("Subject: a\r\n\r\nä"), Ok((false, true)));
        assert_eq!(flags("Subject: ä\r\n\r\nb"), Ok((true, true)));
    }
}
