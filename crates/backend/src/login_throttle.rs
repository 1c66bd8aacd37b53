//! How often somebody may try to sign in: by client address, and by client address and person. A browser that the
//! person signed in with before has attempts of its own, so that nobody can use up the owner's. The counters are in the
//! database: several servers count together, and a restart forgets none. They are alike for addresses that nobody has.

use std::sync::atomic::Ordering;

use model::moment::MINUTE;
use model::{Moment, Problem, Throttled, UserId, text};
use store::login_counters::{self, Record, Span};
use store::{StoreError, WriteTx};

use crate::Backend;
use crate::client::Client;
use crate::clock::now;
use crate::hash_queue::{HashFor, Turn};
use crate::password::token_hash;

/// How long attempts are counted together.
const SPAN: i64 = 15 * MINUTE;
const SECOND: u64 = 1_000_000;
/// Wrong passwords for one person from one client address, or with one browser that the person signed in with.
const FOR_ONE_PERSON: i64 = 10;
/// Wrong passwords from one client address, whomever they are for.
const FROM_ONE_ADDRESS: i64 = 60;
/// The same from one site's IPv6 addresses, which has up to 65,536 networks that count as one address each (RFC 6177).
const FROM_ONE_SITE: i64 = 600;
/// After so many wrong passwords for one person from all client addresses, each address has fewer attempts. It still
/// has some: else strangers could keep a person out who has a new browser.
const UNDER_ATTACK: i64 = 100;
const FOR_ONE_PERSON_UNDER_ATTACK: i64 = 3;

/// Tries of a site that weigh as one of an address where the queue of hashes is full.
const SITE_SHARE: i64 = FROM_ONE_SITE / FROM_ONE_ADDRESS;

/// Counters that are kept. Beyond that, those that counted least are forgotten.
const COUNTERS: u64 = 100_000;
/// After how many attempts a server looks for counters that can be forgotten.
const PURGED_EVERY: u64 = 1_000;
/// No e-mail address has more octets; what is longer differs too late to matter.
const EMAIL_OCTETS: usize = 254;

/// What somebody tries to prove, and from where.
pub(crate) enum Attempt<'a> {
    /// A person's password.
    Password {
        client: &'a Client,
        email: &'a str,
        /// Who has the address, if anybody has.
        user: Option<UserId>,
    },
    /// The token of the set-up link.
    SetUpLink { client: &'a Client },
}

/// An attempt that may be made, and is counted.
pub(crate) struct StartedAttempt {
    pub counted: Counters,
    /// Dropped once the hash is made, or where none is needed.
    pub turn: Turn,
}

/// How an attempt ended that is not to be counted as a wrong one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptEnd {
    Right,
    NotChecked,
}

impl Backend {
    /// Begins an attempt to prove something by a secret: refuses it with [`Problem::Throttled`] where too many were
    /// wrong, waits for a turn to hash, and counts it before anything is checked, so that a crowd at once is counted
    /// as well. [`Backend::end_attempt`] discounts it; without it, the attempt counts as a wrong one.
    pub(crate) async fn begin_attempt(&self, attempt: &Attempt<'_>) -> Result<StartedAttempt, Problem> {
        let counters = self.counters_of(attempt).await?;
        // Read first: what is refused costs neither a write nor a turn.
        let at = now();
        let found = self.store().read(login_counters::find(self.store().db(), &counters.ids(), span(at))).await?;
        let counted = counters.counted(&found, at);
        check(&counted, at)?;
        let turn = self.inner.passwords.turn(counters.hash_for(attempt, &counted)).await?;
        self.count(&counters).await?;
        Ok(StartedAttempt { counted: counters, turn })
    }

    /// Discounts an attempt. A right password also clears what was counted for this person from this
    /// address, or with this browser; what the address and the person have besides stays.
    pub(crate) async fn end_attempt(&self, counters: &Counters, end: AttemptEnd) {
        let subtract = move |tx: WriteTx| async move {
            for Counter { scope, id } in &counters.0 {
                match end {
                    AttemptEnd::Right if scope.is_cleared() => login_counters::clear(&tx, id).await?,
                    _ => login_counters::subtract_one(&tx, id).await?,
                }
            }
            Ok(())
        };
        if let Err(problem) = self.store().write(subtract).await {
            // It then counts as a wrong one, which is no reason to keep anybody out.
            tracing::warn!(%problem, "an attempt to sign in could not be discounted");
        }
    }

