//! Whether the chosen credential may be used for what the form says, as far as a browser can know it. The server asks
//! the same rule again, and knows all.

use model::{
    AccountDraft, ConnectorChoice, CredentialChoice, CredentialId, Destination, Fingerprint, Host, Port, Protection,
    TrustKind,
};

/// The chosen credential and the reason against it. None where there is none, or where an answer cannot be read yet.
pub fn refused(
    answers: &AccountDraft,
    credentials: &[CredentialChoice],
    connectors: &[ConnectorChoice],
) -> Option<(CredentialId, String)> {
    if !answers.authentication.is_yes() {
        return None;
    }
    let chosen = credentials.iter().find(|credential| credential.id.to_string() == answers.credential.trim())?;
    let connector = if answers.use_connector.is_yes() {
        let chosen = answers.connector.trim();
        Some(&connectors.iter().find(|connector| connector.route.id.to_string() == chosen)?.route)
    } else {
        None
    };
    let host = Host::parse(&answers.host).ok()?;
    // Stored names are in ASCII; a browser does not know that of others.
    if !host.as_str().is_ascii() {
        return None;
    }
    let port = Port::parse(&answers.port).ok()?.map_or(answers.security().usual_port(), Port::get);
    let own: Vec<_> = match answers.trust {
        TrustKind::Certificate => vec![Fingerprint::parse(&answers.pin).ok()?],
        // A CA's fingerprint is found on the server.
        TrustKind::Machine | TrustKind::Ca => Vec::new(),
    };
    let protection = Protection::of(answers.security(), answers.certificates(), answers.trust, &own);
    let mechanism = answers.mechanism.mechanism();
    let to = Destination { host: &host, port, connector, protection, mechanism };
    chosen.destinations.permit(&to).err().map(|why| (chosen.id, why.to_string()))
}

#[cfg(test)]
mod tests {
    use model::{ConnectorId, ConnectorKind, ConnectorRoute, Destinations, YesNo};

    use super::*;

    #[test]
    fn what_saving_would_refuse_is_said_as_one_types() {
        let credential = CredentialChoice {
            id: CredentialId(7),
            name: "Relay".to_owned(),
            destinations: Destinations {
                hosts: Host::parse("smtp.nordhavn.example").into_iter().collect(),
                ports: vec![587],
                direct: true,
                verified_only: true,
                ..Destinations::default()
            },
        };
        let host = Host::parse("proxy.nordhavn.example").expect("a name");
        let route = ConnectorRoute { id: ConnectorId(3), kind: ConnectorKind::Socks5, host, port: 1080 };
        let connector = ConnectorChoice { name: "DMZ".to_owned(), route };
        let good = AccountDraft {
            host: "SMTP.nordhavn.example".to_owned(),
            credential: "7".to_owned(),
            ..AccountDraft::default()
        };
        let check = |answers: AccountDraft, words: Option<&str>| {
            let refused = refused(&answers, std::slice::from_ref(&credential), std::slice::from_ref(&connector))
                .map(|(_, why)| why);
            assert_eq!(refused.as_deref(), words, "{answers:?}");
        };
        check(good.clone(), None);
        check(AccountDraft { port: "25".to_owned(), ..good.clone() }, Some("This credential is not for port 25."));
        let ignoring = AccountDraft { ignore_certificate: YesNo::Yes, ..good.clone() };
        check(ignoring, Some("This credential asks for verified TLS, and certificate errors are ignored."));
        let pinned = AccountDraft { trust: TrustKind::Certificate, pin: "0a".repeat(32), ..good.clone() };
        check(pinned, Some("This credential does not know the certificate that the account trusts by itself."));
        check(AccountDraft { trust: TrustKind::Ca, ..good.clone() }, None);
        let through = AccountDraft { use_connector: YesNo::Yes, connector: "3".to_owned(), ..good.clone() };
        check(through, Some("This credential is not for use through this network connector."));
        check(AccountDraft { authentication: YesNo::No, port: "25".to_owned(), ..good.clone() }, None);
        check(AccountDraft { credential: String::new(), port: "25".to_owned(), ..good }, None);
    }
}
