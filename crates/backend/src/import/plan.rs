//! What an import means for each account: decided as a whole, before anything is written.

use std::collections::HashMap;

use model::{
    Account, AccountDraft, AccountField, AccountId, Actor, ChangeId, Column, DefaultMoved, Difference, FieldErrors,
    Imported, ImportedRow, Moment, NAME_CHARACTERS, Outcome, RowError, YesNo, text,
};
use store::accounts::{self, AccountChange, Record, ReferenceNames};
use store::audit::{Action, Event, Resource};
use store::changes::{self, StoredChangeKind};
use store::{StoreError, Transaction, WriteTx, imported};

use super::cells::{Known, type_into, word};
use super::table::{Row, Table, shortened};
use super::undo::previous;
use crate::accounts::{name_taken, parse, references};

/// A row, and what it would make of its account.
struct Planned<'a> {
    row: &'a Row,
    /// The account that is there already.
    record: Option<Record>,
    /// None where the row breaks a rule of the form.
    wanted: Option<(Account, ReferenceNames)>,
    errors: FieldErrors,
}

pub struct Plan<'a> {
    table: &'a Table,
    known: &'a Known,
    rows: Vec<Planned<'a>>,
    /// The account that has the mark now.
    default: Option<Record>,
    /// It loses the mark.
    default_goes: bool,
    default_moved: Option<DefaultMoved>,
}

const DEFAULT: AccountField = AccountField::Shown(Column::Default);

