//! Many accounts and credentials at once, always the same ones: for `cargo xtask bench`.

use model::{
    Account, AccountId, AccountName, Actor, CertificateCheck, ConnectionSecurity, Connector, ConnectorId,
    ConnectorKind, Credential, CredentialId, Destinations, EmailAddress, Host, Moment, Origin, Port, Problem,
    ScheduleDraft, SignIn, Trust, UserId,
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use secrecy::SecretString;

use super::accounts::Names;
use super::credentials::SecretStorage;
use super::entity::account::Entity;
use super::users::NewUser;
use super::{StoreError, WriteTx, accounts, connectors, credentials, runs, schedules, secrets, settings, users, vault};
use crate::Backend;
use crate::clock::now;
use crate::credentials::rules;
use crate::vault::Field;

/// Rows in one statement: SQLite takes at most 32,766 values, a row has 38.
const ROWS: u64 = 500;

impl Backend {
    /// Adds `count` accounts, for `cargo xtask bench` alone. The same number always makes the same ones, and names go
    /// on
    /// where the last run ended. Fails like a save.
    pub async fn generate_accounts(&self, count: u64) -> Result<(), Problem> {
        let mut done = 0;
        while done < count {
            // In pieces, so that no transaction meets the time limit of a save.
            let piece = ROWS.min(count - done);
            self.store().write(move |tx| generate(tx, piece)).await?;
            done += piece;
        }
        self.store().read(analyze(self.store().db())).await
    }
}

impl Backend {
    /// Adds schedules of one account's report, every day at this time from then on, for `cargo xtask bench` alone.
    pub async fn generate_schedules(&self, count: u64, account: AccountId, next_at: Moment) -> Result<(), Problem> {
        let mut done = 0;
        while done < count {
            let piece = ROWS.min(count - done);
            self.store().write(move |tx| generate_schedules(tx, done..done + piece, account, next_at)).await?;
            done += piece;
        }
        Ok(())
    }

    /// Lets all schedules come due at this time, for `cargo xtask bench` alone.
    pub async fn let_schedules_come_due(&self, at: Moment) -> Result<(), Problem> {
        self.store().write(move |tx| schedules::let_all_come_due(tx, at)).await
    }

    /// How many runs there are, and how many of them were sent, for `cargo xtask bench` alone.
    pub async fn count_runs(&self) -> Result<(u64, u64), Problem> {
        self.store().read(runs::count(self.store().db())).await
    }
}

async fn generate_schedules(
    tx: WriteTx,
    numbers: std::ops::Range<u64>,
    account: AccountId,
    next_at: Moment,
) -> Result<(WriteTx, ()), StoreError> {
    let at = now();
    // A person for each piece: one alone would send too much for one day.
    let email = format!("{}.{BENCH}", numbers.start);
    let email = EmailAddress::parse("E-mail", &email).map_err(Problem::Malformed)?;
    let user = users::insert(&tx, &NewUser { email: &email, password_hash: "none", session_key: &[] }, at).await?;
    let (actor, mut rows) = (Actor { id: user.id, email, origin: Origin::CommandLine }, Vec::new());
    for number in numbers {
        let draft = ScheduleDraft {
            name: format!("Schedule {number:06}"),
            query: format!("id={account}&columns=id,name,sender,enabled,last_test"),
            recipients: actor.email.to_string(),
            account: account.to_string(),
            ..ScheduleDraft::default()
        };
        let schedule = draft.parse().map_err(Problem::Fields)?;
        rows.push(schedules::new_row(&schedule, Some(next_at), &actor, at)?);
    }
    schedules::insert_many(&tx, rows).await?;
    Ok((tx, ()))
}

async fn generate(tx: WriteTx, count: u64) -> Result<(WriteTx, ()), StoreError> {
    accounts::lock(&tx).await?;
    let first = settings::account_count(tx.db()).await?;
    let pointed = pointed(&tx).await?;
    let mut needs_default = accounts::find_default(tx.db()).await?.is_none();
    let (mut rows, at) = (Vec::new(), now());
    for number in first..first + count {
        let (account, names) = account(number, &pointed).map_err(Problem::Malformed)?;
        let is_default = needs_default && account.enabled;
        needs_default &= !is_default;
        rows.push(accounts::new_row(&account, &names, is_default, BENCH, at));
    }
    Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
    settings::add_accounts(&tx, i64::try_from(count).unwrap_or(i64::MAX)).await?;
    Ok((tx, ()))
}

/// Who makes them.
const BENCH: &str = "bench@posthouse.example";

fn bench() -> Result<Actor, StoreError> {
    let email = EmailAddress::parse("E-mail", BENCH).map_err(Problem::Malformed)?;
    Ok(Actor { id: UserId(0), email, origin: Origin::CommandLine })
}

/// What the accounts point at, as (number, name).
struct Pointed {
    credentials: Vec<(CredentialId, String)>,
    connectors: Vec<(ConnectorId, String)>,
}

/// Makes what the accounts point at, the first time.
async fn pointed(tx: &WriteTx) -> Result<Pointed, StoreError> {
    if connectors::all(tx.db()).await?.is_empty() {
        for number in 0..64 {
            credentials::change(
                tx,
                None,
                &credential(number).map_err(Problem::Malformed)?,
                &SecretStorage::None,
                &bench()?,
                now(),
            )
            .await?;
        }
        for number in 0..8 {
            let connector = Connector {
                name: AccountName::parse(&format!("Exit {number:02}")).map_err(Problem::Malformed)?,
                kind: if number % 2 == 0 { ConnectorKind::Socks5 } else { ConnectorKind::HttpConnect },
                host: Host::parse(&format!("proxy{number}.example")).map_err(Problem::Malformed)?,
                port: None,
                resolves_names: false,
                credential: None,
            };
            connectors::change(tx, None, &connector, &bench()?, now()).await?;
        }
    }
    let credentials = credentials::all(tx.db()).await?;
    let connectors = connectors::all(tx.db()).await?;
    Ok(Pointed {
        credentials: credentials.into_iter().map(|record| (record.id, record.name.to_string())).collect(),
        connectors: connectors.into_iter().map(|record| (record.id, record.name.to_string())).collect(),
    })
}

/// Credential number `number`, from 0, without a secret.
fn credential(number: u64) -> Result<Credential, String> {
    let town = TOWNS[usize::try_from(scatter(number)).unwrap_or(0) % TOWNS.len()];
    let destinations = Destinations {
        hosts: vec![Host::parse(&format!("smtp{}.branch{number:04}.example", number % 7))?],
        ports: vec![465, 587],
        direct: true,
        verified_only: true,
        ..Destinations::default()
    };
    let name = AccountName::parse(&format!("{town} relay {number:05}"))?;
    Ok(Credential { name, user_name: format!("relay{number}@branch.example"), destinations })
}

impl Backend {
    /// Adds `count` credentials, with a secret each where the vault is open, for `cargo xtask bench` alone. Fails like
    /// a save.
    pub async fn generate_credentials(&self, count: u64) -> Result<(), Problem> {
        let generate = move |tx: WriteTx| async move {
            accounts::lock(&tx).await?;
            let kept = if vault::find(tx.db()).await?.current.is_some() {
                SecretStorage::InVault(1)
            } else {
                SecretStorage::None
            };
            let first = u64::try_from(credentials::all(tx.db()).await?.len()).unwrap_or(0);
            for number in first..first + count {
                let credential = credential(number).map_err(Problem::Malformed)?;
                let saved = credentials::change(&tx, None, &credential, &kept, &bench()?, now()).await?;
                if let SecretStorage::InVault(version) = kept {
                    let Credential { user_name, destinations, .. } = &credential;
                    let place = rules::place(saved.id, Field::Secret, version, user_name, destinations);
                    secrets::put(&tx, &self.inner.vault, &place, &SecretString::from(BENCH)).await?;
                }
            }
            Ok((tx, ()))
        };
        self.store().write(generate).await
    }
}

/// Tells PostgreSQL's planner of the rows at once; it would find out by itself a minute later. SQLite plans without.
async fn analyze(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared("ANALYZE accounts").await?;
    }
    Ok(())
}

