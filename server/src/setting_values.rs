//! What the values of settings have to be: each is read here, or refused in one line that says what was expected.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use backend::{PermittedDestination, ReportLimits, SecretString, SessionLimits};
use model::{Host, Network, SecretReference, TimeLimit};
use secrecy::ExposeSecret;

use crate::base_url::BaseUrl;
use crate::private_file::{self, Readers};

pub fn check_transport(
    listen: SocketAddr,
    base_url: Option<&BaseUrl>,
    is_tls: bool,
    insecure_http: bool,
) -> anyhow::Result<()> {
    let is_https = base_url.is_some_and(|url| url.https);
    let address = listen.ip().to_canonical();
    if is_tls && base_url.is_some_and(|url| !url.https) {
        bail!("with --tls-cert and --tls-key, the base URL begins with https://");
    }
    if !address.is_loopback() && !is_https && !is_tls && !insecure_http {
        bail!(
            "{listen} can be reached from other machines, and passwords would go there in clear text; give --tls-cert \
             and --tls-key, or, where a proxy adds TLS, an https --base-url, or --insecure-http in a network that you \
             trust"
        );
    }
    if address.is_unspecified() && base_url.is_none() {
        bail!(
            "{listen} stands for every address of this machine; say which one people open by --base-url, such as \
             https://posthouse.example"
        );
    }
    Ok(())
}

/// Whether the URL of a database says a password.
pub fn holds_password(url: &SecretString) -> bool {
    let url = url.expose_secret();
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next()).unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user).unwrap_or_default();
    user.contains(':') || url.contains("password=")
}

pub fn database_password(file: &Path) -> anyhow::Result<SecretString> {
    let text = private_file::read(file, "the database's password file", Readers::Owner)?;
    let password = text.expose_secret().trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("the database's password file {} is empty", file.display());
    }
    Ok(SecretString::from(password))
}

/// At least twice as long as it takes to note that a session is used, and at most a week.
pub fn session_limits(idle: Option<u32>, lifetime: Option<u32>) -> anyhow::Result<SessionLimits> {
    let mut limits = SessionLimits::default();
    if let Some(minutes) = idle {
        if !(2..=10_080).contains(&minutes) {
            bail!("--session-idle takes 2 to 10,080 minutes, not {minutes}");
        }
        limits.idle = Duration::from_secs(u64::from(minutes) * 60);
    }
    if let Some(hours) = lifetime {
        if !(1..=168).contains(&hours) {
            bail!("--session-lifetime takes 1 to 168 hours, not {hours}");
        }
        limits.lifetime = Duration::from_secs(u64::from(hours) * 60 * 60);
    }
    Ok(limits)
}

/// How long each answer of a mail server may take.
pub fn time_limit(setting: &str, seconds: Option<u32>) -> anyhow::Result<Option<TimeLimit>> {
    let limit = seconds.map(TimeLimit::from_seconds).transpose();
    limit.map_err(|why| anyhow!("{setting}: {why}"))
}

/// The name of a variable that secrets may be read from.
pub fn variable(name: &str) -> anyhow::Result<String> {
    let name = name.trim();
    SecretReference::parse(&format!("env:{name}"))
        .map(|_| name.to_owned())
        .map_err(|why| anyhow!("--secret-env takes names of environment variables, such as RELAY_PASSWORD: {why}"))
}

/// Where the secret of a reference may go.
pub fn destination(text: &str) -> anyhow::Result<PermittedDestination> {
    PermittedDestination::parse(text.trim()).map_err(|why| anyhow!("--secret: {why}"))
}

pub fn report_domains(typed: Vec<String>) -> anyhow::Result<Vec<Host>> {
    let domains = typed.iter().map(|domain| domain.trim()).filter(|domain| !domain.is_empty());
    domains
        .map(|domain| {
            ReportLimits::domain(domain)
                .map_err(|why| anyhow!("--report-domains: {why} Write them as example.org,example.net"))
        })
        .collect()
}

/// An address, with a port where it is not 53.
pub fn dns_server(text: &str) -> anyhow::Result<SocketAddr> {
    let alone = || text.parse().map(|address: IpAddr| SocketAddr::new(address, 53));
    text.parse()
        .or_else(|_| alone())
        .with_context(|| format!("“{text}” is no address of a DNS server; write it as 192.0.2.53 or 192.0.2.53:5353"))
}

/// The networks that a setting names. A setting that is there and names none would deny nothing, or allow everything,
/// where its writer meant something else.
pub fn networks(setting: &str, given: Option<Vec<String>>) -> anyhow::Result<Vec<Network>> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let named = given.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    let networks =
        named.map(Network::parse).collect::<Result<Vec<_>, _>>().map_err(|why| anyhow!("{setting}: {why}"))?;
    if networks.is_empty() {
        bail!("{setting} names no network; write it as 10.0.0.0/8,fd00::/8, or leave it out");
    }
    Ok(networks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_not_served_in_clear_text_unasked() {
        let check = |listen: &str, base_url: Option<&str>, is_tls: bool, insecure_http: bool, refused: Option<&str>| {
            let base_url = base_url.map(|url| BaseUrl::parse(url).expect(url));
            let listen = listen.parse().expect(listen);
            let said = check_transport(listen, base_url.as_ref(), is_tls, insecure_http).err();
            let said = said.map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains(refused.unwrap_or_default()), "{listen}: {said}");
            assert_eq!(said.is_empty(), refused.is_none(), "{listen}: {said}");
        };
        let (https, http) = (Some("https://posthouse.example"), Some("http://posthouse.example"));
        for local in ["127.0.0.1:3000", "[::1]:3000", "[::ffff:127.0.0.1]:3000"] {
            check(local, None, false, false, None);
            check(local, http, false, false, None);
        }
        for open in ["0.0.0.0:3000", "[::]:3000", "192.0.2.1:3000", "[::ffff:192.0.2.1]:3000"] {
            check(open, None, false, false, Some("--insecure-http"));
            check(open, http, false, false, Some("--insecure-http"));
            check(open, http, false, true, None);
            check(open, https, false, false, None);
            check(open, https, true, false, None);
        }
        check("192.0.2.1:3000", None, true, false, None);
        check("192.0.2.1:3000", None, false, true, None);
        check("0.0.0.0:3000", None, true, false, Some("--base-url"));
        check("127.0.0.1:3000", http, true, false, Some("https://"));
    }

    #[test]
    fn a_password_in_a_database_url_is_noticed() {
        let check = |url: &str, is_there: bool| assert_eq!(holds_password(&url.into()), is_there, "{url}");
        check("postgres://u:p@h/d", true);
        check("postgres://u@h/d?password=p", true);
        check("postgres://u@h:5432/d", false);
        check("postgres://h:5432/d", false);
        check("sqlite:a:b@c", false);
    }
}
