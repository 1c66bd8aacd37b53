//! Secrets that are kept elsewhere: what may be named is the configuration's business, and where it may go is sealed.

use backend::{Backend, Config, KeySource, PermittedDestination, ReferenceRules, TypedSecret};
use model::{
    AccountDraft, AccountId, Actor, CredentialDraft, CredentialId, DeletedRecord, Problem, RecordKind, SecretAnswer,
    SecretLocation, Stage, TestSendDraft, YesNo,
};

use crate::context::{TestContext, draft};
use crate::on_both;

on_both! {
    only_what_is_allowed_is_entered
    what_was_written_past_the_form_is_not_read
    widening_asks_for_the_reference_again
    a_reference_goes_where_the_configuration_says
    what_a_reference_may_go_to_cannot_be_changed_in_the_database
    a_deleted_reference_comes_back_as_it_was_permitted
    a_reset_of_the_vault_has_references_entered_again
    posthouses_own_files_are_no_secrets
}

/// Cargo sets it for every test.
const VARIABLE: &str = "CARGO_PKG_NAME";
const REFUSED: [&str; 6] = [
    "PGPASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "POSTHOUSE_DATABASE_URL",
    "POSTHOUSE_SECRET_ENV",
    "PATH",
    "CARGO_PKG_VERSION",
];

/// A backend on the context's database that allows this, with what is made there.
struct Allowing {
    backend: Backend,
    actor: Actor,
}

impl Allowing {
    async fn new(context: &TestContext, rules: ReferenceRules) -> Self {
        let config = Config { references: rules, ..context.config() };
        Self { backend: Backend::open(config).await.expect("it opens"), actor: context.actor().await }
    }

    async fn variable(context: &TestContext) -> Self {
        let rules = ReferenceRules { variables: vec![VARIABLE.to_owned()], ..ReferenceRules::default() };
        Self::new(context, rules).await
    }

    async fn create(&self, draft: &CredentialDraft, reference: &str) -> Result<CredentialId, Problem> {
        self.backend.create_credential(&self.actor, draft, refer(reference)).await.map(|saved| saved.id)
    }

    async fn update(&self, id: CredentialId, draft: &CredentialDraft, secret: TypedSecret) -> Result<(), Problem> {
        let version = self.backend.find_credential(&self.actor, id).await?.version;
        self.backend.update_credential(&self.actor, id, version, draft, secret).await.map(drop)
    }

    /// An account that signs in with it at a port where nobody listens.
    async fn account(&self, id: CredentialId) -> AccountId {
        let account = AccountDraft {
            host: "127.0.0.1".to_owned(),
            port: "1".to_owned(),
            safe_connection: YesNo::No,
            authentication: YesNo::Yes,
            credential: id.to_string(),
            ..draft("Signs in")
        };
        self.backend.create_account(&self.actor, &account).await.expect("it is saved").id
    }

    /// Where a test of the account ends, and what is said there.
    async fn ends(&self, account: AccountId) -> (Stage, String) {
        let message = TestSendDraft::prefilled("to@nordhavn.example");
        let sent = self.backend.send_test(&self.actor, account, &message).await.expect("it runs");
        let report = sent.report.expect("it ended");
        let stage = report.failure.expect("nobody listens there").stage;
        let said = report.stages.into_iter().find(|report| report.stage == stage).map(|report| report.fact);
        (stage, said.unwrap_or_default())
    }

    #[track_caller]
    fn is_refused(outcome: &(Stage, String), part: &str) {
        assert_eq!(outcome.0, Stage::Settings, "{outcome:?}");
        assert!(outcome.1.contains(part), "{outcome:?}");
    }
}

fn refer(reference: &str) -> TypedSecret {
    TypedSecret { answer: SecretAnswer::Refer, secret: "".into(), reference: reference.to_owned() }
}

fn keep() -> TypedSecret {
    TypedSecret { answer: SecretAnswer::Keep, secret: "".into(), reference: String::new() }
}

fn credential(name: &str) -> CredentialDraft {
    CredentialDraft {
        name: name.to_owned(),
        user_name: "relay".to_owned(),
        hosts: "127.0.0.1".to_owned(),
        ports: "1".to_owned(),
        verified_only: YesNo::No,
        ..CredentialDraft::default()
    }
}

