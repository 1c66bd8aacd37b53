//! Signing in: each mechanism, each way in which a server can spoil it, and that nothing of it is ever shown.

use base64ct::{Base64, Encoding};
use model::{Acceptance, ConnectionSecurity, FailureKind, Mechanism, SmtpReport, Speaker, Stage, StageState};
use smtp::{ServerSignIn, Target};

use crate::support::sasl::{SECRET, Twist, USER};
use crate::support::scripted::{Act, Heard, Point, Script};
use crate::support::{HELLO, letter, limits, patient, send, sign_in, target};

const ALL: &str = "AUTH LOGIN PLAIN CRAM-MD5 SCRAM-SHA-256";
const WAYS: [ConnectionSecurity; 3] =
    [ConnectionSecurity::None, ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls];

fn script(security: ConnectionSecurity) -> Script {
    let mut script = Script::new(security);
    script.offers.push(ALL);
    script
}

/// Sends, and looks for the secret in all that can be seen of it.
async fn run(script: Script, with: ServerSignIn) -> (SmtpReport, Heard) {
    let security = script.security;
    let limits = if script.acts.iter().any(|(_, act)| *act == Act::Hang) { limits(Stage::Auth) } else { patient() };
    let (port, served) = script.start().await;
    let target = Target { sign_in: Some(with), ..target(port, security) };
    let report = send(&target, &letter(), HELLO, &limits).await;
    let heard = served.await.expect("the server ends");
    no_secret(&target, &report, &heard);
    (report, heard)
}

fn no_secret(target: &Target, report: &SmtpReport, heard: &Heard) {
    let json = serde_json::to_string(report).expect("a report is JSON");
    let debug = format!("{report:?} {target:?}");
    let texts: Vec<&str> = report.transcript.iter().map(|line| line.text.as_str()).collect();
    let seen = format!("{json} {debug} {}", texts.join("\n"));
    let in_json = serde_json::to_string(SECRET).expect("a text is JSON");
    let percent: String = SECRET.bytes().map(|octet| format!("%{octet:02X}")).collect();
    let mut canaries = vec![
        SECRET.to_owned(),
        in_json.trim_matches('"').to_owned(),
        percent,
        Base64::encode_string(SECRET.as_bytes()),
    ];
    canaries.extend(["canary", "s3cret", "%20%25", "c2NyY", "czNjc"].map(str::to_owned));
    // All that travelled in the sign-in.
    let began = heard.commands.iter().position(|command| command.starts_with("AUTH "));
    if let Some(began) = began {
        let lines = heard.commands[began..].iter().take_while(|line| !line.starts_with("MAIL"));
        let words = lines.flat_map(|line| line.split(' ')).filter(|word| word.len() > 16);
        canaries.extend(words.map(str::to_owned));
    }
    for canary in canaries {
        assert!(!seen.contains(&canary), "{canary} stands in {seen}");
    }
}

fn failure(report: &SmtpReport) -> (Stage, FailureKind) {
    let failure = report.failure.clone().unwrap_or_else(|| panic!("it fails: {report:?}"));
    assert_eq!((report.taken, report.mechanism), (Acceptance::No, None));
    (failure.stage, failure.kind)
}

fn said(report: &SmtpReport) -> Vec<(Speaker, &str)> {
    report.transcript.iter().map(|line| (line.speaker, line.text.as_str())).collect()
}

#[tokio::test]
async fn each_mechanism_signs_in_over_each_kind_of_connection() {
    for security in WAYS {
        for mechanism in Mechanism::ALL {
            let (report, heard) = run(script(security), sign_in(Some(mechanism))).await;
            let case = format!("{security:?}, {mechanism:?}");
            assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{case}");
            assert_eq!(report.mechanism, Some(mechanism), "{case}");
            let auth = report.stages.iter().find(|entry| entry.stage == Stage::Auth).expect("it is listed");
            let fact = format!("Signed in by {}", mechanism.name());
            assert_eq!((auth.state, &auth.fact), (StageState::Done, &fact), "{case}");
            assert!(heard.commands.iter().any(|command| command.starts_with("MAIL")), "{case}");
        }
    }
}

#[tokio::test]
async fn the_strongest_that_is_offered_is_taken() {
    let (report, _) = run(script(ConnectionSecurity::StartTls), sign_in(None)).await;
    assert_eq!(report.mechanism, Some(Mechanism::ScramSha256));
    let mut old = Script::new(ConnectionSecurity::StartTls);
    old.offers.push("AUTH=LOGIN plain");
    let (report, _) = run(old, sign_in(None)).await;
    assert_eq!(report.mechanism, Some(Mechanism::Plain));
}

