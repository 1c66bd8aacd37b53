//! Table `accounts`: its columns, and what they hold of an account and of its fields.

use model::{
    Acceptance, Account, AccountField, AccountId, CaPem, CertificateCheck, ChangeId, Column as Shown,
    ConnectionSecurity, ConnectorId, CredentialId, EmailAddress, Fingerprint, Host, LastTest, Mechanism, Moment, Port,
    RecordName, SignIn, Stage, TestSendId, TimeLimit, Trust, text,
};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use crate::accounts::{ReferenceKind, ReferenceNames};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AccountId,
    pub name: RecordName,
    pub name_folded: String,
    pub enabled: bool,
    pub is_default: bool,
    pub sender: EmailAddress,
    pub sender_folded: String,
    pub reply: EmailAddress,
    pub reply_folded: String,
    pub return_path: EmailAddress,
    pub return_path_folded: String,
    pub confirmation: EmailAddress,
    pub confirmation_folded: String,
    pub force_settings: bool,
    pub read_receipt: bool,
    pub footer: bool,
    pub host: Host,
    pub port: Option<Port>,
    pub security: ConnectionSecurity,
    pub ignore_certificate: bool,
    // Whom it trusts by itself: one of them, or neither.
    pub pin: Option<Fingerprint>,
    pub ca: Option<CaPem>,
    pub credential_id: Option<CredentialId>,
    /// The credential's name; empty without one.
    pub credential_folded: String,
    pub mechanism: Option<Mechanism>,
    pub connector_id: Option<ConnectorId>,
    pub connector_folded: String,
    pub time_limit: Option<TimeLimit>,
    /// Counts the saves: a form that was loaded from an older one is stale.
    pub version: i64,
    pub created_at: Moment,
    pub saved_at: Moment,
    pub saved_by: String,
    pub deleted_at: Option<Moment>,
    /// The change of several accounts that it was part of last; None once it was saved by itself.
    pub changed_in: Option<ChangeId>,
    // The newest test send, so that the report needs no second table. Testing is no save.
    pub last_test_id: Option<TestSendId>,
    pub last_test_at: Option<Moment>,
    pub last_test_taken: Option<Acceptance>,
    pub last_test_passed: Option<i32>,
    pub last_test_failed_at: Option<Stage>,
    /// The end of the certificate that its server showed last; None once it connects to another.
    pub certificate_until: Option<Moment>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The account that the row holds.
    pub fn account(&self) -> Account {
        Account {
            name: self.name.clone(),
            enabled: self.enabled,
            default: self.is_default,
            sender: self.sender.clone(),
            reply: self.reply.clone(),
            return_path: self.return_path.clone(),
            confirmation: self.confirmation.clone(),
            force_settings: self.force_settings,
            read_receipt: self.read_receipt,
            footer: self.footer,
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            certificates: if self.ignore_certificate { CertificateCheck::Ignore } else { CertificateCheck::Verify },
            trust: match (&self.pin, &self.ca) {
                (Some(pin), _) => Trust::Certificate(pin.clone()),
                (None, Some(ca)) => Trust::Ca(ca.clone()),
                (None, None) => Trust::Machine,
            },
            sign_in: self.credential_id.map(|credential| SignIn { credential, mechanism: self.mechanism }),
            connector: self.connector_id,
            time_limit: self.time_limit,
        }
    }

    /// The newest test, as it is written.
    pub fn last_test(&self) -> Option<LastTest> {
        let Self { last_test_id, last_test_at, last_test_taken, last_test_passed, last_test_failed_at, .. } = *self;
        stored_test(last_test_id, last_test_at, last_test_taken, last_test_passed, last_test_failed_at)
    }
}

/// The test that these columns hold.
pub(crate) fn stored_test(
    id: Option<TestSendId>,
    at: Option<Moment>,
    taken: Option<Acceptance>,
    passed: Option<i32>,
    failed_at: Option<Stage>,
) -> Option<LastTest> {
    let passed = passed.and_then(|passed| u8::try_from(passed).ok()).unwrap_or(0);
    Some(LastTest { id: id?, at: at?, taken, passed, failed_at })
}