#[track_caller]
fn beside_the_reference(problem: &Problem) -> String {
    let said = problem.field_errors().and_then(|errors| errors.get("reference"));
    said.unwrap_or_else(|| panic!("not beside the field: {problem:?}")).to_owned()
}

async fn only_what_is_allowed_is_entered(context: &TestContext) {
    let allowing = Allowing::variable(context).await;
    for name in REFUSED {
        let refused = allowing.create(&credential("Refused"), &format!("env:{name}")).await.expect_err(name);
        let said = beside_the_reference(&refused);
        let expected = if name.starts_with("POSTHOUSE") { "a setting of Posthouse itself" } else { "--secret-env" };
        assert!(said.contains(name) && said.contains(expected), "{said}");
    }
    let refused = allowing.create(&credential("Refused"), "file:relay").await.expect_err("no folder is allowed");
    assert!(beside_the_reference(&refused).contains("--secrets-dir FOLDER"));
    for (name, reference) in [("A", "env:POSTHOUSE_SECRET_NOT_SET_YET"), ("B", "env:CARGO_PKG_NAME")] {
        allowing.create(&credential(name), reference).await.expect(reference);
    }
    allowing.backend.close().await;
}

async fn what_was_written_past_the_form_is_not_read(context: &TestContext) {
    let allowing = Allowing::variable(context).await;
    let id = allowing.create(&credential("Relay"), &format!("env:{VARIABLE}")).await.expect("it is allowed");
    let account = allowing.account(id).await;
    assert_eq!(allowing.ends(account).await.0, Stage::Tcp, "it is read");
    for name in REFUSED {
        context.execute(&format!("UPDATE credentials SET reference = 'env:{name}'")).await;
        let expected = if name.starts_with("POSTHOUSE") { "a setting of Posthouse itself" } else { "--secret-env" };
        Allowing::is_refused(&allowing.ends(account).await, expected);
    }
    for path in ["/etc/passwd", "../vault.key", "vault.key"] {
        context.execute(&format!("UPDATE credentials SET reference = 'file:{path}'")).await;
        Allowing::is_refused(&allowing.ends(account).await, "");
    }
    // One that the configuration allowed before, and does not any more.
    context.execute(&format!("UPDATE credentials SET reference = 'env:{VARIABLE}'")).await;
    assert_eq!(allowing.ends(account).await.0, Stage::Tcp);
    allowing.backend.close().await;
    let strict = Backend::open(context.config()).await.expect("it opens");
    let strict = Allowing { backend: strict, actor: allowing.actor };
    let ended = strict.ends(account).await;
    Allowing::is_refused(&ended, "does not allow the environment variable CARGO_PKG_NAME");
    Allowing::is_refused(&ended, "list this one with --secret-env");
    strict.backend.close().await;
}

async fn widening_asks_for_the_reference_again(context: &TestContext) {
    let allowing = Allowing::variable(context).await;
    let before = credential("Relay");
    let reference = format!("env:{VARIABLE}");
    let id = allowing.create(&before, &reference).await.expect("it is allowed");
    let wider = [
        CredentialDraft { hosts: "127.0.0.1 mx.stranger.example".to_owned(), ..before.clone() },
        CredentialDraft { hosts: "mx.stranger.example".to_owned(), ..before.clone() },
        CredentialDraft { ports: "1 25".to_owned(), ..before.clone() },
        CredentialDraft { plain_in_clear: YesNo::Yes, ..before.clone() },
        CredentialDraft { certificates: "cd".repeat(32), ..before.clone() },
    ];
    for wider in &wider {
        let refused = allowing.update(id, wider, keep()).await.expect_err("it widens");
        assert!(beside_the_reference(&refused).contains("enter the reference again"), "{wider:?}");
    }
    let account = allowing.account(id).await;
    let renamed = CredentialDraft { user_name: "other".to_owned(), ..before.clone() };
    allowing.update(id, &renamed, keep()).await.expect("another user name needs nothing");
    assert_eq!(allowing.ends(account).await.0, Stage::Tcp, "and is signed in with");
    allowing.update(id, &wider[0], refer(&reference)).await.expect("the reference was entered again");
    allowing.update(id, &before, keep()).await.expect("narrowing needs nothing");
    assert_eq!(allowing.ends(account).await.0, Stage::Tcp);
    let form = allowing.backend.find_credential(&allowing.actor, id).await.expect("it is there");
    assert!(matches!(form.secret, SecretLocation::Elsewhere(_)), "{:?}", form.secret);
    allowing.backend.close().await;
}

