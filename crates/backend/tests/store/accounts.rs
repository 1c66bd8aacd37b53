//! Every field: saved, shown in the form, shown in the list.

use model::{AccountDraft, AccountId, Cell, Column, ConnectionSecurity, Problem, TlsType, YesNo};

use crate::on_both;
use crate::world::{World, draft};

on_both! {
    every_field_is_saved_and_shown_again
    every_field_is_changed
    a_host_name_of_another_script_is_kept_and_shown
    a_host_name_that_cannot_exist_is_refused_beside_its_field
    errors_stand_in_the_order_of_the_form
    what_is_not_there_is_said
    the_newest_test_is_shown
}

fn unusual() -> AccountDraft {
    AccountDraft {
        name: "Größe 100%_\\ \"quoted\" Київ".to_owned(),
        enabled: YesNo::No,
        default: YesNo::No,
        sender: "почта@пример.рф".to_owned(),
        reply: "o'neill+x@example.org".to_owned(),
        return_path: "\"a b\"@example.org".to_owned(),
        confirmation: "root@[IPv6:::1]".to_owned(),
        force_settings: YesNo::Yes,
        read_receipt: YesNo::Yes,
        footer: YesNo::Yes,
        host: "2001:db8::1".to_owned(),
        port: "2525".to_owned(),
        safe_connection: YesNo::Yes,
        tls_type: TlsType::Ssl,
        ignore_certificate: YesNo::Yes,
        authentication: YesNo::No,
        ..AccountDraft::default()
    }
}

async fn every_field_is_saved_and_shown_again(world: &World) {
    let actor = world.actor().await;
    world.create(&actor, &draft("First")).await;
    let id = world.create(&actor, &unusual()).await;
    let form = world.backend.find_account(&actor, id).await.expect("it was saved");
    assert_eq!(form.draft, unusual());
    assert_eq!((form.version, form.others_enabled, form.default_name.as_deref()), (1, true, Some("First")));

    let page = world.list(&actor, "sort=-id").await;
    let row = &page.rows[0];
    assert_eq!((row.id, row.name.as_str()), (id, "Größe 100%_\\ \"quoted\" Київ"));
    let texts = [Column::Sender, Column::Reply, Column::ReturnPath, Column::Confirmation].map(|c| row.cell(c).text());
    assert_eq!(
        texts,
        ["почта@пример.рф", "o'neill+x@example.org", "\"a b\"@example.org", "root@[IPv6:::1]"],
        "each address has a column"
    );
    assert_eq!((row.enabled, row.default, row.security), (false, false, ConnectionSecurity::ImplicitTls));
    let answers = [Column::ForceSettings, Column::ReadReceipt, Column::Footer];
    assert!(row.ignore_certificate && answers.iter().all(|column| *row.cell(*column) == Cell::YesNo(true)));
    assert_eq!((row.host.as_str(), row.port.map(|port| port.get())), ("2001:db8::1", Some(2525)));
    assert_eq!(row.last_test, None);
    let first = &page.rows[1];
    assert!(first.enabled && first.default, "the first enabled account is the default by itself");
    assert!(!first.ignore_certificate && answers.iter().all(|column| *first.cell(*column) == Cell::YesNo(false)));
    assert_eq!((first.security, first.port), (ConnectionSecurity::StartTls, None));
}

async fn every_field_is_changed(world: &World) {
    let actor = world.actor().await;
    world.create(&actor, &draft("First")).await;
    let id = world.create(&actor, &draft("Second")).await;
    let saved = world.backend.update_account(&actor, id, 1, &unusual()).await.expect("it is saved");
    assert_eq!((saved.id, saved.version, saved.default_moved), (id, 2, None));
    assert_eq!(world.backend.find_account(&actor, id).await.expect("it is there").draft, unusual());
    let plain = AccountDraft { safe_connection: YesNo::No, ..draft("Second") };
    world.backend.update_account(&actor, id, 2, &plain).await.expect("it is saved");
    assert_eq!(world.backend.find_account(&actor, id).await.expect("it is there").draft, plain);
    assert_eq!(world.list(&actor, "name=second").await.rows[0].security, ConnectionSecurity::None);
}

async fn a_host_name_of_another_script_is_kept_and_shown(world: &World) {
    let actor = world.actor().await;
    let id = world.create(&actor, &AccountDraft { host: " Bücher.Example ".to_owned(), ..draft("Books") }).await;
    assert_eq!(world.backend.find_account(&actor, id).await.expect("it is there").draft.host, "bücher.example");
    assert_eq!(world.list(&actor, "").await.rows[0].host.as_str(), "xn--bcher-kva.example");
}

async fn a_host_name_that_cannot_exist_is_refused_beside_its_field(world: &World) {
    let actor = world.actor().await;
    for host in ["xn--a.example", "\u{301}a.example", &format!("{}.example", "ü".repeat(63))] {
        let refused = AccountDraft { host: host.to_owned(), ..draft("Nowhere") };
        let problem = world.backend.create_account(&actor, &refused).await.expect_err(host);
        let errors = problem.field_errors().expect("the error stands beside a field");
        assert!(
            errors.get("host").is_some_and(|text| text.contains("cannot exist") || text.contains("can exist")),
            "{host}: {errors:?}"
        );
    }
    assert_eq!(world.list(&actor, "").await.total, 0);
}

async fn errors_stand_in_the_order_of_the_form(world: &World) {
    let actor = world.actor().await;
    let wrong = AccountDraft { host: "xn--a.example".to_owned(), port: "0".to_owned(), ..AccountDraft::default() };
    let problem = world.backend.create_account(&actor, &wrong).await.expect_err("nearly all is wrong");
    let fields: Vec<_> =
        problem.field_errors().expect("they are fields").0.iter().map(|e| e.field.to_string()).collect();
    assert_eq!(fields, ["name", "sender", "reply", "return_path", "confirmation", "host", "port", "credential"]);
}

async fn what_is_not_there_is_said(world: &World) {
    let actor = world.actor().await;
    let (backend, absent) = (&world.backend, AccountId(404));
    let there_is_none =
        |problem: Problem| assert_eq!(problem, Problem::NotFound("There is no account 404.".to_owned()));
    there_is_none(backend.find_account(&actor, absent).await.expect_err("find"));
    there_is_none(backend.update_account(&actor, absent, 1, &draft("X")).await.expect_err("update"));
    there_is_none(backend.copy_of_account(&actor, absent).await.expect_err("copy"));
    there_is_none(backend.delete_account(&actor, absent).await.expect_err("delete"));
    there_is_none(backend.restore_account(&actor, absent, None).await.expect_err("restore"));
    for extreme in [AccountId(0), AccountId(-1), AccountId(i64::MAX), AccountId(i64::MIN)] {
        assert_eq!(backend.find_account(&actor, extreme).await.expect_err("none").status(), 404);
    }
}

async fn the_newest_test_is_shown(world: &World) {
    let actor = world.actor().await;
    let id = world.create(&actor, &draft("Tested")).await;
    let show =
        "UPDATE accounts SET last_test_id = 7, last_test_at = 1000000, last_test_taken = 'no', last_test_passed = 4,
                last_test_failed_at = 'ehlo_again'";
    world.execute(show).await;
    let last = world.list(&actor, "").await.rows[0].last_test.clone().expect("it was tested");
    assert_eq!((last.id.0, last.at.0, last.taken), (7, 1_000_000, Some(model::Acceptance::No)));
    assert_eq!((last.passed, last.failed_at), (4, Some(model::Stage::EhloAgain)));
    assert_eq!(world.backend.find_account(&actor, id).await.expect("it is there").version, 1);
}
