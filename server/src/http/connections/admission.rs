//! Which connections are let in. Where there are as many as there may be, one that waits is closed for the new one: a
//! client that connects and says nothing keeps nobody out. Nor do many that are all being served: the client with most
//! of them gives up its oldest one.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backend::ClientAddress;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::activity::Activity;
use super::limits::{Limits, Times};

/// How long a connection that is told to end may take to.
const CLOSING: Duration = Duration::from_secs(1);
/// How often the log says that connections are refused.
const NOTICE: Duration = Duration::from_secs(60);

pub struct Admission {
    limits: Limits,
    slots: Arc<Semaphore>,
    /// Each by its number: the oldest first.
    open: Mutex<BTreeMap<u64, Arc<Connection>>>,
    numbers: AtomicU64,
    noticed: Mutex<Option<Instant>>,
}

pub struct Connection {
    pub activity: Activity,
    client: ClientAddress,
    /// Whether many people share it, as with a proxy.
    is_exempt: bool,
    close: Notify,
}

impl Connection {
    /// Waits until it has to make room.
    pub async fn closed(&self) {
        self.close.notified().await;
    }
}

/// Whose connections are counted together.
#[derive(Clone, Copy)]
pub enum Share {
    /// An IPv4 address, or 64 bits of IPv6.
    Client(IpAddr),
    /// 48 bits of IPv6, which hold 65,536 of the former.
    Site(IpAddr),
}

impl Share {
    fn holds(self, client: ClientAddress) -> bool {
        match self {
            Self::Client(network) => client.network() == network,
            Self::Site(site) => client.site() == Some(site),
        }
    }

    /// A trusted proxy's connections are many people's: they count in nobody's share.
    fn counts(self, connection: &Connection) -> bool {
        !connection.is_exempt && self.holds(connection.client)
    }
}

/// A connection's place, which is free again once this is dropped.
pub struct ConnectionSlot {
    pub connection: Arc<Connection>,
    admission: Arc<Admission>,
    number: u64,
    _slot: OwnedSemaphorePermit,
}

impl ConnectionSlot {
    pub fn times(&self) -> &Times {
        &self.admission.limits.times
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.admission.open().remove(&self.number);
    }
}

impl Admission {
    pub fn new(limits: Limits) -> Arc<Self> {
        let slots = Arc::new(Semaphore::new(limits.total));
        let (open, numbers, noticed) = (Mutex::default(), AtomicU64::new(0), Mutex::new(None));
        Arc::new(Self { limits, slots, open, numbers, noticed })
    }

    /// A place for a connection from this address; None where every other connection is being served, and no other
    /// client has more of them.
    pub async fn admit(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionSlot> {
        let (client, is_exempt) = (ClientAddress::from(address), (self.limits.is_exempt)(address));
        let exhausted = if is_exempt { None } else { self.exhausted_share(client) };
        if exhausted.is_some_and(|share| !self.make_room(Some(share))) {
            self.tell_refusal(address);
            return None;
        }
        let slots = Arc::clone(&self.slots);
        let slot = match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(slot) => Some(slot),
            // Of the connection that was closed just now, or of another one.
            Err(_) if exhausted.is_some() || self.make_room(None) || self.close_oldest_of_most(client) => {
                timeout(CLOSING, slots.acquire_owned()).await.ok().and_then(Result::ok)
            }
            Err(_) => None,
        };
        let Some(slot) = slot else {
            self.tell_refusal(address);
            return None;
        };
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let connection = Connection { activity: Activity::new(), client, is_exempt, close: Notify::new() };
        let connection = Arc::new(connection);
        self.open().insert(number, Arc::clone(&connection));
        Some(ConnectionSlot { connection, admission: Arc::clone(self), number, _slot: slot })
    }

    /// Closes the connection, within a share or of all, that can best be done without. False where there is none.
    pub fn make_room(&self, share: Option<Share>) -> bool {
        let mut open = self.open();
        let within = open.iter().filter(|(_, connection)| share.is_none_or(|share| share.counts(connection)));
        let found = within
            .filter_map(|(number, connection)| Some((connection.activity.expendable(&self.limits.times)?, *number)))
            .min();
        let Some((_, number)) = found else { return false };
        close(&mut open, number);
        true
    }

    /// Closes the oldest connection of the client with most of them, if that has at least two more than the one that
    /// asks.
    fn close_oldest_of_most(&self, client: ClientAddress) -> bool {
        let mut open = self.open();
        // A site that has many networks is one client here.
        let key = |client: ClientAddress| client.site().unwrap_or_else(|| client.network());
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        for connection in open.values().filter(|connection| !connection.is_exempt) {
            *counts.entry(key(connection.client)).or_default() += 1;
        }
        let own = counts.get(&key(client)).copied().unwrap_or_default();
        // With one more than the newcomer, both would only change places, again and again.
        let Some(most) = counts.values().copied().max().filter(|most| *most > own + 1) else { return false };
        let has_most =
            |connection: &Connection| !connection.is_exempt && counts.get(&key(connection.client)) == Some(&most);
        let found = open.iter().find_map(|(number, connection)| has_most(connection).then_some(*number));
        let Some(number) = found else { return false };
        close(&mut open, number);
        true
    }

    /// The share of which this client has nothing left.
    fn exhausted_share(&self, client: ClientAddress) -> Option<Share> {
        let of_site = client.site().map(|site| (Share::Site(site), self.limits.per_site()));
        let shares = [Some((Share::Client(client.network()), self.limits.per_client)), of_site];
        let open = self.open();
        let count = |share: Share| open.values().filter(|connection| share.counts(connection)).count();
        shares.into_iter().flatten().find_map(|(share, at_most)| (count(share) >= at_most).then_some(share))
    }

    fn tell_refusal(&self, address: IpAddr) {
        tracing::debug!(%address, "A connection was refused");
        let mut noticed = self.noticed.lock().unwrap_or_else(PoisonError::into_inner);
        if noticed.is_none_or(|at| at.elapsed() >= NOTICE) {
            *noticed = Some(Instant::now());
            let (Limits { total, per_client, .. }, per_site) = (&self.limits, self.limits.per_site());
            tracing::warn!(total, per_client, per_site, "Connections are refused: as many are in use as there may be");
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close(open: &mut BTreeMap<u64, Arc<Connection>>, number: u64) {
    if let Some(connection) = open.remove(&number) {
        connection.close.notify_one();
    }
}
