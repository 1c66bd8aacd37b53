//! The rules of an account's form.

use super::*;
use crate::{CertificateCheck, ConnectionSecurity, ConnectorId, CredentialId, Mechanism};

fn draft() -> AccountDraft {
    AccountDraft {
        name: "Billing".to_owned(),
        sender: "billing@nordhavn.example".to_owned(),
        reply: "billing@nordhavn.example".to_owned(),
        return_path: "bounces@nordhavn.example".to_owned(),
        confirmation: "billing@nordhavn.example".to_owned(),
        host: "smtp.nordhavn.example".to_owned(),
        authentication: YesNo::No,
        ..AccountDraft::default()
    }
}

#[test]
fn an_empty_form_names_every_answer_that_is_missing() {
    let errors = AccountDraft::default().parse().expect_err("nothing was typed");
    let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
    assert_eq!(fields, ["name", "sender", "reply", "return_path", "confirmation", "host", "credential"]);
    assert_eq!(errors.summary(), "Not saved: seven answers need a change");
}

#[test]
fn the_port_follows_the_security() {
    let check = |safe_connection, tls_type, typed: &str, port: u16| {
        let draft = AccountDraft { safe_connection, tls_type, port: typed.to_owned(), ..draft() };
        assert_eq!(draft.parse().map(|account| account.port()), Ok(port));
    };
    check(YesNo::Yes, TlsType::Tls, "", 587);
    check(YesNo::Yes, TlsType::Ssl, "", 465);
    check(YesNo::No, TlsType::Ssl, "", 25);
    check(YesNo::Yes, TlsType::Tls, "2525", 2525);
}

#[test]
fn answers_that_do_not_apply_are_ignored() {
    let draft = AccountDraft { safe_connection: YesNo::No, ignore_certificate: YesNo::Yes, ..draft() };
    let account = draft.parse().expect("the draft keeps the rules");
    assert_eq!((account.security, account.certificates), (ConnectionSecurity::None, CertificateCheck::Verify));
}

#[test]
fn what_is_chosen_counts_only_where_it_applies() {
    let check = |draft: AccountDraft, fields: &[&str]| {
        let errors = draft.parse().err().unwrap_or_default();
        assert_eq!(errors.0.iter().map(|error| error.field.as_ref()).collect::<Vec<_>>(), fields);
    };
    let pinned = AccountDraft { trust: TrustKind::Certificate, ..draft() };
    check(pinned.clone(), &["pin"]);
    check(AccountDraft { ignore_certificate: YesNo::Yes, ..pinned.clone() }, &[]);
    check(AccountDraft { safe_connection: YesNo::No, ..pinned.clone() }, &[]);
    check(AccountDraft { pin: "ab".repeat(32), ..pinned }, &[]);
    check(AccountDraft { trust: TrustKind::Ca, ..draft() }, &["ca"]);
    check(
        AccountDraft { authentication: YesNo::Yes, use_connector: YesNo::Yes, ..draft() },
        &["credential", "connector"],
    );
    let chosen = AccountDraft { credential: "3".to_owned(), connector: "4".to_owned(), ..draft() };
    let account = chosen.parse().expect("it keeps the rules");
    assert_eq!((account.sign_in, account.connector), (None, None));
    let chosen = AccountDraft {
        authentication: YesNo::Yes,
        use_connector: YesNo::Yes,
        mechanism: MechanismChoice::Fixed(Mechanism::Plain),
        ..chosen
    };
    let account = chosen.parse().expect("it keeps the rules");
    let sign_in = SignIn { credential: CredentialId(3), mechanism: Some(Mechanism::Plain) };
    assert_eq!((account.sign_in, account.connector), (Some(sign_in), Some(ConnectorId(4))));
}

#[test]
fn a_disabled_account_is_not_the_default() {
    let draft = AccountDraft { enabled: YesNo::No, default: YesNo::Yes, ..draft() };
    let errors = draft.parse().expect_err("two answers contradict each other");
    assert_eq!(errors.get("default"), Some("The default account is enabled. Answer Yes to Enabled, or No here."));
}

#[test]
fn a_draft_without_fields_has_the_forms_defaults() {
    let empty: AccountDraft = serde_json::from_str("{}").expect("every field has a default");
    assert_eq!(empty, AccountDraft::default());
}

#[test]
fn differences_name_the_fields_and_both_answers() {
    let theirs = AccountDraft { host: "mail.nordhavn.example".to_owned(), footer: YesNo::Yes, ..draft() };
    let fields: Vec<_> = draft().differences(&theirs).into_iter().map(|differs| differs.field).collect();
    assert_eq!(fields, ["footer", "host"]);
}

#[test]
fn the_form_has_words_for_each_of_its_answers() {
    let draft = serde_json::to_value(AccountDraft::default()).expect("texts and words");
    for name in draft.as_object().into_iter().flat_map(|answers| answers.keys()) {
        assert!(!AccountField::question(name).is_empty(), "{name}");
    }
}
