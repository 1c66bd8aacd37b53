//! Which connections are let in. Where there are as many as there may be, one that waits is closed for the new one: a
//! client that connects and says nothing keeps nobody out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::activity::Activity;
use super::limits::{Limits, Times, client_of};

/// How long a connection that is told to end may take to.
const CLOSING: Duration = Duration::from_secs(1);
/// How often the log says that connections are refused.
const NOTICE: Duration = Duration::from_secs(60);

pub struct Admission {
    limits: Limits,
    slots: Arc<Semaphore>,
    open: Mutex<HashMap<IpAddr, HashMap<u64, Arc<Connection>>>>,
    numbers: AtomicU64,
    noticed: Mutex<Option<Instant>>,
}

pub struct Connection {
    pub activity: Activity,
    close: Notify,
}

impl Connection {
    /// Waits until it has to make room.
    pub async fn closed(&self) {
        self.close.notified().await;
    }
}

/// A connection's place, which is free again once this is dropped.
pub struct ConnectionSlot {
    pub connection: Arc<Connection>,
    admission: Arc<Admission>,
    client: IpAddr,
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
        self.admission.forget(self.client, self.number);
    }
}

impl Admission {
    pub fn new(limits: Limits) -> Arc<Self> {
        let slots = Arc::new(Semaphore::new(limits.total));
        let (open, numbers, noticed) = (Mutex::default(), AtomicU64::new(0), Mutex::new(None));
        Arc::new(Self { limits, slots, open, numbers, noticed })
    }

    /// A place for a connection from this address; None where every other connection is being served.
    pub async fn admit(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionSlot> {
        let client = client_of(address);
        let has_its_share = !(self.limits.is_exempt)(address) && self.count(client) >= self.limits.per_client;
        if has_its_share && !self.make_room(Some(client)) {
            self.tell_refusal(address);
            return None;
        }
        let slots = Arc::clone(&self.slots);
        let slot = match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(slot) => Some(slot),
            // Of the connection that was closed just now, or of another one.
            Err(_) if has_its_share || self.make_room(None) => {
                timeout(CLOSING, slots.acquire_owned()).await.ok().and_then(Result::ok)
            }
            Err(_) => None,
        };
        let Some(slot) = slot else {
            self.tell_refusal(address);
            return None;
        };
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection { activity: Activity::new(), close: Notify::new() });
        self.open().entry(client).or_default().insert(number, Arc::clone(&connection));
        Some(ConnectionSlot { connection, admission: Arc::clone(self), client, number, _slot: slot })
    }

    /// Closes the connection, of one client or of all, that can best be done without. False where there is none.
    pub fn make_room(&self, client: Option<IpAddr>) -> bool {
        let mut open = self.open();
        let found = open
            .iter()
            .filter(|(other, _)| client.is_none_or(|client| client == **other))
            .flat_map(|(client, connections)| {
                connections.iter().map(|(number, connection)| (*client, *number, connection))
            })
            .filter_map(|(client, number, connection)| {
                Some((connection.activity.expendable(&self.limits.times)?, client, number))
            })
            .min();
        let Some((_, client, number)) = found else { return false };
        if let Some(connection) = open.get_mut(&client).and_then(|connections| connections.remove(&number)) {
            connection.close.notify_one();
        }
        true
    }

    fn count(&self, client: IpAddr) -> usize {
        self.open().get(&client).map_or(0, HashMap::len)
    }

    fn forget(&self, client: IpAddr, number: u64) {
        let mut open = self.open();
        if let Some(connections) = open.get_mut(&client) {
            connections.remove(&number);
            if connections.is_empty() {
                open.remove(&client);
            }
        }
    }

    fn tell_refusal(&self, address: IpAddr) {
        tracing::debug!(%address, "A connection was refused");
        let mut noticed = self.noticed.lock().unwrap_or_else(PoisonError::into_inner);
        if noticed.is_none_or(|at| at.elapsed() >= NOTICE) {
            *noticed = Some(Instant::now());
            let Limits { total, per_client, .. } = self.limits;
            tracing::warn!(total, per_client, "Connections are refused: as many are in use as there may be");
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, HashMap<u64, Arc<Connection>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
