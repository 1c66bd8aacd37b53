//! What others feel is confirmed on a page of its own, which names the thing and the effect.

use leptos::prelude::*;
use model::{Problem, Uses};

use super::icon::Icon;
use super::page::PageHead;
use super::problem::Refusal;
use super::uses::UsesList;

#[component]
pub fn DeleteForm(
    name: String,
    /// "credential"
    kind: &'static str,
    /// What deleting it does besides.
    effect: &'static str,
    /// What uses it, and keeps it from being deleted.
    uses: Uses,
    refused: Option<Problem>,
    action: &'static str,
    id: i64,
    /// The page of its form.
    edit: String,
    /// The query of the list to go back to.
    list: String,
) -> impl IntoView {
    let used = uses.count > 0;
    let ask = if used { format!("“{name}” is in use, and stays") } else { format!("Delete “{name}”?") };
    let content = if used {
        view! {
            <p>{format!("Choose another {kind} here first:")}</p>
            <UsesList uses=uses />
        }
        .into_any()
    } else {
        view! { <p>{format!("The {kind} can be restored for 30 days, then it is gone for good. {effect}")}</p> }
            .into_any()
    };
    let delete = (!used)
        .then(|| view! { <button class="btn primary"><Icon name="trash-2" />{format!("Delete {kind}")}</button> });
    view! {
        <PageHead title=Signal::stored(name.clone()) document_title=Signal::stored(format!("Delete {name}"))>
            {format!("Delete a {kind}")}
        </PageHead>
        <div class="form">
            <div class="stack">
                {refused.map(|problem| view! { <Refusal problem=problem heading="Not deleted" /> })}
                <form class="card stack section" action=action method="post">
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="list" value=list />
                    <h2>{ask}</h2>
                    {content}
                    <div class="row">
                        {delete}
                        <a class="btn plain" href=edit>{if used { "Back" } else { "Cancel" }}</a>
                    </div>
                </form>
            </div>
        </div>
    }
}
