//! The command line and its settings: flags over environment over TOML file over defaults.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use backend::{Config, Database, KeySource, ReferenceRules, ReportLimits, SecretString, SessionLimits};
use clap::{Args, Parser, Subcommand, ValueEnum};
use model::{ConfiguredNetworks, Host};
use serde::Deserialize;

use crate::backup::{BackupArgs, RestoreArgs};
use crate::base_url::BaseUrl;
use crate::exchange::{ExportCommand, ImportCommand};
use crate::explain::ExplainArgs;
use crate::http::client_address::TrustedProxies;
use crate::http::tls::TlsFiles;
use crate::private_file::{self, Readers};
use crate::setting_values::{
    check_transport, database_password, destination, dns_server, holds_password, networks, report_domains,
    session_limits, variable,
};
use crate::test_send::TestSendArgs;
use crate::users::UserCommand;
use crate::vault::VaultCommand;

/// One place for every outgoing-mail (SMTP) account of an organisation.
#[derive(Parser)]
#[command(name = "posthouse", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serves the pages
    Serve {
        /// Takes the machine's clock for right, although a later time was seen: after a clock that was ahead for long
        #[arg(long)]
        accept_clock: bool,
    },
    /// Brings the database up to date, and ends
    Migrate,
    /// People who may sign in
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Records written to a file
    Export {
        #[command(subcommand)]
        command: ExportCommand,
    },
    /// Records read from a file
    Import {
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Tests an account; the exit code says how it ended: 0 well, 10 to 21 at which stage it failed, 30 not known
    TestSend(TestSendArgs),
    /// Names the cause of a mail server's reply, or of a conversation, that somebody pasted
    Explain(ExplainArgs),
    /// The key that secrets are sealed under
    Vault {
        #[command(subcommand)]
        command: VaultCommand,
    },
    /// Writes everything that the database holds to one file that only a passphrase opens, while servers run
    Backup(BackupArgs),
    /// Puts a backup into an empty database, of either kind; no server may run on it
    Restore(RestoreArgs),
}

impl Command {
    /// Whether it writes to a database that others wrote before: such a file has to be whole. A server looks by itself.
    pub const fn changes_records(&self) -> bool {
        match self {
            Self::Migrate | Self::Import { .. } => true,
            Self::User { command } => !matches!(command, UserCommand::List),
            Self::Vault { command } => {
                !matches!(command, VaultCommand::Check | VaultCommand::Reset { forget_secrets: false })
            }
            // A test send adds one row: scripts run it by the minute, and do not wait for the whole file.
            Self::TestSend(_)
            | Self::Serve { .. }
            | Self::Export { .. }
            | Self::Explain(_)
            | Self::Backup(_)
            | Self::Restore(_) => false,
        }
    }
}

