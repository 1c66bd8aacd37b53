//! Every link as a function. The query of a list goes along to the pages that lead back to it.

use model::query::{in_query, value_in_query};
use model::{
    AccountFilter, AccountId, BatchId, ConnectorId, CredentialId, DeletedRecord, ExportFormat, Filter, RecordKind,
    RunId, ScheduleId, TestSendId, Use, ViewId,
};

pub const SIGN_IN: &str = "/sign-in";
pub const SET_UP: &str = "/set-up";
pub const REPORT: &str = "/settings/email/smtp";
pub const CREDENTIALS: &str = "/settings/email/credentials";
pub const CONNECTORS: &str = "/settings/email/connectors";
pub const SCHEDULES: &str = "/settings/email/schedules";
pub const FOOTER: &str = "/settings/email/footer";
pub const NETWORKS: &str = "/settings/email/networks";
/// Explains a text that was pasted; its form is posted to the same address.
pub const EXPLAIN: &str = "/settings/email/explain";
/// One's own password.
pub const PASSWORD: &str = "/settings/password";
/// Answers with the footer alone, for the frame that previews it.
pub const FOOTER_PREVIEW: &str = "/settings/email/footer/preview";

/// Where one begins: one's default view, or the report.
pub const HOME: &str = "/";

/// What would be done with several accounts.
pub const CHANGE: &str = "/settings/email/smtp/change";

/// A test of several accounts.
pub const TEST_SEVERAL: &str = "/settings/email/smtp/test";

/// The report as a file.
pub const EXPORT: &str = "/settings/email/smtp/export/{format}";

/// The file that a run of a schedule sent.
pub const RUN_FILE: &str = "/settings/email/schedules/runs/{run}/file";

/// Accounts from a file; and where its form posts the file.
pub const IMPORT: &str = "/settings/email/smtp/import";
pub const IMPORT_FILE: &str = "/settings/email/smtp/import/file";

/// The report on paper.
pub const PRINT: &str = "/settings/email/smtp/print";

/// A path with the query of a list, which may be empty.
fn listed(path: String, query: &str) -> String {
    match query.trim_start_matches('?') {
        "" => path,
        query => format!("{path}?{query}"),
    }
}

/// The sign-in page, and where to go on from there.
pub fn sign_in(next: &str) -> String {
    match next {
        "" => SIGN_IN.to_owned(),
        next => format!("{SIGN_IN}?next={}", in_query(next)),
    }
}

pub fn report(query: &str) -> String {
    listed(REPORT.to_owned(), query)
}

pub fn new_account(query: &str) -> String {
    listed(format!("{REPORT}/new"), query)
}

pub fn edit_account(id: AccountId, query: &str) -> String {
    listed(format!("{REPORT}/{id}/edit"), query)
}

pub fn duplicate_account(id: AccountId, query: &str) -> String {
    listed(format!("{REPORT}/{id}/duplicate"), query)
}

pub fn restore_account(id: AccountId, query: &str) -> String {
    listed(format!("{REPORT}/{id}/restore"), query)
}

pub fn test_account(id: AccountId, query: &str) -> String {
    listed(format!("{REPORT}/{id}/test"), query)
}

pub fn test_send(account: AccountId, id: TestSendId, query: &str) -> String {
    listed(format!("{REPORT}/{account}/tests/{id}"), query)
}

/// All test sends of an account.
pub fn account_tests(account: AccountId, query: &str) -> String {
    listed(format!("{REPORT}/{account}/tests"), query)
}

/// The form that tests several accounts; `chosen` is the query of a selection.
pub fn test_several(chosen: &str, list: &str) -> String {
    format!("{TEST_SEVERAL}?{chosen}&list={}", in_query(list))
}

/// A test of several accounts, and how far it is.
pub fn batch(id: BatchId, list: &str) -> String {
    match list {
        "" => format!("{TEST_SEVERAL}/{id}"),
        list => format!("{TEST_SEVERAL}/{id}?list={}", in_query(list)),
    }
}

/// The events of a test that goes on, with the number in place of `{id}`.
pub const TEST_EVENTS: &str = "/settings/email/smtp/tests/{id}/events";

pub fn test_events(id: TestSendId) -> String {
    TEST_EVENTS.replace("{id}", &id.to_string())
}

pub fn preferences(query: &str) -> String {
    listed(format!("{REPORT}/preferences"), query)
}

pub fn credentials(query: &str) -> String {
    listed(CREDENTIALS.to_owned(), query)
}

pub fn new_credential(query: &str) -> String {
    listed(format!("{CREDENTIALS}/new"), query)
}

pub fn edit_credential(id: CredentialId, query: &str) -> String {
    listed(format!("{CREDENTIALS}/{id}/edit"), query)
}

pub fn duplicate_credential(id: CredentialId, query: &str) -> String {
    listed(format!("{CREDENTIALS}/{id}/duplicate"), query)
}

pub fn delete_credential(id: CredentialId, query: &str) -> String {
    listed(format!("{CREDENTIALS}/{id}/delete"), query)
}

pub fn connectors(query: &str) -> String {
    listed(CONNECTORS.to_owned(), query)
}

pub fn new_connector(query: &str) -> String {
    listed(format!("{CONNECTORS}/new"), query)
}

pub fn edit_connector(id: ConnectorId, query: &str) -> String {
    listed(format!("{CONNECTORS}/{id}/edit"), query)
}

