//! The one table of an account's fields: what each is called in lists, files and forms, what it holds, and where it
//! shows. The report, its files, the import, the store and the forms read it.

use serde::{Deserialize, Serialize};

use crate::ListColumn;

mod field_info;

pub use field_info::{ColumnWidth, FieldKind};
use field_info::{FieldInfo, field};

/// A column of the report, in its order. Each sorts; ties are broken by ID, in the same direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The account's number.
    #[default]
    Id,
    /// Its name.
    Name,
    /// The address in `From`.
    Sender,
    /// The address in `Reply-To`.
    Reply,
    /// The envelope sender.
    ReturnPath,
    /// Where read receipts go.
    Confirmation,
    /// Whether anything may be sent through it.
    Enabled,
    /// Whether it is the default account.
    Default,
    /// No, TLS or SSL.
    Security,
    /// "Uses config", which the form calls "Force settings use".
    ForceSettings,
    /// Whether a read receipt is asked for.
    ReadReceipt,
    /// Whether messages end with the footer.
    Footer,
    /// The name of the credential that it signs in with.
    Credential,
    /// The name of the network connector that it connects through.
    Connector,
    /// How long its mail server is waited for.
    TimeLimit,
    /// The outcome and time of the newest test.
    LastTest,
}

/// A column of a file of accounts: those of the report, and what an account has besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountField {
    /// A column of the report.
    Shown(Column),
    /// The mail server.
    Host,
    /// The port, where it is not the usual one.
    Port,
    /// Whether certificate errors are ignored.
    IgnoreCertificate,
    /// Whom it trusts: the machine, one certificate or a CA.
    Trust,
    /// The SHA-256 fingerprint of the one certificate that it trusts.
    Pin,
    /// The PEM of the CA that it trusts.
    Ca,
    /// How it signs in.
    Mechanism,
}

impl AccountField {
    /// Everything that an account holds, in the order of a file; the columns among them in the order of the report.
    pub const ALL: [Self; 23] = [
        Self::Shown(Column::Id),
        Self::Shown(Column::Name),
        Self::Shown(Column::Sender),
        Self::Shown(Column::Reply),
        Self::Shown(Column::ReturnPath),
        Self::Shown(Column::Confirmation),
        Self::Shown(Column::Enabled),
        Self::Shown(Column::Default),
        Self::Host,
        Self::Port,
        Self::Shown(Column::Security),
        Self::IgnoreCertificate,
        Self::Trust,
        Self::Pin,
        Self::Ca,
        Self::Shown(Column::ForceSettings),
        Self::Shown(Column::ReadReceipt),
        Self::Shown(Column::Footer),
        Self::Shown(Column::Credential),
        Self::Mechanism,
        Self::Shown(Column::Connector),
        Self::Shown(Column::TimeLimit),
        Self::Shown(Column::LastTest),
    ];

    /// The table: key, label, kind, width in a sheet, and what differs from most.
    const fn info(self) -> FieldInfo {
        use ColumnWidth as Width;
        use FieldKind as Kind;
        match self {
            Self::Shown(column) => match column {
                Column::Id => field("id", "ID", Kind::Id, 9).width(Width::Id),
                Column::Name => field("name", "Name", Kind::Name, 34).width(Width::Name).asked("Account name"),
                Column::Sender => field("sender", "Sender e-mail", Kind::Address, 34).asked("Sender e-mail"),
                Column::Reply => field("reply", "Reply e-mail", Kind::Address, 34).asked("Reply e-mail"),
                Column::ReturnPath => {
                    field("return_path", "Return e-mail", Kind::Address, 34).asked("Reply e-mail (Return-Path)")
                }
                Column::Confirmation => {
                    field("confirmation", "Confirmation mail", Kind::Address, 34).asked("Confirmation mail")
                }
                Column::Enabled => field("enabled", "Enabled", Kind::YesNo, 11).width(Width::Badge).asked("Enabled"),
                Column::Default => {
                    field("default", "Default", Kind::YesNo, 11).width(Width::Badge).asked("Default account")
                }
                Column::Security => field("security", "Secure connection", Kind::Security, 19)
                    .width(Width::Security)
                    .asked_by("safe_connection", "Use safe connection?")
                    .asked_by("tls_type", "Secure connection type"),
                Column::ForceSettings => field("force_settings", "Uses config", Kind::YesNo, 19)
                    .width(Width::YesNo)
                    .asked("Force settings use"),
                Column::ReadReceipt => {
                    field("read_receipt", "Read conf", Kind::YesNo, 19).width(Width::YesNo).asked("Send read receipt")
                }
                Column::Footer => {
                    field("footer", "Footer", Kind::YesNo, 11).width(Width::YesNo).asked("Enable footnote")
                }
                Column::Credential => field("credential", "Credential", Kind::Record, 24)
                    .width(Width::Record)
                    .hidden_by_default()
                    .asked_by("authentication", "User authentication")
                    .asked("Credential for authentication"),
                Column::Connector => field("connector", "Network connector", Kind::Record, 24)
                    .width(Width::Record)
                    .hidden_by_default()
                    .asked_by("use_connector", "Use network connector")
                    .asked("Network connector"),
                Column::TimeLimit => field("time_limit", "Own time limit", Kind::Seconds, 16)
                    .width(Width::Record)
                    .hidden_by_default()
                    .asked("Time limit"),
                Column::LastTest => field("last_test", "Last test", Kind::Test, 18).width(Width::Test).not_imported(),
            },
            Self::Host => field("host", "Host SMTP", Kind::Host, 34).asked("Host SMTP"),
            Self::Port => field("port", "Port", Kind::Port, 8).asked("Port"),
            Self::IgnoreCertificate => field("ignore_certificate", "Ignore certificate error", Kind::YesNo, 24)
                .asked("Ignore certificate error"),
            Self::Trust => field("trust", "Trusted certificates", Kind::Trust, 24).asked("Trusted certificates"),
            Self::Pin => field("pin", "Certificate's fingerprint", Kind::Text, 24).asked("Certificate’s fingerprint"),
            Self::Ca => field("ca", "CA's certificate", Kind::Text, 24).asked("CA’s certificate"),
            Self::Mechanism => field("mechanism", "Mechanism", Kind::Mechanism, 24).asked("Mechanism"),
        }
    }

