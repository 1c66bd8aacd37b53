//! The message footer.

use model::{Actor, Conflict, FooterDraft, Problem};
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
                return Err(conflict(record, typed));
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

fn conflict(record: Record, mine: &FooterDraft) -> StoreError {
    let (version, saved_by, saved_at) = (record.version, record.saved_by.clone(), record.saved_at);
    let differences = mine.differences(&draft(record));
    let problem = match (saved_by, saved_at) {
        (Some(saved_by), Some(saved_at)) => {
            Problem::Conflict(Box::new(Conflict { version, saved_by, saved_at, differences, theirs: None }))
        }
        // Nobody ever saved it: the form names a version that there never was.
        _ => Problem::Malformed("This form is of another time. Load the page again.".to_owned()),
    };
    problem.into()
}