pub fn delete_connector(id: ConnectorId, query: &str) -> String {
    listed(format!("{CONNECTORS}/{id}/delete"), query)
}

pub fn check_connector(id: ConnectorId, query: &str) -> String {
    listed(format!("{CONNECTORS}/{id}/check"), query)
}

pub fn schedules(query: &str) -> String {
    listed(SCHEDULES.to_owned(), query)
}

/// The form for a new schedule; its query names the report.
pub fn new_schedule(query: &str) -> String {
    listed(format!("{SCHEDULES}/new"), query)
}

/// The same, for the report of this query.
pub fn schedule_report(report: &str) -> String {
    new_schedule(&format!("report={}", in_query(report.trim_start_matches('?'))))
}

pub fn schedule(id: ScheduleId) -> String {
    format!("{SCHEDULES}/{id}")
}

pub fn edit_schedule(id: ScheduleId, query: &str) -> String {
    listed(format!("{SCHEDULES}/{id}/edit"), query)
}

pub fn delete_schedule(id: ScheduleId) -> String {
    format!("{SCHEDULES}/{id}/delete")
}

pub fn run_file(run: RunId) -> String {
    RUN_FILE.replace("{run}", &run.to_string())
}

/// All accounts that the list holds, as a file.
pub fn export(format: ExportFormat, query: &str) -> String {
    listed(EXPORT.replace("{format}", format.key()), query)
}

/// The same, with everything that an account holds.
pub fn whole_export(format: ExportFormat, query: &str) -> String {
    listed(EXPORT.replace("{format}", format.key()), &format!("{query}&whole=Yes"))
}

/// The choice of a file to import.
pub fn import(query: &str) -> String {
    listed(IMPORT.to_owned(), query)
}

/// What the kept file of this name would do.
pub fn import_of(file: &str, list: &str) -> String {
    format!("{IMPORT}?file={file}&list={}", in_query(list))
}

/// The form that keeps a list under a name.
pub fn new_view(query: &str) -> String {
    listed(format!("{REPORT}/views/new"), query)
}

pub fn edit_view(id: ViewId) -> String {
    format!("{REPORT}/views/{id}/edit")
}

/// The form that brings a deleted record back; `query` is that of its list.
pub fn restore_record(record: DeletedRecord, query: &str) -> String {
    listed(format!("/settings/email/restore/{}/{}", record.kind.key(), record.id), query)
}

/// The list that a record of this kind stands in.
pub fn list_of(kind: RecordKind, query: &str) -> String {
    match kind {
        RecordKind::Credential => credentials(query),
        RecordKind::Connector => connectors(query),
        RecordKind::Schedule => schedules(query),
        RecordKind::View => report(query),
    }
}

/// All accounts that the list holds, as they are printed.
pub fn print(query: &str) -> String {
    listed(PRINT.to_owned(), query)
}

/// The accounts that are reached through a connector of this name.
pub fn accounts_through_connector(name: &str) -> String {
    report(&AccountFilter { connector: name.to_owned(), ..AccountFilter::default() }.to_query())
}

/// Where a record that uses another one is changed.
pub fn of_use(used: &Use) -> String {
    match used {
        Use::Account { id, deleted: false, .. } => edit_account(*id, ""),
        Use::Account { id, deleted: true, .. } => restore_account(*id, ""),
        Use::Connector { id, .. } => edit_connector(*id, ""),
    }
}

/// The query that says which account's form waits for what is registered.
pub fn for_form(page: &str) -> String {
    format!("for={}", in_query(page))
}

/// The account's form that waits for what is registered.
pub fn waiting_form(query: &str) -> Option<String> {
    let page = value_in_query(query, "for")?;
    page.strip_prefix(REPORT)?.strip_prefix('/')?;
    (next_or_report(&page) == page).then_some(page)
}

/// Where saving or leaving a credential's form leads: to the account's form that waits for it, or to the list.
pub fn after_credential(query: &str) -> String {
    waiting_form(query).unwrap_or_else(|| credentials(query))
}

/// The same for a connector's form.
pub fn after_connector(query: &str) -> String {
    waiting_form(query).unwrap_or_else(|| connectors(query))
}

/// What a change of several accounts would do; `chosen` is the query of a selection.
pub fn change(chosen: &str, kind: model::ChangeKind, list: &str) -> String {
    let list = model::query::in_query(list);
    format!("{CHANGE}?{chosen}&kind={}&list={list}", kind.label())
}

/// Where to go after signing in: a path of this site, or the report.
pub fn next_or_report(next: &str) -> &str {
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if local { next } else { REPORT }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_accounts_form_waits_for_what_is_registered() {
        let form = new_account("name=nord&page=2");
        assert_eq!(waiting_form(&for_form(&form)), Some(form));
        for other in
            ["", "//evil.example", FOOTER, "/settings/email/smtpx", "https://evil.example/settings/email/smtp/"]
        {
            assert_eq!(waiting_form(&for_form(other)), None, "{other:?}");
        }
        assert_eq!(after_credential("name=a"), "/settings/email/credentials?name=a");
    }

    #[test]
    fn signing_in_leads_nowhere_else() {
        assert_eq!(next_or_report("/settings/email/footer?x=1"), "/settings/email/footer?x=1");
        for foreign in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/\tevil", "javascript:x"] {
            assert_eq!(next_or_report(foreign), REPORT, "{foreign:?}");
        }
    }
}
