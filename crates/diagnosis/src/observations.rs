//! The shape of `knowledge/observations.toml`: what people read about a failure that Posthouse itself observed. The
//! build script reads and checks the file; the program reads what it made of it.

use serde::{Deserialize, Serialize};

/// All tables of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Observations {
    pub server: ServerTexts,
    pub proxy: ProxyTexts,
    pub host_behind_proxy: HostTexts,
    pub reply: ReplyTexts,
    pub fix: FixTexts,
}

/// How one failure is explained. Each text may have placeholders: "The DNS says that {host} does not exist."
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    pub cause: String,
    pub explanation: String,
    pub found_by: Observer,
    pub temporary: bool,
    pub fixes: Vec<String>,
}

/// `model::FoundBy`, which the build script does not know.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Observer {
    Server,
    Proxy,
    #[default]
    Posthouse,
    Network,
}

/// An entry of a table: its name in Rust, its texts in the order of their fields, and the placeholders that they may
/// have.
pub type NamedEntry<'a> = (&'static str, Vec<&'a str>, Vec<&'static str>);

trait Entry {
    fn texts(&self) -> Vec<&str>;
}

impl Entry for Observation {
    fn texts(&self) -> Vec<&str> {
        let Self { cause, explanation, found_by: _, temporary: _, fixes } = self;
        [cause, explanation].into_iter().chain(fixes).map(String::as_str).collect()
    }
}

impl Entry for String {
    fn texts(&self) -> Vec<&str> {
        vec![self]
    }
}

/// Declares a table: the type of its entries, the placeholders that all of them may have, and the entries, each with
/// the placeholders that it may have besides. The file has these entries and no others, else it is not read.
macro_rules! table {
    (
        $(#[$doc:meta])*
        $table:ident of $type:ty, all [$($common:ident),*];
        $($entry:ident [$($own:ident),*],)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $table {
            $(pub $entry: $type,)*
        }

        impl<'a> IntoIterator for &'a $table {
            type Item = NamedEntry<'a>;
            type IntoIter = std::vec::IntoIter<Self::Item>;

            fn into_iter(self) -> Self::IntoIter {
                let common: &[&str] = &[$(stringify!($common)),*];
                vec![
                    $((stringify!($entry), self.$entry.texts(), [common, &[$(stringify!($own)),*]].concat()),)*
                ]
                .into_iter()
            }
        }
    };
}

table! {
    /// What ended a conversation with a mail server. `server` is its host and port.
    ServerTexts of Observation, all [host, server];
    settings [detail],
    no_such_name [],
    no_such_name_alias [alias],
    no_address [],
    no_address_alias [alias],
    no_address_null_mx [],
    dns_silent [servers],
    dns_silent_timeout [seconds],
    dns_servfail [servers],
    dns_refused [servers],
    dns_failed [detail],
    connection_refused [],
    unreachable [detail],
    no_answer [seconds],
    no_answer_connecting [seconds],
    no_answer_greeting [seconds],
    no_answer_greeting_begun [seconds],
    no_answer_sign_in [seconds],
    closed [],
    broken [detail],
    not_smtp [detail],
    not_smtp_service [service],
    tls_port [],
    endless_reply [lines],
    endless_reply_line [octets],
    unexpected_reply [reply],
    starttls_not_offered [],
    injection [],
    handshake [detail],
    tls_version [detail],
    tls_parameters [detail],
    tls_weak [detail],
    tls_server_name [detail],
    tls_internal_error [detail],
    tls_access_denied [detail],
    tls_alert [detail],
    tls_closed [],
    client_certificate [detail],
    clear_text_port [],
    certificate_expired [until],
    certificate_expired_issuer [subject, until],
    certificate_expired_undated [],
    certificate_not_yet_valid [from],
    certificate_not_yet_valid_issuer [subject, from],
    certificate_not_yet_valid_undated [],
    certificate_wrong_name [names],
    certificate_wrong_name_alias [names, alias],
    certificate_wrong_name_cn [common_name],
    certificate_wrong_name_none [],
    another_server [names, provider],
    certificate_unknown_issuer [],
    certificate_unknown_issuer_root [issuer],
    certificate_self_signed [],
    certificate_self_signed_cn [common_name],
    certificate_inspected [issuer, inspector],
    certificate_intercepted [issuer, provider],
    certificate_chain [issuer],
    certificate_version [],
    certificate_of_ca [],
    certificate_bad [detail],
    certificate_key [subject, key],
    certificate_weak_signature [subject, digest],
    certificate_weak_key [subject, bits, least_bits],
    certificate_changed [trusted, shown],
    sign_in_not_offered [wanted],
    sign_in_not_offered_clear_text [wanted],
    mechanism_unknown [wanted, offered],
    mechanism_unknown_fixed [wanted, offered],
    clear_text_sign_in [],
    server_not_proven [],
    challenge_bad [detail],
    smtputf8 [],
    too_large [message, limit],
    cancelled [],
}

table! {
    /// What ended a connection at its network connector. `proxy` is its name and address.
    ProxyTexts of Observation, all [proxy];
    no_such_name [],
    no_address [],
    connection_refused [],
    no_answer [seconds],
    closed [],
    not_a_proxy [],
    proxy_sign_in_wanted [detail],
    proxy_sign_in_refused [detail],
    proxy_refused [detail],
    proxy_refused_rules [detail],
    proxy_refused_network [detail],
    proxy_refused_host [detail],
    proxy_refused_port [detail],
    proxy_refused_no_answer [detail],
    proxy_refused_request [detail],
    unusable [],
    unusable_detail [detail],
}

table! {
    /// Why no address was found of a host behind a connector.
    HostTexts of Observation, all [host];
    no_such_name [],
    no_address [],
    dns_silent [],
    dns_silent_detail [detail],
}

table! {
    /// What is said about a server's refusal besides the texts of `replies.toml`.
    ReplyTexts of String, all [];
    explanation [reply],
    explanation_chinese [reply, words],
    unknown_cause [],
    helo_alone [],
    possible_cause [],
    unknown_fix [],
    contradictory_cause [],
    contradictory_explanation [reply],
    contradictory_evidence [],
    contradictory_fix [],
}

table! {
    /// Single fixes, most of which the account's form can make.
    FixTexts of String, all [];
    resolves_names [],
    named_wait [wait],
    similar_host [host],
    submission_server [host, port],
    mail_server [host],
    open_port [port],
    implicit_tls_port [],
    clear_text_port [],
    implicit_tls [],
    submission_port [],
    certificate_name [host],
    strongest_mechanism [],
    sign_in_needs_encryption [],
    no_sign_in [],
    encrypt [],
}

/// What stands before the first placeholder of a text, and each placeholder with what stands behind it.
pub fn split(text: &str) -> (&str, impl Iterator<Item = (&str, &str)>) {
    let (before, rest) = text.split_once('{').unwrap_or((text, ""));
    (before, rest.split('{').filter_map(|piece| piece.split_once('}')))
}
