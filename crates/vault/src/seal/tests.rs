use model::{ConnectorId, ConnectorRoute, Fingerprint, Host};
use proptest::prelude::*;

use super::*;

fn host(name: &str) -> Host {
    Host::parse(name).expect(name)
}

fn fingerprint(digit: &str) -> Fingerprint {
    Fingerprint::parse(&digit.repeat(64)).expect(digit)
}

fn route(id: i64) -> ConnectorRoute {
    ConnectorRoute { id: ConnectorId(id), kind: ConnectorKind::Socks5, host: host("proxy.example.org"), port: 1080 }
}

fn rules() -> Destinations {
    Destinations {
        hosts: vec![host("smtp.example.org"), host("mx.example.org")],
        ports: vec![25, 587],
        direct: true,
        connectors: vec![route(7)],
        verified_only: true,
        plain_in_clear: false,
        certificates: vec![fingerprint("a")],
    }
}

fn context<'a>(user_name: &'a str, destinations: &'a Destinations) -> SealContext<'a> {
    SealContext {
        kind: SecretOwner::Credential,
        id: 12,
        field: SecretField::Secret,
        version: 3,
        user_name,
        destinations,
    }
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

#[track_caller]
fn opens(key: &Key, context: &SealContext<'_>, sealed: &Sealed, expected: &str) {
    assert_eq!(key.open(context, sealed).expect("it opens").expose_secret(), expected);
}

#[track_caller]
fn is_refused(key: &Key, context: &SealContext<'_>, sealed: &Sealed) {
    assert_eq!(key.open(context, sealed).err(), Some(VaultFault::Damaged), "{context:?}");
}

/// Anything that a person can type on one line, and the lengths around the block that secrets are filled up to.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{1,40}",
        "[ \"'%`$\\\\&<>+=/;\u{00A0}]{1,20}",
        "[🔑é漢\u{202E}\u{0301}]{1,1000}",
        (55usize..70).prop_map(|count| "x".repeat(count)),
        Just("ж".repeat(1_000)),
    ]
}

