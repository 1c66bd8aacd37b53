//! What the server's memory holds of a secret a second after it was signed in with: opened by a process that was
//! started after it was saved, sent, and forgotten.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use crate::drafts::{account, credential};
use crate::installation::{EMAIL, Installation, Server, text, with};
use crate::search::{Canary, Search};
use crate::servers::{ServerBehaviour, encrypted_mail_server, mail_server, proxy};

const SECRET: Canary = Canary { core: "memoryCanary2Gw7k" };
const OF_PROXY: Canary = Canary { core: "memoryProxyCanary5Xp" };
const IN_FILE: Canary = Canary { core: "memoryFileCanary3Mz" };
/// Stands in the environment of each server.
const PROOF: &str = "memoryProof9Ty3";

const IN_CLEAR: &str = "PLAIN in clear text";
/// Such a server's words stay in the buffers of rustls, which wipes nothing that it has received.
const REPEATED_IN_TLS: &str = "PLAIN, repeated within TLS";

/// How many times something stands in a part of the memory: the heap, the stacks, what is mapped.
type Found = BTreeMap<String, usize>;

/// Looks through all that a process can write to, as it is now.
fn look(server: &Server, search: &Search) -> io::Result<Found> {
    const PIECE: usize = 1 << 20;
    /// More than anything that is looked for.
    const OVERLAP: usize = 1 << 10;
    let folder = format!("/proc/{}", server.id());
    let (maps, memory) = (std::fs::read_to_string(format!("{folder}/maps"))?, File::open(format!("{folder}/mem"))?);
    let mut found = Found::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let name = words.nth(3).unwrap_or("mapped");
        let ends = range.split_once('-').map(|(from, to)| (u64::from_str_radix(from, 16), u64::from_str_radix(to, 16)));
        let (Some((Ok(from), Ok(to))), true) = (ends, rights.starts_with("rw")) else { continue };
        let mut bytes = vec![0; PIECE + OVERLAP];
        for at in (from..to).step_by(PIECE) {
            let length = usize::try_from(to - at).map_or(bytes.len(), |left| left.min(bytes.len()));
            // What was given back meanwhile cannot be read.
            if memory.read_exact_at(&mut bytes[..length], at).is_err() {
                continue;
            }
            for (place, form) in search.places(&bytes[..length]).filter(|(place, _)| *place < PIECE) {
                let around = &bytes[place.saturating_sub(120)..(place + form.len() + 60).min(length)];
                println!("  {:#x} {name}: {:?}", at + place as u64, text(around));
                *found.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(found)
}

fn serve(installation: &Installation) -> Server {
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    program.arg("--secrets-dir").arg(&installation.folder).env("MEMORY_PROOF", PROOF);
    Server::start(program)
}

#[test]
fn a_second_after_a_sign_in_the_secret_is_gone_from_memory() {
    let installation = Installation::sqlite();
    std::fs::write(installation.folder.join("relay"), IN_FILE.secret()).expect("it is written");
    let repeats = ServerBehaviour::Repeats(SECRET.secret());
    // Each with the number of the credential that it is signed in to with: kept in the vault, or in a file.
    let servers = [
        ("PLAIN", "2", encrypted_mail_server("PLAIN", ServerBehaviour::Accepts)),
        ("LOGIN", "2", encrypted_mail_server("LOGIN", ServerBehaviour::Accepts)),
        ("CRAM-MD5", "2", encrypted_mail_server("CRAM-MD5", ServerBehaviour::Accepts)),
        ("PLAIN", "3", encrypted_mail_server("PLAIN", ServerBehaviour::Accepts)),
        (IN_CLEAR, "2", mail_server("PLAIN", ServerBehaviour::Accepts)),
        (IN_CLEAR, "2", mail_server("PLAIN", repeats.clone())),
        (REPEATED_IN_TLS, "2", encrypted_mail_server("PLAIN", repeats)),
    ];
    let (proxy_port, proxied) = proxy();
    let proxy_port = proxy_port.to_string();
    let server = serve(&installation);
    let visitor = server.set_up();
    let ports: Vec<_> = servers.iter().map(|(.., (port, _))| port.to_string()).collect();
    let ports = ports.join(" ");
    let kept = |name: &str, ports: &str, canary: Canary, more: &[(&str, &str)]| {
        let secret = [("answer", "Replace"), ("secret", &*canary.secret())];
        visitor.post("save_credential", &with(&credential(name, ports, &secret), more)).expect_status(200);
    };
    kept("Proxy", &proxy_port, OF_PROXY, &[]);
    let connector = [
        ("draft[name]", "Way out"),
        ("draft[host]", "127.0.0.1"),
        ("draft[port]", &proxy_port),
        ("draft[authentication]", "Yes"),
        ("draft[credential]", "1"),
        ("form", "New"),
    ];
    visitor.post("save_connector", &connector).expect_status(200);
    let through = ("draft[connectors][0]", "1");
    kept("Relay", &ports, SECRET, &[through]);
    let elsewhere = [("answer", "Refer"), ("reference", "file:relay"), through];
    visitor.post("save_credential", &credential("File", &ports, &elsewhere)).expect_status(200);
    for (number, (mechanism, credential, (port, _))) in servers.iter().enumerate() {
        let name = format!("{mechanism} {number}");
        let tls = [
            ("draft[safe_connection]", if *mechanism == IN_CLEAR { "No" } else { "Yes" }),
            ("draft[tls_type]", "SSL"),
            ("draft[ignore_certificate]", "Yes"),
            ("draft[use_connector]", "Yes"),
            ("draft[connector]", "1"),
        ];
        visitor.post("save_account", &with(&account(&name, *port, credential), &tls)).expect_status(200);
    }
    let (search, mut proof) = (Search::of(&[SECRET, OF_PROXY, IN_FILE]), Search::new());
    proof.add(PROOF.as_bytes().to_vec());
    let found = look(&server, &proof).expect(
        "This test reads /proc/PID/mem of a server that it started, which is not allowed here. \
         Run it where ptrace is not forbidden, with kernel.yama.ptrace_scope below 2.",
    );
    assert!(!found.is_empty(), "the environment is found in memory");
    std::thread::sleep(Duration::from_secs(1));
    println!("after saving: {:?}", look(&server, &search).expect("it was read before"));
    drop(server);

    for (number, (mechanism, credential, (_, heard))) in servers.iter().enumerate() {
        let server = serve(&installation);
        let visitor = server.sign_in();
        let account = (number + 1).to_string();
        let form =
            [("account", &*account), ("draft[recipient]", EMAIL), ("draft[subject]", "x"), ("draft[message]", "x")];
        visitor.post("send_test", &form).expect_status(200);
        let heard = text(&heard.bytes());
        assert!(heard.contains("AUTH") && heard.contains("QUIT"), "{mechanism}: {heard}");
        assert!(search.places(&proxied.bytes()).next().is_some(), "the proxy was signed in to");
        std::thread::sleep(Duration::from_secs(1));
        let found = look(&server, &search).expect("it was read before");
        println!("after {mechanism} with credential {credential}: {found:?}");
        if *mechanism != REPEATED_IN_TLS {
            assert!(found.is_empty(), "after {mechanism} with credential {credential}: {found:?}");
        }
    }
}
