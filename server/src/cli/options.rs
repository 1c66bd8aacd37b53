//! The settings as they are given: by a flag, by a variable of the environment, or by a line of the file.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use backend::SecretString;
use clap::{Args, ValueEnum};
use serde::Deserialize;

// Without a doc comment: clap would show it in place of the program's own description.
#[derive(Args, Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Options {
    /// The address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, global = true, env = "POSTHOUSE_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// The folder of Posthouse's own files; made if it is not there [default: ./data]
    #[arg(long, global = true, env = "POSTHOUSE_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME [default: SQLite in the data folder]
    #[arg(long, global = true, env = "POSTHOUSE_DATABASE_URL", hide_env_values = true, value_parser = secret)]
    pub database_url: Option<SecretString>,
    /// The file that holds the password of the PostgreSQL database's user, for nobody else to read
    #[arg(long, global = true, env = "POSTHOUSE_DATABASE_PASSWORD_FILE", value_name = "FILE")]
    pub database_password_file: Option<PathBuf>,
    /// The file of the vault's key [default: vault.key in the data folder, or systemd's credential]
    #[arg(long, global = true, env = "POSTHOUSE_VAULT_KEY_FILE", value_name = "FILE")]
    pub vault_key_file: Option<PathBuf>,
    /// The folder that secrets of the kind file:PATH are read from [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_SECRETS_DIR", value_name = "FOLDER")]
    pub secrets_dir: Option<PathBuf>,
    /// Environment variables that secrets of the kind env:NAME may be read from, separated by commas, besides those
    /// whose names begin with POSTHOUSE_SECRET_ [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_SECRET_ENV", value_name = "NAME", value_delimiter = ',')]
    #[serde(default)]
    pub secret_env: Vec<String>,
    /// Where the secret of a reference may go, and nowhere else, such as env:RELAY=smtp.example.org:587; may be given
    /// several times, or separated by commas [default: where its credential says]
    #[arg(long, global = true, env = "POSTHOUSE_SECRETS", value_name = "REFERENCE=HOST:PORT", value_delimiter = ',')]
    #[serde(default, deserialize_with = "permitted")]
    pub secret: Vec<String>,
    /// How long a server may be silent before another one takes its scheduled reports over [default: 60]
    #[arg(long, global = true, env = "POSTHOUSE_TAKE_OVER_AFTER", value_name = "SECONDS")]
    pub take_over_after: Option<u32>,
    /// How many tests of accounts and connectors one person may begin within a minute [default: 30]
    #[arg(long, global = true, env = "POSTHOUSE_TESTS_PER_MINUTE", value_name = "NUMBER")]
    pub tests_per_minute: Option<u32>,
    /// How many seconds each answer of a mail server may take in a test, and after the message at least 300; an account
    /// can have a time limit of its own [default: 60]
    #[arg(long, global = true, env = "POSTHOUSE_TEST_TIME_LIMIT", value_name = "SECONDS")]
    pub test_time_limit: Option<u32>,
    /// The same where a scheduled report is sent, and after the message at least 600 [default: as RFC 5321 asks: 300,
    /// and 120 to 180 for the message]
    #[arg(long, global = true, env = "POSTHOUSE_SCHEDULE_TIME_LIMIT", value_name = "SECONDS")]
    pub schedule_time_limit: Option<u32>,
    /// After how many minutes without a request a person is signed out [default: 30]
    #[arg(long, global = true, env = "POSTHOUSE_SESSION_IDLE", value_name = "MINUTES")]
    pub session_idle: Option<u32>,
    /// How many hours after signing in a person signs in again, whatever was done meanwhile [default: 12]
    #[arg(long, global = true, env = "POSTHOUSE_SESSION_LIFETIME", value_name = "HOURS")]
    pub session_lifetime: Option<u32>,
    /// Domains whose addresses may receive scheduled reports, besides the people who sign in [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_REPORT_DOMAINS", value_name = "DOMAIN,...", value_delimiter = ',')]
    pub report_domains: Option<Vec<String>>,
    /// How many days tests, and changes of several accounts, are kept; the newest test of an account stays [default:
    /// 400]
    #[arg(long, global = true, env = "POSTHOUSE_KEEP_TESTS", value_name = "DAYS")]
    pub keep_tests: Option<u32>,
    /// The DNS server that looks mail servers and proxies up, such as 192.0.2.53 [default: those of the machine]
    #[arg(long, global = true, env = "POSTHOUSE_DNS", value_name = "ADDRESS")]
    pub dns: Option<String>,
    /// Networks never connected to, such as 10.0.0.0/8,fd00::/8, whatever the page Networks says [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_DENY_NETWORKS", value_name = "NETWORKS", value_delimiter = ',')]
    pub deny_networks: Option<Vec<String>>,
    /// The only networks that are connected to, without those that are denied [default: all]
    #[arg(long, global = true, env = "POSTHOUSE_ALLOW_NETWORKS", value_name = "NETWORKS", value_delimiter = ',')]
    pub allow_networks: Option<Vec<String>>,
    /// The address that people reach Posthouse by [default: http:// and the address listened on]
    #[arg(long, global = true, env = "POSTHOUSE_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// The certificate, with those between it and its root, in PEM form: Posthouse then serves TLS itself
    #[arg(long, global = true, env = "POSTHOUSE_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM form
    #[arg(long, global = true, env = "POSTHOUSE_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Serves other machines in clear text, where passwords can be read on the way
    #[arg(long, global = true, env = "POSTHOUSE_INSECURE_HTTP")]
    #[serde(default)]
    pub insecure_http: bool,
    /// How many connections there may be [default: half of the files that may be open, at most 4096]
    #[arg(long, global = true, env = "POSTHOUSE_MAX_CONNECTIONS", value_name = "NUMBER")]
    pub max_connections: Option<NonZeroUsize>,
    /// How many of them one client's address may have; an IPv6 site (/48) has four times as many [default: half of
    /// all, at most 256]
    #[arg(long, global = true, env = "POSTHOUSE_MAX_CONNECTIONS_PER_CLIENT", value_name = "NUMBER")]
    pub max_connections_per_client: Option<NonZeroUsize>,
    /// The proxies in front of Posthouse that say who asks, such as 127.0.0.1,10.0.0.0/8 [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_TRUSTED_PROXIES", value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
    /// How the log is written [default: text]
    #[arg(long, global = true, env = "POSTHOUSE_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// A TOML file with the same settings, such as listen = "127.0.0.1:3000"
    #[arg(long, global = true, env = "POSTHOUSE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
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

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}
