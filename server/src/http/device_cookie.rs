//! The cookie of a browser that somebody signed in with. It lets nobody in: its browser has tries of its own to sign in
//! with, which strangers cannot use up.

use app::ssr::NewDevice;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use backend::{Client, ClientAddress, DEVICE_SECONDS, SecretString};
use model::RequestId;
use secrecy::ExposeSecret;

use crate::base_url::BaseUrl;
use crate::http::audit;

/// Longer than any that is given.
const LONGEST: usize = 128;

/// How the cookie is called and kept.
#[derive(Clone, Copy)]
pub struct DeviceCookie {
    https: bool,
}

impl From<&BaseUrl> for DeviceCookie {
    fn from(url: &BaseUrl) -> Self {
        Self { https: url.https }
    }
}

impl DeviceCookie {
    /// A name that no neighbour under http, and no other host of the domain, can set.
    const fn name(self) -> &'static str {
        if self.https { "__Host-posthouse-device" } else { "posthouse-device" }
    }

    fn read(self, headers: &HeaderMap) -> Option<SecretString> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, token) = pairs.find(|(name, _)| *name == self.name())?;
        (!token.is_empty() && token.len() <= LONGEST).then(|| token.into())
    }

    fn write(self, token: &SecretString) -> Option<HeaderValue> {
        let (name, secure) = (self.name(), if self.https { "; Secure" } else { "" });
        let token = token.expose_secret();
        let text = format!("{name}={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age={DEVICE_SECONDS}{secure}");
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Puts the [`Client`] into the request, and the cookie of a new device into the answer.
pub async fn layer(State(cookie): State<DeviceCookie>, mut request: Request, next: Next) -> Response {
    let address = request.extensions().get().copied().unwrap_or(ClientAddress::UNKNOWN);
    let number = RequestId::from(audit::number(&request));
    let client = Client { address, device: cookie.read(request.headers()), request: number };
    let new_device = NewDevice::default();
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(new_device.clone());
    let mut response = next.run(request).await;
    if let Some(value) = new_device.token().and_then(|token| cookie.write(token)) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
