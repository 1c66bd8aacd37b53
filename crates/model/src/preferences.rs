//! What a reader chose to see of the report; kept with the person. What the address says wins over it.

use serde::{Deserialize, Serialize};

use crate::{Column, PageSize};

/// The columns that a reader chose, and the size of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// In the order of the report; never without Name.
    pub columns: Vec<Column>,
    /// How many rows a page has.
    pub page_size: PageSize,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            columns: Column::ALL.into_iter().filter(|column| column.shows_by_itself()).collect(),
            page_size: PageSize::default(),
        }
    }
}
