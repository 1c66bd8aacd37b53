//! Passback: an account is pointed at a stranger’s server, in every way at once: on the screen, saved, and
//! past all use cases in the database itself. The stranger records all that it hears, and never hears the secret.

use std::net::{Ipv4Addr, SocketAddr};

use backend::{Backend, Config, Database, TestOf, TypedSecret};
use model::{
    Acceptance, AccountDraft, AccountId, ConnectorDraft, CredentialDraft, Mechanism, MechanismChoice, Problem,
    SecretAnswer, TestSendDraft, TlsType, TrustKind, YesNo,
};
use sea_orm::ConnectionTrait;

use crate::support::certificates::Authority;
use crate::support::recorder::{ProxyRole, Recording, recorder};

const SECRET: &str = "canary-5d1e0b secret";

struct Fixture {
    backend: Backend,
    actor: model::Actor,
    file: std::path::PathBuf,
    account: AccountId,
    base: AccountDraft,
    credential: (model::CredentialId, CredentialDraft),
    stranger: AccountDraft,
    owner: Recording,
    strangers: Vec<Recording>,
}

/// What a stranger would change, one bit each.
const CHANGES: [&str; 9] =
    ["host", "port", "TLS mode", "ignore errors", "connector", "CA", "pin", "mechanism", "user name"];