#[derive(Args, Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Options {
    /// The address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, global = true, env = "POSTHOUSE_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The folder of Posthouse's own files; made if it is not there [default: ./data]
    #[arg(long, global = true, env = "POSTHOUSE_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME [default: SQLite in the data folder]
    #[arg(long, global = true, env = "POSTHOUSE_DATABASE_URL", hide_env_values = true, value_parser = secret)]
    database_url: Option<SecretString>,
    /// The file that holds the password of the PostgreSQL database's user, for nobody else to read
    #[arg(long, global = true, env = "POSTHOUSE_DATABASE_PASSWORD_FILE", value_name = "FILE")]
    database_password_file: Option<PathBuf>,
    /// The file of the vault's key [default: vault.key in the data folder, or systemd's credential]
    #[arg(long, global = true, env = "POSTHOUSE_VAULT_KEY_FILE", value_name = "FILE")]
    vault_key_file: Option<PathBuf>,
    /// The folder that secrets of the kind file:PATH are read from [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_SECRETS_DIR", value_name = "FOLDER")]
    secrets_dir: Option<PathBuf>,
    /// Environment variables that secrets of the kind env:NAME may be read from, separated by commas, besides those
    /// whose names begin with POSTHOUSE_SECRET_ [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_SECRET_ENV", value_name = "NAME", value_delimiter = ',')]
    #[serde(default)]
    secret_env: Vec<String>,
    /// Where the secret of a reference may go, and nowhere else, such as env:RELAY=smtp.example.org:587; may be given
    /// several times, or separated by commas [default: where its credential says]
    #[arg(long, global = true, env = "POSTHOUSE_SECRETS", value_name = "REFERENCE=HOST:PORT", value_delimiter = ',')]
    #[serde(default, deserialize_with = "permitted")]
    secret: Vec<String>,
    /// How long a server may be silent before another one takes its scheduled reports over [default: 60]
    #[arg(long, global = true, env = "POSTHOUSE_TAKE_OVER_AFTER", value_name = "SECONDS")]
    take_over_after: Option<u32>,
    /// How many tests of accounts and connectors one person may begin within a minute [default: 30]
    #[arg(long, global = true, env = "POSTHOUSE_TESTS_PER_MINUTE", value_name = "NUMBER")]
    tests_per_minute: Option<u32>,
    /// After how many minutes without a request a person is signed out [default: 30]
    #[arg(long, global = true, env = "POSTHOUSE_SESSION_IDLE", value_name = "MINUTES")]
    session_idle: Option<u32>,
    /// How many hours after signing in a person signs in again, whatever was done meanwhile [default: 12]
    #[arg(long, global = true, env = "POSTHOUSE_SESSION_LIFETIME", value_name = "HOURS")]
    session_lifetime: Option<u32>,
    /// Domains whose addresses may receive scheduled reports, besides the people who sign in [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_REPORT_DOMAINS", value_name = "DOMAIN,...", value_delimiter = ',')]
    report_domains: Option<Vec<String>>,
    /// How many days tests, and changes of several accounts, are kept; the newest test of an account stays [default:
    /// 400]
    #[arg(long, global = true, env = "POSTHOUSE_KEEP_TESTS", value_name = "DAYS")]
    keep_tests: Option<u32>,
    /// The DNS server that looks mail servers and proxies up, such as 192.0.2.53 [default: those of the machine]
    #[arg(long, global = true, env = "POSTHOUSE_DNS", value_name = "ADDRESS")]
    dns: Option<String>,
    /// Networks never connected to, such as 10.0.0.0/8,fd00::/8, whatever the page Networks says [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_DENY_NETWORKS", value_name = "NETWORKS", value_delimiter = ',')]
    deny_networks: Option<Vec<String>>,
    /// The only networks that are connected to, without those that are denied [default: all]
    #[arg(long, global = true, env = "POSTHOUSE_ALLOW_NETWORKS", value_name = "NETWORKS", value_delimiter = ',')]
    allow_networks: Option<Vec<String>>,
    /// The address that people reach Posthouse by [default: http:// and the address listened on]
    #[arg(long, global = true, env = "POSTHOUSE_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// The certificate, with those between it and its root, in PEM form: Posthouse then serves TLS itself
    #[arg(long, global = true, env = "POSTHOUSE_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM form
    #[arg(long, global = true, env = "POSTHOUSE_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Serves other machines in clear text, where passwords can be read on the way
    #[arg(long, global = true, env = "POSTHOUSE_INSECURE_HTTP")]
    #[serde(default)]
    insecure_http: bool,
    /// How many connections there may be [default: half of the files that may be open, at most 4096]
    #[arg(long, global = true, env = "POSTHOUSE_MAX_CONNECTIONS", value_name = "NUMBER")]
    max_connections: Option<NonZeroUsize>,
    /// How many of them one client's address may have; an IPv6 site (/48) has four times as many [default: half of
    /// all, at most 256]
    #[arg(long, global = true, env = "POSTHOUSE_MAX_CONNECTIONS_PER_CLIENT", value_name = "NUMBER")]
    max_connections_per_client: Option<NonZeroUsize>,
    /// The proxies in front of Posthouse that say who asks, such as 127.0.0.1,10.0.0.0/8 [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_TRUSTED_PROXIES", value_name = "NETWORKS")]
    trusted_proxies: Option<String>,
    /// How the log is written [default: text]
    #[arg(long, global = true, env = "POSTHOUSE_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// A TOML file with the same settings, such as listen = "127.0.0.1:3000"
    #[arg(long, global = true, env = "POSTHOUSE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
}

/// A table in the file, `"env:RELAY" = ["smtp.example.org:587"]`, as the flag has it.
fn permitted<'de, D: serde::Deserializer<'de>>(file: D) -> Result<Vec<String>, D::Error> {
    let table = BTreeMap::<String, Vec<String>>::deserialize(file)?;
    let each = |(reference, places): (String, Vec<String>)| {
        places.into_iter().map(move |place| format!("{reference}={place}")).collect::<Vec<_>>()
    };
    Ok(table.into_iter().flat_map(each).collect())
}

fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}

