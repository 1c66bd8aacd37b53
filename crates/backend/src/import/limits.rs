//! What a file may hold, and how long it is read: a small file must not take the memory or the time of a large one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::Problem;

use super::table::malformed;

/// Octets of a file.
pub const OCTETS: usize = 20 * 1024 * 1024;
/// Accounts of a file.
pub const ROWS: usize = 10_000;
/// Columns of a file; an account has fewer.
pub const COLUMNS: usize = 32;
/// Characters of a cell, as in a spreadsheet:
/// <https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3>.
pub const CHARACTERS: usize = 32_767;
/// Octets of all cells together.
pub const TEXT: usize = 24 * 1024 * 1024;
/// How long a file may take to be read.
const TIME: Duration = Duration::from_secs(20);

/// A cell's text, copied once it is known to be short enough. `place` says where it stands.
pub fn cell(text: &str, place: impl FnOnce() -> String) -> Result<String, Problem> {
    if is_too_long(text) { Err(too_long(&place())) } else { Ok(text.to_owned()) }
}

pub fn is_too_long(text: &str) -> bool {
    text.len() > CHARACTERS && text.chars().nth(CHARACTERS).is_some()
}

pub fn too_long(place: &str) -> Problem {
    malformed(format!("{place} has more than 32,767 characters, the most that a cell may hold. Shorten it."))
}

pub fn too_much_text(place: &str) -> Problem {
    malformed(format!(
        "The cells up to {place} come to more than 24 MB of text. Divide the file, and import one part after another."
    ))
}

pub fn too_many_columns(place: &str) -> Problem {
    malformed(format!("{place} has more than {COLUMNS} columns. Take out those that are no columns of an account."))
}

/// Held while somebody waits for the file: dropped, it ends the reading.
pub struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Ends the reading of a file that takes too long, or that nobody waits for any more.
pub struct Watch {
    until: Instant,
    has_left: Arc<AtomicBool>,
}

impl Watch {
    pub fn begin() -> (Waiting, Self) {
        Self::until(Instant::now() + TIME)
    }

    fn until(until: Instant) -> (Waiting, Self) {
        let has_left = Arc::new(AtomicBool::new(false));
        (Waiting(Arc::clone(&has_left)), Self { until, has_left })
    }

    /// Asked again and again by whoever reads.
    pub fn check(&self) -> Result<(), Problem> {
        if self.has_left.load(Ordering::Relaxed) {
            return Err(Problem::Unavailable("Nobody waits for this file any more.".to_owned()));
        }
        if Instant::now() > self.until {
            Err(malformed("The file takes longer than 20 seconds to read. Divide it, or export it anew."))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{csv, json, xlsx};

    #[test]
    fn a_cell_is_as_long_as_a_spreadsheet_allows() {
        for text in ["x".repeat(CHARACTERS), "é".repeat(CHARACTERS)] {
            assert_eq!(cell(&text, String::new).as_deref(), Ok(text.as_str()));
            let longer = format!("{text}x");
            let refused = cell(&longer, || "Line 2".to_owned()).expect_err("it is too long");
            assert!(refused.to_string().starts_with("Line 2 has more than 32,767 characters"), "{refused}");
        }
    }

    #[test]
    fn a_file_that_nobody_waits_for_or_that_takes_too_long_is_not_read_on() {
        type Read = fn(&[u8], &Watch) -> Result<crate::import::Table, Problem>;
        let files: [(Read, Vec<u8>); 3] = [
            (csv::read, b"ID,Name\n1,Uno\n".to_vec()),
            (json::read, b"[{\"id\": 1, \"name\": \"Uno\"}]".to_vec()),
            (xlsx::read, xlsx::tests::workbook()),
        ];
        for (read, file) in files {
            let (waiting, watch) = Watch::begin();
            assert!(read(&file, &watch).is_ok());
            drop(waiting);
            assert!(matches!(read(&file, &watch), Err(Problem::Unavailable(_))));
            let (_waiting, over) = Watch::until(Instant::now() - Duration::from_millis(1));
            let refused = read(&file, &over).expect_err("its time is over");
            assert!(refused.to_string().contains("longer than 20 seconds"), "{refused}");
        }
    }
}
