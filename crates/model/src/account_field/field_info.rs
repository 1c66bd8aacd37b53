//! What the table of an account's fields says of each.

/// What a field holds: by this it is read, shown, written and typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// The account's number.
    Id,
    /// The account's name.
    Name,
    /// An e-mail address.
    Address,
    /// Yes or No.
    YesNo,
    /// A host name or an address.
    Host,
    /// A number; nothing stands for the usual one.
    Port,
    /// A time limit in seconds; nothing stands for the configured one.
    Seconds,
    /// The word for how the connection is encrypted.
    Security,
    /// The word for whom the account trusts by itself.
    Trust,
    /// The word for how it signs in.
    Mechanism,
    /// Any other text.
    Text,
    /// The name of a record that the account points at.
    Record,
    /// The newest test.
    Test,
}

/// The width of a column of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnWidth {
    /// Of a number.
    Id,
    /// Of a name that links to its record.
    Name,
    /// Yes or No, one of them as a badge.
    Badge,
    /// Of Yes or No in plain text.
    YesNo,
    /// Of No, TLS or SSL.
    Security,
    /// Of the name of another record.
    Record,
    /// Of a test's outcome and time.
    Test,
    /// As wide as there is room.
    Flexible,
}

/// How the form asks for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Of the field of [`AccountDraft`](crate::AccountDraft).
    pub name: &'static str,
    pub label: &'static str,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    pub key: &'static str,
    pub label: &'static str,
    pub kind: FieldKind,
    /// In characters.
    pub sheet_width: u16,
    pub width: ColumnWidth,
    pub shows_by_itself: bool,
    pub is_imported: bool,
    pub questions: [Option<Question>; 2],
}

/// A field that shows by itself where it is a column, and that an import reads.
pub const fn field(key: &'static str, label: &'static str, kind: FieldKind, sheet_width: u16) -> FieldInfo {
    FieldInfo {
        key,
        label,
        kind,
        sheet_width,
        width: ColumnWidth::Flexible,
        shows_by_itself: true,
        is_imported: true,
        questions: [None; 2],
    }
}

impl FieldInfo {
    pub const fn width(self, width: ColumnWidth) -> Self {
        Self { width, ..self }
    }

    /// It shows only where a reader chose it.
    pub const fn hidden_by_default(self) -> Self {
        Self { shows_by_itself: false, ..self }
    }

    /// An import reads past it.
    pub const fn not_imported(self) -> Self {
        Self { is_imported: false, ..self }
    }

    pub const fn asked(self, label: &'static str) -> Self {
        self.asked_by(self.key, label)
    }

    /// By another field of the draft than that of its key, or by two.
    pub const fn asked_by(self, name: &'static str, label: &'static str) -> Self {
        let question = Some(Question { name, label });
        let questions = match self.questions {
            [None, _] => [question, None],
            [first, _] => [first, question],
        };
        Self { questions, ..self }
    }
}
