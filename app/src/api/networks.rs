//! The networks that Posthouse may connect to.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{NetworksDraft, NetworksForm};

use super::{Fail, FormInit};

#[server(endpoint = "load_networks", input = Json)]
pub async fn load_networks() -> Result<FormInit<NetworksForm, NetworksDraft>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().find_networks(&ssr::actor()?).await, paths::NETWORKS).await
}

#[server(endpoint = "save_networks")]
pub async fn save_networks(draft: NetworksDraft) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().save_networks(&ssr::actor()?, &draft).await;
    let next = ssr::Next::to(paths::NETWORKS).saying("The networks are saved.");
    ssr::answer_form(result, paths::NETWORKS, draft, |_| next).await.map(drop)
}
