//! Whether a restore or a backup replaces what it finds.

/// What happens to what is there already: a file, or the contents of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the command ends with an error.
    Kept,
    /// It is replaced as a whole.
    Replaced,
}
