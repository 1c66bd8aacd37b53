//! Table `connectors`.

use model::{ConnectorId, ConnectorKind, CredentialId, Host, Moment, Port, RecordName};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "connectors")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ConnectorId,
    pub name: RecordName,
    pub name_folded: String,
    pub kind: ConnectorKind,
    pub host: Host,
    pub port: Option<Port>,
    pub resolves_names: bool,
    pub credential_id: Option<CredentialId>,
    /// Counts the saves: a form that was loaded from an older one is stale.
    pub version: i64,
    pub created_at: Moment,
    pub saved_at: Moment,
    pub saved_by: String,
    pub deleted_at: Option<Moment>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
