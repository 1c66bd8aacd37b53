//! The command line and its settings: flags over environment over TOML file over defaults.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use backend::vault::KeySource;
use backend::{Config, Database, SecretString};
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;

use crate::backup::{BackupArgs, RestoreArgs};
use crate::exchange::{ExportCommand, ImportCommand};
use crate::explain::ExplainArgs;
use crate::test_send::TestSendArgs;

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
    Serve,
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

#[derive(Subcommand)]
pub enum VaultCommand {
    /// Gives the vault a new key while servers run, or ends a rotation that was interrupted
    Rotate,
    /// Opens every secret, shows none, and names those that do not open
    Check,
    /// Makes a new key where the old one is lost, and forgets every secret
    Reset {
        /// Says that every secret in the vault may be forgotten
        #[arg(long)]
        forget_secrets: bool,
    },
}

#[derive(Subcommand)]
pub enum UserCommand {
    /// Adds an administrator
    Add {
        /// The e-mail address to sign in with
        email: String,
        /// Reads the password, 12 to 128 characters, from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
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
    /// The file of the vault's key [default: vault.key in the data folder, or systemd's credential]
    #[arg(long, global = true, env = "POSTHOUSE_VAULT_KEY_FILE", value_name = "FILE")]
    vault_key_file: Option<PathBuf>,
    /// The folder that secrets of the kind file:PATH are read from [default: none]
    #[arg(long, global = true, env = "POSTHOUSE_SECRETS_DIR", value_name = "FOLDER")]
    secrets_dir: Option<PathBuf>,
    /// How long a server may be silent before another one takes its scheduled reports over [default: 60]
    #[arg(long, global = true, env = "POSTHOUSE_TAKE_OVER_AFTER", value_name = "SECONDS")]
    take_over_after: Option<u32>,
    /// How many test sends one person may begin within a minute [default: 30]
    #[arg(long, global = true, env = "POSTHOUSE_TESTS_PER_MINUTE", value_name = "NUMBER")]
    tests_per_minute: Option<u32>,
    /// How many days tests, and changes of several accounts, are kept; the newest test of an account stays [default:
    /// 400]
    #[arg(long, global = true, env = "POSTHOUSE_KEEP_TESTS", value_name = "DAYS")]
    keep_tests: Option<u32>,
    /// The DNS server that looks mail servers and proxies up, such as 192.0.2.53 [default: those of the machine]
    #[arg(long, global = true, env = "POSTHOUSE_DNS", value_name = "ADDRESS")]
    dns: Option<String>,
    /// The address that people reach Posthouse by [default: http:// and the address listened on]
    #[arg(long, global = true, env = "POSTHOUSE_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// How the log is written [default: text]
    #[arg(long, global = true, env = "POSTHOUSE_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// A TOML file with the same settings, such as listen = "127.0.0.1:3000"
    #[arg(long, global = true, env = "POSTHOUSE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
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
    pub log_format: LogFormat,
    data_dir: PathBuf,
    database_url: Option<SecretString>,
    vault_key_file: Option<PathBuf>,
    secrets_dir: Option<PathBuf>,
    take_over_after: Option<Duration>,
    tests_per_minute: Option<u32>,
    keep_tests: Option<u32>,
    dns: Option<SocketAddr>,
}

impl Settings {
    pub fn from(cli: &Cli) -> anyhow::Result<Self> {
        let given = &cli.options;
        let file = match &given.config {
            None => Options::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("the configuration file {} cannot be read", path.display()))?;
                toml::from_str(&text).map_err(|error| not_understood(path, &text, &error))?
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
        let base_url = given.base_url.clone().or(file.base_url).map(|text| BaseUrl::parse(&text)).transpose()?;
        Ok(Self {
            listen,
            base_url,
            log_format: given.log_format.or(file.log_format).unwrap_or_default(),
            data_dir: given.data_dir.clone().or(file.data_dir).unwrap_or_else(|| PathBuf::from("./data")),
            database_url: given.database_url.clone().or(file.database_url),
            vault_key_file: given.vault_key_file.clone().or(file.vault_key_file),
            secrets_dir: given.secrets_dir.clone().or(file.secrets_dir),
            take_over_after,
            tests_per_minute: given.tests_per_minute.or(file.tests_per_minute),
            keep_tests,
            dns: given.dns.clone().or(file.dns).map(|text| dns_server(&text)).transpose()?,
        })
    }

    /// What the use cases are opened with.
    pub fn backend(&self) -> anyhow::Result<Config> {
        let systemd = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let vault = KeySource::from_options(&self.data_dir, self.vault_key_file.as_deref(), systemd.as_deref());
        let secrets_dir = self.secrets_dir.clone();
        Ok(Config { vault: Some(vault), secrets_dir, ..self.without_vault()? })
    }

    /// The same for commands that neither seal nor open a secret: they do not touch the key.
    pub fn without_vault(&self) -> anyhow::Result<Config> {
        let database = Database::from_options(&self.data_dir, self.database_url.as_ref())?;
        let config = Config::new(database, self.hello_name());
        let run_hold = self.take_over_after.unwrap_or(config.run_hold);
        let tests_per_minute = self.tests_per_minute.unwrap_or(config.tests_per_minute);
        let tests_kept_days = self.keep_tests.unwrap_or(config.tests_kept_days);
        Ok(Config { run_hold, tests_per_minute, tests_kept_days, dns: self.dns, ..config })
    }

    /// What Posthouse calls itself to mail servers: the name that people reach it by, else the machine's.
    fn hello_name(&self) -> String {
        match &self.base_url {
            Some(url) if url.host.contains('.') => url.host.clone(),
            _ => backend::machine_name(),
        }
    }
}

/// An address, with a port where it is not 53.
fn dns_server(text: &str) -> anyhow::Result<SocketAddr> {
    let alone = || text.parse().map(|address: IpAddr| SocketAddr::new(address, 53));
    text.parse()
        .or_else(|_| alone())
        .with_context(|| format!("“{text}” is no address of a DNS server; write it as 192.0.2.53 or 192.0.2.53:5353"))
}

/// One line that says where and what. The file's own lines are not shown: one of them may hold a password.
fn not_understood(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let what = error.message().lines().collect::<Vec<_>>().join("; ");
    anyhow!("{}, line {line}: {what}; correct it and start again", path.display())
}

/// Where people reach Posthouse: scheme and authority, no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// `https://posthouse.example`
    pub origin: String,
    pub host: String,
    pub https: bool,
}

impl BaseUrl {
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => bail!("the base URL “{text}” begins neither with https:// nor with http://"),
        };
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '?', '#', '@', ' ']) {
            bail!("the base URL “{text}” is more than scheme, host and port; write it as https://posthouse.example");
        }
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        };
        let scheme = if https { "https" } else { "http" };
        Ok(Self { origin: format!("{scheme}://{authority}").to_lowercase(), host: host.to_lowercase(), https })
    }
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
    fn a_base_url_is_scheme_host_and_port() {
        let url = BaseUrl::parse("https://Posthouse.example:8443/").expect("it is one");
        assert_eq!(
            (url.origin.as_str(), url.host.as_str(), url.https),
            ("https://posthouse.example:8443", "posthouse.example", true)
        );
        for wrong in ["posthouse.example", "ftp://a", "http://", "https://a/b", "https://u@a"] {
            assert!(BaseUrl::parse(wrong).is_err(), "{wrong}");
        }
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