async fn a_reference_goes_where_the_configuration_says(context: &TestContext) {
    let permitted = |text: &str| PermittedDestination::parse(text).expect(text);
    let rules = |places: &[&str]| ReferenceRules {
        permitted: places.iter().map(|place| permitted(&format!("env:{VARIABLE}={place}"))).collect(),
        ..ReferenceRules::default()
    };
    let allowing = Allowing::new(context, rules(&["127.0.0.1:1", "smtp.nordhavn.example:587"])).await;
    let reference = format!("env:{VARIABLE}");
    let id = allowing.create(&credential("Relay"), &reference).await.expect("naming it allows it");
    let elsewhere = [
        CredentialDraft { hosts: "127.0.0.1 mx.stranger.example".to_owned(), ..credential("Relay") },
        CredentialDraft { ports: "1 587".to_owned(), ..credential("Relay") },
    ];
    for draft in &elsewhere {
        let refused = allowing.update(id, draft, refer(&reference)).await.expect_err("not even when it is entered");
        assert!(beside_the_reference(&refused).contains("See --secret."), "{draft:?}");
    }
    let account = allowing.account(id).await;
    assert_eq!(allowing.ends(account).await.0, Stage::Tcp);
    allowing.backend.close().await;
    // The configuration changes below it.
    let other = Backend::open(Config { references: rules(&["smtp.nordhavn.example:587"]), ..context.config() }).await;
    let other = Allowing { backend: other.expect("it opens"), actor: allowing.actor };
    let said = "lets env:CARGO_PKG_NAME go to smtp.nordhavn.example:587 and not to 127.0.0.1:1";
    Allowing::is_refused(&other.ends(account).await, said);
    other.backend.close().await;
}

async fn what_a_reference_may_go_to_cannot_be_changed_in_the_database(context: &TestContext) {
    let rules = ReferenceRules { variables: vec![VARIABLE.to_owned(), "HOME".to_owned()], ..ReferenceRules::default() };
    let allowing = Allowing::new(context, rules).await;
    let id = allowing.create(&credential("Relay"), &format!("env:{VARIABLE}")).await.expect("it is allowed");
    let account = allowing.account(id).await;
    context.execute("CREATE TABLE old_secrets AS SELECT * FROM secrets").await;
    context.execute("CREATE TABLE old_credentials AS SELECT * FROM credentials").await;
    for (change, part) in [
        ("UPDATE credentials SET reference = 'env:HOME'", "was changed in the database"),
        ("UPDATE credentials SET user_name = 'other'", "was changed in the database"),
        ("UPDATE credentials SET destinations = replace(destinations, '[1]', '[1,25]')", "was changed in the database"),
        (
            "UPDATE credentials SET destinations = replace(destinations, '\"127.0.0.1\"', '\"127.0.0.1\",\"a.example\"')",
            "was changed in the database",
        ),
        ("UPDATE credentials SET secret_version = 2", "asks for version 2"),
        ("UPDATE secrets SET field = 'secret'", "not in the vault"),
        ("DELETE FROM secrets", "not in the vault"),
    ] {
        context.execute(change).await;
        let ended = allowing.ends(account).await;
        Allowing::is_refused(&ended, "The kept reference of this credential cannot be opened");
        Allowing::is_refused(&ended, part);
        assert_eq!(context.failing().await, ["Relay"], "{change}");
        let restore = "DELETE FROM secrets; INSERT INTO secrets SELECT * FROM old_secrets;
             DELETE FROM credentials; INSERT INTO credentials SELECT * FROM old_credentials";
        context.execute(restore).await;
        assert_eq!(allowing.ends(account).await.0, Stage::Tcp, "{change}");
    }
    // SaveFormOutcome it does not seal what was changed.
    context.execute("UPDATE credentials SET reference = 'env:HOME'").await;
    allowing.update(id, &credential("Relay"), keep()).await.expect_err("it was changed");
    allowing.update(id, &credential("Relay"), refer("env:HOME")).await.expect("it was entered");
    allowing.backend.close().await;
}