#[tokio::test]
async fn the_transcript_says_that_it_happened_and_no_more() {
    use Speaker::{Client, Server};
    const ASKED: (Speaker, &str) = (Server, "334 (hidden)");
    const ANSWERED: (Speaker, &str) = (Client, "(hidden)");
    const TAKEN: (Speaker, &str) = (Server, "235 2.7.0 Authentication successful");
    let check = async |mechanism: Mechanism, expected: &[(Speaker, &str)]| {
        let (report, _) = run(script(ConnectionSecurity::StartTls), sign_in(Some(mechanism))).await;
        let said = said(&report);
        let begun = said.iter().position(|(_, text)| text.starts_with("AUTH ")).expect("it signs in");
        let mail = said.iter().position(|(_, text)| text.starts_with("MAIL ")).expect("it goes on");
        assert_eq!(said[begun..mail], *expected, "{mechanism:?}");
    };
    check(Mechanism::Plain, &[(Client, "AUTH PLAIN (hidden)"), TAKEN]).await;
    check(Mechanism::Login, &[(Client, "AUTH LOGIN"), ASKED, ANSWERED, ASKED, ANSWERED, TAKEN]).await;
    check(Mechanism::CramMd5, &[(Client, "AUTH CRAM-MD5"), ASKED, ANSWERED, TAKEN]).await;
    let first = (Client, "AUTH SCRAM-SHA-256 (hidden)");
    check(Mechanism::ScramSha256, &[first, ASKED, ANSWERED, ASKED, ANSWERED, TAKEN]).await;
}

#[tokio::test]
async fn a_response_too_long_for_the_command_goes_on_a_line_of_its_own() {
    let with = ServerSignIn { secret: "x".repeat(1_000).into(), ..sign_in(Some(Mechanism::Plain)) };
    let (report, heard) = run(script(ConnectionSecurity::StartTls), with).await;
    assert_eq!(failure(&report), (Stage::Auth, FailureKind::Refused), "the secret is wrong");
    let begun = heard.commands.iter().position(|command| command == "AUTH PLAIN").expect("without the response");
    assert_eq!(heard.commands[begun + 1], Base64::encode_string(format!("\0{USER}\0{}", "x".repeat(1_000)).as_bytes()));
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_the_servers_words_and_the_session_ends_in_order() {
    for mechanism in Mechanism::ALL {
        let with = ServerSignIn { secret: "not the secret".into(), ..sign_in(Some(mechanism)) };
        let (report, heard) = run(script(ConnectionSecurity::StartTls), with).await;
        assert_eq!(failure(&report), (Stage::Auth, FailureKind::Refused), "{mechanism:?}");
        let reply = report.failure.and_then(|failure| failure.reply).expect("the server says why");
        assert_eq!((reply.code, reply.enhanced), (535, Some((5, 7, 8))), "{mechanism:?}");
        assert_eq!(heard.commands.last().map(String::as_str), Some("QUIT"), "{mechanism:?}");
    }
}

#[tokio::test]
async fn plain_and_login_never_travel_in_clear_text_by_themselves() {
    for offer in ["AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH PLAIN"] {
        let mut script = Script::new(ConnectionSecurity::None);
        script.offers.push(offer);
        let with = ServerSignIn { plain_in_clear: false, ..sign_in(None) };
        let (report, heard) = run(script, with).await;
        assert_eq!(failure(&report), (Stage::Auth, FailureKind::ClearTextSignIn));
        assert_eq!(heard.commands, ["EHLO posthouse.nordhavn.example", "QUIT"]);
    }
    let with = ServerSignIn { plain_in_clear: false, ..sign_in(None) };
    let (report, _) = run(script(ConnectionSecurity::None), with).await;
    assert_eq!(report.mechanism, Some(Mechanism::ScramSha256), "the others may");
}

#[tokio::test]
async fn a_mechanism_that_is_not_offered_is_named_with_those_that_are() {
    let check = async |offer: &'static str, wanted: Option<Mechanism>, offered: &[&str]| {
        let mut script = Script::new(ConnectionSecurity::StartTls);
        script.offers.push(offer);
        let (report, heard) = run(script, sign_in(wanted)).await;
        let offered = offered.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(failure(&report), (Stage::Auth, FailureKind::MechanismNotOffered { wanted, offered }));
        assert_eq!(heard.commands.last().map(String::as_str), Some("QUIT"));
    };
    check("SIZE", None, &[]).await;
    check("AUTH XOAUTH2 GSSAPI", None, &["XOAUTH2", "GSSAPI"]).await;
    check("AUTH PLAIN", Some(Mechanism::ScramSha256), &["PLAIN"]).await;
}

