//! What references may name, and where what they name may go: as the program is configured, and never its own key.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::http::{HttpResponse, Visitor};
use crate::installation::{Installation, Server, bare};
use crate::start::line;

fn save(visitor: &Visitor, name: &str, reference: &str) -> HttpResponse {
    let form = [
        ("form", "New"),
        ("draft[name]", name),
        ("draft[user_name]", "relay"),
        ("draft[hosts]", "smtp.nordhavn.example"),
        ("draft[ports]", "587"),
        ("answer", "Refer"),
        ("reference", reference),
    ];
    visitor.post("save_credential", &form)
}

fn serve(program: Command) -> (Server, Visitor) {
    let server = Server::start(program);
    let visitor = server.set_up();
    (server, visitor)
}

#[track_caller]
fn refused(answer: HttpResponse, part: &str) {
    let answer = answer.expect_status(422);
    assert!(answer.body.contains("\"reference\"") && answer.body.contains(part), "{}", answer.body);
}

const WORDS: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

#[test]
fn variables_are_listed_by_flag_variable_or_file_and_no_others_are_read() {
    let check = |words: &[&str], variable: Option<&str>, listed: &[&str], others: &[&str]| {
        let installation = Installation::sqlite();
        let file = "secret-env = [\"IN_FILE\", \"IN_FILE_TOO\"]\n";
        std::fs::write(installation.folder.join("posthouse.toml"), file).expect("it can be written");
        let mut program = bare(&installation.folder, &[&WORDS, words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_SECRET_ENV", value)));
        let (_server, visitor) = serve(program);
        for name in listed.iter().chain(&["POSTHOUSE_SECRET_RELAY"]) {
            save(&visitor, name, &format!("env:{name}")).expect_status(200);
        }
        for name in others.iter().chain(&["PATH", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY"]) {
            refused(save(&visitor, name, &format!("env:{name}")), "list this one with --secret-env");
        }
        refused(save(&visitor, "Own", "env:POSTHOUSE_DATABASE_URL"), "is a setting of Posthouse itself");
    };
    let with_file = ["--config", "posthouse.toml"];
    check(&[], None, &[], &["IN_FILE"]);
    check(&with_file, None, &["IN_FILE", "IN_FILE_TOO"], &["IN_VARIABLE"]);
    check(&with_file, Some("IN_VARIABLE,IN_VARIABLE_TOO"), &["IN_VARIABLE", "IN_VARIABLE_TOO"], &["IN_FILE"]);
    let flags = ["--config", "posthouse.toml", "--secret-env", "IN_FLAG", "--secret-env", "IN_FLAG_TOO"];
    check(&flags, Some("IN_VARIABLE"), &["IN_FLAG", "IN_FLAG_TOO"], &["IN_FILE", "IN_VARIABLE"]);
}

#[test]
fn a_reference_goes_to_what_flag_variable_or_file_say() {
    let check = |words: &[&str], variable: Option<&str>, reference: &str, elsewhere: &str| {
        let installation = Installation::sqlite();
        let file = "[secret]\n\"env:IN_FILE\" = [\"smtp.nordhavn.example:587\"]\n\"env:NOT\" = [\"a.example:25\"]\n";
        std::fs::write(installation.folder.join("posthouse.toml"), file).expect("it can be written");
        let mut program = bare(&installation.folder, &[&WORDS, words].concat());
        program.envs(variable.map(|value| ("POSTHOUSE_SECRETS", value)));
        let (_server, visitor) = serve(program);
        save(&visitor, "Permitted", reference).expect_status(200);
        refused(save(&visitor, "Elsewhere", elsewhere), "a.example:25 and not to smtp.nordhavn.example:587");
    };
    let with_file = ["--config", "posthouse.toml"];
    check(&with_file, None, "env:IN_FILE", "env:NOT");
    let variable = "env:IN_VARIABLE=smtp.nordhavn.example:587,env:POSTHOUSE_SECRET_A=a.example:25";
    check(&with_file, Some(variable), "env:IN_VARIABLE", "env:POSTHOUSE_SECRET_A");
    let flags = ["--secret", "env:IN_FLAG=smtp.nordhavn.example:587", "--secret", "env:OTHER=a.example:25"];
    check(&flags, Some(variable), "env:IN_FLAG", "env:OTHER");
}

#[test]
fn settings_that_are_not_understood_say_what_was_expected() {
    let installation = Installation::sqlite();
    let check = |words: &[&str], part: &str| {
        let said = line(bare(&installation.folder, &[&WORDS, words].concat()));
        assert!(said.contains(part), "{said}");
    };
    check(&["--secret-env", "A B"], "--secret-env takes names of environment variables, such as RELAY_PASSWORD");
    check(&["--secret-env", "POSTHOUSE_DATABASE_URL"], "is a setting of Posthouse itself");
    for text in ["env:A", "env:A=", "env:A=smtp.example.org", "A=smtp.example.org:25", "env:A=smtp.example.org:70000"] {
        check(&["--secret", text], "write it as env:NAME=HOST:PORT or file:PATH=HOST:PORT");
    }
}

/// As systemd's `LoadCredential=` suggests: the folder of secrets is the one that also holds the key.
#[test]
fn the_key_among_systemds_credentials_is_no_secret() {
    let installation = Installation::sqlite();
    drop(installation.serve());
    let credentials = installation.folder.join("credentials");
    std::fs::create_dir(&credentials).expect("it can be made");
    let key = credentials.join("posthouse-vault-key");
    std::fs::rename(installation.data_dir().join("vault.key"), &key).expect("it was made");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o440)).expect("it is ours");
    std::fs::write(credentials.join("relay"), "a secret").expect("it is written");
    std::fs::hard_link(&key, credentials.join("hard")).expect("it is made");
    std::os::unix::fs::symlink("posthouse-vault-key", credentials.join("link")).expect("it is made");
    let file = "listen = \"127.0.0.1:0\"\n# a database password may stand here\n";
    std::fs::write(credentials.join("posthouse.toml"), file).expect("it is written");
    let mut program = installation.program(&["serve", "--config", "credentials/posthouse.toml"]);
    program.arg("--secrets-dir").arg(&credentials).env("CREDENTIALS_DIRECTORY", &credentials);
    let (_server, visitor) = serve(program);
    let full = key.display().to_string();
    for name in ["posthouse-vault-key", "./posthouse-vault-key", "hard", "link", "posthouse.toml", &full] {
        refused(save(&visitor, name, &format!("file:{name}")), "is one of Posthouse’s own files");
    }
    for path in ["../data/posthouse.db", "/etc/passwd"] {
        save(&visitor, path, &format!("file:{path}")).expect_status(422);
    }
    save(&visitor, "Relay", "file:relay").expect_status(200);
}