impl ActiveModel {
    pub(crate) fn set_account(&mut self, account: &Account, names: &ReferenceNames) {
        let Account {
            name,
            enabled,
            default: _, // decided by the rules, between accounts
            sender,
            reply,
            return_path,
            confirmation,
            force_settings,
            read_receipt,
            footer,
            host,
            port,
            security,
            certificates,
            trust,
            sign_in,
            connector,
            time_limit,
        } = account;
        self.set_name(name);
        self.enabled = Set(*enabled);
        self.sender = Set(sender.clone());
        self.sender_folded = Set(text::fold(sender.as_str()));
        self.reply = Set(reply.clone());
        self.reply_folded = Set(text::fold(reply.as_str()));
        self.return_path = Set(return_path.clone());
        self.return_path_folded = Set(text::fold(return_path.as_str()));
        self.confirmation = Set(confirmation.clone());
        self.confirmation_folded = Set(text::fold(confirmation.as_str()));
        self.force_settings = Set(*force_settings);
        self.read_receipt = Set(*read_receipt);
        self.footer = Set(*footer);
        self.host = Set(host.clone());
        self.port = Set(*port);
        self.security = Set(*security);
        self.ignore_certificate = Set(*certificates == CertificateCheck::Ignore);
        let (pin, ca) = match trust {
            Trust::Machine => (None, None),
            Trust::Certificate(pin) => (Some(pin.clone()), None),
            Trust::Ca(ca) => (None, Some(ca.clone())),
        };
        self.pin = Set(pin);
        self.ca = Set(ca);
        let (credential, mechanism) = match sign_in {
            None => (None, None),
            Some(SignIn { credential, mechanism }) => (Some(*credential), *mechanism),
        };
        self.credential_id = Set(credential);
        self.mechanism = Set(mechanism);
        self.connector_id = Set(*connector);
        self.time_limit = Set(*time_limit);
        self.credential_folded = Set(text::fold(&names.credential));
        self.connector_folded = Set(text::fold(&names.connector));
    }

    pub(crate) fn set_name(&mut self, name: &RecordName) {
        self.name = Set(name.clone());
        self.name_folded = Set(text::fold(name.as_str()));
    }
}

/// What the cell of a field is made of.
pub(crate) enum Stored {
    Columns(&'static [Column]),
    /// The name of a record that the account points at.
    Name(ReferenceKind),
}

pub(crate) const fn stored(field: AccountField) -> Stored {
    use Stored::Columns;
    match field {
        AccountField::Shown(column) => match column {
            Shown::Id => Columns(&[Column::Id]),
            Shown::Name => Columns(&[Column::Name]),
            Shown::Sender => Columns(&[Column::Sender]),
            Shown::Reply => Columns(&[Column::Reply]),
            Shown::ReturnPath => Columns(&[Column::ReturnPath]),
            Shown::Confirmation => Columns(&[Column::Confirmation]),
            Shown::Enabled => Columns(&[Column::Enabled]),
            Shown::Default => Columns(&[Column::IsDefault]),
            Shown::Security => Columns(&[Column::Security]),
            Shown::ForceSettings => Columns(&[Column::ForceSettings]),
            Shown::ReadReceipt => Columns(&[Column::ReadReceipt]),
            Shown::Footer => Columns(&[Column::Footer]),
            Shown::Credential => Stored::Name(ReferenceKind::Credentials),
            Shown::Connector => Stored::Name(ReferenceKind::Connectors),
            Shown::TimeLimit => Columns(&[Column::TimeLimit]),
            Shown::LastTest => Columns(&[
                Column::LastTestId,
                Column::LastTestAt,
                Column::LastTestTaken,
                Column::LastTestPassed,
                Column::LastTestFailedAt,
            ]),
        },
        AccountField::Host => Columns(&[Column::Host]),
        AccountField::Port => Columns(&[Column::Port]),
        AccountField::IgnoreCertificate => Columns(&[Column::IgnoreCertificate]),
        AccountField::Trust => Columns(&[Column::Pin, Column::Ca]),
        AccountField::Pin => Columns(&[Column::Pin]),
        AccountField::Ca => Columns(&[Column::Ca]),
        AccountField::Mechanism => Columns(&[Column::CredentialId, Column::Mechanism]),
    }
}

/// What a column of the report sorts by: texts by their folded copies.
pub(crate) const fn sorted_by(column: Shown) -> Column {
    match column {
        Shown::Id => Column::Id,
        Shown::Name => Column::NameFolded,
        Shown::Sender => Column::SenderFolded,
        Shown::Reply => Column::ReplyFolded,
        Shown::ReturnPath => Column::ReturnPathFolded,
        Shown::Confirmation => Column::ConfirmationFolded,
        Shown::Enabled => Column::Enabled,
        Shown::Default => Column::IsDefault,
        Shown::Security => Column::Security,
        Shown::ForceSettings => Column::ForceSettings,
        Shown::ReadReceipt => Column::ReadReceipt,
        Shown::Footer => Column::Footer,
        Shown::Credential => Column::CredentialFolded,
        Shown::Connector => Column::ConnectorFolded,
        Shown::TimeLimit => Column::TimeLimit,
        Shown::LastTest => Column::LastTestAt,
    }
}
