//! Table `changes`: of several accounts at once.

use model::{AccountId, ChangeId, ChangeKind, Moment};
use sea_orm::entity::prelude::*;

/// A change of several accounts, or an import.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "changes")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: ChangeId,
    /// What was done.
    pub kind: StoredChangeKind,
    /// Accounts that it changed.
    pub count: i64,
    /// The account that lost the mark of the default by it.
    pub was_default: Option<AccountId>,
    /// When it was made.
    pub changed_at: Moment,
    /// Who made it: an e-mail address.
    pub changed_by: String,
    /// Whether it was undone.
    pub undone: bool,
}

/// How several accounts were changed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum StoredChangeKind {
    /// They were enabled.
    #[sea_orm(string_value = "enable")]
    Enable,
    /// They were disabled.
    #[sea_orm(string_value = "disable")]
    Disable,
    /// They were deleted.
    #[sea_orm(string_value = "delete")]
    Delete,
    /// By a file, in which each account has answers of its own.
    #[sea_orm(string_value = "import")]
    Import,
}

impl From<ChangeKind> for StoredChangeKind {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Enable => Self::Enable,
            ChangeKind::Disable => Self::Disable,
            ChangeKind::Delete => Self::Delete,
        }
    }
}

impl StoredChangeKind {
    /// None for an import, which did not do the same to all of them.
    pub fn of_all(self) -> Option<ChangeKind> {
        match self {
            Self::Enable => Some(ChangeKind::Enable),
            Self::Disable => Some(ChangeKind::Disable),
            Self::Delete => Some(ChangeKind::Delete),
            Self::Import => None,
        }
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