impl<'a> Plan<'a> {
    pub async fn of(tx: &Transaction, table: &'a Table, known: &'a Known) -> Result<Self, StoreError> {
        let ids: Vec<_> = table.rows.iter().filter_map(|row| row.id().ok().flatten()).collect();
        let by_id: HashMap<_, _> =
            accounts::find_some(tx, &ids).await?.into_iter().map(|record| (record.id, record)).collect();
        let names: Vec<_> = table.rows.iter().filter_map(|row| row.get(NAME)).filter_map(folded).collect();
        let by_name: HashMap<_, _> = accounts::find_named(tx, &names)
            .await?
            .into_iter()
            .map(|record| (record.name_folded.clone(), record))
            .collect();
        let moves_default = table.rows.iter().any(says_default);
        let mut seen = Seen::default();
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let mut errors = FieldErrors::default();
            for fault in &row.faults {
                errors.push(fault.field.key(), fault.message);
            }
            let record = match row.id() {
                Err(message) => {
                    errors.push("id", message);
                    None
                }
                Ok(Some(id)) => {
                    let found = by_id.get(&id).cloned();
                    if found.is_none() {
                        errors.push("id", format!("There is no account {id}. Leave ID empty to register a new one."));
                    }
                    found
                }
                Ok(None) => row.get(NAME).and_then(folded).and_then(|name| by_name.get(&name)).cloned(),
            };
            let mut planned = Planned { row, record, wanted: None, errors };
            if planned.errors.is_empty() {
                planned.parse(known, moves_default)?;
                planned.compare(table, &by_name, &mut seen);
            }
            rows.push(planned);
        }
        let default = accounts::find_default(tx).await?;
        let mut plan = Self { table, known, rows, default, default_goes: false, default_moved: None };
        // Of rows that are half understood nothing can be said about the default.
        if plan.rows.iter().all(|planned| planned.errors.is_empty()) {
            plan.choose_default(accounts::count_enabled(tx).await?);
        }
        Ok(plan)
    }

    /// Where the mark of the default goes, by the rules of the form for the state that is wanted as a whole.
    fn choose_default(&mut self, enabled_now: u64) {
        let says_so = |planned: &&mut Planned<'_>| says_default(planned.row);
        let mut claims = self.rows.iter_mut().filter(says_so);
        let claimed = claims.next().map(|first| self.table.place(first.row));
        if let Some(first) = &claimed {
            for other in claims {
                other.errors.push(DEFAULT.key(), format!("{first} is the default as well. Answer No in one of them."));
            }
        }
        let is_it = |record: &Option<Record>, planned: &Planned<'_>| {
            record.as_ref().is_some_and(|record| planned.record.as_ref().is_some_and(|it| it.id == record.id))
        };
        let holder = self.rows.iter().position(|planned| is_it(&self.default, planned));
        let chosen = match (self.rows.iter().position(|planned| says_default(planned.row)), &self.default, holder) {
            (Some(claim), ..) => Some(claim),
            // No account is enabled so far: the first one that is becomes it.
            (None, None, _) => self.rows.iter().position(Planned::is_enabled),
            (None, Some(_), None) => return,
            (None, Some(_), Some(holder)) => {
                let others = self.others_enabled(holder, enabled_now);
                let planned = &mut self.rows[holder];
                let says_no = planned.wanted.as_ref().is_some_and(|(account, _)| !account.default);
                if others && (says_no || !planned.is_enabled()) {
                    let field = if planned.is_enabled() { DEFAULT.key() } else { "enabled" };
                    planned.errors.push(field, "This is the default. Make another account the default first.");
                }
                planned.is_enabled().then_some(holder)
            }
        };
        self.default_goes = self.default.is_some() && chosen != holder;
        for (number, planned) in self.rows.iter_mut().enumerate() {
            if let Some((account, _)) = &mut planned.wanted {
                account.default = chosen == Some(number);
            }
        }
        if let Some(chosen) = chosen.filter(|chosen| holder != Some(*chosen)) {
            let to = self.rows[chosen].name();
            self.default_moved =
                Some(DefaultMoved { to, from: self.default.as_ref().map(|record| record.name.to_string()) });
        }
    }

    /// Whether an account other than that of this row is enabled in the end.
    fn others_enabled(&self, but: usize, enabled_now: u64) -> bool {
        let in_file = self.rows.iter().filter(|planned| planned.record.as_ref().is_some_and(|record| record.enabled));
        let elsewhere = enabled_now.saturating_sub(in_file.count() as u64);
        let others = self.rows.iter().enumerate().filter(|(number, planned)| *number != but && planned.is_enabled());
        elsewhere + others.count() as u64 > 0
    }

    /// The report, a row each.
    pub fn told(&self) -> Imported {
        let rows = self.rows.iter().map(|planned| ImportedRow {
            place: self.table.place(planned.row),
            name: planned.name(),
            outcome: planned.outcome(self.known),
        });
        Imported {
            rows: rows.collect(),
            ignored: self.table.ignored.iter().map(|label| (*label).to_owned()).collect(),
            notes: self.table.notes.clone(),
            default_moved: self.default_moved.clone(),
            undo: None,
        }
    }

    /// Writes what changes, if anything does, and keeps what it was. There is one default at any time: who loses the
    /// mark comes first.
    pub async fn write(self, tx: &WriteTx, actor: &Actor, at: Moment) -> Result<Option<ChangeId>, StoreError> {
        let Self { known, mut rows, default, default_goes, .. } = self;
        let is_changed =
            |planned: &Planned<'_>| matches!(planned.outcome(known), Outcome::Created | Outcome::Changed(_));
        if !rows.iter().any(&is_changed) {
            return Ok(None);
        }
        let was_default = default.as_ref().filter(|_| default_goes).map(|record| record.id);
        let made = changes::begin(tx, StoredChangeKind::Import, was_default, actor, at).await?;
        let mut kept = Vec::new();
        if let Some(default) = default.filter(|_| default_goes) {
            let loses = |planned: &Planned<'_>| planned.record.as_ref().is_some_and(|record| record.id == default.id);
            match rows.iter().position(loses) {
                Some(first) => rows[..=first].rotate_right(1),
                None => {
                    accounts::change(tx, Some(default), AccountChange::LoseDefault, actor, at).await?;
                }
            }
        }
        for planned in rows {
            if !is_changed(&planned) {
                continue;
            }
            if let Some((account, names)) = planned.wanted {
                let previous = planned.record.as_ref().map(previous).transpose()?;
                let change = AccountChange::Save { account: &account, names: &names, is_default: account.default };
                let saved = accounts::change(tx, planned.record, change, actor, at).await?;
                kept.push(imported::ImportedAccount { account: saved.id, version: saved.version, previous });
            }
        }
        let id = made.id;
        let event = Event::by(actor, Action::Import).on(Resource::Change(id));
        tx.audit_as_one(event.detail(format_args!("accounts: {}", kept.len())));
        changes::counted(tx, made, kept.len() as u64).await?;
        imported::keep(tx, id, kept).await?;
        Ok(Some(id))
    }
}

const NAME: AccountField = AccountField::Shown(Column::Name);

/// None where it is longer than any name.
fn folded(name: &str) -> Option<String> {
    let name = name.trim();
    let is_name = name.char_indices().nth(NAME_CHARACTERS).is_none();
    is_name.then(|| text::fold(name))
}

fn says_default(row: &Row) -> bool {
    row.get(DEFAULT).is_some_and(|cell| text::fold(cell.trim()) == text::fold(YesNo::Yes.label()))
}

