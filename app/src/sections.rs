//! The sections: what the menus and the palette lead to, and what a page is called wherever it is named.

use model::{AccountFilter, ConnectorFilter, CredentialFilter, Filter, ScheduleFilter};

use crate::paths;

/// The menu that leads to a section.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// That of the settings, beside every page.
    Side,
    /// That of the person who is signed in.
    Person,
}

/// A page that stands in a menu and in the palette.
#[derive(Clone, Copy)]
pub struct Section {
    pub path: &'static str,
    pub icon: &'static str,
    pub title: &'static str,
    pub menu: Menu,
    /// What the palette offers for a new record.
    pub new: Option<NewRecord>,
    /// Gives the shortest query that asks for the same, where the section is a list; on the server.
    pub short_query: Option<fn(&str) -> String>,
}

/// The form of a new record.
#[derive(Clone, Copy)]
pub struct NewRecord {
    pub label: &'static str,
    /// Its address, with the query of a list.
    pub page: fn(&str) -> String,
}

pub const REPORT: Section = Section {
    new: Some(NewRecord { label: "New account", page: paths::new_account }),
    ..Section::list::<AccountFilter>(paths::REPORT, "mail", "SMTP configuration")
};
pub const CREDENTIALS: Section = Section {
    new: Some(NewRecord { label: "New credential", page: paths::new_credential }),
    ..Section::list::<CredentialFilter>(paths::CREDENTIALS, "key-round", "Credentials")
};
pub const CONNECTORS: Section = Section {
    new: Some(NewRecord { label: "New network connector", page: paths::new_connector }),
    ..Section::list::<ConnectorFilter>(paths::CONNECTORS, "waypoints", "Network connectors")
};
pub const SCHEDULES: Section = Section::list::<ScheduleFilter>(paths::SCHEDULES, "calendar-clock", "Schedules");
pub const FOOTER: Section = Section::page(paths::FOOTER, "text", "Message footer");
pub const NETWORKS: Section = Section::page(paths::NETWORKS, "lock", "Networks");
pub const EXPLAIN: Section = Section::page(paths::EXPLAIN, "circle-question-mark", "Explain");
pub const PASSWORD: Section =
    Section { menu: Menu::Person, ..Section::page(paths::PASSWORD, "key-round", "Change password") };

/// Every section, in the order of the menus. The menus, the palette, the server's guard and the tests read it.
pub const SECTIONS: [Section; 8] = [REPORT, CREDENTIALS, CONNECTORS, SCHEDULES, FOOTER, NETWORKS, EXPLAIN, PASSWORD];

impl Section {
    const fn page(path: &'static str, icon: &'static str, title: &'static str) -> Self {
        Self { path, icon, title, menu: Menu::Side, new: None, short_query: None }
    }

    const fn list<F: Filter>(path: &'static str, icon: &'static str, title: &'static str) -> Self {
        // The server alone asks for it: the filters of every list would be in the first load.
        let short =
            |query: &str| if cfg!(feature = "ssr") { F::from_query(query).to_query() } else { query.to_owned() };
        Self { short_query: Some(short), ..Self::page(path, icon, title) }
    }

    /// The sections of a menu.
    pub fn of_menu(menu: Menu) -> impl Iterator<Item = Self> {
        SECTIONS.into_iter().filter(move |section| section.menu == menu)
    }

    /// The section that stands at this path.
    pub fn at(path: &str) -> Option<Self> {
        SECTIONS.into_iter().find(|section| section.path == path)
    }

    /// The title of its document, which says first when its form was refused.
    pub fn document_title(self, is_refused: bool) -> String {
        if is_refused { format!("Error: {}", self.title) } else { self.title.to_owned() }
    }
}
