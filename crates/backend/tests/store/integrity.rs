//! A damaged file is told at the start; and what was deleted or sealed anew is not left in the files.

use std::os::unix::fs::FileExt;

use backend::{Backend, ConnectError, OpenError, TypedSecret};
use model::SecretAnswer;
use sea_orm::{ConnectionTrait, Statement};

use crate::context::{DatabaseKind, TestContext, draft};

async fn filled() -> TestContext {
    let context = TestContext::new(DatabaseKind::Sqlite).await;
    let actor = context.actor().await;
    for number in 0..60 {
        context.create(&actor, &draft(&format!("Account {number}"))).await;
    }
    context
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_file_is_found_so_while_a_server_writes_to_it() {
    let context = filled().await;
    Backend::check_integrity(&context.config()).await.expect("it is whole");
    context.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_flipped_in_the_middle_of_the_file_are_found() {
    let context = filled().await;
    context.backend.close().await;
    let config = context.config();
    let file = std::fs::OpenOptions::new().read(true).write(true).open(context.database.file()).expect("it is there");
    let pages = file.metadata().expect("it is there").len() / 4096;
    assert!(pages > 20, "{pages}");
    let mut found = 0;
    for page in 2..pages {
        let mut before = [0; 4096];
        file.read_exact_at(&mut before, page * 4096).expect("a page");
        file.write_all_at(&before.map(|octet| octet ^ 0xA5), page * 4096).expect("it is written");
        match Backend::check_integrity(&config).await {
            Err(error @ OpenError::Store(ConnectError::Damaged { .. })) => {
                let said = error.to_string();
                assert!(said.contains("posthouse restore") && !said.contains('\n') && said.len() < 500, "{said}");
                found += 1;
            }
            Err(error) => assert!(matches!(error, OpenError::Store(ConnectError::BadFile { .. })), "{error:?}"),
            // A page that is not in use.
            Ok(()) => {}
        }
        file.write_all_at(&before, page * 4096).expect("it is as before");
    }
    assert!(found > pages / 2, "{found} of {pages}");
    Backend::check_integrity(&config).await.expect("it is whole again");
}

/// What is sealed of each secret now.
async fn sealed(context: &TestContext) -> Vec<Vec<u8>> {
    let raw = context.raw().await;
    let rows =
        raw.query_all_raw(Statement::from_string(raw.get_database_backend(), "SELECT wrapped, sealed FROM secrets"));
    let rows = rows.await.expect("they are read");
    let octets = |row: &sea_orm::QueryResult| [0, 1].map(|at| row.try_get_by_index::<Vec<u8>>(at).expect("octets"));
    let all = rows.iter().flat_map(octets).collect();
    raw.close().await.expect("it closes");
    all
}

fn files_with(context: &TestContext, octets: &[u8]) -> Vec<String> {
    let files = std::fs::read_dir(&context.database.folder).expect("it is there").filter_map(Result::ok);
    let holds = |path: &std::path::Path| {
        std::fs::read(path).expect("it is read").windows(octets.len()).any(|window| window == octets)
    };
    files.filter(|file| holds(&file.path())).map(|file| file.file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_leaves_nothing_of_the_older_seals_in_the_files() {
    let context = TestContext::new(DatabaseKind::Sqlite).await;
    let actor = context.actor().await;
    context.credentials(&actor, 5).await;
    let before = sealed(&context).await;
    let keys: Vec<_> = before.iter().step_by(2).collect();
    assert_eq!(keys.len(), 5);
    assert!(keys.iter().all(|key| !files_with(&context, key).is_empty()), "they are looked for rightly");
    Backend::rotate_vault(&context.config()).await.expect("it is rotated, while the server runs");
    for key in keys {
        assert_eq!(files_with(&context, key), Vec::<String>::new());
    }
    context.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_replaced_does_not_stay_in_a_free_page() {
    let context = TestContext::new(DatabaseKind::Sqlite).await;
    let actor = context.actor().await;
    context.credentials(&actor, 5).await;
    let before = sealed(&context).await;
    assert_eq!(before.len(), 10, "two parts of each");
    assert!(before.iter().all(|octets| !files_with(&context, octets).is_empty()), "they are looked for rightly");
    for number in 1..=5 {
        let id = model::CredentialId(number);
        let form = context.backend.find_credential(&actor, id).await.expect("it is there");
        let clear = TypedSecret { answer: SecretAnswer::Clear, secret: "".into(), reference: String::new() };
        context.backend.update_credential(&actor, id, form.version, &form.draft, clear).await.expect("it is cleared");
    }
    context.backend.close().await;
    for octets in before {
        assert_eq!(files_with(&context, &octets), Vec::<String>::new());
    }
}
