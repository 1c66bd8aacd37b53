//! The report as a file and on paper: what stands in it, in which order, and that nothing is left out.

use std::io::Cursor;

use backend::{ByteOrderMark, Export, FileOptions, Print, TypedSecret};
use calamine::{Reader, Xlsx};
use model::{
    AccountDraft, AccountFilter, AccountRow, Actor, CredentialDraft, ExportFormat, Filter, PageSize, Problem,
    SecretAnswer, TrustKind, YesNo,
};
use serde_json::{Value, json};

use crate::context::{TestContext, draft};
use crate::on_both;

on_both! {
    all_that_match_are_written_in_their_order
    the_chosen_columns_are_written
    the_byte_order_mark_can_be_left_out
    a_text_is_never_a_formula
    json_has_a_value_of_its_type_in_every_cell
    what_cannot_be_understood_is_not_written
    a_workbook_is_written_as_a_whole
    a_whole_export_has_everything_of_an_account
    a_reader_who_leaves_keeps_nobody_waiting
    readers_who_stall_keep_nobody_waiting
    a_print_has_the_rows_of_the_file
    what_is_too_much_for_paper_is_counted
}

async fn begun(context: &TestContext, actor: &Actor, query: &str, format: ExportFormat) -> Export {
    context.backend.export_accounts(actor, &AccountFilter::from_query(query), format).await.expect(query)
}

async fn text(export: Export) -> String {
    String::from_utf8(rest(export).await).expect("it is UTF-8")
}

async fn exported(context: &TestContext, actor: &Actor, query: &str, format: ExportFormat) -> String {
    text(begun(context, actor, query, format).await).await
}

/// Without the byte-order mark that every CSV begins with.
async fn csv(context: &TestContext, actor: &Actor, query: &str) -> String {
    let file = exported(context, actor, query, ExportFormat::Csv).await;
    file.strip_prefix('\u{feff}').unwrap_or_else(|| panic!("no byte-order mark: {file}")).to_owned()
}

async fn the_byte_order_mark_can_be_left_out(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("Süd")).await;
    let filter = AccountFilter::from_query("columns=name");
    for (format, written) in
        [(ExportFormat::Csv, "Name\r\nSüd\r\n"), (ExportFormat::Json, "[\n{\"name\":\"Süd\"}\n]\n")]
    {
        let options = FileOptions { format, mark: ByteOrderMark::Omitted };
        let export = context.backend.export_accounts(&actor, &filter, options).await.expect("it begins");
        assert_eq!(text(export).await, written);
    }
}

async fn all_that_match_are_written_in_their_order(context: &TestContext) {
    let actor = context.actor().await;
    // More than two pieces, and more than the pages of a list.
    context.add_accounts(1_203).await;
    for query in ["sort=-name&page_size=10&page=3", "name=billing&sort=sender", "enabled=no", "name=nothing-like-this"]
    {
        let written = csv(context, &actor, &format!("{query}&columns=id,name")).await;
        let mut wanted = "ID,Name\r\n".to_owned();
        let mut filter = AccountFilter::from_query(query);
        (filter.page, filter.page_size) = (1, Some(PageSize::Hundred));
        loop {
            let page = context.backend.list_accounts(&actor, &filter).await.expect(query);
            wanted.extend(page.rows.iter().map(|row| format!("{},{}\r\n", row.id, row.name)));
            if page.page == page.pages {
                break;
            }
            filter.page += 1;
        }
        assert_eq!(written, wanted, "{query}");
    }
}

async fn the_chosen_columns_are_written(context: &TestContext) {
    let actor = context.actor().await;
    let credential = CredentialDraft { name: "Relay, \"main\"".into(), user_name: "relay".into(), ..anywhere() };
    let secret = TypedSecret { answer: SecretAnswer::Clear, secret: "".into(), reference: String::new() };
    let credential = context.backend.create_credential(&actor, &credential, secret).await.expect("it is saved").id;
    let account =
        AccountDraft {
            authentication: YesNo::Yes, credential: credential.to_string(), ..draft("Straße, \"1\"\n東京")
        };
    let refused = context.backend.create_account(&actor, &account).await;
    assert!(refused.is_err(), "a name has no line break");
    context.create(&actor, &AccountDraft { name: "Straße, \"1\" 東京".into(), ..account }).await;
    let written = csv(context, &actor, "columns=name,enabled,default,security,credential,connector,last_test").await;
    let head = "Name,Enabled,Default,Secure connection,Credential,Network connector,Last test";
    let row = "\"Straße, \"\"1\"\" 東京\",Yes,Yes,TLS,\"Relay, \"\"main\"\"\",,";
    assert_eq!(written, format!("{head}\r\n{row}\r\n"));
    // Without a choice in the address, the kept one.
    let all = csv(context, &actor, "").await;
    let labels: Vec<_> = context.list(&actor, "").await.columns.into_iter().map(|column| column.label()).collect();
    assert_eq!(all.lines().next(), Some(labels.join(",").as_str()));
}

