//! People, and who asks for something.

use serde::{Deserialize, Serialize};

use crate::{EmailAddress, Origin};

/// A person's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct UserId(pub i64);

/// Who asks for something: every use case takes it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person's number; 0 where a command asks that runs for nobody in particular.
    pub id: UserId,
    /// Who it is in lists and in the log.
    pub email: EmailAddress,
    /// Where the request comes from.
    pub origin: Origin,
}
