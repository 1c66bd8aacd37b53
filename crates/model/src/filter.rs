//! What a list is asked for: filters, sort, page and page size. The address holds all of it, blank means absent, so
//! that
//! every list has one short address.

use serde::{Deserialize, Serialize};

use crate::{Column, PageSize, Sort};

/// Numbers in the filter ID.
const IDS_AT_MOST: usize = 1_000;

/// The search fields of the report "SMTP configuration", with order and page. Texts are as they were typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountFilter {
    /// Whole numbers separated by commas.
    pub id: String,
    pub name: String,
    pub sender: String,
    pub reply: String,
    pub return_path: String,
    pub confirmation: String,
    /// The credential's name.
    pub credential: String,
    /// The network connector's name.
    pub connector: String,
    /// Certificate errors are ignored.
    pub ignores_errors: Option<bool>,
    pub enabled: Option<bool>,
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

/// An active filter, and the address without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    pub column: Column,
    /// "Name contains", "ID is", "Enabled is".
    pub says: String,
    pub value: String,
}

/// What a column filter is called in the search bar; the report's own words for the columns differ in one place.
pub const fn search_label(column: Column) -> &'static str {
    match column {
        Column::Confirmation => "Confirmation e-mail",
        other => other.label(),
    }
}

/// The columns whose filter stands behind `More`.
pub const HIDDEN_FILTERS: [Column; 6] =
    [Column::Sender, Column::Reply, Column::ReturnPath, Column::Confirmation, Column::Credential, Column::Connector];

/// What the filter of accounts that ignore certificate errors is called; its chip stands for the column Secure
/// connection, which shows them.
pub const IGNORES_ERRORS: &str = "Ignore certificate error";

