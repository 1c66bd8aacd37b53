//! The networks that Posthouse may connect to.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{NetworksDraft, NetworksForm};

use super::{Fail, FormInit};

#[server(endpoint = "load_networks", input = Json)]
pub async fn load_networks() -> Result<FormInit<NetworksForm, NetworksDraft>, Fail> {
    use crate::{paths, ssr};
    let data = ssr::loaded(ssr::backend().find_networks(&ssr::actor()?).await)?;
    Ok(FormInit { data, restored: ssr::take_form(paths::NETWORKS).await })
}

#[server(endpoint = "save_networks")]
pub async fn save_networks(draft: NetworksDraft) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().save_networks(&ssr::actor()?, &draft).await;
    ssr::answered(paths::NETWORKS, draft, result).await?;
    ssr::tell(&crate::api::Notice::says("The networks are saved.")).await;
    ssr::go_to(paths::NETWORKS);
    Ok(())
}
