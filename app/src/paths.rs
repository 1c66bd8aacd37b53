//! Every link as a function. The query of a list goes along to the pages that lead back to it.

use model::{AccountId, TestSendId};

pub const SIGN_IN: &str = "/sign-in";
pub const SET_UP: &str = "/set-up";
pub const REPORT: &str = "/settings/email/smtp";
pub const FOOTER: &str = "/settings/email/footer";
/// Answers with the footer alone, for the frame that previews it.
pub const FOOTER_PREVIEW: &str = "/settings/email/footer/preview";

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
        next => format!("{SIGN_IN}?next={}", model::query::in_query(next)),
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

pub fn preferences(query: &str) -> String {
    listed(format!("{REPORT}/preferences"), query)
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
    fn signing_in_leads_nowhere_else() {
        assert_eq!(next_or_report("/settings/email/footer?x=1"), "/settings/email/footer?x=1");
        for foreign in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/\tevil", "javascript:x"] {
            assert_eq!(next_or_report(foreign), REPORT, "{foreign:?}");
        }
    }
}
