//! What an HTTP proxy is signed in to with: Digest (RFC 7616) by SHA-256 or MD5, else Basic (RFC 7617).

use base16ct::lower::encode_string as hex;
use base64ct::{Base64, Encoding};
use md5::{Digest, Md5};
use model::FailureKind;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::ExposeSecret;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::super::ProxySignIn;
use super::challenge::Challenge;

/// The method whose answer is signed.
const METHOD: &str = "CONNECT";

/// What answers a challenge: the name of the scheme, and the value of `Proxy-Authorization`.
pub struct Authorization {
    pub scheme: &'static str,
    pub value: Zeroizing<String>,
    /// The part of it that nobody is shown.
    pub credentials: Zeroizing<String>,
}

/// Answers the strongest of the challenges; None where none of them is known. `authority` is what CONNECT names.
pub fn answer(
    challenges: &[Challenge],
    with: &ProxySignIn,
    authority: &str,
) -> Result<Option<Authorization>, FailureKind> {
    if with.user_name.chars().any(char::is_control) {
        return Err(FailureKind::Settings("The connector's user name holds a control character.".to_owned()));
    }
    let digests = || challenges.iter().filter(|challenge| challenge.is("Digest"));
    for algorithm in [Algorithm::Sha256, Algorithm::Md5] {
        let fitting = digests().find_map(|challenge| Signed::new(challenge, algorithm));
        if let Some(signed) = fitting {
            return signed.answer(with, authority, &client_nonce()?).map(Some);
        }
    }
    if challenges.iter().any(|challenge| challenge.is("Basic")) { basic(with).map(Some) } else { Ok(None) }
}

fn basic(with: &ProxySignIn) -> Result<Authorization, FailureKind> {
    if with.user_name.contains(':') {
        let why = "The proxy takes only Basic, which cannot carry a user name with a colon.";
        return Err(FailureKind::Settings(why.to_owned()));
    }
    let pair = Zeroizing::new([&with.user_name, ":", with.secret.expose_secret()].concat());
    let credentials = Zeroizing::new(Base64::encode_string(pair.as_bytes()));
    Ok(Authorization { scheme: "Basic", value: Zeroizing::new(["Basic ", &credentials].concat()), credentials })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// The digest of the parts with colons between them, in hexadecimal.
    fn hex(self, parts: &[&str]) -> Zeroizing<String> {
        match self {
            Self::Md5 => hex_of::<Md5>(parts),
            Self::Sha256 => hex_of::<Sha256>(parts),
        }
    }
}

fn hex_of<D: Digest>(parts: &[&str]) -> Zeroizing<String> {
    let mut digest = D::new();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            digest.update(b":");
        }
        digest.update(part.as_bytes());
    }
    Zeroizing::new(hex(&digest.finalize()))
}

/// A Digest challenge that can be answered.
struct Signed<'a> {
    algorithm: Algorithm,
    /// As it was named; MD5 where it was not.
    named: Option<&'a str>,
    realm: &'a str,
    nonce: &'a str,
    opaque: Option<&'a str>,
    /// The kind of before RFC 2617, without a nonce of ours.
    old: bool,
    utf8: bool,
}

impl<'a> Signed<'a> {
    fn new(challenge: &'a Challenge, algorithm: Algorithm) -> Option<Self> {
        let named = challenge.get("algorithm");
        if !named.unwrap_or("MD5").eq_ignore_ascii_case(algorithm.name()) {
            return None;
        }
        let qop = challenge.get("qop");
        let with_auth = |qop: &str| qop.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth"));
        if !qop.is_none_or(with_auth) {
            return None;
        }
        let signed = Self {
            algorithm,
            named,
            realm: challenge.get("realm").unwrap_or_default(),
            nonce: challenge.get("nonce")?,
            opaque: challenge.get("opaque"),
            old: qop.is_none(),
            utf8: challenge.get("charset").is_some_and(|charset| charset.eq_ignore_ascii_case("UTF-8")),
        };
        let given = [Some(signed.realm), Some(signed.nonce), signed.opaque];
        // They are sent back as they came.
        (!given.into_iter().flatten().any(|text| text.chars().any(char::is_control))).then_some(signed)
    }

    /// RFC 7616, section 3.4.
    fn answer(&self, with: &ProxySignIn, authority: &str, cnonce: &str) -> Result<Authorization, FailureKind> {
        const COUNT: &str = "00000001";
        let hex = |parts: &[&str]| self.algorithm.hex(parts);
        let user = hex(&[&with.user_name, self.realm, with.secret.expose_secret()]);
        let request = hex(&[METHOD, authority]);
        let credentials = if self.old {
            hex(&[&user, self.nonce, &request])
        } else {
            hex(&[&user, self.nonce, COUNT, cnonce, "auth", &request])
        };
        let user_name = if self.utf8 && !with.user_name.is_ascii() {
            format!("username*=UTF-8''{}", extended(&with.user_name))
        } else {
            format!("username={}", quoted(&with.user_name))
        };
        let mut value = Zeroizing::new(format!(
            "Digest {user_name}, realm={}, nonce={}, uri={}, response=\"{}\"",
            quoted(self.realm),
            quoted(self.nonce),
            quoted(authority),
            *credentials,
        ));
        if self.named.is_some() {
            value.push_str(&format!(", algorithm={}", self.algorithm.name()));
        }
        if let Some(opaque) = self.opaque {
            value.push_str(&format!(", opaque={}", quoted(opaque)));
        }
        if !self.old {
            value.push_str(&format!(", qop=auth, nc={COUNT}, cnonce={}", quoted(cnonce)));
        }
        Ok(Authorization { scheme: "Digest", value, credentials })
    }
}

