//! A column of the report, and a filter, are written down in few files. What stands for all of them is one that nothing
//! but its own value depends on.

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

/// All Rust code but tests from the outside and the bench, which say on purpose what they ask for, and these commands.
fn is_counted(path: &str) -> bool {
    path.ends_with(".rs") && !path.contains("/tests/") && !path.starts_with("bench/") && !path.starts_with("xtask/")
}

/// The filter as a key and as a variant, and the files that know it.
const FILTER: [&str; 2] = ["ignores_errors", "IgnoresErrors"];
const FILTER_FILES: [&str; 2] = ["crates/model/src/account_filter.rs", "crates/store/src/query.rs"];

/// The counted files that name any of these.
fn files_naming(words: &[&str]) -> Vec<String> {
    let tracked = super::tracked().expect("git lists the files");
    let names = |path: &String| {
        let source = fs::read_to_string(root().join(path)).unwrap_or_default();
        words.iter().any(|word| source.contains(word))
    };
    let mut found: Vec<_> = tracked.into_iter().filter(|path| is_counted(path)).filter(names).collect();
    found.sort();
    found
}

#[test]
fn a_column_is_written_down_in_six_files() {
    assert_eq!(files_naming(&COLUMN), FILES, "read the table of `account_field.rs` instead");
}

#[test]
fn a_filter_is_named_in_the_model_and_in_the_store_alone() {
    assert_eq!(files_naming(&FILTER), FILTER_FILES);
}
