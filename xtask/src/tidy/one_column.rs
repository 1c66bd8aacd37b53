//! A column of the report is written down in few files. What stands for all columns is one that nothing but its own
//! value depends on.

use std::fs;

use crate::process::root;

/// The column as a field, as a variant and as its label.
const COLUMN: [&str; 3] = ["force_settings", "ForceSettings", "Uses config"];

/// The files that know it, and why each has to.
const FILES: [&str; 6] = [
    // What the form asks, with the help beside it.
    "app/src/pages/account/cards.rs",
    // The account as it was parsed.
    "crates/model/src/account.rs",
    // The account as it was typed, and the way to the parsed one and back.
    "crates/model/src/account_draft.rs",
    // The table: key, labels, kind and widths.
    "crates/model/src/account_field.rs",
    // The column of the database, the way to the parsed account and back.
    "crates/store/src/entity/account.rs",
    // The table of the database.
    "migrations/src/m0002_accounts.rs",
];

/// All Rust code but tests from the outside, which say on purpose what they expect, and these commands.
fn is_counted(path: &str) -> bool {
    path.ends_with(".rs") && !path.contains("/tests/") && !path.starts_with("xtask/")
}

#[test]
fn a_column_is_written_down_in_six_files() {
    let tracked = super::tracked().expect("git lists the files");
    let names = |path: &String| {
        let source = fs::read_to_string(root().join(path)).unwrap_or_default();
        COLUMN.iter().any(|name| source.contains(name))
    };
    let mut found: Vec<_> = tracked.into_iter().filter(|path| is_counted(path)).filter(names).collect();
    found.sort();
    assert_eq!(found, FILES, "read the table of `account_field.rs` instead");
}
