//! Every setting as a flag, as a variable and in a file, and which of them wins.

use std::path::Path;

use crate::world::{Server, World, bare, run, text};

/// The folder of one test, with a configuration file in it.
fn world(file: &str) -> World {
    let world = World::sqlite();
    std::fs::write(world.folder.join("posthouse.toml"), file).expect("it can be written");
    world
}

const WITH_FILE: [&str; 2] = ["--config", "posthouse.toml"];

#[test]
fn what_is_listened_on() {
    // Each source names a loopback address of its own.
    let world = world("listen = \"127.0.0.4:0\"\n");
    let check = |words: &[&str], variable: Option<&str>, host: &str| {
        let mut program = bare(&world.folder, &[&["serve"], words].concat());
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
    let world = world("keep-tests = 30\n");
    let check = |words: &[&str], variable: Option<&str>, refused: bool| {
        let mut program = bare(&world.folder, &[&["migrate"], words].concat());
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
fn where_the_files_are() {
    let world = world("data-dir = \"in-file\"\n");
    let check = |words: &[&str], variable: Option<&str>, made: &str| {
        let mut program = bare(&world.folder, &[&["migrate"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_DATA_DIR", value)));
        let output = run(program, "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let folder = world.folder.join(made);
        assert!(folder.join("posthouse.db").is_file(), "{made}");
        std::fs::remove_dir_all(folder).expect("it was made just now");
        assert_eq!(entries(&world.folder), ["posthouse.toml"], "nothing else was made");
    };
    check(&[], None, "data");
    check(&WITH_FILE, None, "in-file");
    check(&WITH_FILE, Some("in-variable"), "in-variable");
    check(&["--data-dir", "in-flag", "--config", "posthouse.toml"], Some("in-variable"), "in-flag");
}

#[test]
fn where_the_database_is() {
    let world = world("database-url = \"sqlite:file.db\"\n");
    let check = |words: &[&str], variable: Option<&str>, made: &str| {
        let mut program = bare(&world.folder, &[&["migrate"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_DATABASE_URL", value)));
        let output = run(program, "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(entries(&world.folder), [made, "posthouse.toml"]);
        std::fs::remove_file(world.folder.join(made)).expect("it was made just now");
    };
    check(&WITH_FILE, None, "file.db");
    check(&WITH_FILE, Some("sqlite:env.db"), "env.db");
    check(&["--database-url", "sqlite:flag.db", "--config", "posthouse.toml"], Some("sqlite:env.db"), "flag.db");
}

#[test]
fn where_people_reach_it() {
    let world = world("base-url = \"https://file.example\"\n");
    let check = |words: &[&str], variable: Option<&str>, origin: &str| {
        let mut program = bare(&world.folder, &[&["serve", "--listen", "127.0.0.1:0"], words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_BASE_URL", value)));
        let server = Server::start(program);
        let announced = &server.announced;
        let start = format!("Posthouse {} is at {origin}, listening on 127.0.0.1:", env!("CARGO_PKG_VERSION"));
        assert!(announced.starts_with(&start), "{announced}");
        assert!(announced.contains(&format!(": {origin}/set-up?token=")), "{announced}");
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
fn how_the_log_is_written() {
    let world = world("log-format = \"json\"\n");
    let check = |words: &[&str], variable: Option<&str>, is_json: bool| {
        let mut program = bare(&world.folder, &[&["serve", "--listen", "127.0.0.1:0"], words].concat());
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
fn the_file_itself_is_named_by_a_flag_or_a_variable() {
    let world = world("listen = \"127.0.0.4:0\"\n");
    std::fs::write(world.folder.join("other.toml"), "listen = \"127.0.0.5:0\"\n").expect("it can be written");
    let check = |words: &[&str], host: &str| {
        let mut program = bare(&world.folder, &[&["serve"], words].concat());
        program.env("POSTHOUSE_CONFIG", "other.toml");
        assert!(Server::start(program).address.starts_with(host));
    };
    check(&[], "127.0.0.5:");
    check(&WITH_FILE, "127.0.0.4:");
}

#[test]
fn a_start_is_told_on_standard_output_or_as_json() {
    let world = World::sqlite();
    let server = world.serve();
    let (address, token) = (&server.address, server.token());
    assert_eq!(token.len(), 64, "it cannot be guessed");
    let version = env!("CARGO_PKG_VERSION");
    let wanted = format!(
        "Posthouse {version} is at http://{address}\n\
         Make the first administrator, once, within 24 hours: http://{address}/set-up?token={token}\n"
    );
    assert_eq!(server.announced, wanted);
    let log = server.log();
    assert!(log.lines().count() == 1 && log.contains("vault.key"), "the new key alone is told: {log}");
    drop(server);

    // Also where the log is told to be quiet: without the link nobody gets in.
    let mut program = world.program(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
    program.env("RUST_LOG", "off");
    let server = Server::start(program);
    let newer = server.token();
    assert_ne!(newer, token);
    let lines: Vec<serde_json::Value> =
        server.log().lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let origin = format!("http://{}", server.address);
    assert_eq!((&lines[0]["version"], &lines[0]["url"]), (&version.into(), &origin.clone().into()));
    assert_eq!(lines[1]["link"], format!("{origin}/set-up?token={newer}"));
    assert_eq!((lines.len(), server.announced.as_str()), (2, ""));

    let form = |token: &str| {
        [("token", token), ("email", "a@b.example"), ("password", "a long password")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    assert_eq!(server.visitor().post("set_up", &form(&token)).status, 403, "an older link ends with a newer one");
    assert_eq!(server.visitor().post("set_up", &form(&newer)).status, 200);
    assert_eq!(server.visitor().post("set_up", &form(&newer)).status, 403, "it works once");
}

/// The names in a folder, without those that SQLite keeps beside an open database.
fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("it is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    names.sort();
    names
}
