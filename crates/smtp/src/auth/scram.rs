//! SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding: three messages of which none shows the password, and a
//! signature by which the server proves that it knows it, too.

use std::num::NonZeroU32;

use base64ct::{Base64, Encoding};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, pbkdf2};
use stringprep::saslprep;
use zeroize::Zeroizing;

/// "n": no channel binding; no other identity than the user's own.
const GS2_HEADER: &str = "n,,";
/// The same in base64, as the last message repeats it.
const BINDING: &str = "c=biws";
/// The most rounds that a server may ask for: about a tenth of a second of work. Servers ask for 4,096 to 30,000.
const ROUNDS: u32 = 200_000;
/// The longest salt, in octets.
const SALT_OCTETS: usize = 1_024;

/// The first message, of which both sides sign a part.
pub struct ClientFirst {
    bare: String,
    nonce: String,
}

impl ClientFirst {
    /// None where the system gives no random numbers.
    pub fn new(user_name: &str) -> Option<Self> {
        let mut random = [0; 24];
        SystemRandom::new().fill(&mut random).ok()?;
        Some(Self::with_nonce(user_name, Base64::encode_string(&random)))
    }

    fn with_nonce(user_name: &str, nonce: String) -> Self {
        let name = prepared(user_name).replace('=', "=3D").replace(',', "=2C");
        Self { bare: format!("n={name},r={nonce}"), nonce }
    }

    pub fn message(&self) -> String {
        format!("{GS2_HEADER}{}", self.bare)
    }

    /// The last message, made from the server's first one; or what is wrong with that. It takes as long as the server
    /// wants it to.
    pub fn answer(&self, server_first: &[u8], secret: &str) -> Result<ClientFinal, &'static str> {
        let server = ServerFirst::parse(server_first, &self.nonce)?;
        let mut salted = Zeroizing::new([0; digest::SHA256_OUTPUT_LEN]);
        let secret = Zeroizing::new(prepared(secret));
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, server.rounds, &server.salt, secret.as_bytes(), &mut *salted);
        let salted = hmac::Key::new(HMAC_SHA256, &*salted);

        let client_key = hmac::sign(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        let without_proof = format!("{BINDING},r={}", server.nonce);
        let signed = format!("{},{},{without_proof}", self.bare, server.text);
        let signature = hmac::sign(&hmac::Key::new(HMAC_SHA256, stored_key.as_ref()), signed.as_bytes());
        let proof: Vec<u8> = client_key.as_ref().iter().zip(signature.as_ref()).map(|(key, mask)| key ^ mask).collect();

        let server_key = hmac::sign(&salted, b"Server Key");
        Ok(ClientFinal {
            message: Zeroizing::new(format!("{without_proof},p={}", Base64::encode_string(&proof))),
            server_key: hmac::Key::new(HMAC_SHA256, server_key.as_ref()),
            signed,
        })
    }
}

/// The last message, and what the server's proof is held against.
pub struct ClientFinal {
    pub message: Zeroizing<String>,
    server_key: hmac::Key,
    signed: String,
}

/// What the server said at the end.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It knows the password.
    Proven,
    /// It does not, or said nothing of it.
    NotProven,
    /// It refuses: its reply says why.
    Refused,
}

impl ClientFinal {
    pub fn verdict(&self, server_final: &[u8]) -> Verdict {
        let first = server_final.split(|&octet| octet == b',').next().unwrap_or_default();
        if first.starts_with(b"e=") {
            return Verdict::Refused;
        }
        let signature =
            first.strip_prefix(b"v=").and_then(|encoded| Base64::decode_vec(str::from_utf8(encoded).ok()?).ok());
        match signature {
            // Compared in constant time.
            Some(tag) if hmac::verify(&self.server_key, self.signed.as_bytes(), &tag).is_ok() => Verdict::Proven,
            _ => Verdict::NotProven,
        }
    }
}

/// What the server asks for.
struct ServerFirst {
    text: String,
    nonce: String,
    salt: Vec<u8>,
    rounds: NonZeroU32,
}

impl ServerFirst {
    fn parse(message: &[u8], client_nonce: &str) -> Result<Self, &'static str> {
        let text = str::from_utf8(message).map_err(|_| "its challenge is not text")?;
        let mut parts = text.split(',');
        let mut part = |name: &str| parts.next().and_then(|part| part.strip_prefix(name));
        // An extension that must be understood stands first, and would end here, too.
        let nonce = part("r=").ok_or("its challenge does not begin with a nonce")?;
        let longer = nonce.strip_prefix(client_nonce).is_some_and(|added| !added.is_empty());
        if !longer || !nonce.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err("its nonce does not go on from ours");
        }
        let salt = part("s=").and_then(|salt| Base64::decode_vec(salt).ok());
        let salt = salt.filter(|salt| (1..=SALT_OCTETS).contains(&salt.len())).ok_or("its salt cannot be read")?;
        let rounds = part("i=").and_then(|rounds| rounds.parse::<NonZeroU32>().ok());
        let rounds = rounds.ok_or("its number of rounds cannot be read")?;
        if rounds.get() > ROUNDS {
            return Err("it asks for more than 200,000 rounds of SCRAM, too much work for one sign-in");
        }
        Ok(Self { text: text.to_owned(), nonce: nonce.to_owned(), salt, rounds })
    }
}