impl Fixture {
    async fn new(folder: &std::path::Path) -> Self {
        let (good, bad) = (Authority::new("Owner"), Authority::new("Stranger"));
        let any = |host: [u8; 4]| SocketAddr::from((Ipv4Addr::from(host), 0));
        let names: &[&str] = &["127.0.0.1", "127.0.0.2"];
        let stranger_tls = bad.server(names, 2020..2100);
        let (at, owner) = recorder(any([127, 0, 0, 1]), good.server(names, 2020..2100), ProxyRole::No).await;
        let same_port = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), at.port()));
        let (_, host) = recorder(same_port, stranger_tls.clone(), ProxyRole::No).await;
        let (other, port) = recorder(any([127, 0, 0, 1]), stranger_tls.clone(), ProxyRole::No).await;
        let both_at = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), other.port()));
        let (_, both) = recorder(both_at, stranger_tls.clone(), ProxyRole::No).await;
        let (proxy_at, proxy) = recorder(any([127, 0, 0, 1]), stranger_tls, ProxyRole::Accepts).await;

        let file = folder.join("posthouse.db");
        let config = Config {
            vault: Some(backend::KeySource::in_folder(folder)),
            tests_per_minute: u32::MAX,
            ..Config::new(Database::Sqlite { path: file.clone() }, "posthouse.test")
        };
        let backend = Backend::open(config).await.expect("a fresh database opens");
        let actor = backend.add_user("ops@nordhavn.example", "correct horse battery".into()).await.expect("a person");
        let ca = model::CaPem::parse(&good.pem()).expect("a CA");
        let trusted = smtp::check_ca(&ca).expect("it is one").remove(0);
        let credential = CredentialDraft {
            name: "Relay".to_owned(),
            user_name: "relay".to_owned(),
            hosts: "127.0.0.1".to_owned(),
            ports: at.port().to_string(),
            certificates: trusted.to_string(),
            ..CredentialDraft::default()
        };
        let secret = TypedSecret { answer: SecretAnswer::Replace, secret: SECRET.into(), reference: String::new() };
        let id = backend.create_credential(&actor, &credential, secret).await.expect("it is saved").id;
        let connector = ConnectorDraft {
            name: "Stranger".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: proxy_at.port().to_string(),
            ..ConnectorDraft::default()
        };
        let connector = backend.create_connector(&actor, &connector).await.expect("it is saved").id;
        let base = AccountDraft {
            host: "127.0.0.1".to_owned(),
            port: at.port().to_string(),
            tls_type: TlsType::Ssl,
            trust: TrustKind::Ca,
            ca: good.pem(),
            authentication: YesNo::Yes,
            credential: id.to_string(),
            ..crate::support::draft()
        };
        let account = backend.create_account(&actor, &base).await.expect("it is saved").id;
        let stranger = AccountDraft {
            host: "127.0.0.2".to_owned(),
            port: other.port().to_string(),
            connector: connector.to_string(),
            ca: bad.pem(),
            pin: "ab".repeat(32),
            ..base.clone()
        };
        let strangers = vec![host, port, both, proxy];
        Self { backend, actor, file, account, base, credential: (id, credential), stranger, owner, strangers }
    }

    /// The account with the changes of these bits.
    fn changed(&self, changes: u16) -> AccountDraft {
        let (mut draft, stranger) = (self.base.clone(), self.stranger.clone());
        for (bit, what) in CHANGES.iter().enumerate().filter(|(bit, _)| changes & (1 << bit) != 0) {
            match bit {
                0 => draft.host = stranger.host.clone(),
                1 => draft.port = stranger.port.clone(),
                2 => draft.safe_connection = YesNo::No,
                3 => draft.ignore_certificate = YesNo::Yes,
                4 => (draft.use_connector, draft.connector) = (YesNo::Yes, stranger.connector.clone()),
                5 => draft.ca = stranger.ca.clone(),
                6 => (draft.trust, draft.pin) = (TrustKind::Certificate, stranger.pin.clone()),
                7 => draft.mechanism = MechanismChoice::Fixed(Mechanism::Login),
                8 => {} // of the credential
                _ => unreachable!("{what}"),
            }
        }
        draft
    }

    async fn save(&self, draft: &AccountDraft) -> Result<(), Problem> {
        let form = self.backend.find_account(&self.actor, self.account).await?;
        self.backend.update_account(&self.actor, self.account, form.version, draft).await.map(|_| ())
    }

    /// Gives the credential another user name, and keeps its secret.
    async fn rename_user(&self, user_name: &str) {
        let (id, draft) = &self.credential;
        let version = self.backend.find_credential(&self.actor, *id).await.expect("it is there").version;
        let draft = CredentialDraft { user_name: user_name.to_owned(), ..draft.clone() };
        let keep = TypedSecret { answer: SecretAnswer::Keep, secret: "".into(), reference: String::new() };
        self.backend.update_credential(&self.actor, *id, version, &draft, keep).await.expect("it may be renamed");
    }

    async fn test(&self) -> Acceptance {
        let message = TestSendDraft::prefilled("to@nordhavn.example");
        let sent = self.backend.send_test(&self.actor, self.account, &message).await.expect("it runs");
        sent.report.expect("it ended").taken
    }

    /// What stands on the screen, saved by nobody.
    async fn test_typed(&self, account: Option<AccountId>, draft: AccountDraft) -> Acceptance {
        let of = TestOf::Typed(account, Box::new(draft));
        let message = TestSendDraft::prefilled("to@nordhavn.example");
        let begun = self.backend.begin_test(&self.actor, of, &message).await.expect("it begins");
        begun.ended().await.expect("it runs").report.expect("it ended").taken
    }

    fn expect_no_stranger_knows(&self, what: &str) {
        for stranger in &self.strangers {
            assert!(!stranger.clear(SECRET), "{what}: in clear text");
            assert!(!stranger.encrypted(SECRET), "{what}: encrypted, and still a stranger");
        }
        assert!(!self.owner.clear(SECRET), "{what}: in clear text, for anybody in between");
    }
}

