//! Stand-in.
use crate::smtp::Letter;
use model::*;
pub fn compose(
    account: &Account,
    _footer: &Footer,
    request: &TestSendRequest,
    _at: Moment,
    _hello: &str,
) -> Result<Letter, String> {
    Ok(Letter { envelope_from: account.return_path.clone(), recipient: request.recipient.clone(), message: Vec::new() })
}
