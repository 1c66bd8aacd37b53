//! Accounts: listed, found, created, updated, copied, deleted and restored.

use diagnosis::coming_at;
use model::hosts::to_ascii;
use model::{
    Account, AccountDraft, AccountFilter, AccountForm, AccountId, AccountPage, Actor, FieldErrors, Filter, Host,
    Preferences, Problem, RecordName, Saved, YesNo, name,
};
use store::{Store, StoreError, accounts, settings, users};

use crate::clock::now;
use crate::{Backend, paging};

pub(crate) mod bulk;
mod conversions;
pub(crate) mod references;
pub(crate) mod rules;

pub(crate) use bulk::{check_selection, needs_default};
pub(crate) use conversions::row;
pub(crate) use rules::name_taken;

impl Backend {
    /// One page of the report.
    pub async fn list_accounts(&self, actor: &Actor, filter: &AccountFilter) -> Result<AccountPage, Problem> {
        let db = self.store().db();
        let chosen = async {
            match (filter.page_size, &filter.columns) {
                (Some(_), Some(_)) => Ok(Preferences::default()),
                _ => users::preferences(db, actor.id).await,
            }
        };
        // What needs nothing of one another is asked at the same time.
        let begin = async { tokio::try_join!(chosen, settings::account_count(db)) };
        let (chosen, total) = self.store().read(begin).await?;
        let page_size = filter.page_size.unwrap_or(chosen.page_size);
        let columns = filter.columns.clone().unwrap_or(chosen.columns);
        let rows = page_size.rows();
        let read = |page: u64| accounts::page(db, filter, (page - 1) * rows, rows);
        let list = async {
            let wanted = paging::requested_page(filter.page);
            // With a filter the hits are counted and read at the same time: where there are many, each takes long.
            let (matching, hits) = if filter.is_empty() {
                (total, None)
            } else {
                tokio::try_join!(accounts::count(db, filter), read(wanted)).map(|(n, hits)| (n, Some(hits)))?
            };
            let (page, pages) = paging::page_of(wanted, matching, rows);
            let records = match hits {
                Some(hits) if page == wanted => hits,
                _ => read(page).await?,
            };
            let pointed = references::names(self.store(), &records).await?;
            Ok((matching, pages, page, records, pointed))
        };
        let (matching, pages, page, records, pointed) = self.store().read(list).await?;
        let now = now();
        let rows = records.into_iter().map(|record| row(record, &pointed, filter, now)).collect::<Result<_, _>>();
        let rows = rows.map_err(Problem::from)?;
        Ok(AccountPage { rows, matching, total, page, pages, page_size, columns })
    }

    /// The form Edit.
    pub async fn find_account(&self, _actor: &Actor, id: AccountId) -> Result<AccountForm, Problem> {
        let db = self.store().db();
        let find = async {
            let record = accounts::find(db, id).await?;
            let others_enabled = accounts::another_is_enabled(db, Some(id)).await?;
            let default = accounts::find_default(db).await?.filter(|default| default.id != id);
            Ok((record, others_enabled, default))
        };
        let (record, others_enabled, default) = self.store().read(find).await?;
        let default_name = default.map(|default| default.name.to_string());
        let (credentials, connectors) = (self.credential_choices().await?, self.connector_choices().await?);
        let coming = record.credential_id.and_then(|_| coming_at(record.host.as_str()));
        let draft = AccountDraft::of(&record.account());
        let version = record.version;
        Ok(AccountForm { version, draft, others_enabled, default_name, credentials, connectors, coming })
    }

    /// The form New.
    pub async fn new_account(&self, _actor: &Actor) -> Result<AccountForm, Problem> {
        let default = self.store().read(accounts::find_default(self.store().db())).await?;
        // The default is enabled, and where anything is enabled there is a default.
        let others_enabled = default.is_some();
        let default_name = default.map(|default| default.name.to_string());
        let (credentials, connectors) = (self.credential_choices().await?, self.connector_choices().await?);
        Ok(AccountForm { others_enabled, default_name, credentials, connectors, ..AccountForm::default() })
    }