const TOWNS: [&str; 16] = [
    "Nordhavn",
    "Østerbro",
    "Łódź",
    "Straßburg",
    "Athína",
    "Αθήνα",
    "Київ",
    "София",
    "東京",
    "서울",
    "Tromsø",
    "Málaga",
    "Zürich",
    "Genève",
    "İzmir",
    "Reykjavík",
];
const PURPOSES: [&str; 11] = [
    "billing",
    "alerts",
    "newsletter",
    "support",
    "orders",
    "payroll",
    "backup",
    "monitoring",
    "returns",
    "onboarding",
    "audit",
];

/// Account number `number`, from 0, and the names of what it points at.
fn account(number: u64, pointed: &Pointed) -> Result<(Account, Names), String> {
    let pick =
        |list: &[&'static str], salt: u64| list[usize::try_from(scatter(number ^ salt)).unwrap_or(0) % list.len()];
    let (town, purpose) = (pick(&TOWNS, 0x5EED), pick(&PURPOSES, 0xF00D));
    let branch = scatter(number ^ 0xB0A7) % 5_000;
    let bit = |salt: u64, of: u64| scatter(number ^ salt).is_multiple_of(of);
    let mut names = Names::default();
    let mut sign_in = None;
    let of = |length: usize, salt: u64| usize::try_from(scatter(number ^ salt)).unwrap_or(0) % length.max(1);
    if let (false, Some((id, name))) = (bit(9, 3), pointed.credentials.get(of(pointed.credentials.len(), 10))) {
        sign_in = Some(SignIn { credential: *id, mechanism: None });
        names.credential.clone_from(name);
    }
    let mut connector = None;
    if let (true, Some((id, name))) = (bit(11, 5), pointed.connectors.get(of(pointed.connectors.len(), 12))) {
        connector = Some(*id);
        names.connector.clone_from(name);
    }
    let address = |local: String| EmailAddress::parse("address", &format!("{local}@branch{branch:04}.example"));
    let account = Account {
        name: AccountName::parse(&format!("{town} {purpose} {number:06}"))?,
        enabled: !bit(1, 10),
        default: false,
        sender: address(format!("{purpose}{number}"))?,
        reply: address(format!("desk{}", scatter(number ^ 2) % 1_000))?,
        return_path: address(format!("bounces+{number:x}"))?,
        confirmation: address(format!("receipts{}", scatter(number ^ 3) % 100))?,
        force_settings: bit(4, 3),
        read_receipt: bit(5, 4),
        footer: bit(6, 2),
        host: Host::parse(&format!("smtp{}.branch{branch:04}.example", number % 7))?,
        port: if bit(7, 5) { Port::parse("2525")? } else { None },
        security: match scatter(number ^ 8) % 6 {
            0 => ConnectionSecurity::None,
            1 | 2 => ConnectionSecurity::ImplicitTls,
            _ => ConnectionSecurity::StartTls,
        },
        certificates: if bit(13, 50) { CertificateCheck::Ignore } else { CertificateCheck::Verify },
        trust: Trust::Machine,
        sign_in,
        connector,
    };
    Ok((account, names))
}

/// Spreads neighbouring numbers (the finaliser of splitmix64): the same on every run.
fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
