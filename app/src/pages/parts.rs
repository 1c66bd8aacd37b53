//! The parts that small pages are loaded in. A part of its own would cost each of them more requests than octets: what
//! two parts share is a file for every set of parts that share it.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use super::{
    batch, bulk_change, explain, footer, history, import, networks, password, preferences, restore, set_up, sign_in,
    views,
};

/// Before anybody is signed in.
#[derive(Clone, Copy)]
pub enum EntryPages {
    SignIn,
    SetUp,
}

#[lazy_route]
impl LazyRoute for EntryPages {
    fn data() -> Self {
        Self::SignIn
    }

    fn view(page: Self) -> AnyView {
        match page {
            EntryPages::SignIn => sign_in::page(),
            EntryPages::SetUp => set_up::page(),
        }
    }
}

/// Settings that are one page each.
#[derive(Clone, Copy)]
pub enum SettingsPages {
    Explain,
    Footer,
    Networks,
    Password,
    RestoreRecord,
}

#[lazy_route]
impl LazyRoute for SettingsPages {
    fn data() -> Self {
        Self::Footer
    }

    fn view(page: Self) -> AnyView {
        match page {
            SettingsPages::Explain => explain::page(),
            SettingsPages::Footer => footer::page(),
            SettingsPages::Networks => networks::page(),
            SettingsPages::Password => password::page(),
            SettingsPages::RestoreRecord => restore::record_page(),
        }
    }
}

/// What the report leads to.
#[derive(Clone, Copy)]
pub enum ReportPages {
    BeginBatch,
    BatchProgress,
    BulkChange,
    EditView,
    History,
    Import,
    NewView,
    Preferences,
    RestoreAccount,
}

#[lazy_route]
impl LazyRoute for ReportPages {
    fn data() -> Self {
        Self::Preferences
    }

    fn view(page: Self) -> AnyView {
        match page {
            ReportPages::BeginBatch => batch::begin_page(),
            ReportPages::BatchProgress => batch::progress_page(),
            ReportPages::BulkChange => bulk_change::page(),
            ReportPages::EditView => views::edit_page(),
            ReportPages::History => history::page(),
            ReportPages::Import => import::page(),
            ReportPages::NewView => views::new_page(),
            ReportPages::Preferences => preferences::page(),
            ReportPages::RestoreAccount => restore::account_page(),
        }
    }
}
