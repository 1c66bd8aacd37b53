//! Credentials: listed, found, saved and deleted. Their secrets are written, replaced or cleared, and leave the vault
//! in one place only, [`Backend::release`].

use std::collections::HashMap;

use model::hosts::to_unicode;
use model::secret::SecretField;
use model::{
    Actor, Credential, CredentialChoice, CredentialDraft, CredentialFilter, CredentialForm, CredentialId,
    CredentialPage, CredentialRow, Destination, Destinations, Filter, ListPage, Named, Pasted, PastedAnswer, Problem,
    SecretAnswer, SecretLocation, Uses, YesNo,
};
use secrecy::{ExposeSecret, SecretString};
use store::accounts::{Reference, ReferenceKind};
use store::audit::{Action, Event, Outcome, Resource};
use store::credentials::{self, Record};
use store::{Store, StoreError, accounts, connectors};

use crate::accounts::references::refusal;
use crate::paging::{ROWS, page_of};
use crate::{Backend, secrets};

pub(crate) mod rules;

use rules::{CredentialSave, SecretChange};

/// Uses that are named.
const NAMED: u64 = 10;

/// What a person wants done with a secret.
#[derive(Debug)]
pub struct TypedSecret {
    /// Whether it stays, is replaced, refers to a secret outside, or is removed.
    pub answer: SecretAnswer,
    /// With [`SecretAnswer::Replace`].
    pub secret: SecretString,
    /// With [`SecretAnswer::Refer`]: `env:NAME` or `file:PATH`.
    pub reference: String,
}

impl Backend {
    /// One page of the list.
    pub async fn list_credentials(&self, _actor: &Actor, filter: &CredentialFilter) -> Result<CredentialPage, Problem> {
        let db = self.store().db();
        let list = async {
            let total = credentials::count(db, &CredentialFilter::default()).await?;
            let matching = if filter.is_empty() { total } else { credentials::count(db, filter).await? };
            let (page, pages) = page_of(filter.page, matching, ROWS);
            let records = credentials::page(db, filter, (page - 1) * ROWS, ROWS).await?;
            let ids: Vec<_> = records.iter().map(|record| record.id.0).collect();
            let accounts = accounts::count_uses(db, ReferenceKind::Credentials, &ids).await?;
            let connectors = connectors::count_uses(db, &ids).await?;
            let rows =
                records.into_iter().map(|record| row(record, &accounts, &connectors)).collect::<Result<_, _>>()?;
            Ok(ListPage { rows, matching, total, page, pages })
        };
        self.store().read(list).await
    }

    /// The form New.
    pub async fn new_credential(&self, _actor: &Actor) -> Result<CredentialForm, Problem> {
        Ok(CredentialForm { connectors: self.connector_choices().await?, ..CredentialForm::default() })
    }

    /// The form Edit. The secret is not in it.
    pub async fn find_credential(&self, actor: &Actor, id: CredentialId) -> Result<CredentialForm, Problem> {
        let store = self.store();
        let find = async {
            let record = credentials::find(store.db(), id).await?;
            let draft = draft_of(&credential_of(&record)?);
            Ok((record, draft, uses(store, id).await?))
        };
        let (record, draft, uses) = store.read(find).await?;
        let secret = record.place();
        Ok(CredentialForm { version: record.version, draft, secret, uses, ..self.new_credential(actor).await? })
    }

    /// The form New, filled in like the credential, without its secret.
    pub async fn copy_of_credential(&self, actor: &Actor, id: CredentialId) -> Result<CredentialForm, Problem> {
        let CredentialForm { draft, connectors, .. } = self.find_credential(actor, id).await?;
        let draft = CredentialDraft { name: format!("{} (copy)", draft.name), ..draft };
        Ok(CredentialForm { draft, connectors, ..CredentialForm::default() })
    }

    /// Saves a new credential and seals its secret. [`Problem::Fields`] names the fields that are wrong.
    pub async fn create_credential(
        &self,
        actor: &Actor,
        draft: &CredentialDraft,
        typed: TypedSecret,
    ) -> Result<Named<CredentialId>, Problem> {
        self.save_credential(actor, None, draft, typed).await
    }

    /// Saves a form that was loaded at `version`; a [`Problem::Conflict`] if somebody else saved since then.
    pub async fn update_credential(
        &self,
        actor: &Actor,
        id: CredentialId,
        version: i64,
        draft: &CredentialDraft,
        typed: TypedSecret,
    ) -> Result<Named<CredentialId>, Problem> {
        self.save_credential(actor, Some((id, version)), draft, typed).await
    }

    /// Deletes a credential, unless it is in use, and gives its name. It can be restored for 30 days.
    pub async fn delete_credential(&self, actor: &Actor, id: CredentialId) -> Result<String, Problem> {
        self.store().write(move |tx| rules::delete(tx, actor, id)).await
    }

    async fn save_credential(
        &self,
        actor: &Actor,
        over: Option<(CredentialId, i64)>,
        draft: &CredentialDraft,
        typed: TypedSecret,
    ) -> Result<Named<CredentialId>, Problem> {
        let parsed = &rules::parse(draft, &typed, over.is_none())?;
        let references = &self.inner.references;
        if let SecretChange::Refer(reference) = &parsed.secret_change {
            references.check(reference).await.map_err(|why| Problem::field("reference", why))?;
        }
        let saving = CredentialSave { vault: &self.inner.vault, references, actor };
        self.store().write(move |tx| rules::save(tx, saving, over, parsed)).await
    }

