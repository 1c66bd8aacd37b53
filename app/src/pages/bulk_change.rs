//! Several accounts at once: what a change would do, before it is done.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::query::value_in_query;
use model::{ChangeKind, ChangePreview, Selection};

use super::accounts;
use crate::api::FormInit;
use crate::api::changes::load_change;
use crate::components::load::loaded_page;
use crate::components::page::PageHead;
use crate::components::problem::Refusal;
use crate::paths;
use crate::sections;

/// The preview of a change.
pub fn page() -> AnyView {
    let search = use_location().search.get_untracked();
    let list = value_in_query(&search, "list").unwrap_or_default();
    let kind = value_in_query(&search, "kind").and_then(|key| ChangeKind::from_key(&key));
    let kind = kind.unwrap_or(ChangeKind::Disable);
    // All that match are those of the list that one came from.
    let chosen = match Selection::from_query(&search) {
        these @ Selection::These(_) => these.to_query(),
        all @ Selection::Matching(_) => format!("{list}&{}", all.to_query()),
    };
    let asked = chosen.clone();
    loaded_page(
        move || load_change(asked.clone(), kind),
        move |init| view! { <Preview init=init chosen=chosen.clone() list=list.clone() /> }.into_any(),
    )
}

#[component]
fn Preview(init: FormInit<ChangePreview, ()>, chosen: String, list: String) -> impl IntoView {
    let FormInit { data, restored } = init;
    let refused = restored.and_then(|restored| restored.problem);
    let ChangePreview { kind, chosen: there, changing, first, kept_default, becomes_default } = data;
    let title = format!("{} {}", kind.label(), accounts(changing));
    let same = there - changing - u64::from(kept_default.is_some());
    let already = (same > 0).then(|| match kind {
        ChangeKind::Delete => String::new(),
        kind => format!("{} already {}.", are(same), kind.done()),
    });
    let more = changing - first.len() as u64;
    let names = first.into_iter().map(|name| view! { <li>{name}</li> }).collect_view();
    let effect = match (kind, changing) {
        (ChangeKind::Enable, 1) => "It can send again.",
        (ChangeKind::Enable, _) => "They can send again.",
        (ChangeKind::Disable, 1) => "It sends nothing from then on, except tests.",
        (ChangeKind::Disable, _) => "They send nothing from then on, except tests.",
        (ChangeKind::Delete, 1) => "It sends nothing from then on. It can be restored for 30 days.",
        (ChangeKind::Delete, _) => "They send nothing from then on. Each can be restored for 30 days.",
    };
    let back = paths::report(&list);
    let cancel = back.clone();
    view! {
        <PageHead title=Signal::stored(title.clone())>
            <a href=back.clone()>{sections::REPORT.title}</a>
            " · Several accounts"
        </PageHead>
        <div class="form">
            <div class="stack">
                {refused.map(|problem| view! { <Refusal problem=problem heading="Nothing changed" /> })}
                <form class="card stack section" action="/api/change_accounts" method="post">
                    <input type="hidden" name="chosen" value=chosen />
                    <input type="hidden" name="kind" value=kind.label() />
                    <input type="hidden" name="list" value=list />
                    {match changing {
                        0 => view! { <p>"None of the chosen accounts would change."</p> }.into_any(),
                        _ => {
                            view! {
                                <p>{effect} " It is done at once, all or nothing, and can be undone."</p>
                                <ul class="name-columns">
                                    {names}
                                    {(more > 0).then(|| view! { <li class="muted">"and " {more} " more"</li> })}
                                </ul>
                            }
                            .into_any()
                        }
                    }}
                    {already.map(|text| view! { <p class="muted">{text}</p> })}
                    {kept_default
                        .map(|name| {
                            view! {
                                <p class="note tinted warn">
                                    "“" {name}
                                    "” is the default and stays as it is. To change it too, make another account the default first."
                                </p>
                            }
                        })}
                    {becomes_default.map(|name| view! { <p>"“" {name} "” becomes the default: there is none now."</p> })}
                    <div class="row">
                        {(changing > 0).then(|| view! { <button class="btn primary">{title}</button> })}
                        <a class="btn plain" href=cancel>"Cancel"</a>
                    </div>
                </form>
            </div>
        </div>
    }
}

fn are(count: u64) -> String {
    match count {
        1 => "1 is".to_owned(),
        n => format!("{n} are"),
    }
}
