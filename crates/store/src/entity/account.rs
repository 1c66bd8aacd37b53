//! Table `accounts`: its columns, and what they hold of an account and of its fields.

use model::{
    Acceptance, Account, AccountField, AccountId, CaPem, CertificateCheck, ChangeId, Column as Shown,
    ConnectionSecurity, ConnectorId, CredentialId, EmailAddress, Fingerprint, Host, LastTest, Mechanism, Moment, Port,
    RecordName, SignIn, Stage, TestSendId, TimeLimit, Trust, text,
};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

/// An account. Columns that end in `_folded` are what searches and orders compare: see [`model::text::fold`].
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: AccountId,
    /// Unique, folded, among accounts that are not deleted.
    pub name: RecordName,
    /// Of `name`.
    pub name_folded: String,
    /// Whether anything may be sent through it.
    pub enabled: bool,
    /// At most one account has it.
    pub is_default: bool,
    /// The address in `From`.
    pub sender: EmailAddress,
    /// Of `sender`.
    pub sender_folded: String,
    /// The address in `Reply-To`.
    pub reply: EmailAddress,
    /// Of `reply`.
    pub reply_folded: String,
    /// The envelope sender.
    pub return_path: EmailAddress,
    /// Of `return_path`.
    pub return_path_folded: String,
    /// Where read receipts go.
    pub confirmation: EmailAddress,
    /// Of `confirmation`.
    pub confirmation_folded: String,
    /// Whether its addresses replace those that a program passes.
    pub force_settings: bool,
    /// Whether a read receipt is asked for.
    pub read_receipt: bool,
    /// Whether messages end with the footer.
    pub footer: bool,
    /// In ASCII (IDNA).
    pub host: Host,
    /// None for the usual port of `security`.
    pub port: Option<Port>,
    /// How the connection is encrypted.
    pub security: ConnectionSecurity,
    /// Whether a certificate that does not verify is taken all the same.
    pub ignore_certificate: bool,
    // Whom it trusts by itself: one of them, or neither.
    /// The one certificate that it trusts; not with `ca`.
    pub pin: Option<Fingerprint>,
    /// The CAs that it trusts besides those of the machine; not with `pin`.
    pub ca: Option<CaPem>,
    /// None without a sign-in.
    pub credential_id: Option<CredentialId>,
    /// The credential's name; empty without one.
    pub credential_folded: String,
    /// None for the strongest that the server offers, or without a sign-in.
    pub mechanism: Option<Mechanism>,
    /// None for a direct connection.
    pub connector_id: Option<ConnectorId>,
    /// The connector's name, folded; empty without one.
    pub connector_folded: String,
    /// How long its mail server is waited for at each step; NULL for the configured limits.
    pub time_limit: Option<TimeLimit>,
    /// Counts the saves: a form that was loaded from an older one is stale.
    pub version: i64,
    /// When it was first saved.
    pub created_at: Moment,
    /// When it was last saved.
    pub saved_at: Moment,
    /// Who saved it last: an e-mail address.
    pub saved_by: String,
    /// None while it is there.
    pub deleted_at: Option<Moment>,
    /// The change of several accounts that it was part of last; None once it was saved by itself.
    pub changed_in: Option<ChangeId>,
    // The newest test send, so that the report needs no second table. Testing is no save.
    /// The newest test; this and the next four are None where there is none.
    pub last_test_id: Option<TestSendId>,
    /// When that test began.
    pub last_test_at: Option<Moment>,
    /// Whether it was accepted; None while it runs.
    pub last_test_taken: Option<Acceptance>,
    /// How many stages it passed.
    pub last_test_passed: Option<i32>,
    /// The stage that failed, where one did.
    pub last_test_failed_at: Option<Stage>,
    /// The end of the certificate that its server showed last; None once it connects to another.
    pub certificate_until: Option<Moment>,
}

/// None: queries join tables by their columns.
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

/// The kinds of records that accounts refer to.
#[derive(Clone, Copy, Debug)]
pub enum ReferenceKind {
    /// The credentials that accounts sign in with.
    Credentials,
    /// The network connectors that accounts connect through.
    Connectors,
}

impl ReferenceKind {
    pub(crate) const fn column(self) -> Column {
        match self {
            Self::Credentials => Column::CredentialId,
            Self::Connectors => Column::ConnectorId,
        }
    }

    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Connectors => "connectors",
        }
    }
}

/// The names of the records that an account refers to; empty without one.
#[derive(Clone, Debug, Default)]
pub struct ReferenceNames {
    /// The credential's name.
    pub credential: String,
    /// The connector's name.
    pub connector: String,
}

impl ReferenceNames {
    pub(crate) fn of(&self, kind: ReferenceKind) -> &str {
        match kind {
            ReferenceKind::Credentials => &self.credential,
            ReferenceKind::Connectors => &self.connector,
        }
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