fn anywhere() -> CredentialDraft {
    let server = draft("");
    CredentialDraft { hosts: server.host, ports: "587".into(), ..CredentialDraft::default() }
}

async fn a_text_is_never_a_formula(context: &TestContext) {
    let actor = context.actor().await;
    for name in ["=HYPERLINK(\"http://x.example\")", "+1", "-1", "@SUM(1)", "plain"] {
        context.create(&actor, &AccountDraft { sender: "+ops@x.example".into(), ..draft(name) }).await;
    }
    let written = csv(context, &actor, "columns=name,sender&sort=id").await;
    let rows = ["\"'=HYPERLINK(\"\"http://x.example\"\")\"", "'+1", "'-1", "'@SUM(1)", "plain"];
    let rows: String = rows.map(|row| format!("{row},'+ops@x.example\r\n")).concat();
    assert_eq!(written, format!("Name,Sender e-mail\r\n{rows}"));
}

async fn json_has_a_value_of_its_type_in_every_cell(context: &TestContext) {
    let actor = context.actor().await;
    let empty: Value =
        serde_json::from_str(&exported(context, &actor, "", ExportFormat::Json).await).expect("it is JSON");
    assert_eq!(empty, json!([]));
    let ids = [context.create(&actor, &draft("=1")).await, context.create(&actor, &draft("B")).await];
    let query = "columns=id,name,enabled,credential,last_test";
    let written = exported(context, &actor, query, ExportFormat::Json).await;
    let row = |number: usize, name: &str| json!({ "id": ids[number].0, "name": name, "enabled": true, "credential": null, "last_test": null });
    let read: Value = serde_json::from_str(&written).expect("it is JSON");
    assert_eq!(read, json!([row(0, "=1"), row(1, "B")]));
}

async fn what_cannot_be_understood_is_not_written(context: &TestContext) {
    let actor = context.actor().await;
    let filter = AccountFilter::from_query("id=1,x");
    let refused = context.backend.export_accounts(&actor, &filter, ExportFormat::Csv).await.err();
    assert!(matches!(refused, Some(Problem::Malformed(_))), "{refused:?}");
}

async fn a_reader_who_leaves_keeps_nobody_waiting(context: &TestContext) {
    let actor = context.actor().await;
    context.add_accounts(5_000).await;
    for _ in 0..20 {
        let mut left = begun(context, &actor, "", ExportFormat::Csv).await;
        left.next().await.expect("it begins").expect("nothing fails");
    }
    assert_eq!(csv(context, &actor, "columns=id").await.lines().count(), 5_001);
}

async fn readers_who_stall_keep_nobody_waiting(context: &TestContext) {
    let actor = context.actor().await;
    let other = context.person("other@nordhavn.example").await;
    // More than waits between the database and a reader.
    context.add_accounts(5_000).await;
    let mut stalled = Vec::new();
    for format in [ExportFormat::Csv, ExportFormat::Json, ExportFormat::Csv] {
        let filter = AccountFilter::default();
        let mut export = context.backend.export_whole_accounts(&actor, &filter, format).await.expect("it begins");
        export.next().await.expect("it begins").expect("nothing fails");
        stalled.push(export);
    }
    let mut paper = context.backend.print_accounts(&actor, &AccountFilter::default()).await.expect("it begins");
    paper.next().await.expect("it begins").expect("nothing fails");
    // As many as one person may have; others have their own.
    let refused = context.backend.export_accounts(&actor, &AccountFilter::default(), ExportFormat::Csv).await.err();
    assert!(matches!(&refused, Some(Problem::TooMany(text)) if text.contains("downloads of yours")), "{refused:?}");
    assert_eq!(csv(context, &other, "columns=id").await.lines().count(), 5_001);
    assert_eq!(printed(context, &other, "columns=id").await.1.len(), 5_000);
    context.execute("UPDATE accounts SET name = 'Changed meanwhile' WHERE id = 1").await;
    for export in stalled {
        let (format, rest) = (export.format, rest(export).await);
        assert!(!String::from_utf8_lossy(&rest).contains("Changed meanwhile"), "{format:?}: it is of one moment");
    }
    drop(paper);
    assert_eq!(csv(context, &actor, "columns=id").await.lines().count(), 5_001);
}

