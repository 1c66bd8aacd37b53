//! JSON: an array of objects with the columns' keys. It is read as it comes, so that no file takes more memory than its
//! accounts do.

use std::fmt;

use model::{ExportFormat, Problem};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::table::{Head, Row, Table, head, malformed, text, unknown};
use crate::export::yes_no;

pub fn read(file: &[u8]) -> Result<Table, Problem> {
    let mut table = Table::new(ExportFormat::Json);
    let mut reader = serde_json::Deserializer::from_str(text(file)?);
    let read = reader.deserialize_seq(Entries(&mut table)).and_then(|()| reader.end());
    match read {
        Ok(()) => Ok(table),
        // Its own words end with line and column.
        Err(error) => Err(malformed(format!("The file cannot be read as JSON: {error}."))),
    }
}

struct Entries<'a>(&'a mut Table);

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of accounts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut number = 1;
        while let Some(row) = entries.next_element_seed(Entry { table: self.0, number })? {
            self.0.push(row).map_err(A::Error::custom)?;
            number += 1;
        }
        Ok(())
    }
}

struct Entry<'a> {
    table: &'a mut Table,
    number: u64,
}

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = Row;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Row, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account: an object with the columns' keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let mut row = Row { number: self.number, cells: Vec::new() };
        while let Some(key) = map.next_key::<String>()? {
            match head(&key) {
                Some(Head::Field(field)) if row.get(field).is_some() => {
                    return Err(A::Error::custom(format!("“{key}” stands in one account twice")));
                }
                Some(Head::Field(field)) => row.cells.push((field, map.next_value_seed(Value)?)),
                Some(Head::Ignored(label)) => {
                    self.table.ignore(label);
                    map.next_value::<IgnoredAny>()?;
                }
                None => return Err(A::Error::custom(unknown("A key", &key))),
            }
        }
        Ok(row)
    }
}

/// A cell as text; null is an empty one.
struct Value;

impl<'de> DeserializeSeed<'de> for Value {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Value {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, true, false or null")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<String, E> {
        Ok(yes_no(yes).to_owned())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        Ok(String::new())
    }
}
