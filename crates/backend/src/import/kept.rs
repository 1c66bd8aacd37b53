//! A file that was chosen on the page: kept for a quarter of an hour, so that what is imported is what was shown.

use std::path::Path;

use base16ct::lower::encode_string as hex;
use model::moment::MINUTE;
use model::{Actor, ExportFormat, ImportPreview, Imported, Moment, Outcome, Problem};
use store::WriteTx;
use store::imports::{self, Record};

use super::Import;
use crate::Backend;
use crate::clock::now;
use crate::password::random;

/// How long a file is kept.
const LIFETIME: i64 = 15 * MINUTE;
/// Rows that a page shows.
const SHOWN: usize = 200;

impl Backend {
    /// Keeps a file, and gives the name to ask for it by.
    pub async fn keep_import(&self, actor: &Actor, name: &str, file: &[u8]) -> Result<String, Problem> {
        let token = hex(&random()?);
        let record = Record {
            user_id: actor.id,
            token: token.clone(),
            name: name.chars().filter(|c| !c.is_control()).take(200).collect(),
            file: file.to_vec(),
            expires_at: Moment(now().0 + LIFETIME),
        };
        let record = &record;
        let keep = move |tx: WriteTx| async move { imports::put(&tx, record.clone()).await };
        self.store().write(keep).await?;
        Ok(token)
    }

    /// What the kept file would do.
    pub async fn preview_import(&self, actor: &Actor, token: &str) -> Result<ImportPreview, Problem> {
        let (name, mut imported) = self.import_kept(actor, token, Import::Preview).await?;
        let (counts, mut more) = (imported.counts(), imported.rows.len());
        // What needs attention stands first.
        imported.rows.sort_by_key(|row| match row.outcome {
            Outcome::Refused(_) => 0,
            Outcome::Created | Outcome::Changed(_) => 1,
            Outcome::Unchanged => 2,
        });
        imported.rows.truncate(SHOWN);
        more -= imported.rows.len();
        Ok(ImportPreview { name, counts, told: imported, more })
    }

    /// Imports the kept file.
    pub async fn make_import(&self, actor: &Actor, token: &str) -> Result<Imported, Problem> {
        Ok(self.import_kept(actor, token, Import::Make).await?.1)
    }

    async fn import_kept(&self, actor: &Actor, token: &str, import: Import) -> Result<(String, Imported), Problem> {
        let store = self.store();
        let found = store.read(imports::find(store.db(), actor.id, token, now())).await?;
        let Some(Record { name, file, .. }) = found else {
            let text =
                "This file is kept no longer: 15 minutes have passed, or another one was chosen. Choose it again.";
            return Err(Problem::Malformed(text.to_owned()));
        };
        let ending = Path::new(&name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let Some(format) = ExportFormat::from_key(&ending.to_ascii_lowercase()) else {
            let text = format!("“{name}” does not end in .csv, .xlsx or .json. Choose a file that was exported.");
            return Err(Problem::Malformed(text));
        };
        Ok((name, self.import_accounts(actor, file, format, import).await?))
    }
}
