//! Views of the report: filters, columns and order, kept under a name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::control;
use crate::{AccountFilter, Column, FieldErrors, Filter, YesNo};

/// A view's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct ViewId(pub i64);

impl fmt::Display for ViewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The longest name, in characters: it stands on a tab.
pub const VIEW_NAME_CHARACTERS: usize = 60;

/// What a view is called: 1 to 60 characters, on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct ViewName(String);

impl ViewName {
    /// An error is the message to show beside the field.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let text = typed.trim();
        match (control(text), text.chars().count()) {
            (Some(found), _) => Err(format!("The view name holds {found}. Take it out.")),
            (None, 0) => Err("Enter a view name.".to_owned()),
            (None, n) if n > VIEW_NAME_CHARACTERS => {
                Err(format!("The view name has {n} characters. Use at most {VIEW_NAME_CHARACTERS}."))
            }
            (None, _) => Ok(Self(text.to_owned())),
        }
    }

    /// The name, without spaces around it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ViewName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The form "View" as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDraft {
    /// "View name".
    #[serde(default)]
    pub name: String,
    /// Whether everybody who signs in sees it.
    #[serde(default)]
    pub shared: YesNo,
    /// Posthouse opens with it, for the person who says so.
    #[serde(default)]
    pub default: YesNo,
}

impl ViewDraft {
    /// All rules of the form. The error names the field `name`.
    pub fn parse(&self) -> Result<View, FieldErrors> {
        let Self { name, shared, default } = self;
        match ViewName::parse(name) {
            Ok(name) => Ok(View { name, shared: shared.is_yes(), default: default.is_yes() }),
            Err(message) => Err(FieldErrors::one("name", message)),
        }
    }
}

/// A view whose answers keep the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// What it is called.
    pub name: ViewName,
    /// Whether everybody who signs in sees it.
    pub shared: bool,
    /// Whether Posthouse opens with it, for the person who saved it.
    pub default: bool,
}

/// The form's beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewForm {
    /// The form's answers.
    pub draft: ViewDraft,
    /// Whose it is, where it is not one's own: only the default can then be chosen.
    pub owner: Option<String>,
    /// The query of the list that it is, and that list in words.
    pub query: String,
    /// The filters and the order, in words.
    pub words: String,
    /// For a new one: one's own views, which can show this list from now on instead.
    pub own: Vec<ViewTab>,
}

/// A view as the report offers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewTab {
    /// The view's number.
    pub id: ViewId,
    /// What its tab says.
    pub name: String,
    /// The query of its list.
    pub query: String,
}

impl AccountFilter {
    /// What a view keeps of a list: no page, and the columns whatever its reader prefers.
    pub fn as_view(&self, columns: Vec<Column>) -> Self {
        Self { page: 1, page_size: None, columns: Some(self.columns.clone().unwrap_or(columns)), ..self.clone() }
    }

    /// Whether it shows a view's list, on whichever page.
    pub fn is_view(&self, query: &str) -> bool {
        Self { page: 1, page_size: None, ..self.clone() }.to_query() == query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_has_a_name_of_up_to_60_characters() {
        let parse = |name: &str| ViewDraft { name: name.to_owned(), ..ViewDraft::default() }.parse();
        assert_eq!(parse(" Südhafen ").map(|view| view.name.to_string()), Ok("Südhafen".to_owned()));
        assert!(parse(&"ж".repeat(60)).is_ok());
        for wrong in ["", "  ", "two\nlines", &"a".repeat(61)] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_view_is_a_list_without_its_page() {
        let filter = AccountFilter::from_query("name=nord&sort=-name&page=3&page_size=50");
        let view = filter.as_view(vec![Column::Id, Column::Name]).to_query();
        assert_eq!(view, "name=nord&sort=-name&columns=id%2Cname");
        assert!(AccountFilter::from_query("name=nord&sort=-name&columns=id,name&page=2").is_view(&view));
        assert!(!filter.is_view(&view));
        let own = AccountFilter::from_query("columns=name");
        assert_eq!(own.as_view(vec![Column::Id, Column::Name]), own);
    }
}
