//! Key-encryption keys, and the file format that they are kept in.

use std::fmt;
use std::sync::Arc;

use base16ct::lower::encode_string as hex;
use base64ct::{Base64, Encoding};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Generate, KeyInit};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::VaultFault;
use super::key_source::PREFIX;

/// Keys of a file at most: one, and those of rotations that are going on.
pub const MAX_KEYS: usize = 8;
const FINGERPRINT_DOMAIN: &[u8] = b"posthouse/vault/key-fingerprint/1\0";

/// A key-encryption key: 32 random bytes, wiped from memory when it is dropped. It seals data keys and nothing else.
pub struct Key {
    bytes: Zeroizing<[u8; 32]>,
    fingerprint: String,
}

/// The keys of a file: the current one first, then older ones while a rotation is going on. Never empty.
pub type Keys = Vec<Arc<Key>>;

impl Key {
    /// A new one, from the operating system's random numbers.
    pub fn generate() -> Result<Self, VaultFault> {
        Ok(Self::new(random()?))
    }

    fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let digest = Sha256::new().chain_update(FINGERPRINT_DOMAIN).chain_update(bytes.as_slice()).finalize();
        let fingerprint = hex(&digest[..8]);
        Self { bytes, fingerprint }
    }

    /// 16 hexadecimal digits: of SHA-256 over a domain string and the key, the first 8 bytes. It names the key and says
    /// nothing of it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.fingerprint)
    }
}

/// Bytes that nobody can guess, wiped when they are dropped.
pub fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, VaultFault> {
    <[u8; N]>::try_generate().map(Zeroizing::new).map_err(|_| VaultFault::NoRandom)
}

/// Why a key file is not understood. It never repeats what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFileError {
    /// There is no key in it.
    Empty,
    /// The number of the line, from 1.
    Line(usize),
    /// There are more than [`MAX_KEYS`].
    TooMany,
}

/// Reads the text of a key file: a line for each key, `posthouse-vault-key-1:` and base64 (RFC 4648, section 4, padded)
/// of 32 bytes. Line ends of either kind; empty lines say nothing.
pub fn parse_keys(text: &str) -> Result<Keys, KeyFileError> {
    let mut keys = Keys::new();
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let digits = line.strip_prefix(PREFIX).ok_or(KeyFileError::Line(number))?;
        let mut bytes = Zeroizing::new([0; 32]);
        match Base64::decode(digits.trim_start(), bytes.as_mut_slice()) {
            Ok(decoded) if decoded.len() == 32 => keys.push(Arc::new(Key::new(bytes))),
            _ => return Err(KeyFileError::Line(number)),
        }
    }
    match keys.len() {
        0 => Err(KeyFileError::Empty),
        1..=MAX_KEYS => Ok(keys),
        _ => Err(KeyFileError::TooMany),
    }
}

/// The text of a key file that holds these keys, in this order.
pub fn write_keys(keys: &[Arc<Key>]) -> Zeroizing<String> {
    // As long as it gets, so that no shorter copy is left behind in memory.
    let mut text = Zeroizing::new(String::with_capacity(keys.len() * (PREFIX.len() + 45)));
    for key in keys {
        let mut digits = Zeroizing::new([0; 44]);
        text.push_str(PREFIX);
        // 32 bytes are 44 characters of base64.
        text.push_str(Base64::encode(key.bytes.as_slice(), digits.as_mut_slice()).unwrap_or_default());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: &[u8]) -> String {
        format!("{PREFIX}{}", Base64::encode_string(bytes))
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let keys = vec![Arc::new(Key::generate().expect("a key")), Arc::new(Key::generate().expect("a key"))];
        let text = write_keys(&keys);
        let again = parse_keys(&text).expect("it is understood");
        assert_eq!(again.len(), 2);
        for (a, b) in keys.iter().zip(&again) {
            assert_eq!((&a.bytes, a.fingerprint()), (&b.bytes, b.fingerprint()));
        }
        assert_ne!(keys[0].fingerprint(), keys[1].fingerprint());
        assert!(text.capacity() == text.len() && text.ends_with('\n'));
    }

    #[test]
    fn a_file_is_lines_of_keys_and_nothing_else() {
        let (one, two) = (line(&[7; 32]), line(&[8; 32]));
        let check = |text: &str, expected: Result<usize, KeyFileError>| {
            assert_eq!(parse_keys(text).map(|keys| keys.len()), expected, "{text:?}");
        };
        check(&one, Ok(1));
        check(&format!("{one}\r\n"), Ok(1));
        check(&format!("{one}\n\n{two}\n"), Ok(2));
        check(&format!(" {PREFIX} {} ", Base64::encode_string(&[7; 32])), Ok(1));
        check("", Err(KeyFileError::Empty));
        check(" \n\n", Err(KeyFileError::Empty));
        check("hello", Err(KeyFileError::Line(1)));
        check(&format!("{one}\n# note"), Err(KeyFileError::Line(2)));
        check(PREFIX, Err(KeyFileError::Line(1)));
        check(&line(&[7; 31]), Err(KeyFileError::Line(1)));
        check(&line(&[7; 33]), Err(KeyFileError::Line(1)));
        check(&one.replace("key-1", "key-2"), Err(KeyFileError::Line(1)));
        check(&one.replace('=', ""), Err(KeyFileError::Line(1)));
        check(&format!("{one}\n").repeat(9), Err(KeyFileError::TooMany));
    }

    #[test]
    fn a_fingerprint_stays_the_same_for_ever() {
        let fingerprint = |byte: u8| parse_keys(&line(&[byte; 32])).expect("a key")[0].fingerprint().to_owned();
        assert_eq!(fingerprint(7), fingerprint(7));
        assert_ne!(fingerprint(7), fingerprint(8));
        assert_eq!(fingerprint(7).len(), 16);
        assert_eq!(fingerprint(7), "2d659270ec44216c");
    }

    #[test]
    fn a_key_is_never_shown() {
        let key = &parse_keys(&line(b"canary canary canary canary 1234")).expect("a key")[0];
        assert_eq!(format!("{key:?}"), format!("Key({})", key.fingerprint()));
    }
}