    async fn counters_of(&self, attempt: &Attempt<'_>) -> Result<Counters, Problem> {
        match attempt {
            Attempt::SetUpLink { client } => Ok(Counters(vec![Counter::new(Scope::SetUpLink, &network(client), "")])),
            Attempt::Password { client, email, user } => match self.known_device(client, *user).await? {
                Some(device) => Ok(Counters(vec![Counter::new(Scope::Device, &device, &folded(email))])),
                None => {
                    let (network, person) = (network(client), folded(email));
                    let site = client.address.site().map(|site| Counter::new(Scope::Site, &site.to_string(), ""));
                    let others = [
                        Counter::new(Scope::Address, &network, ""),
                        Counter::new(Scope::AddressAndPerson, &network, &person),
                        Counter::new(Scope::Person, "", &person),
                    ];
                    Ok(Counters(site.into_iter().chain(others).collect()))
                }
            },
        }
    }

    async fn count(&self, counters: &Counters) -> Result<(), Problem> {
        let at = now();
        let purges = self.inner.login_attempts.fetch_add(1, Ordering::Relaxed) % PURGED_EVERY == PURGED_EVERY - 1;
        let count = move |tx: WriteTx| async move {
            let mut counted = Vec::new();
            for Counter { scope, id } in &counters.0 {
                let Record { id: _, attempts, began_at } = login_counters::add(&tx, id, at, span(at)).await?;
                counted.push(Counted { scope: *scope, attempts: attempts - 1, began_at });
            }
            // Others may have counted since they were read. Nothing is counted then.
            check(&counted, at)?;
            if purges {
                purge(&tx, at).await?;
            }
            Ok(())
        };
        self.store().write(count).await
    }
}

/// Forgets counters that have ended, and those beyond the most that are kept.
pub(crate) async fn purge(tx: &WriteTx, at: Moment) -> Result<(), StoreError> {
    login_counters::purge(tx, at.minus(SPAN), COUNTERS).await
}

/// What an attempt is counted by. All are changed in this order, so that no two wait for each other.
pub(crate) struct Counters(Vec<Counter>);

struct Counter {
    scope: Scope,
    id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    SetUpLink,
    Device,
    Site,
    Address,
    AddressAndPerson,
    Person,
}

/// The attempts before this one.
struct Counted {
    scope: Scope,
    attempts: i64,
    began_at: Moment,
}

impl Counters {
    fn ids(&self) -> Vec<&str> {
        self.0.iter().map(|counter| counter.id.as_str()).collect()
    }

    fn counted(&self, found: &[Record], at: Moment) -> Vec<Counted> {
        let counted = |Counter { scope, id }: &Counter| match found.iter().find(|record| record.id == *id) {
            Some(record) => Counted { scope: *scope, attempts: record.attempts, began_at: record.began_at },
            None => Counted { scope: *scope, attempts: 0, began_at: at },
        };
        self.0.iter().map(counted).collect()
    }

    fn hash_for(&self, attempt: &Attempt<'_>, counted: &[Counted]) -> HashFor {
        let (Attempt::Password { client, .. } | Attempt::SetUpLink { client }) = attempt;
        if let Some(device) = self.0.iter().find(|counter| counter.scope == Scope::Device) {
            return HashFor::Device(device.id.clone());
        }
        let of_client = counted.iter().find(|counted| matches!(counted.scope, Scope::Address | Scope::SetUpLink));
        let attempts = of_client.map_or(0, |counted| counted.attempts);
        // A fresh network of a site that tries much is no newcomer.
        let of_site = counted.iter().find(|counted| counted.scope == Scope::Site);
        let attempts = attempts.max(of_site.map_or(0, |counted| counted.attempts / SITE_SHARE));
        HashFor::Stranger { network: client.address.network(), tries: attempts }
    }
}

impl Counter {
    /// A digest, so that the database shows neither who is tried nor from where.
    fn new(scope: Scope, from: &str, person: &str) -> Self {
        Self { scope, id: token_hash(&format!("{scope:?} {from} {person}")) }
    }
}

impl Scope {
    /// Whether a right password clears it.
    const fn is_cleared(self) -> bool {
        matches!(self, Self::SetUpLink | Self::Device | Self::AddressAndPerson)
    }

