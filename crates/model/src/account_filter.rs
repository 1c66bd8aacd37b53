//! What the report "SMTP configuration" is asked for.

use serde::{Deserialize, Serialize};

use crate::filter::{yes_no, yes_no_from};
use crate::{Column, Filter, FilterField, FilterInput, FilterKey, PageSize, Sort};

/// Numbers in the filter ID.
const IDS_AT_MOST: usize = 1_000;

/// The search fields of the report "SMTP configuration", with order and page. Texts are as they were typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountFilter {
    /// Whole numbers separated by commas.
    pub id: String,
    /// A part of the name.
    pub name: String,
    /// A part of the sender's address.
    pub sender: String,
    /// A part of the reply address.
    pub reply: String,
    /// A part of the envelope sender.
    pub return_path: String,
    /// A part of the address for read receipts.
    pub confirmation: String,
    /// The credential's name.
    pub credential: String,
    /// The network connector's name.
    pub connector: String,
    /// Certificate errors are ignored.
    pub ignores_errors: Option<bool>,
    /// Enabled or disabled accounts alone; None for both.
    pub enabled: Option<bool>,
    /// The column and the direction; by default ascending ID.
    pub sort: Sort,
    /// From 1.
    pub page: u64,
    /// None means: as the reader chose.
    pub page_size: Option<PageSize>,
    /// None means: as the reader chose.
    pub columns: Option<Vec<Column>>,
}

impl Default for AccountFilter {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            sender: String::new(),
            reply: String::new(),
            return_path: String::new(),
            confirmation: String::new(),
            credential: String::new(),
            connector: String::new(),
            ignores_errors: None,
            enabled: None,
            sort: Sort::default(),
            page: 1,
            page_size: None,
            columns: None,
        }
    }
}

/// What the report can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountFilterKey {
    /// One of these numbers.
    Id,
    /// The account's name.
    Name,
    /// The address in `From`.
    Sender,
    /// The address in `Reply-To`.
    Reply,
    /// The envelope sender.
    ReturnPath,
    /// Where read receipts go.
    Confirmation,
    /// The name of the credential.
    Credential,
    /// The name of the network connector.
    Connector,
    /// Whether it is enabled.
    Enabled,
    /// Whether certificate errors are ignored.
    IgnoresErrors,
}

impl FilterKey for AccountFilterKey {
    const ALL: &'static [Self] = &[
        Self::Id,
        Self::Name,
        Self::Sender,
        Self::Reply,
        Self::ReturnPath,
        Self::Confirmation,
        Self::Credential,
        Self::Connector,
        Self::Enabled,
        Self::IgnoresErrors,
    ];

    fn field(self) -> FilterField {
        match self {
            Self::Id => FilterField::new("id", "ID", FilterInput::Numbers),
            Self::Name => FilterField::text("name", "Name"),
            Self::Sender => FilterField::text("sender", "Sender e-mail").behind_more(),
            Self::Reply => FilterField::text("reply", "Reply e-mail").behind_more(),
            Self::ReturnPath => FilterField::text("return_path", "Return e-mail").behind_more(),
            Self::Confirmation => FilterField::text("confirmation", "Confirmation e-mail").behind_more(),
            Self::Credential => FilterField::text("credential", "Credential").behind_more(),
            Self::Connector => FilterField::text("connector", "Network connector").behind_more(),
            Self::Enabled => FilterField::new("enabled", "Enabled", FilterInput::YES_NO),
            Self::IgnoresErrors => {
                FilterField::new("ignores_errors", "Ignore certificate error", FilterInput::YES_NO).behind_more()
            }
        }
    }
}

impl Filter for AccountFilter {
    type Key = AccountFilterKey;
    type Column = Column;

    fn value(&self, key: AccountFilterKey) -> &str {
        match key {
            AccountFilterKey::Id => &self.id,
            AccountFilterKey::Name => &self.name,
            AccountFilterKey::Sender => &self.sender,
            AccountFilterKey::Reply => &self.reply,
            AccountFilterKey::ReturnPath => &self.return_path,
            AccountFilterKey::Confirmation => &self.confirmation,
            AccountFilterKey::Credential => &self.credential,
            AccountFilterKey::Connector => &self.connector,
            AccountFilterKey::Enabled => yes_no(self.enabled),
            AccountFilterKey::IgnoresErrors => yes_no(self.ignores_errors),
        }
    }

    /// The ID is kept as typed, so that its message can be shown.
    fn set(&mut self, key: AccountFilterKey, value: &str) {
        let text = match key {
            AccountFilterKey::Id => &mut self.id,
            AccountFilterKey::Name => &mut self.name,
            AccountFilterKey::Sender => &mut self.sender,
            AccountFilterKey::Reply => &mut self.reply,
            AccountFilterKey::ReturnPath => &mut self.return_path,
            AccountFilterKey::Confirmation => &mut self.confirmation,
            AccountFilterKey::Credential => &mut self.credential,
            AccountFilterKey::Connector => &mut self.connector,
            AccountFilterKey::Enabled => return self.enabled = yes_no_from(value),
            AccountFilterKey::IgnoresErrors => return self.ignores_errors = yes_no_from(value),
        };
        value.clone_into(text);
    }

    fn sort(&self) -> Sort {
        self.sort
    }

    fn page(&self) -> u64 {
        self.page
    }

    fn set_order(&mut self, sort: Sort, page: u64) {
        (self.sort, self.page) = (sort, page);
    }

    fn look(&self) -> Vec<(&'static str, String)> {
        let size = self.page_size.map(|size| ("page_size", size.rows().to_string()));
        let keys = |shown: &[Column]| shown.iter().map(|column| column.key()).collect::<Vec<_>>().join(",");
        size.into_iter().chain(self.columns.as_deref().map(|shown| ("columns", keys(shown)))).collect()
    }