/// Prepared with SASLprep (RFC 4013). What that refuses, such as characters newer than Unicode 3.2, stays as it was
/// typed: so it was stored, if the server accepted it.
fn prepared(text: &str) -> String {
    saslprep(text).map_or_else(|_| text.to_owned(), |prepared| prepared.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::{prop_assert, prop_assert_eq, prop_assert_ne, proptest};

    use super::*;

    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    fn first(user_name: &str) -> ClientFirst {
        ClientFirst::with_nonce(user_name, NONCE.to_owned())
    }

    /// The example of RFC 7677, section 3.
    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let first = first("user");
        assert_eq!(first.message(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let last = first.answer(SERVER_FIRST.as_bytes(), "pencil").unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(
            *last.message,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        let check = |text: &str, verdict: Verdict| assert_eq!(last.verdict(text.as_bytes()), verdict, "{text}");
        check("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Verdict::Proven);
        check("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=y", Verdict::Proven);
        check("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Verdict::NotProven);
        check("v=", Verdict::NotProven);
        check("v=*", Verdict::NotProven);
        check("", Verdict::NotProven);
        check("e=invalid-proof", Verdict::Refused);
    }

    #[test]
    fn a_challenge_that_makes_no_sense_is_refused() {
        let nonce = format!("r={NONCE}x");
        let check = |text: &str, why: &str| {
            let refused = first("user").answer(text.as_bytes(), "pencil").err();
            assert!(refused.is_some_and(|refused| refused.contains(why)), "{text}: {refused:?}");
        };
        check("", "nonce");
        check("m=must,r=a,s=YQ==,i=1", "nonce");
        check("r=another,s=YQ==,i=4096", "go on from ours");
        check(&format!("r={NONCE},s=YQ==,i=4096"), "go on from ours");
        check(&format!("r={NONCE}\u{e9},s=YQ==,i=4096"), "go on from ours");
        check(&nonce, "salt");
        check(&format!("{nonce},s=,i=4096"), "salt");
        check(&format!("{nonce},s=*,i=4096"), "salt");
        check(&format!("{nonce},s={},i=4096", "YWFh".repeat(400)), "salt");
        for rounds in ["", "0", "-1", "200001", "1000000", "4294967296", "many"] {
            check(&format!("{nonce},s=YQ==,i={rounds}"), "rounds");
        }
        assert!(first("user").answer(b"\xff", "pencil").is_err());
        assert!(first("user").answer(format!("{nonce},s=YQ==,i=200000").as_bytes(), "pencil").is_ok());
        assert!(first("user").answer(format!("{nonce},s=YQ==,i=1,x=later").as_bytes(), "pencil").is_ok());
    }

    proptest! {
        #[test]
        fn a_challenge_is_answered_with_its_nonce_or_refused(rest in "\\PC{0,40}|x,s=[A-Za-z0-9+/=]{0,8},i=[0-9]{0,3}") {
            // The work itself is bounded by the rounds, of which these have few.
            let challenge = format!("r={NONCE}{rest}");
            let start = format!("c=biws,{},p=", challenge.split(',').next().unwrap_or_default());
            match first("user").answer(challenge.as_bytes(), "pencil") {
                Ok(last) => prop_assert!(last.message.starts_with(&start)),
                Err(why) => prop_assert!(why.starts_with("its "), "{}", why),
            }
            prop_assert!(first("user").answer(rest.as_bytes(), "pencil").is_err(), "without the client's nonce");
        }

        #[test]
        fn a_challenge_that_keeps_the_rules_is_answered_by_the_secret(
            added in "[!-+\\--~]{1,20}", salt in vec(0u8.., 1..40), rounds in 1..200u32,
        ) {
            let salt = Base64::encode_string(&salt);
            let challenge = format!("r={NONCE}{added},s={salt},i={rounds}");
            let answer = |secret: &str| {
                let answer = first("user").answer(challenge.as_bytes(), secret);
                answer.map(|last| last.message.as_str().to_owned()).unwrap_or_else(str::to_owned)
            };
            let start = format!("c=biws,r={NONCE}{added},p=");
            prop_assert!(answer("pencil").starts_with(&start), "{} to {challenge}", answer("pencil"));
            prop_assert_eq!(answer("pencil"), answer("pencil"));
            prop_assert_ne!(answer("pencil"), answer("pencils"));
        }
    }

    #[test]
    fn names_and_passwords_are_prepared() {
        assert_eq!(first("a=b,c").bare, format!("n=a=3Db=2Cc,r={NONCE}"));
        let check = |typed: &str, sent: &str| assert_eq!(prepared(typed), sent, "{typed:?}");
        check("I\u{AD}X", "IX");
        check("\u{AA}", "a");
        check("a\u{A0}b", "a b");
        check("a b", "a b");
        check("🔑", "🔑");
        check("\u{7}", "\u{7}");
    }

    #[test]
    fn each_sign_in_has_a_nonce_of_its_own() {
        let nonce = || ClientFirst::new("user").map(|first| first.nonce);
        assert!(nonce().is_some_and(|nonce| nonce.len() == 32));
        assert_ne!(nonce(), nonce());
    }
}