async fn a_reset_of_the_vault_has_references_entered_again(context: &TestContext) {
    let allowing = Allowing::variable(context).await;
    let reference = format!("env:{VARIABLE}");
    let id = allowing.create(&credential("Relay"), &reference).await.expect("it is allowed");
    let account = allowing.account(id).await;
    assert_eq!(Backend::count_secrets(&context.config()).await.expect("it counts"), 0, "a reference is no secret");
    let rotated = Backend::rotate_vault(&context.config()).await.expect("it rotates");
    assert_eq!((rotated.secrets, rotated.damaged), (1, 0));
    assert_eq!(allowing.ends(account).await.0, Stage::Tcp, "a rotation changes nothing");
    let forgotten = Backend::reset_vault(&context.config()).await.expect("it is reset");
    assert_eq!(forgotten.secrets, 0);
    Allowing::is_refused(&allowing.ends(account).await, "Enter it again");
    allowing.update(id, &credential("Relay"), refer(&reference)).await.expect("it was entered again");
    assert_eq!(allowing.ends(account).await.0, Stage::Tcp);
    allowing.backend.close().await;
}

async fn posthouses_own_files_are_no_secrets(context: &TestContext) {
    // As badly configured as it can be: the folder of secrets is the data folder.
    let folder = context.database.folder.clone();
    let rules = ReferenceRules { folder: Some(folder.clone()), ..ReferenceRules::default() };
    let allowing = Allowing::new(context, rules).await;
    std::fs::write(folder.join("relay"), "a secret\n").expect("it is written");
    let id = allowing.create(&credential("Relay"), "file:relay").await.expect("it is allowed");
    let account = allowing.account(id).await;
    assert_eq!(allowing.ends(account).await.0, Stage::Tcp, "it is read");
    std::os::unix::fs::symlink("vault.key", folder.join("link")).expect("it is made");
    std::fs::hard_link(folder.join("vault.key"), folder.join("hard")).expect("it is made");
    std::fs::copy(folder.join("vault.key"), folder.join("copy")).expect("it is made");
    let key = KeySource::in_folder(&folder);
    let full = key.path().display().to_string();
    let mut names = vec!["vault.key", "./vault.key", "link", "hard", "copy", full.as_str()];
    if context.database.file().exists() {
        names.push("posthouse.db");
    }
    for name in names {
        let refused = allowing.update(id, &credential("Relay"), refer(&format!("file:{name}"))).await.expect_err(name);
        assert!(beside_the_reference(&refused).contains("one of Posthouse’s own files"), "{name}: {refused}");
        context.execute(&format!("UPDATE credentials SET reference = 'file:{name}'")).await;
        let ended = allowing.ends(account).await;
        assert_eq!(ended.0, Stage::Settings, "{name}: {ended:?}");
    }
    allowing.backend.close().await;
}

async fn a_deleted_reference_comes_back_as_it_was_permitted(context: &TestContext) {
    let allowing = Allowing::variable(context).await;
    let (backend, actor) = (&allowing.backend, &allowing.actor);
    let id = allowing.create(&credential("Relay"), &format!("env:{VARIABLE}")).await.expect("it is allowed");
    backend.delete_credential(actor, id).await.expect("nothing uses it");
    // Where it may go is sealed also while it is deleted.
    let restore = DeletedRecord { kind: RecordKind::Credential, id: id.0 };
    context.execute("UPDATE credentials SET destinations = replace(destinations, '[1]', '[1,25]')").await;
    backend.restore_record(actor, restore, None).await.expect("it comes back");
    let account = allowing.account(id).await;
    Allowing::is_refused(&allowing.ends(account).await, "cannot be opened");
    context.execute("UPDATE credentials SET destinations = replace(destinations, '[1,25]', '[1]')").await;
    assert_ne!(allowing.ends(account).await.0, Stage::Settings);
    let renamed = CredentialDraft { user_name: "other".to_owned(), ..credential("Relay") };
    allowing.update(id, &renamed, keep()).await.expect("its reference opens");
    backend.close().await;
}
