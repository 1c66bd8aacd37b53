//! Schedules that follow a view: they send what it shows at that time, and stop with a reason when it is gone.

use model::{AccountFilter, Filter, Problem, ScheduleDraft, ViewDraft, ViewId, YesNo};

use crate::context::{TestContext, draft};
use crate::on_both;
use crate::schedules::{Desk, at, later, morning};

on_both! {
    a_schedule_sends_what_its_view_shows_at_that_time
    a_view_that_is_deleted_stops_what_follows_it
    a_view_that_is_not_shared_any_more_stops_what_others_send
    a_view_that_is_gone_is_said_beside_the_field
}

const DAY: i64 = 24 * 60 * 60_000_000;

pub async fn view(context: &TestContext, desk: &Desk, query: &str, shared: YesNo) -> ViewId {
    let draft = ViewDraft { name: "North".to_owned(), shared, ..ViewDraft::default() };
    let saved = context.backend.create_view(&desk.actor, &AccountFilter::from_query(query), &draft).await;
    saved.expect("it is saved").id
}

pub fn following(view: ViewId) -> ScheduleDraft {
    ScheduleDraft { view: view.to_string(), ..morning() }
}

async fn a_schedule_sends_what_its_view_shows_at_that_time(context: &TestContext) {
    let desk = Desk::new(context).await;
    context.create(&desk.actor, &draft("Norway")).await;
    let north = view(context, &desk, "columns=name&name=nor", YesNo::No).await;
    let id = desk.schedule(context, &following(north)).await;
    let page = desk.page(context, id).await;
    assert_eq!((page.view.as_deref(), page.query.as_str()), (Some("North"), "name=nor&columns=name"));
    let first = desk.next(context, id).await;
    at(context, first).await;
    let relay = AccountFilter::from_query("columns=id,name&name=relay");
    let replaced = context.backend.replace_view(&desk.actor, north, &relay).await.expect("it is one's own");
    assert_eq!((replaced.name.as_str(), replaced.query.as_str()), ("North", "name=relay&columns=id%2Cname"));
    at(context, later(first, DAY)).await;
    let mut files = Vec::new();
    for run in desk.runs(context, id).await {
        let file = context.backend.find_run_file(&desk.actor, run.id).await.expect("it is kept");
        files.push(String::from_utf8(file.content).expect("it is text"));
    }
    let expected = [format!("ID,Name\r\n{},Relay\r\n", desk.account), "Name\r\nNorway\r\n".to_owned()];
    assert_eq!(files, expected.map(|rows| format!("\u{feff}{rows}")));
}

async fn a_view_that_is_deleted_stops_what_follows_it(context: &TestContext) {
    let desk = Desk::new(context).await;
    let north = view(context, &desk, "", YesNo::No).await;
    let id = desk.schedule(context, &following(north)).await;
    let first = desk.next(context, id).await;
    let paused = ScheduleDraft { name: "Paused".to_owned(), enabled: YesNo::No, ..following(north) };
    let paused = desk.schedule(context, &paused).await;
    context.backend.delete_view(&desk.actor, north).await.expect("it is one's own");
    let page = desk.page(context, id).await;
    assert_eq!(page.stopped.as_deref(), Some("The view that it followed was deleted."));
    assert_eq!((page.next.len(), page.unseen, page.view), (0, true, None));
    assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(1));
    at(context, later(first, DAY)).await;
    assert_eq!((desk.runs(context, id).await, desk.mailbox.taken()), (Vec::new(), Vec::new()));
    for id in [id, paused] {
        let resumed = context.backend.pause_schedule(&desk.actor, id, YesNo::No).await;
        assert!(matches!(&resumed, Err(Problem::Refused(why)) if why.contains("not there any more")), "{resumed:?}");
    }
    // By hand it finds out as well, and sends nothing.
    context.backend.run_schedule(&desk.actor, paused).await.expect("it begins");
    at(context, later(first, 2 * DAY)).await;
    let page = desk.page(context, paused).await;
    assert!(page.stopped.is_some_and(|why| why.starts_with("The view that it follows")), "{:?}", page.runs);
    let form = context.backend.find_schedule(&desk.actor, id).await.expect("it can be edited");
    assert_eq!((form.views.len(), form.draft.view.as_str()), (0, north.to_string().as_str()));
    let other = ScheduleDraft { view: String::new(), ..form.draft };
    context.backend.update_schedule(&desk.actor, id, form.version, &other).await.expect("it has a report of its own");
    assert_eq!((desk.page(context, id).await.stopped, desk.mailbox.taken()), (None, Vec::new()));
}

async fn a_view_that_is_not_shared_any_more_stops_what_others_send(context: &TestContext) {
    let desk = Desk::new(context).await;
    let north = view(context, &desk, "", YesNo::Yes).await;
    let own = desk.schedule(context, &following(north)).await;
    let other = context.person("other@nordhavn.example").await;
    let theirs = ScheduleDraft { name: "Theirs".to_owned(), ..following(north) };
    let theirs = context.backend.create_schedule(&other, &theirs).await.expect("it is shared").id;
    let private = ViewDraft { name: "North".to_owned(), ..ViewDraft::default() };
    context.backend.update_view(&desk.actor, north, &private).await.expect("it is one's own");
    assert_eq!(desk.page(context, own).await.stopped, None);
    let page = context.backend.schedule_page(&other, theirs).await.expect("it is there");
    assert_eq!(page.stopped.as_deref(), Some("The view “North” is not shared any more."));
    assert_eq!((page.view, page.unseen), (None, true));
}

async fn a_view_that_is_gone_is_said_beside_the_field(context: &TestContext) {
    let desk = Desk::new(context).await;
    let other = context.person("other@nordhavn.example").await;
    let private = view(context, &desk, "", YesNo::No).await;
    for (actor, view) in [(&desk.actor, ViewId(99)), (&other, private)] {
        let refused = context.backend.create_schedule(actor, &following(view)).await;
        let errors = refused.as_ref().err().and_then(Problem::field_errors);
        let message = errors.and_then(|errors| errors.get("view"));
        assert_eq!(message, Some("The view that it follows is not there any more. Choose another."), "{refused:?}");
    }
    let wrong = ScheduleDraft { view: "x".to_owned(), ..morning() };
    let refused = context.backend.create_schedule(&desk.actor, &wrong).await;
    assert!(refused.as_ref().err().and_then(Problem::field_errors).and_then(|e| e.get("view")).is_some());
}
