//! Deleted credentials, connectors, schedules and views: gone from every list, back for 30 days, then gone for good.

use backend::TypedSecret;
use model::{
    AccountFilter, Actor, ConnectorDraft, ConnectorFilter, ConnectorId, CredentialFilter, CredentialId, DeletedRecord,
    Problem, RecordKind, ScheduleFilter, ScheduleId, SecretAnswer, ViewDraft, ViewId, YesNo,
};
use sea_orm::{ConnectionTrait, Statement};

use crate::context::TestContext;
use crate::on_both;
use crate::schedules::{Desk, at, later, morning};
use crate::vault::all_open;

on_both! {
    a_deleted_credential_comes_back_with_its_secret
    a_name_is_free_at_once_and_another_is_asked_for
    a_deleted_connector_does_not_hold_its_credential_and_waits_for_it
    a_deleted_schedule_sends_nothing_and_comes_back_with_its_runs
    a_run_that_waits_ends_with_its_schedule
    a_deleted_view_comes_back_and_what_followed_it_runs_again
    schedules_of_a_person_who_is_gone_come_back_stopped
    what_was_deleted_30_days_ago_is_gone_for_good_with_its_secret
    what_is_not_deleted_or_not_ones_own_is_not_brought_back
}

const DAY: i64 = 24 * 60 * 60_000_000;

const fn record(kind: RecordKind, id: i64) -> DeletedRecord {
    DeletedRecord { kind, id }
}

async fn number(context: &TestContext, sql: &str) -> i64 {
    let raw = context.raw().await;
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await.expect(sql);
    let number = row.expect("a row").try_get_by_index(0).expect("a number");
    raw.close().await.expect("it closes");
    number
}

async fn view(context: &TestContext, actor: &Actor, name: &str) -> ViewId {
    let draft = ViewDraft { name: name.to_owned(), ..ViewDraft::default() };
    context.backend.create_view(actor, &AccountFilter::default(), &draft).await.expect("it is saved").id
}

async fn connector(context: &TestContext, actor: &Actor, draft: &ConnectorDraft) -> ConnectorId {
    context.backend.create_connector(actor, draft).await.expect("it is saved").id
}

fn proxy(name: &str) -> ConnectorDraft {
    ConnectorDraft { name: name.to_owned(), host: "10.0.0.1".to_owned(), ..ConnectorDraft::default() }
}

async fn a_deleted_credential_comes_back_with_its_secret(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let id = context.credential(&actor, "Relay").await;
    assert_eq!(backend.delete_credential(&actor, id).await.as_deref(), Ok("Relay"));
    let list = backend.list_credentials(&actor, &CredentialFilter::default()).await.expect("it is listed");
    assert_eq!((list.total, list.rows.len()), (0, 0));
    let said = backend.find_credential(&actor, id).await.expect_err("it is deleted").to_string();
    assert!(said.starts_with("“Relay” was deleted by ops@nordhavn.example on "), "{said}");
    assert_eq!(backend.delete_credential(&actor, id).await.expect_err("it is deleted").status(), 404);
    // Nobody points an account at it meanwhile.
    let account = crate::credential_uses::signed_in("Billing", id);
    assert!(backend.create_account(&actor, &account).await.is_err());
    assert_eq!(number(context, "SELECT COUNT(*) FROM secrets").await, 1);
    backend::Backend::rotate_vault(&context.config()).await.expect("it is rotated with the others");
    let deleted = record(RecordKind::Credential, id.0);
    assert_eq!(backend.deleted_record_name(&actor, deleted).await.as_deref(), Ok("Relay"));
    assert_eq!(backend.restore_record(&actor, deleted, None).await.as_deref(), Ok("Relay"));
    context.rename(&actor, id, "another user").await.expect("its secret opens");
    all_open(backend::Backend::check_vault(&context.config()).await, 1);
}

async fn a_name_is_free_at_once_and_another_is_asked_for(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let desk = Desk::new_for(context, actor.clone()).await;
    for kind in RecordKind::ALL {
        let make = async || match kind {
            RecordKind::Credential => context.credential(&actor, "Same").await.0,
            RecordKind::Connector => connector(context, &actor, &proxy("Same")).await.0,
            RecordKind::Schedule => {
                desk.schedule(context, &model::ScheduleDraft { name: "Same".to_owned(), ..morning() }).await.0
            }
            RecordKind::View => view(context, &actor, "Same").await.0,
        };
        let first = make().await;
        let deleted = match kind {
            RecordKind::Credential => backend.delete_credential(&actor, CredentialId(first)).await,
            RecordKind::Connector => backend.delete_connector(&actor, ConnectorId(first)).await,
            RecordKind::Schedule => backend.delete_schedule(&actor, ScheduleId(first)).await,
            RecordKind::View => backend.delete_view(&actor, ViewId(first)).await,
        };
        assert_eq!(deleted.as_deref(), Ok("Same"));
        let second = make().await;
        assert_ne!(first, second);
        let refused = backend.restore_record(&actor, record(kind, first), None).await.expect_err("it is taken");
        let errors = refused.field_errors().expect("the name");
        assert!(errors.get("name").is_some_and(|text| text.contains("exists already")), "{errors:?}");
        let refused = backend.restore_record(&actor, record(kind, first), Some(&"x".repeat(300))).await;
        assert!(refused.expect_err("it is too long").field_errors().is_some());
        let name = backend.restore_record(&actor, record(kind, first), Some(" Other ")).await;
        assert_eq!(name.as_deref(), Ok("Other"), "{kind:?}");
    }
}

