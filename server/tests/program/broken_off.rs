//! Clients that leave before they are answered: they block no thread, keep no memory, and hold no stop up.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::http::{FORM, HTML, Visitor};
use crate::installation::{Installation, PATIENCE, Server, until};
use crate::routes::{filled, functions, pages};

/// How many clients leave at once.
const CLIENTS: usize = 16;
/// No client waits longer for its answer.
const LONGEST: usize = 30;
/// What the server may hold more of after all that.
const KILOBYTES: usize = 10 * 1024;

/// A request, and nobody who waits for the answer.
struct Left {
    head: String,
}

impl Left {
    fn page(visitor: &Visitor, path: &str) -> Self {
        let cookie = cookie(visitor);
        Self { head: format!("GET {path} HTTP/1.1\r\nhost: {}\r\naccept: {HTML}\r\n{cookie}\r\n", visitor.address) }
    }

    fn function(visitor: &Visitor, path: &str) -> Self {
        let (address, cookie) = (&visitor.address, cookie(visitor));
        let kind = format!("accept: {HTML}\r\ncontent-type: {FORM}\r\norigin: http://{address}\r\n");
        Self { head: format!("POST {path} HTTP/1.1\r\nhost: {address}\r\n{kind}content-length: 0\r\n{cookie}\r\n") }
    }

    /// Asks, and leaves after so many milliseconds.
    fn ask(&self, address: &str, after: usize) {
        // A server that is stopping refuses the connection.
        let Ok(mut stream) = TcpStream::connect(address) else { return };
        let _unread = stream.write_all(self.head.as_bytes());
        std::thread::sleep(Duration::from_millis(after as u64));
    }
}

fn cookie(visitor: &Visitor) -> String {
    visitor.cookie.as_ref().map(|cookie| format!("cookie: {cookie}\r\n")).unwrap_or_default()
}

/// Every page and every function that changes nothing when it is called without arguments, signed in and not.
fn everything(server: &Server, visitor: &Visitor) -> Vec<Left> {
    let stranger = server.visitor();
    let pages = pages().flat_map(|(_, _, path)| [Left::page(visitor, path), Left::page(&stranger, path)]);
    let functions = functions().filter(|(path, ..)| *path != "/api/sign_out");
    let functions = functions.flat_map(|(path, ..)| [Left::function(visitor, path), Left::function(&stranger, path)]);
    let missing = [Left::page(visitor, "/no/such/page")];
    pages.chain(functions).chain(missing).collect()
}

/// Asks for all of them in turn, `count` times in all or until told to stop.
fn leave(address: &str, requests: &[Left], count: usize, stop: &AtomicBool) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let next = &next;
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    requests[number % requests.len()].ask(address, (number * 7 + client) % (LONGEST + 1));
                }
            });
        }
    });
}

/// Kilobytes that the server holds in memory.
fn memory(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel says so");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

fn rounds(usual: usize) -> usize {
    let told = std::env::var("POSTHOUSE_TORTURE_BROKEN_OFF");
    told.map_or(usual, |count| count.parse().expect("a number"))
}

#[test]
fn clients_that_leave_block_no_thread_and_keep_no_memory() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    filled(&visitor);
    let requests = everything(&server, &visitor);
    let going_on = AtomicBool::new(false);
    let ask = |count: usize| {
        leave(&server.address, &requests, count, &going_on);
        let answers = || visitor.page("/readyz").status == 200 && visitor.page("/settings/email/smtp").status == 200;
        until("an idle server", || answers().then_some(()));
        memory(&server)
    };
    // Every path is taken and every cache filled before memory is compared. How many requests were under way at once,
    // which takes memory once, differs: what is kept of each would grow in every batch.
    let mut sizes = vec![ask(rounds(4_000))];
    let has_grown = |sizes: &[usize]| sizes.windows(2).all(|pair| pair[1] >= pair[0] + KILOBYTES);
    while sizes.len() < 2 || (sizes.len() < 4 && has_grown(&sizes)) {
        sizes.push(ask(rounds(4_000)));
    }
    println!("memory after each {} requests: {sizes:?} kB", rounds(4_000));
    assert!(!has_grown(&sizes), "{sizes:?} kB");
    // Each thread still answers: more requests at once than the machine has processors.
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| visitor.page("/settings/email/smtp/1/edit").expect_status(200));
        }
    });
    assert!(!server.log().contains("blocked"), "{}", server.log());
}

#[test]
fn a_stop_under_load_is_not_held_up_by_clients_that_leave() {
    let installation = Installation::sqlite();
    let (first, visitor) = installation.served();
    filled(&visitor);
    drop(first);
    let mut longest = Duration::ZERO;
    for _ in 0..(rounds(4_000) / 2_000).clamp(2, 100) {
        let server = installation.serve();
        let requests = everything(&server, &visitor_at(&visitor, &server));
        let stop = AtomicBool::new(false);
        let address = server.address.clone();
        let took = std::thread::scope(|scope| {
            scope.spawn(|| leave(&address, &requests, usize::MAX, &stop));
            let warm = Instant::now();
            while warm.elapsed() < Duration::from_millis(400) {
                server.visitor().page("/sign-in").expect_status(200);
            }
            let told = Instant::now();
            server.signal("TERM");
            let (code, log) = server.end();
            stop.store(true, Ordering::Relaxed);
            assert_eq!(code, Some(0), "{log}");
            told.elapsed()
        });
        longest = longest.max(took);
    }
    println!("the longest stop under load took {} ms", longest.as_millis());
    // The program that people run; one that is not optimised may take longer.
    let at_most = if is_optimised() { Duration::from_secs(5) } else { PATIENCE };
    assert!(longest < at_most, "{longest:?}");
}

fn is_optimised() -> bool {
    std::env::var_os("POSTHOUSE_TORTURE_BIN").is_some()
}

/// The same person at a server that was started again.
fn visitor_at(visitor: &Visitor, server: &Server) -> Visitor {
    Visitor { cookie: visitor.cookie.clone(), ..server.visitor() }
}
