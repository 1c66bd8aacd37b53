//! The search index over the folded texts of accounts: three letters in a row find their rows.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Postgres => crate::run(manager, POSTGRES).await,
            _ => crate::run(manager, SQLITE).await,
        }
    }
}

/// One index over all texts: one for each would be as large together, and a search in several fields would read each.
/// Without `fastupdate` a search never has to read a list of rows that are not in the index yet.
const POSTGRES: &str = r"
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX accounts_search ON accounts USING gin ((
    name_folded || ' ' || sender_folded || ' ' || reply_folded || ' ' || return_path_folded || ' ' ||
    confirmation_folded
) gin_trgm_ops) WITH (fastupdate = off) WHERE deleted_at IS NULL;
";

/// Keeps no text of its own; the triggers tell it what changed. Texts are folded already, hence `case_sensitive`.
const SQLITE: &str = r"
CREATE VIRTUAL TABLE account_search USING fts5(
    name_folded, sender_folded, reply_folded, return_path_folded, confirmation_folded,
    content='accounts', content_rowid='id', columnsize=0, tokenize='trigram case_sensitive 1'
);
CREATE TRIGGER account_search_insert AFTER INSERT ON accounts BEGIN
    INSERT INTO account_search (rowid, name_folded, sender_folded, reply_folded, return_path_folded,
        confirmation_folded)
    VALUES (new.id, new.name_folded, new.sender_folded, new.reply_folded, new.return_path_folded,
        new.confirmation_folded);
END;
CREATE TRIGGER account_search_delete AFTER DELETE ON accounts BEGIN
    INSERT INTO account_search (account_search, rowid,
        name_folded, sender_folded, reply_folded, return_path_folded,
        confirmation_folded)
    VALUES ('delete', old.id, old.name_folded, old.sender_folded, old.reply_folded, old.return_path_folded,
        old.confirmation_folded);
END;
CREATE TRIGGER account_search_update
AFTER UPDATE OF name_folded, sender_folded, reply_folded, return_path_folded, confirmation_folded
ON accounts BEGIN
    INSERT INTO account_search (account_search, rowid,
        name_folded, sender_folded, reply_folded, return_path_folded,
        confirmation_folded)
    VALUES ('delete', old.id, old.name_folded, old.sender_folded, old.reply_folded, old.return_path_folded,
        old.confirmation_folded);
    INSERT INTO account_search (rowid, name_folded, sender_folded, reply_folded, return_path_folded,
        confirmation_folded)
    VALUES (new.id, new.name_folded, new.sender_folded, new.reply_folded, new.return_path_folded,
        new.confirmation_folded);
END;
";
