//! One SMTP account as the report lists it, and a page of them.

use serde::{Deserialize, Serialize};

use crate::moment::MINUTE;
use crate::{Acceptance, AccountId, Cell, Column, ConnectionSecurity, Host, Moment, PageSize, Port, Stage, TestSendId};

/// One row of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The account's number.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Whether anything may be sent through it.
    pub enabled: bool,
    /// Whether it is the default account.
    pub default: bool,
    /// How its connection is encrypted.
    pub security: ConnectionSecurity,
    /// Whether certificate errors are ignored.
    pub ignore_certificate: bool,
    /// The mail server, in ASCII (IDNA).
    pub host: Host,
    /// None for the usual port.
    pub port: Option<Port>,
    /// None where it was never tested.
    pub last_test: Option<LastTest>,
    /// What works today and soon will not, in a few words each.
    pub warnings: Vec<String>,
    /// Where the texts that were searched for stand.
    pub marks: Highlights,
    /// What the columns say, in the order of [`Column::ALL`].
    pub cells: Vec<Cell<'static>>,
}

impl AccountRow {
    /// What a column says.
    pub fn cell(&self, column: Column) -> &Cell<'static> {
        self.cells.get(column as usize).unwrap_or(&Cell::Nothing)
    }

    /// Where it connects: the host, and the port where that is not the usual one.
    pub fn server(&self) -> String {
        match self.port {
            Some(port) if port.get() != self.security.usual_port() => self.host.with_port(port.get()),
            _ => self.host.to_string(),
        }
    }

    /// How the connection is protected, under the answer to Secure connection.
    pub const fn protection(&self) -> &'static str {
        match (self.security, self.ignore_certificate) {
            (ConnectionSecurity::None, _) => "clear text",
            (_, true) => "unchecked",
            (ConnectionSecurity::StartTls, false) => "STARTTLS",
            (ConnectionSecurity::ImplicitTls, false) => "implicit TLS",
        }
    }
}

/// Where the filters' texts stand in a row's values: ranges of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Highlights(pub Vec<(Column, (usize, usize))>);

impl Highlights {
    /// The bytes of the column's text that match, from the first to behind the last; None where nothing was searched
    /// for.
    pub fn of(&self, column: Column) -> Option<(usize, usize)> {
        self.0.iter().find(|(marked, _)| *marked == column).map(|(_, range)| *range)
    }
}

/// The newest test send of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTest {
    /// The test's number.
    pub id: TestSendId,
    /// When it began.
    pub at: Moment,
    /// None while it runs.
    pub taken: Option<Acceptance>,
    /// The stages passed, in order, and the one where it ended.
    pub passed: u8,
    /// The stage that failed, where one did.
    pub failed_at: Option<Stage>,
}

/// Longer than any test that a server answers at all, in microseconds: one that is slow at several stages can take a
/// minute or more at each, and five after the message.
const LONGEST_TEST: i64 = 15 * MINUTE;

impl LastTest {
    /// As it is to be shown: one whose server was stopped meanwhile counts as not known.
    pub fn ended(self, now: Moment) -> Self {
        let taken = match self.taken {
            None if self.at < Self::oldest_running(now) => Some(Acceptance::Unknown),
            taken => taken,
        };
        Self { taken, ..self }
    }

    /// A test that began before this has ended, whatever is stored: its server was stopped.
    pub fn oldest_running(now: Moment) -> Moment {
        now.minus(LONGEST_TEST)
    }
}

/// One page of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountPage {
    /// The accounts of this page.
    pub rows: Vec<AccountRow>,
    /// Accounts that match.
    pub matching: u64,
    /// All accounts.
    pub total: u64,
    /// The page that is shown, from 1: the last one where the address asked for more.
    pub page: u64,
    /// How many pages there are; at least 1.
    pub pages: u64,
    /// How many rows a full page has.
    pub page_size: PageSize,
    /// The columns that are shown, in order.
    pub columns: Vec<Column>,
}
