//! Whose server it is: by the host's name, else by how it greets, else by whom its certificate is for.

use model::{Failure, ProviderFacts, SmtpReport, Stage, StageState};

use super::knowledge::{Knowledge, Provider, ServerSecurity};

/// The provider of a server, where it is one that is known.
pub fn find<'a>(known: &'a Knowledge, host: &str, report: &SmtpReport) -> Option<&'a Provider> {
    let greeting = report
        .stages
        .iter()
        .find(|report| report.stage == Stage::Greeting && report.state == StageState::Done)
        .map(|report| report.fact.as_str());
    let subject = report.certificate.as_ref().and_then(|shown| common_name(&shown.subject));
    named(known, host, greeting)
        .or_else(|| subject.and_then(|name| by(known, |provider| &provider.hosts, name.trim_start_matches("*."))))
}

/// The provider of a host, else of a server that greets so.
pub fn named<'a>(known: &'a Knowledge, host: &str, greeting: Option<&str>) -> Option<&'a Provider> {
    by(known, |provider| &provider.hosts, host)
        .or_else(|| name_in(greeting?).and_then(|name| by(known, |provider| &provider.greets_as, name)))
}

/// The name with which a greeting begins (RFC 5321, section 4.2).
fn name_in(greeting: &str) -> Option<&str> {
    greeting.split_whitespace().next()
}

/// Whether a server that greets so is none of the provider's. Where it is not known how the provider greets, none is.
pub fn is_foreign(provider: &Provider, greeting: &str) -> bool {
    let name = name_in(greeting).unwrap_or_default().trim_end_matches('.').to_lowercase();
    // Names of their own that are no names of the DNS say nothing of whose they are.
    let own = name.contains('.') && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b".-".contains(&octet));
    own && provider.greets_as.iter().any(|known| known.contains('.')) && !owns(provider, &name)
}

/// Whether a host, or all hosts of a certificate's wildcard, are of the provider's domains.
pub fn owns(provider: &Provider, name: &str) -> bool {
    let name = name.trim_start_matches("*.").to_lowercase();
    let domain = |name: &str| name.rsplitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let mut names = provider.hosts.iter().chain(&provider.greets_as).chain(&provider.domains);
    names.any(|known| is_of(&name, known) || domain(&name) == domain(known.trim_start_matches('.')))
}

fn by<'a>(known: &'a Knowledge, names: fn(&Provider) -> &Vec<String>, name: &str) -> Option<&'a Provider> {
    let name = name.trim_end_matches('.').to_lowercase();
    known.providers.iter().find(|provider| names(provider).iter().any(|known| is_of(&name, known)))
}

/// `known` is a name, or ".suffix" for all below it.
fn is_of(name: &str, known: &str) -> bool {
    match known.strip_prefix('.') {
        Some(above) => name.strip_suffix(above).is_some_and(|below| below.ends_with('.') && below.len() > 1),
        None => name == known,
    }
}

/// The common name (CN) of a subject.
pub fn common_name(subject: &str) -> Option<&str> {
    subject.split(", ").find_map(|part| part.strip_prefix("CN="))
}

/// The host name of a provider that is nearest to one that does not exist: a letter or two away.
pub fn nearest<'a>(known: &'a Knowledge, host: &str) -> Option<&'a str> {
    let host = host.to_lowercase();
    let hosts = known.providers.iter().flat_map(|provider| &provider.server).map(|server| server.host.as_str());
    let near = hosts.map(|known| (distance(&host, known), known)).filter(|(away, _)| (1..=2).contains(away));
    near.min().map(|(_, host)| host)
}

/// How many letters are to be changed, put in, taken out, or swapped with their neighbour (Damerau and Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

impl Provider {
    /// What of it bears on this failure.
    pub fn facts(&self, failure: &Failure) -> ProviderFacts {
        let mut facts = Vec::new();
        if let (Stage::Auth | Stage::Mail, Some(sign_in)) = (failure.stage, &self.sign_in) {
            facts.push((format!("User name: {}", sign_in.user_name), sign_in.source.clone()));
            facts.push((format!("Password: {}", sign_in.password), sign_in.source.clone()));
        }
        if matches!(failure.stage, Stage::Dns | Stage::Tcp | Stage::Greeting | Stage::Ehlo | Stage::Tls) {
            let servers = self.server.iter().map(|server| {
                let security = match server.security {
                    ServerSecurity::None => "in clear text",
                    ServerSecurity::Starttls => "with STARTTLS",
                    ServerSecurity::Tls => "with TLS from the first byte",
                };
                (format!("{}:{} {security}", server.host, server.port), server.source.clone())
            });
            facts.extend(servers.take(4));
        }
        let noted = match failure.stage {
            Stage::Auth | Stage::Mail => &self.note[..],
            Stage::Rcpt | Stage::Data => &self.limit,
            _ => &[],
        };
        facts.extend(noted.iter().map(|fact| (fact.what.clone(), fact.source.clone())));
        if matches!(failure.stage, Stage::Auth | Stage::Mail) {
            facts.extend(self.coming().into_iter().flat_map(|coming| coming.facts));
        }
        ProviderFacts { name: self.name.clone(), facts }
    }

    /// What will change for whoever signs in with a password.
    pub fn coming(&self) -> Option<ProviderFacts> {
        let facts: Vec<_> = self.coming.iter().map(|change| (change.what.clone(), change.source.clone())).collect();
        (!facts.is_empty()).then(|| ProviderFacts { name: self.name.clone(), facts })
    }
}

#[cfg(test)]
mod tests {
    use super::super::KNOWN;
    use super::*;

    #[test]
    fn what_is_known_was_read() {
        assert!(
            KNOWN.rules.len() > 50 && KNOWN.providers.len() > 40,
            "{} {}",
            KNOWN.rules.len(),
            KNOWN.providers.len()
        );
    }

    #[test]
    fn what_will_change_is_said_of_whom_it_is_known() {
        let coming = |host| named(&KNOWN, host, None).and_then(Provider::coming);
        let microsoft = coming("smtp.office365.com").expect("it is known");
        assert!(microsoft.facts.iter().any(|(what, _)| what.contains("December 2026")), "{microsoft:?}");
        assert_eq!((coming("smtp.gmail.com"), coming("mail.nordhavn.example")), (None, None));
    }

    #[test]
    fn a_name_is_of_a_provider_or_below_it() {
        assert!(is_of("smtp.gmail.com", "smtp.gmail.com"));
        assert!(is_of("x.mail.protection.outlook.com", ".mail.protection.outlook.com"));
        assert!(!is_of("mail.protection.outlook.com", ".mail.protection.outlook.com"));
        assert!(!is_of("evil-smtp.gmail.com", "smtp.gmail.com"));
        assert!(!is_of("smtp.gmail.com.evil.example", "smtp.gmail.com"));
    }

    #[test]
    fn the_nearest_host_is_a_letter_or_two_away() {
        let check = |typed: &str, near: Option<&str>| assert_eq!(nearest(&KNOWN, typed), near, "{typed}");
        check("smtp.gmial.com", Some("smtp.gmail.com"));
        check("smpt.gmail.com", Some("smtp.gmail.com"));
        check("smtp.ofice365.com", Some("smtp.office365.com"));
        check("smtp.gmail.com", None);
        check("mail.nordhavn.example", None);
    }
}