async fn rest(mut export: Export) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(piece) = export.next().await {
        all.extend(piece.expect("nothing fails"));
    }
    all
}

async fn a_workbook_is_written_as_a_whole(context: &TestContext) {
    let actor = context.actor().await;
    // More than one piece of rows, and of the file.
    context.add_accounts(1_203).await;
    let mut export = begun(context, &actor, "sort=-name&columns=id,name,last_test", ExportFormat::Xlsx).await;
    assert!(export.file_name.ends_with(".xlsx"), "{}", export.file_name);
    let mut file = Vec::new();
    while let Some(piece) = export.next().await {
        file.extend(piece.expect("nothing fails"));
    }
    let mut book = Xlsx::new(Cursor::new(file)).expect("it is a workbook");
    let sheet = book.worksheet_range("SMTP configuration").expect("it has the sheet");
    let cells = |row: usize| sheet.rows().nth(row).expect("a row").iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (sheet.height(), cells(0)),
        (1_204, ["ID", "Name", "Last test", "Last test (UTC)"].map(Into::into).into())
    );
    let listed = context.list(&actor, "sort=-name&page_size=100").await;
    for (number, row) in listed.rows.iter().enumerate() {
        assert_eq!(cells(number + 1)[..2], [row.id.to_string(), row.name.clone()]);
    }
}

async fn a_whole_export_has_everything_of_an_account(context: &TestContext) {
    let actor = context.actor().await;
    let pinned = AccountDraft {
        trust: TrustKind::Certificate,
        pin: "ab".repeat(32),
        host: "smtp.münchen.example".into(),
        port: "2525".into(),
        time_limit: "90".into(),
        ..draft("Pinned")
    };
    context.create(&actor, &pinned).await;
    let filter = AccountFilter::from_query("columns=name");
    let export = context.backend.export_whole_accounts(&actor, &filter, ExportFormat::Json).await.expect("it begins");
    let read: Value = serde_json::from_str(&text(export).await).expect("it is JSON");
    let address = |local: &str| format!("{local}@nordhavn.example");
    let wanted = json!([{
        "id": 1, "name": "Pinned", "sender": address("billing"), "reply": address("desk"),
        "return_path": address("bounces"), "confirmation": address("receipts"), "enabled": true, "default": true,
        "host": "smtp.münchen.example", "port": 2525, "security": "TLS", "ignore_certificate": false,
        "trust": "This certificate", "pin": "ab".repeat(32), "ca": null, "force_settings": false,
        "read_receipt": false, "footer": false, "credential": null, "mechanism": null, "connector": null,
        "time_limit": 90, "last_test": null,
    }]);
    assert_eq!(read, wanted);
}

async fn printed(context: &TestContext, actor: &Actor, query: &str) -> (Print, Vec<AccountRow>) {
    let mut print = context.backend.print_accounts(actor, &AccountFilter::from_query(query)).await.expect(query);
    let mut rows = Vec::new();
    while let Some(piece) = print.next().await {
        rows.extend(piece.expect("nothing fails"));
    }
    (print, rows)
}

async fn a_print_has_the_rows_of_the_file(context: &TestContext) {
    let actor = context.actor().await;
    context.add_accounts(1_203).await;
    for query in ["sort=-name&page=3&columns=id,name", "name=billing&columns=name", "name=nothing-like-this"] {
        let (print, rows) = printed(context, &actor, query).await;
        let names: String = rows.iter().map(|row| format!("{}\r\n", row.name)).collect();
        let filter = AccountFilter { columns: None, ..AccountFilter::from_query(query) };
        let file = csv(context, &actor, &format!("{}&columns=name", filter.to_query())).await;
        assert_eq!(format!("Name\r\n{names}"), file, "{query}");
        let shown = context.list(&actor, query).await;
        assert_eq!((print.matching, print.total, print.columns), (shown.matching, shown.total, shown.columns));
        assert_eq!((print.rows, rows.len() as u64), (shown.matching, shown.matching), "{query}");
    }
    let refused = context.backend.print_accounts(&actor, &AccountFilter::from_query("id=1,x")).await.err();
    assert!(matches!(refused, Some(Problem::Malformed(_))), "{refused:?}");
}

async fn what_is_too_much_for_paper_is_counted(context: &TestContext) {
    let actor = context.actor().await;
    context.add_accounts(20_003).await;
    let (print, rows) = printed(context, &actor, "sort=-id&columns=name").await;
    assert_eq!((print.matching, print.rows, rows.len()), (20_003, 20_000, 20_000));
    assert!(rows.is_sorted_by(|a, b| a.id.0 > b.id.0));
}
