//! What can be done with all that a list of accounts holds: the report's menu and the palette offer the same.

use model::ExportFormat;

use crate::paths;

pub struct ListAction {
    pub icon: &'static str,
    pub label: &'static str,
    /// The browser fetches it, not the page.
    pub external: bool,
    /// Its address, from the query of the list.
    pub href: fn(&str) -> String,
}

pub const LIST_ACTIONS: [ListAction; 7] = [
    fetched("printer", "Print report", paths::print),
    fetched("download", "Export CSV", |list| paths::export(ExportFormat::Csv, list)),
    fetched("download", "Export XLSX", |list| paths::export(ExportFormat::Xlsx, list)),
    fetched("download", "Export JSON", |list| paths::export(ExportFormat::Json, list)),
    page("star", "Save view", paths::new_view),
    page("calendar-clock", "Schedule report", paths::schedule_report),
    page("upload", "Import accounts", paths::import),
];

const fn page(icon: &'static str, label: &'static str, href: fn(&str) -> String) -> ListAction {
    ListAction { icon, label, external: false, href }
}

const fn fetched(icon: &'static str, label: &'static str, href: fn(&str) -> String) -> ListAction {
    ListAction { icon, label, external: true, href }
}
