//! What the keyboard opens over a page: the palette of pages, accounts and actions, and the list of shortcuts.

use std::time::Duration;

use leptos::ev;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{AccountFilter, AccountRow, PageSize, ViewTab};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::actions::{LIST_ACTIONS, ListAction};
use super::icon::Icon;
use super::page::{Shared, Views};
use super::shortcuts::{Opened, set_single_keys, single_keys};
use crate::api::accounts::list_accounts;
use crate::paths;
use crate::sections::{NewRecord, SECTIONS, Section};

/// Accounts are asked for once no more was typed for this long.
const TYPED: Duration = Duration::from_millis(150);
/// Accounts at most; whoever looks for one types more.
const ACCOUNTS: usize = 8;

/// The dialog. It is loaded when it is needed.
#[lazy]
pub fn opened(what: Opened) -> AnyView {
    match what {
        Opened::Palette => view! { <Palette /> }.into_any(),
        Opened::Shortcuts => view! { <Shortcuts /> }.into_any(),
    }
}

/// Something that one can go to or do: a link, so that the page asks before it is left.
#[derive(Clone, PartialEq)]
struct Item {
    icon: &'static str,
    label: String,
    kind: &'static str,
    href: String,
    /// The browser fetches it, not the page.
    external: bool,
}

impl Item {
    fn new(icon: &'static str, label: impl Into<String>, kind: &'static str, href: impl Into<String>) -> Self {
        Self { icon, label: label.into(), kind, href: href.into(), external: false }
    }

    /// Whether it has every word.
    fn matches(&self, typed: &str) -> bool {
        let label = self.label.to_lowercase();
        typed.to_lowercase().split_whitespace().all(|word| label.contains(word))
    }
}

/// Pages, views and actions. What is done with a list is done with the one that is shown.
fn items(list: &str, views: Vec<ViewTab>) -> Vec<Item> {
    let page = |icon, label: &str, href: &str| Item::new(icon, label, "Page", href);
    let action = |icon, label: &str, href: String| Item::new(icon, label, "Action", href);
    let mut items: Vec<_> = SECTIONS.map(|Section { icon, title, path, .. }| page(icon, title, path)).into();
    items.extend(views.into_iter().map(|view| Item::new("mail", view.name, "View", paths::report(&view.query))));
    let new = SECTIONS.into_iter().filter_map(|section| section.new);
    items.extend(new.map(|NewRecord { label, page }| action("plus", label, page(""))));
    items.push(action("columns-3", "Columns and rows", paths::preferences(list)));
    items.extend(
        LIST_ACTIONS
            .map(|ListAction { icon, label, external, href }| Item { external, ..action(icon, label, href(list)) }),
    );
    items
}

/// To edit each, and to test the first ones.
fn of_accounts(rows: &[AccountRow]) -> Vec<Item> {
    let edit = rows.iter().map(|row| Item::new("pencil", row.name.clone(), "Account", paths::edit_account(row.id, "")));
    let test = rows.iter().take(3);
    let test = test.map(|row| {
        Item::new("send", format!("Test setting: {}", row.name), "Account", paths::test_account(row.id, ""))
    });
    edit.chain(test).collect()
}

#[component]
fn Palette() -> impl IntoView {
    let dialog = shown();
    let location = use_location();
    let list = match location.pathname.get_untracked().as_str() {
        paths::REPORT => location.search.get_untracked().trim_start_matches('?').to_owned(),
        _ => String::new(),
    };
    let Views(views) = expect_context();
    let items = StoredValue::new(items(&list, views));
    let typed = RwSignal::new(String::new());
    let accounts = RwSignal::new(Vec::<Item>::new());
    find_accounts(typed, accounts);
    let found = Memo::new(move |_| {
        let typed = typed.get();
        let mut found: Vec<_> =
            items.with_value(|items| items.iter().filter(|item| item.matches(&typed)).cloned().collect());
        found.extend(accounts.get());
        found
    });
    let says = move || match found.with(Vec::len) {
        0 => "Nothing matches.".to_owned(),
        1 => "1 match.".to_owned(),
        n => format!("{n} matches."),
    };
    let rows = move || {
        let rows = found.get().into_iter().map(|Item { icon, label, kind, href, external }| {
            view! {
                <li>
                    <a class="item" href=href rel=external.then_some("external")>
                        <Icon name=icon />
                        <span class="grow">{label}</span>
                        <span class="subtext">{kind}</span>
                    </a>
                </li>
            }
        });
        rows.collect_view()
    };
    let input = NodeRef::<Input>::new();
    let typing = move |event: ev::Targeted<ev::Event, web_sys::HtmlInputElement>| typed.set(event.target().value());
    view! {
        <dialog class="card dialog palette" node_ref=dialog aria-label="Go to" on:close=closed() on:keydown=move |event| moved(&event, dialog)>
            <div class="field">
                <label for="palette">"Page, account or action"</label>
                <input
                    class="input"
                    id="palette"
                    autocomplete="off"
                    spellcheck="false"
                    autofocus
                    node_ref=input
                    on:input:target=typing
                />
            </div>
            <p class="subtext" role="status">{says}</p>
            <ul on:click=move |_| close(dialog)>{rows}</ul>
            <p class="subtext wide-only"><kbd>"↑"</kbd> <kbd>"↓"</kbd> " choose · " <kbd>"Enter"</kbd> " open · " <kbd>"Esc"</kbd> " close"</p>
        </dialog>
    }
}

