//! The server's side of a sign-in, written apart from the client under test.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use model::Mechanism;
use ring::hmac::{HMAC_SHA256, Key, sign};
use ring::{digest, pbkdf2};

/// The user that a server knows.
pub const USER: &str = "ops@example.test";
/// A secret that must never stand in a report: of characters that each spelling writes in another way.
pub const SECRET: &str = "canary %\"s3cret'\\ é🔑";

const CRAM_CHALLENGE: &str = "<1896.697170952@mx1.nordhavn.example>";
const SALT: &[u8] = b"a salt of sixteen";

/// What a SCRAM server does otherwise than it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Twist {
    #[default]
    None,
    WrongSignature,
    NoSignature,
    /// 235 takes the place of the signature.
    TooEarly,
    /// The nonce is not the client's.
    ForeignNonce,
    Rounds(u32),
    /// The last message is `e=`, and the reply behind it 535.
    Error,
    /// The last message is `e=`, and the reply behind it 235 all the same.
    ErrorAndTaken,
}

/// What the server says next.
#[derive(Debug, PartialEq, Eq)]
pub enum SaslStep {
    Challenge(Vec<u8>),
    Accepted,
    Refused,
}

/// One sign-in at a server that knows [`USER`] with [`SECRET`].
pub struct SaslServer {
    mechanism: Mechanism,
    twist: Twist,
    heard: Vec<Vec<u8>>,
}

impl SaslServer {
    pub fn new(mechanism: &str, twist: Twist) -> Option<Self> {
        let mechanism = Mechanism::ALL.into_iter().find(|known| known.name() == mechanism)?;
        Some(Self { mechanism, twist, heard: Vec::new() })
    }

    pub fn next(&mut self, response: Option<Vec<u8>>) -> SaslStep {
        self.heard.extend(response);
        let end = |right: bool| if right { SaslStep::Accepted } else { SaslStep::Refused };
        let challenge = |text: &str| SaslStep::Challenge(text.as_bytes().to_vec());
        match (self.mechanism, self.heard.as_slice()) {
            (Mechanism::Plain, []) => challenge(""),
            (Mechanism::Plain, [message, ..]) => end(*message == format!("\0{USER}\0{SECRET}").into_bytes()),
            (Mechanism::Login, []) => challenge("Username:"),
            (Mechanism::Login, [_]) => challenge("Password:"),
            (Mechanism::Login, [user, secret, ..]) => end(user == USER.as_bytes() && secret == SECRET.as_bytes()),
            (Mechanism::CramMd5, []) => challenge(CRAM_CHALLENGE),
            (Mechanism::CramMd5, [message, ..]) => {
                let mut mac = Hmac::<Md5>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
                mac.update(CRAM_CHALLENGE.as_bytes());
                let expected: String = mac.finalize().into_bytes().iter().map(|octet| format!("{octet:02x}")).collect();
                end(*message == format!("{USER} {expected}").into_bytes())
            }
            (Mechanism::ScramSha256, []) => challenge(""),
            (Mechanism::ScramSha256, [first]) => challenge(&self.server_first(first)),
            (Mechanism::ScramSha256, [first, last]) => match (self.server_final(first, last), self.twist) {
                (_, Twist::TooEarly) => SaslStep::Accepted,
                (_, Twist::Error | Twist::ErrorAndTaken) => challenge("e=invalid-proof"),
                (_, Twist::NoSignature) => challenge("x=nothing"),
                (Some(signature), _) => challenge(&format!("v={signature}")),
                (None, _) => SaslStep::Refused,
            },
            (Mechanism::ScramSha256, [_, _, nothing, ..]) => end(nothing.is_empty() && self.twist != Twist::Error),
        }
    }

    fn rounds(&self) -> u32 {
        match self.twist {
            Twist::Rounds(rounds) => rounds,
            _ => 4_096,
        }
    }

    fn server_first(&self, first: &[u8]) -> String {
        let text = String::from_utf8(first.to_vec()).expect("the first message is text");
        let nonce = text.rsplit_once(",r=").expect("it holds a nonce").1;
        let nonce = if self.twist == Twist::ForeignNonce { "another" } else { nonce };
        format!("r={nonce}server,s={},i={}", Base64::encode_string(SALT), self.rounds())
    }

    /// The signature, where the proof is right.
    fn server_final(&self, first: &[u8], last: &[u8]) -> Option<String> {
        let first = String::from_utf8(first.to_vec()).ok()?;
        let bare = first.strip_prefix("n,,")?;
        let last = String::from_utf8(last.to_vec()).ok()?;
        let (without_proof, proof) = last.rsplit_once(",p=")?;
        let rounds = std::num::NonZeroU32::new(self.rounds())?;
        let mut salted = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, SALT, SECRET.as_bytes(), &mut salted);
        let salted = Key::new(HMAC_SHA256, &salted);
        let signed = format!("{bare},{},{without_proof}", self.server_first(first.as_bytes()));

        let stored = digest::digest(&digest::SHA256, sign(&salted, b"Client Key").as_ref());
        let mask = sign(&Key::new(HMAC_SHA256, stored.as_ref()), signed.as_bytes());
        let proof = Base64::decode_vec(proof).ok()?;
        let key: Vec<u8> = proof.iter().zip(mask.as_ref()).map(|(proof, mask)| proof ^ mask).collect();
        if digest::digest(&digest::SHA256, &key).as_ref() != stored.as_ref() || !without_proof.starts_with("c=biws,r=")
        {
            return None;
        }
        let mut signature =
            sign(&Key::new(HMAC_SHA256, sign(&salted, b"Server Key").as_ref()), signed.as_bytes()).as_ref().to_vec();
        if self.twist == Twist::WrongSignature {
            signature[0] ^= 1;
        }
        Some(Base64::encode_string(&signature))
    }
}
