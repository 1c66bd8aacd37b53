//! A certificate that a test was shown and that was refused for what it is: what it says of itself, and trusting it for
//! this account alone.

use leptos::prelude::*;
use model::{ShownCa, ShownCertificate, TestSend, TrustKind, TrustOffer};

use super::result::{Offers, fact};
use crate::components::copy::Copy;
use crate::components::form::draft::field;
use crate::components::icon::Icon;

/// Nothing where it would not help to trust it.
pub fn certificate(test: &TestSend, offered: TrustOffer, offers: Offers) -> Option<AnyView> {
    if offered == TrustOffer::Nothing {
        return None;
    }
    let ShownCertificate { fingerprint, subject, issuer, ca, .. } = test.report.as_ref()?.certificate.clone()?;
    let ca = ca.filter(|_| offered.includes(TrustKind::Ca));
    let fingerprint = fingerprint.to_string();
    let copied = Signal::stored(fingerprint.clone());
    let (test_id, pem) = (test.id, ca.as_ref().map(|ca| ca.pem.clone()));
    let pin = fingerprint.clone();
    let trust = move |what: TrustKind, label: &'static str| match &offers {
        Offers::Saved { list } => {
            let key = if what == TrustKind::Ca { "Ca" } else { "Certificate" };
            view! {
                <form action="/api/trust_certificate" method="post">
                    <input type="hidden" name="test" value=test_id.to_string() />
                    <input type="hidden" name="list" value=list.clone() />
                    <button class="btn" name="what" value=key><Icon name="lock" />{label}</button>
                </form>
            }
            .into_any()
        }
        Offers::Form { draft, again } => {
            let (draft, again, pin, pem) = (*draft, *again, pin.clone(), pem.clone().unwrap_or_default());
            let press = move |_| {
                draft.set(field!(trust), what);
                match what {
                    TrustKind::Ca => draft.set(field!(ca), pem.clone()),
                    _ => draft.set(field!(pin), pin.clone()),
                }
                again.run(());
            };
            view! { <button class="btn" type="button" on:click=press><Icon name="lock" />{label}</button> }.into_any()
        }
    };
    let trust_certificate = trust(TrustKind::Certificate, "Trust this certificate");
    let trust_ca = ca.map(|ShownCa { fingerprint, subject, pem: _ }| {
        view! {
            <li>
                {trust(TrustKind::Ca, "Trust this CA")}
                <span class="help">
                    {format!(
                        "{subject}, SHA-256 {fingerprint}: this account then accepts every certificate for this host that it issues, also after a renewal.",
                    )}
                </span>
            </li>
        }
    });
    Some(
        view! {
            <h2>"Certificate"</h2>
            <dl class="row facts">
                {fact("For", view! { <span class="mono">{subject}</span> })}
                {fact("Issued by", view! { <span class="mono">{issuer}</span> })}
                {fact(
                    "SHA-256 fingerprint",
                    view! { <span class="mono">{fingerprint}</span> " " <Copy text=copied what="the fingerprint" /> },
                )}
            </dl>
            <p class="help">
                "What it says of itself is proven by nobody. Compare the fingerprint with what the server’s administrator tells you before you trust it."
            </p>
            <ul class="stack">
                <li>
                    {trust_certificate}
                    <span class="help">
                        "This account then accepts this very certificate, whatever its names and dates are, and no other."
                    </span>
                </li>
                {trust_ca}
            </ul>
        }
        .into_any(),
    )
}