fn named(changes: u16) -> String {
    let all = CHANGES.iter().enumerate().filter(|(bit, _)| changes & (1 << bit) != 0);
    format!("changed {:?}", all.map(|(_, what)| *what).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_never_goes_to_a_stranger_whatever_is_changed() {
    let folder = std::env::temp_dir().join(format!("posthouse-passback-{}", std::process::id()));
    let fixture = Fixture::new(&folder).await;
    assert_eq!(fixture.test().await, Acceptance::Yes, "the owner's own server is signed in to");
    assert!(fixture.owner.encrypted(SECRET), "the recorder would know the secret if it heard it");
    assert_eq!(
        fixture.test_typed(None, fixture.base.clone()).await,
        Acceptance::Yes,
        "on the screen of a new account too"
    );

    let mut saved = 0;
    for changes in 0..1u16 << CHANGES.len() {
        let what = named(changes);
        if changes & 1 << 8 != 0 {
            fixture.rename_user("stranger").await;
        }
        for account in [Some(fixture.account), None] {
            fixture.test_typed(account, fixture.changed(changes)).await;
            fixture.expect_no_stranger_knows(&format!("on the screen, {what}"));
        }
        match fixture.save(&fixture.changed(changes)).await {
            Ok(()) => {
                saved += 1;
                fixture.test().await;
                fixture.save(&fixture.base).await.expect("the owner's settings come back");
            }
            Err(Problem::Fields(errors)) => assert!(errors.get("credential").is_some(), "{what}: {errors:?}"),
            Err(other) => panic!("{what}: {other}"),
        }
        fixture.expect_no_stranger_knows(&what);
        if changes & 1 << 8 != 0 {
            fixture.rename_user("relay").await;
        }
    }
    assert!((2..1 << CHANGES.len()).contains(&saved), "some changes are the owner's own: {saved}");

    past_all_use_cases(&fixture).await;
    fixture.backend.close().await;
    std::fs::remove_dir_all(&folder).expect("it was made above");
}

/// The same changes written into the database itself.
async fn past_all_use_cases(fixture: &Fixture) {
    let url = format!("sqlite:{}", fixture.file.display());
    let raw = sea_orm::Database::connect(url).await.expect("the database is there");
    let stranger = &fixture.stranger;
    let fields = [
        ("host = '127.0.0.2'".to_owned(), "host = '127.0.0.1'".to_owned()),
        (format!("port = {}", stranger.port), format!("port = {}", fixture.base.port)),
        ("security = 'none'".to_owned(), "security = 'ssl'".to_owned()),
        ("ignore_certificate = 1".to_owned(), "ignore_certificate = 0".to_owned()),
        (format!("connector_id = {}", stranger.connector), "connector_id = NULL".to_owned()),
        (
            format!("ca = '{}', pin = NULL", stranger.ca.trim()),
            format!("ca = '{}', pin = NULL", fixture.base.ca.trim()),
        ),
    ];
    for changes in 1..1u16 << fields.len() {
        let chosen = |which: fn(&(String, String)) -> &String| {
            let fields = fields.iter().enumerate().filter(|(bit, _)| changes & (1 << bit) != 0);
            fields.map(|(_, field)| which(field).clone()).collect::<Vec<_>>().join(", ")
        };
        let update = |fields: String| format!("UPDATE accounts SET {fields} WHERE id = {}", fixture.account);
        raw.execute_unprepared(&update(chosen(|(to, _)| to))).await.expect("it is changed");
        let taken = fixture.test().await;
        assert_eq!(taken, Acceptance::No, "{}", named(changes));
        fixture.expect_no_stranger_knows(&format!("in the database, {}", named(changes)));
        raw.execute_unprepared(&update(chosen(|(_, back)| back))).await.expect("it is changed back");
    }
    assert_eq!(fixture.test().await, Acceptance::Yes, "all is as it was");
    // Rules that were widened in the database open no seal.
    raw.execute_unprepared(
        "UPDATE credentials SET destinations = replace(destinations, '127.0.0.1', '127.0.0.2'), version = version + 1",
    )
    .await
    .expect("it is changed");
    raw.execute_unprepared("UPDATE accounts SET host = '127.0.0.2', ignore_certificate = 0").await.expect("changed");
    assert_eq!(fixture.test().await, Acceptance::No);
    fixture.expect_no_stranger_knows("rules widened in the database");
    raw.close().await.expect("it closes");
}
