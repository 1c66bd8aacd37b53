//! Table `footers`: one row, number 1.

use model::Moment;
use sea_orm::entity::prelude::*;

/// The message footer.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "footers")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// For mail programs that show plain text.
    pub text: String,
    /// For mail programs that show HTML, as it was typed.
    pub html: String,
    /// Counts the saves: a form that was loaded from an older one is stale.
    pub version: i64,
    /// None before the first save.
    pub saved_at: Option<Moment>,
    /// Who saved it last: an e-mail address.
    pub saved_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
