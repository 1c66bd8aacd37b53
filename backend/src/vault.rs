//! PLACEHOLDER until the vault is merged (delete this file).
use model::Destinations;
#[derive(Clone, Debug, Default)]
pub struct Vault;
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Credential,
}
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub kind: Kind,
    pub id: i64,
    pub field: &'static str,
    pub version: i64,
    pub user_name: &'a str,
    pub destinations: &'a Destinations,
}
pub mod reference {
    pub async fn read(
        _: &model::SecretReference,
        _: Option<&std::path::Path>,
    ) -> Result<secrecy::SecretString, String> {
        Err("not yet".to_owned())
    }
}
