//! A file that was exported, edited and imported: what changes, what is refused, and that nothing is half done.

use backend::{Import, TypedSecret};
use model::{
    AccountDraft, AccountFilter, AccountId, Actor, Column, CredentialDraft, Difference, ExportFormat, ImportCounts,
    Imported, Outcome, Problem, SecretAnswer, YesNo,
};

use crate::on_both;
use crate::world::{World, draft};

on_both! {
    an_edited_file_says_each_change_and_makes_it
    a_preview_changes_nothing
    one_refused_row_keeps_all_others_from_being_kept
    rows_name_their_account_by_id_or_by_name
    a_new_account_has_the_defaults_of_the_form
    what_a_row_points_at_is_named_and_permitted
    the_default_follows_the_state_that_is_wanted
    a_name_stands_once
    a_file_that_cannot_be_read_says_where
    large_files_are_refused_early
    many_accounts_are_imported_at_once
}

pub async fn export(world: &World, actor: &Actor, format: ExportFormat) -> Vec<u8> {
    let filter = AccountFilter::default();
    let mut export = world.backend.export_whole_accounts(actor, &filter, format).await.expect("it begins");
    let mut file = Vec::new();
    while let Some(piece) = export.next().await {
        file.extend(piece.expect("nothing fails"));
    }
    file
}

pub async fn import(world: &World, actor: &Actor, file: impl Into<Vec<u8>>, format: ExportFormat) -> Imported {
    world.backend.import_accounts(actor, file.into(), format, Import::Make).await.expect("the file is read")
}

async fn csv(world: &World, actor: &Actor, file: &str) -> Imported {
    import(world, actor, file, ExportFormat::Csv).await
}

/// "Line 2: Port: why", for each error.
pub fn errors(imported: &Imported) -> Vec<String> {
    let mut all = Vec::new();
    for row in &imported.rows {
        if let Outcome::Refused(errors) = &row.outcome {
            all.extend(errors.iter().map(|error| format!("{}: {}: {}", row.place, error.column, error.message)));
        }
    }
    all
}

/// "Port: 587 > 2525", for each field of a row.
fn changes(imported: &Imported, row: usize) -> Vec<String> {
    let Outcome::Changed(differences) = &imported.rows[row].outcome else {
        panic!("{:?}", imported.rows[row]);
    };
    let said = |Difference { label, mine, theirs, .. }: &Difference| format!("{label}: {theirs} > {mine}");
    differences.iter().map(said).collect()
}

pub fn counts(created: usize, changed: usize, unchanged: usize, refused: usize) -> ImportCounts {
    ImportCounts { created, changed, unchanged, refused }
}

pub async fn credential(world: &World, actor: &Actor, name: &str) -> String {
    let draft = CredentialDraft {
        name: name.into(),
        user_name: "relay".into(),
        hosts: "smtp.nordhavn.example".into(),
        ports: "587".into(),
        ..CredentialDraft::default()
    };
    let secret = TypedSecret { answer: SecretAnswer::Clear, secret: "".into(), reference: String::new() };
    world.backend.create_credential(actor, &draft, secret).await.expect("it is saved").id.to_string()
}

async fn three(world: &World) -> Actor {
    let actor = world.actor().await;
    for name in ["One", "Two", "Three"] {
        world.create(&actor, &draft(name)).await;
    }
    actor
}

async fn an_edited_file_says_each_change_and_makes_it(world: &World) {
    let actor = three(world).await;
    let file = String::from_utf8(export(world, &actor, ExportFormat::Csv).await).expect("UTF-8");
    let renamed = file.replace("3,Three,billing@", "3,Three 3,invoices@");
    let edited = renamed.replace("smtp.nordhavn.example,,TLS", "smtp.nordhavn.example,2525,SSL");
    let imported = csv(world, &actor, &format!("\u{feff}{edited}")).await;
    assert_eq!(imported.counts(), counts(0, 3, 0, 0), "{imported:?}");
    assert_eq!(changes(&imported, 0), ["Port:  > 2525", "Secure connection: TLS > SSL"]);
    assert_eq!(
        changes(&imported, 2),
        [
            "Name: Three > Three 3",
            "Sender e-mail: billing@nordhavn.example > invoices@nordhavn.example",
            "Port:  > 2525",
            "Secure connection: TLS > SSL"
        ]
    );
    assert_eq!(imported.rows[2].place, "Line 4");
    let row = world.list(&actor, "id=3").await.rows.remove(0);
    assert_eq!((row.name.as_str(), row.cell(Column::Sender).text().as_ref()), ("Three 3", "invoices@nordhavn.example"));
    assert_eq!((row.port.map(|port| port.get()), row.security.label()), (Some(2525), "SSL"));
    let form = world.backend.find_account(&actor, AccountId(3)).await.expect("it is there");
    assert_eq!(form.version, 2, "a form that was open meanwhile is stale");
    // Again, it is a statement of what is wanted.
    assert_eq!(csv(world, &actor, &edited).await.counts(), counts(0, 0, 3, 0));
}

