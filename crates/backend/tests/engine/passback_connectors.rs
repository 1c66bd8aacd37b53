//! Passback by way of a network connector: whoever may edit it points it at a stranger’s proxy, in every way at once,
//! and together with the account. The stranger takes everything for itself, and never hears a secret.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use backend::{Backend, Config, Database, TestOf, TypedSecret};
use model::{
    Acceptance, AccountDraft, AccountId, Actor, ConnectorDraft, ConnectorId, ConnectorKind, CredentialDraft,
    CredentialId, Problem, RunState, ScheduleDraft, SecretAnswer, TestSendDraft, TlsType, TrustKind, YesNo,
};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::support::certificates::Authority;
use crate::support::recorder::{ProxyRole, Recording, recorder};

const SECRET: &str = "canary-7e44c1 secret of the mail server";
const OF_PROXY: &str = "canary-90b2fe secret of the proxy";

/// What a stranger would change, one bit each: of the connector first, then of the account.
const CHANGES: [&str; 8] = ["kind", "proxy host", "proxy port", "proxy sign-in", "host", "ignore errors", "CA", "pin"];
/// Those that make the connector lead elsewhere.
const ROUTE: u16 = 0b111;
const ALL: u16 = 1 << CHANGES.len();

struct Fixture {
    backend: Backend,
    actor: Actor,
    file: std::path::PathBuf,
    connector: (ConnectorId, ConnectorDraft),
    /// The stranger's proxy.
    other: ConnectorDraft,
    credential: (CredentialId, CredentialDraft),
    account: (AccountId, AccountDraft),
    stranger: AccountDraft,
    owner: Recording,
    strangers: Vec<Recording>,
}

fn typed(answer: SecretAnswer, secret: &str) -> TypedSecret {
    TypedSecret { answer, secret: secret.into(), reference: String::new() }
}

/// A credential of the weakest rules that there are: nothing but the way to the server protects it.
fn weakly_guarded(name: &str, user_name: &str, ports: &str) -> CredentialDraft {
    CredentialDraft {
        name: name.to_owned(),
        user_name: user_name.to_owned(),
        hosts: "127.0.0.1".to_owned(),
        ports: ports.to_owned(),
        verified_only: YesNo::No,
        plain_in_clear: YesNo::Yes,
        ..CredentialDraft::default()
    }
}

impl Fixture {
    async fn new(folder: &Path) -> Self {
        let (good, bad) = (Authority::new("Owner"), Authority::new("Stranger"));
        let names: &[&str] = &["127.0.0.1", "127.0.0.2"];
        let at = |host: [u8; 4], port| SocketAddr::from((Ipv4Addr::from(host), port));
        let owners_tls = good.server(names, 2020..2100);
        let (proxy, owner) = recorder(at([127, 0, 0, 1], 0), owners_tls, ProxyRole::Asks).await;
        let tls = bad.server(names, 2020..2100);
        let (_, host) = recorder(at([127, 0, 0, 2], proxy.port()), tls.clone(), ProxyRole::Asks).await;
        let (other, port) = recorder(at([127, 0, 0, 1], 0), tls.clone(), ProxyRole::Accepts).await;
        let (_, both) = recorder(at([127, 0, 0, 2], other.port()), tls, ProxyRole::Accepts).await;

        let file = folder.join("posthouse.db");
        let config = Config {
            vault: Some(backend::KeySource::in_folder(folder)),
            tests_per_minute: u32::MAX,
            ..Config::new(Database::Sqlite { path: file.clone() }, "posthouse.test")
        };
        let backend = Backend::open(config).await.expect("a fresh database opens");
        let actor = backend.add_user("ops@nordhavn.example", "correct horse battery".into()).await.expect("a person");
        let of_proxy = weakly_guarded("Proxy", "proxy", &proxy.port().to_string());
        let secret = typed(SecretAnswer::Replace, OF_PROXY);
        let of_proxy = backend.create_credential(&actor, &of_proxy, secret).await.expect("it is saved").id;
        let connector = ConnectorDraft {
            name: "Way out".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: proxy.port().to_string(),
            authentication: YesNo::Yes,
            credential: of_proxy.to_string(),
            ..ConnectorDraft::default()
        };
        let connector_id = backend.create_connector(&actor, &connector).await.expect("it is saved").id;
        let credential = CredentialDraft {
            direct: YesNo::No,
            connectors: vec![connector_id],
            ..weakly_guarded("Relay", "relay", "465")
        };
        let secret = typed(SecretAnswer::Replace, SECRET);
        let id = backend.create_credential(&actor, &credential, secret).await.expect("it is saved").id;
        let base = AccountDraft {
            host: "127.0.0.1".to_owned(),
            port: "465".to_owned(),
            tls_type: TlsType::Ssl,
            trust: TrustKind::Ca,
            ca: good.pem(),
            authentication: YesNo::Yes,
            credential: id.to_string(),
            use_connector: YesNo::Yes,
            connector: connector_id.to_string(),
            ..crate::support::draft()
        };
        let account = backend.create_account(&actor, &base).await.expect("it is saved").id;
        let stranger =
            AccountDraft { host: "127.0.0.2".to_owned(), ca: bad.pem(), pin: "ab".repeat(32), ..base.clone() };
        let other = ConnectorDraft {
            kind: ConnectorKind::HttpConnect,
            host: "127.0.0.2".to_owned(),
            port: other.port().to_string(),
            authentication: YesNo::No,
            ..connector.clone()
        };
        Self {
            backend,
            actor,
            file,
            connector: (connector_id, connector),
            other,
            credential: (id, credential),
            account: (account, base),
            stranger,
            owner,
            strangers: vec![host, port, both],
        }
    }

