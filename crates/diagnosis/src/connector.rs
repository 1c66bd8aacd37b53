//! What ended a connection at its network connector.

use model::{Diagnosis, Failure, FailureKind, ProxyAnswer};

use super::observations::Observation;
use super::{KNOWN, key, render};

/// A connection that ended at its network connector. `proxy` is its name and address.
pub fn of_connector(proxy: &str, failure: &Failure) -> Diagnosis {
    use FailureKind as Kind;
    let texts = &KNOWN.observations.proxy;
    let text = match &failure.kind {
        Kind::NoSuchName => &texts.no_such_name,
        Kind::NoAddress => &texts.no_address,
        Kind::ConnectionRefused => &texts.connection_refused,
        Kind::TimedOut(_) => &texts.no_answer,
        Kind::Closed => &texts.closed,
        Kind::NotAProxy(_) => &texts.not_a_proxy,
        Kind::ProxySignInWanted(_) => &texts.proxy_sign_in_wanted,
        Kind::ProxySignInRefused(_) => &texts.proxy_sign_in_refused,
        Kind::ProxyRefused { answer, .. } => refusal(*answer),
        Kind::Unreachable(_)
        | Kind::ResolverSilent(_)
        | Kind::ResolverServFail(_)
        | Kind::ResolverRefused(_)
        | Kind::ResolverFailed(_)
        | Kind::Broken(_) => &texts.unusable_detail,
        _ => &texts.unusable,
    };
    let mut values = render::values(failure);
    values.push(("proxy", proxy.to_owned()));
    text.diagnosis(key(&failure.kind), &values)
}

fn refusal(answer: ProxyAnswer) -> &'static Observation {
    let texts = &KNOWN.observations.proxy;
    match answer {
        ProxyAnswer::Socks(2) | ProxyAnswer::Http(403 | 405) => &texts.proxy_refused_rules,
        ProxyAnswer::Socks(3) => &texts.proxy_refused_network,
        ProxyAnswer::Socks(4) | ProxyAnswer::Http(502 | 503) => &texts.proxy_refused_host,
        ProxyAnswer::Socks(5) => &texts.proxy_refused_port,
        ProxyAnswer::Socks(6) | ProxyAnswer::Http(504) => &texts.proxy_refused_no_answer,
        ProxyAnswer::Socks(7 | 8) => &texts.proxy_refused_request,
        _ => &texts.proxy_refused,
    }
}

/// A host that was to be reached through a connector, and whose name leads to no address.
pub fn of_host(host: &str, failure: &Failure) -> Diagnosis {
    use FailureKind as Kind;
    let texts = &KNOWN.observations.host_behind_proxy;
    let text = match &failure.kind {
        Kind::NoSuchName => &texts.no_such_name,
        Kind::NoAddress => &texts.no_address,
        Kind::ResolverSilent(_)
        | Kind::ResolverServFail(_)
        | Kind::ResolverRefused(_)
        | Kind::ResolverFailed(_)
        | Kind::Settings(_) => &texts.dns_silent_detail,
        _ => &texts.dns_silent,
    };
    let mut values = render::values(failure);
    values.push(("host", host.to_owned()));
    text.diagnosis(key(&failure.kind), &values)
}
