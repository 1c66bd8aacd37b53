//! Which networks Posthouse connects to.

use std::sync::Arc;

use model::{Actor, Conflict, FieldErrors, NetworksDraft, NetworksForm, Problem};
use smtp::Egress;
use store::networks::{self, Record};
use store::{StoreError, WriteTx};

use crate::Backend;
use crate::clock::now;

impl Backend {
    /// The page: what is kept, and what the configuration says.
    pub async fn find_networks(&self, _actor: &Actor) -> Result<NetworksForm, Problem> {
        let draft = draft(self.store().read(networks::find(self.store().db())).await?);
        let shown = |networks: &[model::Network]| networks.iter().map(ToString::to_string).collect();
        let configured = &self.inner.networks;
        Ok(NetworksForm { draft, denied: shown(&configured.denied), allowed: shown(&configured.allowed) })
    }

    /// Keeps them, and gives them back as they are kept; refused on top of somebody else's save.
    pub async fn save_networks(&self, actor: &Actor, typed: &NetworksDraft) -> Result<NetworksDraft, Problem> {
        let parsed = &typed.parse()?;
        let mut errors = FieldErrors::default();
        if errors.take("open", self.inner.networks.check_open(&parsed.open)).is_none() {
            return Err(errors.into());
        }
        let save = move |tx: WriteTx| async move {
            let record = networks::lock(&tx).await?;
            if record.version != typed.version {
                return Err(conflict(record, typed));
            }
            let saved = networks::change(&tx, record, parsed, actor, now()).await?;
            Ok(draft(saved))
        };
        self.store().write(save).await
    }

    /// As it holds now, for one connection.
    pub(crate) async fn egress(&self) -> Result<Arc<Egress>, Problem> {
        let record = self.store().read(networks::find(self.store().db())).await?;
        let unreadable = || Problem::Unavailable("The networks that are closed cannot be read.".to_owned());
        // What cannot be read closes everything rather than nothing.
        let networks = draft(record).parse().map_err(|_| unreadable())?;
        Ok(Arc::new(Egress { dns: self.inner.dns, networks, configured: self.inner.networks.clone() }))
    }
}

fn draft(record: Record) -> NetworksDraft {
    let Record { id: _, closed, open, version, saved_at: _, saved_by: _ } = record;
    NetworksDraft { closed, open, version }
}

fn conflict(record: Record, mine: &NetworksDraft) -> StoreError {
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
