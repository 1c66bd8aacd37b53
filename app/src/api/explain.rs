//! Explains a text that somebody pasted. It is kept nowhere: neither in the session, nor in an address.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{ExplainDraft, Explanation};

use super::{Fail, FormInit};

/// The page's beginning: what was posted without WebAssembly, and what came of it; else no text.
#[server(endpoint = "load_explain", input = Json)]
pub async fn load_explain() -> Result<FormInit<Explanation, ExplainDraft>, Fail> {
    use super::RestoredForm;
    use crate::ssr;
    let draft = ssr::posted_text().unwrap_or_default();
    let (data, problem) = match ssr::backend().explain_text(&ssr::actor()?, draft.clone()).await {
        Ok(explanation) => (explanation, None),
        Err(problem) => (Explanation::NothingPasted, Some(problem)),
    };
    Ok(FormInit { data, restored: Some(RestoredForm::new(draft, problem)) })
}

/// The first failure in the text.
#[server(endpoint = "explain_text", input = Json)]
pub async fn explain_text(draft: ExplainDraft) -> Result<Explanation, Fail> {
    use crate::ssr;
    Ok(ssr::backend().explain_text(&ssr::actor()?, draft).await?)
}
