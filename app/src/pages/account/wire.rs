//! "What the server will see": the form's answers in the server's own words. It explains four addresses better than
//! help can.

use leptos::prelude::*;
use model::{AccountDraft, CertificateCheck, Host, Port, Security};

use crate::components::copy::Copy;
use crate::components::draft::Draft;

#[component]
pub fn Wire(draft: Draft<AccountDraft>) -> impl IntoView {
    let lines = move || draft.answers.with(lines);
    let shown = move || {
        lines()
            .into_iter()
            .map(|line| {
                view! {
                    <div class:cut=line.cut>
                        <dt class="sub">{line.label}</dt>
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
        <aside class="card stack sect" aria-labelledby="wire-h">
            <h2 id="wire-h">"What the server will see"</h2>
            <dl class="stack">{shown}</dl>
        </aside>
    }
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

fn lines(draft: &AccountDraft) -> Vec<Line> {
    const MISSING: &str = "mono bad tone";
    let security = draft.security();
    let port = Port::parse(&draft.port).map(|port| port.map_or(security.usual_port(), Port::get));
    let connection = match (Host::parse(&draft.host), port) {
        (Ok(host), Ok(port)) => {
            let address = host.with_port(port);
            Line::new("Connection", format!("{address}, directly")).copying(address)
        }
        (Err(_), _) if draft.host.trim().is_empty() => {
            Line::new("Connection", "no host yet".to_owned()).of_tone(MISSING)
        }
        (Err(_), _) => Line::new("Connection", "not a host name".to_owned()).of_tone(MISSING),
        (_, Err(_)) => Line::new("Connection", "not a port".to_owned()).of_tone(MISSING),
    };
    let encryption = match (security, draft.certificates()) {
        (Security::None, _) => Line::new("Encryption", "none: clear text".to_owned()).of_tone("mono warn tone"),
        (security, CertificateCheck::Ignore) => {
            Line::new("Encryption", format!("{}, certificate not checked", security.term())).of_tone("mono warn tone")
        }
        (security, CertificateCheck::Verify) => {
            Line::new("Encryption", format!("{}, certificate checked", security.term()))
        }
    };
    let address = |label, before: &str, typed: &str, after: &str| match typed.trim() {
        "" => Line::new(label, "no address yet".to_owned()).of_tone(MISSING),
        typed => Line::new(label, format!("{before}{typed}{after}")).copying(typed),
    };
    let receipt = match draft.read_receipt.is_yes() {
        true => address("Confirmation mail", "Disposition-Notification-To: ", &draft.confirmation, ""),
        false => {
            Line::new("Confirmation mail", "No Disposition-Notification-To, because Send read receipt is No".to_owned())
                .of_tone("mono muted")
        }
    };
    vec![
        connection,
        encryption,
        address("Reply e-mail (Return-Path)", "MAIL FROM:<", &draft.return_path, ">").after_a_cut(),
        Line::new("Chosen by the program that sends", "RCPT TO:<…>".to_owned()),
        address("Sender e-mail", "From: ", &draft.sender, "").after_a_cut(),
        address("Reply e-mail", "Reply-To: ", &draft.reply, ""),
        receipt,
    ]
}