/// Places that differ from the first one in one thing each.
fn others() -> Vec<(i64, SecretField, i64, &'static str, Destinations)> {
    let base = || (12, SecretField::Secret, 3, "ops", rules());
    let with = |destinations| (12, SecretField::Secret, 3, "ops", destinations);
    vec![
        (13, SecretField::Secret, 3, "ops", rules()),
        (-12, SecretField::Secret, 3, "ops", rules()),
        (12, SecretField::Reference, 3, "ops", rules()),
        (12, SecretField::Secret, 2, "ops", rules()),
        (12, SecretField::Secret, 4, "ops", rules()),
        (12, SecretField::Secret, 3, "op", rules()),
        (12, SecretField::Secret, 3, "", rules()),
        (12, SecretField::Secret, 3, "OPS", rules()),
        // What stands beside each other does not flow together.
        (
            12,
            SecretField::Secret,
            3,
            "opssmtp.example.org",
            Destinations { hosts: vec![host("mx.example.org")], ..rules() },
        ),
        with(Destinations { hosts: vec![host("mx.example.org"), host("smtp.example.org")], ..rules() }),
        with(Destinations { hosts: vec![host("smtp.example.org")], ..rules() }),
        with(Destinations { hosts: vec![host("smtp.example.orgmx.example.org")], ..rules() }),
        with(Destinations { hosts: Vec::new(), ..rules() }),
        with(Destinations { ports: vec![25], ..rules() }),
        with(Destinations { ports: vec![25, 465], ..rules() }),
        with(Destinations { ports: vec![25, 587, 588], ..rules() }),
        with(Destinations { direct: false, ..rules() }),
        with(Destinations { connectors: Vec::new(), ..rules() }),
        with(Destinations { connectors: vec![route(8)], ..rules() }),
        // A connector that leads elsewhere, in each way.
        with(Destinations {
            connectors: vec![ConnectorRoute { kind: ConnectorKind::HttpConnect, ..route(7) }],
            ..rules()
        }),
        with(Destinations { connectors: vec![ConnectorRoute { host: host("proxy.example"), ..route(7) }], ..rules() }),
        with(Destinations { connectors: vec![ConnectorRoute { port: 1081, ..route(7) }], ..rules() }),
        // A port taken for a connector.
        with(Destinations { ports: vec![25], connectors: vec![route(587), route(7)], ..rules() }),
        with(Destinations { verified_only: false, ..rules() }),
        with(Destinations { plain_in_clear: true, ..rules() }),
        with(Destinations { direct: false, verified_only: true, plain_in_clear: true, ..rules() }),
        with(Destinations { certificates: vec![fingerprint("b")], ..rules() }),
        with(Destinations { certificates: Vec::new(), ..rules() }),
    ]
    .into_iter()
    .inspect(|other| assert_ne!(*other, base()))
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_sealed_opens_as_it_was(text in typed(), user_name in "\\PC{0,40}", id: i64, version: i64) {
        let (key, rules) = (Key::generate()?, rules());
        let context = SealContext { id, version, ..context(&user_name, &rules) };
        let sealed = key.seal(&context, &secret(&text))?;
        opens(&key, &context, &sealed, &text);
        // Neither the secret nor its exact length shows.
        prop_assert_eq!(sealed.sealed.len(), 24 + (4 + text.len()).next_multiple_of(64) + 16);
        prop_assert_eq!(sealed.wrapped.len(), 72);
        if text.len() >= 4 {
            let shows = sealed.sealed.windows(text.len()).any(|part| part == text.as_bytes());
            prop_assert!(!shows);
        }
    }

    #[test]
    fn two_seals_of_one_secret_have_nothing_in_common(text in typed()) {
        let (key, rules) = (Key::generate()?, rules());
        let context = context("ops", &rules);
        let (one, two) = (key.seal(&context, &secret(&text))?, key.seal(&context, &secret(&text))?);
        let differ = |a: &[u8], b: &[u8]| a[..NONCE] != b[..NONCE] && a[NONCE..] != b[NONCE..];
        prop_assert!(differ(&one.sealed, &two.sealed) && differ(&one.wrapped, &two.wrapped));
        // The parts of one do not go with those of the other.
        is_refused(&key, &context, &Sealed { sealed: two.sealed, ..one.clone() });
        is_refused(&key, &context, &Sealed { wrapped: two.wrapped, ..one });
    }

    #[test]
    fn a_bit_that_changed_anywhere_is_found(text in "\\PC{1,80}", bit in 0u8..8) {
        let (key, rules) = (Key::generate()?, rules());
        let context = context("ops", &rules);
        let sealed = key.seal(&context, &secret(&text))?;
        for at in 0..sealed.sealed.len() {
            let mut damaged = sealed.clone();
            damaged.sealed[at] ^= 1 << bit;
            is_refused(&key, &context, &damaged);
        }
        for at in 0..sealed.wrapped.len() {
            let mut damaged = sealed.clone();
            damaged.wrapped[at] ^= 1 << bit;
            is_refused(&key, &context, &damaged);
        }
    }

    #[test]
    fn what_was_cut_off_or_added_to_is_found(text in typed(), cut in 0usize..400, added: [u8; 7]) {
        let (key, rules) = (Key::generate()?, rules());
        let context = context("ops", &rules);
        let sealed = key.seal(&context, &secret(&text))?;
        let shorter = |bytes: &[u8]| bytes[..cut.min(bytes.len() - 1)].to_vec();
        let longer = |bytes: &[u8]| [bytes, &added[..=cut % 7]].concat();
        is_refused(&key, &context, &Sealed { sealed: shorter(&sealed.sealed), ..sealed.clone() });
        is_refused(&key, &context, &Sealed { sealed: longer(&sealed.sealed), ..sealed.clone() });
        is_refused(&key, &context, &Sealed { wrapped: shorter(&sealed.wrapped), ..sealed.clone() });
        is_refused(&key, &context, &Sealed { wrapped: longer(&sealed.wrapped), ..sealed });
    }

    #[test]
    fn another_key_does_not_open_it(text in typed()) {
        let (key, other, rules) = (Key::generate()?, Key::generate()?, rules());
        let context = context("ops", &rules);
        let sealed = key.seal(&context, &secret(&text))?;
        is_refused(&other, &context, &sealed);
        is_refused(&other, &context, &Sealed { key: other.fingerprint().to_owned(), ..sealed });
    }

    #[test]
    fn it_opens_at_its_own_place_alone(text in typed()) {
        let (key, rules) = (Key::generate()?, rules());
        let own = context("ops", &rules);
        let sealed = key.seal(&own, &secret(&text))?;
        for (id, field, version, user_name, destinations) in &others() {
            let (id, version) = (*id, *version);
            let kind = SecretOwner::Credential;
            let other = SealContext { kind, id, field: *field, version, user_name, destinations };
            is_refused(&key, &other, &sealed);
            // And what was sealed there is not taken for this one's: rows swapped, an old one put back.
            let theirs = key.seal(&other, &secret(&text))?;
            is_refused(&key, &own, &theirs);
            is_refused(&key, &own, &Sealed { sealed: theirs.sealed, ..sealed.clone() });
            is_refused(&key, &own, &Sealed { wrapped: theirs.wrapped, ..sealed.clone() });
        }
        opens(&key, &own, &sealed, &text);
    }

    #[test]
    fn another_key_takes_over_the_data_key_alone(text in typed()) {
        let (old, new, rules) = (Key::generate()?, Key::generate()?, rules());
        let context = context("ops", &rules);
        let sealed = old.seal(&context, &secret(&text))?;
        let wrapped = old.rewrap(&new, &context.slot(), &sealed.wrapped)?;
        let moved = Sealed { key: new.fingerprint().to_owned(), wrapped, sealed: sealed.sealed.clone() };
        opens(&new, &context, &moved, &text);
        is_refused(&old, &context, &moved);
        for slot in [Slot { id: 13, ..context.slot() }, Slot { version: 4, ..context.slot() }, Slot { field: "x", ..context.slot() }] {
            prop_assert_eq!(old.rewrap(&new, &slot, &sealed.wrapped), Err(VaultFault::Damaged));
        }
        prop_assert_eq!(new.rewrap(&old, &context.slot(), &sealed.wrapped), Err(VaultFault::Damaged));
    }
}

