//! A view that is not shared stays its owner's, whoever sees or edits a schedule that follows it.

use model::{Problem, ScheduleDraft, ViewDraft, YesNo};

use crate::context::{TestContext, draft};
use crate::followed_views::{following, view};
use crate::on_both;
use crate::schedules::{Desk, at, morning};

on_both! {
    a_private_view_is_told_to_nobody_but_its_owner
    nobody_has_anothers_schedule_follow_a_view_that_they_cannot_see
    the_file_of_a_private_view_is_for_its_owner
}

async fn a_private_view_is_told_to_nobody_but_its_owner(context: &TestContext) {
    let desk = Desk::new(context).await;
    let north = view(context, &desk, "columns=name&name=secretly", YesNo::No).await;
    let id = desk.schedule(context, &following(north)).await;
    let other = context.person("other@nordhavn.example").await;
    let page = context.backend.schedule_page(&other, id).await.expect("it is there");
    assert!(page.is_private);
    let told = format!("{page:?}");
    assert!(!told.contains("North") && !told.contains("secretly"), "{told}");
    let form = context.backend.find_schedule(&other, id).await.expect("it can be opened");
    assert!(form.follows_private);
    let told = format!("{:?}", form.views);
    assert!(!told.contains("North") && !told.contains("secretly"), "{told}");
    context.backend.delete_view(&desk.actor, north).await.expect("it is one's own");
    let page = context.backend.schedule_page(&other, id).await.expect("it is there");
    assert!(page.stopped.as_ref().is_some_and(|why| !why.contains("North")), "{:?}", page.stopped);
    // Its owner is told all of it.
    let north = view(context, &desk, "columns=name&name=secretly", YesNo::No).await;
    let own = desk.schedule(context, &ScheduleDraft { name: "Own".to_owned(), ..following(north) }).await;
    let page = desk.page(context, own).await;
    assert_eq!((page.view.as_deref(), page.is_private), (Some("North"), false));
    assert!(page.query.contains("secretly") && page.report.contains("secretly"), "{page:?}");
}

async fn nobody_has_anothers_schedule_follow_a_view_that_they_cannot_see(context: &TestContext) {
    let desk = Desk::new(context).await;
    let north = view(context, &desk, "name=secretly", YesNo::No).await;
    let id = desk.schedule(context, &morning()).await;
    let other = context.person("other@nordhavn.example").await;
    let form = context.backend.find_schedule(&other, id).await.expect("it can be edited");
    for enabled in [YesNo::Yes, YesNo::No] {
        let led = ScheduleDraft { view: north.to_string(), enabled, ..form.draft.clone() };
        let refused = context.backend.update_schedule(&other, id, form.version, &led).await;
        let errors = refused.as_ref().err().and_then(Problem::field_errors);
        let message = errors.and_then(|errors| errors.get("view"));
        assert!(message.is_some_and(|message| message.contains("not shared with you")), "{refused:?}");
    }
    context.backend.update_schedule(&desk.actor, id, form.version, &following(north)).await.expect("it is one's own");
    // Neither do they send what it shows to themselves.
    let form = context.backend.find_schedule(&other, id).await.expect("it can be opened");
    let taken = ScheduleDraft { recipients: "other@nordhavn.example".to_owned(), ..form.draft.clone() };
    let refused = context.backend.update_schedule(&other, id, form.version, &taken).await;
    assert!(refused.as_ref().err().and_then(Problem::field_errors).is_some(), "{refused:?}");
    // What tells nothing is done all the same.
    for pause in [YesNo::Yes, YesNo::No] {
        context.backend.pause_schedule(&other, id, pause).await.expect("it is paused, and resumed");
    }
    let shared = ViewDraft { name: "North".to_owned(), shared: YesNo::Yes, ..ViewDraft::default() };
    context.backend.update_view(&desk.actor, north, &shared).await.expect("it is one's own");
    let form = context.backend.find_schedule(&other, id).await.expect("it can be edited");
    assert_eq!((form.views.len(), form.follows_private), (1, false));
    context.backend.update_schedule(&other, id, form.version, &form.draft).await.expect("it is shared");
}

async fn the_file_of_a_private_view_is_for_its_owner(context: &TestContext) {
    let desk = Desk::new(context).await;
    context.create(&desk.actor, &draft("Norway")).await;
    let north = view(context, &desk, "name=nor", YesNo::No).await;
    let id = desk.schedule(context, &following(north)).await;
    at(context, desk.next(context, id).await).await;
    let other = context.person("other@nordhavn.example").await;
    let page = context.backend.schedule_page(&other, id).await.expect("it is there");
    let run = page.runs[0].clone();
    assert!(!run.has_file);
    let refused = context.backend.find_run_file(&other, run.id).await.map(|file| file.name);
    assert!(matches!(refused, Err(Problem::Forbidden(_))), "{refused:?}");
    assert!(desk.runs(context, id).await[0].has_file);
    context.backend.find_run_file(&desk.actor, run.id).await.expect("it is the owner's");
    // Also once the schedule follows something else.
    let form = context.backend.find_schedule(&other, id).await.expect("it can be opened");
    let open = ScheduleDraft { view: String::new(), ..form.draft };
    context.backend.update_schedule(&other, id, form.version, &open).await.expect("it follows no view");
    assert!(context.backend.find_run_file(&other, run.id).await.is_err());
    // The first time has its run; the next one follows.
    for _ in 0..2 {
        at(context, desk.next(context, id).await).await;
    }
    let runs = context.backend.schedule_page(&other, id).await.expect("it is there").runs;
    assert_eq!(runs.iter().map(|run| run.has_file).collect::<Vec<_>>(), [true, false]);
}
