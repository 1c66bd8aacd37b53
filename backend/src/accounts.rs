//! Accounts: listed, found, created, updated, copied, deleted and restored.

use model::{
    Account, AccountDraft, AccountFilter, AccountForm, AccountId, AccountName, AccountPage, AccountRow, Actor,
    CertificateCheck, Column, FieldErrors, Host, LastTest, Marks, Moment, Preferences, Problem, Saved, Security, Taken,
    TlsType, YesNo, account, text,
};

use crate::Backend;
use crate::clock::{MINUTE, before, now};
use crate::store::accounts::{self, Record};
use crate::store::{Fault, Store, settings, users};

mod rules;

/// Numbers in the filter ID.
const IDS_AT_MOST: usize = 1_000;
/// No list has more pages; a larger number would not be one to the database.
const LAST_PAGE: u64 = 1 << 40;
/// A test that began before this has ended, whatever is written: its server was stopped.
const LONGEST_TEST: i64 = 5 * MINUTE;

impl Backend {
    /// One page of the report.
    pub async fn list_accounts(&self, actor: &Actor, filter: &AccountFilter) -> Result<AccountPage, Problem> {
        let (filter, id_error) = with_good_ids(filter);
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
        let read = |page: u64| accounts::page(db, &filter, (page - 1) * rows, rows);
        let list = async {
            let wanted = filter.page.clamp(1, LAST_PAGE);
            // With a filter the hits are counted and read at the same time: where there are many, each takes long.
            let (matching, hits) = match filter.is_narrowed() {
                true => {
                    tokio::try_join!(accounts::count(db, &filter), read(wanted)).map(|(n, hits)| (n, Some(hits)))?
                }
                false => (total, None),
            };
            let pages = matching.div_ceil(rows).max(1);
            let page = wanted.min(pages);
            let records = match hits {
                Some(hits) if page == wanted => hits,
                _ => read(page).await?,
            };
            Ok((matching, pages, page, records))
        };
        let (matching, pages, page, records) = self.store().read(list).await?;
        let now = now();
        let rows = records.into_iter().map(|record| row(record, &filter, now)).collect();
        Ok(AccountPage { rows, matching, total, page, pages, page_size, columns, id_error })
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
        Ok(AccountForm { version: record.version, draft: draft_of(&record), others_enabled, default_name })
    }

    /// The form New.
    pub async fn new_account(&self, _actor: &Actor) -> Result<AccountForm, Problem> {
        let default = self.store().read(accounts::find_default(self.store().db())).await?;
        // The default is enabled, and where anything is enabled there is a default.
        let others_enabled = default.is_some();
        let default_name = default.map(|default| default.name.to_string());
        Ok(AccountForm { others_enabled, default_name, ..AccountForm::default() })
    }

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
        let draft = AccountDraft { name, default: YesNo::No, ..draft_of(&record) };
        Ok(AccountForm { draft, ..self.new_account(actor).await? })
    }

    /// The account as it is saved.
    pub async fn saved_account(&self, _actor: &Actor, id: AccountId) -> Result<Account, Problem> {
        let record = self.store().read(accounts::find(self.store().db(), id)).await?;
        Ok(account_of(&record))
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
        let name = new_name.map(AccountName::parse).transpose().map_err(|message| Problem::field("name", message))?;
        let name = name.as_ref();
        self.store().write(move |tx| rules::restore(tx, actor, id, name)).await
    }
}

/// The filter without IDs that cannot be read, and the message beside them.
fn with_good_ids(filter: &AccountFilter) -> (AccountFilter, Option<String>) {
    let error = match filter.ids() {
        Ok(ids) if ids.len() <= IDS_AT_MOST => None,
        Ok(_) => Some(format!("ID takes at most {IDS_AT_MOST} numbers. The list is unchanged.")),
        Err(message) => Some(message),
    };
    let mut filter = filter.clone();
    if error.is_some() {
        filter.id.clear();
    }
    (filter, error)
}

/// All rules of one account, with those of host names (IDNA, UTS 46), whose tables are too large for a browser.
fn parse(draft: &AccountDraft) -> Result<Account, FieldErrors> {
    let parsed = draft.parse();
    let Ok(host) = Host::parse(&draft.host) else {
        return parsed; // which has the error
    };
    match (to_ascii(&host), parsed) {
        (Ok(host), Ok(account)) => Ok(Account { host, ..account }),
        (Ok(_), Err(errors)) => Err(errors),
        (Err(message), parsed) => {
            let mut errors = parsed.err().unwrap_or_default();
            // In the order of the form, where Port comes last.
            let port = errors.0.iter().position(|error| error.field == "port").map(|at| errors.0.split_off(at));
            errors.push("host", message);
            errors.0.extend(port.into_iter().flatten());
            Err(errors)
        }
    }
}