async fn a_preview_changes_nothing(world: &World) {
    let actor = three(world).await;
    let before = world.list(&actor, "").await;
    let file = "ID,Name,Default\n2,Zwei,Yes\n";
    let told = world.backend.import_accounts(&actor, file.into(), ExportFormat::Csv, Import::Preview).await;
    let told = told.expect("it is told");
    assert_eq!(world.list(&actor, "").await, before);
    let made = csv(world, &actor, file).await;
    assert!(made.undo.is_some());
    assert_eq!(Imported { undo: None, ..made }, told, "the import says the same");
}

async fn one_refused_row_keeps_all_others_from_being_kept(world: &World) {
    let actor = three(world).await;
    let before = world.list(&actor, "").await;
    let file = "ID,Name,Sender e-mail,Port,Enabled,Secure connection\n\
                1,Uno,uno@nordhavn.example,25,Yes,No\n\
                2,,two,70000,maybe,tls\n\
                x,Drei,a@nordhavn.example,,No,SSL\n\
                404,Vier,a@nordhavn.example,,No,SSL\n";
    let imported = csv(world, &actor, file).await;
    assert_eq!(imported.counts(), counts(0, 1, 0, 3));
    assert_eq!(
        errors(&imported),
        [
            "Line 3: Enabled: Enabled is one of: Yes, No. Not “maybe”.",
            "Line 3: Name: Enter an account name.",
            "Line 3: Sender e-mail: Sender e-mail has no @. Write it as name@example.org.",
            "Line 3: Port: Port is a number from 1 to 65535.",
            "Line 4: ID: ID is a whole number, or empty for a new account.",
            "Line 5: ID: There is no account 404. Leave ID empty to register a new one.",
        ]
    );
    assert_eq!(world.list(&actor, "").await, before);
}

async fn rows_name_their_account_by_id_or_by_name(world: &World) {
    let actor = three(world).await;
    let imported = csv(world, &actor, "Name;Footer\nTWO;Yes\nthree;No\n").await;
    assert_eq!(imported.counts(), counts(0, 2, 0, 0), "{imported:?}");
    assert_eq!(changes(&imported, 0), ["Name: Two > TWO", "Footer: No > Yes"]);
    let twice = csv(world, &actor, "ID,Name\n2,Deux\n,TWO\n3,Trois\n3,Tres\n").await;
    assert_eq!(
        errors(&twice),
        [
            "Line 3: Name: Line 2 is the same account. Take one of them out.",
            "Line 5: ID: Line 4 is the same account. Take one of them out."
        ]
    );
    world.backend.delete_account(&actor, AccountId(3)).await.expect("it is deleted");
    let deleted = csv(world, &actor, "ID,Name\n3,Three\n").await;
    assert_eq!(errors(&deleted), ["Line 2: ID: There is no account 3. Leave ID empty to register a new one."]);
}

const NEW: &str = "Name,Sender e-mail,Reply e-mail,Return e-mail,Confirmation mail,Host SMTP,Credential";
const ADDRESSES: &str = "a@x.example,b@x.example,c@x.example,d@x.example";

