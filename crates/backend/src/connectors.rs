//! Network connectors: listed, found, saved, deleted and checked.

use std::collections::HashMap;

use diagnosis::{of_connector, of_host};
use model::hosts::{to_ascii, to_unicode};
use model::{
    Actor, CheckDraft, Connector, ConnectorCheck, ConnectorChoice, ConnectorDraft, ConnectorFilter, ConnectorForm,
    ConnectorId, ConnectorPage, ConnectorRow, CredentialId, Destination, FieldErrors, Filter, Host, ListPage, Problem,
    Protection, RecordName, SavedConnector, Stage, YesNo,
};
use store::accounts::{self, Reference, ReferenceKind};
use store::audit::{Action, Event, Outcome, Resource};
use store::connectors::{self, Record};
use store::{StoreError, WriteTx, credentials, not_deleted};
use vault::Vault;

use crate::Backend;
use crate::accounts::name_taken;
use crate::accounts::references::{proxy_words, refusal};
use crate::clock::now;
use crate::conflict::{Newest, conflict};
use crate::credentials::rules::{permitting, withdraw_connector};
use crate::paging::{ROWS, page_of};

/// Uses that are named.
const NAMED: u64 = 10;

impl Backend {
    /// One page of the list.
    pub async fn list_connectors(&self, _actor: &Actor, filter: &ConnectorFilter) -> Result<ConnectorPage, Problem> {
        let db = self.store().db();
        let list = async {
            let total = connectors::count(db, &ConnectorFilter::default()).await?;
            let matching = if filter.is_empty() { total } else { connectors::count(db, filter).await? };
            let (page, pages) = page_of(filter.page, matching, ROWS);
            let records = connectors::page(db, filter, (page - 1) * ROWS, ROWS).await?;
            let ids: Vec<_> = records.iter().map(|record| record.id.0).collect();
            let uses = accounts::count_uses(db, ReferenceKind::Connectors, &ids).await?;
            let signed_in = records.iter().filter_map(|record| record.credential_id).collect();
            let credentials = credentials::find_some(db, signed_in).await?;
            let names = credentials.into_iter().map(|record| (record.id, record.name.to_string())).collect();
            let rows = records.into_iter().map(|record| row(record, &names, &uses)).collect();
            Ok(ListPage { rows, matching, total, page, pages })
        };
        self.store().read(list).await
    }

    /// The form New.
    pub async fn new_connector(&self, _actor: &Actor) -> Result<ConnectorForm, Problem> {
        Ok(ConnectorForm { credentials: self.credential_choices().await?, ..ConnectorForm::default() })
    }

    /// The form Edit.
    pub async fn find_connector(&self, actor: &Actor, id: ConnectorId) -> Result<ConnectorForm, Problem> {
        let db = self.store().db();
        let find = async {
            let permitting = permitting(credentials::all(db).await?, id)?;
            let uses = accounts::uses(db, Reference::Connector(id), NAMED).await?;
            Ok((connectors::find(db, id).await?, uses, permitting))
        };
        let (record, uses, permitting) = self.store().read(find).await?;
        let (version, draft) = (record.version, draft_of(&record.connector()));
        let permitted_by = permitting.iter().map(|record| record.name.to_string()).collect();
        Ok(ConnectorForm { version, draft, uses, permitted_by, ..self.new_connector(actor).await? })
    }

    /// Saves a new connector. [`Problem::Fields`] names the fields that are wrong, a name that is taken among them.
    pub async fn create_connector(&self, actor: &Actor, draft: &ConnectorDraft) -> Result<SavedConnector, Problem> {
        let (connector, vault) = (&self.parse_connector(draft)?, &self.inner.vault);
        self.store().write(move |tx| save(tx, vault, actor, None, connector)).await
    }

    /// Saves a form that was loaded at `version`; a [`Problem::Conflict`] if somebody else saved since then.
    /// Credentials that may be used through the connector lose that where it leads elsewhere from now on.
    pub async fn update_connector(
        &self,
        actor: &Actor,
        id: ConnectorId,
        version: i64,
        draft: &ConnectorDraft,
    ) -> Result<SavedConnector, Problem> {
        let (connector, vault) = (&self.parse_connector(draft)?, &self.inner.vault);
        self.store().write(move |tx| save(tx, vault, actor, Some((id, version)), connector)).await
    }

    /// Deletes a connector, unless it is in use, and gives its name. It can be restored for 30 days.
    pub async fn delete_connector(&self, actor: &Actor, id: ConnectorId) -> Result<String, Problem> {
        self.store().write(move |tx| delete(tx, actor, id)).await
    }

