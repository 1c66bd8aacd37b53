//! No file of the machine is served: what is not embedded in the program is a page that says so.

use std::path::Path;

use crate::http::{Visitor, answered};
use crate::installation::{Installation, binary};

const CANARY: &str = "a planted file: 7Jq2";

/// Removes what it planted.
struct Planted(Vec<std::path::PathBuf>);

impl Planted {
    fn new(folders: &[&Path]) -> Self {
        let mut files = Vec::new();
        for folder in folders {
            let below = folder.join("pkg-planted");
            std::fs::create_dir_all(&below).expect("the folder is there");
            for file in [folder.join("planted.txt"), folder.join(".planted"), below.join("index.html")] {
                std::fs::write(&file, CANARY).expect("the folder takes a file");
                files.push(file);
            }
            files.push(below);
        }
        Self(files)
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        for path in &self.0 {
            let _left = if path.is_dir() { std::fs::remove_dir(path) } else { std::fs::remove_file(path) };
        }
    }
}

/// A path in the spellings by which file services were fooled.
fn spellings(path: &str) -> Vec<String> {
    let dotted = path.replace('/', "/./");
    vec![
        format!("/{path}"),
        format!("//{path}"),
        format!("/{}", path.replace('/', "//")),
        format!("/{dotted}"),
        format!("/{}", path.replace('/', "%2f")),
        format!("/{}", path.replace('/', "%2F").replace('.', "%2e")),
        format!("/{}", path.replace('/', "%5c")),
        format!("/{}", path.replace('/', "\\")),
        format!("/settings/../{path}"),
        format!("/settings/%2e%2e/{path}"),
        format!("/assets/none/../../{path}"),
        format!("/assets/none/%2e%2e%2f%2e%2e%2f{path}"),
        format!("/..%2f{path}"),
        format!("/../{path}"),
        format!("/pkg/../{path}"),
        format!("/{path}/"),
        format!("/{path}%00"),
        format!("/{path}?x=.css"),
        format!("/{path};.css"),
    ]
}

#[test]
fn no_file_beside_the_program_in_its_data_or_in_its_working_directory_is_served() {
    let installation = Installation::sqlite();
    let binary = binary();
    let beside = binary.parent().expect("the program lies in a folder");
    let _planted = Planted::new(&[&installation.folder, beside]);
    let (server, visitor) = installation.served();
    std::fs::write(installation.data_dir().join("planted.txt"), CANARY).expect("the data folder is there");
    let names = ["planted.txt", ".planted", "pkg-planted/index.html", "pkg-planted", "data/planted.txt"];
    let real = ["data/vault.key", "data/posthouse.db", "data/posthouse.db-wal", "data", "posthouse", ".git/config"];
    let above = ["etc/passwd", "proc/self/environ", "proc/self/maps"];
    let absolute = installation.data_dir().join("vault.key");
    let absolute = absolute.to_str().expect("a name of letters").trim_start_matches('/').to_owned();
    let paths = names.iter().chain(&real).chain(&above).copied().chain([absolute.as_str()]);
    for path in paths.flat_map(spellings) {
        for who in [&visitor, &server.visitor()] {
            never_a_file(who, &path);
        }
    }
}

fn never_a_file(who: &Visitor, path: &str) {
    for method in ["GET", "HEAD"] {
        let answer = answered(who.say(method, path, &[("accept", "*/*"), ("range", "bytes=0-100")], ""));
        assert!(matches!(answer.status, 303 | 400 | 404), "{method} {path}: {answer:?}");
        let body = if answer.octets.is_empty() { answer.body.clone().into_bytes() } else { answer.octets.clone() };
        let holds = |text: &str| body.windows(text.len()).any(|window| window == text.as_bytes());
        for text in [CANARY, "posthouse-vault-key-1", "SQLite format 3", "root:x:0:0"] {
            assert!(!holds(text), "{method} {path}: {answer:?}");
        }
        assert_eq!(answer.header("accept-ranges"), None, "{method} {path}: {answer:?}");
    }
}

#[test]
fn an_address_without_a_page_is_a_page_that_says_so() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    for path in ["/no/such/page", "/settings/email/none", "/data/vault.key", "/favicon.ico"] {
        let page = visitor.page(path).expect_status(404);
        assert!(page.body.contains("There is no page at this address."), "{path}: {}", page.body);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    }
}
