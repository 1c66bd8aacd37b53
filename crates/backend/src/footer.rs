//! The message footer.

use model::{Actor, FooterDraft, Problem};
use store::footer::{self, Record};
use store::{StoreError, WriteTx};

use crate::Backend;
use crate::clock::now;

impl Backend {
    /// The footer as it is stored, for its form.
    pub async fn find_footer(&self, _actor: &Actor) -> Result<FooterDraft, Problem> {
        Ok(draft(self.store().read(footer::find(self.store().db())).await?))
    }

    /// Keeps the footer, and gives it back as it is kept; refused on top of somebody else's save.
    pub async fn save_footer(&self, actor: &Actor, typed: &FooterDraft) -> Result<FooterDraft, Problem> {
        let parsed = &typed.parse()?;
        let save = move |tx: WriteTx| async move {
            let record = footer::lock(&tx).await?;
            if record.version != typed.version {
                return Err(stale(&record));
            }
            let saved = footer::change(&tx, record, parsed, actor, now()).await?;
            Ok(draft(saved))
        };
        self.store().write(save).await
    }
}

fn draft(record: Record) -> FooterDraft {
    let Record { id: _, text, html, version, saved_at: _, saved_by: _ } = record;
    FooterDraft { text, html, version }
}

fn stale(record: &Record) -> StoreError {
    let text = match (&record.saved_by, record.saved_at) {
        (Some(who), Some(when)) => {
            format!("{who} saved the footer meanwhile, on {when}. Load the page again to see it; keep a copy of yours.")
        }
        _ => "The footer was saved meanwhile. Load the page again to see it; keep a copy of yours.".to_owned(),
    };
    Problem::Refused(text).into()
}