/// The days that tests can be kept for: nothing that names people is kept for ever.
const KEEP_TESTS: std::ops::RangeInclusive<u32> = 1..=3_650;

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The settings that hold.
pub struct Settings {
    pub listen: SocketAddr,
    /// None means: as it is listened on.
    pub base_url: Option<BaseUrl>,
    /// None: without TLS.
    pub tls: Option<TlsFiles>,
    insecure_http: bool,
    pub max_connections: Option<usize>,
    pub max_connections_per_client: Option<usize>,
    pub trusted_proxies: TrustedProxies,
    pub log_format: LogFormat,
    pub data_dir: PathBuf,
    database_url: Option<SecretString>,
    database_password_file: Option<PathBuf>,
    vault_key_file: Option<PathBuf>,
    references: ReferenceRules,
    take_over_after: Option<Duration>,
    tests_per_minute: Option<u32>,
    session_limits: SessionLimits,
    report_domains: Vec<Host>,
    keep_tests: Option<u32>,
    dns: Option<SocketAddr>,
    networks: ConfiguredNetworks,
}

impl Settings {
    pub fn from(cli: &Cli) -> anyhow::Result<Self> {
        let given = &cli.options;
        let file = match &given.config {
            None => Options::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("the configuration file {} cannot be read", path.display()))?;
                let file: Options = toml::from_str(&text).map_err(|error| not_understood(path, &text, &error))?;
                if file.database_url.as_ref().is_some_and(holds_password) {
                    private_file::check(path, "the configuration file", Readers::Group)?;
                }
                file
            }
        };
        let listen = given.listen.clone().or(file.listen).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
        let listen = listen.parse().with_context(|| {
            format!("“{listen}” is no address to listen on; write it as 127.0.0.1:3000 or [::1]:3000")
        })?;
        let take_over_after = match given.take_over_after.or(file.take_over_after) {
            Some(0) => bail!("--take-over-after takes at least 1 second"),
            seconds => seconds.map(|seconds| Duration::from_secs(seconds.into())),
        };
        let keep_tests = match given.keep_tests.or(file.keep_tests) {
            Some(days) if !KEEP_TESTS.contains(&days) => {
                bail!("--keep-tests takes from {} to {} days", KEEP_TESTS.start(), KEEP_TESTS.end())
            }
            days => days,
        };
        let session_idle = given.session_idle.or(file.session_idle);
        let session_lifetime = given.session_lifetime.or(file.session_lifetime);
        let listed = |given: &[String], file: Vec<String>| -> Vec<String> {
            let given: Vec<_> = given.iter().filter(|text| !text.trim().is_empty()).cloned().collect();
            if given.is_empty() { file } else { given }
        };
        let variables = listed(&given.secret_env, file.secret_env);
        let permitted = listed(&given.secret, file.secret);
        let database_password_file = given.database_password_file.clone().or(file.database_password_file);
        let tls_key = given.tls_key.clone().or(file.tls_key);
        let private_files = [given.config.clone(), database_password_file.clone(), tls_key.clone()];
        let references = ReferenceRules {
            folder: given.secrets_dir.clone().or(file.secrets_dir),
            variables: variables.iter().map(|name| variable(name)).collect::<Result<_, _>>()?,
            permitted: permitted.iter().map(|text| destination(text)).collect::<Result<_, _>>()?,
            never: private_files.into_iter().flatten().collect(),
        };
        let base_url = given.base_url.clone().or(file.base_url).map(|text| BaseUrl::parse(&text)).transpose()?;
        let trusted_proxies = given.trusted_proxies.as_deref().or(file.trusted_proxies.as_deref());
        let trusted_proxies = trusted_proxies.map(TrustedProxies::parse).transpose()?.unwrap_or_default();
        let tls = match (given.tls_cert.clone().or(file.tls_cert), tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => bail!("--tls-cert and --tls-key are given together, or neither"),
        };
        Ok(Self {
            listen,
            base_url,
            trusted_proxies,
            tls,
            insecure_http: given.insecure_http || file.insecure_http,
            max_connections: given.max_connections.or(file.max_connections).map(NonZeroUsize::get),
            max_connections_per_client: given
                .max_connections_per_client
                .or(file.max_connections_per_client)
                .map(NonZeroUsize::get),
            log_format: given.log_format.or(file.log_format).unwrap_or_default(),
            data_dir: given.data_dir.clone().or(file.data_dir).unwrap_or_else(|| PathBuf::from("./data")),
            database_url: given.database_url.clone().or(file.database_url),
            database_password_file,
            vault_key_file: given.vault_key_file.clone().or(file.vault_key_file),
            references,
            take_over_after,
            tests_per_minute: given.tests_per_minute.or(file.tests_per_minute),
            session_limits: session_limits(session_idle, session_lifetime)?,
            report_domains: report_domains(given.report_domains.clone().or(file.report_domains).unwrap_or_default())?,
            keep_tests,
            dns: given.dns.clone().or(file.dns).map(|text| dns_server(&text)).transpose()?,
            networks: ConfiguredNetworks {
                denied: networks("--deny-networks", given.deny_networks.clone().or(file.deny_networks))?,
                allowed: networks("--allow-networks", given.allow_networks.clone().or(file.allow_networks))?,
            },
        })
    }

    /// Refuses to serve other machines in clear text, unless that is what somebody asked for.
    pub fn check_transport(&self) -> anyhow::Result<()> {
        check_transport(self.listen, self.base_url.as_ref(), self.tls.is_some(), self.insecure_http)
    }

    /// What the use cases are opened with.
    pub fn backend(&self) -> anyhow::Result<Config> {
        let systemd = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let vault = KeySource::from_options(&self.data_dir, self.vault_key_file.as_deref(), systemd.as_deref());
        let mut references = self.references.clone();
        // Every place that a key may be in, whichever is used now.
        let all_keys = [(None, None), (None, systemd.as_deref()), (self.vault_key_file.as_deref(), None)];
        let keys = all_keys.map(|(named, systemd)| KeySource::from_options(&self.data_dir, named, systemd));
        references.never.extend(keys.iter().map(|key| key.path().to_owned()));
        Ok(Config { vault: Some(vault), references, ..self.without_vault()? })
    }

    /// The same for commands that neither seal nor open a secret: they do not touch the key.
    pub fn without_vault(&self) -> anyhow::Result<Config> {
        let database = Database::from_options(&self.data_dir, self.database_url.as_ref())?;
        let database_password = match (&self.database_password_file, &database) {
            (None, _) => None,
            (Some(file), Database::Postgres { .. }) => Some(database_password(file)?),
            (Some(_), Database::Sqlite { .. }) => {
                bail!("--database-password-file goes with a --database-url of PostgreSQL; SQLite takes no password")
            }
        };
        let config = Config::new(database, self.hello_name());
        let run_lease = self.take_over_after.unwrap_or(config.run_lease);
        let tests_per_minute = self.tests_per_minute.unwrap_or(config.tests_per_minute);
        let tests_kept_days = self.keep_tests.unwrap_or(config.tests_kept_days);
        let reports = ReportLimits { domains: self.report_domains.clone(), ..config.reports };
        let (session_limits, networks) = (self.session_limits, self.networks.clone());
        let config = Config { database_password, run_lease, tests_per_minute, tests_kept_days, ..config };
        Ok(Config { dns: self.dns, session_limits, networks, reports, ..config })
    }

    /// What Posthouse calls itself to mail servers: the name that people reach it by, else the machine's.
    fn hello_name(&self) -> String {
        match &self.base_url {
            Some(url) if url.host.contains('.') => url.host.clone(),
            _ => backend::machine_name(),
        }
    }
}

