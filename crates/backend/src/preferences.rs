//! What a reader chose to see of the report.

use model::{Actor, Preferences, Problem, account_filter};
use store::audit::{Action, Event, Resource};
use store::{WriteTx, users};

use crate::Backend;

impl Backend {
    /// What this person chose, or the defaults.
    pub async fn find_preferences(&self, actor: &Actor) -> Result<Preferences, Problem> {
        self.store().read(users::preferences(self.store().db(), actor.id)).await
    }

    /// Keeps the choice; its columns in the report's order, with Name.
    pub async fn save_preferences(&self, actor: &Actor, preferences: Preferences) -> Result<(), Problem> {
        let Preferences { columns, page_size } = preferences;
        let kept = Preferences { columns: account_filter::shown_columns(&columns), page_size };
        let json = &serde_json::to_string(&kept).map_err(|error| {
            tracing::error!(error = %error, "preferences do not serialise");
            Problem::Internal
        })?;
        let keep = move |tx: WriteTx| async move {
            users::keep_preferences(&tx, actor.id, json).await?;
            tx.audit(Event::by(actor, Action::Update).on(Resource::Preferences));
            Ok(())
        };
        self.store().write(keep).await
    }
}