/// Accounts whose name has what was typed; an answer that comes late is not shown.
fn find_accounts(typed: RwSignal<String>, accounts: RwSignal<Vec<Item>>) {
    let asked = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let name = typed.with(|typed| typed.trim().to_owned());
        asked.update_value(|asked| *asked += 1);
        let number = asked.get_value();
        if name.is_empty() {
            accounts.set(Vec::new());
            return;
        }
        let ask = move || {
            leptos::task::spawn_local(async move {
                let filter = AccountFilter { name, page_size: Some(PageSize::default()), ..AccountFilter::default() };
                let answer = list_accounts(filter).await;
                if asked.try_get_value() == Some(number) {
                    // Pages and actions are there all the same.
                    let rows = answer.map(|page| page.rows).unwrap_or_default();
                    accounts.set(of_accounts(&rows[..rows.len().min(ACCOUNTS)]));
                }
            });
        };
        if let Ok(timer) = set_timeout_with_handle(ask, TYPED) {
            on_cleanup(move || timer.clear());
        }
    });
}

/// Arrow keys go from one link to the next, and back to the field; Enter in the field opens the first.
fn moved(event: &web_sys::KeyboardEvent, dialog: NodeRef<Dialog>) {
    let Some(dialog) = dialog.get_untracked() else { return };
    let links: Vec<HtmlElement> = match dialog.query_selector_all("a") {
        Ok(all) => (0..all.length()).filter_map(|n| all.get(n)?.dyn_into().ok()).collect(),
        Err(_) => return,
    };
    let at = document().active_element();
    let at = links.iter().position(|link| Some(link.as_ref()) == at.as_ref());
    let next = match (event.key().as_str(), at) {
        ("ArrowDown", None) => links.first(),
        ("ArrowDown", Some(at)) => links.get(at + 1),
        ("ArrowUp", Some(at)) if at > 0 => links.get(at - 1),
        ("ArrowUp", Some(_)) => {
            event.prevent_default();
            super::page::focus("palette");
            return;
        }
        ("Enter", None) => {
            event.prevent_default();
            if let Some(first) = links.first() {
                first.click();
            }
            return;
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next {
        // A link that is shown takes the focus.
        drop(next.focus());
    }
}

#[component]
fn Shortcuts() -> impl IntoView {
    let dialog = shown();
    let on = RwSignal::new(single_keys());
    let row = |keys: AnyView, words: &'static str| view! { <div><dt>{keys}</dt><dd>{words}</dd></div> };
    let with_k = view! { <kbd>"Ctrl"</kbd> " + " <kbd>"K"</kbd> ", or " <kbd>"⌘"</kbd> " + " <kbd>"K"</kbd> };
    let single = [("/", "Filter by name"), ("n", "New"), ("?", "This list")].into_iter();
    let single = single.map(|(key, words)| row(view! { <kbd>{key}</kbd> }.into_any(), words));
    view! {
        <dialog class="card dialog" node_ref=dialog aria-labelledby="keys-h" on:close=closed()>
            <h2 id="keys-h">"Keyboard shortcuts"</h2>
            <dl class="shortcuts">
                {row(with_k.into_any(), "Go to a page, an account or an action")}
                {single.collect_view()}
                {row(view! { <kbd>"Esc"</kbd> }.into_any(), "Close what is open")}
            </dl>
            <label class="row">
                <input
                    type="checkbox"
                    prop:checked=on
                    on:change:target=move |event| {
                        let checked = event.target().checked();
                        on.set(checked);
                        set_single_keys(checked);
                    }
                />
                "Single keys do something, in this browser"
            </label>
            <div class="row">
                <button class="btn" type="button" autofocus on:click=move |_| close(dialog)>"Close"</button>
            </div>
        </dialog>
    }
}

/// A dialog that is shown over the page as soon as it is there.
fn shown() -> NodeRef<Dialog> {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            // It is made before it is put into the page; from then on it can be shown, and is closed.
            request_animation_frame(move || drop(dialog.show_modal()));
        }
    });
    dialog
}

fn close(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}

/// What is closed is taken out of the page.
fn closed() -> impl Fn(ev::Event) {
    let shared: Shared = expect_context();
    move |_| shared.opened.set(None)
}
