//! Notes that the browser of somebody who is not signed in keeps for the next page, signed, so that the page shows
//! nothing but what was written here. The key is in the database: every server knows the notes of the others.

use base64ct::{Base64UrlUnpadded, Encoding};
use model::Moment;
use model::moment::MINUTE;
use ring::hmac::{self, HMAC_SHA256};
use store::{Store, WriteTx, settings};

use crate::Backend;
use crate::clock::now;
use crate::password::random;

/// How long a note can be read.
const LIFETIME: i64 = 10 * MINUTE;
/// A tag of HMAC-SHA-256, and the instant of the note.
const TAG: usize = 32;
const INSTANT: usize = 8;

/// Signs notes; None where the database gave no key, and then no note is kept.
pub struct NoteKey(Option<hmac::Key>);

impl NoteKey {
    /// The key of this database, made if there is none yet.
    pub async fn of(store: &Store) -> Self {
        let key = async {
            if let Some(key) = store.read(settings::find(store.db())).await?.note_key {
                return Ok(key);
            }
            let new = random()?;
            let keep = move |tx: WriteTx| async move {
                let row = settings::lock(&tx).await?;
                let key = match row.note_key.clone() {
                    Some(key) => key,
                    None => {
                        settings::keep_note_key(&tx, row, &new).await?;
                        new.to_vec()
                    }
                };
                Ok(key)
            };
            store.write(keep).await
        };
        let key: Result<Vec<u8>, model::Problem> = key.await;
        match key {
            Ok(key) => Self(Some(hmac::Key::new(HMAC_SHA256, &key))),
            Err(problem) => {
                tracing::warn!(%problem, "refused sign-ins are not explained on the page");
                Self(None)
            }
        }
    }

    /// Base64url of tag, instant (big-endian microseconds) and note. The tag is over the other two.
    fn sign(&self, note: &str, at: Moment) -> Option<String> {
        let signed = [&at.0.to_be_bytes()[..], note.as_bytes()].concat();
        let tag = hmac::sign(self.0.as_ref()?, &signed);
        Some(Base64UrlUnpadded::encode_string(&[tag.as_ref(), &signed].concat()))
    }

    fn read(&self, text: &str, at: Moment) -> Option<String> {
        let octets = Base64UrlUnpadded::decode_vec(text).ok()?;
        let (tag, signed) = octets.split_at_checked(TAG)?;
        hmac::verify(self.0.as_ref()?, signed, tag).ok()?;
        let (instant, note) = signed.split_at_checked(INSTANT)?;
        let written = Moment(i64::from_be_bytes(instant.try_into().ok()?));
        let is_new = written > at.minus(LIFETIME);
        is_new.then(|| String::from_utf8(note.to_vec()).ok()).flatten()
    }
}

impl Backend {
    /// A note in letters that a cookie can hold.
    pub fn sign_note(&self, note: &str) -> Option<String> {
        self.inner.note_key.sign(note, now())
    }

    /// A note that was signed here within the last ten minutes.
    pub fn read_note(&self, signed: &str) -> Option<String> {
        self.inner.note_key.read(signed, now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(octet: u8) -> NoteKey {
        NoteKey(Some(hmac::Key::new(HMAC_SHA256, &[octet; 32])))
    }

    #[test]
    fn a_note_is_read_back_for_ten_minutes() {
        let (signer, at) = (key(1), Moment(1_000 * MINUTE));
        let signed = signer.sign("Prüfen; \"x\"", at).expect("there is a key");
        assert!(signed.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet)), "{signed}");
        assert_eq!(signer.read(&signed, at).as_deref(), Some("Prüfen; \"x\""));
        assert_eq!(signer.read(&signed, Moment(1_010 * MINUTE)), None);
    }

    #[test]
    fn a_note_that_was_written_elsewhere_or_changed_is_none() {
        let (signer, at) = (key(1), Moment(0));
        let signed = signer.sign("right", at).expect("there is a key");
        assert_eq!(key(2).read(&signed, at), None, "another key");
        for index in 0..signed.len() {
            let other = if signed.as_bytes()[index] == b'A' { "B" } else { "A" };
            let changed = format!("{}{other}{}", &signed[..index], &signed[index + 1..]);
            assert_ne!(signer.read(&changed, at).as_deref(), Some("wrong"));
            assert!(signer.read(&changed, at).is_none_or(|note| note == "right" && index + 1 == signed.len()));
        }
        for text in ["", "x", "%%%", &signed[..43]] {
            assert_eq!(signer.read(text, at), None, "{text}");
        }
    }
}
