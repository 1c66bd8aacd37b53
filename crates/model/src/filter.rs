//! What a list is asked for: filters, order and page, and how the address says them.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::{ListColumn, Moment, Sort};

/// What a list can be filtered by: an enum of its own for each list, with a variant for each field of its form.
pub trait FilterKey: Copy + PartialEq + Send + Sync + 'static {
    /// In the order of the address, of the form and of what is said of the list.
    const ALL: &'static [Self];

    /// How the address, the form and the chips name it, and how it is answered.
    fn field(self) -> FilterField;
}

/// The field of a filter.
#[derive(Clone, Copy, Debug)]
pub struct FilterField {
    /// As the address names it.
    pub key: &'static str,
    /// As the form and the chips show it.
    pub label: &'static str,
    /// How it is answered.
    pub input: FilterInput,
    /// It stands behind `More`.
    pub behind_more: bool,
}

impl FilterField {
    /// A field that always shows; `key` is the address's name for it.
    pub const fn new(key: &'static str, label: &'static str, input: FilterInput) -> Self {
        Self { key, label, input, behind_more: false }
    }

    /// A field that is answered by a part of a text.
    pub const fn text(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, FilterInput::Text)
    }

    /// The same field, which shows only when more filters are asked for.
    pub const fn behind_more(self) -> Self {
        Self { behind_more: true, ..self }
    }
}

/// How a filter is answered.
#[derive(Clone, Copy, Debug)]
pub enum FilterInput {
    /// A part of a text.
    Text,
    /// Whole numbers, separated by commas.
    Numbers,
    /// "2026-11-24"
    Day,
    /// One of several, or any.
    Choice {
        /// What the form says where none is chosen.
        any: &'static str,
        /// Those to choose from, in the order of the form.
        choices: fn() -> Vec<FilterChoice>,
    },
}

impl FilterInput {
    /// Yes, No, or any.
    pub const YES_NO: Self = Self::Choice {
        any: "Any",
        choices: || ["Yes", "No"].map(|answer| FilterChoice { value: answer, label: answer }).into(),
    };

    /// Whether it is such an answer.
    fn takes(self, value: &str) -> bool {
        match self {
            Self::Text | Self::Numbers => true,
            Self::Day => Moment::of_day(value).is_some(),
            Self::Choice { choices, .. } => choices().iter().any(|choice| choice.value == value),
        }
    }
}

/// One answer of several.
#[derive(Clone, Copy, Debug)]
pub struct FilterChoice {
    /// As the address says it.
    pub value: &'static str,
    /// As the form shows it.
    pub label: &'static str,
}

/// How the address says Yes and No; blank for any.
pub(crate) const fn yes_no(answer: Option<bool>) -> &'static str {
    match answer {
        Some(true) => "Yes",
        Some(false) => "No",
        None => "",
    }
}

/// What the address says; anything but Yes and No means any.
pub(crate) fn yes_no_from(value: &str) -> Option<bool> {
    match value {
        "Yes" => Some(true),
        "No" => Some(false),
        _ => None,
    }
}

/// An active filter, and the list without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip<F> {
    /// "Name contains", "ID is", "Enabled is".
    pub label: String,
    /// What it is set to, as the form shows it.
    pub value: String,
    /// The same list without this filter, from its first page.
    pub without: F,
}