/// Where an account, or a name, stood before in the file.
#[derive(Default)]
struct Seen {
    ids: HashMap<AccountId, String>,
    names: HashMap<String, String>,
}

impl Planned<'_> {
    /// The rules of one account, and of what it points at.
    fn parse(&mut self, known: &Known, moves_default: bool) -> Result<(), StoreError> {
        let present = self.record.as_ref().map(Record::account);
        let is_new = present.is_none();
        let mut draft = present.as_ref().map(AccountDraft::of).unwrap_or_default();
        if moves_default && !says_default(self.row) {
            draft.default = YesNo::No;
        }
        type_into(&mut draft, self.row, known, &mut self.errors);
        if is_new && self.row.get(AccountField::Shown(Column::Credential)).is_none() {
            let text = "A new account needs this column. Leave its cell empty where the account does not sign in.";
            self.errors.push("credential", text);
        }
        match parse(&draft) {
            Ok(account) => {
                let (credential, connector) = (known.credential_of(&account), known.connector_of(&account));
                let mut refused = FieldErrors::default();
                let names = references::permitted(&account, credential, connector, &mut refused)?;
                // What stays as it is needs no new permission; being the default is none of a credential's business.
                let stays = present.is_some_and(|present| Account { default: account.default, ..present } == account);
                if !stays {
                    self.errors.0.extend(refused.0);
                }
                self.wanted = Some((account, names));
            }
            Err(errors) => {
                let more = errors.0.into_iter().filter(|error| self.errors.get(&error.field).is_none());
                let more: Vec<_> = more.collect();
                self.errors.0.extend(more);
            }
        }
        Ok(())
    }

    /// What may stand once alone, in the file and among all accounts.
    fn compare(&mut self, table: &Table, by_name: &HashMap<String, Record>, seen: &mut Seen) {
        let place = table.place(self.row);
        let id = self.record.as_ref().map(|record| record.id);
        if let Some(id) = id
            && let Some(before) = seen.ids.insert(id, place.clone())
        {
            let field = if self.row.id() == Ok(None) { NAME.key() } else { "id" };
            self.errors.push(field, format!("{before} is the same account. Take one of them out."));
            return;
        }
        let Some((account, _)) = &self.wanted else {
            return;
        };
        let name = text::fold(account.name.as_str());
        if by_name.get(&name).is_some_and(|other| Some(other.id) != id) {
            self.errors.push(NAME.key(), name_taken(&account.name));
        } else if let Some(before) = seen.names.insert(name, place) {
            self.errors.push(NAME.key(), format!("{before} has the same name. Choose another name."));
        }
    }

    fn is_enabled(&self) -> bool {
        self.wanted.as_ref().is_some_and(|(account, _)| account.enabled)
    }

    fn name(&self) -> String {
        match (&self.wanted, &self.record) {
            (Some((account, _)), _) => account.name.to_string(),
            (None, Some(record)) => record.name.to_string(),
            (None, None) => shortened(self.row.get(NAME).unwrap_or_default().trim()),
        }
    }

    fn outcome(&self, known: &Known) -> Outcome {
        let Some((wanted, names)) = self.wanted.as_ref().filter(|_| self.errors.is_empty()) else {
            let error = |error: &model::FieldError| RowError {
                column: AccountField::from_key(&error.field).map_or("", AccountField::label).to_owned(),
                message: error.message.clone(),
            };
            return Outcome::Refused(self.errors.0.iter().map(error).collect());
        };
        let Some(record) = &self.record else {
            return Outcome::Created;
        };
        let present = record.account();
        if present == *wanted {
            return Outcome::Unchanged;
        }
        let (mut before, mut after) = (AccountDraft::of(&present), AccountDraft::of(wanted));
        let known_names = known.names_of(record);
        let differ = |field: AccountField| {
            let (theirs, mine) = (word(before.answer(field), &known_names), word(after.answer(field), names));
            let (field, label) = (field.key().into(), field.label().into());
            (mine != theirs).then_some(Difference { field, label, mine, theirs })
        };
        Outcome::Changed(AccountField::ALL.into_iter().filter_map(differ).collect())
    }
}

impl Known {
    /// What an account points at is called.
    fn names_of(&self, record: &Record) -> ReferenceNames {
        let credential = self.credentials.values().find(|known| Some(known.id) == record.credential_id);
        let connector = self.connectors.values().find(|known| Some(known.id) == record.connector_id);
        ReferenceNames {
            credential: credential.map(|known| known.name.to_string()).unwrap_or_default(),
            connector: connector.map(|known| known.name.to_string()).unwrap_or_default(),
        }
    }
}
