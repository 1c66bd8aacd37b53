//! A file of accounts: what its import would do, and the import.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{ImportPreview, Problem};
use serde::{Deserialize, Serialize};

use super::Fail;

/// What the page of an import begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Chosen {
    Nothing,
    /// The file cannot be read.
    Unread(Problem),
    File(Box<ImportPreview>),
}

/// What the kept file of this name would do.
#[server(endpoint = "load_import", input = Json)]
pub async fn load_import(file: String) -> Result<Chosen, Fail> {
    use crate::ssr;
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    if file.is_empty() {
        return Ok(Chosen::Nothing);
    }
    match backend.preview_import(&actor, &file).await {
        Ok(preview) => Ok(Chosen::File(Box::new(preview))),
        Err(problem @ Problem::Malformed(_)) => Ok(Chosen::Unread(problem)),
        Err(problem) => ssr::loaded(Err(problem)),
    }
}

/// Imports the kept file. `list` is the query of the list to go back to.
#[server(endpoint = "import_accounts")]
pub async fn import_accounts(file: String, #[server(default)] list: String) -> Result<String, Fail> {
    use crate::api::{Notice, Undo};
    use crate::{paths, ssr};
    // What was refused meanwhile, the page says again.
    let again = || (String::new(), ssr::Next::to(paths::import_of(&file, &list)));
    let leave_notice =
        |text: String, undo| (text.clone(), ssr::Next::to(paths::report(&list)).telling(Notice { text, undo }));
    let (text, next) = match ssr::backend().make_import(&ssr::actor()?, &file).await {
        Ok(imported) if imported.is_refused() => again(),
        Ok(imported) => leave_notice(imported.to_string(), imported.undo.map(Undo::Change)),
        Err(Problem::Malformed(_)) => again(),
        Err(problem) => leave_notice(problem.to_string(), None),
    };
    next.follow().await;
    Ok(text)
}
