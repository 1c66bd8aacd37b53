//! Explains what was pasted: a server's reply, a whole conversation as some program logged it, the line of a mail log,
//! a bounce (RFC 3464), the message of a library. A program that failed without a server's reply is explained by its
//! own words.

mod conversation;
mod line;

use model::escape_controls::escape_controls;
use model::{ConnectionSecurity, Diagnosis, Explained, Failure, FailureKind, Fix, FoundBy, Reply, Stage, TrustOffer};

use super::knowledge::{Phrase, Provider};
use super::reply_text::contradiction;
use super::rules::Server;
use super::{KNOWN, another_server, providers, refused};
use conversation::Conversation;

/// The most that is read of a pasted text, in octets.
pub const PASTED_OCTETS: usize = 1 << 20;

/// The first cause in the text; None where nothing in it failed. `host` and `stage` are what is known besides.
pub fn explain(text: &str, host: Option<&str>, stage: Option<Stage>) -> Option<Explained> {
    let text = text[..text.floor_char_boundary(PASTED_OCTETS)].replace("\\r\\n", "\n").replace("\\n", "\n");
    let found = Conversation::read(&text);
    let provider = host.map_or_else(|| found.provider(), |host| providers::named(&KNOWN, host, found.greeting()));
    let by_reply = || found.cause().map(|cause| refusal(&found, cause, provider, stage));
    match found.phrase(provider) {
        Some((phrase, words)) if phrase.over_replies || found.cause().is_none_or(|cause| !cause.in_full) => {
            Some(failure_by_words(phrase, words, provider, stage))
        }
        _ => by_reply(),
    }
}

fn refusal(
    found: &Conversation<'_>,
    cause: &conversation::Refusal,
    provider: Option<&Provider>,
    stage: Option<Stage>,
) -> Explained {
    let security = if found.is_encrypted() { ConnectionSecurity::StartTls } else { ConnectionSecurity::None };
    let server = Server { signed_in: found.is_signed_in(), ..Server::new(&KNOWN, found.greeting(), security) };
    let failure_at = |stage| Failure { stage, kind: FailureKind::Refused, reply: Some(cause.reply.clone()) };
    let diagnosed = |stage| match another_server(provider, found.greeting(), stage) {
        Some(elsewhere) => elsewhere,
        None => match contradiction(&cause.reply) {
            Some(meant) => refused::contradictory(server, stage, &cause.reply, meant),
            None => refused::refused(provider, server, &failure_at(stage)),
        },
    };
    let known = stage.or(cause.stage);
    let specific = |stage| refused::specific(provider, server, &failure_at(stage));
    let at = known.unwrap_or_else(|| likeliest(&cause.reply, specific));
    let mut diagnosis = diagnosed(at);
    diagnosis.provider = provider.map(|provider| provider.facts(&failure_at(at)));
    let reply = cause.in_full.then(|| cause.reply.clone());
    let said = reply.as_ref().map_or_else(|| cause.reply.lines.join(" "), Reply::to_string);
    Explained { stage: at, assumed: known.is_none(), said, reply, diagnosis }
}

/// A failure that a program told in its own words.
fn failure_by_words(phrase: &Phrase, words: &str, provider: Option<&Provider>, stage: Option<Stage>) -> Explained {
    let at = stage.unwrap_or_else(|| phrase.stage.into());
    let words = escape_controls(words.as_bytes());
    let failure = Failure { stage: at, kind: FailureKind::Refused, reply: None };
    let diagnosis = Diagnosis {
        key: phrase.key.clone(),
        cause: phrase.cause.clone(),
        explanation: format!("The program's words: “{words}”."),
        found_by: FoundBy::Network,
        temporary: phrase.temporary,
        fixes: phrase.fixes.iter().map(|fix| Fix::from(fix.as_str())).collect(),
        possibilities: Vec::new(),
        provider: provider.map(|provider| provider.facts(&failure)),
        trust: TrustOffer::Nothing,
    };
    Explained { stage: at, assumed: false, said: words, reply: None, diagnosis }
}

/// The stage at which a reply determines its cause, whose name `cause` gives, tried in the order of how usual the reply
/// is there; the most usual stage where there is none.
fn likeliest(reply: &Reply, cause: impl Fn(Stage) -> Option<String>) -> Stage {
    let order = match reply.code {
        // Nothing but a sign-in uses these (RFC 4954, section 6).
        534 | 535 | 538 => return Stage::Auth,
        530 => [Stage::Mail, Stage::Auth, Stage::Rcpt, Stage::Data, Stage::Greeting],
        _ => [Stage::Rcpt, Stage::Data, Stage::Mail, Stage::Auth, Stage::Greeting],
    };
    if cause(Stage::Mail).is_some_and(|key| key.starts_with("sender-")) {
        return Stage::Mail;
    }
    order.into_iter().find(|&stage| cause(stage).is_some()).unwrap_or(order[0])
}

#[cfg(test)]
mod tests;
