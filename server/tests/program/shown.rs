//! What `Debug` prints of every type that a secret can be in: nothing of it, not even how long it is.

use std::fmt::Debug;

use app::api::FormFor;
use app::api::credentials::SaveCredential;
use app::api::people::{SetUp, SignIn as SignInForm};
use app::api::secret::Password;
use backend::{Config, Database, SecretString, TypedSecret};
use model::{
    CertificateCheck, ConnectionSecurity, ConnectorKind, CredentialDraft, Host, Mechanism, SecretAnswer, Trust,
};
use smtp::{Proxy, ProxySignIn, ServerSignIn, Target};

use crate::search::{Canary, absent};

const CANARY: Canary = Canary { core: "debugCanary8Ub3" };

/// Makes one with a short secret, with a long one and with none: all print the same.
#[track_caller]
fn check<T: Debug>(make: impl Fn(&str) -> T) {
    let long = CANARY.secret().repeat(9);
    let shown = |secret: &str| {
        let made = make(secret);
        (format!("{made:?}"), format!("{made:#?}"))
    };
    let (line, lines) = shown(&long);
    for text in [&line, &lines] {
        absent("Debug", text.as_bytes(), &long);
        absent("Debug", text.as_bytes(), &CANARY.secret());
        absent("Debug", text.as_bytes(), CANARY.core);
    }
    for other in ["x", "", &CANARY.secret()] {
        assert_eq!(shown(other), (line.clone(), lines.clone()));
    }
}

fn typed(secret: &str) -> Password {
    Password::new(secret.to_owned())
}

fn host() -> Host {
    Host::parse("smtp.nordhavn.example").expect("a name")
}

fn sign_in(secret: &str) -> ServerSignIn {
    ServerSignIn {
        user_name: "relay".to_owned(),
        secret: secret.into(),
        mechanism: Some(Mechanism::Plain),
        plain_in_clear: true,
        verified_only: false,
    }
}

fn target(secret: &str) -> Target {
    let proxy_sign_in = ProxySignIn { user_name: "relay".to_owned(), secret: secret.into() };
    Target {
        host: host(),
        port: 587,
        security: ConnectionSecurity::StartTls,
        certificates: CertificateCheck::Verify,
        trust: Trust::Machine,
        sign_in: Some(sign_in(secret)),
        proxy: Some(Proxy {
            kind: ConnectorKind::Socks5,
            host: host(),
            port: 1080,
            resolves_names: false,
            sign_in: Some(proxy_sign_in),
        }),
        egress: std::sync::Arc::default(),
    }
}

#[test]
fn what_a_form_brings_is_not_shown() {
    check(typed);
    check(|secret| SaveCredential {
        form: FormFor::New,
        version: 0,
        draft: CredentialDraft::default(),
        answer: SecretAnswer::Replace,
        secret: typed(secret),
        reference: "env:RELAY".to_owned(),
        list: String::new(),
    });
    check(|secret| SignInForm { email: String::new(), password: typed(secret), next: String::new() });
    check(|secret| SetUp { token: typed(secret), email: String::new(), password: typed(secret) });
}

#[test]
fn what_is_on_its_way_to_a_server_is_not_shown() {
    check(|secret| SecretString::from(secret));
    check(|secret| TypedSecret {
        answer: SecretAnswer::Replace,
        secret: secret.into(),
        reference: "file:relay".to_owned(),
    });
    check(sign_in);
    check(target);
    check(|secret| target(secret).sign_in);
    check(|secret| target(secret).proxy);
}

#[test]
fn what_the_program_is_started_with_is_not_shown() {
    check(|secret| Database::Postgres { url: secret.into() });
    check(|secret| Config::new(Database::Postgres { url: secret.into() }, "posthouse.nordhavn.example"));
}
