//! The window "Test Email - Account": what is to be sent, the test as it goes on, and what came of it. A page with its
//! own address, shown over the report as a dialog where there is room; the account's form shows the same for what
//! stands on the screen.

mod certificate;
mod compose;
mod live;
pub mod result;
mod screen;
mod slow;
mod stages;
pub mod talk;
mod tls;
mod window;

use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::{LazyRoute, lazy_route};
use model::TestSend;

use crate::api::test_sends::{find_test_send, load_test_form};
use crate::api::{Fail, FormInit};
use crate::components::load::resource;
use crate::components::page::Shared;
use crate::components::problem::NotLoaded;
use crate::paths;

use result::Ended;
pub use screen::TestOnScreen;
use window::{Window, to_the_list};

/// The window over the report, first before a test and then with what comes of it.
#[derive(Clone, Copy)]
pub enum TestPages {
    Compose,
    Result,
}

#[lazy_route]
impl LazyRoute for TestPages {
    fn data() -> Self {
        Self::Compose
    }

    fn view(page: Self) -> AnyView {
        match page {
            TestPages::Compose => compose_page(),
            TestPages::Result => result_page(),
        }
    }
}

/// What is to be sent.
fn compose_page() -> AnyView {
    let params = use_params_map();
    let query = use_location().search;
    let form = resource(move || super::account_in(&params.get()), load_test_form);
    let content = move || {
        Some(match form.get()? {
            Ok(init) => match init.data.running {
                // The window was closed, and the test goes on.
                Some(test) => {
                    let path = paths::test_send(init.data.id, test, &query.get_untracked());
                    view! { <Redirect path=path /> }.into_any()
                }
                None => view! { <compose::Compose init=init /> }.into_any(),
            },
            Err(Fail(problem)) => {
                let retry = Callback::new(move |()| form.refetch());
                view! {
                    <Window title="Not tested" about="" leave=to_the_list()>
                        <NotLoaded problem=problem retry=retry />
                    </Window>
                }
                .into_any()
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }.into_any()
}

/// How it goes on, and what came of it.
fn result_page() -> AnyView {
    let params = use_params_map();
    let shared: Shared = expect_context();
    let test = resource(move || super::test_send_in(&params.get()), find_test_send);
    let again = Callback::new(move |()| test.refetch());
    let content = move || {
        Some(match test.get()? {
            Ok(FormInit { data, restored }) => match Ended::of(data.clone()) {
                None => view! { <live::Running shown=data ended=again /> }.into_any(),
                Some(ended) => {
                    // However soon it ended, the list below was asked before that.
                    Effect::new(move |_| {
                        if shared.testing.get_value() {
                            shared.testing.set_value(false);
                            shared.changes.update(|n| *n += 1);
                        }
                    });
                    let refused = restored.and_then(|restored| restored.problem);
                    view! { <result::TestResult ended=ended refused=refused /> }.into_any()
                }
            },
            Err(Fail(problem)) => view! {
                <Window title="Test send" about="" leave=to_the_list()>
                    <NotLoaded problem=problem retry=again />
                </Window>
            }
            .into_any(),
        })
    };
    // What is there stays until the next answer has come.
    view! { <Transition>{content}</Transition> }.into_any()
}

/// Below the heading: what was tested, and to whom.
fn about(test: &TestSend) -> String {
    let of = if test.typed { "Settings on the screen, not saved" } else { "Saved settings" };
    format!("{of}: {}, to {}. {}", way(test), test.recipient, test.sent_at)
}

/// Where the message goes, by which way.
fn way(test: &TestSend) -> String {
    let through = test.connector.as_ref().map(|connector| format!(", through {connector}")).unwrap_or_default();
    format!("{} {}{through}", test.host.with_port(test.port), test.security.phrase())
}