    /// Saves a new account. [`Problem::Fields`] names the fields that are wrong, a name that is taken among them.
    pub async fn create_account(&self, actor: &Actor, draft: &AccountDraft) -> Result<Saved, Problem> {
        let account = &parse(draft)?;
        self.store().write(move |tx| rules::save(tx, actor, None, account)).await
    }

    /// Saves a form that was loaded at `version`; a [`Problem::Conflict`] if somebody else saved since then.
    pub async fn update_account(
        &self,
        actor: &Actor,
        id: AccountId,
        version: i64,
        draft: &AccountDraft,
    ) -> Result<Saved, Problem> {
        let account = &parse(draft)?;
        self.store().write(move |tx| rules::save(tx, actor, Some((id, version)), account)).await
    }

    /// The form New, filled in like the account, under a name of its own, and not the default.
    pub async fn copy_of_account(&self, actor: &Actor, id: AccountId) -> Result<AccountForm, Problem> {
        let store = self.store();
        let record = store.read(accounts::find(store.db(), id)).await?;
        let name = store.read(free_name(store, record.name.as_str())).await?;
        let draft = AccountDraft { name, default: YesNo::No, ..AccountDraft::of(&record.account()) };
        Ok(AccountForm { draft, ..self.new_account(actor).await? })
    }

    /// The account as it is saved.
    pub async fn saved_account(&self, _actor: &Actor, id: AccountId) -> Result<Account, Problem> {
        let record = self.store().read(accounts::find(self.store().db(), id)).await?;
        Ok(record.account())
    }

    /// The name that a deleted account had.
    pub async fn deleted_account_name(&self, _actor: &Actor, id: AccountId) -> Result<String, Problem> {
        let record = self.store().read(accounts::find_any(self.store().db(), id)).await?;
        match record.deleted_at {
            Some(_) => Ok(record.name.to_string()),
            None => Err(Problem::Refused(format!("“{}” is not deleted.", record.name))),
        }
    }

    /// Deletes an account and gives its name. It can be restored for 30 days.
    pub async fn delete_account(&self, actor: &Actor, id: AccountId) -> Result<String, Problem> {
        self.store().write(move |tx| rules::delete(tx, actor, id)).await
    }

    /// Brings a deleted account back, under another name if one is given.
    pub async fn restore_account(
        &self,
        actor: &Actor,
        id: AccountId,
        new_name: Option<&str>,
    ) -> Result<Saved, Problem> {
        let name = new_name.map(RecordName::parse).transpose().map_err(|message| Problem::field("name", message))?;
        let name = name.as_ref();
        self.store().write(move |tx| rules::restore(tx, actor, id, name)).await
    }
}

/// All rules of one account, with those of host names and of CAs, which are too large for a browser.
pub(crate) fn parse(draft: &AccountDraft) -> Result<Account, FieldErrors> {
    let parsed = draft.parse();
    let mut errors = parsed.as_ref().err().cloned().unwrap_or_default();
    let host = Host::parse(&draft.host).ok().and_then(|host| errors.take("host", to_ascii(&host)));
    match (parsed, host) {
        (Ok(account), Some(host)) if errors.is_empty() => Ok(Account { host, ..account }),
        _ => Err(errors.in_order_of(&AccountDraft::FIELDS)),
    }
}

/// The first of "X (copy)", "X (copy 2)" and so on that nobody has.
async fn free_name(store: &Store, name: &str) -> Result<String, StoreError> {
    let mut number = 1;
    loop {
        let ending = if number == 1 { " (copy)".to_owned() } else { format!(" (copy {number})") };
        let room = name::NAME_CHARACTERS - ending.chars().count();
        let kept: String = name.chars().take(room).collect();
        let candidate = format!("{}{ending}", kept.trim_end());
        if number == 1_000 || !accounts::name_is_taken(store.db(), &candidate, None).await? {
            return Ok(candidate);
        }
        number += 1;
    }
}
