//! The address that people reach Posthouse by.

use anyhow::bail;

/// Where people reach Posthouse: scheme and authority, no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// `https://posthouse.example`
    pub origin: String,
    pub host: String,
    /// The scheme's own where none is said.
    pub port: u16,
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
        let Some((host, port)) = host_and_port(authority, https) else {
            bail!("the base URL “{text}” has no port from 0 to 65535; write it as https://posthouse.example:8443");
        };
        // As browsers write it: without the scheme's own port.
        let origin = match (https, port) {
            (true, 443) => format!("https://{host}"),
            (true, _) => format!("https://{host}:{port}"),
            (false, 80) => format!("http://{host}"),
            (false, _) => format!("http://{host}:{port}"),
        };
        Ok(Self { origin, host, port, https })
    }
}

/// Takes `host:port` apart; the port is the scheme's own where none is said.
pub fn host_and_port(authority: &str, https: bool) -> Option<(String, u16)> {
    let usual = if https { 443 } else { 80 };
    match authority.rsplit_once(':') {
        // Else the colon is one of an IPv6 address.
        Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => {
            let port = if port.is_empty() { usual } else { port.parse().ok()? };
            Some((host.to_lowercase(), port))
        }
        _ => Some((authority.to_lowercase(), usual)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_scheme_host_and_port() {
        let url = BaseUrl::parse("https://Posthouse.example:8443/").expect("it is one");
        assert_eq!(
            (url.origin.as_str(), url.host.as_str(), url.port, url.https),
            ("https://posthouse.example:8443", "posthouse.example", 8443, true)
        );
        let origin = |text: &str| BaseUrl::parse(text).expect(text).origin;
        assert_eq!(origin("https://a.example:443"), "https://a.example");
        assert_eq!(origin("http://a.example:80/"), "http://a.example");
        assert_eq!(origin("http://[::1]:3000"), "http://[::1]:3000");
        assert_eq!(origin("http://[::1]"), "http://[::1]");
        for wrong in ["posthouse.example", "ftp://a", "http://", "https://a/b", "https://u@a", "https://a:99999"] {
            assert!(BaseUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