#[tokio::test]
async fn what_is_offered_before_the_encryption_does_not_count() {
    let clear = b"250-mx1.nordhavn.example\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n";
    let mut script = Script::new(ConnectionSecurity::StartTls).act(Point::Ehlo, Act::Say(clear));
    script.offers.push("AUTH SCRAM-SHA-256");
    let (report, _) = run(script, sign_in(None)).await;
    assert_eq!(report.mechanism, Some(Mechanism::ScramSha256));
}

#[tokio::test]
async fn a_credential_for_verified_tls_goes_nowhere_else() {
    for security in WAYS {
        let with = ServerSignIn { verified_only: true, ..sign_in(None) };
        let (report, heard) = run(script(security), with).await;
        let (stage, kind) = failure(&report);
        assert_eq!(stage, Stage::Auth);
        assert!(matches!(kind, FailureKind::Settings(_)), "{kind:?}");
        assert!(!heard.commands.iter().any(|command| command.starts_with("AUTH")), "{:?}", heard.commands);
    }
}

#[tokio::test]
async fn each_point_of_a_sign_in_can_hang_drop_refuse_or_make_no_sense() {
    let points: [(Mechanism, &[Point]); 4] = [
        (Mechanism::Plain, &[Point::Auth]),
        (Mechanism::Login, &[Point::Auth, Point::AuthSecond, Point::AuthThird]),
        (Mechanism::CramMd5, &[Point::Auth, Point::AuthSecond]),
        (Mechanism::ScramSha256, &[Point::Auth, Point::AuthSecond, Point::AuthThird]),
    ];
    for (mechanism, points) in points {
        for &point in points {
            let check = async |act: Act, expected: FailureKind| {
                let case = format!("{mechanism:?}, {point:?}, {act:?}");
                let (report, _) =
                    run(script(ConnectionSecurity::StartTls).act(point, act), sign_in(Some(mechanism))).await;
                assert_eq!(failure(&report), (Stage::Auth, expected), "{case}");
            };
            check(Act::Hang, FailureKind::TimedOut(200)).await;
            check(Act::Drop, FailureKind::Closed).await;
            check(Act::Say(b"454 4.7.0 Not now\r\n"), FailureKind::Refused).await;
            check(Act::Say(b"421 4.7.0 Too many tries\r\n"), FailureKind::Refused).await;
            check(Act::Echo, FailureKind::Refused).await;
            check(Act::Say(b"250 2.0.0 Ok\r\n"), FailureKind::UnexpectedReply).await;
            check(Act::Say(b"HTTP/1.1 200 OK\r\n"), FailureKind::NotSmtp("HTTP/1.1 200 OK".to_owned())).await;
            let lines = FailureKind::ChallengeBad("its challenge has several lines".to_owned());
            check(Act::Say(b"334-YWJj\r\n334 YWJj\r\n"), lines).await;
        }
    }
}

#[tokio::test]
async fn a_challenge_that_cannot_be_read_breaks_the_sign_in_off() {
    let check = async |mechanism: Mechanism, point: Point, says: &'static [u8], why: &str| {
        let (report, heard) =
            run(script(ConnectionSecurity::StartTls).act(point, Act::Say(says)), sign_in(Some(mechanism))).await;
        assert_eq!(failure(&report), (Stage::Auth, FailureKind::ChallengeBad(why.to_owned())));
        let end: Vec<&str> = heard.commands.iter().rev().take(2).map(String::as_str).collect();
        assert_eq!(end, ["QUIT", "*"]);
        assert!(said(&report).contains(&(Speaker::Server, "501 5.7.0 Broken off")));
    };
    use Mechanism::{CramMd5, Login, Plain, ScramSha256};
    let base64 = "its challenge is not base64";
    check(CramMd5, Point::Auth, b"334 <not base64>\r\n", base64).await;
    check(ScramSha256, Point::Auth, b"334 ***\r\n", base64).await;
    check(ScramSha256, Point::AuthSecond, b"334 =\r\n", base64).await;
    check(ScramSha256, Point::Auth, b"334\r\n", "its challenge does not begin with a nonce").await;
    check(ScramSha256, Point::Auth, b"334 YWJj\r\n", "its challenge does not begin with a nonce").await;
    check(Plain, Point::Auth, b"334 YWJj\r\n", "it asks for more than PLAIN has").await;
    check(Login, Point::AuthThird, b"334 YWJj\r\n", "it asks for more than LOGIN has").await;
    check(CramMd5, Point::AuthSecond, b"334 YWJj\r\n", "it asks for more than CRAM-MD5 has").await;
    check(ScramSha256, Point::AuthThird, b"334 YWJj\r\n", "it asks for more than SCRAM-SHA-256 has").await;
}

