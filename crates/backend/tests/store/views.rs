//! Views of the report: what they keep, who sees and changes them, and the one that a person begins with.

use model::{AccountFilter, Actor, Filter, Problem, ViewDraft, ViewId, ViewTab, YesNo};

use crate::context::TestContext;
use crate::on_both;

on_both! {
    a_view_keeps_the_list_under_a_name
    a_person_has_a_name_once
    others_see_what_is_shared_and_change_nothing
    a_default_lasts_as_long_as_its_view_is_seen
    no_one_has_more_views_than_there_is_room_for
}

fn view(name: &str) -> ViewDraft {
    ViewDraft { name: name.to_owned(), ..ViewDraft::default() }
}

fn shared(name: &str) -> ViewDraft {
    ViewDraft { shared: YesNo::Yes, ..view(name) }
}

async fn saved(context: &TestContext, actor: &Actor, query: &str, draft: &ViewDraft) -> ViewTab {
    context.backend.create_view(actor, &AccountFilter::from_query(query), draft).await.expect(query)
}

async fn names(context: &TestContext, actor: &Actor) -> Vec<String> {
    context.backend.list_views(actor).await.expect("they are listed").into_iter().map(|view| view.name).collect()
}

async fn a_view_keeps_the_list_under_a_name(context: &TestContext) {
    let actor = context.actor().await;
    let kept = saved(context, &actor, "name=nord&sort=-name&page=3&page_size=50&columns=id", &view(" North ")).await;
    assert_eq!((kept.name.as_str(), kept.query.as_str()), ("North", "name=nord&sort=-name&columns=id%2Cname"));
    assert_eq!(context.backend.list_views(&actor).await, Ok(vec![kept.clone()]));
    // Without columns in the address: those that its reader prefers, whoever opens it later.
    let usual = saved(context, &actor, "", &view("All of it")).await;
    let columns = context.list(&actor, &usual.query).await.columns;
    assert_eq!(columns, context.list(&actor, "").await.columns);
    assert!(usual.query.starts_with("columns=id%2Cname"), "{}", usual.query);
    let form = context.backend.find_view(&actor, kept.id).await.expect("it is there");
    assert_eq!((form.draft, form.owner), (view("North"), None));
    assert_eq!(form.words, "Name contains “nord”; by Name, descending");
    let refused = context.backend.create_view(&actor, &AccountFilter::from_query("id=x"), &view("Wrong")).await;
    assert!(matches!(refused, Err(Problem::Malformed(_))), "{refused:?}");
    assert_eq!(context.backend.delete_view(&actor, kept.id).await, Ok("North".to_owned()));
    assert_eq!(names(context, &actor).await, ["All of it"]);
}

async fn a_person_has_a_name_once(context: &TestContext) {
    let (one, other) = (context.actor().await, context.person("other@nordhavn.example").await);
    let first = saved(context, &one, "", &view("STRASSE")).await;
    let twice = context.backend.create_view(&one, &AccountFilter::default(), &view("Straße")).await;
    assert!(twice.as_ref().err().and_then(Problem::field_errors).and_then(|e| e.get("name")).is_some(), "{twice:?}");
    let second = saved(context, &one, "", &view("Second")).await;
    let renamed = context.backend.update_view(&one, second.id, &view("strasse")).await;
    assert!(renamed.as_ref().err().and_then(Problem::field_errors).is_some(), "{renamed:?}");
    context.backend.update_view(&one, first.id, &view("Strasse")).await.expect("its own name is free");
    saved(context, &other, "", &view("Straße")).await;
    assert_eq!(names(context, &one).await, ["Second", "Strasse"]);
}

async fn others_see_what_is_shared_and_change_nothing(context: &TestContext) {
    let (one, other) = (context.actor().await, context.person("other@nordhavn.example").await);
    let mine = saved(context, &one, "enabled=No", &view("Mine")).await;
    let ours = saved(context, &one, "enabled=Yes", &shared("Ours")).await;
    saved(context, &other, "", &view("Theirs")).await;
    assert_eq!(names(context, &other).await, ["Theirs", "Ours"], "one's own first");
    for result in [
        context.backend.find_view(&other, mine.id).await.map(|_| ()),
        context.backend.update_view(&other, mine.id, &view("Taken")).await.map(|_| ()),
        context.backend.delete_view(&other, mine.id).await.map(|_| ()),
        context.backend.find_view(&other, ViewId(99)).await.map(|_| ()),
    ] {
        assert!(matches!(result, Err(Problem::NotFound(_))), "{result:?}");
    }
    let deleted = context.backend.delete_view(&other, ours.id).await;
    assert!(matches!(deleted, Err(Problem::Forbidden(_))), "{deleted:?}");
    let form = context.backend.find_view(&other, ours.id).await.expect("it is shared");
    assert_eq!(form.owner.as_deref(), Some(one.email.as_str()));
    // What another person types as its name counts for nothing.
    let answers = ViewDraft { default: YesNo::Yes, ..view("Taken") };
    context.backend.update_view(&other, ours.id, &answers).await.expect("the default is one's own");
    assert_eq!(names(context, &one).await, ["Mine", "Ours"]);
    assert_eq!(context.backend.default_view(&other).await, Ok(Some(ours.query)));
    assert_eq!(context.backend.default_view(&one).await, Ok(None));
}

async fn a_default_lasts_as_long_as_its_view_is_seen(context: &TestContext) {
    let (one, other) = (context.actor().await, context.person("other@nordhavn.example").await);
    let default = |draft: ViewDraft| ViewDraft { default: YesNo::Yes, ..draft };
    let first = saved(context, &one, "name=a", &default(view("First"))).await;
    let second = saved(context, &one, "name=b", &default(shared("Second"))).await;
    let opens = async |actor: &Actor| context.backend.default_view(actor).await.expect("it is read");
    assert_eq!(opens(&one).await, Some(second.query.clone()), "one at a time");
    context.backend.update_view(&one, first.id, &view("First")).await.expect("it is saved");
    assert_eq!(opens(&one).await, Some(second.query.clone()), "No to another one changes nothing");
    context.backend.update_view(&other, second.id, &default(shared("Second"))).await.expect("it is chosen");
    context.backend.update_view(&one, second.id, &view("Second")).await.expect("it is saved");
    assert_eq!((opens(&one).await, opens(&other).await), (None, None), "it is no longer shared");
    context.backend.update_view(&one, second.id, &default(shared("Second"))).await.expect("it is saved");
    assert_eq!(opens(&other).await, Some(second.query));
    context.backend.delete_view(&one, second.id).await.expect("it is deleted");
    assert_eq!((opens(&one).await, opens(&other).await), (None, None));
}

async fn no_one_has_more_views_than_there_is_room_for(context: &TestContext) {
    let actor = context.actor().await;
    for number in 0..20 {
        saved(context, &actor, "", &view(&number.to_string())).await;
    }
    let refused = context.backend.create_view(&actor, &AccountFilter::default(), &view("One more")).await;
    assert!(matches!(refused, Err(Problem::Refused(_))), "{refused:?}");
}
