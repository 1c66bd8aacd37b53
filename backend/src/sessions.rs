//! Sessions, for the server's session store: bytes under an id until they expire. Of an id only its hash is kept, so
//! that
//! a copy of the database signs nobody in.

use model::{Moment, Problem};

use crate::Backend;
use crate::clock::now;
use crate::password::token_hash;
use crate::store::{Write, sessions};

impl Backend {
    /// Keeps a new session; false if its id is there already.
    pub async fn create_session(&self, id: &str, data: &[u8], expires_at: Moment) -> Result<bool, Problem> {
        let id = &token_hash(id);
        let create = move |tx: Write| async move {
            let is_new = sessions::insert(&tx, id, data, expires_at).await?;
            Ok((tx, is_new))
        };
        self.store().write(create).await
    }

    /// Keeps a session, in place of the one under this id.
    pub async fn save_session(&self, id: &str, data: &[u8], expires_at: Moment) -> Result<(), Problem> {
        let id = &token_hash(id);
        let save = move |tx: Write| async move {
            sessions::upsert(&tx, id, data, expires_at).await?;
            Ok((tx, ()))
        };
        self.store().write(save).await
    }

    /// The data of a session that has not expired.
    pub async fn load_session(&self, id: &str) -> Result<Option<Vec<u8>>, Problem> {
        let id = token_hash(id);
        self.store().read(sessions::find(self.store().db(), &id, now())).await
    }

    pub async fn delete_session(&self, id: &str) -> Result<(), Problem> {
        let id = &token_hash(id);
        let delete = move |tx: Write| async move {
            sessions::delete(&tx, id).await?;
            Ok((tx, ()))
        };
        self.store().write(delete).await
    }
}
