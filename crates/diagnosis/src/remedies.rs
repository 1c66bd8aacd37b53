//! What the account's form itself can do about a failure, in one press.

use model::{ConnectionSecurity, Diagnosis, Failure, FailureKind, Fix, Host, Remedy, SmtpReport, Stage, TestSend};

use super::knowledge::Knowledge;
use super::providers::nearest;
use super::render::{Value, fill};
use super::server::greeting_has_begun;

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
        (FailureKind::NoSuchName, Stage::Dns) => {
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
        (FailureKind::TimedOut(_) | FailureKind::NotSmtp(_), Stage::Greeting)
            if test.security != ConnectionSecurity::ImplicitTls && !greeting_has_begun(report) =>
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
        (FailureKind::CertificateWrongName(names), _) => {
            for host in names.iter().filter(|name| !name.starts_with('*') && Host::parse(name).is_ok()).take(NAMES) {
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