async fn a_deleted_connector_does_not_hold_its_credential_and_waits_for_it(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let credential = model::CredentialDraft {
        name: "Proxy".to_owned(),
        user_name: "proxy".to_owned(),
        hosts: "10.0.0.1".to_owned(),
        ports: "1080".to_owned(),
        verified_only: YesNo::No,
        plain_in_clear: YesNo::Yes,
        ..model::CredentialDraft::default()
    };
    let typed = TypedSecret { answer: SecretAnswer::Replace, secret: "a secret".into(), reference: String::new() };
    let credential = backend.create_credential(&actor, &credential, typed).await.expect("it is saved").id;
    let draft = ConnectorDraft { authentication: YesNo::Yes, credential: credential.to_string(), ..proxy("DMZ") };
    let draft = ConnectorDraft { port: "1080".to_owned(), ..draft };
    let id = connector(context, &actor, &draft).await;
    backend.delete_connector(&actor, id).await.expect("nothing uses it");
    let list = backend.list_connectors(&actor, &ConnectorFilter::default()).await.expect("it is listed");
    assert_eq!(list.total, 0);
    backend.delete_credential(&actor, credential).await.expect("nothing uses it any more");
    let deleted = record(RecordKind::Connector, id.0);
    let refused = backend.restore_record(&actor, deleted, None).await.expect_err("it would have no credential");
    assert!(refused.to_string().contains("Restore that one first"), "{refused}");
    backend.restore_record(&actor, record(RecordKind::Credential, credential.0), None).await.expect("it comes back");
    assert_eq!(backend.restore_record(&actor, deleted, None).await.as_deref(), Ok("DMZ"));
    let form = backend.find_connector(&actor, id).await.expect("it is back");
    assert_eq!(form.draft, draft);
}

async fn a_deleted_schedule_sends_nothing_and_comes_back_with_its_runs(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    at(context, first).await;
    context.backend.delete_schedule(&desk.actor, id).await.expect("it is deleted");
    let list = context.backend.list_schedules(&desk.actor, &ScheduleFilter::default()).await.expect("it is listed");
    assert_eq!((list.total, list.rows.len()), (0, 0));
    for refused in [
        context.backend.run_schedule(&desk.actor, id).await,
        context.backend.pause_schedule(&desk.actor, id, YesNo::No).await,
        context.backend.delete_schedule(&desk.actor, id).await,
    ] {
        assert_eq!(refused.expect_err("it is deleted").status(), 404);
    }
    let restored = context.backend.restore_record(&desk.actor, record(RecordKind::Schedule, id.0), None).await;
    assert_eq!(restored.as_deref(), Ok("Every morning"));
    assert_eq!(desk.runs(context, id).await.len(), 1, "nothing was made up for");
    // The clock of this test was ahead: what was sent already is not sent again, and the next one is.
    at(context, first).await;
    assert_eq!(desk.mailbox.taken().len(), 1);
    at(context, later(first, DAY)).await;
    assert_eq!(desk.mailbox.taken().len(), 2);
}

async fn a_run_that_waits_ends_with_its_schedule(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    context.backend.run_schedule(&desk.actor, id).await.expect("it waits");
    context.backend.delete_schedule(&desk.actor, id).await.expect("it is deleted");
    let open = "SELECT COUNT(*) FROM schedule_runs WHERE state IN ('waiting', 'running', 'sending')";
    assert_eq!(number(context, open).await, 0);
}