async fn a_new_account_has_the_defaults_of_the_form(world: &World) {
    let actor = world.actor().await;
    let imported = csv(world, &actor, &format!("{NEW}\nNew,{ADDRESSES},smtp.x.example,\n")).await;
    assert_eq!(imported.counts(), counts(1, 0, 0, 0), "{imported:?}");
    assert_eq!(imported.default_moved.map(|moved| (moved.to, moved.from)), Some(("New".to_owned(), None)));
    let form = world.backend.find_account(&actor, AccountId(1)).await.expect("it is there");
    let wanted = AccountDraft {
        name: "New".into(),
        default: YesNo::Yes,
        sender: "a@x.example".into(),
        reply: "b@x.example".into(),
        return_path: "c@x.example".into(),
        confirmation: "d@x.example".into(),
        host: "smtp.x.example".into(),
        authentication: YesNo::No,
        ..AccountDraft::default()
    };
    assert_eq!(form.draft, wanted);
    assert_eq!(world.list(&actor, "").await.total, 1, "it is counted");
    let lacking = csv(world, &actor, "Name,Enabled\nOther,No\n").await;
    let columns: Vec<_> =
        errors(&lacking).iter().map(|error| error.split(": ").nth(1).unwrap_or("").to_owned()).collect();
    assert_eq!(
        columns,
        ["Credential", "Sender e-mail", "Reply e-mail", "Return e-mail", "Confirmation mail", "Host SMTP"]
    );
}

async fn what_a_row_points_at_is_named_and_permitted(world: &World) {
    let actor = three(world).await;
    credential(world, &actor, "Relay").await;
    let ok = csv(world, &actor, "ID,Credential,Mechanism\n1,RELAY,PLAIN\n").await;
    assert_eq!(changes(&ok, 0), ["Credential:  > Relay", "Mechanism:  > PLAIN"]);
    let file = "ID,Host SMTP,Credential,Network connector\n\
                2,smtp.stranger.example,Relay,\n\
                3,smtp.nordhavn.example,Nobody's,Nowhere\n";
    let refused = csv(world, &actor, file).await;
    let all = errors(&refused);
    assert!(all[0].starts_with("Line 2: Credential: ") && all[0].contains("smtp.stranger.example"), "{all:?}");
    assert_eq!(
        all[1..],
        [
            "Line 3: Credential: There is no credential “Nobody's”. Register it first, or choose another one.",
            "Line 3: Network connector: There is no network connector “Nowhere”. Register it first, or choose another one."
        ]
    );
    let out = csv(world, &actor, "ID,Credential\n1,\n").await;
    assert_eq!(changes(&out, 0), ["Credential: Relay > ", "Mechanism: PLAIN > "]);
}

/// ID, Enabled and Default of each account that is there.
async fn state(world: &World, actor: &Actor) -> Vec<(i64, bool, bool)> {
    world.list(actor, "").await.rows.iter().map(|row| (row.id.0, row.enabled, row.default)).collect()
}

async fn the_default_follows_the_state_that_is_wanted(world: &World) {
    let actor = three(world).await;
    let moved = csv(world, &actor, "ID,Enabled,Default\n1,No,No\n2,Yes,Yes\n").await;
    assert_eq!(moved.counts(), counts(0, 2, 0, 0), "{moved:?}");
    assert_eq!(moved.default_moved.map(|moved| (moved.to, moved.from)), Some(("Two".into(), Some("One".into()))));
    assert_eq!(state(world, &actor).await, [(1, false, false), (2, true, true), (3, true, false)]);
    // Who had it need not be in the file.
    csv(world, &actor, "ID,Default\n3,Yes\n").await;
    assert_eq!(state(world, &actor).await, [(1, false, false), (2, true, false), (3, true, true)]);
    for (file, error) in [
        ("ID,Default\n3,No\n", "Line 2: Default: This is the default. Make another account the default first."),
        ("ID,Enabled,Default\n3,No,\n", "Line 2: Default: The default account is enabled."),
        (
            "ID,Enabled,Default\n3,No,No\n",
            "Line 2: Enabled: This is the default. Make another account the default first.",
        ),
        ("ID,Default\n2,Yes\n3,Yes\n", "Line 3: Default: Line 2 is the default as well. Answer No in one of them."),
        ("ID,Default\n1,Yes\n", "Line 2: Default: The default account is enabled."),
    ] {
        let refused = errors(&csv(world, &actor, file).await);
        assert!(refused.len() == 1 && refused[0].starts_with(error), "{file}: {refused:?}");
    }
    // Where no other one is enabled, it goes; and the next that is enabled gets it.
    csv(world, &actor, "ID,Enabled,Default\n2,No,No\n3,No,No\n").await;
    assert_eq!(state(world, &actor).await, [(1, false, false), (2, false, false), (3, false, false)]);
    csv(world, &actor, "ID,Enabled\n1,No\n2,Yes\n").await;
    assert_eq!(state(world, &actor).await, [(1, false, false), (2, true, true), (3, false, false)]);
}

