//! The seal of one secret: under a data key of its own, which is sealed under the key-encryption key.

use chacha20poly1305::aead::KeyInit;
use chacha20poly1305::{AeadInOut, Tag, XChaCha20Poly1305, XNonce};
use model::secret::{SecretField, SecretOwner};
use model::{ConnectorKind, Destinations};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::error::VaultFault;
use super::key::{Key, random};

/// The version of the format that secrets are sealed in. The first one bound network connectors by their number alone.
pub const FORMAT: i64 = 2;

/// What a secret is sealed for. It opens there and nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct SealContext<'a> {
    /// Whether the record is a credential or another kind of record with a secret.
    pub kind: SecretOwner,
    /// The number of the record's row.
    pub id: i64,
    /// Which secret of the record it is.
    pub field: SecretField,
    /// Counts the seals of this field, and never goes back.
    pub version: i64,
    /// Who is signed in with it: a sealed secret does not open for another user name.
    pub user_name: &'a str,
    /// Where it may be sent: a sealed secret does not open after these were changed in the database alone.
    pub destinations: &'a Destinations,
}

impl SealContext<'_> {
    /// What is stored in clear beside the sealed secret.
    pub fn slot(&self) -> Slot<'_> {
        Slot { kind: self.kind.as_str(), id: self.id, field: self.field.as_str(), version: self.version }
    }
}

/// The part of a context that is stored with the sealed secret itself.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// [`SealContext::kind`], as it is stored.
    pub kind: &'a str,
    /// [`SealContext::id`].
    pub id: i64,
    /// [`SealContext::field`], as it is stored.
    pub field: &'a str,
    /// [`SealContext::version`].
    pub version: i64,
}

/// A secret as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The fingerprint of the key-encryption key.
    pub key: String,
    /// The data key.
    pub wrapped: Vec<u8>,
    /// The secret under the data key: nonce, ciphertext, tag.
    pub sealed: Vec<u8>,
}

const NONCE: usize = 24;
const TAG: usize = 16;
/// What is sealed is filled up to a multiple of this: a stolen database does not say how long a password is.
const BLOCK: usize = 64;
const LENGTH: usize = 4;

impl Key {
    /// Seals a secret for a context.
    ///
    /// `wrapped` is 72 octets: a nonce of 24, the data key of 32 as ciphertext, a tag of 16. `sealed` is a nonce of 24,
    /// ciphertext, a tag of 16. The ciphertext hides the secret's length in octets (4, big-endian), the secret in
    /// UTF-8, and zeros up to a multiple of 64. Both are XChaCha20-Poly1305 with random nonces; what they are bound to
    /// is said at `wrapped_for` and `sealed_for`.
    pub fn seal(&self, context: &SealContext<'_>, secret: &SecretString) -> Result<Sealed, VaultFault> {
        self.seal_bound_to(&sealed_for(context), context, secret)
    }

    fn seal_bound_to(
        &self,
        bound_to: &[u8],
        context: &SealContext<'_>,
        secret: &SecretString,
    ) -> Result<Sealed, VaultFault> {
        let data_key = random::<32>()?;
        let secret = secret.expose_secret().as_bytes();
        // A secret has 1,000 characters at most.
        let length = u32::try_from(secret.len()).map_err(|_| VaultFault::Damaged)?;
        let filled = (LENGTH + secret.len()).next_multiple_of(BLOCK);
        let mut text = Vec::with_capacity(NONCE + filled + TAG);
        text.extend_from_slice(random::<NONCE>()?.as_slice());
        text.extend_from_slice(&length.to_be_bytes());
        text.extend_from_slice(secret);
        text.resize(NONCE + filled, 0);
        let sealed = encrypt(&XChaCha20Poly1305::new((&*data_key).into()), bound_to, text)?;
        let wrapped = self.seal_data_key(&context.slot(), &data_key)?;
        Ok(Sealed { key: self.fingerprint().to_owned(), wrapped, sealed })
    }

    /// Opens what was sealed under this key for this very context; [`VaultFault::Damaged`] for all else.
    pub fn open(&self, context: &SealContext<'_>, sealed: &Sealed) -> Result<SecretString, VaultFault> {
        self.open_bound_to(&sealed_for(context), &context.slot(), sealed)
    }

    /// Opens what was sealed in the first version of the format, for connectors of these numbers wherever they led.
    /// Only the upgrade asks for it.
    pub fn open_first_format(
        &self,
        context: &SealContext<'_>,
        connectors: &[i64],
        sealed: &Sealed,
    ) -> Result<SecretString, VaultFault> {
        self.open_bound_to(&sealed_for_numbers(context, connectors), &context.slot(), sealed)
    }

    fn open_bound_to(&self, bound_to: &[u8], slot: &Slot<'_>, sealed: &Sealed) -> Result<SecretString, VaultFault> {
        let data_key = self.open_data_key(slot, &sealed.wrapped)?;
        let text = decrypt(&XChaCha20Poly1305::new((&*data_key).into()), bound_to, &sealed.sealed)?;
        let (length, text) = text.split_first_chunk::<LENGTH>().ok_or(VaultFault::Damaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| VaultFault::Damaged)?;
        let secret = text.get(..length).ok_or(VaultFault::Damaged)?;
        std::str::from_utf8(secret).map(SecretString::from).map_err(|_| VaultFault::Damaged)
    }

