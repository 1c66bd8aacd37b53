//! What stands around a page: the bar on top with its menus, and the side menu.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::icon::Icon;
use super::page::Shared;
use super::shortcuts::Opened;
use crate::api::people::Theme;
use crate::paths;
use crate::sections::{Menu, Section};

#[component]
pub fn TopBar(
    /// None where nobody is signed in.
    email: Option<String>,
    theme: Theme,
) -> impl IntoView {
    let menus = email.map(|email| view! { <PersonMenu email=email theme=theme /> });
    let signed_in = menus.is_some();
    let products = signed_in.then(|| {
        view! {
            <details class="menu opens-at-start wide-only" name="menu">
                <summary class="item">"Products " <Icon name="chevron-down" /></summary>
                <ul class="card">
                    <li>
                        <a class="item" href=paths::REPORT><Icon name="sliders-horizontal" />"Settings"</a>
                    </li>
                </ul>
            </details>
        }
    });
    let burger = signed_in.then(|| {
        view! {
            <button class="item menu-button" popovertarget="side" aria-label="Menu"><Icon name="menu" /></button>
        }
    });
    let shared: Shared = expect_context();
    let go = signed_in.then(|| {
        view! {
            <span class="push-end">
                <button
                    class="item"
                    hidden=move || !shared.started.get()
                    aria-label="Go to"
                    aria-keyshortcuts="Control+K Meta+K"
                    on:click=move |_| shared.opened.set(Some(Opened::Palette))
                >
                    <Icon name="search" />
                    <span class="wide-only">"Go to"</span>
                    <kbd class="wide-only">"Ctrl K"</kbd>
                </button>
            </span>
        }
    });
    view! {
        <header class="top-bar no-print">
            {burger}
            <a class="item label brand" href=paths::HOME rel="external"><Icon name="mark" />"Posthouse"</a>
            {products}
            {go}
            {menus}
        </header>
    }
}

#[component]
fn PersonMenu(email: String, theme: Theme) -> impl IntoView {
    let location = use_location();
    let here = move || format!("{}{}", location.pathname.get(), location.search.get());
    let choices = Theme::ALL.map(|(choice, label)| {
        view! {
            <li>
                <button class="item full-width" name="theme" value=choice.key() aria-pressed=(choice == theme).to_string()>
                    <Icon name=if choice == theme { "check" } else { "sun-moon" } />
                    {label}
                </button>
            </li>
        }
    });
    let sections = Section::of_menu(Menu::Person).map(|Section { path, icon, title, .. }| {
        view! {
            <li>
                <a class="item" href=path><Icon name=icon />{title}</a>
            </li>
        }
    });
    view! {
        <details class="menu push-end" name="menu">
            <summary class="item" aria-label=email.clone()>
                <Icon name="circle-user" />
                <span class="wide-only">{email.clone()}</span>
            </summary>
            <div class="card account-menu">
                <form action="/api/set_theme" method="post">
                    <input type="hidden" name="next" value=here />
                    <p class="label muted" id="theme-l">"Appearance"</p>
                    <ul aria-labelledby="theme-l">{choices.into_iter().collect_view()}</ul>
                </form>
                <ul class="divided">
                    {sections.collect_view()}
                </ul>
                <form class="divided" action="/api/sign_out" method="post">
                    <button class="item full-width"><Icon name="log-out" />"Sign out"</button>
                </form>
            </div>
        </details>
    }
}

#[component]
pub fn SideMenu(
    /// One's own schedules that failed or were stopped, and nobody has seen it.
    unseen: u64,
) -> impl IntoView {
    let location = use_location();
    let sections = Section::of_menu(Menu::Side).map(move |Section { path, icon, title, .. }| {
        let failed = (path == paths::SCHEDULES && unseen > 0)
            .then(|| view! { <span class="badge bad push-end">{unseen} " failed"</span> });
        let current = move || {
            let here = location.pathname.get();
            match here.strip_prefix(path) {
                Some("") => Some("page"),
                Some(rest) if rest.starts_with('/') => Some("true"),
                _ => None,
            }
        };
        view! {
            <li>
                <a class="item" href=path aria-current=current><Icon name=icon />{title} {failed}</a>
            </li>
        }
    });
    view! {
        <nav class="side-nav no-print" id="side" popover="auto" aria-labelledby="side-h">
            <p class="label muted" id="side-h">"Settings · Email"</p>
            <ul>{sections.collect_view()}</ul>
        </nav>
    }
}
