//! The settings that hold: flags over environment over TOML file over defaults.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use backend::{Config, Database, KeySource, ReferenceRules, ReportLimits, SecretString, SessionLimits};
use model::{ConfiguredNetworks, Host, TimeLimit};

use super::Cli;
use super::options::{LogFormat, Options};
use crate::base_url::BaseUrl;
use crate::http::client_address::TrustedProxies;
use crate::http::tls::TlsFiles;
use crate::private_file::{self, Readers};
use crate::setting_values::{
    check_transport, database_password, destination, dns_server, holds_password, networks, report_domains,
    session_limits, time_limit, variable,
};

/// The days that tests can be kept for: nothing that names people is kept for ever.
const KEEP_TESTS: RangeInclusive<u32> = 1..=3_650;

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
    test_time_limit: Option<TimeLimit>,
    schedule_time_limit: Option<TimeLimit>,
    session_limits: SessionLimits,
    report_domains: Vec<Host>,
    keep_tests: Option<u32>,
    dns: Option<SocketAddr>,
    networks: ConfiguredNetworks,
}

/// Reads the configuration file.
fn read_file(path: &Path) -> anyhow::Result<Options> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration file {} cannot be read", path.display()))?;
    let file: Options = toml::from_str(&text).map_err(|error| not_understood(path, &text, &error))?;
    if file.database_url.as_ref().is_some_and(holds_password) {
        private_file::check(path, "the configuration file", Readers::Group)?;
    }
    Ok(file)
}

impl Settings {
    pub fn from(cli: &Cli) -> anyhow::Result<Self> {
        let given = &cli.options;
        let file = given.config.as_deref().map(read_file).transpose()?.unwrap_or_default();
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
            test_time_limit: time_limit("--test-time-limit", given.test_time_limit.or(file.test_time_limit))?,
            schedule_time_limit: time_limit(
                "--schedule-time-limit",
                given.schedule_time_limit.or(file.schedule_time_limit),
            )?,
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
        let test_limits = config.test_limits.answered_within(self.test_time_limit.map(TimeLimit::duration));
        let schedule_limits = config.schedule_limits.answered_within(self.schedule_time_limit.map(TimeLimit::duration));
        let reports = ReportLimits { domains: self.report_domains.clone(), ..config.reports };
        let (session_limits, networks) = (self.session_limits, self.networks.clone());
        Ok(Config {
            database_password,
            run_lease,
            tests_per_minute,
            tests_kept_days,
            test_limits,
            schedule_limits,
            dns: self.dns,
            session_limits,
            networks,
            reports,
            ..config
        })
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
    use clap::Parser;

    use super::*;

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
