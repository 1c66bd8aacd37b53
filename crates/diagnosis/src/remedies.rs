//! What the account's form itself can do about a failure, in one press.

use model::{ConnectionSecurity, Diagnosis, Failure, FailureKind, Fix, Host, Remedy, SmtpReport, Stage, TestSend};

use super::knowledge::Knowledge;
use super::providers::nearest;

/// The names of a certificate that are offered as the host.
const NAMES: usize = 3;

/// Puts the fixes that the form can make before those that it cannot.
pub fn offer(known: &Knowledge, test: &TestSend, report: &SmtpReport, failure: &Failure, diagnosis: &mut Diagnosis) {
    let mut offered = Vec::new();
    let mut fix = |text: String, remedy: Remedy| offered.push(Fix { text, remedy: Some(remedy) });
    let observed = &report.observed;
    match (&failure.kind, failure.stage) {
        (FailureKind::NoSuchName, Stage::Dns) => {
            if let Some(host) = nearest(known, test.host.as_str()) {
                fix(format!("A name that is nearly the same exists: {host}."), Remedy::Host(host.to_owned()));
            }
        }
        (FailureKind::NoAddress, Stage::Dns) => {
            for (host, port, implicit) in &observed.submission {
                let text = format!(
                    "The domain names {host}, port {port}, as the server that takes mail from programs (RFC 6186)."
                );
                let security = if *implicit { ConnectionSecurity::ImplicitTls } else { ConnectionSecurity::StartTls };
                fix(text, Remedy::Server(host.clone(), security, *port));
            }
            for host in &observed.mail_servers {
                fix(format!("Mail for this domain goes to {host} (its MX)."), Remedy::Host(host.clone()));
            }
        }
        (FailureKind::ConnectionRefused | FailureKind::TimedOut(_), Stage::Tcp) => {
            for &port in &observed.open_ports {
                let remedy = match port {
                    465 => Remedy::Secure(ConnectionSecurity::ImplicitTls, None),
                    587 => Remedy::Secure(ConnectionSecurity::StartTls, None),
                    port => Remedy::Port(port),
                };
                fix(format!("Port {port} of the same server answers."), remedy);
            }
        }
        (FailureKind::TimedOut(_) | FailureKind::NotSmtp(_), Stage::Greeting)
            if test.security != ConnectionSecurity::ImplicitTls =>
        {
            // On a port that is usual for another way, TLS would not be the first thing either.
            let port = Some(test.port).filter(|port| !matches!(port, 25 | 587));
            fix(
                "The port may speak TLS from the first byte: choose SSL.".to_owned(),
                Remedy::Secure(ConnectionSecurity::ImplicitTls, port),
            );
        }
        (FailureKind::TlsNotSpoken, _) => {
            let port = Some(test.port).filter(|&port| port != 465);
            fix(
                "The port begins in clear text: choose TLS (STARTTLS).".to_owned(),
                Remedy::Secure(ConnectionSecurity::StartTls, port),
            );
        }
        (FailureKind::StartTlsNotOffered, _) => {
            fix(
                "Choose SSL, which is encrypted from the first byte.".to_owned(),
                Remedy::Secure(ConnectionSecurity::ImplicitTls, None),
            );
            if test.port == 25 {
                fix(
                    "Choose port 587, which is for programs that send.".to_owned(),
                    Remedy::Secure(ConnectionSecurity::StartTls, None),
                );
            }
        }
        (FailureKind::CertificateWrongName(names), _) => {
            for host in names.iter().filter(|name| !name.starts_with('*') && Host::parse(name).is_ok()).take(NAMES) {
                fix(
                    format!("The certificate is for {host}: use that name, if it leads to the same server."),
                    Remedy::Host(host.clone()),
                );
            }
        }
        (FailureKind::MechanismNotOffered { wanted: Some(_), offered }, _) if !offered.is_empty() => {
            fix("Let Posthouse choose among those that are offered.".to_owned(), Remedy::StrongestMechanism);
        }
        (FailureKind::MechanismNotOffered { offered, .. }, _) if offered.is_empty() => match test.security {
            ConnectionSecurity::None => fix(
                "Many servers offer a sign-in only over an encrypted connection.".to_owned(),
                Remedy::Secure(ConnectionSecurity::StartTls, Some(test.port).filter(|&port| port != 25)),
            ),
            _ => fix("The server may take mail without a sign-in.".to_owned(), Remedy::NoSignIn),
        },
        (FailureKind::ClearTextSignIn, _) => fix(
            "Encrypt the connection.".to_owned(),
            Remedy::Secure(ConnectionSecurity::StartTls, Some(test.port).filter(|&port| port != 25)),
        ),
        _ => {}
    }
    offered.append(&mut diagnosis.fixes);
    diagnosis.fixes = offered;
}
