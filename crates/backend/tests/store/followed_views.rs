//! Schedules that follow a view: they send what it shows at that time, and stop with a reason when it is gone.

use model::{AccountFilter, Filter, Problem, ScheduleDraft, ViewDraft, ViewId, YesNo};

use crate::on_both;
use crate::schedules::{Desk, at, later, morning};
use crate::world::{World, draft};

on_both! {
    a_schedule_sends_what_its_view_shows_at_that_time
    a_view_that_is_deleted_stops_what_follows_it
    a_view_that_is_not_shared_any_more_stops_what_others_send
    a_view_that_is_gone_is_said_beside_the_field
}

const DAY: i64 = 24 * 60 * 60_000_000;

pub async fn view(world: &World, desk: &Desk, query: &str, shared: YesNo) -> ViewId {
    let draft = ViewDraft { name: "North".to_owned(), shared, ..ViewDraft::default() };
    let saved = world.backend.create_view(&desk.actor, &AccountFilter::from_query(query), &draft).await;
    saved.expect("it is saved").id
}

pub fn following(view: ViewId) -> ScheduleDraft {
    ScheduleDraft { view: view.to_string(), ..morning() }
}

async fn a_schedule_sends_what_its_view_shows_at_that_time(world: &World) {
    let desk = Desk::new(world).await;
    world.create(&desk.actor, &draft("Norway")).await;
    let north = view(world, &desk, "columns=name&name=nor", YesNo::No).await;
    let id = desk.schedule(world, &following(north)).await;
    let page = desk.page(world, id).await;
    assert_eq!((page.view.as_deref(), page.query.as_str()), (Some("North"), "name=nor&columns=name"));
    let first = desk.next(world, id).await;
    at(world, first).await;
    let relay = AccountFilter::from_query("columns=id,name&name=relay");
    let replaced = world.backend.replace_view(&desk.actor, north, &relay).await.expect("it is one's own");
    assert_eq!((replaced.name.as_str(), replaced.query.as_str()), ("North", "name=relay&columns=id%2Cname"));
    at(world, later(first, DAY)).await;
    let mut files = Vec::new();
    for run in desk.runs(world, id).await {
        let file = world.backend.find_run_file(&desk.actor, run.id).await.expect("it is kept");
        files.push(String::from_utf8(file.content).expect("it is text"));
    }
    assert_eq!(files, [format!("ID,Name\r\n{},Relay\r\n", desk.account), "Name\r\nNorway\r\n".to_owned()]);
}

async fn a_view_that_is_deleted_stops_what_follows_it(world: &World) {
    let desk = Desk::new(world).await;
    let north = view(world, &desk, "", YesNo::No).await;
    let id = desk.schedule(world, &following(north)).await;
    let first = desk.next(world, id).await;
    let paused = ScheduleDraft { name: "Paused".to_owned(), enabled: YesNo::No, ..following(north) };
    let paused = desk.schedule(world, &paused).await;
    world.backend.delete_view(&desk.actor, north).await.expect("it is one's own");
    let page = desk.page(world, id).await;
    assert_eq!(page.stopped.as_deref(), Some("The view that it followed was deleted."));
    assert_eq!((page.next.len(), page.unseen, page.view), (0, true, None));
    assert_eq!(world.backend.count_unseen_schedules(&desk.actor).await, Ok(1));
    at(world, later(first, DAY)).await;
    assert_eq!((desk.runs(world, id).await, desk.mailbox.taken()), (Vec::new(), Vec::new()));
    for id in [id, paused] {
        let resumed = world.backend.pause_schedule(&desk.actor, id, YesNo::No).await;
        assert!(matches!(&resumed, Err(Problem::Refused(why)) if why.contains("not there any more")), "{resumed:?}");
    }
    // By hand it finds out as well, and sends nothing.
    world.backend.run_schedule(&desk.actor, paused).await.expect("it begins");
    at(world, later(first, 2 * DAY)).await;
    let page = desk.page(world, paused).await;
    assert!(page.stopped.is_some_and(|why| why.starts_with("The view that it follows")), "{:?}", page.runs);
    let form = world.backend.find_schedule(&desk.actor, id).await.expect("it can be edited");
    assert_eq!((form.views.len(), form.draft.view.as_str()), (0, north.to_string().as_str()));
    let other = ScheduleDraft { view: String::new(), ..form.draft };
    world.backend.update_schedule(&desk.actor, id, form.version, &other).await.expect("it has a report of its own");
    assert_eq!((desk.page(world, id).await.stopped, desk.mailbox.taken()), (None, Vec::new()));
}

async fn a_view_that_is_not_shared_any_more_stops_what_others_send(world: &World) {
    let desk = Desk::new(world).await;
    let north = view(world, &desk, "", YesNo::Yes).await;
    let own = desk.schedule(world, &following(north)).await;
    let other = world.person("other@nordhavn.example").await;
    let theirs = ScheduleDraft { name: "Theirs".to_owned(), ..following(north) };
    let theirs = world.backend.create_schedule(&other, &theirs).await.expect("it is shared").id;
    let private = ViewDraft { name: "North".to_owned(), ..ViewDraft::default() };
    world.backend.update_view(&desk.actor, north, &private).await.expect("it is one's own");
    assert_eq!(desk.page(world, own).await.stopped, None);
    let page = world.backend.schedule_page(&other, theirs).await.expect("it is there");
    assert_eq!(page.stopped.as_deref(), Some("The view “North” is not shared any more."));
    assert_eq!((page.view, page.unseen), (None, true));
}

async fn a_view_that_is_gone_is_said_beside_the_field(world: &World) {
    let desk = Desk::new(world).await;
    let other = world.person("other@nordhavn.example").await;
    let private = view(world, &desk, "", YesNo::No).await;
    for (actor, view) in [(&desk.actor, ViewId(99)), (&other, private)] {
        let refused = world.backend.create_schedule(actor, &following(view)).await;
        let errors = refused.as_ref().err().and_then(Problem::field_errors);
        let message = errors.and_then(|errors| errors.get("view"));
        assert_eq!(message, Some("The view that it follows is not there any more. Choose another."), "{refused:?}");
    }
    let wrong = ScheduleDraft { view: "x".to_owned(), ..morning() };
    let refused = world.backend.create_schedule(&desk.actor, &wrong).await;
    assert!(refused.as_ref().err().and_then(Problem::field_errors).and_then(|e| e.get("view")).is_some());
}
