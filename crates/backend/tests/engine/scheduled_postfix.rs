//! Against a real Postfix: a scheduled report arrives in the mailbox, with the file that the export gives.

use std::time::{Duration, Instant};

use backend::{Backend, Config, Database, KeySource, ReportLimits};
use mail_parser::{MessageParser, MimeHeaders};
use model::{AccountDraft, AccountFilter, Column, ExportFormat, Filter, RunState, ScheduleDraft, YesNo};

use crate::support::postfix::Postfix;

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_report_arrives_with_its_file() {
    let postfix = Postfix::find();
    let folder = std::env::temp_dir().join(format!("posthouse_scheduled_{}", std::process::id()));
    let database = Database::Sqlite { path: folder.join("posthouse.db") };
    let vault = Some(KeySource::in_folder(&folder));
    let domain = ReportLimits::domain("example.test").expect("it is one");
    let reports = ReportLimits { domains: vec![domain], ..ReportLimits::default() };
    let config = Config { vault, reports, ..Config::new(database, "posthouse.test") };
    let backend = Backend::open(config).await.expect("a fresh database opens");
    let actor = backend.add_user("ops@nordhavn.example", "correct horse battery".into()).await.expect("a person");
    for name in ["Nordhavn · Zürich", "=cmd|' /C calc'!A0", "Tab\tless, \"quoted\""] {
        let draft = AccountDraft {
            name: name.replace('\t', " "),
            sender: "billing@example.test".to_owned(),
            reply: "desk@example.test".to_owned(),
            return_path: "bounces@example.test".to_owned(),
            confirmation: "receipts@example.test".to_owned(),
            host: "localhost".to_owned(),
            port: postfix.clear.to_string(),
            safe_connection: YesNo::No,
            authentication: YesNo::No,
            ..AccountDraft::default()
        };
        backend.create_account(&actor, &draft).await.expect("it keeps the rules");
    }
    let subject = format!("Accounts of {}", std::process::id());
    let query = "columns=id,name,sender,enabled&sort=-name";
    let draft = ScheduleDraft {
        name: "Every morning".to_owned(),
        query: query.to_owned(),
        recipients: "to@example.test".to_owned(),
        subject: subject.clone(),
        ..ScheduleDraft::default()
    };
    let id = backend.create_schedule(&actor, &draft).await.expect("it keeps the rules").id;
    let planned = backend.schedule_page(&actor, id).await.expect("it is there").next[0].at;
    backend.run_schedules_at(planned).await.expect("the database answers");
    let run = backend.schedule_page(&actor, id).await.expect("it is there").runs.remove(0);
    assert_eq!((run.state, run.rows), (RunState::Sent, Some(3)), "{run:?}");
    assert!(run.words.contains("queued as"), "Postfix's own words: {}", run.words);

    let file = arrived(&postfix, &subject).await;
    let message = MessageParser::default().parse(&file).expect("a message");
    assert_eq!(
        message.from().and_then(|from| from.first()).and_then(|one| one.address()),
        Some("billing@example.test")
    );
    assert!(message.body_text(0).is_some_and(|text| text.contains("3 accounts, on")), "the text says how many");
    let attached = message.attachment(0).expect("a file");
    let kind = attached.content_type().expect("a media type");
    assert_eq!((kind.ctype(), kind.subtype(), kind.attribute("charset")), ("text", Some("csv"), Some("utf-8")));
    assert!(attached.contents().starts_with("\u{feff}".as_bytes()), "a spreadsheet knows UTF-8 by the mark");
    let filter = AccountFilter::from_query(query);
    assert_eq!(filter.columns.as_deref().map(<[Column]>::len), Some(4));
    let mut export = backend.export_accounts(&actor, &filter, ExportFormat::Csv).await.expect("it is exported");
    let mut wanted = Vec::new();
    while let Some(piece) = export.next().await {
        wanted.extend(piece.expect("the database answers"));
    }
    assert_eq!(String::from_utf8_lossy(attached.contents()), String::from_utf8_lossy(&wanted));
    let kept = backend.find_run_file(&actor, run.id).await.expect("it is kept");
    assert_eq!((kept.content, attached.attachment_name()), (wanted, Some(kept.name.as_str())));
    backend.close().await;
    std::fs::remove_dir_all(&folder).expect("it was made above");
}

/// The message with this subject, once it lies in the mailbox.
async fn arrived(postfix: &Postfix, subject: &str) -> Vec<u8> {
    let mailbox = postfix.folder.join("mail/to/new");
    let wanted = format!("Subject: {subject}\n");
    let begun = Instant::now();
    let mut again = tokio::time::interval(Duration::from_millis(20));
    loop {
        again.tick().await;
        let files = std::fs::read_dir(&mailbox).into_iter().flatten().filter_map(Result::ok);
        let mut messages = files.filter_map(|file| std::fs::read(file.path()).ok());
        if let Some(found) = messages.find(|message| String::from_utf8_lossy(message).contains(&wanted)) {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it arrives in {}", mailbox.display());
    }
}