    fn set_look(&mut self, key: &str, value: &str) {
        match key {
            "page_size" => self.page_size = PageSize::from_key(value),
            "columns" => self.columns = columns_from_key(value),
            _ => {}
        }
    }

    fn error(&self, key: AccountFilterKey) -> Option<String> {
        if key == AccountFilterKey::Id { self.ids().err() } else { None }
    }
}

impl AccountFilter {
    /// The wanted IDs; empty means all. A list whose ID cannot be understood is shown without it.
    pub fn ids(&self) -> Result<Vec<i64>, String> {
        let wrong = || "ID takes whole numbers, separated by commas.".to_owned();
        let parts = self.id.split(',').map(str::trim).filter(|part| !part.is_empty());
        let number = |part: &str| {
            if part.bytes().all(|b| b.is_ascii_digit()) {
                part.parse::<i64>().map_err(|_| wrong())
            } else {
                Err(wrong())
            }
        };
        let ids = parts.map(number).collect::<Result<Vec<_>, _>>()?;
        match ids.len() {
            0 if !self.id.trim().is_empty() => Err(wrong()),
            0..=IDS_AT_MOST => Ok(ids),
            _ => Err(format!("ID takes at most {IDS_AT_MOST} numbers.")),
        }
    }

    /// The list in words, as a print says it: "Name contains “nord”; by Name".
    pub fn in_words(&self) -> String {
        let chips: Vec<_> = self.chips().into_iter().map(|chip| format!("{} “{}”", chip.label, chip.value)).collect();
        let filters = if chips.is_empty() { "All accounts".to_owned() } else { chips.join(", ") };
        format!("{filters}; by {}", self.sort.in_words())
    }
}

/// In the report's order, with Name, which is never left out. None of them known means: not said.
fn columns_from_key(keys: &str) -> Option<Vec<Column>> {
    let named: Vec<_> = keys.split(',').filter_map(Column::from_key).collect();
    (!named.is_empty()).then(|| shown_columns(&named))
}

/// The chosen columns in the report's order, with Name.
pub fn shown_columns(chosen: &[Column]) -> Vec<Column> {
    Column::ALL.into_iter().filter(|column| *column == Column::Name || chosen.contains(column)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_one_short_address_and_comes_back_from_it() {
        let check = |query: &str, short: &str| {
            let filter = AccountFilter::from_query(query);
            assert_eq!(filter.to_query(), short, "{query}");
            assert_eq!(AccountFilter::from_query(short), filter, "{query}");
        };
        check("", "");
        check("?id=&name=&sender=&enabled=&sort=id&page=1", "");
        check("?sender=ops", "sender=ops");
        check("name=%20nord%20havn%20", "name=nord+havn");
        check("enabled=Yes&name=a", "name=a&enabled=Yes");
        check("enabled=maybe&sort=nothing&page=0&page_size=7&columns=x", "");
        check("sort=-last_test&page=3&page_size=50", "sort=-last_test&page=3&page_size=50");
        check("columns=footer,id", "columns=id%2Cname%2Cfooter");
        check("name=100%25_%5C%26", "name=100%25_%5C%26");
        check("name=%D0%9D%D0%BE", "name=%D0%9D%D0%BE");
        check("id=1,2", "id=1%2C2");
        check("ignores_errors=Yes&connector=dmz&credential=relay", "credential=relay&connector=dmz&ignores_errors=Yes");
    }

    #[test]
    fn ids_are_whole_numbers_or_a_message() {
        let ids = |typed: &str| AccountFilter { id: typed.to_owned(), ..AccountFilter::default() }.ids();
        assert_eq!(ids(""), Ok(vec![]));
        assert_eq!(ids(" 3, 7,12 ,"), Ok(vec![3, 7, 12]));
        for typed in ["abc", "1;2", "-1", "1.5", "1,x", "99999999999999999999", ","] {
            assert_eq!(ids(typed), Err("ID takes whole numbers, separated by commas.".to_owned()), "{typed}");
        }
        assert_eq!(ids(&vec!["7"; 1_000].join(",")), Ok(vec![7; 1_000]));
        assert_eq!(ids(&vec!["7"; 1_001].join(",")), Err("ID takes at most 1000 numbers.".to_owned()));
    }

    #[test]
    fn each_active_filter_is_a_chip_that_can_be_taken_off() {
        let filter =
            AccountFilter::from_query("id=3&name=nord&confirmation=x&enabled=No&ignores_errors=Yes&sort=-name&page=2");
        let chips: Vec<_> = filter.chips().into_iter().map(|chip| format!("{} {}", chip.label, chip.value)).collect();
        assert_eq!(
            chips,
            [
                "ID is 3",
                "Name contains nord",
                "Confirmation e-mail contains x",
                "Enabled is No",
                "Ignore certificate error is Yes"
            ]
        );
        let words = "ID is “3”, Name contains “nord”, Confirmation e-mail contains “x”, Enabled is “No”, \
                     Ignore certificate error is “Yes”; by Name, descending";
        assert_eq!(filter.in_words(), words);
        assert_eq!(AccountFilter::default().in_words(), "All accounts; by ID");
        assert_eq!(
            filter.without(AccountFilterKey::Name).to_query(),
            "id=3&confirmation=x&enabled=No&ignores_errors=Yes&sort=-name"
        );
        assert_eq!(
            filter.without(AccountFilterKey::Enabled).to_query(),
            "id=3&name=nord&confirmation=x&ignores_errors=Yes&sort=-name"
        );
        assert_eq!(filter.without(AccountFilterKey::IgnoresErrors).ignores_errors, None);
        assert_eq!(filter.cleared().to_query(), "sort=-name");
    }
}
