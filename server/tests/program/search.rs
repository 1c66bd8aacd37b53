//! Looks for secrets, in each way that they can be written.

/// A secret that looks different in each way of writing it, and has letters within that no escaping changes.
#[derive(Clone, Copy, Debug)]
pub struct Canary {
    pub core: &'static str,
}

impl Canary {
    /// 60 characters: quotes, spaces, `%`, `<` and two that are no ASCII among them.
    pub fn secret(self) -> String {
        format!("{:~<60}", format!("pa ss\"w'%2F+ <b>&\\ö🔑 {}", self.core))
    }
}

/// The secret raw, in base64 wherever it begins there (with the letters of addresses, too), in hexadecimal digits,
/// percent-encoded in three ways, escaped for JSON once and twice, for HTML in two ways, and in UTF-16.
fn written(secret: &str) -> Vec<Vec<u8>> {
    let hex = hex(secret.as_bytes());
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let in_json = |text: &str| {
        let json = serde_json::to_string(text).expect("text is JSON");
        json[1..json.len() - 1].to_owned()
    };
    let base64: Vec<String> = (0..3).map(|before| base64_within(secret.as_bytes(), before)).collect();
    let for_addresses = base64.iter().map(|text| text.replace('+', "-").replace('/', "_")).collect();
    let texts = vec![
        secret.to_owned(),
        hex.to_uppercase(),
        hex,
        percent_encoded(secret),
        percent_encoded(secret).to_lowercase(),
        form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        in_json(&in_json(secret)),
        in_json(secret),
        html.replace('"', "&quot;").replace('\'', "&#x27;"),
        html.replace('"', "&quot;"),
    ];
    let utf16 = |bytes: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(bytes).collect();
    let texts = [texts, base64, for_addresses].concat().into_iter().map(String::into_bytes);
    texts.chain([utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)]).collect()
}

pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn percent_encoded(secret: &str) -> String {
    let encode =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    secret.bytes().map(encode).collect()
}

/// What base64 makes of it behind so many other octets, and in front of more: `\0user\0secret` holds it, too.
fn base64_within(bytes: &[u8], before: usize) -> String {
    let all = [&vec![0; before], bytes].concat();
    base64(&all)[(before * 8).div_ceil(6)..all.len() * 8 / 6].to_owned()
}

/// Without what fills up the end.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let three = |chunk: &[u8]| {
        let number = (0..3).fold(0usize, |sum, at| sum << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        (0..=chunk.len()).map(|at| char::from(LETTERS[number >> (18 - 6 * at) & 63])).collect::<String>()
    };
    bytes.chunks(3).map(three).collect()
}

/// Everything that is looked for, by its first octet: a text is gone through once.
pub struct Search {
    by_first: Vec<Vec<Vec<u8>>>,
}

impl Search {
    pub fn new() -> Self {
        Self { by_first: vec![Vec::new(); 256] }
    }

    /// For these as they are written, and for their cores.
    pub fn of(canaries: &[Canary]) -> Self {
        let mut search = Self::new();
        for canary in canaries {
            search.add_text(&canary.secret());
            search.add_text(canary.core);
        }
        search
    }

    /// A text in each way of writing it.
    pub fn add_text(&mut self, secret: &str) {
        written(secret).into_iter().for_each(|form| self.add(form));
    }

    /// Octets that are no text: raw, in base64 wherever they begin there, and in hexadecimal digits.
    pub fn add_octets(&mut self, octets: &[u8]) {
        let hex = hex(octets);
        let base64 = (0..3).map(|before| base64_within(octets, before));
        let texts: Vec<String> = base64.flat_map(|text| [text.replace('+', "-").replace('/', "_"), text]).collect();
        self.add(octets.to_vec());
        texts.into_iter().chain([hex.to_uppercase(), hex]).for_each(|text| self.add(text.into_bytes()));
    }

    /// These octets alone.
    pub fn add(&mut self, form: Vec<u8>) {
        let first = usize::from(*form.first().expect("nothing is everywhere"));
        if !self.by_first[first].contains(&form) {
            self.by_first[first].push(form);
        }
    }

    /// Each place where one stands.
    pub fn places<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, &'a [u8])> {
        text.iter().enumerate().flat_map(move |(at, first)| {
            let forms = self.by_first[usize::from(*first)].iter();
            forms.filter(move |form| text[at..].starts_with(form)).map(move |form| (at, form.as_slice()))
        })
    }

    #[track_caller]
    pub fn expect_none(&self, what: &str, text: &[u8]) {
        if let Some((at, form)) = self.places(text).next() {
            let around = &text[at.saturating_sub(200)..(at + form.len() + 80).min(text.len())];
            panic!("{what} holds {:?}: {}", String::from_utf8_lossy(form), String::from_utf8_lossy(around));
        }
    }
}

#[track_caller]
pub fn absent(what: &str, text: &[u8], secret: &str) {
    let mut search = Search::new();
    search.add_text(secret);
    search.expect_none(what, text);
}

/// Whether something that is no secret is found: a search that finds nothing at all proves nothing of a secret.
pub fn is_found(text: &[u8], known: &str) -> bool {
    let mut search = Search::new();
    search.add_text(known);
    search.places(text).next().is_some()
}

#[test]
fn base64_is_what_others_make_of_it() {
    assert_eq!(base64(b"Posthouse"), "UG9zdGhvdXNl");
    assert_eq!(base64(b"canary"), "Y2FuYXJ5");
    assert_eq!((base64(b"a"), base64(b"ab")), ("YQ".to_owned(), "YWI".to_owned()));
}

#[test]
fn a_secret_is_found_however_it_is_written() {
    let canary = Canary { core: "searchCanary4Tz" };
    let (search, secret) = (Search::of(&[canary]), canary.secret());
    assert_eq!(secret.chars().count(), 60);
    let found = |text: &[u8]| search.places(text).next().is_some();
    for user in ["", "a", "ab", "abc"] {
        assert!(found(base64(format!("\0{user}\0{secret}").as_bytes()).as_bytes()), "{user}");
        assert!(found(base64(format!("\0{user}\0{secret} and more").as_bytes()).as_bytes()), "{user}");
    }
    for form in written(&secret).into_iter().chain(written(canary.core)) {
        assert!(found(&[b"before ", form.as_slice(), b" behind"].concat()), "{form:?}");
    }
    assert!(found(format!("{secret:?}").as_bytes()));
    assert!(!found(b"search") && !found(b""));
}
