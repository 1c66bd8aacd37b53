use super::*;

#[test]
fn a_connector_needs_a_name_a_host_and_a_credential_where_it_signs_in() {
    let errors = ConnectorDraft { authentication: YesNo::Yes, ..ConnectorDraft::default() }.parse();
    let errors = errors.expect_err("nothing was typed");
    let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
    assert_eq!(fields, ["name", "host", "credential"]);
    let draft = ConnectorDraft {
        name: "DMZ".to_owned(),
        host: "proxy.nordhavn.example".to_owned(),
        credential: "9".to_owned(),
        ..ConnectorDraft::default()
    };
    let connector = draft.parse().expect("the draft keeps the rules");
    assert_eq!((connector.port(), connector.credential), (1080, None));
    assert!(!connector.resolves_names, "unless somebody says so");
    let http = ConnectorDraft { kind: ConnectorKind::HttpConnect, authentication: YesNo::Yes, ..draft };
    let connector = http.parse().expect("the draft keeps the rules");
    assert_eq!((connector.port(), connector.credential), (3128, Some(CredentialId(9))));
}

#[test]
fn a_save_says_which_credentials_lost_the_connector() {
    let check = |withdrawn: &[&str], said: &str| {
        let withdrawn = withdrawn.iter().map(|name| (*name).to_owned()).collect();
        let saved = SavedConnector { id: ConnectorId(7), name: "DMZ".to_owned(), withdrawn };
        assert!(saved.to_string().starts_with(said), "{saved}");
    };
    check(&[], "“DMZ” is saved.");
    check(&["Relay"], "“DMZ” is saved. It leads elsewhere now, so the credential “Relay” is no longer permitted");
    check(&["A", "B"], "“DMZ” is saved. It leads elsewhere now, so the credentials “A”, “B” are no longer permitted");
}

#[test]
fn a_check_needs_a_host_and_a_port() {
    let check = |host: &str, port: &str| CheckDraft { host: host.to_owned(), port: port.to_owned() }.parse().is_ok();
    assert!(check("smtp.example.org", "587"));
    assert!(!check("smtp.example.org", ""));
    assert!(!check("", "587"));
}
