//! What every list shares: its order, its page, and how the address says them.

use serde::{Deserialize, Serialize};

use crate::Column;

/// A column that a list sorts by; ties are broken by ID, in the same direction. The default one orders a list that was
/// asked for nothing else.
pub trait ListColumn: Copy + Default + PartialEq + Send + Sync + 'static {
    /// In the order of the list.
    const ALL: &'static [Self];

    /// As the address names it.
    fn key(self) -> &'static str;

    /// As the list's head names it.
    fn label(self) -> &'static str;

    /// The column of this key.
    fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.key() == key)
    }
}

/// The column of a list that has one order.
impl ListColumn for () {
    const ALL: &'static [Self] = &[];

    fn key(self) -> &'static str {
        ""
    }

    fn label(self) -> &'static str {
        ""
    }
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// The smallest value first.
    #[default]
    Ascending,
    /// The largest value first.
    Descending,
}

/// The order of a list. In the address: the column's key, with `-` before it for descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort<C = Column> {
    /// What it is sorted by.
    pub column: C,
    /// Which way.
    pub direction: Direction,
}

impl<C: ListColumn> Sort<C> {
    /// Reads "name" or "-name"; None where there is no such column.
    pub fn from_key(key: &str) -> Option<Self> {
        let (key, direction) = match key.strip_prefix('-') {
            Some(key) => (key, Direction::Descending),
            None => (key, Direction::Ascending),
        };
        C::from_key(key).map(|column| Self { column, direction })
    }

    /// As the address says it: "name" or "-name".
    pub fn to_key(self) -> String {
        match self.direction {
            Direction::Ascending => self.column.key().to_owned(),
            Direction::Descending => format!("-{}", self.column.key()),
        }
    }

    /// "Name", "Name, descending".
    pub fn in_words(self) -> String {
        match self.direction {
            Direction::Ascending => self.column.label().to_owned(),
            Direction::Descending => format!("{}, descending", self.column.label()),
        }
    }

    /// What a press on a column's head gives: its ascending order first, then the other way.
    pub fn pressed(self, column: C) -> Self {
        let direction = match self.direction {
            Direction::Ascending if self.column == column => Direction::Descending,
            _ => Direction::Ascending,
        };
        Self { column, direction }
    }
}

/// One page of a plain list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPage<R> {
    /// The rows of this page.
    pub rows: Vec<R>,
    /// Records that match.
    pub matching: u64,
    /// All records.
    pub total: u64,
    /// The page that is shown, from 1: the last one where the address asked for more.
    pub page: u64,
    /// How many pages there are; at least 1.
    pub pages: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressing_a_head_sorts_up_then_down() {
        let first = Sort::default().pressed(Column::Name);
        assert_eq!(first.to_key(), "name");
        assert_eq!(first.pressed(Column::Name).to_key(), "-name");
        assert_eq!(first.pressed(Column::Name).pressed(Column::Name).to_key(), "name");
        assert_eq!(Sort::default().pressed(Column::Id).to_key(), "-id");
    }
}