fn client_nonce() -> Result<String, FailureKind> {
    let mut random = [0; 16];
    match SystemRandom::new().fill(&mut random) {
        Ok(()) => Ok(hex(&random)),
        Err(_) => Err(FailureKind::Settings("The system gives no random numbers.".to_owned())),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// RFC 8187, section 3.2.1.
fn extended(text: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&octet);
    let encode = |octet: u8| if plain(octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, proptest};

    use super::super::challenge::parse;
    use super::*;

    const MUFASA: &str = "Circle of Life";

    fn with(user_name: &str, secret: &str) -> ProxySignIn {
        ProxySignIn { user_name: user_name.to_owned(), secret: secret.into() }
    }

    fn value(field: &str, with: &ProxySignIn) -> Option<String> {
        let answer = answer(&parse([field].into_iter()), with, "mx.example:25");
        answer.unwrap_or_else(|kind| panic!("{field}: {kind:?}")).map(|answer| answer.value.to_string())
    }

    proptest! {
        #[test]
        fn whatever_a_proxy_asks_for_is_answered_in_one_line_without_the_secret(field in "[ -~]{0,60}|(Digest|Basic) ([a-z]{1,6}=(\"[^\"]{0,6}\"|[a-z]{0,6}),? ?){0,6}") {
            let challenges = parse([field.as_str()].into_iter());
            let answer = answer(&challenges, &with("ops", "s3cret"), "mx.example:25");
            let value = answer.map(|answer| answer.map(|answer| answer.value.to_string()).unwrap_or_default());
            prop_assert!(value.as_ref().is_ok_and(|value| !value.contains(['\r', '\n'])), "{:?}", value);
            prop_assert!(value.as_ref().is_ok_and(|value| !value.contains("s3cret")), "{:?}", value);
        }
    }

    #[test]
    fn basic_carries_every_character() {
        assert_eq!(value("Basic realm=x", &with("ops", "s3crét")).as_deref(), Some("Basic b3BzOnMzY3LDqXQ="));
        assert!(basic(&with("a:b", "x")).is_err());
        assert!(answer(&parse(["Basic"].into_iter()), &with("a\nb", "x"), "x:1").is_err());
    }

    /// The example of RFC 7616, section 3.9.1, whose request is a GET: its parts are put together here.
    #[test]
    fn the_digests_of_the_rfc_come_out() {
        let check = |algorithm: Algorithm, expected: &str| {
            let hex = |parts: &[&str]| algorithm.hex(parts);
            let user = hex(&["Mufasa", "http-auth@example.org", MUFASA]);
            let request = hex(&["GET", "/dir/index.html"]);
            let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            assert_eq!(*hex(&[&user, nonce, "00000001", cnonce, "auth", &request]), expected);
        };
        check(Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec");
        check(Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    }

    #[test]
    fn the_strongest_challenge_is_answered() {
        let check = |field: &str, begin: &str, holds: &[&str], not: &[&str]| {
            let value = value(field, &with("ops", "s3cret")).unwrap_or_default();
            assert!(value.starts_with(begin), "{field}: {value}");
            assert!(holds.iter().all(|part| value.contains(part)), "{field}: {value}");
            assert!(!not.iter().any(|part| value.contains(part)), "{field}: {value}");
        };
        let both = "Basic realm=x, Digest realm=r, nonce=n, qop=auth, algorithm=MD5, \
                    Digest realm=r, nonce=m, qop=\"auth-int, auth\", algorithm=SHA-256, opaque=\"o\\\"p\"";
        check(
            both,
            "Digest username=\"ops\", realm=\"r\", nonce=\"m\", uri=\"mx.example:25\"",
            &["algorithm=SHA-256", "opaque=\"o\\\"p\"", "qop=auth, nc=00000001, cnonce=\""],
            &["s3cret"],
        );
        check("Digest realm=r, nonce=n", "Digest", &["response=\""], &["qop", "cnonce", "algorithm", "opaque"]);
        check("Digest realm=r, nonce=n, qop=auth-int, Basic realm=x", "Basic ", &[], &[]);
        check("Digest realm=r, nonce=n, algorithm=SHA-512-256, Basic realm=x", "Basic ", &[], &[]);
        check("Digest realm=r, Basic realm=x", "Basic ", &[], &[]);
        check("Digest realm=r, nonce=\"a\u{1}b\", Basic realm=x", "Basic ", &[], &[]);
        assert_eq!(value("Negotiate, NTLM", &with("ops", "s3cret")), None);
        assert_eq!(value("", &with("ops", "s3cret")), None);
    }

    #[test]
    fn a_user_name_of_another_script_is_written_as_the_proxy_reads_it() {
        let utf8 = value("Digest realm=r, nonce=n, charset=UTF-8", &with("Jäsøn Doe", "x")).unwrap_or_default();
        assert!(utf8.starts_with("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, "), "{utf8}");
        let plain = value("Digest realm=r, nonce=n", &with("DOM\\\"ops\"", "x")).unwrap_or_default();
        assert!(plain.starts_with("Digest username=\"DOM\\\\\\\"ops\\\"\", "), "{plain}");
    }
}