    /// Seals a data key that was sealed under this key under another one. The sealed secret stays as it is.
    pub fn rewrap(&self, under: &Self, slot: &Slot<'_>, wrapped: &[u8]) -> Result<Vec<u8>, VaultFault> {
        let data_key = self.open_data_key(slot, wrapped)?;
        under.seal_data_key(slot, &data_key)
    }

    fn seal_data_key(&self, slot: &Slot<'_>, data_key: &[u8; 32]) -> Result<Vec<u8>, VaultFault> {
        let mut text = Vec::with_capacity(NONCE + data_key.len() + TAG);
        text.extend_from_slice(random::<NONCE>()?.as_slice());
        text.extend_from_slice(data_key);
        encrypt(&self.cipher(), &wrapped_for(slot, self), text)
    }

    fn open_data_key(&self, slot: &Slot<'_>, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultFault> {
        let text = decrypt(&self.cipher(), &wrapped_for(slot, self), wrapped)?;
        text.as_slice().try_into().map(Zeroizing::new).map_err(|_| VaultFault::Damaged)
    }
}

/// Encrypts what follows the nonce in `text`, in its place, and puts the tag behind it. `text` has room for that, so
/// that no copy of the secret is left behind.
fn encrypt(cipher: &XChaCha20Poly1305, bound_to: &[u8], mut text: Vec<u8>) -> Result<Vec<u8>, VaultFault> {
    let (nonce, body) = text.split_first_chunk_mut::<NONCE>().ok_or(VaultFault::Damaged)?;
    let nonce = XNonce::from(*nonce);
    let tag = cipher.encrypt_inout_detached(&nonce, bound_to, body.into()).map_err(|_| VaultFault::Damaged)?;
    text.extend_from_slice(&tag);
    Ok(text)
}

fn decrypt(cipher: &XChaCha20Poly1305, bound_to: &[u8], text: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultFault> {
    let (nonce, rest) = text.split_first_chunk::<NONCE>().ok_or(VaultFault::Damaged)?;
    let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(VaultFault::Damaged)?;
    let mut body = Zeroizing::new(body.to_vec());
    let (nonce, tag) = (XNonce::from(*nonce), Tag::from(*tag));
    let opened = cipher.decrypt_inout_detached(&nonce, bound_to, body.as_mut_slice().into(), &tag);
    opened.map(|()| body).map_err(|_| VaultFault::Damaged)
}

/// What a data key is bound to: a domain string, kind, row, field, version and the fingerprint of the key it is sealed
/// under. Texts stand behind their length in octets (4, big-endian), numbers are 8 octets, big-endian.
fn wrapped_for(slot: &Slot<'_>, key: &Key) -> Vec<u8> {
    let mut data = Data::new(b"posthouse/vault/data-key/1\0");
    data.slot(slot);
    data.text(key.fingerprint());
    data.0
}

/// What a secret is bound to: a domain string, kind, row, field, version, user name and every rule of where it may go;
/// of a connector its number, kind ("socks5" or "http"), host and port. Lists stand behind their count (4 octets), yes
/// and no are 1 and 0 in one octet; otherwise as in [`wrapped_for`].
fn sealed_for(context: &SealContext<'_>) -> Vec<u8> {
    bound_to(b"posthouse/vault/secret/2\0", context, |data| {
        data.list(&context.destinations.connectors, |data, route| {
            data.number(route.id.0);
            data.text(match route.kind {
                ConnectorKind::Socks5 => "socks5",
                ConnectorKind::HttpConnect => "http",
            });
            data.text(route.host.as_str());
            data.number(i64::from(route.port));
        });
    })
}

/// The same in the first version of the format: of a connector its number alone.
fn sealed_for_numbers(context: &SealContext<'_>, connectors: &[i64]) -> Vec<u8> {
    bound_to(b"posthouse/vault/secret/1\0", context, |data| data.list(connectors, |data, id| data.number(*id)))
}

fn bound_to(domain: &[u8], context: &SealContext<'_>, add_connectors: impl FnOnce(&mut Data)) -> Vec<u8> {
    let SealContext { kind: _, id: _, field: _, version: _, user_name, destinations } = context;
    let Destinations { hosts, ports, direct, connectors: _, verified_only, plain_in_clear, certificates } =
        destinations;
    let mut data = Data::new(domain);
    data.slot(&context.slot());
    data.text(user_name);
    data.list(hosts, |data, host| data.text(host.as_str()));
    data.list(ports, |data, port| data.number(i64::from(*port)));
    data.flag(*direct);
    add_connectors(&mut data);
    data.flag(*verified_only);
    data.flag(*plain_in_clear);
    data.list(certificates, |data, certificate| data.text(certificate.as_str()));
    data.0
}

/// Associated data, put together so that different values never give the same octets.
struct Data(Vec<u8>);

impl Data {
    fn new(domain: &[u8]) -> Self {
        Self(domain.to_vec())
    }

    fn slot(&mut self, slot: &Slot<'_>) {
        let Slot { kind, id, field, version } = slot;
        self.text(kind);
        self.number(*id);
        self.text(field);
        self.number(*version);
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    fn list<T>(&mut self, list: &[T], mut add: impl FnMut(&mut Self, &T)) {
        self.count(list.len());
        list.iter().for_each(|item| add(self, item));
    }

    fn count(&mut self, count: usize) {
        // Nothing here has 4 GB: a form is far smaller.
        self.0.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
    }
}

#[cfg(test)]
mod tests;
