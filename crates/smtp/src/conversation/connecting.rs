//! How the connection is made: by the host's address, or through a network connector.

use model::{Failure, FailureKind, Stage};

use super::Conversation;
use crate::dial::{Addresses, connect};
use crate::progress::{Progress, StageFailed};
use crate::proxy::{ProxyDestination, through};
use crate::resolve::Resolver;
use crate::{Proxy, probes};

const NO_LOOKUP: &str = "An address, nothing to look up";
const PROXY_LOOKS_UP: &str = "The connector resolves names itself";

impl Conversation<'_> {
    /// DNS and TCP.
    pub(super) async fn connect_directly(&mut self, host: &str) -> Result<(), StageFailed> {
        self.progress.skip(Stage::Connector, "Off: Use network connector is No");
        let addresses = match self.target.host.ip() {
            Some(address) => {
                self.progress.skip(Stage::Dns, NO_LOOKUP);
                Addresses::new(vec![address], &self.target.egress)
            }
            None => self.look_up(host).await?,
        };
        let Self { target, session, progress, .. } = self;
        let dial = async {
            let (stream, address) = connect(&addresses, target.port, &mut session.transcript).await?;
            session.connected(stream);
            let left = addresses.failed_family_note(address.ip());
            Ok(((), format!("{address}{left}")))
        };
        let connected = progress.run(Stage::Tcp, dial).await;
        if ended_by(progress, is_closed_port) {
            progress.observed = probes::open_ports(&addresses, target.port).await;
        }
        connected
    }

    /// DNS.
    async fn look_up(&mut self, host: &str) -> Result<Addresses, StageFailed> {
        let Self { target, limits, progress, .. } = self;
        let lookup = async {
            let addresses = Resolver::new(target.egress.dns, limits.dns)?.addresses(host, &target.egress).await?;
            let fact = addresses.fact();
            Ok((addresses, fact))
        };
        let found = progress.run(Stage::Dns, lookup).await;
        match &found {
            Ok(addresses) => progress.observed.alias = addresses.alias.clone(),
            Err(_) => {
                if let Some(Failure { kind: kind @ (FailureKind::NoSuchName | FailureKind::NoAddress), .. }) =
                    progress.failure()
                    && let Ok(resolver) = Resolver::new(target.egress.dns, limits.dns)
                {
                    progress.observed = probes::unresolved(&resolver, host, kind).await;
                }
            }
        }
        found
    }

    /// The network connector, in place of TCP; and of DNS, where it resolves names itself.
    pub(super) async fn connect_through(&mut self, proxy: &Proxy, host: &str) -> Result<(), StageFailed> {
        let (destination, no_lookup) = match self.target.host.ip() {
            Some(address) => {
                (ProxyDestination::Addresses(Addresses::new(vec![address], &self.target.egress)), Some(NO_LOOKUP))
            }
            None if proxy.resolves_names => (ProxyDestination::Name(host.to_owned()), Some(PROXY_LOOKS_UP)),
            None => (ProxyDestination::Addresses(self.look_up(host).await?), None),
        };
        let Self { target, limits, session, progress, .. } = self;
        let work = async {
            let policy = (&*target.egress, limits.connector);
            let (stream, _) = through(proxy, (&destination, target.port), policy, &mut session.transcript).await?;
            session.connected(stream);
            Ok(((), format!("{} {}, connected", proxy.kind.label(), proxy.host.with_port(proxy.port))))
        };
        progress.run(Stage::Connector, work).await?;
        if let Some(why) = no_lookup {
            progress.skip(Stage::Dns, why);
        }
        progress.skip(Stage::Tcp, "The proxy connects");
        Ok(())
    }
}

fn ended_by(progress: &Progress<'_>, kind: fn(&FailureKind) -> bool) -> bool {
    progress.failure().is_some_and(|failure| kind(&failure.kind))
}

fn is_closed_port(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::ConnectionRefused | FailureKind::TimedOut(_))
}