/// One line that says where and what. The file's own lines are not shown: one of them may hold a password.
fn not_understood(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let what = error.message().lines().collect::<Vec<_>>().join("; ");
    anyhow!("{}, line {line}: {what}; correct it and start again", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = std::env::temp_dir().join(format!("posthouse-cli-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        let file = folder.join("posthouse.toml");
        std::fs::write(&file, "listen = \"127.0.0.1:4000\"\nlog-format = \"json\"\n").expect("it can be written");
        let parse = |flags: &[&str]| {
            let file = file.to_str().expect("the path is text");
            let arguments = ["posthouse", "serve", "--config", file].into_iter().chain(flags.iter().copied());
            Settings::from(&Cli::try_parse_from(arguments).expect("the flags are known")).expect("the settings hold")
        };
        let settings = parse(&[]);
        assert_eq!((settings.listen.port(), settings.log_format), (4000, LogFormat::Json));
        assert_eq!(settings.data_dir, PathBuf::from("./data"));
        assert_eq!(parse(&["--listen", "127.0.0.1:5000"]).listen.port(), 5000);
        std::fs::write(&file, "lisen = \"127.0.0.1:4000\"\n").expect("it can be written");
        let cli = Cli::try_parse_from(["posthouse", "serve", "--config", file.to_str().expect("text")]);
        assert!(Settings::from(&cli.expect("the flags are known")).is_err(), "a mistyped key is an error");
        std::fs::remove_dir_all(&folder).expect("it was made above");
    }
}
