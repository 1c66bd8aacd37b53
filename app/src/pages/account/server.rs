//! The card of the server: where it is, how the way there is encrypted, and whose certificates count.

use leptos::prelude::*;
use model::{AccountDraft, CertificateCheck, ConnectionSecurity, TlsType, TrustKind};

use super::asked;
use crate::components::choice::{Choice, PickField};
use crate::components::field::Kind;
use crate::components::form::draft::{Draft, Question, Text, field};

#[component]
pub fn ServerCard(draft: Draft<AccountDraft>) -> impl IntoView {
    let security = Memo::new(move |_| draft.answers.with(AccountDraft::security));
    let clear = Signal::derive(move || security.get() == ConnectionSecurity::None);
    let port_help = move || {
        let usual = move || security.get().usual_port();
        view! { "Empty means " {usual} "." }
    };
    let choice = |answer, label, words: &str| Choice { answer, key: label, label, words: words.to_owned() };
    let types = vec![
        choice(TlsType::Tls, "TLS", "STARTTLS: begins in clear text, then encrypts. Usually port 587."),
        choice(TlsType::Ssl, "SSL", "TLS from the first byte. Usually port 465."),
    ];
    view! {
        <section class="card stack section" aria-labelledby="server-h">
            <h2 id="server-h">"Server"</h2>
            <div class="row align-start">
                <Text
                    draft=draft
                    field=field!(host)
                    label=asked(field!(host))
                    help=|| "A host name or an IP address."
                    class="grow"
                />
                <Text
                    draft=draft
                    field=field!(port)
                    label=asked(field!(port))
                    help=port_help
                    kind=Kind::Numeric
                    class="short-field"
                />
            </div>
            <Question
                draft=draft
                field=field!(safe_connection)
                label=asked(field!(safe_connection))
                help=|| "Yes: encrypted or not at all. No: the message travels in clear text."
                class="toggles-tls"
            />
            <PickField
                name="tls_type"
                form_name="draft[tls_type]"
                label=asked(field!(tls_type))
                help=|| view! { <span class="when-inactive">"Applies when Use safe connection? is Yes."</span> }
                choices=types
                chosen=draft.answer(field!(tls_type))
                off=clear
                class="dependent needs-tls"
                on_change=Callback::new(move |tls| draft.set(field!(tls_type), tls))
            />
            <Question
                draft=draft
                field=field!(ignore_certificate)
                label=asked(field!(ignore_certificate))
                help=|| {
                    view! {
                        <span class="when-active">
                            "Yes: anyone in between can read mail and password. Trust the server’s certificate or its CA below instead."
                        </span>
                        <span class="when-inactive">"Applies when Use safe connection? is Yes."</span>
                    }
                }
                off=clear
                class="dependent needs-tls toggles-certificate-check"
            />
            <TrustFields draft=draft />
        </section>
    }
}

/// Whom the account trusts by itself.
#[component]
fn TrustFields(draft: Draft<AccountDraft>) -> impl IntoView {
    let unchecked = Memo::new(move |_| {
        draft.answers.with(|answers| {
            answers.security() == ConnectionSecurity::None || answers.certificates() == CertificateCheck::Ignore
        })
    });
    let trust = draft.answer(field!(trust));
    let not = move |kind: TrustKind| Signal::derive(move || unchecked.get() || trust.get() != kind);
    let choice =
        |answer: TrustKind, key, words: &str| Choice { answer, key, label: answer.label(), words: words.to_owned() };
    let choices = vec![
        choice(TrustKind::Machine, "Machine", "As on any other connection of the server that runs Posthouse."),
        choice(TrustKind::Certificate, "Certificate", "This very one, whatever its names and dates are; and no other."),
        choice(TrustKind::Ca, "Ca", "A CA of your own, besides those of the machine."),
    ];
    view! {
        <PickField
            name="trust"
            form_name="draft[trust]"
            label=asked(field!(trust))
            help=|| {
                view! {
                    <span class="when-inactive">
                        "Applies when Use safe connection? is Yes and Ignore certificate error is No."
                    </span>
                }
            }
            choices=choices
            chosen=trust
            off=unchecked
            class="dependent needs-tls needs-certificate-check toggles-trust"
            on_change=Callback::new(move |kind| draft.set(field!(trust), kind))
        />
        <Text
            draft=draft
            field=field!(pin)
            label=asked(field!(pin))
            help=|| {
                view! {
                    <span class="when-active">"SHA-256, 64 hexadecimal digits. A test that fails on the certificate shows it."</span>
                    <span class="when-inactive">"Applies when Trusted certificates is This certificate."</span>
                }
            }
            off=not(TrustKind::Certificate)
            class="dependent needs-tls needs-certificate-check needs-pinned-certificate"
        />
        <Text
            draft=draft
            field=field!(ca)
            label=asked(field!(ca))
            help=|| {
                view! {
                    <span class="when-active">"PEM: from BEGIN CERTIFICATE to END CERTIFICATE, without any key."</span>
                    <span class="when-inactive">"Applies when Trusted certificates is This CA."</span>
                }
            }
            kind=Kind::Lines(4)
            off=not(TrustKind::Ca)
            class="dependent needs-tls needs-certificate-check needs-ca"
        />
    }
}
