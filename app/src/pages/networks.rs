//! Which networks Posthouse connects to, so that testing an account is no way to look around in them.

use leptos::prelude::*;
use model::{NetworksDraft, NetworksForm, Problem};

use crate::api::FormInit;
use crate::api::networks::load_networks;
use crate::components::field::{Kind, TextField};
use crate::components::form::record::unsaved_words;
use crate::components::leave::AskBeforeLeaving;
use crate::components::load::loaded_page;
use crate::components::page::PageHead;
use crate::components::problem::Refusal;
use crate::paths;
use crate::sections;

/// The page of the networks.
pub fn page() -> AnyView {
    loaded_page(load_networks, |init| view! { <Form init=init /> }.into_any())
}

#[component]
fn Form(init: FormInit<NetworksForm, NetworksDraft>) -> impl IntoView {
    let FormInit { data: NetworksForm { draft: saved, denied, allowed }, restored } = init;
    let (draft, problem) = match restored {
        Some(restored) => (restored.draft, restored.problem),
        None => (saved.clone(), None),
    };
    let errors = problem.as_ref().and_then(|problem| problem.field_errors()).cloned().unwrap_or_default();
    let error = |field: &str| Signal::stored(errors.get(field).map(str::to_owned));
    let (closed_error, open_error) = (error("closed"), error("open"));
    let title = sections::NETWORKS.document_title(problem.is_some());
    let version = Problem::version_after(problem.as_ref(), draft.version);
    let typed = RwSignal::new(draft.clone());
    let sending = RwSignal::new(false);
    let changes = move || {
        let differs = |a: &str, b: &str| usize::from(a.trim() != b.trim());
        typed.with(|typed| differs(&typed.closed, &saved.closed) + differs(&typed.open, &saved.open))
    };
    let unsaved = Signal::derive(move || if sending.get() { 0 } else { changes() });
    view! {
        <PageHead title=sections::NETWORKS.title document_title=Signal::stored(title)>"Settings · Email"</PageHead>
        <AskBeforeLeaving changes=unsaved />
        <form class="form" action="/api/save_networks" method="post" on:submit=move |_| sending.set(true)>
            {problem.map(|problem| view! { <Refusal problem=problem /> })}
            <input type="hidden" name="draft[version]" value=version.to_string() />
            <section class="card stack section" aria-labelledby="networks-h">
                <h2 id="networks-h">"Where Posthouse connects to"</h2>
                <p class="help">
                    "Mail servers and proxies in a closed network are not connected to: not by a test, not by a schedule, not through any name that leads there. All that is not named here is open."
                </p>
                <TextField
                    name="closed"
                    form_name="draft[closed]"
                    label="Closed networks"
                    help=|| "One to a line, such as 10.0.0.0/8, fd00::/8 or 192.0.2.1. Empty: none. Private networks are 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 and fc00::/7; this machine is 127.0.0.0/8 and ::1."
                    kind=Kind::Lines(6)
                    value=Signal::derive(move || typed.with(|typed| typed.closed.clone()))
                    error=closed_error
                    on_input=Callback::new(move |text| typed.update(|typed| typed.closed = text))
                />
                <TextField
                    name="open"
                    form_name="draft[open]"
                    label="Open all the same"
                    help=|| "Exceptions within the closed networks: to allow a few alone, close 0.0.0.0/0 and ::/0, and name them here."
                    kind=Kind::Lines(4)
                    value=Signal::derive(move || typed.with(|typed| typed.open.clone()))
                    error=open_error
                    on_input=Callback::new(move |text| typed.update(|typed| typed.open = text))
                />
            </section>
            <aside class="card stack section" aria-labelledby="always-h">
                <h2 id="always-h">"Always closed"</h2>
                <p class="help">
                    "Link-local, multicast and reserved addresses, and those at which clouds tell their machines secrets (metadata), also where they hide inside an IPv6 address."
                </p>
                {configured("Denied by the configuration", "Nothing on this page opens them.", denied)}
                {configured("Allowed by the configuration", "Nothing else is connected to.", allowed)}
            </aside>
            <div class="row card save-bar no-print">
                <button class="btn primary" disabled=move || sending.get()>"Save"</button>
                <a class="btn plain" href=paths::REPORT>"Cancel"</a>
                <span class="muted push-end wide-only">{move || unsaved_words(unsaved.get())}</span>
            </div>
        </form>
    }
}

/// Networks that are fixed by the configuration, and what that means; nothing where there are none.
fn configured(title: &'static str, meaning: &'static str, networks: Vec<String>) -> Option<AnyView> {
    if networks.is_empty() {
        return None;
    }
    let listed = networks.into_iter().map(|network| view! { <li class="mono">{network}</li> }).collect_view();
    Some(view! { <h3>{title}</h3> <p class="help">{meaning}</p> <ul>{listed}</ul> }.into_any())
}
