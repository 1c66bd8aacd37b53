//! What was found of the encryption: version, cipher, the check, and each certificate that the server showed.

use leptos::prelude::*;
use model::certificate::{days_until, expiry_words};
use model::{Certificate, Moment, ShownCertificate, SmtpReport, TestSend};

use super::result::fact;
use crate::components::copy::Copy;
use crate::components::icon::Icon;
use crate::components::note::note;

/// Nothing where no encryption was reached.
pub fn encryption(test: &TestSend, report: &SmtpReport) -> Option<AnyView> {
    let shown = report.certificate.as_ref()?;
    let agreed = report.tls.clone().map(|tls| {
        let version = fact("Version", view! { <b>{tls.version}</b> });
        let cipher = fact("Cipher", view! { <span class="mono">{tls.cipher}</span> });
        view! { {version} {cipher} }
    });
    let chain = shown.chain.iter().enumerate().map(|(number, certificate)| one(number, certificate, test.sent_at));
    let missing = shown.missing_issuer().map(|issuer| {
        view! {
            <p class="help">
                {format!("Not shown: {issuer}. It is trusted by its own, or missing.")}
            </p>
        }
    });
    Some(
        view! {
            <section class="stack" aria-label="Encryption">
                <h2>"Encryption"</h2>
                <dl class="row facts">{agreed} {fact("Certificate check", check(shown, report))}</dl>
                <ol class="certificate-chain stack">{chain.collect_view()}</ol>
                {missing}
            </section>
        }
        .into_any(),
    )
}

fn check(shown: &ShownCertificate, report: &SmtpReport) -> AnyView {
    let (tone, icon, words) = match (&shown.fault, &report.tls) {
        (Some(fault), Some(_)) => ("tone warn label", "triangle-alert", format!("{}; ignored", fault.of_certificate())),
        (Some(fault), None) => ("tone bad label", "circle-x", fault.of_certificate()),
        (None, Some(_)) => ("tone good label", "circle-check", "Passed".to_owned()),
        (None, None) => ("muted label", "circle-dashed", "The handshake did not end".to_owned()),
    };
    view! { <b class=tone><Icon name=icon />{words}</b> }.into_any()
}

/// A warning, where the certificate ends soon after the test.
pub fn ends_soon(test: &TestSend, report: &SmtpReport) -> Option<AnyView> {
    let until = report.certificate.as_ref()?.until()?;
    let words = expiry_words(days_until(until, test.sent_at))?;
    let text = format!(
        "It is valid until {until}. The server’s administrator renews it before: where it is verified, tests and messages fail from then on.",
    );
    Some(note("warn", "triangle-alert", "status", words, view! { <p>{text}</p> }))
}

fn one(number: usize, certificate: &Certificate, at: Moment) -> AnyView {
    let Certificate { fingerprint, subject, issuer, names, more_names, from, until, key, signature, is_ca } =
        certificate.clone();
    let title = match number {
        0 => "The server’s certificate",
        _ if certificate.is_self_issued() => "Root CA",
        _ if is_ca => "Intermediate CA",
        _ => "Shown with it",
    };
    let (tone, dates) = match (at < from, expiry_words(days_until(until, at))) {
        (true, _) => ("tone bad", format!("not valid before {}", from.to_day())),
        (false, Some(words)) => {
            let tone = if until < at { "tone bad" } else { "tone warn" };
            (tone, words.trim_start_matches("Certificate ").to_owned())
        }
        (false, None) => ("muted", format!("until {}", until.to_day())),
    };
    let names = (!names.is_empty()).then(|| {
        let more = (more_names > 0).then(|| format!(", and {more_names} more"));
        fact("Names", view! { <span class="mono">{names.join(", ")}{more}</span> })
    });
    let fingerprint = fingerprint.to_string();
    let copied = Signal::stored(fingerprint.clone());
    let by = if certificate.is_self_issued() { "itself".to_owned() } else { issuer };
    view! {
        <li class="card">
            <details open=number == 0>
                <summary class="row">
                    <b>{title}</b>
                    <span class=tone>{dates}</span>
                    <Icon name="chevron-down" />
                </summary>
                <dl class="row facts">
                    {fact("For", view! { <span class="mono">{subject}</span> })} {names}
                    {fact("Issued by", view! { <span class="mono">{by}</span> })}
                    {fact("Valid", format!("{from} to {until}"))} {fact("Key", key)} {fact("Signature", signature)}
                    {fact(
                        "SHA-256 fingerprint",
                        view! { <span class="mono">{fingerprint}</span> " " <Copy text=copied what="the fingerprint" /> },
                    )}
                </dl>
            </details>
        </li>
    }
    .into_any()
}