    /// As JSON names it; of the report's columns, as the address does.
    pub const fn key(self) -> &'static str {
        self.info().key
    }

    /// As the head of the report and of a file names it.
    pub const fn label(self) -> &'static str {
        self.info().label
    }

    /// What it holds.
    pub const fn kind(self) -> FieldKind {
        self.info().kind
    }

    /// Its width in a sheet, in characters.
    pub const fn sheet_width(self) -> u16 {
        self.info().sheet_width
    }

    /// Whether an import takes it; else a file may have it all the same.
    pub const fn is_imported(self) -> bool {
        self.info().is_imported
    }

    /// The field of this key, which is also the address's name for it.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.key() == key)
    }

    /// What a column of a file is, whose head has its label or its key.
    pub fn from_head(head: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.label() == head || field.key() == head)
    }

    /// How the form asks for an answer, by the name of its field in the draft.
    pub fn question(name: &str) -> &'static str {
        let mut questions = Self::ALL.into_iter().flat_map(|field| field.info().questions).flatten();
        questions.find(|question| question.name == name).map_or("", |question| question.label)
    }
}

/// The column that a workbook has besides: the time of the last test.
pub const LAST_TEST_TIME: &str = "Last test (UTC)";

impl Column {
    /// In the order of the report.
    pub const ALL: [Self; Self::LastTest as usize + 1] = {
        let mut columns = [Self::Id; Self::LastTest as usize + 1];
        let (mut found, mut at) = (0, 0);
        while at < AccountField::ALL.len() {
            if let AccountField::Shown(column) = AccountField::ALL[at] {
                assert!(column as usize == found, "the fields have the columns in the order of the report");
                columns[found] = column;
                found += 1;
            }
            at += 1;
        }
        assert!(found == columns.len(), "each column is a field");
        columns
    };

    const fn info(self) -> FieldInfo {
        AccountField::Shown(self).info()
    }

    /// Whether it shows for a reader who chose nothing.
    pub const fn shows_by_itself(self) -> bool {
        self.info().shows_by_itself
    }

    /// As the address names it.
    pub const fn key(self) -> &'static str {
        self.info().key
    }

    /// As the report's head names it.
    pub const fn label(self) -> &'static str {
        self.info().label
    }

    /// What it holds.
    pub const fn kind(self) -> FieldKind {
        self.info().kind
    }

    /// How wide it is in the report.
    pub const fn width(self) -> ColumnWidth {
        self.info().width
    }

    /// The column of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.key() == key)
    }
}

impl ListColumn for Column {
    const ALL: &'static [Self] = &Self::ALL;

    fn key(self) -> &'static str {
        self.key()
    }

    fn label(self) -> &'static str {
        self.label()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_labels_name_one_field_each() {
        for field in AccountField::ALL {
            assert_eq!(AccountField::from_head(field.key()), Some(field));
            assert_eq!(AccountField::from_head(field.label()), Some(field));
        }
        for column in Column::ALL {
            assert_eq!(serde_json::to_value(column).expect("a word"), column.key());
        }
    }
}