    /// The most wrong attempts.
    const fn at_most(self, under_attack: bool) -> Option<i64> {
        match self {
            Self::SetUpLink | Self::Device => Some(FOR_ONE_PERSON),
            Self::AddressAndPerson if under_attack => Some(FOR_ONE_PERSON_UNDER_ATTACK),
            Self::AddressAndPerson => Some(FOR_ONE_PERSON),
            Self::Site => Some(FROM_ONE_SITE),
            Self::Address => Some(FROM_ONE_ADDRESS),
            Self::Person => None,
        }
    }

    const fn too_many(self) -> &'static str {
        match self {
            Self::SetUpLink => "Too many tries with a link that does not work.",
            Self::Site | Self::Address => "Too many tries from your network.",
            Self::Device | Self::AddressAndPerson | Self::Person => "Too many tries with this address.",
        }
    }
}

/// Refuses what has no attempt left, with the longest wait.
fn check(counted: &[Counted], at: Moment) -> Result<(), Problem> {
    let under_attack = counted.iter().any(|counted| counted.scope == Scope::Person && counted.attempts >= UNDER_ATTACK);
    let used_up = counted.iter().filter(|Counted { scope, attempts, .. }| {
        let at_most = scope.at_most(under_attack);
        at_most.is_some_and(|at_most| *attempts >= at_most)
    });
    match used_up.max_by_key(|counted| counted.began_at) {
        Some(Counted { scope, began_at, .. }) => {
            let wait = u64::try_from(began_at.0 + SPAN - at.0).unwrap_or(0);
            let seconds = u32::try_from(wait.div_ceil(SECOND)).unwrap_or(u32::MAX).max(1);
            Err(Problem::Throttled(Throttled { what: scope.too_many().to_owned(), seconds }))
        }
        None => Ok(()),
    }
}

/// Servers' clocks may differ. A counter that begins later than one span from now is of a clock that was set back
/// since, and does not count any more.
fn span(at: Moment) -> Span {
    Span { after: at.minus(SPAN), until: Moment(at.0.saturating_add(SPAN)) }
}

fn network(client: &Client) -> String {
    client.address.network().to_string()
}

fn folded(email: &str) -> String {
    let mut folded = text::fold(email.trim());
    folded.truncate(folded.floor_char_boundary(EMAIL_OCTETS));
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_refused_by_what_was_counted() {
        let start = Moment(1_000 * MINUTE);
        let check = |counted: &[(Scope, i64)], minutes: i64, refused: Option<&str>| {
            let counted: Vec<_> =
                counted.iter().map(|&(scope, attempts)| Counted { scope, attempts, began_at: start }).collect();
            let said = check(&counted, Moment(start.0 + minutes * MINUTE)).err().map(|problem| problem.to_string());
            assert_eq!(said.as_deref(), refused);
        };
        let soon = "Too many tries with this address. Try again in 4 minutes.";
        check(&[(Scope::AddressAndPerson, 9), (Scope::Address, 59), (Scope::Person, 99)], 0, None);
        check(&[(Scope::AddressAndPerson, 10)], 11, Some(soon));
        check(&[(Scope::Address, 60)], 0, Some("Too many tries from your network. Try again in 15 minutes."));
        check(&[(Scope::Site, 599), (Scope::Address, 1)], 0, None);
        check(&[(Scope::Site, 600)], 0, Some("Too many tries from your network. Try again in 15 minutes."));
        check(&[(Scope::Person, 1_000)], 0, None);
        check(&[(Scope::AddressAndPerson, 2), (Scope::Person, 1_000)], 0, None);
        check(&[(Scope::AddressAndPerson, 3), (Scope::Person, 100)], 11, Some(soon));
        check(&[(Scope::AddressAndPerson, 3), (Scope::Person, 99)], 0, None);
        check(&[(Scope::Device, 9)], 0, None);
        check(&[(Scope::Device, 10)], 11, Some(soon));
    }

    #[test]
    fn one_address_in_several_spellings_is_one_person() {
        assert_eq!(folded(" OPS@Nordhavn.example "), folded("ops@nordhavn.example"));
        assert_eq!(folded(&"é".repeat(1_000)).len(), EMAIL_OCTETS);
    }
}
