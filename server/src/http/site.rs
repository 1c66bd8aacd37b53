//! The addresses that people reach Posthouse by. A request for any other host is refused: a stranger's name that leads
//! here would otherwise make this server a part of the stranger's site.

use std::net::SocketAddr;
use std::sync::Arc;

use app::ssr::IsHttps;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use model::Problem;

use crate::base_url::{BaseUrl, host_and_port};
use crate::http::refusal;

/// What asks whether the program is alive knows no name of it.
const BY_ANY_NAME: [&str; 2] = ["/livez", "/readyz"];

#[derive(Clone)]
pub struct Site {
    pub base_url: BaseUrl,
    /// `localhost`, where it is listened on and no base URL was given.
    also: Option<BaseUrl>,
}

impl Site {
    /// The base URL alone; without one, the address that is listened on.
    pub fn new(base_url: Option<BaseUrl>, listened_on: SocketAddr, is_tls: bool) -> anyhow::Result<Self> {
        if let Some(base_url) = base_url {
            return Ok(Self { base_url, also: None });
        }
        let scheme = if is_tls { "https" } else { "http" };
        let is_local = listened_on.ip().to_canonical().is_loopback();
        let localhost = is_local.then(|| BaseUrl::parse(&format!("{scheme}://localhost:{}", listened_on.port())));
        Ok(Self { base_url: BaseUrl::parse(&format!("{scheme}://{listened_on}"))?, also: localhost.transpose()? })
    }

    /// Which of the addresses a request is for.
    pub fn asked_for(&self, uri: &Uri, headers: &HeaderMap) -> Option<&BaseUrl> {
        let in_line = uri.authority().map(|authority| authority.as_str());
        let in_head = headers.get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or_default());
        let mut names = in_line.into_iter().chain(in_head);
        let asked_for = self.named(names.next()?)?;
        names.all(|name| self.named(name) == Some(asked_for)).then_some(asked_for)
    }

    fn named(&self, authority: &str) -> Option<&BaseUrl> {
        let (host, port) = host_and_port(authority, self.base_url.https)?;
        let known = [Some(&self.base_url), self.also.as_ref()];
        known.into_iter().flatten().find(|url| url.host == host && url.port == port)
    }
}

pub async fn layer(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let is_ours = site.asked_for(request.uri(), request.headers()).is_some();
    if !is_ours && !BY_ANY_NAME.contains(&request.uri().path()) {
        let text = format!(
            "Posthouse is at {}, not at the address that was asked for. Open that one. A proxy in between has to pass \
             the Host header on as it is.",
            site.base_url.origin
        );
        let mut response = refusal::answer(request.headers(), &Problem::Malformed(text));
        *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        return response;
    }
    request.extensions_mut().insert(IsHttps(site.base_url.https));
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn site(base_url: Option<&str>, listened_on: &str) -> Site {
        let base_url = base_url.map(|url| BaseUrl::parse(url).expect(url));
        Site::new(base_url, listened_on.parse().expect(listened_on), false).expect("it is an address")
    }

    fn is_asked_for(site: &Site, uri: &str, hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append("host", HeaderValue::from_str(host).expect(host));
        }
        site.asked_for(&uri.parse().expect(uri), &headers).is_some()
    }

    #[test]
    fn a_request_is_for_the_base_url_or_refused() {
        let check = |base_url: Option<&str>, listened_on: &str, host: &str, is_ours: bool| {
            assert_eq!(is_asked_for(&site(base_url, listened_on), "/", &[host]), is_ours, "{base_url:?} {host}");
        };
        let https = Some("https://Posthouse.example");
        check(https, "127.0.0.1:3000", "posthouse.example", true);
        check(https, "127.0.0.1:3000", "POSTHOUSE.example:443", true);
        check(https, "127.0.0.1:3000", "posthouse.example:3000", false);
        check(https, "127.0.0.1:3000", "127.0.0.1:3000", false);
        check(https, "127.0.0.1:3000", "evil.example", false);
        check(https, "127.0.0.1:3000", "posthouse.example.evil.example", false);
        check(https, "127.0.0.1:3000", "", false);
        check(Some("http://posthouse.example:8080"), "127.0.0.1:3000", "posthouse.example:8080", true);
        check(Some("http://posthouse.example:8080"), "127.0.0.1:3000", "posthouse.example", false);
        check(None, "127.0.0.1:3000", "127.0.0.1:3000", true);
        check(None, "127.0.0.1:3000", "localhost:3000", true);
        check(None, "127.0.0.1:3000", "localhost:3001", false);
        check(None, "127.0.0.1:3000", "localhost", false);
        check(None, "127.0.0.1:3000", "evil.example:3000", false);
        check(None, "[::1]:3000", "[::1]:3000", true);
        check(None, "[::1]:3000", "localhost:3000", true);
        check(None, "192.0.2.1:3000", "192.0.2.1:3000", true);
        check(None, "192.0.2.1:3000", "localhost:3000", false);
    }

    #[test]
    fn every_host_that_a_request_names_counts() {
        let site = site(Some("https://posthouse.example"), "127.0.0.1:3000");
        let check = |uri: &str, hosts: &[&str], is_ours: bool| {
            assert_eq!(is_asked_for(&site, uri, hosts), is_ours, "{uri} {hosts:?}");
        };
        check("/", &[], false);
        check("/", &["posthouse.example", "evil.example"], false);
        check("/", &["evil.example", "posthouse.example"], false);
        check("https://posthouse.example/", &["posthouse.example"], true);
        check("https://evil.example/", &["posthouse.example"], false);
        check("https://posthouse.example/", &["evil.example"], false);
    }
}
