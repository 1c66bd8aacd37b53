//! What the account's form itself can do about a failure, in one press.

use model::{
    ConnectionSecurity, Diagnosis, Failure, FailureKind, Fix, Host, Observed, Remedy, SmtpReport, Stage, TestSend,
};

use super::knowledge::Knowledge;
use super::providers::nearest;
use super::render::{Value, fill};
use super::server::greeting_has_begun;
use super::{certificate, services};

/// The names of a certificate that are offered as the host.
const NAMES: usize = 3;

/// Puts the fixes that the form can make before those that it cannot.
pub fn offer(known: &Knowledge, test: &TestSend, report: &SmtpReport, failure: &Failure, diagnosis: &mut Diagnosis) {
    let mut offered = Vec::new();
    let texts = &known.observations.fix;
    let mut fix = |text: &str, values: &[Value], remedy: Remedy| {
        offered.push(Fix { text: fill(text, values), remedy: Some(remedy) });
    };
    let host_value = |host: &str| [("host", host.to_owned())];
    let starttls = || Remedy::Secure(ConnectionSecurity::StartTls, Some(test.port).filter(|&port| port != 25));
    let observed = &report.observed;
    match (&failure.kind, failure.stage) {
        (FailureKind::NoSuchName, Stage::Dns) if observed.alias.is_none() => {
            if let Some(host) = nearest(known, test.host.as_str()) {
                fix(&texts.similar_host, &host_value(host), Remedy::Host(host.to_owned()));
            }
        }
        (FailureKind::NoAddress, Stage::Dns) => {
            for (host, port, implicit) in &observed.submission {
                let values = [("host", host.clone()), ("port", port.to_string())];
                let security = if *implicit { ConnectionSecurity::ImplicitTls } else { ConnectionSecurity::StartTls };
                fix(&texts.submission_server, &values, Remedy::Server(host.clone(), security, *port));
            }
            for host in &observed.mail_servers {
                fix(&texts.mail_server, &host_value(host), Remedy::Host(host.clone()));
            }
        }
        (FailureKind::ConnectionRefused | FailureKind::TimedOut(_), Stage::Tcp) => {
            for &port in &observed.open_ports {
                let remedy = match port {
                    465 => Remedy::Secure(ConnectionSecurity::ImplicitTls, None),
                    587 => Remedy::Secure(ConnectionSecurity::StartTls, None),
                    port => Remedy::Port(port),
                };
                fix(&texts.open_port, &[("port", port.to_string())], remedy);
            }
        }
        (FailureKind::TlsFromFirstByte, _) => {
            fix(&texts.implicit_tls, &[], Remedy::Secure(ConnectionSecurity::ImplicitTls, Some(test.port)));
        }
        (kind @ (FailureKind::TimedOut(_) | FailureKind::NotSmtp(_)), Stage::Greeting)
            if test.security != ConnectionSecurity::ImplicitTls
                && may_be_tls(kind, observed)
                && !greeting_has_begun(report) =>
        {
            // A port that is usual without implicit TLS would not begin with TLS either.
            let port = Some(test.port).filter(|port| !matches!(port, 25 | 587));
            fix(&texts.implicit_tls_port, &[], Remedy::Secure(ConnectionSecurity::ImplicitTls, port));
        }
        (FailureKind::TlsNotSpoken, _) => {
            let port = Some(test.port).filter(|&port| port != 465);
            fix(&texts.clear_text_port, &[], Remedy::Secure(ConnectionSecurity::StartTls, port));
        }
        (FailureKind::StartTlsNotOffered, _) => {
            fix(&texts.implicit_tls, &[], Remedy::Secure(ConnectionSecurity::ImplicitTls, None));
            if test.port == 25 {
                fix(&texts.submission_port, &[], Remedy::Secure(ConnectionSecurity::StartTls, None));
            }
        }
        // Another server's name would get the password.
        (FailureKind::CertificateWrongName(names), _) if certificate::replaced(test, names).is_none() => {
            let alias = observed.alias.as_deref().filter(|alias| names.iter().any(|name| covers(name, alias)));
            if let Some(alias) = alias {
                fix(&texts.certificate_name, &host_value(alias), Remedy::Host(alias.to_owned()));
            }
            let names = names.iter().filter(|name| alias != Some(name.as_str()));
            for host in names.filter(|name| !name.starts_with('*') && Host::parse(name).is_ok()).take(NAMES) {
                fix(&texts.certificate_name, &host_value(host), Remedy::Host(host.clone()));
            }
        }
        (FailureKind::MechanismNotOffered { wanted: Some(_), offered }, _) if !offered.is_empty() => {
            fix(&texts.strongest_mechanism, &[], Remedy::StrongestMechanism);
        }
        (FailureKind::MechanismNotOffered { offered, .. }, _) if offered.is_empty() => match test.security {
            ConnectionSecurity::None => fix(&texts.sign_in_needs_encryption, &[], starttls()),
            _ => fix(&texts.no_sign_in, &[], Remedy::NoSignIn),
        },
        (FailureKind::ClearTextSignIn, _) => fix(&texts.encrypt, &[], starttls()),
        _ => {}
    }
    offered.append(&mut diagnosis.fixes);
    diagnosis.fixes = offered;
}

/// Whether a port may begin with TLS that gave no greeting in clear text.
fn may_be_tls(kind: &FailureKind, observed: &Observed) -> bool {
    match kind {
        FailureKind::NotSmtp(first) => services::is_tls(first),
        _ => !observed.silent_to_tls,
    }
}

/// Whether the name of a certificate is for this host: its own, or a wildcard for the first label (RFC 9525, section
/// 6.3).
fn covers(name: &str, host: &str) -> bool {
    name.eq_ignore_ascii_case(host)
        || name
            .strip_prefix("*.")
            .is_some_and(|above| host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(above)))
}
