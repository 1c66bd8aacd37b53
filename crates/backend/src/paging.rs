//! Which page of a list is shown.

/// Rows of a page of a plain list.
pub const ROWS: u64 = 25;
/// No list has more pages; a larger number would not be one to the database.
const LAST_PAGE: u64 = 1 << 40;

/// A page that a list can be asked for, from 1.
pub fn requested_page(page: u64) -> u64 {
    page.clamp(1, LAST_PAGE)
}

/// The page that is shown, and how many there are. The last one stands for those behind it; a list of nothing has one.
pub fn page_of(page: u64, matching: u64, rows: u64) -> (u64, u64) {
    let pages = matching.div_ceil(rows).max(1);
    (requested_page(page).min(pages), pages)
}
