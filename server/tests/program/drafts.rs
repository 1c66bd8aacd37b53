//! What is typed into forms.

/// The answers of the form for an account that keeps all rules.
pub fn draft(name: &str) -> Vec<(String, String)> {
    let pairs = [
        ("name", name),
        ("sender", "billing@nordhavn.example"),
        ("reply", "desk@nordhavn.example"),
        ("return_path", "bounces@nordhavn.example"),
        ("confirmation", "receipts@nordhavn.example"),
        ("host", "smtp.nordhavn.example"),
        ("authentication", "No"),
    ];
    pairs.map(|(field, value)| (format!("draft[{field}]"), value.to_owned())).to_vec()
}

/// The form New.
pub fn new_account(name: &str) -> Vec<(String, String)> {
    with(&draft(name), &[("form", "New")])
}

/// The form Edit, loaded at this version.
pub fn edit_account(id: i64, version: i64, name: &str) -> Vec<(String, String)> {
    with(&draft(name), &[("form[Edit]", &id.to_string()), ("version", &version.to_string())])
}

/// The form with these answers in place of its own.
pub fn with(form: &[(String, String)], answers: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = form.iter().filter(|(name, _)| answers.iter().all(|(other, _)| other != name)).cloned();
    let given = answers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    kept.chain(given).collect()
}

/// A new credential for servers on this machine, with further answers.
pub fn credential(name: &str, ports: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = [
        ("draft[name]", name),
        ("draft[user_name]", "relay"),
        ("draft[hosts]", "127.0.0.1"),
        ("draft[ports]", ports),
        ("draft[direct]", "Yes"),
        ("draft[verified_only]", "No"),
        ("draft[plain_in_clear]", "Yes"),
        ("form", "New"),
    ];
    with(&with(&[], &pairs), more)
}

/// A new account that signs in to a server on this machine, in clear text.
pub fn account(name: &str, port: u16, credential: &str) -> Vec<(String, String)> {
    let answers = [
        ("draft[host]", "127.0.0.1"),
        ("draft[port]", &port.to_string()),
        ("draft[safe_connection]", "No"),
        ("draft[authentication]", "Yes"),
        ("draft[credential]", credential),
    ];
    with(&new_account(name), &answers)
}
