//! JSON: an array of objects with the columns' keys, each with a text, a number, a truth value or null. It is read as
//! it comes, so that no file takes more memory than its accounts do.

use std::fmt;

use model::{ExportFormat, Problem, yes_no};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::limits::{Watch, is_too_long, too_long};
use super::table::{Head, Row, Table, head, malformed, text, unknown};

pub fn read(file: &[u8], watch: &Watch) -> Result<Table, Problem> {
    let text = text(file)?;
    watch.check()?;
    let mut reading = Reading { table: Table::new(ExportFormat::Json), watch, stopped: None };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = reader.deserialize_seq(Entries(&mut reading)).and_then(|()| reader.end());
    match (read, reading.stopped) {
        (Ok(()), _) => Ok(reading.table),
        (Err(_), Some(problem)) => Err(problem),
        // Its own words end with line and column.
        (Err(error), None) => Err(malformed(format!("The file cannot be read as JSON: {error}."))),
    }
}

struct Reading<'a> {
    table: Table,
    watch: &'a Watch,
    /// Why nothing more is read, where the format is not to blame.
    stopped: Option<Problem>,
}

impl Reading<'_> {
    fn stop<E: Error>(&mut self, problem: Problem) -> E {
        let error = E::custom(&problem);
        self.stopped = Some(problem);
        error
    }
}

struct Entries<'a, 'b>(&'a mut Reading<'b>);

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of accounts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let reading = self.0;
        let mut number = 1;
        while let Some(row) = entries.next_element_seed(Entry { reading: &mut *reading, number })? {
            if let Err(problem) = reading.table.push(row) {
                return Err(reading.stop(problem));
            }
            number += 1;
        }
        Ok(())
    }
}

struct Entry<'a, 'b> {
    reading: &'a mut Reading<'b>,
    number: u64,
}

impl<'de> DeserializeSeed<'de> for Entry<'_, '_> {
    type Value = Row;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Row, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_, '_> {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account: an object with the columns' keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let Self { reading, number } = self;
        let mut row = Row { number, cells: Vec::new(), faults: Vec::new() };
        while let Some(head) = map.next_key_seed(Key)? {
            if let Err(problem) = reading.watch.check() {
                return Err(reading.stop(problem));
            }
            match head {
                Head::Field(field) => {
                    if row.get(field).is_some() {
                        return Err(A::Error::custom(format!("“{}” stands in one account twice", field.key())));
                    }
                    match map.next_value_seed(Value)? {
                        Some(text) => row.cells.push((field, text)),
                        None => {
                            return Err(reading.stop(too_long(&format!("Entry {number}: {}", field.label()))));
                        }
                    }
                }
                Head::Ignored(label) => {
                    reading.table.ignore(label);
                    map.next_value_seed(Value)?;
                }
            }
        }
        Ok(row)
    }
}

/// The name of a column.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Head;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Head, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key of a column")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Head, E> {
        head(key).ok_or_else(|| E::custom(unknown("A key", key)))
    }
}

/// A cell as text; null is an empty one. None where it is too long. A list or an object is refused where it begins.
struct Value;

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Value {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, true, false or null")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!is_too_long(text)).then(|| text.to_owned()))
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Self::Value, E> {
        Ok(Some(yes_no(yes).to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Some(String::new()))
    }
}
