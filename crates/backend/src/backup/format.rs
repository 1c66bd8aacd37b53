//! What stands in a backup: an age file (age-encryption.org/v1) for one passphrase, whose contents are lines of JSON.
//!
//! The first line is the header, then comes the vault's key where it is included. Each table is a line that names its
//! columns, and a line for each row. The last line counts the rows and holds the digest of all octets before it.

use model::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of this format.
pub const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Backup(Header),
    /// The text of the key file.
    VaultKey(String),
    Table(TableHead),
    /// A value for each column: null, true or false, a number, a text, or bytes as base64.
    Row(Vec<Value>),
    End(End),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    pub format: u32,
    /// The version of the program.
    pub posthouse: String,
    pub made_at: Moment,
    /// The names of the changes that made the tables.
    pub changes: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableHead {
    pub name: String,
    pub columns: Vec<String>,
    /// The last number that the database gave to a row, where it numbers them.
    pub last_number: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    pub rows: u64,
    /// SHA-256 in hexadecimal digits.
    pub digest: String,
}
