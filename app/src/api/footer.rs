//! The message footer.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::FooterDraft;

use super::{Fail, FormInit};

#[server(endpoint = "load_footer", input = Json)]
pub async fn load_footer() -> Result<FormInit<FooterDraft, FooterDraft>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().find_footer(&ssr::actor()?).await, paths::FOOTER).await
}

#[server(endpoint = "save_footer")]
pub async fn save_footer(draft: FooterDraft) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().save_footer(&ssr::actor()?, &draft).await;
    let next = ssr::Next::to(paths::FOOTER).saying("The message footer is saved.");
    ssr::answer_form(result, paths::FOOTER, draft, |_| next).await.map(drop)
}
