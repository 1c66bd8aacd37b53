//! Seals as older versions of Posthouse made them. The vault only opens such seals, so the format is written down here
//! once more.

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use secrecy::{ExposeSecret, SecretString};
use vault::{Key, PREFIX, SealContext, Sealed, write_keys};

/// Under a data key of its own, bound to the place, the user name and the rules; of connectors to their numbers alone.
pub fn sealed_in_first_format(
    key: &Arc<Key>,
    own: &SealContext<'_>,
    connectors: &[i64],
    secret: &SecretString,
) -> Sealed {
    fn text(to: &mut Vec<u8>, text: &str) {
        to.extend_from_slice(&u32::try_from(text.len()).expect("it is short").to_be_bytes());
        to.extend_from_slice(text.as_bytes());
    }
    fn count(to: &mut Vec<u8>, count: usize) {
        to.extend_from_slice(&u32::try_from(count).expect("they are few").to_be_bytes());
    }
    let slot = |domain: &[u8]| {
        let mut bound = domain.to_vec();
        text(&mut bound, "credential");
        bound.extend_from_slice(&own.id.to_be_bytes());
        text(&mut bound, "secret");
        bound.extend_from_slice(&own.version.to_be_bytes());
        bound
    };
    let rules = own.destinations;
    let mut bound = slot(b"posthouse/vault/secret/1\0");
    text(&mut bound, own.user_name);
    count(&mut bound, rules.hosts.len());
    rules.hosts.iter().for_each(|host| text(&mut bound, host.as_str()));
    count(&mut bound, rules.ports.len());
    rules.ports.iter().for_each(|port| bound.extend_from_slice(&i64::from(*port).to_be_bytes()));
    bound.push(rules.direct.into());
    count(&mut bound, connectors.len());
    connectors.iter().for_each(|id| bound.extend_from_slice(&id.to_be_bytes()));
    bound.push(rules.verified_only.into());
    bound.push(rules.plain_in_clear.into());
    count(&mut bound, rules.certificates.len());
    rules.certificates.iter().for_each(|certificate| text(&mut bound, certificate.as_str()));
    let mut padded = u32::try_from(secret.expose_secret().len()).expect("it is short").to_be_bytes().to_vec();
    padded.extend_from_slice(secret.expose_secret().as_bytes());
    padded.resize(padded.len().next_multiple_of(64), 0);

    let encrypt = |key: &[u8; 32], nonce: [u8; 24], bound: &[u8], text: &[u8]| {
        let payload = Payload { msg: text, aad: bound };
        let sealed = XChaCha20Poly1305::new(key.into()).encrypt(&nonce.into(), payload).expect("it is encrypted");
        [&nonce[..], &sealed].concat()
    };
    let text_of_key = write_keys(&[Arc::clone(key)]);
    let digits = text_of_key.trim().strip_prefix(PREFIX).expect("it is a key");
    let (mut key_bytes, data_key) = ([0; 32], [7; 32]);
    Base64::decode(digits, &mut key_bytes).expect("it is base64");
    let mut bound_to_key = slot(b"posthouse/vault/data-key/1\0");
    text(&mut bound_to_key, key.fingerprint());
    Sealed {
        key: key.fingerprint().to_owned(),
        wrapped: encrypt(&key_bytes, [1; 24], &bound_to_key, &data_key),
        sealed: encrypt(&data_key, [2; 24], &bound, &padded),
    }
}