    /// Connector and account with the changes of these bits.
    fn changed(&self, changes: u16) -> (ConnectorDraft, AccountDraft) {
        let (mut connector, mut account) = (self.connector.1.clone(), self.account.1.clone());
        for (bit, what) in CHANGES.iter().enumerate().filter(|(bit, _)| changes & (1 << bit) != 0) {
            match bit {
                0 => connector.kind = self.other.kind,
                1 => connector.host = self.other.host.clone(),
                2 => connector.port = self.other.port.clone(),
                3 => connector.authentication = self.other.authentication,
                4 => account.host = self.stranger.host.clone(),
                5 => account.ignore_certificate = YesNo::Yes,
                6 => account.ca = self.stranger.ca.clone(),
                7 => (account.trust, account.pin) = (TrustKind::Certificate, self.stranger.pin.clone()),
                _ => unreachable!("{what}"),
            }
        }
        (connector, account)
    }

    async fn save_connector(&self, draft: &ConnectorDraft) -> Result<Vec<String>, Problem> {
        let id = self.connector.0;
        let version = self.backend.find_connector(&self.actor, id).await?.version;
        self.backend.update_connector(&self.actor, id, version, draft).await.map(|saved| saved.withdrawn)
    }

    async fn save_account(&self, draft: &AccountDraft) -> Result<(), Problem> {
        let id = self.account.0;
        let version = self.backend.find_account(&self.actor, id).await?.version;
        self.backend.update_account(&self.actor, id, version, draft).await.map(drop)
    }

    async fn save_credential(&self, secret: TypedSecret) -> Result<(), Problem> {
        let (id, draft) = &self.credential;
        let version = self.backend.find_credential(&self.actor, *id).await?.version;
        self.backend.update_credential(&self.actor, *id, version, draft, secret).await.map(drop)
    }

    async fn test(&self, of: TestOf) -> Acceptance {
        let message = TestSendDraft::prefilled("to@nordhavn.example");
        let begun = self.backend.begin_test(&self.actor, of, &message).await.expect("it begins");
        begun.ended().await.expect("it runs").report.expect("it ended").taken
    }

    /// The account as it is saved, and this form of it on the screen: over the saved one, and of a new one.
    async fn test_all(&self, draft: &AccountDraft) -> [Acceptance; 3] {
        let typed = |account| TestOf::Typed(account, Box::new(draft.clone()));
        [
            self.test(TestOf::Saved(self.account.0)).await,
            self.test(typed(Some(self.account.0))).await,
            self.test(typed(None)).await,
        ]
    }

    fn expect_no_stranger_knows(&self, what: &str) {
        for stranger in &self.strangers {
            assert!(!stranger.anything(SECRET), "{what}: the secret of the mail server");
            assert!(!stranger.anything(OF_PROXY), "{what}: the secret of the proxy");
        }
        assert!(!self.owner.clear(SECRET), "{what}: in clear text, for the proxy");
    }

