//! Nothing secret travels in clear text unless somebody asked for it: TLS that Posthouse serves, the names it answers
//! to, and the way to its database.

use std::fs::Permissions;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::installation::{EMAIL, Installation, PATIENCE, Server, bare, until};
use crate::start::line;

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A certificate for 127.0.0.1 and its key, as files.
struct Pair {
    certificate: PathBuf,
    key: PathBuf,
    der: CertificateDer<'static>,
}

impl Pair {
    /// Writes a new one over what is there.
    fn write(folder: &Path) -> Self {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate can be made");
        let (certificate, key) = (folder.join("tls.pem"), folder.join("tls.key"));
        write(&key, &own.signing_key.serialize_pem(), 0o600);
        write(&certificate, &own.cert.pem(), 0o644);
        Self { certificate, key, der: own.cert.der().clone() }
    }

    /// What the server says over TLS to somebody who trusts this certificate alone.
    fn ask(&self, server: &Server, path: &str) -> io::Result<String> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).map_err(io::Error::other)?;
        let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let mut config = config.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let name = ServerName::try_from("127.0.0.1").map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, TcpStream::connect(&server.address)?);
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.address);
        stream.write_all(head.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
        Ok(answer)
    }
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).expect("it can be written");
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

fn with_tls(installation: &Installation, pair: &Pair) -> std::process::Command {
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    program.arg("--tls-cert").arg(&pair.certificate).arg("--tls-key").arg(&pair.key);
    program
}