/// Either part is bound by itself, also to what the other one is bound to.
#[test]
fn what_each_part_is_bound_to_differs_in_each_thing() {
    let (key, other_key, rules) = (Key::generate().expect("a key"), Key::generate().expect("a key"), rules());
    let own = context("ops", &rules);
    for (id, field, version, user_name, destinations) in &others() {
        let (id, version) = (*id, *version);
        let other = SealContext { kind: SecretOwner::Credential, id, field: *field, version, user_name, destinations };
        assert_ne!(sealed_for(&own), sealed_for(&other), "{other:?}");
        let is_other_slot = (id, *field, version) != (own.id, own.field, own.version);
        assert_eq!(wrapped_for(&own.slot(), &key) != wrapped_for(&other.slot(), &key), is_other_slot, "{other:?}");
    }
    let kind = Slot { kind: "connector", ..own.slot() };
    assert_ne!(wrapped_for(&own.slot(), &key), wrapped_for(&kind, &key));
    assert_ne!(wrapped_for(&own.slot(), &key), wrapped_for(&own.slot(), &other_key));
}

/// A seal of the first version of the format, made by another program after the description of its octets: what was
/// sealed years ago has to open once, to be sealed anew; and nowhere but there.
#[test]
fn a_seal_of_the_first_format_opens_for_the_upgrade_alone() {
    let (rules, key) = (rules(), &old_key());
    let sealed = Sealed { key: key.fingerprint().to_owned(), wrapped: bytes(WRAPPED), sealed: bytes(SEALED) };
    let own = context("NORDHAVN\\ops", &rules);
    let opened = key.open_first_format(&own, &[7], &sealed).expect("it opens");
    assert_eq!(opened.expose_secret(), SECRET);
    is_refused(key, &own, &sealed);
    for numbers in [&[][..], &[8], &[7, 8]] {
        assert_eq!(key.open_first_format(&own, numbers, &sealed).err(), Some(VaultFault::Damaged), "{numbers:?}");
    }
    let present = key.seal(&own, &secret(SECRET)).expect("it is sealed");
    assert_eq!(key.open_first_format(&own, &[7], &present).err(), Some(VaultFault::Damaged));
}

/// The same of the present version.
#[test]
fn an_old_seal_opens_for_ever() {
    let (rules, key) = (rules(), &old_key());
    let sealed = Sealed { key: key.fingerprint().to_owned(), wrapped: bytes(WRAPPED), sealed: bytes(SEALED_2) };
    opens(key, &context("NORDHAVN\\ops", &rules), &sealed, SECRET);
}

fn old_key() -> std::sync::Arc<Key> {
    let line = "posthouse-vault-key-1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    crate::parse_keys(line).expect("a key").remove(0)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(digits).collect()
}

const SECRET: &str = "correct horse “🔑” battery";
const WRAPPED: &str = "\
    000102030405060708090a0b0c0d0e0f1011121314151617a11ea28cf31552ac2cce884eefeba6a556df311e1dfe3e78\
    fa14be8893c59d9e4cc80222547e24b6cdf250707aa21038";
const SEALED: &str = "\
    6465666768696a6b6c6d6e6f707172737475767778797a7bba06dd524a7ab7f9adaff1c858435c6e173f97120403dbfc\
    c05c36078649fb0165db967176f47c3e3dbbed11c76ef43f23f4491e46172e266644033237b183556c004f270c6f2f7e\
    11dcf272fc93cc1a";
const SEALED_2: &str = "\
    6465666768696a6b6c6d6e6f707172737475767778797a7bba06dd524a7ab7f9adaff1c858435c6e173f97120403dbfc\
    c05c36078649fb0165db967176f47c3e3dbbed11c76ef43f23f4491e46172e266644033237b18355be42f0c8cae83fd6\
    db9e01b092590af9";
