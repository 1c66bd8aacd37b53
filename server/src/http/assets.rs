//! The files that browsers load, embedded into the binary and served as they were compressed at build time.
//!
//! `cargo xtask build` names their folder and their hash while this file is compiled. Without it, as in a plain
//! `cargo build`, the program is complete but for its assets, and the hash is `none`.
//!
//! Not `memory-serve`: its build script demands the folder and compresses all files anew, and each start unpacks and
//! gzips them into memory. It has no one hash for all files, below which modules import each other by relative names.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use leptos::WasmSplitManifest;
use leptos::prelude::ArcStoredValue;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$POSTHOUSE_SITE"]
#[allow_missing = true]
struct Site;

/// The hash over all assets, which their addresses hold.
pub fn hash() -> &'static str {
    option_env!("POSTHOUSE_SITE_HASH").unwrap_or("none")
}

/// Where the assets' addresses begin: the `root` of leptos' `HydrationScripts`.
pub fn root() -> &'static str {
    static ROOT: LazyLock<String> = LazyLock::new(|| format!("/assets/{}", hash()));
    &ROOT
}

/// What leptos needs as context to name, in a page's head, the modules of a lazy route.
pub fn lazy_modules() -> WasmSplitManifest {
    static MANIFEST: LazyLock<WasmSplitManifest> = LazyLock::new(|| {
        let file = Site::get("pkg/__wasm_split_manifest.json");
        let modules = file.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default();
        WasmSplitManifest(ArcStoredValue::new((format!("{}/pkg", root()), modules, "__wasm_split.js".to_owned())))
    });
    MANIFEST.clone()
}

pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{hash}/{*path}", get(serve))
}

async fn serve(Path((wanted, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if wanted != hash() {
        return StatusCode::NOT_FOUND.into_response();
    }
    answer(&path, &headers, |file| {
        Some(match Site::get(file)?.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
        })
    })
}

/// Answers with the smallest form of a file that the browser takes and `load` knows.
fn answer(path: &str, headers: &HeaderMap, load: impl Fn(&str) -> Option<Bytes>) -> Response {
    // Only what stands behind a name without these endings is a file of its own.
    let content_type = content_type(path);
    let Some(content_type) = content_type else { return StatusCode::NOT_FOUND.into_response() };
    let Some(plain) = load(path) else { return StatusCode::NOT_FOUND.into_response() };
    let accepted: Vec<&str> = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    let accepted = accepted.join(",");
    let packed = preferred(&accepted).iter().find_map(|coding| match coding {
        Coding::Identity => Some((None, plain.clone())),
        Coding::Br => Some((Some("br"), load(&format!("{path}.br"))?)),
        Coding::Gzip => Some((Some("gzip"), load(&format!("{path}.gz"))?)),
    });
    let (coding, bytes) = packed.unwrap_or((None, plain));
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(VARY, axum::http::HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, axum::http::HeaderValue::from_static(coding));
    }
    response
}

/// The media type of a file by its ending. The list holds what the build makes, and no more.
fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Br,
    Gzip,
    Identity,
}

/// The codings that an `Accept-Encoding` allows, the best first (RFC 9110, section 12.5.3).
fn preferred(accepted: &str) -> Vec<Coding> {
    let mut weights: Vec<(Coding, u16)> = [(Coding::Br, "br"), (Coding::Gzip, "gzip"), (Coding::Identity, "identity")]
        .map(|(coding, name)| (coding, weight(accepted, name)))
        .into_iter()
        .filter(|(_, weight)| *weight > 0)
        .collect();
    // Stable: of what is liked equally, the smallest goes first.
    weights.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    weights.into_iter().map(|(coding, _)| coding).collect()
}

/// How much a coding is liked, in thousandths; 0 is a refusal.
fn weight(accepted: &str, name: &str) -> u16 {
    let mut any = None;
    for item in accepted.split(',') {
        let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
        let q = parameters.trim().strip_prefix("q=").or_else(|| parameters.trim().strip_prefix("Q="));
        let q = q.map_or(1000, |q| q.trim().parse::<f32>().map_or(0, |q| (q.clamp(0.0, 1.0) * 1000.0) as u16));
        match coding.trim() {
            coding if coding.eq_ignore_ascii_case(name) => return q,
            "*" => any = Some(q),
            _ => {}
        }
    }
    // Unnamed, identity stays allowed, behind all that is named.
    any.unwrap_or(if name == "identity" { 1 } else { 0 })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{HeaderValue, Request};
    use tower::ServiceExt;

    use super::*;

    #[test]
    fn the_coding_follows_the_browsers_weights() {
        use Coding::{Br, Gzip, Identity};
        let cases: [(&str, &[Coding]); 10] = [
            ("", &[Identity]),
            ("gzip, deflate, br, zstd", &[Br, Gzip, Identity]),
            ("gzip", &[Gzip, Identity]),
            ("br;q=0.5, gzip;q=0.8", &[Gzip, Br, Identity]),
            ("br; q=0.5 , GZIP ; q=0.8", &[Gzip, Br, Identity]),
            ("br;q=0, gzip", &[Gzip, Identity]),
            ("*", &[Br, Gzip, Identity]),
            ("*;q=0", &[]),
            ("identity, br;q=0.1", &[Identity, Br]),
            ("br;q=nonsense, identity;q=0", &[]),
        ];
        for (accepted, expected) in cases {
            assert_eq!(preferred(accepted), expected, "{accepted:?}");
        }
    }

    fn file(name: &str) -> Option<Bytes> {
        match name {
            "pkg/a.wasm" => Some(Bytes::from_static(b"plain")),
            "pkg/a.wasm.br" => Some(Bytes::from_static(b"brotli")),
            "icon.png" => Some(Bytes::from_static(b"png")),
            _ => None,
        }
    }

    fn ask(path: &str, accepted: &'static str) -> Response {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
        answer(path, &headers, file)
    }

    #[test]
    fn a_compressed_form_says_what_it_is() {
        let response = ask("pkg/a.wasm", "gzip, br");
        assert_eq!(response.status(), StatusCode::OK);
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(header(CONTENT_ENCODING), Some("br"));
        assert_eq!(header(CONTENT_TYPE), Some("application/wasm"));
        assert_eq!(header(VARY), Some("accept-encoding"));
        assert_eq!(header(CACHE_CONTROL), Some("public, max-age=31536000, immutable"));
    }

    #[test]
    fn a_file_without_the_wanted_form_is_served_as_it_is() {
        for (path, accepted) in [("pkg/a.wasm", "gzip"), ("icon.png", "br, gzip"), ("pkg/a.wasm", "*;q=0")] {
            let response = ask(path, accepted);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert!(!response.headers().contains_key(CONTENT_ENCODING), "{path}");
        }
    }

    #[test]
    fn compressed_files_have_no_address_of_their_own() {
        for path in ["pkg/a.wasm.br", "pkg/b.wasm", "pkg", ""] {
            assert_eq!(ask(path, "br").status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn another_hash_and_an_unknown_file_are_not_found() {
        for path in ["/assets/0000000000000000/style.css".to_owned(), format!("{}/unknown.css", root())] {
            let request = Request::get(&path).body(Body::empty()).expect("the request is well-formed");
            let response = router::<()>().oneshot(request).await.expect("the router can't fail");
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