    /// Reaches a host and port through the proxy, and says what it answered. Nothing is sent there. It counts as a
    /// test: a person begins only so many within a minute.
    pub async fn check_connector(
        &self,
        actor: &Actor,
        id: ConnectorId,
        typed: &CheckDraft,
    ) -> Result<ConnectorCheck, Problem> {
        let (host, port) = typed.parse()?;
        let host = to_ascii(&host).map_err(|message| Problem::field("host", message))?;
        let _permit = self.begin_throttled(actor)?;
        let record = self.store().read(connectors::find(self.store().db(), id)).await?;
        let proxy = self.proxy(actor, &record.connector()).await.map_err(Problem::Refused)?;
        let report = smtp::check_proxy(&proxy, (&host, port), &*self.egress().await?, &self.inner.test_limits).await;
        let outcome = Outcome::of_success(report.failure.is_none());
        let event = Event::by(actor, Action::Check).on(Resource::Connector(id));
        event.ended(outcome).detail(format_args!("to {host}:{port}")).record();
        let smtp::ProxyReport { words, failure, transcript, elapsed } = report;
        let name = proxy_words(record.name.as_str(), &proxy.host, proxy.port);
        Ok(ConnectorCheck {
            connector: id,
            diagnosis: failure.map(|failure| match failure.stage {
                Stage::Dns => of_host(host.as_str(), &failure),
                _ => of_connector(&name, &failure),
            }),
            name,
            reached: host.with_port(port),
            words,
            transcript,
            took: elapsed,
        })
    }

    /// All rules of one connector, with those of the configuration.
    fn parse_connector(&self, draft: &ConnectorDraft) -> Result<Connector, FieldErrors> {
        let connector = parse(draft)?;
        match self.inner.networks.check_names_at_proxy() {
            Err(why) if connector.resolves_names => {
                let mut errors = FieldErrors::default();
                errors.push("resolves_names", format!("{why} Choose No."));
                Err(errors)
            }
            _ => Ok(connector),
        }
    }

    /// The proxy that a connector leads through, ready to be signed in to; else why it cannot be used.
    pub(crate) async fn proxy(&self, actor: &Actor, connector: &Connector) -> Result<smtp::Proxy, String> {
        if connector.resolves_names {
            let name = &connector.name;
            let in_words = |why| format!("{why} Choose No for “Resolves names itself” in “{name}”.");
            self.inner.networks.check_names_at_proxy().map_err(in_words)?;
        }
        let (host, port) = (connector.host.clone(), connector.port());
        let sign_in = match connector.credential {
            None => None,
            Some(id) => {
                let store = self.store();
                let found = store.read(credentials::find(store.db(), id)).await;
                let record = found.map_err(|problem| problem.to_string())?;
                let secret = self.release(actor, &record, &destination(connector)).await?;
                Some(smtp::ProxySignIn { user_name: record.user_name, secret })
            }
        };
        Ok(smtp::Proxy { kind: connector.kind, host, port, resolves_names: connector.resolves_names, sign_in })
    }

    /// Every connector to choose from, by name.
    pub(crate) async fn connector_choices(&self) -> Result<Vec<ConnectorChoice>, Problem> {
        let all = self.store().read(connectors::all(self.store().db())).await?;
        let choice = |record: Record| ConnectorChoice {
            name: record.name.to_string(),
            route: record.connector().route(record.id),
        };
        Ok(all.into_iter().map(choice).collect())
    }
}

/// Where a proxy's secret goes: to the proxy itself, in clear text. RFC 1929 and Basic show it to whoever listens, and
/// the proxy chooses between Basic and Digest: the credential has to allow the weaker.
fn destination(connector: &Connector) -> Destination<'_> {
    Destination {
        host: &connector.host,
        port: connector.port(),
        connector: None,
        protection: Protection::None,
        mechanism: Some(model::Mechanism::Plain),
    }
}

/// All rules of one connector, with those of host names, which are too large for a browser.
fn parse(draft: &ConnectorDraft) -> Result<Connector, FieldErrors> {
    let parsed = draft.parse();
    let mut errors = parsed.as_ref().err().cloned().unwrap_or_default();
    let host = Host::parse(&draft.host).ok().and_then(|host| errors.take("host", to_ascii(&host)));
    match (parsed, host) {
        (Ok(connector), Some(host)) if errors.is_empty() => Ok(Connector { host, ..connector }),
        _ => Err(errors.in_order_of(&ConnectorDraft::FIELDS)),
    }
}

