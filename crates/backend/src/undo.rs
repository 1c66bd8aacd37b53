//! Undo of what changed several accounts at once: a change of all of them, or an import.

use model::{Actor, ChangeId, Problem, Undone};
use store::{WriteTx, accounts, changes};

use crate::accounts::bulk;
use crate::clock::now;
use crate::{Backend, import};

impl Backend {
    /// Undoes a change or an import.
    pub async fn undo_change(&self, actor: &Actor, id: ChangeId) -> Result<Undone, Problem> {
        let undo = move |tx: WriteTx| async move {
            accounts::lock(&tx).await?;
            let record = changes::find(&tx, id).await?;
            match record.kind.of_all() {
                Some(kind) => bulk::undo(&tx, &record, kind, actor, now()).await,
                None => import::undo(&tx, &record, actor, now()).await,
            }
        };
        self.store().write(undo).await
    }
}
