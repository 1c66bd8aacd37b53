//! The message footer.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::FooterDraft;

use super::{Fail, FormInit};

#[server(endpoint = "load_footer", input = Json)]
pub async fn load_footer() -> Result<FormInit<FooterDraft, FooterDraft>, Fail> {
    use crate::{paths, ssr};
    let data = ssr::loaded(ssr::backend().find_footer(&ssr::actor()?).await)?;
    Ok(FormInit { data, restored: ssr::take_form(paths::FOOTER).await })
}

#[server(endpoint = "save_footer")]
pub async fn save_footer(draft: FooterDraft) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().save_footer(&ssr::actor()?, &draft).await;
    ssr::answered(paths::FOOTER, draft, result).await?;
    ssr::tell(&crate::api::Notice::says("The message footer is saved.")).await;
    ssr::go_to(paths::FOOTER);
    Ok(())
}