#[test]
fn tls_is_served_and_a_renewed_certificate_is_taken_up() {
    let installation = Installation::sqlite();
    let first = Pair::write(&installation.folder);
    let server = Server::start(with_tls(&installation, &first));
    assert!(server.announced.contains(&format!("is at https://{}\n", server.address)), "{}", server.announced);
    let answer = first.ask(&server, "/sign-in").expect("it is served by TLS");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000; includeSubDomains\r\n"), "{answer}");
    assert!(server.visitor().say("GET", "/livez", &[], "").is_err(), "not in clear text");

    let second = Pair::write(&installation.folder);
    until("the new certificate", || second.ask(&server, "/livez").ok());
    assert!(first.ask(&server, "/livez").is_err(), "the one before is gone");

    write(&second.certificate, "no certificate", 0o644);
    until("an error in the log", || server.log().contains("the one before stays in use").then_some(()));
    second.ask(&server, "/livez").expect("it goes on with what it has");
    // Asked for by a signal, it looks again also where nothing changed.
    let before = server.log().matches("the one before stays in use").count();
    server.signal("HUP");
    until("another look", || (server.log().matches("the one before stays in use").count() > before).then_some(()));

    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_client_that_begins_no_handshake_is_cut_and_keeps_nobody_from_stopping_it() {
    let installation = Installation::sqlite();
    let pair = Pair::write(&installation.folder);
    let server = Server::start(with_tls(&installation, &pair));
    let mut silent = TcpStream::connect(&server.address).expect("the server listens");
    silent.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let mut answer = Vec::new();
    silent.read_to_end(&mut answer).expect("the server hangs up");
    assert!(answer.is_empty());
    let _silent = TcpStream::connect(&server.address).expect("the server listens");
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn tls_files_that_cannot_be_used_are_named_at_the_start() {
    let installation = Installation::sqlite();
    let pair = Pair::write(&installation.folder);
    let refused = |parts: &[&str]| {
        let said = line(with_tls(&installation, &pair));
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    };
    write(&pair.key, &std::fs::read_to_string(&pair.key).expect("it is there"), 0o644);
    refused(&["tls.key", "is open to others", "0644", "chmod 600"]);
    write(&pair.key, "nothing", 0o600);
    refused(&["tls.key", "holds no private key"]);
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate can be made");
    write(&pair.key, &other.signing_key.serialize_pem(), 0o600);
    refused(&["tls.pem", "tls.key", "cannot be used"]);
    write(&pair.certificate, "", 0o644);
    refused(&["tls.pem", "holds no certificate"]);
    std::fs::remove_file(&pair.certificate).expect("it is there");
    refused(&["tls.pem", "cannot be read"]);
    let said = line(installation.program(&["serve", "--tls-key", "tls.key"]));
    assert!(said.contains("--tls-cert and --tls-key"), "{said}");
    assert!(!installation.data_dir().exists(), "nothing was made");
}

#[test]
fn other_machines_are_not_served_in_clear_text_unless_it_is_asked_for() {
    let installation = Installation::sqlite();
    let said = line(installation.program(&["serve", "--listen", "0.0.0.0:0"]));
    assert!(["--tls-cert", "--base-url", "--insecure-http"].iter().all(|flag| said.contains(flag)), "{said}");
    let said = line(installation.program(&["serve", "--listen", "0.0.0.0:0", "--insecure-http"]));
    assert!(said.contains("--base-url"), "{said}");
    assert!(!installation.data_dir().exists(), "nothing was made");
}

#[test]
fn a_request_for_another_host_is_refused() {
    let installation = Installation::sqlite();
    let server = installation.serve();
    let visitor = server.visitor();
    let wrong = [("email", EMAIL), ("password", "not the password")];
    // A name of a stranger that leads here: its page calls with its own origin, which is also the host.
    let stranger = visitor.by_name("http", "evil.example");
    for answer in [stranger.page("/sign-in"), stranger.page("/"), stranger.post("sign_in", &wrong)] {
        let answer = answer.expect_status(421);
        assert!(answer.body.contains(&format!("Posthouse is at http://{}", server.address)), "{answer:?}");
    }
    for path in ["/livez", "/readyz"] {
        stranger.page(path).expect_status(200);
    }
    let port = server.address.rsplit_once(':').expect("host and port").1;
    let local = visitor.by_name("http", &format!("localhost:{port}"));
    let answer = local.post("sign_in", &wrong).expect_status(403);
    assert!(answer.body.contains("password is wrong"), "{answer:?}");
    for origin in [format!("https://localhost:{port}"), format!("http://{}", server.address)] {
        let answer = local.with_origin(Some(&origin)).post("sign_in", &wrong).expect_status(403);
        assert!(answer.body.contains("another site"), "{answer:?}");
    }
}

#[test]
fn with_a_base_url_its_host_alone_is_answered() {
    let installation = Installation::sqlite();
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    program.args(["--base-url", "https://posthouse.example"]);
    let server = Server::start(program);
    let visitor = server.visitor();
    visitor.by_name("https", "posthouse.example").page("/sign-in").expect_status(200);
    visitor.by_name("https", "posthouse.example:443").page("/sign-in").expect_status(200);
    let answer = visitor.page("/sign-in").expect_status(421);
    assert!(answer.body.contains("https://posthouse.example"), "{answer:?}");
    visitor.page("/livez").expect_status(200);
}

/// The first packet of a PostgreSQL client, without its length.
fn packet(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut packet = vec![0; (u32::from_be_bytes(length) as usize).saturating_sub(4).min(65_536)];
    stream.read_exact(&mut packet)?;
    Ok(packet)
}

/// What a client says that asks for TLS.
const SSL_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();

/// Something in the place of a PostgreSQL server: what `meet` makes of each client comes out of the channel. It is
/// reached by 0.0.0.0, which is no loopback address and yet leads to this machine.
fn database(meet: impl Fn(TcpStream) -> io::Result<Vec<u8>> + Send + 'static) -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it has one").port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A client that hangs up has said nothing.
            let _unheard = sender.send(meet(stream).unwrap_or_default());
        }
    });
    (format!("postgres://hidden-user:hidden-canary@0.0.0.0:{port}/mail"), receiver)
}

#[test]
fn a_database_elsewhere_that_offers_no_tls_hears_nothing() {
    let installation = Installation::sqlite();
    let refuse_tls = |mut stream: TcpStream| {
        let asked = packet(&mut stream)?;
        assert_eq!(asked, SSL_REQUEST, "TLS is asked for first");
        stream.write_all(b"N")?;
        packet(&mut stream)
    };
    let (url, heard) = database(refuse_tls);
    let said = line(bare(&installation.folder, &["migrate", "--database-url", &url]));
    for part in ["does not support TLS", "sslmode=", "sslrootcert="] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("canary"), "{said}");
    assert_eq!(heard.recv_timeout(PATIENCE).expect("it was asked"), b"");
}