/// What a list is asked for: filters, order and page. The address holds all of it, blank means absent, so that every
/// list has one short address.
pub trait Filter: Clone + Default + PartialEq + Send + Sync + 'static {
    /// What it can be filtered by.
    type Key: FilterKey;
    /// What it can be sorted by.
    type Column: ListColumn;

    /// What a filter is set to, as the address says it; blank where it is not set.
    fn value(&self, key: Self::Key) -> &str;

    /// Sets a filter to what the address says. What cannot be read counts as blank.
    fn set(&mut self, key: Self::Key, value: &str);

    /// The column and the direction of its order.
    fn sort(&self) -> Sort<Self::Column>;

    /// From 1.
    fn page(&self) -> u64;

    /// Sets the order, and the page, from 1.
    fn set_order(&mut self, sort: Sort<Self::Column>, page: u64);

    /// What the address says of how the list looks, by the keys there.
    fn look(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Sets what the address says under a key that is neither a filter nor the order.
    fn set_look(&mut self, _key: &str, _value: &str) {}

    /// Why a filter cannot be understood.
    fn error(&self, _key: Self::Key) -> Option<String> {
        None
    }

    /// Reads a query string, with or without its `?`. What it does not know or cannot read counts as absent.
    fn from_query(query: &str) -> Self {
        let mut filter = Self::default();
        for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let value = value.trim();
            match (Self::Key::ALL.iter().find(|key| key.field().key == name), name.as_ref()) {
                (Some(key), _) => filter.set(*key, value),
                (None, "sort") => filter.set_order(Sort::from_key(value).unwrap_or_default(), filter.page()),
                (None, "page") => {
                    let page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1);
                    filter.set_order(filter.sort(), page);
                }
                (None, name) => filter.set_look(name, value),
            }
        }
        filter
    }

    /// The one short address of this list, without its `?`; empty for the list as it stands by itself.
    fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for key in self.active() {
            query.append_pair(key.field().key, self.value(key).trim());
        }
        if self.sort() != Sort::default() {
            query.append_pair("sort", &self.sort().to_key());
        }
        if self.page() > 1 {
            query.append_pair("page", &self.page().to_string());
        }
        query.extend_pairs(self.look()).finish()
    }

    /// The filters that are set.
    fn active(&self) -> impl Iterator<Item = Self::Key> {
        Self::Key::ALL.iter().copied().filter(|key| !self.value(*key).trim().is_empty())
    }

    /// Whether nothing narrows the list.
    fn is_empty(&self) -> bool {
        self.active().next().is_none()
    }

    /// The filters that are set, each with the list without it.
    fn chips(&self) -> Vec<Chip<Self>> {
        let chip = |key: Self::Key| {
            let (field, value) = (key.field(), self.value(key).trim());
            let (verb, value) = match field.input {
                FilterInput::Text => ("contains", value),
                FilterInput::Numbers | FilterInput::Day => ("is", value),
                FilterInput::Choice { choices, .. } => {
                    ("is", choices().iter().find(|choice| choice.value == value).map_or(value, |choice| choice.label))
                }
            };
            Chip { label: format!("{} {verb}", field.label), value: value.to_owned(), without: self.without(key) }
        };
        self.active().map(chip).collect()
    }

    /// The same list without one filter, from its first page.
    fn without(&self, key: Self::Key) -> Self {
        let mut filter = self.on_page(1);
        filter.set(key, "");
        filter
    }

    /// The same order and look without any filter.
    fn cleared(&self) -> Self {
        self.active().fold(self.on_page(1), |filter, key| filter.without(key))
    }

    /// The same list at another page, from 1.
    fn on_page(&self, page: u64) -> Self {
        let mut filter = self.clone();
        filter.set_order(self.sort(), page);
        filter
    }

    /// In another order, from its first page.
    fn sorted(&self, sort: Sort<Self::Column>) -> Self {
        let mut filter = self.clone();
        filter.set_order(sort, 1);
        filter
    }
}

/// What a list is asked for that has filters, an order and pages, and no more. Texts match anywhere, without regard to
/// case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListFilter<K: FilterKey, C: ListColumn = ()> {
    /// A value for each of the filters.
    values: Vec<String>,
    /// The column and the direction of its order.
    pub sort: Sort<C>,
    /// From 1.
    pub page: u64,
    keys: PhantomData<K>,
}

impl<K: FilterKey, C: ListColumn> Default for ListFilter<K, C> {
    fn default() -> Self {
        Self { values: vec![String::new(); K::ALL.len()], sort: Sort::default(), page: 1, keys: PhantomData }
    }
}

impl<K: FilterKey, C: ListColumn> Filter for ListFilter<K, C> {
    type Key = K;
    type Column = C;

    fn value(&self, key: K) -> &str {
        let values = K::ALL.iter().zip(&self.values);
        values.filter(|(of, _)| **of == key).map(|(_, value)| value.as_str()).next().unwrap_or_default()
    }

    fn set(&mut self, key: K, value: &str) {
        let value = if key.field().input.takes(value) { value } else { "" };
        for (of, kept) in K::ALL.iter().zip(&mut self.values) {
            if *of == key {
                value.clone_into(kept);
            }
        }
    }

    fn sort(&self) -> Sort<C> {
        self.sort
    }

    fn page(&self) -> u64 {
        self.page
    }

    fn set_order(&mut self, sort: Sort<C>, page: u64) {
        (self.sort, self.page) = (sort, page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConnectorFilter, CredentialFilter, HistoryFilter, ScheduleFilter};

    #[test]
    fn a_list_has_one_short_address_and_comes_back_from_it() {
        fn check<F: Filter + std::fmt::Debug>(query: &str, short: &str) {
            assert_eq!(F::from_query(query).to_query(), short, "{query}");
            assert_eq!(F::from_query(short), F::from_query(query), "{query}");
        }
        check::<CredentialFilter>("?name=&host=&page=1&sort=name", "");
        check::<CredentialFilter>("host=a.example&name=x", "name=x&host=a.example");
        check::<CredentialFilter>("sort=-user_name&page=2", "sort=-user_name&page=2");
        check::<CredentialFilter>("sort=nothing&page=0", "");
        check::<ScheduleFilter>("recipient=ops&sort=-next&page=2", "recipient=ops&sort=-next&page=2");
        check::<ConnectorFilter>("host=a.example&name=x", "name=x&host=a.example");
        check::<HistoryFilter>("?ended=&by=&page=1&from=", "");
        check::<HistoryFilter>("by=ops%40x&ended=failed&failed_at=tls", "ended=failed&failed_at=tls&by=ops%40x");
        check::<HistoryFilter>("from=2026-11-01&to=2026-11-24&page=2", "from=2026-11-01&to=2026-11-24&page=2");
        check::<HistoryFilter>("from=yesterday&to=2026-02-30&ended=well&failed_at=x&page=0", "");
    }
}