fn to_ascii(host: &Host) -> Result<Host, String> {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    if host.ip().is_some() {
        return Ok(host.clone());
    }
    let name = host.as_str().as_bytes();
    match Uts46::new().to_ascii(name, AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify) {
        Ok(ascii) => Host::parse(&ascii),
        Err(_) => Err(format!("“{host}” is not a host name that can exist. Check its letters and their order.")),
    }
}

/// The first of "X (copy)", "X (copy 2)" and so on that nobody has.
async fn free_name(store: &Store, name: &str) -> Result<String, Fault> {
    let mut number = 1;
    loop {
        let ending = if number == 1 { " (copy)".to_owned() } else { format!(" (copy {number})") };
        let room = account::NAME_CHARACTERS - ending.chars().count();
        let kept: String = name.chars().take(room).collect();
        let candidate = format!("{}{ending}", kept.trim_end());
        if number == 1_000 || !accounts::name_is_taken(store.db(), &candidate, None).await? {
            return Ok(candidate);
        }
        number += 1;
    }
}

/// A record as the form shows it; host names in their own script.
fn draft_of(record: &Record) -> AccountDraft {
    let account = account_of(record);
    let yes_no = YesNo::from;
    let host = match account.host.ip() {
        Some(_) => account.host.to_string(),
        None => idna::domain_to_unicode(account.host.as_str()).0,
    };
    AccountDraft {
        name: account.name.to_string(),
        enabled: yes_no(account.enabled),
        default: yes_no(account.default),
        sender: account.sender.to_string(),
        reply: account.reply.to_string(),
        return_path: account.return_path.to_string(),
        confirmation: account.confirmation.to_string(),
        force_settings: yes_no(account.force_settings),
        read_receipt: yes_no(account.read_receipt),
        footer: yes_no(account.footer),
        host,
        port: account.port.map(|port| port.to_string()).unwrap_or_default(),
        safe_connection: yes_no(account.security != Security::None),
        tls_type: if account.security == Security::ImplicitTls { TlsType::Ssl } else { TlsType::Tls },
        ignore_certificate: yes_no(account.certificates == CertificateCheck::Ignore),
    }
}

/// The account that a record holds.
pub(crate) fn account_of(record: &Record) -> Account {
    Account {
        name: record.name.clone(),
        enabled: record.enabled,
        default: record.is_default,
        sender: record.sender.clone(),
        reply: record.reply.clone(),
        return_path: record.return_path.clone(),
        confirmation: record.confirmation.clone(),
        force_settings: record.force_settings,
        read_receipt: record.read_receipt,
        footer: record.footer,
        host: record.host.clone(),
        port: record.port,
        security: record.security,
        certificates: if record.ignore_certificate { CertificateCheck::Ignore } else { CertificateCheck::Verify },
    }
}

/// The newest test of a record; one whose server was stopped meanwhile counts as not known.
pub(crate) fn last_test(record: &Record, now: Moment) -> Option<LastTest> {
    let (id, at) = (record.last_test_id?, record.last_test_at?);
    let taken = match record.last_test_taken {
        None if at < before(now, LONGEST_TEST) => Some(Taken::Unknown),
        taken => taken,
    };
    let passed = record.last_test_passed.and_then(|passed| u8::try_from(passed).ok()).unwrap_or(0);
    Some(LastTest { id, at, taken, passed, failed_at: record.last_test_failed_at })
}

fn row(record: Record, filter: &AccountFilter, now: Moment) -> AccountRow {
    let last_test = last_test(&record, now);
    let mut marks = Vec::new();
    for (column, value) in [
        (Column::Name, record.name.as_str()),
        (Column::Sender, record.sender.as_str()),
        (Column::Reply, record.reply.as_str()),
        (Column::ReturnPath, record.return_path.as_str()),
        (Column::Confirmation, record.confirmation.as_str()),
    ] {
        if let Some(range) = text::find(value, filter.text(column).trim()) {
            marks.push((column, range));
        }
    }
    AccountRow {
        id: record.id,
        name: record.name.to_string(),
        sender: record.sender,
        reply: record.reply,
        return_path: record.return_path,
        confirmation: record.confirmation,
        enabled: record.enabled,
        default: record.is_default,
        security: record.security,
        ignore_certificate: record.ignore_certificate,
        force_settings: record.force_settings,
        read_receipt: record.read_receipt,
        footer: record.footer,
        host: record.host,
        port: record.port,
        last_test,
        marks: Marks(marks),
    }
}
