//! `posthouse backup` beside a running server, and `posthouse restore`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::installation::{DatabaseKind, EMAIL, Installation, new_account, run, text};
use crate::on_both;
use crate::search::absent;
use crate::secrets::CANARY;
use crate::vault::create;

on_both! {
    a_backup_beside_a_running_server_is_restored_elsewhere
    what_a_backup_or_a_restore_needs_is_said
}

pub const PASSPHRASE: &str = "twelve letters or more";

impl Installation {
    fn backup(&self) -> PathBuf {
        self.folder.join("posthouse.backup")
    }

    /// What a command prints when all is well.
    pub fn says(&self, words: &[&str]) -> String {
        let output = run(self.program(words), PASSPHRASE);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{words:?}");
        text(&output.stdout)
    }

    /// The one line with which it refuses.
    fn refuses(&self, words: &[&str], typed: &str) -> String {
        let output = run(self.program(words), typed);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    }
}

pub fn name(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

fn a_backup_beside_a_running_server_is_restored_elsewhere(installation: &Installation) {
    let (server, visitor) = installation.served();
    create(&visitor, "Relay", CANARY);
    visitor.post("save_account", &new_account("Billing")).expect_status(200);
    let backup = installation.backup();
    let said = installation.says(&["backup", name(&backup), "--with-vault-key"]);
    assert!(said.contains("was written: ") && said.contains("with the vault's key"), "{said}");
    let mode = std::fs::metadata(&backup).expect("it was made").permissions().mode() & 0o7777;
    assert_eq!(mode, 0o600);
    let octets = std::fs::read(&backup).expect("it can be read");
    let key = std::fs::read_to_string(installation.data_dir().join("vault.key")).expect("it can be read");
    for secret in [CANARY, EMAIL, "billing@nordhavn.example", "smtp.nordhavn.example", "argon2id", "accounts", &key] {
        absent("the backup", &octets, secret);
    }
    let said = installation.says(&["backup", name(&backup), "--check"]);
    assert!(said.contains("is whole: ") && said.contains("with the vault's key"), "{said}");
    visitor.page("/settings/email/smtp").expect_status(200);
    drop(server);
    for kind in [DatabaseKind::Sqlite, DatabaseKind::Postgres] {
        let other = Installation::new(kind);
        let said = other.says(&["restore", name(&backup)]);
        assert!(said.contains("was restored: ") && !said.contains("in its place"), "{said}");
        let server = other.serve();
        assert!(server.sign_in().page("/settings/email/smtp").body.contains("Billing"));
        let checked = run(other.program(&["vault", "check"]), "");
        assert_eq!(text(&checked.stdout), "1 secret, each opens.\n");
    }
    let files = std::fs::read_dir(&installation.folder).expect("it is there").filter_map(Result::ok);
    let left = files.filter(|file| file.file_name().to_string_lossy().starts_with(".posthouse-backup"));
    assert_eq!(left.count(), 0, "nothing unfinished is left");
}

fn what_a_backup_or_a_restore_needs_is_said(installation: &Installation) {
    let backup = installation.backup();
    let (mut server, _) = installation.served();
    let said = installation.refuses(&["backup", name(&backup)], "short");
    assert!(said.contains("at least 12 characters"), "{said}");
    let said = installation.refuses(&["backup", name(&backup)], "");
    assert!(said.contains("the passphrase is empty"), "{said}");
    let said = installation.says(&["backup", name(&backup)]);
    assert!(said.contains("Keep a copy of the vault's key file apart from it"), "{said}");
    let before = std::fs::read(&backup).expect("it is there");
    let said = installation.refuses(&["backup", name(&backup)], PASSPHRASE);
    assert!(said.contains("is there already") && said.contains("--force"), "{said}");
    assert_eq!(std::fs::read(&backup).expect("it is there"), before);
    installation.says(&["backup", name(&backup), "--force"]);
    let nowhere = installation.folder.join("no folder/posthouse.backup");
    assert!(installation.refuses(&["backup", name(&nowhere)], PASSPHRASE).contains("cannot be written"));

    let file = installation.folder.join("passphrase");
    std::fs::write(&file, PASSPHRASE).expect("it is written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    let words = ["backup", name(&backup), "--check", "--passphrase-file", name(&file)];
    let said = installation.refuses(&words, "");
    assert!(said.contains("its mode is 0644, expected was 0600"), "{said}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    assert!(installation.says(&words).contains("is whole: "));

    let said = installation.refuses(&["restore", name(&backup), "--replace"], PASSPHRASE);
    let in_use =
        if installation.is_sqlite() { "Another program holds it" } else { "Another Posthouse has the database open" };
    assert!(said.contains(in_use), "{said}");
    server.kill();
    let said = installation.refuses(&["restore", name(&backup)], PASSPHRASE);
    assert!(said.contains("holds records already") && said.contains("--replace"), "{said}");
    let said = installation.refuses(&["restore", name(&backup), "--replace"], "another passphrase");
    assert!(said.contains("The passphrase does not open"), "{said}");
    let said = installation.refuses(&["restore", name(&installation.data_dir().join("vault.key"))], PASSPHRASE);
    assert!(said.contains("is not a backup of Posthouse"), "{said}");
    assert!(installation.says(&["restore", name(&backup), "--replace"]).contains("was restored: "));
    installation.serve().sign_in();
}
