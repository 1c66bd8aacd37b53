//! Every setting as a flag, as a variable and in a file, and which of them wins.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::installation::{Installation, Server, bare, run, text, until};
use crate::start::line;

/// The folder of one test, with a configuration file in it.
fn installation(file: &str) -> Installation {
    let installation = Installation::sqlite();
    std::fs::write(installation.folder.join("posthouse.toml"), file).expect("it can be written");
    installation
}

const WITH_FILE: [&str; 2] = ["--config", "posthouse.toml"];

#[test]
fn what_is_listened_on() {
    // Each source names a loopback address of its own.
    let installation = installation("listen = \"127.0.0.4:0\"\n");
    let check = |words: &[&str], variable: Option<&str>, host: &str| {
        let mut program = bare(&installation.folder, &[&["serve"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_LISTEN", value)));
        let server = Server::start(program);
        assert_eq!(server.address.rsplit_once(':').expect("host and port").0, host);
        assert_eq!(server.visitor().page("/livez").status, 200);
    };
    check(&WITH_FILE, None, "127.0.0.4");
    check(&WITH_FILE, Some("127.0.0.3:0"), "127.0.0.3");
    check(&["--listen", "127.0.0.2:0", "--config", "posthouse.toml"], Some("127.0.0.3:0"), "127.0.0.2");
    check(&["--listen=[::1]:0"], None, "[::1]");
}

#[test]
fn how_long_tests_are_kept() {
    let installation = installation("keep-tests = 30\n");
    let check = |words: &[&str], variable: Option<&str>, refused: bool| {
        let mut program = bare(&installation.folder, &[&["migrate"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_KEEP_TESTS", value)));
        let output = run(program, "");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(if refused { 2 } else { 0 }), "{said}");
        assert_eq!(said.contains("--keep-tests takes from 1 to 3650 days"), refused, "{said}");
    };
    check(&WITH_FILE, None, false);
    check(&[], Some("400"), false);
    check(&["--keep-tests", "0"], None, true);
    check(&["--keep-tests", "3651"], None, true);
    check(&WITH_FILE, Some("0"), true);
    check(&["--keep-tests", "1", "--config", "posthouse.toml"], Some("0"), false);
}

#[test]
fn how_long_mail_servers_are_waited_for() {
    let installation = installation("test-time-limit = 30\nschedule-time-limit = 600\n");
    let check = |words: &[&str], variable: Option<(&str, &str)>, refused: Option<&str>| {
        let mut program = bare(&installation.folder, &[&["migrate"], words].concat());
        program.envs(variable);
        let output = run(program, "");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(if refused.is_some() { 2 } else { 0 }), "{said}");
        if let Some(setting) = refused {
            assert!(said.contains(&format!("{setting}: A time limit is a number of seconds from 5 to 600.")), "{said}");
        }
    };
    check(&WITH_FILE, None, None);
    for (flag, variable) in
        [("--test-time-limit", "POSTHOUSE_TEST_TIME_LIMIT"), ("--schedule-time-limit", "POSTHOUSE_SCHEDULE_TIME_LIMIT")]
    {
        check(&[flag, "5"], Some((variable, "0")), None);
        check(&[flag, "4"], None, Some(flag));
        check(&WITH_FILE, Some((variable, "601")), Some(flag));
    }
}

#[test]
fn where_the_files_are() {
    let installation = installation("data-dir = \"in-file\"\n");
    let check = |words: &[&str], variable: Option<&str>, made: &str| {
        let mut program = bare(&installation.folder, &[&["migrate"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_DATA_DIR", value)));
        let output = run(program, "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let folder = installation.folder.join(made);
        assert!(folder.join("posthouse.db").is_file(), "{made}");
        std::fs::remove_dir_all(folder).expect("it was made just now");
        assert_eq!(entries(&installation.folder), ["posthouse.toml"], "nothing else was made");
    };
    check(&[], None, "data");
    check(&WITH_FILE, None, "in-file");
    check(&WITH_FILE, Some("in-variable"), "in-variable");
    check(&["--data-dir", "in-flag", "--config", "posthouse.toml"], Some("in-variable"), "in-flag");
}

#[test]
fn where_the_database_is() {
    let installation = installation("database-url = \"sqlite:file.db\"\n");
    let check = |words: &[&str], variable: Option<&str>, made: &str| {
        let mut program = bare(&installation.folder, &[&["migrate"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_DATABASE_URL", value)));
        let output = run(program, "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(entries(&installation.folder), [made, "posthouse.toml"]);
        std::fs::remove_file(installation.folder.join(made)).expect("it was made just now");
    };
    check(&WITH_FILE, None, "file.db");
    check(&WITH_FILE, Some("sqlite:env.db"), "env.db");
    check(&["--database-url", "sqlite:flag.db", "--config", "posthouse.toml"], Some("sqlite:env.db"), "flag.db");
}

#[test]
fn where_people_reach_it() {
    let installation = installation("base-url = \"https://file.example\"\n");
    let check = |words: &[&str], variable: Option<&str>, origin: &str| {
        let mut program = bare(&installation.folder, &[&["serve", "--listen", "127.0.0.1:0"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_BASE_URL", value)));
        let server = Server::start(program);
        let announced = &server.announced;
        let start = format!("Posthouse {} is at {origin}, listening on 127.0.0.1:", env!("CARGO_PKG_VERSION"));
        assert!(announced.starts_with(&start), "{announced}");
        let link = std::fs::read_to_string(installation.data_dir().join("set-up-link")).expect("it is there");
        assert!(link.starts_with(&format!("{origin}/set-up?token=")), "{link}");
    };
    check(&WITH_FILE, None, "https://file.example");
    check(&WITH_FILE, Some("https://env.example/"), "https://env.example");
    check(
        &["--base-url", "http://Flag.example", "--config", "posthouse.toml"],
        Some("https://x"),
        "http://flag.example",
    );
}

#[test]
fn how_long_sessions_last() {
    let installation = installation("session-lifetime = 3\nsession-idle = 20\n");
    let check = |words: &[&str], variable: Option<&str>, seconds: u32| {
        let _absent = std::fs::remove_dir_all(installation.folder.join("data"));
        let mut program = bare(&installation.folder, &[&["serve", "--listen", "127.0.0.1:0"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_SESSION_LIFETIME", value)));
        let server = Server::start(program);
        let form = [("token", server.token()), ("email", "a@b.example".to_owned()), ("password", "x".repeat(12))];
        let answer = server.visitor().post("set_up", &form).expect_status(200);
        let cookie = answer.cookie().expect("a cookie is set");
        assert!(cookie.contains(&format!("; Max-Age={seconds}")), "{cookie}");
    };
    check(&[], None, 12 * 3_600);
    check(&WITH_FILE, None, 3 * 3_600);
    check(&WITH_FILE, Some("2"), 2 * 3_600);
    check(&["--session-lifetime", "1", "--config", "posthouse.toml"], Some("2"), 3_600);
    for (words, message) in [
        (["--session-lifetime", "0"], "--session-lifetime takes 1 to 168 hours, not 0"),
        (["--session-lifetime", "169"], "--session-lifetime takes 1 to 168 hours, not 169"),
        (["--session-idle", "1"], "--session-idle takes 2 to 10,080 minutes, not 1"),
        (["--session-idle", "10081"], "--session-idle takes 2 to 10,080 minutes, not 10081"),
    ] {
        let output = run(bare(&installation.folder, &[&["serve"], &words[..]].concat()), "");
        let said = (output.status.code(), text(&output.stderr));
        assert_eq!(said, (Some(2), format!("posthouse: {message}\n")));
    }
}

#[test]
fn how_the_log_is_written() {
    let installation = installation("log-format = \"json\"\n");
    let check = |words: &[&str], variable: Option<&str>, is_json: bool| {
        let mut program = bare(&installation.folder, &[&["serve", "--listen", "127.0.0.1:0"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_LOG_FORMAT", value)));
        let server = Server::start(program);
        server.token();
        assert_eq!(server.announced.is_empty(), is_json, "{}", server.announced);
    };
    check(&[], None, false);
    check(&WITH_FILE, None, true);
    check(&WITH_FILE, Some("text"), false);
    check(&["--log-format", "json", "--config", "posthouse.toml"], Some("text"), true);
}

#[test]
fn which_networks_are_denied_and_allowed() {
    let file = "deny-networks = [\"10.1.0.0/16\"]\nallow-networks = [\"10.0.0.0/8\", \"fd00::/8\"]\n";
    let installation = installation(file);
    let shown = |words: &[&str], variables: &[(&str, &str)]| {
        let folder = format!("data-{}", words.len() + 10 * variables.len());
        let options = ["serve", "--listen", "127.0.0.1:0", "--data-dir", folder.as_str()];
        let mut program = bare(&installation.folder, &[&options[..], words].concat());
        program.envs(variables.iter().copied());
        let page = Server::start(program).set_up().page("/settings/email/networks").expect_status(200).body;
        let place = page.find("Always closed").expect("it is shown");
        page[place..].to_owned()
    };
    let check = |page: &str, there: &[&str], missing: &[&str]| {
        for text in there {
            assert!(page.contains(text), "{text}: {page}");
        }
        for text in missing {
            assert!(!page.contains(text), "{text}: {page}");
        }
    };
    let all = ["10.1.0.0/16", "10.0.0.0/8", "fd00::/8", "Denied by the configuration", "Allowed by the configuration"];
    check(&shown(&WITH_FILE, &[]), &all, &[]);
    let variables =
        [("POSTHOUSE_DENY_NETWORKS", "10.2.0.0/16, 10.3.0.0/16"), ("POSTHOUSE_ALLOW_NETWORKS", "10.0.0.0/9")];
    check(&shown(&WITH_FILE, &variables), &["10.2.0.0/16", "10.3.0.0/16", "10.0.0.0/9"], &["10.1.0.0/16", "fd00::/8"]);
    let flags = ["--deny-networks=10.4.0.0/16", "--config", "posthouse.toml"];
    check(&shown(&flags, &variables[..1]), &["10.4.0.0/16", "fd00::/8"], &["10.1.0.0/16", "10.2.0.0/16"]);
    check(&shown(&[], &[]), &[], &["by the configuration"]);
}

#[test]
fn a_network_that_is_none_is_said_in_one_line() {
    let installation = Installation::sqlite();
    let said =
        |setting: &str, value: &str| line(bare(&installation.folder, &["migrate", &format!("{setting}={value}")]));
    for setting in ["--deny-networks", "--allow-networks"] {
        let wrong = format!("{setting}: “ten” is no network. Write it as 10.0.0.0/8, fd00::/8 or 192.0.2.1.");
        assert_eq!(said(setting, "10.0.0.0/8,ten"), wrong);
        assert!(said(setting, "10.1.2.3/8").ends_with("Its network is 10.0.0.0/8."));
        assert!(said(setting, "").starts_with(&format!("{setting} names no network")));
    }
}

#[test]
fn the_file_itself_is_named_by_a_flag_or_a_variable() {
    let installation = installation("listen = \"127.0.0.4:0\"\n");
    std::fs::write(installation.folder.join("other.toml"), "listen = \"127.0.0.5:0\"\n").expect("it can be written");
    let check = |words: &[&str], host: &str| {
        let mut program = bare(&installation.folder, &[&["serve"], words].concat());
        program.env("POSTHOUSE_CONFIG", "other.toml");
        assert!(Server::start(program).address.starts_with(host));
    };
    check(&[], "127.0.0.5:");
    check(&WITH_FILE, "127.0.0.4:");
}

#[test]
fn a_start_is_told_on_standard_output_or_as_json() {
    let installation = Installation::sqlite();
    let server = installation.serve();
    let (address, token) = (&server.address, server.token());
    assert_eq!(token.len(), 64, "it cannot be guessed");
    let version = env!("CARGO_PKG_VERSION");
    let file = installation.data_dir().join("set-up-link");
    let wanted = format!(
        "Posthouse {version} is at http://{address}\n\
         Make the first administrator, once, within 24 hours, by the link in {}\n",
        file.display()
    );
    assert_eq!(server.announced, wanted, "what a service says is read by many");
    assert_eq!(std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o7777, 0o600);
    let log = server.log();
    assert!(log.lines().count() == 1 && log.contains("vault.key"), "the new key alone is told: {log}");
    drop(server);

    // Also where the log is told to be quiet: without the link nobody gets in.
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
    program.env("RUST_LOG", "off");
    let server = Server::start(program);
    let newer = server.token();
    assert_ne!(newer, token);
    let lines: Vec<serde_json::Value> =
        server.log().lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let origin = format!("http://{}", server.address);
    assert_eq!((&lines[0]["version"], &lines[0]["url"]), (&version.into(), &origin.clone().into()));
    assert_eq!(lines[1]["file"], file.to_string_lossy().as_ref());
    assert_eq!((lines.len(), server.announced.as_str()), (2, ""));
    assert!(!server.log().contains(&newer), "such a log is read by many: {}", server.log());
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), format!("{origin}/set-up?token={newer}\n"));
    assert_eq!(std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o7777, 0o600);

    let form = |token: &str| {
        [("token", token), ("email", "a@b.example"), ("password", "a long password")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    assert_eq!(server.visitor().post("set_up", &form(&token)).status, 403, "an older link ends with a newer one");
    assert_eq!(server.visitor().post("set_up", &form(&newer)).status, 200);
    assert_eq!(server.visitor().post("set_up", &form(&newer)).status, 403, "it works once");
    until("the link's file to be gone", || (!file.exists()).then_some(()));
}

#[test]
fn who_may_receive_reports_besides_people() {
    let installation = installation("report-domains = [\"example.org\"]\n");
    drop(installation.served());
    let recipients = "any@example.org, any@example.net";
    let schedule = [
        ("form", "New"),
        ("draft[name]", "Daily"),
        ("draft[recipients]", recipients),
        ("draft[subject]", "x"),
        ("draft[time]", "08:00"),
    ];
    let check = |words: &[&str], variable: Option<&str>, refused: &[&str]| {
        let mut program = installation
            .program(&[&["serve", "--listen", "127.0.0.1:0", "--config", "posthouse.toml"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_REPORT_DOMAINS", value)));
        let server = Server::start(program);
        let answer = server.sign_in().post("save_schedule", &schedule).expect_status(422);
        let said = ["any@example.org", "any@example.net"].map(|one| answer.body.contains(&format!("“{one}”")));
        assert_eq!(said, ["any@example.org", "any@example.net"].map(|one| refused.contains(&one)), "{answer:?}");
    };
    check(&[], None, &["any@example.net"]);
    check(&[], Some("example.net,Example.com"), &["any@example.org"]);
    check(&["--report-domains", "other.example"], Some("example.net"), &["any@example.org", "any@example.net"]);
    let said = run(installation.program(&["serve", "--report-domains", "192.0.2.1"]), "");
    assert_eq!(
        text(&said.stderr),
        "posthouse: --report-domains: “192.0.2.1” is an address. A domain is a name, such as example.org. Write them as example.org,example.net\n"
    );
}

/// The names in a folder, without those that SQLite keeps beside an open database.
fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("it is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    names.sort();
    names
}
