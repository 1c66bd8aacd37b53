//! What keeps schedules from sending bulk mail: who may receive reports, and how many a person may send on a day.

use model::moment::DAY;
use model::{EmailAddress, Host, Moment, Problem, RUN_FILES_OCTETS, UserId, hosts};
use store::report_usage::{self, Usage, Whose};
use store::{Store, StoreError, WriteTx};

/// Who may receive scheduled reports, and how many there may be.
#[derive(Clone, Debug)]
pub struct ReportLimits {
    /// Domains whose addresses may receive reports, besides the people who are registered.
    pub domains: Vec<Host>,
    /// Schedules of one person.
    pub schedules: u64,
    /// What one person's schedules may send on a day of UTC.
    pub per_person: DayBudget,
    /// What all of them may.
    pub in_all: DayBudget,
    /// Octets of the files that are kept with runs.
    pub file_octets: u64,
}

/// What may be sent on a day.
#[derive(Clone, Copy, Debug)]
pub struct DayBudget {
    /// A report to three recipients is three messages.
    pub messages: u64,
    /// Octets of these messages.
    pub octets: u64,
}

const MIB: u64 = 1024 * 1024;

impl Default for ReportLimits {
    fn default() -> Self {
        Self {
            domains: Vec::new(),
            schedules: 100,
            per_person: DayBudget { messages: 2_000, octets: 2_048 * MIB },
            in_all: DayBudget { messages: 20_000, octets: 20_480 * MIB },
            file_octets: RUN_FILES_OCTETS,
        }
    }
}

impl ReportLimits {
    /// A domain as the DNS knows it; else what is wrong with it.
    pub fn domain(typed: &str) -> Result<Host, String> {
        let host = Host::parse_as("The domain", typed)?;
        match host.ip() {
            None => hosts::to_ascii(&host),
            Some(_) => Err(format!("“{typed}” is an address. A domain is a name, such as example.org.")),
        }
    }

    /// Who may receive reports, in a sentence.
    pub fn in_words(&self) -> String {
        let domains: Vec<_> = self.domains.iter().map(hosts::to_unicode).collect();
        match domains.split_last() {
            None => "Reports go to people who can sign in to Posthouse.".to_owned(),
            Some((only, [])) => {
                format!("Reports go to people who can sign in to Posthouse, and to addresses at {only}.")
            }
            Some((last, others)) => format!(
                "Reports go to people who can sign in to Posthouse, and to addresses at {} or {last}.",
                others.join(", ")
            ),
        }
    }

    fn allows_domain_of(&self, address: &EmailAddress) -> bool {
        Self::domain(address.domain()).is_ok_and(|domain| self.domains.contains(&domain))
    }

    /// Those whose domain is not allowed: they may receive reports if they are registered.
    pub(super) fn strangers<'a>(&self, recipients: &'a [EmailAddress]) -> Vec<&'a EmailAddress> {
        recipients.iter().filter(|address| !self.allows_domain_of(address)).collect()
    }

    /// Who of these may not receive reports, and what can be done; None where there is nobody.
    pub(super) fn refusal(&self, unknown: &[&EmailAddress]) -> Option<String> {
        let named: Vec<_> = unknown.iter().map(|address| format!("“{address}”")).collect();
        (!named.is_empty()).then(|| {
            format!(
                "{} may not receive reports. {} Whoever runs Posthouse can allow a domain with --report-domains.",
                named.join(", "),
                self.in_words()
            )
        })
    }

    /// Whether a person's schedules may send so many messages more on this day; else why not.
    pub(super) async fn check_budget(
        &self,
        store: &Store,
        owner: UserId,
        messages: u64,
        now: Moment,
    ) -> Result<Result<(), String>, Problem> {
        let (db, more) = (store.db(), |sent: Usage| Usage { messages: sent.messages + messages, ..sent });
        let read = async {
            let own = report_usage::find(db, day(now), Whose::One(owner)).await?;
            Ok((own, report_usage::find(db, day(now), Whose::Everybody).await?))
        };
        let (own, all) = store.read(read).await?;
        Ok(self.judge(more(own), more(all)))
    }

    /// Counts messages that are about to be sent. A [`Problem::Refused`] where they are too many; nothing is counted
    /// then.
    pub(super) async fn count(&self, tx: &WriteTx, owner: UserId, sent: Usage, now: Moment) -> Result<(), StoreError> {
        // Always in this order: two that wait for each other's rows would wait for ever.
        let all = report_usage::add(tx, day(now), Whose::Everybody, sent).await?;
        let own = report_usage::add(tx, day(now), Whose::One(owner), sent).await?;
        self.judge(own, all).map_err(|why| Problem::Refused(why).into())
    }

    fn judge(&self, own: Usage, all: Usage) -> Result<(), String> {
        let over = |sent: Usage, budget: DayBudget, who: &str| {
            let DayBudget { messages, octets } = budget;
            if sent.messages > messages {
                Some(format!("{who} send at most {messages} messages on one day. {TOMORROW}"))
            } else if sent.octets > octets {
                Some(format!("{who} send at most {} MiB on one day. {TOMORROW}", octets / MIB))
            } else {
                None
            }
        };
        let over = over(own, self.per_person, "The schedules of one person")
            .or_else(|| over(all, self.in_all, "All schedules together"));
        over.map_or(Ok(()), Err)
    }
}

const TOMORROW: &str = "The next day begins at 00:00 UTC. Fewer recipients or a longer recurrence send less.";

/// Days of UTC since 1970.
fn day(at: Moment) -> i64 {
    at.0.div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_allowed_in_every_spelling_and_its_subdomains_are_not() {
        let domains = ["Example.ORG", "bücher.example"].map(|name| ReportLimits::domain(name).expect("a domain"));
        let limits = ReportLimits { domains: domains.to_vec(), ..ReportLimits::default() };
        let check = |address: &str, allowed: bool| {
            let address = EmailAddress::parse("Recipient", address).expect("an address");
            assert_eq!(limits.allows_domain_of(&address), allowed, "{address}");
        };
        check("a@example.org", true);
        check("a@EXAMPLE.org", true);
        check("a@xn--bcher-kva.example", true);
        check("a@BÜCHER.example", true);
        check("a@mail.example.org", false);
        check("a@example.org.example", false);
        check("\"a@example.org\"@other.example", false);
        check("a@[192.0.2.1]", false);
        assert_eq!(
            limits.in_words(),
            "Reports go to people who can sign in to Posthouse, and to addresses at example.org or bücher.example."
        );
        for wrong in ["192.0.2.1", "a@example.org", "*", ""] {
            assert!(ReportLimits::domain(wrong).is_err(), "{wrong}");
        }
    }
}
