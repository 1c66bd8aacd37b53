//! Table `test_sends`.

use model::{Acceptance, AccountId, ConnectionSecurity, EmailAddress, Host, Moment, Stage, TestEnd, TestSendId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "test_sends")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: TestSendId,
    /// 0 where the account was not saved yet.
    pub account_id: AccountId,
    /// As it stood on the screen, not as it was saved.
    pub typed: bool,
    pub account_name: String,
    pub sent_by: String,
    pub sent_at: Moment,
    pub recipient: EmailAddress,
    pub subject: String,
    pub host: Host,
    pub port: i32,
    pub security: ConnectionSecurity,
    pub connector: Option<String>,
    /// None while it runs, or when the server was stopped meanwhile.
    pub taken: Option<Acceptance>,
    // For queries; the report says them as well.
    pub ended: Option<TestEnd>,
    pub failed_at: Option<Stage>,
    /// [`model::SmtpReport`] as JSON.
    pub report: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
