//! What server and browser both render: the document, the frame, and the table of routes.

pub mod api;
pub mod components;
pub mod pages;
pub mod paths;
pub mod sections;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod start;

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;

use api::people::{Theme, Viewer};
use components::frame::{SideMenu, TopBar};
use components::icon::assets_root;
use components::lazy_page::lazy;
use components::load::PageJson;
use components::offline::Offline;
use components::page::{Shared, Views};
use components::palette;
use components::reauthenticate::sign_in_again;
use components::shortcuts::listen;
use components::toast::Toasts;
use pages::account::AccountFormPage;
use pages::connectors::ConnectorPages;
use pages::credentials::CredentialPages;
use pages::not_found::NotFound;
use pages::parts::{EntryPages, ReportPages, SettingsPages};
use pages::report::Report;
use pages::schedules::SchedulePages;
use pages::test_send::TestPages;

/// The document around the pages. `assets` is where this build's assets are, `at` the address that it is made for.
pub fn shell(options: LeptosOptions, assets: &'static str, theme: Theme, at: String) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-assets=assets data-at=at>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=theme.color_scheme() />
                <link rel="stylesheet" href=format!("{assets}/style.css") />
                <link rel="icon" type="image/svg+xml" href=format!("{assets}/icon.svg") />
                <HydrationScripts options=options root=assets />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Text on its way into `<title>` or `<textarea>`: leptos writes it into the page as it is, and a browser reads it like
/// any other text. Only what the server writes is read as a page.
pub fn as_raw_text(text: String) -> String {
    if cfg!(feature = "ssr") { text.replace('&', "&amp;").replace('<', "&lt;") } else { text }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(assets_root());
    let shared = Shared::new();
    provide_context(shared);
    view! {
        <Title formatter={|text: String| format!("{} · Posthouse", as_raw_text(text))} text="SMTP accounts" />
        <Router>
            <Frame>
                <Pages />
            </Frame>
        </Router>
    }
}

/// The pages by their addresses. The server renders each as a whole, whatever mode a route may name.
#[component]
fn Pages() -> impl IntoView {
    view! {
        <Routes fallback=NotFound>
            <Route path=path!("/sign-in") view=lazy(EntryPages::SignIn) />
            <Route path=path!("/set-up") view=lazy(EntryPages::SetUp) />
            <Route path=path!("/settings/password") view=lazy(SettingsPages::Password) />
            <Route path=path!("/settings/email/footer") view=lazy(SettingsPages::Footer) />
            <Route path=path!("/settings/email/networks") view=lazy(SettingsPages::Networks) />
            <Route path=path!("/settings/email/explain") view=lazy(SettingsPages::Explain) />
            <Route path=path!("/settings/email/restore/:kind/:id") view=lazy(SettingsPages::RestoreRecord) />
            <ParentRoute path=path!("/settings/email/credentials") view=Outlet>
                <Route path=path!("") view=lazy(CredentialPages::List) />
                <Route path=path!("new") view=lazy(CredentialPages::New) />
                <Route path=path!(":id/edit") view=lazy(CredentialPages::Edit) />
                <Route path=path!(":id/duplicate") view=lazy(CredentialPages::Duplicate) />
                <Route path=path!(":id/delete") view=lazy(CredentialPages::Delete) />
            </ParentRoute>
            <ParentRoute path=path!("/settings/email/connectors") view=Outlet>
                <Route path=path!("") view=lazy(ConnectorPages::List) />
                <Route path=path!("new") view=lazy(ConnectorPages::New) />
                <Route path=path!(":id/edit") view=lazy(ConnectorPages::Edit) />
                <Route path=path!(":id/delete") view=lazy(ConnectorPages::Delete) />
                <Route path=path!(":id/check") view=lazy(ConnectorPages::Check) />
            </ParentRoute>
            <ParentRoute path=path!("/settings/email/schedules") view=Outlet>
                <Route path=path!("") view=lazy(SchedulePages::List) />
                <Route path=path!("new") view=lazy(SchedulePages::New) />
                <Route path=path!(":id") view=lazy(SchedulePages::Overview) />
                <Route path=path!(":id/edit") view=lazy(SchedulePages::Edit) />
                <Route path=path!(":id/delete") view=lazy(SchedulePages::Delete) />
            </ParentRoute>
            <ParentRoute path=path!("/settings/email/smtp/views") view=Outlet>
                <Route path=path!("new") view=lazy(ReportPages::NewView) />
                <Route path=path!(":id/edit") view=lazy(ReportPages::EditView) />
            </ParentRoute>
            <ParentRoute path=path!("/settings/email/smtp/test") view=Outlet>
                <Route path=path!("") view=lazy(ReportPages::BeginBatch) />
                <Route path=path!(":id") view=lazy(ReportPages::BatchProgress) />
            </ParentRoute>
            // Accounts: first what takes the place of the report, then what stands over it.
            <Route path=path!("/settings/email/smtp/new") view=lazy(AccountFormPage::New) />
            <Route path=path!("/settings/email/smtp/preferences") view=lazy(ReportPages::Preferences) />
            <Route path=path!("/settings/email/smtp/change") view=lazy(ReportPages::BulkChange) />
            <Route path=path!("/settings/email/smtp/import") view=lazy(ReportPages::Import) />
            <Route path=path!("/settings/email/smtp/:id/edit") view=lazy(AccountFormPage::Edit) />
            <Route path=path!("/settings/email/smtp/:id/duplicate") view=lazy(AccountFormPage::Duplicate) />
            <Route path=path!("/settings/email/smtp/:id/restore") view=lazy(ReportPages::RestoreAccount) />
            <Route path=path!("/settings/email/smtp/:id/tests") view=lazy(ReportPages::History) />
            <ParentRoute path=path!("/settings/email/smtp") view=Report>
                <Route path=path!("") view={|| ()} />
                <Route path=path!(":id/test") view=lazy(TestPages::Compose) />
                <Route path=path!(":id/tests/:test") view=lazy(TestPages::Result) />
            </ParentRoute>
        </Routes>
    }
}

/// The bar, the menus, and the page between them.
#[component]
fn Frame(children: Children) -> impl IntoView {
    let shared: Shared = expect_context();
    let pathname = use_location().pathname;
    let alone = Memo::new(move |_| matches!(pathname.get().as_str(), paths::SIGN_IN | paths::SET_UP));
    listen(shared);
    let opened = move || shared.opened.get().map(|what| Suspend::new(async move { palette::opened(what).await }));
    let again = move || shared.signed_out.get().then(|| Suspend::new(async { sign_in_again().await }));
    let Viewer { email, theme, notice, unseen, views } =
        SharedValue::<_, PageJson>::new_with_encoding(viewer).into_inner();
    shared.email.set_value(email.clone());
    // What was done on the page before stands in the first render already, on both sides.
    shared.notice.set(notice);
    provide_context(Views(views));
    view! {
        <a class="btn visually-hidden skip-link no-print" href="#main" rel="external">"Skip to content"</a>
        <TopBar email=email theme=theme />
        <Show when=move || !alone.get()><SideMenu unseen=unseen /></Show>
        <main id="main" tabindex="-1" class:standalone=alone>
            <Offline />
            {children()}
        </main>
        <Suspense>{again}</Suspense>
        <Suspense>{opened}</Suspense>
        <Toasts />
    }
}

/// Who reads the page: known to the server, which passes it on in the page itself.
fn viewer() -> Viewer {
    #[cfg(feature = "ssr")]
    return ssr::viewer();
    #[cfg(not(feature = "ssr"))]
    return Viewer::default();
}