    /// Every credential to choose from, by name, with what it may be used with.
    pub(crate) async fn credential_choices(&self) -> Result<Vec<CredentialChoice>, Problem> {
        let all = self.store().read(credentials::all(self.store().db())).await?;
        let choice = |record: Record| {
            let destinations = record.rules()?;
            Ok(CredentialChoice { id: record.id, name: record.name.to_string(), destinations })
        };
        self.store().read(async { all.into_iter().map(choice).collect::<Result<_, StoreError>>() }).await
    }

    /// Takes a secret out, for this destination and no other; else why not, in words for a person. Saving, testing and
    /// sending all ask the same rule.
    pub(crate) async fn release(
        &self,
        actor: &Actor,
        record: &Record,
        to: &Destination<'_>,
    ) -> Result<SecretString, String> {
        let released = self.secret_for(record, to).await;
        let event = Event::by(actor, Action::UseSecret).on(Resource::Credential(record.id));
        let outcome = if released.is_ok() { Outcome::Success } else { Outcome::Refused };
        event.ended(outcome).detail(format_args!("for {}:{}", to.host, to.port)).record();
        released
    }

    async fn secret_for(&self, record: &Record, to: &Destination<'_>) -> Result<SecretString, String> {
        let store = self.store();
        let rules = record.rules().map_err(|fault| Problem::from(fault).to_string())?;
        rules.permit(to).map_err(|why| refusal(&why))?;
        let name = &record.name;
        let place =
            |field| secrets::credential_context(record.id, field, record.secret_version, &record.user_name, &rules);
        match record.place() {
            SecretLocation::None => Err(format!("The credential “{name}” has no secret. Enter it there.")),
            SecretLocation::Elsewhere(reference) => {
                let references = &self.inner.references;
                let cannot = |why| format!("The secret of the credential “{name}” cannot be read: {why}");
                references.allow(&reference, to.host, to.port).map_err(cannot)?;
                let place = place(SecretField::Reference);
                let confirm = secrets::confirm(store.db(), &self.inner.vault, &place, &reference);
                store.read(confirm).await.map_err(|problem| problem.to_string())?;
                references.read(&reference).await.map_err(cannot)
            }
            SecretLocation::Vault => {
                let place = place(SecretField::Secret);
                let opened = store.read(secrets::get(store.db(), &self.inner.vault, &place)).await;
                opened.map_err(|problem| problem.to_string())
            }
        }
    }
}

/// What may have been pasted along with what a server refused: kinds of characters, and nothing else of the secret.
pub(crate) fn pasted_along(sign_in: &smtp::ServerSignIn) -> Vec<String> {
    let smtp::ServerSignIn { user_name, secret, .. } = sign_in;
    let found = [Pasted::UserName.kinds_in(user_name), Pasted::Secret.kinds_in(secret.expose_secret())];
    found.into_iter().flatten().collect()
}

/// What uses a credential: accounts, also deleted ones, and connectors.
async fn uses(store: &Store, id: CredentialId) -> Result<Uses, StoreError> {
    let accounts = accounts::uses(store.db(), Reference::Credential(id), NAMED).await?;
    Ok(together(accounts, connectors::uses(store.db(), id).await?))
}

fn together(mut uses: Uses, more: Uses) -> Uses {
    uses.count += more.count;
    uses.first.extend(more.first);
    uses
}

fn row(
    record: Record,
    accounts: &HashMap<i64, i64>,
    connectors: &HashMap<i64, i64>,
) -> Result<CredentialRow, StoreError> {
    let (destinations, secret) = (record.rules()?, record.place());
    let count = |uses: &HashMap<i64, i64>| uses.get(&record.id.0).copied().unwrap_or(0);
    Ok(CredentialRow {
        id: record.id,
        used_by: u64::try_from(count(accounts) + count(connectors)).unwrap_or(0),
        name: record.name.to_string(),
        user_name: record.user_name,
        destinations,
        secret,
        saved_at: record.saved_at,
    })
}

/// The credential that a record holds.
fn credential_of(record: &Record) -> Result<Credential, StoreError> {
    let destinations = record.rules()?;
    Ok(Credential { name: record.name.clone(), user_name: record.user_name.clone(), destinations })
}

/// A credential as the form shows it; host names in their own script.
fn draft_of(credential: &Credential) -> CredentialDraft {
    let Credential { name, user_name, destinations } = credential;
    let Destinations { hosts, ports, direct, connectors, verified_only, plain_in_clear, certificates } = destinations;
    let lines = |values: Vec<String>| values.join("\n");
    CredentialDraft {
        name: name.to_string(),
        user_name: user_name.clone(),
        hosts: lines(hosts.iter().map(to_unicode).collect()),
        ports: ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        direct: YesNo::from(*direct),
        connectors: connectors.iter().map(|route| route.id).collect(),
        verified_only: YesNo::from(*verified_only),
        plain_in_clear: YesNo::from(*plain_in_clear),
        certificates: lines(certificates.iter().map(ToString::to_string).collect()),
        // What was kept as it was pasted is not asked for again.
        pasted: if Pasted::UserName.found_in(user_name).is_some() { PastedAnswer::Keep } else { PastedAnswer::Ask },
    }
}
