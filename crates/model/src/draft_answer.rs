//! Where the answer to one field of an account's form stands, for what reads or changes any of them alike.

use crate::{MechanismChoice, TlsType, TrustKind, YesNo};

/// Where the answer to a field stands in the form.
#[derive(Debug)]
pub enum DraftAnswer<'a> {
    /// A text that was typed.
    Text(&'a mut String),
    /// Yes or No.
    YesNo(&'a mut YesNo),
    /// How the connection is encrypted: two questions.
    Security {
        /// No means clear text, whatever the type is.
        safe_connection: &'a mut YesNo,
        /// Counts only with a safe connection.
        tls_type: &'a mut TlsType,
    },
    /// Whom the account trusts by itself.
    Trust(&'a mut TrustKind),
    /// How it signs in.
    Mechanism {
        /// Whether it signs in at all.
        authentication: YesNo,
        /// Counts only where it signs in.
        choice: &'a mut MechanismChoice,
    },
    /// A credential: whether there is one, and which.
    Credential {
        /// Whether it signs in at all.
        authentication: &'a mut YesNo,
        /// The credential's number; empty for none.
        id: &'a mut String,
    },
    /// A network connector: whether there is one, and which.
    Connector {
        /// Whether it connects through one at all.
        use_connector: &'a mut YesNo,
        /// The connector's number; empty for none.
        id: &'a mut String,
    },
    /// The form does not ask for it.
    Unasked,
}