async fn a_deleted_view_comes_back_and_what_followed_it_runs_again(context: &TestContext) {
    let desk = Desk::new(context).await;
    for (name, shared) in [("North", YesNo::No), ("South", YesNo::Yes)] {
        let draft = ViewDraft { name: name.to_owned(), shared, ..ViewDraft::default() };
        let saved = context.backend.create_view(&desk.actor, &AccountFilter::default(), &draft).await;
        let followed = saved.expect("it is saved").id;
        let following = |schedule: &str| model::ScheduleDraft {
            name: format!("{schedule} {name}"),
            view: followed.to_string(),
            ..morning()
        };
        let id = desk.schedule(context, &following("Runs")).await;
        let other = desk.schedule(context, &following("Stopped before")).await;
        context.execute(&format!("UPDATE schedules SET stopped = 'Of old.', next_at = NULL WHERE id = {other}")).await;
        let next = desk.next(context, id).await;
        context.backend.delete_view(&desk.actor, followed).await.expect("it is one's own");
        assert_eq!(context.backend.list_views(&desk.actor).await, Ok(Vec::new()));
        let why = desk.page(context, id).await.stopped.expect("it follows nothing");
        assert_eq!(why.contains(name), shared.is_yes(), "{why}");
        let deleted = record(RecordKind::View, followed.0);
        assert_eq!(context.backend.restore_record(&desk.actor, deleted, Some("Back")).await.as_deref(), Ok("Back"));
        let page = desk.page(context, id).await;
        assert_eq!((page.stopped, page.view.as_deref(), page.unseen), (None, Some("Back"), false));
        assert_eq!(desk.next(context, id).await, next);
        assert_eq!(desk.page(context, other).await.stopped.as_deref(), Some("Of old."));
        context.backend.delete_view(&desk.actor, followed).await.expect("it is one's own");
    }
}

async fn schedules_of_a_person_who_is_gone_come_back_stopped(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    context.backend.delete_schedule(&desk.actor, id).await.expect("it is there");
    let other = context.person("stays@nordhavn.example").await;
    context.backend.disable_user(desk.actor.email.as_str()).await.expect("somebody stays");
    context.backend.restore_record(&other, record(RecordKind::Schedule, id.0), None).await.expect("it is back");
    at(context, first).await;
    assert_eq!(desk.mailbox.taken(), []);
    let stopped = desk.page(context, id).await.stopped;
    assert!(stopped.as_ref().is_some_and(|why| why.contains("can no longer sign in")), "{stopped:?}");
}

async fn what_was_deleted_30_days_ago_is_gone_for_good_with_its_secret(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let desk = Desk::new_for(context, actor.clone()).await;
    let mut ids = [Vec::new(), Vec::new()];
    for (number, ids) in ids.iter_mut().enumerate() {
        let credential = context.credential(&actor, &format!("Credential {number}")).await;
        let connector = connector(context, &actor, &proxy(&format!("Connector {number}"))).await;
        let schedule = model::ScheduleDraft { name: format!("Schedule {number}"), ..morning() };
        let schedule = desk.schedule(context, &schedule).await;
        let view = view(context, &actor, &format!("View {number}")).await;
        backend.delete_credential(&actor, credential).await.expect("nothing uses it");
        backend.delete_connector(&actor, connector).await.expect("nothing uses it");
        backend.delete_schedule(&actor, schedule).await.expect("it is there");
        backend.delete_view(&actor, view).await.expect("it is one's own");
        ids.extend([credential.0, connector.0, schedule.0, view.0]);
    }
    let kinds = [RecordKind::Credential, RecordKind::Connector, RecordKind::Schedule, RecordKind::View];
    for (days, ids) in [29, 31].into_iter().zip(&ids) {
        for (table, id) in ["credentials", "connectors", "schedules", "views"].iter().zip(ids) {
            let back = days * DAY;
            context.execute(&format!("UPDATE {table} SET deleted_at = deleted_at - {back} WHERE id = {id}")).await;
        }
    }
    let again = context.reopened().await;
    for (kind, (young, old)) in kinds.into_iter().zip(ids[0].iter().zip(&ids[1])) {
        let gone = again.restore_record(&actor, record(kind, *old), None).await.expect_err("it is gone for good");
        assert_eq!(gone.status(), 404, "{kind:?}: {gone}");
        again.restore_record(&actor, record(kind, *young), None).await.expect("it comes back");
    }
    assert_eq!(number(context, "SELECT COUNT(*) FROM secrets").await, 1);
    assert_eq!(number(context, "SELECT COUNT(*) FROM schedules").await, 1);
    all_open(backend::Backend::check_vault(&context.config()).await, 1);
    again.close().await;
}

async fn what_is_not_deleted_or_not_ones_own_is_not_brought_back(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let other = context.person("other@nordhavn.example").await;
    let id = context.credential(&actor, "Relay").await;
    let there = record(RecordKind::Credential, id.0);
    assert!(matches!(backend.restore_record(&actor, there, None).await, Err(Problem::Refused(_))));
    assert!(matches!(backend.deleted_record_name(&actor, there).await, Err(Problem::Refused(_))));
    for kind in RecordKind::ALL {
        let missing = backend.restore_record(&actor, record(kind, 404), None).await.expect_err("there is none");
        assert_eq!(missing.status(), 404);
    }
    let mine = view(context, &actor, "Mine").await;
    backend.delete_view(&actor, mine).await.expect("it is one's own");
    let deleted = record(RecordKind::View, mine.0);
    assert_eq!(backend.restore_record(&other, deleted, None).await.expect_err("it is not theirs").status(), 404);
    assert_eq!(backend.deleted_record_name(&other, deleted).await.expect_err("it is not theirs").status(), 404);
}