async fn save(
    tx: WriteTx,
    vault: &Vault,
    actor: &Actor,
    over: Option<(ConnectorId, i64)>,
    connector: &Connector,
) -> Result<SavedConnector, StoreError> {
    accounts::lock(&tx).await?;
    let record = match over {
        None => None,
        Some((id, version)) => {
            let record = connectors::find(tx.db(), id).await?;
            if record.version == version { Some(record) } else { return Err(stale(&record, connector)) }
        }
    };
    let mut errors = FieldErrors::default();
    if connectors::name_is_taken(tx.db(), &connector.name, record.as_ref().map(|record| record.id)).await? {
        errors.push("name", format!("“{}” exists already. Choose another name.", connector.name));
    }
    if let Some(id) = connector.credential {
        match credentials::find_some(tx.db(), vec![id]).await?.pop() {
            None => errors.push("credential", "This credential was deleted meanwhile. Choose another one."),
            Some(credential) => {
                if let Err(why) = credential.rules()?.permit(&destination(connector)) {
                    errors.push("credential", format!("{} A proxy is signed in to in clear text.", refusal(&why)));
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let was = record.clone();
    let saved = connectors::change(&tx, record, connector, actor, now()).await?;
    let mut withdrawn = Vec::new();
    if let Some(was) = was {
        if was.name != saved.name {
            accounts::rename_reference(&tx, Reference::Connector(saved.id), &saved.name).await?;
        }
        if was.connector().route(saved.id) != connector.route(saved.id) {
            withdrawn = withdraw_connector(&tx, vault, actor, saved.id).await?;
        }
    }
    Ok(SavedConnector { id: saved.id, name: saved.name.to_string(), withdrawn })
}

async fn delete(tx: WriteTx, actor: &Actor, id: ConnectorId) -> Result<String, StoreError> {
    accounts::lock(&tx).await?;
    let record = connectors::find(tx.db(), id).await?;
    let used = accounts::uses(tx.db(), Reference::Connector(id), NAMED).await?;
    let name = record.name.to_string();
    if used.count > 0 {
        let text = format!("“{name}” is in use by {used}. Choose another connector there first.");
        return Err(Problem::Refused(text).into());
    }
    connectors::delete(&tx, id, actor, now()).await?;
    Ok(name)
}

/// Brings a deleted connector back, where its credential is there and still allows it, and gives its name.
pub(crate) async fn restore(
    tx: WriteTx,
    actor: &Actor,
    id: ConnectorId,
    new_name: Option<&RecordName>,
) -> Result<String, StoreError> {
    accounts::lock(&tx).await?;
    let record = connectors::find_any(tx.db(), id).await?;
    if record.deleted_at.is_none() {
        return Err(not_deleted(record.name.as_str()));
    }
    if let Some(id) = record.credential_id {
        let refused = match credentials::find_some(tx.db(), vec![id]).await?.pop() {
            None => Some("The credential that it signs in with was deleted. Restore that one first.".to_owned()),
            Some(credential) => {
                credential.rules()?.permit(&destination(&record.connector())).err().map(|why| refusal(&why))
            }
        };
        if let Some(text) = refused {
            return Err(Problem::Refused(text).into());
        }
    }
    let name = new_name.unwrap_or(&record.name).clone();
    if connectors::name_is_taken(tx.db(), &name, Some(id)).await? {
        return Err(Problem::field("name", name_taken(&name)).into());
    }
    connectors::restore(&tx, id, &name, actor, now()).await?;
    Ok(name.to_string())
}

fn stale(record: &Record, mine: &Connector) -> StoreError {
    let newest = Newest {
        version: record.version,
        saved_by: &record.saved_by,
        saved_at: record.saved_at,
        draft: draft_of(&record.connector()),
    };
    conflict(newest, |theirs| draft_of(mine).differences(theirs)).into()
}

fn row(record: Record, names: &HashMap<CredentialId, String>, uses: &HashMap<i64, i64>) -> ConnectorRow {
    let port = record.connector().port();
    ConnectorRow {
        id: record.id,
        name: record.name.to_string(),
        kind: record.kind,
        host: record.host,
        port,
        resolves_names: record.resolves_names,
        credential: record.credential_id.and_then(|id| names.get(&id).cloned()),
        used_by: uses.get(&record.id.0).and_then(|&count| u64::try_from(count).ok()).unwrap_or(0),
        saved_at: record.saved_at,
    }
}

/// A connector as the form shows it; host names in their own script.
fn draft_of(connector: &Connector) -> ConnectorDraft {
    let Connector { name, kind, host, port, resolves_names, credential } = connector;
    ConnectorDraft {
        name: name.to_string(),
        kind: *kind,
        host: to_unicode(host),
        port: port.map(|port| port.to_string()).unwrap_or_default(),
        resolves_names: YesNo::from(*resolves_names),
        authentication: YesNo::from(credential.is_some()),
        credential: credential.map(|id| id.to_string()).unwrap_or_default(),
    }
}
