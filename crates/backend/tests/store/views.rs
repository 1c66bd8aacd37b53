//! Views of the report: what they keep, who sees and changes them, and the one that a person begins with.

use model::{AccountFilter, Actor, Filter, Problem, ViewDraft, ViewId, ViewTab, YesNo};

use crate::on_both;
use crate::world::World;

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

async fn saved(world: &World, actor: &Actor, query: &str, draft: &ViewDraft) -> ViewTab {
    world.backend.create_view(actor, &AccountFilter::from_query(query), draft).await.expect(query)
}

async fn names(world: &World, actor: &Actor) -> Vec<String> {
    world.backend.list_views(actor).await.expect("they are listed").into_iter().map(|view| view.name).collect()
}

async fn a_view_keeps_the_list_under_a_name(world: &World) {
    let actor = world.actor().await;
    let kept = saved(world, &actor, "name=nord&sort=-name&page=3&page_size=50&columns=id", &view(" North ")).await;
    assert_eq!((kept.name.as_str(), kept.query.as_str()), ("North", "name=nord&sort=-name&columns=id%2Cname"));
    assert_eq!(world.backend.list_views(&actor).await, Ok(vec![kept.clone()]));
    // Without columns in the address: those that its reader prefers, whoever opens it later.
    let usual = saved(world, &actor, "", &view("All of it")).await;
    let columns = world.list(&actor, &usual.query).await.columns;
    assert_eq!(columns, world.list(&actor, "").await.columns);
    assert!(usual.query.starts_with("columns=id%2Cname"), "{}", usual.query);
    let form = world.backend.find_view(&actor, kept.id).await.expect("it is there");
    assert_eq!((form.draft, form.owner), (view("North"), None));
    assert_eq!(form.words, "Name contains “nord”; by Name, descending");
    let refused = world.backend.create_view(&actor, &AccountFilter::from_query("id=x"), &view("Wrong")).await;
    assert!(matches!(refused, Err(Problem::Malformed(_))), "{refused:?}");
    assert_eq!(world.backend.delete_view(&actor, kept.id).await, Ok("North".to_owned()));
    assert_eq!(names(world, &actor).await, ["All of it"]);
}

async fn a_person_has_a_name_once(world: &World) {
    let (one, other) = (world.actor().await, world.person("other@nordhavn.example").await);
    let first = saved(world, &one, "", &view("STRASSE")).await;
    let twice = world.backend.create_view(&one, &AccountFilter::default(), &view("Straße")).await;
    assert!(twice.as_ref().err().and_then(Problem::field_errors).and_then(|e| e.get("name")).is_some(), "{twice:?}");
    let second = saved(world, &one, "", &view("Second")).await;
    let renamed = world.backend.update_view(&one, second.id, &view("strasse")).await;
    assert!(renamed.as_ref().err().and_then(Problem::field_errors).is_some(), "{renamed:?}");
    world.backend.update_view(&one, first.id, &view("Strasse")).await.expect("its own name is free");
    saved(world, &other, "", &view("Straße")).await;
    assert_eq!(names(world, &one).await, ["Second", "Strasse"]);
}

async fn others_see_what_is_shared_and_change_nothing(world: &World) {
    let (one, other) = (world.actor().await, world.person("other@nordhavn.example").await);
    let mine = saved(world, &one, "enabled=No", &view("Mine")).await;
    let ours = saved(world, &one, "enabled=Yes", &shared("Ours")).await;
    saved(world, &other, "", &view("Theirs")).await;
    assert_eq!(names(world, &other).await, ["Theirs", "Ours"], "one's own first");
    for result in [
        world.backend.find_view(&other, mine.id).await.map(|_| ()),
        world.backend.update_view(&other, mine.id, &view("Taken")).await.map(|_| ()),
        world.backend.delete_view(&other, mine.id).await.map(|_| ()),
        world.backend.find_view(&other, ViewId(99)).await.map(|_| ()),
    ] {
        assert!(matches!(result, Err(Problem::NotFound(_))), "{result:?}");
    }
    let deleted = world.backend.delete_view(&other, ours.id).await;
    assert!(matches!(deleted, Err(Problem::Forbidden(_))), "{deleted:?}");
    let form = world.backend.find_view(&other, ours.id).await.expect("it is shared");
    assert_eq!(form.owner.as_deref(), Some(one.email.as_str()));
    // What another person types as its name counts for nothing.
    let answers = ViewDraft { default: YesNo::Yes, ..view("Taken") };
    world.backend.update_view(&other, ours.id, &answers).await.expect("the default is one's own");
    assert_eq!(names(world, &one).await, ["Mine", "Ours"]);
    assert_eq!(world.backend.default_view(&other).await, Ok(Some(ours.query)));
    assert_eq!(world.backend.default_view(&one).await, Ok(None));
}

async fn a_default_lasts_as_long_as_its_view_is_seen(world: &World) {
    let (one, other) = (world.actor().await, world.person("other@nordhavn.example").await);
    let default = |draft: ViewDraft| ViewDraft { default: YesNo::Yes, ..draft };
    let first = saved(world, &one, "name=a", &default(view("First"))).await;
    let second = saved(world, &one, "name=b", &default(shared("Second"))).await;
    let opens = async |actor: &Actor| world.backend.default_view(actor).await.expect("it is read");
    assert_eq!(opens(&one).await, Some(second.query.clone()), "one at a time");
    world.backend.update_view(&one, first.id, &view("First")).await.expect("it is saved");
    assert_eq!(opens(&one).await, Some(second.query.clone()), "No to another one changes nothing");
    world.backend.update_view(&other, second.id, &default(shared("Second"))).await.expect("it is chosen");
    world.backend.update_view(&one, second.id, &view("Second")).await.expect("it is saved");
    assert_eq!((opens(&one).await, opens(&other).await), (None, None), "it is no longer shared");
    world.backend.update_view(&one, second.id, &default(shared("Second"))).await.expect("it is saved");
    assert_eq!(opens(&other).await, Some(second.query));
    world.backend.delete_view(&one, second.id).await.expect("it is deleted");
    assert_eq!((opens(&one).await, opens(&other).await), (None, None));
}

async fn no_one_has_more_views_than_there_is_room_for(world: &World) {
    let actor = world.actor().await;
    for number in 0..20 {
        saved(world, &actor, "", &view(&number.to_string())).await;
    }
    let refused = world.backend.create_view(&actor, &AccountFilter::default(), &view("One more")).await;
    assert!(matches!(refused, Err(Problem::Refused(_))), "{refused:?}");
}