impl AccountFilter {
    /// Reads a query string, with or without its `?`. What it does not know or cannot read counts as absent, all but
    /// `id`, which is kept as typed so that its message can be shown.
    pub fn from_query(query: &str) -> Self {
        let mut filter = Self::default();
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            match key.as_ref() {
                "enabled" => filter.enabled = enabled_from_key(&value),
                "ignores_errors" => filter.ignores_errors = enabled_from_key(&value),
                "sort" => filter.sort = Sort::from_key(&value).unwrap_or_default(),
                "page" => filter.page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1),
                "page_size" => filter.page_size = PageSize::from_key(&value),
                "columns" => filter.columns = columns_from_key(&value),
                other => {
                    if let Some(text) = Column::from_key(other).and_then(|column| filter.text_mut(column)) {
                        *text = value.trim().to_owned();
                    }
                }
            }
        }
        filter
    }

    /// The one short address of this list, without its `?`; empty for the list as it stands by itself.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for column in TEXT_FILTERS {
            let text = self.text(column).trim();
            if !text.is_empty() {
                query.append_pair(column.key(), text);
            }
        }
        if let Some(enabled) = self.enabled {
            query.append_pair("enabled", enabled_key(enabled));
        }
        if let Some(ignores) = self.ignores_errors {
            query.append_pair("ignores_errors", enabled_key(ignores));
        }
        if self.sort != Sort::default() {
            query.append_pair("sort", &self.sort.to_key());
        }
        if self.page > 1 {
            query.append_pair("page", &self.page.to_string());
        }
        if let Some(size) = self.page_size {
            query.append_pair("page_size", &size.rows().to_string());
        }
        if let Some(columns) = &self.columns {
            let keys: Vec<_> = columns.iter().map(|column| column.key()).collect();
            query.append_pair("columns", &keys.join(","));
        }
        query.finish()
    }

    /// The text typed for a column that has a text filter.
    pub fn text(&self, column: Column) -> &str {
        match column {
            Column::Id => &self.id,
            Column::Name => &self.name,
            Column::Sender => &self.sender,
            Column::Reply => &self.reply,
            Column::ReturnPath => &self.return_path,
            Column::Confirmation => &self.confirmation,
            Column::Credential => &self.credential,
            Column::Connector => &self.connector,
            _ => "",
        }
    }

    /// The place of that text.
    pub fn text_mut(&mut self, column: Column) -> Option<&mut String> {
        Some(match column {
            Column::Id => &mut self.id,
            Column::Name => &mut self.name,
            Column::Sender => &mut self.sender,
            Column::Reply => &mut self.reply,
            Column::ReturnPath => &mut self.return_path,
            Column::Confirmation => &mut self.confirmation,
            Column::Credential => &mut self.credential,
            Column::Connector => &mut self.connector,
            _ => return None,
        })
    }

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

    /// Whether anything narrows the list.
    pub fn is_narrowed(&self) -> bool {
        self.enabled.is_some()
            || self.ignores_errors.is_some()
            || TEXT_FILTERS.into_iter().any(|column| !self.text(column).trim().is_empty())
    }

    /// How many of the filters behind `More` are active.
    pub fn hidden_active(&self) -> usize {
        let texts = HIDDEN_FILTERS.into_iter().filter(|column| !self.text(*column).trim().is_empty()).count();
        texts + usize::from(self.ignores_errors.is_some())
    }

    /// The active filters, in the order of the search bar.
    pub fn chips(&self) -> Vec<Chip> {
        let mut chips = Vec::new();
        for column in TEXT_FILTERS {
            let value = self.text(column).trim();
            if !value.is_empty() {
                let verb = if column == Column::Id { "is" } else { "contains" };
                chips.push(Chip { column, says: format!("{} {verb}", search_label(column)), value: value.to_owned() });
            }
        }
        if let Some(enabled) = self.enabled {
            chips.push(Chip {
                column: Column::Enabled,
                says: "Enabled is".to_owned(),
                value: enabled_key(enabled).to_owned(),
            });
        }
        if let Some(ignores) = self.ignores_errors {
            chips.push(Chip {
                column: Column::Security,
                says: format!("{IGNORES_ERRORS} is"),
                value: enabled_key(ignores).to_owned(),
            });
        }
        chips
    }

    /// The list in words, as a print says it: "Name contains “nord”; by Name".
    pub fn in_words(&self) -> String {
        let chips: Vec<_> = self.chips().into_iter().map(|chip| format!("{} “{}”", chip.says, chip.value)).collect();
        let filters = if chips.is_empty() { "All accounts".to_owned() } else { chips.join(", ") };
        format!("{filters}; by {}", self.sort.in_words())
    }

    /// The same list without one filter, from its first page.
    pub fn without(&self, column: Column) -> Self {
        let mut filter = Self { page: 1, ..self.clone() };
        match (column, filter.text_mut(column)) {
            (_, Some(text)) => text.clear(),
            (Column::Security, None) => filter.ignores_errors = None,
            (_, None) => filter.enabled = None,
        }
        filter
    }

    /// The same order and look without any filter.
    pub fn cleared(&self) -> Self {
        let Self { sort, page_size, columns, .. } = self.clone();
        Self { sort, page_size, columns, ..Self::default() }
    }
}

/// The columns that have a text filter, in the order of the search bar.
pub const TEXT_FILTERS: [Column; 8] = [
    Column::Id,
    Column::Name,
    Column::Sender,
    Column::Reply,
    Column::ReturnPath,
    Column::Confirmation,
    Column::Credential,
    Column::Connector,
];

/// What the address says under "enabled"; anything but Yes and No means any.
pub fn enabled_from_key(key: &str) -> Option<bool> {
    match key {
        "Yes" => Some(true),
        "No" => Some(false),
        _ => None,
    }
}

/// How the address says whether an account is enabled.
pub const fn enabled_key(enabled: bool) -> &'static str {
    if enabled { "Yes" } else { "No" }
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
        let chips: Vec<_> = filter.chips().into_iter().map(|chip| format!("{} {}", chip.says, chip.value)).collect();
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
            filter.without(Column::Name).to_query(),
            "id=3&confirmation=x&enabled=No&ignores_errors=Yes&sort=-name"
        );
        assert_eq!(
            filter.without(Column::Enabled).to_query(),
            "id=3&name=nord&confirmation=x&ignores_errors=Yes&sort=-name"
        );
        assert_eq!(filter.without(Column::Security).ignores_errors, None);
        assert_eq!(filter.cleared().to_query(), "sort=-name");
        assert_eq!(filter.hidden_active(), 2);
    }
}
