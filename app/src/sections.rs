//! The sections: what the menus and the palette lead to.

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
pub struct Section {
    pub path: &'static str,
    pub icon: &'static str,
    pub title: &'static str,
    pub menu: Menu,
    /// What the palette offers for a new record.
    pub new: Option<NewRecord>,
}

/// The form of a new record.
pub struct NewRecord {
    pub label: &'static str,
    /// Its address, with the query of a list.
    pub page: fn(&str) -> String,
}

/// Every section, in the order of the menus.
pub const SECTIONS: [Section; 8] = [
    Section {
        new: Some(NewRecord { label: "New account", page: paths::new_account }),
        ..Section::of(paths::REPORT, "mail", "SMTP configuration")
    },
    Section {
        new: Some(NewRecord { label: "New credential", page: paths::new_credential }),
        ..Section::of(paths::CREDENTIALS, "key-round", "Credentials")
    },
    Section {
        new: Some(NewRecord { label: "New network connector", page: paths::new_connector }),
        ..Section::of(paths::CONNECTORS, "waypoints", "Network connectors")
    },
    Section::of(paths::SCHEDULES, "calendar-clock", "Schedules"),
    Section::of(paths::FOOTER, "text", "Message footer"),
    Section::of(paths::NETWORKS, "lock", "Networks"),
    Section::of(paths::EXPLAIN, "circle-question-mark", "Explain"),
    Section { menu: Menu::Person, ..Section::of(paths::PASSWORD, "key-round", "Change password") },
];

impl Section {
    const fn of(path: &'static str, icon: &'static str, title: &'static str) -> Self {
        Self { path, icon, title, menu: Menu::Side, new: None }
    }

    /// The sections of a menu.
    pub fn of_menu(menu: Menu) -> impl Iterator<Item = Self> {
        SECTIONS.into_iter().filter(move |section| section.menu == menu)
    }
}
