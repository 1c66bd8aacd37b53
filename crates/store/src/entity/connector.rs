//! Table `connectors`.

use model::{ConnectorId, ConnectorKind, CredentialId, Host, Moment, Port, RecordName};
use sea_orm::entity::prelude::*;

/// A network connector.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "connectors")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: ConnectorId,
    /// Unique, folded, among connectors that are not deleted.
    pub name: RecordName,
    /// Of `name`.
    pub name_folded: String,
    /// The protocol of its proxy.
    pub kind: ConnectorKind,
    /// The proxy, in ASCII (IDNA).
    pub host: Host,
    /// None for the usual port of `kind`.
    pub port: Option<Port>,
    /// Whether the proxy resolves the names of mail servers.
    pub resolves_names: bool,
    /// What it signs in to the proxy with; None without a sign-in.
    pub credential_id: Option<CredentialId>,
    /// Counts the saves: a form that was loaded from an older one is stale.
    pub version: i64,
    /// When it was first saved.
    pub created_at: Moment,
    /// When it was last saved.
    pub saved_at: Moment,
    /// Who saved it last: an e-mail address.
    pub saved_by: String,
    /// None while it is there.
    pub deleted_at: Option<Moment>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