async fn a_name_stands_once(world: &World) {
    let actor = three(world).await;
    let new = |name: &str| format!("{name},{ADDRESSES},smtp.x.example,\n");
    let file = format!("{NEW}\n{}{}", new("New"), new("NEW"));
    assert_eq!(
        errors(&csv(world, &actor, &file).await),
        ["Line 3: Name: Line 2 has the same name. Choose another name."]
    );
    let taken = csv(world, &actor, "ID,Name\n1,two\n").await;
    assert_eq!(errors(&taken), ["Line 2: Name: “two” exists already. Choose another name."]);
}

async fn a_file_that_cannot_be_read_says_where(world: &World) {
    let actor = three(world).await;
    let before = world.list(&actor, "").await;
    let utf_16: Vec<_> = "ID,Name\n1,Uno\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (format, file, words) in [
        (ExportFormat::Csv, &b""[..], "The file is empty."),
        (ExportFormat::Csv, b"\xef\xbb\xbf", "neither a column ID nor a column Name"),
        (ExportFormat::Csv, b"ID,Name\r\n", "a head and no account"),
        (ExportFormat::Csv, &utf_16, "UTF-16"),
        (ExportFormat::Csv, b"ID,Name\n1,B\xfcro\n", "Octet 4 of line 2 is not UTF-8"),
        (ExportFormat::Csv, b"ID,Name\n1,a\0b\n", "Octet 4 of line 2 is a NUL"),
        (ExportFormat::Csv, b"ID,Name\n1,Uno\n\n2,Due,x\n", "Line 4 has 3 columns, and the head has 2."),
        (ExportFormat::Csv, b"ID,Name,Colour\n1,Uno,red\n", "Column 3 of the head is “Colour”"),
        (ExportFormat::Csv, b"ID,Name,Name\n1,Uno,Uno\n", "stands in the head twice"),
        (ExportFormat::Csv, b"Enabled\nYes\n", "neither a column ID nor a column Name"),
        (ExportFormat::Json, b"[{\"id\": 1, \"colour\": 2}]", "colour"),
        (ExportFormat::Json, b"[{\"id\": 1,\n \"name\": [2]}]", "line 2 column"),
        (ExportFormat::Json, b"[{\"id\": 1}", "line 1 column"),
        (ExportFormat::Json, b"{\"id\": 1}", "an array of accounts"),
        (ExportFormat::Json, b"[]", "no account below it"),
        (ExportFormat::Xlsx, b"ID,Name\n1,Uno\n", "not a workbook"),
        (ExportFormat::Xlsx, b"PK\x03\x04", "not a workbook"),
    ] {
        let refused = world.backend.import_accounts(&actor, file.into(), format, Import::Make).await.expect_err(words);
        assert!(matches!(&refused, Problem::Malformed(text) if text.contains(words)), "{words}: {refused:?}");
    }
    assert_eq!(world.list(&actor, "").await, before);
}

async fn large_files_are_refused_early(world: &World) {
    let actor = world.actor().await;
    let many = format!("ID,Name\n{}", "1,Uno\n".repeat(1_000_000));
    let entries = format!("[{}]", vec!["{\"id\":1}"; 1_000_000].join(","));
    let long = format!("ID,Name\n1,{}\n", "x".repeat(21 * 1024 * 1024));
    for (format, file, words) in [
        (ExportFormat::Csv, many, "more than 10,000 accounts"),
        (ExportFormat::Json, entries, "more than 10,000 accounts"),
        (ExportFormat::Csv, long, "larger than 20 MB"),
    ] {
        let refused = world.backend.import_accounts(&actor, file.into(), format, Import::Make).await.expect_err(words);
        assert!(matches!(&refused, Problem::Malformed(text) if text.contains(words)), "{words}: {refused:?}");
    }
}

async fn many_accounts_are_imported_at_once(world: &World) {
    let actor = world.actor().await;
    let rows: String = (0..2_000).map(|number| format!("New {number},{ADDRESSES},smtp.x.example,\n")).collect();
    let file = format!("{NEW}\n{rows}");
    assert_eq!(csv(world, &actor, &file).await.counts(), counts(2_000, 0, 0, 0));
    let imported = csv(world, &actor, &file.replace("a@x.example", "office@x.example")).await;
    assert_eq!(imported.counts(), counts(0, 2_000, 0, 0), "{:?}", errors(&imported).first());
    assert_eq!(world.list(&actor, "sender=office").await.matching, 2_000);
}
