//! JSON, RFC 8259: one object for each account, a line each, with the columns' keys as the address names them.

use model::{AccountField, Cell, Moment};
use serde::ser::{Serialize, SerializeMap, Serializer};
use store::StoreError;
use store::cells::Record;

/// `is_first`: nothing stands before these accounts.
pub fn rows(records: &[Record], fields: &[AccountField], now: Moment, is_first: bool) -> Result<Vec<u8>, StoreError> {
    let mut written = Vec::new();
    for (number, record) in records.iter().enumerate() {
        written.extend_from_slice(if is_first && number == 0 { b"\n" } else { b",\n" });
        // Memory takes all that is written, and every key is a text.
        serde_json::to_writer(&mut written, &Object { row: &record.cells(fields, now)?, fields }).ok();
    }
    Ok(written)
}

struct Object<'a> {
    row: &'a [Cell<'a>],
    fields: &'a [AccountField],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (field, cell) in self.fields.iter().zip(self.row) {
            let key = field.key();
            match cell {
                Cell::Number(number) => map.serialize_entry(key, number)?,
                Cell::Text(text) | Cell::Word(text) => map.serialize_entry(key, text)?,
                Cell::YesNo(yes) => map.serialize_entry(key, yes)?,
                Cell::Test(test) => {
                    let test = serde_json::json!({ "outcome": test.outcome(), "at": test.at.to_rfc3339() });
                    map.serialize_entry(key, &test)?;
                }
                Cell::Nothing => map.serialize_entry(key, &())?,
            }
        }
        map.end()
    }
}
