//! Guessing passwords from the outside: whose tries are counted together, and who is kept out by them.

use crate::http::{FORM, HttpResponse, JSON, Visitor, answered};
use crate::installation::{DatabaseKind, EMAIL, Installation, PASSWORD, Server, run, text};

const WRONG: &str = "wrong wrong wrong";
const DEVICE: &str = "posthouse-device=";

/// The form of the sign-in page with these headers besides.
fn sign_in(visitor: &Visitor, password: &str, headers: &[(&str, &str)]) -> HttpResponse {
    let form = [("email", EMAIL), ("password", password)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = [&[("accept", JSON), ("content-type", FORM)][..], headers].concat();
    answered(visitor.say("POST", "/api/sign_in", &headers, &body))
}

#[track_caller]
fn refused(answer: &HttpResponse) {
    assert_eq!(answer.status, 429, "{answer:?}");
    let seconds: u32 = answer.header("retry-after").expect("it says when to try again").parse().expect("seconds");
    assert!((1..=900).contains(&seconds), "{answer:?}");
    assert!(answer.body.contains("Too many tries with this address."), "{answer:?}");
}

/// What an answer sets the cookie of a known browser to, and its attributes.
fn device(answer: &HttpResponse, name: &str) -> (String, Vec<String>) {
    let cookies = answer.headers.iter().filter(|(header, _)| header == "set-cookie").map(|(_, value)| value);
    let cookies: Vec<_> = cookies.filter(|value| value.starts_with(name)).collect();
    assert_eq!(cookies.len(), 1, "{answer:?}");
    let mut parts = cookies[0].split("; ").map(str::to_owned);
    let pair = parts.next().expect("the first part is the pair");
    let mut attributes: Vec<_> = parts.collect();
    attributes.sort();
    (pair, attributes)
}

fn server(installation: &Installation, words: &[&str]) -> Server {
    Server::start(installation.program(&[&["serve", "--listen", "127.0.0.1:0"], words].concat()))
}

#[test]
fn forged_addresses_change_nothing_where_no_proxy_is_trusted() {
    let installation = Installation::sqlite();
    let (server, _) = installation.served();
    for number in 0..10 {
        let address = format!("203.0.113.{number}");
        let forwarded = format!("for={address}");
        let headers = [("x-forwarded-for", address.as_str()), ("forwarded", forwarded.as_str())];
        sign_in(&server.visitor(), WRONG, &headers).expect_status(403);
    }
    refused(&sign_in(&server.visitor(), PASSWORD, &[("x-forwarded-for", "203.0.113.99")]));
    refused(&sign_in(&server.visitor(), PASSWORD, &[("forwarded", "for=203.0.113.99")]));
    refused(&sign_in(&server.visitor(), PASSWORD, &[]));
}

#[test]
fn behind_a_trusted_proxy_each_client_is_counted_by_itself() {
    let installation = Installation::sqlite();
    let server = server(&installation, &["--trusted-proxies", "127.0.0.1, 10.0.0.0/8"]);
    server.set_up();
    for number in 0..10 {
        // What stands before the proxy's own words, a client can write.
        let addresses = format!("198.51.100.{number}, 203.0.113.1, 10.0.0.7");
        sign_in(&server.visitor(), WRONG, &[("x-forwarded-for", &addresses)]).expect_status(403);
    }
    refused(&sign_in(&server.visitor(), PASSWORD, &[("x-forwarded-for", "203.0.113.1")]));
    refused(&sign_in(&server.visitor(), PASSWORD, &[("forwarded", "for=\"203.0.113.1:4711\";proto=https")]));
    sign_in(&server.visitor(), PASSWORD, &[("x-forwarded-for", "203.0.113.2")]).expect_status(200);
    sign_in(&server.visitor(), PASSWORD, &[]).expect_status(200);
}

#[test]
fn another_server_and_a_restarted_one_know_the_tries() {
    let installation = Installation::new(DatabaseKind::Postgres);
    let (first, _) = installation.served();
    let second = installation.serve();
    for _ in 0..5 {
        first.try_sign_in(EMAIL, WRONG).expect_status(403);
        second.try_sign_in(EMAIL, WRONG).expect_status(403);
    }
    refused(&first.try_sign_in(EMAIL, PASSWORD));
    refused(&second.try_sign_in(EMAIL, PASSWORD));
    drop((first, second));
    refused(&installation.serve().try_sign_in(EMAIL, PASSWORD));
}

#[test]
fn a_browser_that_signed_in_before_gets_in_while_its_address_attacks() {
    let installation = Installation::sqlite();
    let (server, _) = installation.served();
    let (cookie, _) = device(&server.try_sign_in(EMAIL, PASSWORD).expect_status(200), DEVICE);
    for _ in 0..10 {
        server.try_sign_in(EMAIL, WRONG).expect_status(403);
    }
    refused(&server.try_sign_in(EMAIL, PASSWORD));
    let owner = Visitor { cookie: Some(format!("theme=dark; {cookie}")), ..server.visitor() };
    let answer = sign_in(&owner, PASSWORD, &[]).expect_status(200);
    assert_eq!(device(&answer, DEVICE).0, cookie, "it is known for longer");
    assert!(sign_in(&owner, WRONG, &[]).expect_status(403).cookie().is_none());
    // It lets nobody in by itself.
    owner.page("/settings/email/smtp").expect_status(303);
}

#[test]
fn the_cookie_of_a_known_browser_is_out_of_reach() {
    let installation = Installation::sqlite();
    let plain = installation.serve();
    let form = [("token", plain.token()), ("email", EMAIL.to_owned()), ("password", PASSWORD.to_owned())];
    let (pair, attributes) = device(&plain.visitor().post("set_up", &form).expect_status(200), DEVICE);
    assert_eq!(attributes, ["HttpOnly", "Max-Age=15552000", "Path=/", "SameSite=Lax"]);
    assert_eq!(pair.len(), DEVICE.len() + 64, "256 bits that nobody guesses");
    drop(plain);
    let server = server(&installation, &["--base-url", "https://posthouse.example"]);
    let visitor = server.visitor().by_name("https", "posthouse.example");
    let (_, attributes) = device(&sign_in(&visitor, PASSWORD, &[]).expect_status(200), "__Host-posthouse-device=");
    assert_eq!(attributes, ["HttpOnly", "Max-Age=15552000", "Path=/", "SameSite=Lax", "Secure"]);
    // The name without the prefix, which a neighbour under http could have set, is not looked at.
    for _ in 0..10 {
        sign_in(&visitor, WRONG, &[]).expect_status(403);
    }
    refused(&sign_in(&Visitor { cookie: Some(pair.clone()), ..visitor.clone() }, PASSWORD, &[]));
    sign_in(&Visitor { cookie: Some(format!("__Host-{pair}")), ..visitor }, PASSWORD, &[]).expect_status(200);
}

#[test]
fn what_nobody_types_to_sign_in_is_not_read() {
    let installation = Installation::sqlite();
    let (server, _) = installation.served();
    let answer = server.try_sign_in(EMAIL, &"x".repeat(9_000)).expect_status(413);
    assert!(answer.body.contains("This is more than 8 kB."), "{answer:?}");
    server.try_sign_in(EMAIL, &"x".repeat(129)).expect_status(403);
}

#[test]
fn trusted_proxies_are_named_by_a_flag_a_variable_or_the_file() {
    let installation = Installation::sqlite();
    std::fs::write(installation.folder.join("posthouse.toml"), "trusted-proxies = \"127.0.0.1\"\n")
        .expect("it is written");
    installation.served();
    let check = |words: &[&str], variable: Option<&str>, trusted: bool| {
        let mut program = installation.program(&[&["serve", "--listen", "127.0.0.1:0"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_TRUSTED_PROXIES", value)));
        let server = Server::start(program);
        for number in 0..10 {
            let address = format!("203.0.113.{number}");
            sign_in(&server.visitor(), WRONG, &[("x-forwarded-for", &address)]).expect_status(403);
        }
        let answer = sign_in(&server.visitor(), PASSWORD, &[("x-forwarded-for", "203.0.113.100")]);
        assert_eq!(answer.status, if trusted { 200 } else { 429 }, "{words:?} {variable:?}");
    };
    let file = ["--config", "posthouse.toml"];
    check(&file, None, true);
    check(&[&file[..], &["--trusted-proxies", "127.0.0.1"]].concat(), Some("192.0.2.1"), true);
    check(&file, Some("192.0.2.1"), false);

    let wrong = run(installation.program(&["serve", "--trusted-proxies", "127.0.0.1,proxy"]), "");
    assert_eq!(wrong.status.code(), Some(2));
    let wanted = "posthouse: --trusted-proxies is not understood: “proxy” is no network. Write it as 10.0.0.0/8, \
                  fd00::/8 or 192.0.2.1.\n";
    assert_eq!(text(&wrong.stderr), wanted);
}