#[tokio::test]
async fn logins_questions_may_say_anything() {
    for question in [b"334 \r\n".as_slice(), b"334\r\n", b"334 Who are you?\r\n", b"334 VXNlciBOYW1lAA==\r\n"] {
        let script = script(ConnectionSecurity::StartTls).act(Point::Auth, Act::Say(question));
        let (report, _) = run(script, sign_in(Some(Mechanism::Login))).await;
        assert_eq!(report.mechanism, Some(Mechanism::Login));
    }
}

#[tokio::test]
async fn a_scram_server_has_to_prove_that_it_knows_the_password() {
    let check = async |twist: Twist, expected: FailureKind| {
        let mut script = script(ConnectionSecurity::StartTls);
        script.twist = twist;
        let (report, heard) = run(script, sign_in(Some(Mechanism::ScramSha256))).await;
        assert_eq!(failure(&report), (Stage::Auth, expected), "{twist:?}");
        assert_eq!(heard.commands.last().map(String::as_str), Some("QUIT"), "{twist:?}");
    };
    check(Twist::WrongSignature, FailureKind::ServerNotProven).await;
    check(Twist::NoSignature, FailureKind::ServerNotProven).await;
    check(Twist::TooEarly, FailureKind::ServerNotProven).await;
    check(Twist::ErrorAndTaken, FailureKind::ServerNotProven).await;
    check(Twist::Error, FailureKind::Refused).await;
    check(Twist::ForeignNonce, FailureKind::ChallengeBad("its nonce does not go on from ours".to_owned())).await;
    let none = FailureKind::ChallengeBad("its number of rounds cannot be read".to_owned());
    check(Twist::Rounds(0), none).await;
    for rounds in [200_001, 1_000_000, u32::MAX] {
        let why = "it asks for more than 200,000 rounds of SCRAM, too much work for one sign-in";
        check(Twist::Rounds(rounds), FailureKind::ChallengeBad(why.to_owned())).await;
    }

    for mechanism in [Mechanism::Login, Mechanism::CramMd5] {
        let early = script(ConnectionSecurity::StartTls).act(Point::Auth, Act::Say(b"235 2.7.0 Ok\r\n"));
        let (report, _) = run(early, sign_in(Some(mechanism))).await;
        assert_eq!(failure(&report), (Stage::Auth, FailureKind::UnexpectedReply), "{mechanism:?}");
    }
    let early = script(ConnectionSecurity::StartTls).act(Point::Auth, Act::Say(b"235 2.7.0 Ok\r\n"));
    let (report, _) = run(early, sign_in(Some(Mechanism::ScramSha256))).await;
    assert_eq!(failure(&report), (Stage::Auth, FailureKind::ServerNotProven));
}

#[tokio::test]
async fn a_server_that_repeats_the_secret_is_shown_without_it() {
    let echo = script(ConnectionSecurity::StartTls).act(Point::Auth, Act::Echo);
    let (report, _) = run(echo, sign_in(Some(Mechanism::Plain))).await;
    let reply = report.failure.and_then(|failure| failure.reply).expect("the server says why");
    assert_eq!(reply.lines, ["AUTH PLAIN (hidden)", "(hidden)", "(hidden)"]);

    // Also long after the sign-in, and in what is no reply.
    let later: &'static str = Box::leak(format!("550 5.7.1 you, {SECRET}?\r\n").into_boxed_str());
    let script_later = script(ConnectionSecurity::StartTls).act(Point::Mail, Act::Say(later.as_bytes()));
    let (report, _) = run(script_later, sign_in(None)).await;
    assert!(report.failure.is_some_and(|failure| failure.reply.is_some_and(|reply| reply.lines == ["you, (hidden)?"])));
    let garbage: &'static str = Box::leak(format!("ERR {SECRET}").into_boxed_str());
    let script_garbage = script(ConnectionSecurity::StartTls).act(Point::Rcpt, Act::Say(garbage.as_bytes()));
    let (report, _) = run(script_garbage, sign_in(None)).await;
    let kind = report.failure.map(|failure| failure.kind);
    assert_eq!(kind, Some(FailureKind::NotSmtp("ERR (hidden)".to_owned())));
}

#[tokio::test]
async fn a_secret_of_a_thousand_characters_of_any_script_can_sign_in() {
    for mechanism in Mechanism::ALL {
        let with = ServerSignIn { secret: "🔑ж \"".repeat(250).into(), ..sign_in(Some(mechanism)) };
        let (report, _) = run(script(ConnectionSecurity::ImplicitTls), with).await;
        assert_eq!(failure(&report), (Stage::Auth, FailureKind::Refused), "{mechanism:?}: it is another one");
    }
}