#[test]
fn a_database_elsewhere_has_to_prove_its_name() {
    let installation = Installation::sqlite();
    let own = rcgen::generate_simple_self_signed(["db.nordhavn.example".to_owned()]).expect("it can be made");
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let config = config.expect("ring knows them").with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![own.cert.der().clone()], key.into()).expect("they fit"));
    let offer_tls = move |mut stream: TcpStream| {
        packet(&mut stream)?;
        stream.write_all(b"S")?;
        let session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        let mut start = vec![0; 8];
        StreamOwned::new(session, stream).read_exact(&mut start)?;
        Ok(start)
    };
    let (url, heard) = database(offer_tls);
    let said = line(bare(&installation.folder, &["migrate", "--database-url", &url]));
    assert!(said.contains("could not be reached by TLS") && said.contains("certificate"), "{said}");
    assert_eq!(heard.recv_timeout(PATIENCE).expect("it was asked"), b"", "nothing is said to it");
}

#[test]
fn a_url_that_says_how_is_taken_at_its_word_and_the_password_comes_from_its_file() {
    let installation = Installation::sqlite();
    let ask_for_password = |mut stream: TcpStream| {
        packet(&mut stream)?;
        // AuthenticationCleartextPassword
        stream.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3])?;
        stream.read_exact(&mut [0])?;
        packet(&mut stream)
    };
    let (url, heard) = database(ask_for_password);
    let url = format!("{}?sslmode=disable", url.replace(":hidden-canary", ""));
    let file = installation.folder.join("password");
    let words = ["migrate", "--database-url", &url, "--database-password-file", "password"];
    write(&file, "from-the-file\n", 0o600);
    // The server hangs up then.
    line(bare(&installation.folder, &words));
    assert_eq!(heard.recv_timeout(PATIENCE).expect("it was asked"), b"from-the-file\0");
    write(&installation.folder.join("passphrase"), "twelve letters or more\n", 0o600);
    let (other, heard) = database(ask_for_password);
    let other = format!("{}?sslmode=disable", other.replace(":hidden-canary", ""));
    let backup = ["backup", "posthouse.backup", "--passphrase-file", "passphrase", "--database-url", &other];
    line(bare(&installation.folder, &[&backup[..], &words[3..]].concat()));
    assert_eq!(heard.recv_timeout(PATIENCE).expect("it was asked"), b"from-the-file\0", "a backup gives it too");

    write(&file, "from-the-file\n", 0o644);
    let said = line(bare(&installation.folder, &words));
    assert!(said.contains("password is open to others: its mode is 0644"), "{said}");
    assert!(!said.contains("from-the-file"), "{said}");
    write(&file, "\n", 0o600);
    assert!(line(bare(&installation.folder, &words)).contains("is empty"));
    let words = ["migrate", "--database-password-file", "password"];
    assert!(line(bare(&installation.folder, &words)).contains("SQLite takes no password"));
}

#[test]
fn a_configuration_file_with_the_databases_password_is_for_nobody_else() {
    let installation = Installation::sqlite();
    let file = installation.folder.join("posthouse.toml");
    let said = |url: &str, mode: u32| {
        write(&file, &format!("database-url = '{url}'\nbase-url = \"x\"\n"), mode);
        line(bare(&installation.folder, &["migrate", "--config", "posthouse.toml"]))
    };
    let url = "postgres://u:hidden-canary@h/d";
    for mode in [0o644, 0o660, 0o604] {
        let said = said(url, mode);
        assert!(said.contains("posthouse.toml is open to others") && !said.contains("canary"), "{said}");
    }
    for mode in [0o600, 0o640] {
        assert!(said(url, mode).contains("base URL “x”"), "it is read");
    }
    assert!(said("postgres://u@h/d", 0o644).contains("base URL “x”"), "there is no secret in it");
}