    async fn raw(&self) -> DatabaseConnection {
        let url = format!("sqlite:{}", self.file.display());
        sea_orm::Database::connect(url).await.expect("the database is there")
    }
}

fn named(changes: u16) -> String {
    let all = CHANGES.iter().enumerate().filter(|(bit, _)| changes & (1 << bit) != 0);
    format!("changed {:?}", all.map(|(_, what)| *what).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_never_follows_a_connector_that_leads_elsewhere() {
    let folder = std::env::temp_dir().join(format!("posthouse-passback-connectors-{}", std::process::id()));
    let fixture = Fixture::new(&folder).await;
    assert_eq!(fixture.test_all(&fixture.account.1).await, [Acceptance::Yes; 3], "the owner's own proxy and server");
    assert!(
        fixture.owner.encrypted(SECRET) && fixture.owner.clear(OF_PROXY),
        "the recorder knows them when it hears them"
    );

    let (mut led_elsewhere, mut refused) = (0, 0);
    for changes in 1..ALL {
        let (what, (connector, account)) = (named(changes), fixture.changed(changes));
        match fixture.save_connector(&connector).await {
            Err(Problem::Fields(errors)) => {
                assert!(errors.get("credential").is_some(), "{what}: {errors:?}");
                assert!(
                    changes & 0b1000 == 0 && changes & 0b110 != 0,
                    "{what}: the proxy's own secret would follow it"
                );
                refused += 1;
                continue;
            }
            Err(other) => panic!("{what}: {other}"),
            Ok(withdrawn) => {
                let elsewhere = changes & ROUTE != 0;
                let expected = if elsewhere { vec!["Relay".to_owned()] } else { Vec::new() };
                assert_eq!(withdrawn, expected, "{what}");
                led_elsewhere += u32::from(elsewhere);
            }
        }
        let tried = fixture.test_all(&account).await;
        let saved = fixture.save_account(&account).await.is_ok();
        let tried_again = fixture.test_all(&account).await;
        fixture.expect_no_stranger_knows(&what);
        if changes & ROUTE != 0 {
            assert_eq!((tried, tried_again), ([Acceptance::No; 3], [Acceptance::No; 3]), "{what}");
            assert!(!saved, "{what}: an account that may not use its credential is not saved");
            let kept = fixture.save_credential(typed(SecretAnswer::Keep, "")).await.expect_err("it widens");
            assert!(kept.field_errors().is_some_and(|errors| errors.get("secret").is_some()), "{what}: {kept:?}");
        }
        // Leading back does not bring the permission back: only the secret does.
        fixture.save_connector(&fixture.connector.1).await.expect("the owner's proxy comes back");
        if changes & ROUTE != 0 {
            assert_eq!(fixture.test(TestOf::Saved(fixture.account.0)).await, Acceptance::No, "{what}, and back");
            fixture.save_credential(typed(SecretAnswer::Keep, "")).await.expect_err("it still widens");
        }
        fixture.save_credential(typed(SecretAnswer::Replace, SECRET)).await.expect("the secret was entered again");
        fixture.save_account(&fixture.account.1).await.expect("the owner's settings come back");
    }
    assert!(led_elsewhere > 50 && refused > 50, "both were tried: {led_elsewhere}, {refused}");
    assert_eq!(fixture.test_all(&fixture.account.1).await, [Acceptance::Yes; 3], "all is as it was");

    past_all_use_cases(&fixture).await;
    fixture.backend.close().await;
    std::fs::remove_dir_all(&folder).expect("it was made above");
}

/// An account that was deleted meanwhile, and a report that sends itself.
#[tokio::test(flavor = "multi_thread")]
async fn neither_what_is_restored_nor_what_runs_by_itself_follows_a_connector() {
    let folder = std::env::temp_dir().join(format!("posthouse-passback-restored-{}", std::process::id()));
    let fixture = Fixture::new(&folder).await;
    let (backend, actor, id) = (&fixture.backend, &fixture.actor, fixture.account.0);
    let report = ScheduleDraft {
        name: "Every morning".to_owned(),
        recipients: "ops@nordhavn.example".to_owned(),
        subject: "Accounts".to_owned(),
        account: id.to_string(),
        send_empty: YesNo::Yes,
        ..ScheduleDraft::default()
    };
    let schedule = backend.create_schedule(actor, &report).await.expect("it is saved").id;
    let run = async || {
        let next = backend.schedule_page(actor, schedule).await.expect("it is there").next[0].at;
        backend.run_schedules_at(next).await.expect("it runs");
        backend.schedule_page(actor, schedule).await.expect("it is there")
    };
    let page = run().await;
    assert_eq!((page.runs[0].state, page.stopped), (RunState::Sent, None), "{:?}", page.runs);

    backend.delete_account(actor, id).await.expect("it is deleted");
    let (connector, _) = fixture.changed(0b1110);
    assert_eq!(fixture.save_connector(&connector).await.expect("it leads elsewhere"), ["Relay"]);
    backend.restore_account(actor, id, None).await.expect("it comes back");
    assert_eq!(fixture.test(TestOf::Saved(id)).await, Acceptance::No);
    let page = run().await;
    assert_eq!(page.runs[0].state, RunState::Failed, "{:?}", page.runs);
    let stopped = page.stopped.expect("it has no leave to sign in");
    assert!(stopped.contains("This credential is not for use through this network connector."), "{stopped}");
    fixture.expect_no_stranger_knows("restored, and by itself");
    backend.close().await;
    std::fs::remove_dir_all(&folder).expect("it was made above");
}

/// The same changes of the connector written into the database itself, then those of what the credential permits too.
async fn past_all_use_cases(fixture: &Fixture) {
    let raw = fixture.raw().await;
    let (own, other) = (&fixture.connector.1, &fixture.other);
    let columns = |kind: &str, host: &str, port: &str, credential: &str| {
        [
            format!("kind = '{kind}'"),
            format!("host = '{host}'"),
            format!("port = {port}"),
            format!("credential_id = {credential}"),
        ]
    };
    let to = columns("http", &other.host, &other.port, "NULL");
    let back = columns("socks5", &own.host, &own.port, &own.credential).join(", ");
    let permitted =
        format!(r#"{{"id":{},"kind":"Socks5","host":"{}","port":{}}}"#, fixture.connector.0, own.host, own.port);
    for changes in 1..1u16 << to.len() {
        let what = format!("in the database, {}", named(changes));
        let chosen = to.iter().enumerate().filter(|(bit, _)| changes & (1 << bit) != 0);
        let chosen = chosen.map(|(_, set)| set.as_str()).collect::<Vec<_>>().join(", ");
        execute(&raw, &format!("UPDATE connectors SET {chosen}")).await;
        let expected = if changes & ROUTE == 0 { Acceptance::Yes } else { Acceptance::No };
        if expected == Acceptance::No {
            assert_eq!(fixture.test_all(&fixture.account.1).await, [expected; 3], "{what}");
        }
        fixture.expect_no_stranger_knows(&what);
        // What the credential permits is made to fit: it opens no seal.
        let (connector, _) = fixture.changed(changes);
        let kind = if connector.kind == ConnectorKind::Socks5 { "Socks5" } else { "HttpConnect" };
        let (id, host, port) = (fixture.connector.0, &connector.host, &connector.port);
        let fits = format!(r#"{{"id":{id},"kind":"{kind}","host":"{host}","port":{port}}}"#);
        let swap = |from: &str, to: &str| {
            format!(
                "UPDATE credentials SET destinations = replace(destinations, '{from}', '{to}') WHERE name = 'Relay'"
            )
        };
        if expected == Acceptance::No {
            execute(&raw, &swap(&permitted, &fits)).await;
            assert_eq!(fixture.test_all(&fixture.account.1).await, [Acceptance::No; 3], "{what}, and permitted there");
            fixture.expect_no_stranger_knows(&format!("{what}, and permitted there"));
            execute(&raw, &swap(&fits, &permitted)).await;
        }
        execute(&raw, &format!("UPDATE connectors SET {back}")).await;
    }
    assert_eq!(fixture.test_all(&fixture.account.1).await, [Acceptance::Yes; 3], "all is as it was");
    raw.close().await.expect("it closes");
}

async fn execute(raw: &DatabaseConnection, sql: &str) {
    raw.execute_unprepared(sql).await.expect(sql);
}
