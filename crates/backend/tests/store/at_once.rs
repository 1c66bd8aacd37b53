//! Many people at the same moment.

use std::sync::Arc;

use model::{AccountId, Problem};
use tokio::sync::Barrier;

use crate::context::{TestContext, default_draft, draft};
use crate::on_both;

on_both! {
    forty_people_choose_a_default_and_one_is_left
    forty_people_make_a_default_and_one_is_left
    two_hundred_writers_all_succeed
    one_name_at_once_is_given_once
    one_form_at_once_is_saved_once
}

/// Runs `work` for 0 to `count` at the same moment.
async fn at_once<T, F>(count: i64, work: impl Fn(i64) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(usize::try_from(count).expect("a small number")));
    let all: Vec<_> = (0..count)
        .map(|number| {
            let (barrier, work) = (Arc::clone(&barrier), work(number));
            tokio::spawn(async move {
                barrier.wait().await;
                work.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for one in all {
        results.push(one.await.expect("nothing panics"));
    }
    results
}

async fn forty_people_choose_a_default_and_one_is_left(context: &TestContext) {
    let actor = context.actor().await;
    for number in 0..41 {
        context.create(&actor, &draft(&format!("Account {number}"))).await;
    }
    let saved = at_once(40, |number| {
        let (backend, actor) = (context.backend.clone(), actor.clone());
        async move {
            let draft = default_draft(&format!("Account {}", number + 1));
            backend.update_account(&actor, AccountId(number + 2), 1, &draft).await
        }
    })
    .await;
    let moved = saved.into_iter().map(|saved| saved.expect("nobody sees an error").default_moved);
    let last = one_default(context, &actor).await;
    let mut from: Vec<_> = moved.map(|moved| moved.expect("each took the mark").from.expect("from another")).collect();
    from.sort();
    from.dedup();
    assert_eq!(from.len(), 40, "each took it from another one");
    assert!(!from.contains(&last), "the last one kept it");
}

async fn one_default(context: &TestContext, actor: &model::Actor) -> String {
    let page = context.list(actor, "sort=-default&page_size=100").await;
    let defaults: Vec<_> = page.rows.iter().filter(|row| row.default).collect();
    assert_eq!(defaults.len(), 1, "one default at the end");
    defaults[0].name.clone()
}

async fn forty_people_make_a_default_and_one_is_left(context: &TestContext) {
    let actor = context.actor().await;
    let saved = at_once(40, |number| {
        let (backend, actor) = (context.backend.clone(), actor.clone());
        async move { backend.create_account(&actor, &default_draft(&format!("Account {number}"))).await }
    })
    .await;
    saved.into_iter().for_each(|saved| drop(saved.expect("nobody sees an error")));
    one_default(context, &actor).await;
    assert_eq!(context.list(&actor, "").await.total, 40);
}

async fn two_hundred_writers_all_succeed(context: &TestContext) {
    let actor = context.actor().await;
    let (_, key) =
        context.backend.find_user(actor.id, &actor.origin).await.expect("it answers").expect("the person is there");
    let saved = at_once(200, |number| {
        let (backend, actor, key) = (context.backend.clone(), actor.clone(), key.clone());
        async move {
            match number % 4 {
                0 => backend.create_session(&number.to_string(), actor.id, &key).await.map(|_| 0),
                _ => backend.create_account(&actor, &draft(&format!("Account {number}"))).await.map(|saved| saved.id.0),
            }
        }
    })
    .await;
    for saved in saved {
        saved.expect("no writer fails");
    }
    let page = context.list(&actor, "name=account").await;
    assert_eq!((page.total, page.matching), (150, 150));
    one_default(context, &actor).await;
}

async fn one_name_at_once_is_given_once(context: &TestContext) {
    let actor = context.actor().await;
    let saved = at_once(20, |_| {
        let (backend, actor) = (context.backend.clone(), actor.clone());
        async move { backend.create_account(&actor, &draft("Only one")).await }
    })
    .await;
    let (good, bad): (Vec<_>, Vec<_>) = saved.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (1, 19));
    let wanted = Problem::field("name", "“Only one” exists already. Choose another name.");
    assert!(bad.into_iter().all(|problem| problem == Err(wanted.clone())));
    assert_eq!(context.list(&actor, "").await.total, 1);
}

async fn one_form_at_once_is_saved_once(context: &TestContext) {
    let actor = context.actor().await;
    let id = context.create(&actor, &draft("One")).await;
    let saved = at_once(20, |number| {
        let (backend, actor) = (context.backend.clone(), actor.clone());
        async move { backend.update_account(&actor, id, 1, &default_draft(&format!("Number {number}"))).await }
    })
    .await;
    let (good, bad): (Vec<_>, Vec<_>) = saved.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (1, 19));
    assert!(bad.iter().all(|problem| matches!(problem, Err(Problem::Conflict(_)))), "{bad:?}");
}
