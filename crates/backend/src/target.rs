//! Where an account sends, with what it may use there, and how long it waits.

use model::{Account, Actor, Connector, Destinations, Problem, SignIn, TimeLimit};
use smtp::StageLimits;
use store::credentials;

use crate::Backend;
use crate::accounts::references::{destination, own_certificates};

/// The account's own time limit goes before the configured one.
pub fn limits_for(limits: &StageLimits, account: &Account) -> StageLimits {
    limits.clone().answered_within(account.time_limit.map(TimeLimit::duration))
}

impl Backend {
    /// Where and how the account sends, with the secrets that it may use there; else why it cannot.
    pub(crate) async fn target(
        &self,
        actor: &Actor,
        account: &Account,
        connector: Option<&Connector>,
    ) -> Result<smtp::Target, String> {
        let own = own_certificates(&account.trust)?;
        let route = account.connector.zip(connector).map(|(id, connector)| connector.route(id));
        if account.connector.is_some() && route.is_none() {
            return Err("The account’s network connector is not there any more. Choose another one.".to_owned());
        }
        let sign_in = match account.sign_in {
            None => None,
            Some(SignIn { credential, mechanism }) => {
                let store = self.store();
                let found = store.read(credentials::find(store.db(), credential)).await;
                let record = found.map_err(|problem| problem.to_string())?;
                let secret = self.release(actor, &record, &destination(account, &own, route.as_ref())).await?;
                let Destinations { plain_in_clear, verified_only, .. } =
                    record.rules().map_err(|fault| Problem::from(fault).to_string())?;
                Some(smtp::ServerSignIn {
                    user_name: record.user_name,
                    secret,
                    mechanism,
                    plain_in_clear,
                    verified_only,
                })
            }
        };
        let proxy = match connector {
            None => None,
            Some(connector) => Some(self.proxy(actor, connector).await?),
        };
        Ok(smtp::Target {
            host: account.host.clone(),
            port: account.port(),
            security: account.security,
            certificates: account.certificates,
            trust: account.trust.clone(),
            sign_in,
            proxy,
            egress: self.egress().await.map_err(|problem| problem.to_string())?,
        })
    }
}
