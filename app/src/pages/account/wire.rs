//! "What the server will see": the form's answers in the server's own words. It explains four addresses better than
//! help can.

use leptos::prelude::*;
use model::{AccountDraft, AccountForm, CertificateCheck, ConnectionSecurity, Host, Port, TrustKind};

use super::asked;
use crate::components::copy::Copy;
use crate::components::form::draft::{Draft, FieldAccessor, field};

#[component]
pub fn Wire(draft: Draft<AccountDraft>, names: Names) -> impl IntoView {
    let lines = move || draft.answers.with(|answers| lines(answers, &names));
    let shown = move || {
        lines()
            .into_iter()
            .map(|line| {
                view! {
                    <div class:divided=line.cut>
                        <dt class="subtext">{line.label}</dt>
                        <dd class=format!("row {}", line.tone)>
                        <span class="grow">{line.text}</span>
                        {line.copied.map(|text| view! { <Copy text=Signal::stored(text) what=line.label /> })}
                    </dd>
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <aside class="card stack section" aria-labelledby="wire-h">
            <h2 id="wire-h">"What the server will see"</h2>
            <dl class="stack">{shown}</dl>
        </aside>
    }
}

/// What the records are called that an account can choose, by their numbers as the form has them.
#[derive(Clone)]
pub struct Names {
    credentials: Vec<(String, String)>,
    connectors: Vec<(String, String)>,
}

impl Names {
    pub fn of(form: &AccountForm) -> Self {
        Self {
            credentials: form.credentials.iter().map(|one| (one.id.to_string(), one.name.clone())).collect(),
            connectors: form.connectors.iter().map(|one| (one.route.id.to_string(), one.name.clone())).collect(),
        }
    }
}

/// The name of the chosen one.
fn named<'a>(all: &'a [(String, String)], chosen: &str) -> Option<&'a str> {
    all.iter().find(|(id, _)| id == chosen.trim()).map(|(_, name)| name.as_str())
}

struct Line {
    label: &'static str,
    text: String,
    tone: &'static str,
    /// What a press on its button copies.
    copied: Option<String>,
    /// A new part begins.
    cut: bool,
}

impl Line {
    fn new(label: &'static str, text: String) -> Self {
        Self { label, text, tone: "mono", copied: None, cut: false }
    }

    fn copying(self, text: impl Into<String>) -> Self {
        Self { copied: Some(text.into()), ..self }
    }

    fn of_tone(self, tone: &'static str) -> Self {
        Self { tone, ..self }
    }

    fn after_a_cut(self) -> Self {
        Self { cut: true, ..self }
    }
}

const MISSING: &str = "mono bad tone";

/// By which way the server is reached.
fn way(draft: &AccountDraft, names: &Names) -> Option<String> {
    if draft.use_connector.is_yes() {
        named(&names.connectors, &draft.connector).map(|name| format!("through {name}"))
    } else {
        Some("directly".to_owned())
    }
}

fn sign_in(draft: &AccountDraft, names: &Names) -> Line {
    if !draft.authentication.is_yes() {
        return Line::new("Sign-in", "No AUTH, because User authentication is No".to_owned()).of_tone("mono muted");
    }
    let how = match draft.mechanism.mechanism() {
        None => "AUTH, the strongest offered".to_owned(),
        Some(mechanism) => format!("AUTH {}", mechanism.name()),
    };
    match named(&names.credentials, &draft.credential) {
        Some(name) => Line::new("Sign-in", format!("{how}, with credential {name}")),
        None => Line::new("Sign-in", "no credential chosen".to_owned()).of_tone(MISSING),
    }
}

fn lines(draft: &AccountDraft, names: &Names) -> Vec<Line> {
    let security = draft.security();
    let port = Port::parse(&draft.port).map(|port| port.map_or(security.usual_port(), Port::get));
    let connection = match (Host::parse(&draft.host), port) {
        (Ok(host), Ok(port)) => {
            let address = host.with_port(port);
            match way(draft, names) {
                Some(way) => Line::new("Connection", format!("{address}, {way}")).copying(address),
                None => Line::new("Connection", format!("{address}, no network connector chosen")).of_tone(MISSING),
            }
        }
        (Err(_), _) if draft.host.trim().is_empty() => {
            Line::new("Connection", "no host yet".to_owned()).of_tone(MISSING)
        }
        (Err(_), _) => Line::new("Connection", "not a host name".to_owned()).of_tone(MISSING),
        (_, Err(_)) => Line::new("Connection", "not a port".to_owned()).of_tone(MISSING),
    };
    let encryption = match (security, draft.certificates()) {
        (ConnectionSecurity::None, _) => {
            Line::new("Encryption", "none: clear text".to_owned()).of_tone("mono warn tone")
        }
        (security, CertificateCheck::Ignore) => {
            Line::new("Encryption", format!("{}, certificate not checked", security.term())).of_tone("mono warn tone")
        }
        (security, CertificateCheck::Verify) => {
            let whose = match draft.trust {
                TrustKind::Machine => "certificate checked",
                TrustKind::Certificate => "only with the certificate that is trusted here",
                TrustKind::Ca => "certificate checked, also by the CA that is trusted here",
            };
            Line::new("Encryption", format!("{}, {whose}", security.term()))
        }
    };
    let address = |field: FieldAccessor<AccountDraft, String>, before: &str, after: &str| {
        let label = asked(field);
        match (field.get)(draft).trim() {
            "" => Line::new(label, "no address yet".to_owned()).of_tone(MISSING),
            typed => Line::new(label, format!("{before}{typed}{after}")).copying(typed),
        }
    };
    let receipt = if draft.read_receipt.is_yes() {
        address(field!(confirmation), "Disposition-Notification-To: ", "")
    } else {
        let why = "No Disposition-Notification-To, because Send read receipt is No";
        Line::new(asked(field!(confirmation)), why.to_owned()).of_tone("mono muted")
    };
    vec![
        connection,
        encryption,
        sign_in(draft, names),
        address(field!(return_path), "MAIL FROM:<", ">").after_a_cut(),
        Line::new("Chosen by the program that sends", "RCPT TO:<…>".to_owned()),
        address(field!(sender), "From: ", "").after_a_cut(),
        address(field!(reply), "Reply-To: ", ""),
        receipt,
    ]
}
