//! Explains a text that somebody pasted. Nothing of it is kept, logged or recorded.

use model::{Actor, ExplainDraft, Explanation, FieldErrors, Problem};
use tokio::task::spawn_blocking;

use crate::Backend;

impl Backend {
    /// The first failure in the text, explained.
    pub async fn explain_text(&self, _actor: &Actor, draft: ExplainDraft) -> Result<Explanation, Problem> {
        // A long text takes a while: no other request waits for it.
        let explained = spawn_blocking(move || explanation(&draft)).await.map_err(|_| Problem::Internal)?;
        Ok(explained?)
    }
}

fn explanation(draft: &ExplainDraft) -> Result<Explanation, FieldErrors> {
    let question = draft.parse()?;
    if question.text.is_empty() {
        return Ok(Explanation::NothingPasted);
    }
    let host = question.host.as_ref().map(|host| host.as_str());
    let found = diagnosis::explain(question.text, host, question.stage);
    Ok(found.map_or(Explanation::NothingFailed, |found| Explanation::Failed(Box::new(found))))
}
