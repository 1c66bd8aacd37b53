//! How the account's connection is protected, by all the answers that decide it together.

use super::AccountDraft;
use crate::{CaPem, CertificateCheck, ConnectionSecurity, FieldErrors, Fingerprint, Trust, TrustKind};

impl AccountDraft {
    /// The chosen security; the type counts only with a safe connection.
    pub fn security(&self) -> ConnectionSecurity {
        ConnectionSecurity::chosen(self.safe_connection, self.tls_type)
    }

    /// Whether certificates are checked; only a safe connection can ignore their errors.
    pub fn certificates(&self) -> CertificateCheck {
        if self.safe_connection.is_yes() && self.ignore_certificate.is_yes() {
            CertificateCheck::Ignore
        } else {
            CertificateCheck::Verify
        }
    }

    /// Whom the account trusts by itself; it counts only where certificates are checked.
    pub(super) fn trust(&self, errors: &mut FieldErrors) -> Trust {
        let checked = self.safe_connection.is_yes() && self.certificates() == CertificateCheck::Verify;
        let trust = match self.trust {
            TrustKind::Certificate if checked => {
                errors.take("pin", Fingerprint::parse(&self.pin)).map(Trust::Certificate)
            }
            TrustKind::Ca if checked => errors.take("ca", CaPem::parse(&self.ca)).map(Trust::Ca),
            _ => None,
        };
        trust.unwrap_or_default()
    }
}
