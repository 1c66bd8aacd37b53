//! Table `accounts`.

use model::{
    Acceptance, AccountId, AccountName, CaPem, ChangeId, ConnectionSecurity, ConnectorId, CredentialId, EmailAddress,
    Fingerprint, Host, Mechanism, Moment, Port, Stage, TestSendId,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AccountId,
    pub name: AccountName,
    pub name_folded: String,
    pub enabled: bool,
    pub is_default: bool,
    pub sender: EmailAddress,
    pub sender_folded: String,
    pub reply: EmailAddress,
    pub reply_folded: String,
    pub return_path: EmailAddress,
    pub return_path_folded: String,
    pub confirmation: EmailAddress,
    pub confirmation_folded: String,
    pub force_settings: bool,
    pub read_receipt: bool,
    pub footer: bool,
    pub host: Host,
    pub port: Option<Port>,
    pub security: ConnectionSecurity,
    pub ignore_certificate: bool,
    // Whom it trusts by itself: one of them, or neither.
    pub pin: Option<Fingerprint>,
    pub ca: Option<CaPem>,
    pub credential_id: Option<CredentialId>,
    /// The credential's name; empty without one.
    pub credential_folded: String,
    pub mechanism: Option<Mechanism>,
    pub connector_id: Option<ConnectorId>,
    pub connector_folded: String,
    /// Counts the saves: a form that was loaded from an older one is stale.
    pub version: i64,
    pub created_at: Moment,
    pub saved_at: Moment,
    pub saved_by: String,
    pub deleted_at: Option<Moment>,
    /// The change of several accounts that it was part of last; None once it was saved by itself.
    pub changed_in: Option<ChangeId>,
    // The newest test send, so that the report needs no second table. Testing is no save.
    pub last_test_id: Option<TestSendId>,
    pub last_test_at: Option<Moment>,
    pub last_test_taken: Option<Acceptance>,
    pub last_test_passed: Option<i32>,
    pub last_test_failed_at: Option<Stage>,
    /// The end of the certificate that its server showed last; None once it connects to another.
    pub certificate_until: Option<Moment>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
