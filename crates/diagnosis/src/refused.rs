//! What a server's refusal means.

use model::{
    ConnectionSecurity, Diagnosis, Failure, FailureKind, Fix, FoundBy, Possibility, Remedy, Reply, Stage, TrustOffer,
};

use super::KNOWN;
use super::charset::chinese;
use super::knowledge::{FixEntry, Provider, RemedyKey, ReplyEntry, ReplyStage};
use super::render::{fill, quoted};
use super::reply_text::ReplyText;
use super::rules::{Match, Server};

/// The most causes that are offered as possible ones.
const POSSIBLE: usize = 4;

/// Explains a refusal: by what the provider alone answers, then by what any server answers. Where nothing names the
/// cause, it says what usually is.
pub fn refused(provider: Option<&Provider>, server: Server<'_>, failure: &Failure) -> Diagnosis {
    let reply = failure.reply.as_ref();
    let (Some(stage), Some(said)) = (reply_stage(failure.stage), reply.map(ReplyText::of)) else {
        return unknown(reply, false);
    };
    if let Some(own) = own_replies(provider, stage, &said).next() {
        let fixes = own.fixes.iter().map(|fix| fix.as_str().into()).collect();
        return explained("provider", &own.cause, reply, own.temporary, named_wait(&said, fixes));
    }
    let temporary = (400..500).contains(&said.code);
    match named(server, stage, &said) {
        Some(Match { rule, .. }) => {
            let later = Remedy::Later(minutes(wait(&said.text)));
            let fixes = rule.fixes.iter().filter_map(|entry| fix(entry, server.security, &later)).collect();
            explained(&rule.key, &rule.cause, reply, rule.temporary.unwrap_or(temporary), named_wait(&said, fixes))
        }
        None => {
            let possibilities = possible(provider, server, failure.stage, &said);
            let mut diagnosis = unknown(reply, temporary);
            diagnosis.fixes = named_wait(&said, diagnosis.fixes);
            if !possibilities.is_empty() {
                diagnosis.cause.clone_from(&KNOWN.observations.reply.possible_cause);
            }
            Diagnosis { possibilities, ..diagnosis }
        }
    }
}

/// A refusal that nothing is known of.
pub fn unknown(reply: Option<&Reply>, temporary: bool) -> Diagnosis {
    let texts = &KNOWN.observations.reply;
    let fixes = reply.map(|_| texts.unknown_fix.as_str().into());
    explained("unknown", &texts.unknown_cause, reply, temporary, fixes.into_iter().collect())
}

/// The name of the cause that the reply's own code, enhanced code or words determine, and not its stage alone.
pub fn specific(provider: Option<&Provider>, server: Server<'_>, failure: &Failure) -> Option<String> {
    let (stage, said) = (reply_stage(failure.stage)?, ReplyText::of(failure.reply.as_ref()?));
    if own_replies(provider, stage, &said).any(|own| own.stage == stage) {
        return Some("provider".to_owned());
    }
    named(server, stage, &said).filter(Match::is_by_reply).map(|found| found.rule.key.clone())
}

/// The rule that names the cause: the first explicit one.
fn named<'a>(server: Server<'a>, stage: ReplyStage, said: &'a ReplyText) -> Option<Match<'a>> {
    server.matches(stage, said).find(Match::is_explicit)
}

/// What usually causes such a refusal, the likeliest first.
fn possible(provider: Option<&Provider>, server: Server<'_>, at: Stage, said: &ReplyText) -> Vec<Possibility> {
    let Some(stage) = reply_stage(at) else { return Vec::new() };
    let later = Remedy::Later(minutes(wait(&said.text)));
    let by_provider = provider.into_iter().flat_map(|provider| {
        let alike = |own: &&ReplyEntry| {
            own.stage == stage && own.code == said.code && said.enhanced.as_deref() == Some(&own.enhanced)
        };
        let evidence =
            format!("{} answers {} {} for it.", provider.name, said.code, said.enhanced.as_deref().unwrap_or(""));
        provider.reply.iter().filter(alike).filter_map(move |own| {
            let fix = own.fixes.first()?.as_str().into();
            let (key, cause, evidence) = ("provider".to_owned(), own.cause.clone(), evidence.clone());
            Some(Possibility { key, cause, evidence, fix })
        })
    });
    let by_rules = server.matches(stage, said).filter_map(|found| {
        let fix = found.rule.fixes.iter().find_map(|entry| fix(entry, server.security, &later))?;
        let (key, cause, evidence) = (found.rule.key.clone(), found.rule.cause.clone(), found.evidence(at));
        Some(Possibility { key, cause, evidence, fix })
    });
    let mut possibilities: Vec<Possibility> = Vec::new();
    for one in by_provider.chain(by_rules) {
        let again = possibilities
            .iter()
            .any(|before| before.cause == one.cause || before.key == one.key && one.key != "provider");
        if !again && possibilities.len() < POSSIBLE {
            possibilities.push(one);
        }
    }
    possibilities
}

/// What the provider alone means by these words.
fn own_replies<'a>(
    provider: Option<&'a Provider>,
    stage: ReplyStage,
    said: &ReplyText,
) -> impl Iterator<Item = &'a ReplyEntry> {
    use ReplyStage::{Auth, Data, Mail, Rcpt};
    provider.into_iter().flat_map(|provider| &provider.reply).filter(move |own| {
        let enhanced = own.enhanced.is_empty() || said.enhanced.as_deref() == Some(&own.enhanced);
        let at_stage = own.stage == stage && own.code == said.code && enhanced;
        // With PIPELINING the refusal of a command is often told of a later one (RFC 2920); a reply of the sign-in can
        // be repeated at a later command.
        let told_later = match (own.stage, stage) {
            (Auth, Mail | Rcpt | Data) => true,
            (Mail | Rcpt | Data, Mail | Rcpt | Data) => own.code == said.code && enhanced,
            _ => false,
        };
        (at_stage || told_later) && said.text.contains(&own.words)
    })
}

fn explained(key: &str, cause: &str, reply: Option<&Reply>, temporary: bool, fixes: Vec<Fix>) -> Diagnosis {
    let texts = &KNOWN.observations.reply;
    let chinese = reply.and_then(|reply| chinese(&reply.lines.join(" ")));
    let explanation = match chinese {
        None => fill(&texts.explanation, &[("reply", quoted(reply))]),
        Some(words) => fill(&texts.explanation_chinese, &[("reply", quoted(reply)), ("words", words)]),
    };
    Diagnosis {
        key: key.to_owned(),
        cause: cause.to_owned(),
        explanation,
        found_by: FoundBy::Server,
        temporary,
        fixes,
        possibilities: Vec::new(),
        provider: None,
        trust: TrustOffer::Nothing,
    }
}

/// A reply whose code says that the command succeeded while its enhanced status says that it failed; `meant` is the
/// failure that the status names.
pub fn contradictory(server: Server<'_>, stage: Stage, said: &Reply, meant: Reply) -> Diagnosis {
    let texts = &KNOWN.observations.reply;
    let temporary = meant.code < 500;
    let failure = Failure { stage, kind: FailureKind::Refused, reply: Some(meant) };
    let explanation = fill(&texts.contradictory_explanation, &[("reply", quoted(Some(said)))]);
    let meant = refused(None, server, &failure);
    let possibilities = match meant.fixes.first() {
        Some(fix) if meant.key != "unknown" => {
            let evidence = texts.contradictory_evidence.clone();
            vec![Possibility { key: meant.key, cause: meant.cause, evidence, fix: fix.clone() }]
        }
        _ => meant.possibilities,
    };
    let fixes = vec![texts.contradictory_fix.as_str().into()];
    let diagnosis = explained("contradictory-reply", &texts.contradictory_cause, Some(said), temporary, fixes);
    Diagnosis { explanation, possibilities, ..diagnosis }
}

/// A waiting time that the server names comes first.
fn named_wait(said: &ReplyText, mut fixes: Vec<Fix>) -> Vec<Fix> {
    if let Some((number, unit)) = wait(&said.text) {
        let plural = if number == 1 { "" } else { "s" };
        let text = fill(&KNOWN.observations.fix.named_wait, &[("wait", format!("{number} {unit}{plural}"))]);
        fixes.insert(0, Fix { text, remedy: None });
    }
    fixes
}

/// 5 and "minute", of a text in small letters that says "5 minutes".
fn wait(text: &str) -> Option<(u32, &'static str)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let number: u32 = pair[0].trim_start_matches(['(', '"']).parse().ok()?;
        let unit = ["second", "minute", "hour"].into_iter().find(|unit| pair[1].starts_with(unit))?;
        (number > 0).then_some((number, unit))
    })
}

/// How many whole minutes to wait where the server names this time, an hour at most; where it names none, as long as
/// most servers want of an unknown client.
fn minutes(wait: Option<(u32, &str)>) -> u32 {
    let minutes = match wait {
        None => 5,
        Some((seconds, "second")) => seconds.div_ceil(60),
        Some((minutes, "minute")) => minutes,
        Some((hours, _)) => hours.saturating_mul(60),
    };
    minutes.clamp(1, 60)
}

/// What the form can do; nothing where it says so already.
fn fix(entry: &FixEntry, security: ConnectionSecurity, later: &Remedy) -> Option<Fix> {
    let text = entry.text().to_owned();
    let FixEntry::Remedy { remedy, .. } = entry else { return Some(Fix { text, remedy: None }) };
    let remedy = match remedy {
        RemedyKey::Starttls if security == ConnectionSecurity::None => {
            Remedy::Secure(ConnectionSecurity::StartTls, None)
        }
        RemedyKey::Tls if security != ConnectionSecurity::ImplicitTls => {
            Remedy::Secure(ConnectionSecurity::ImplicitTls, None)
        }
        RemedyKey::NoSignIn => Remedy::NoSignIn,
        RemedyKey::Later => later.clone(),
        RemedyKey::Starttls | RemedyKey::Tls => return None,
    };
    Some(Fix { text, remedy: Some(remedy) })
}

const fn reply_stage(stage: Stage) -> Option<ReplyStage> {
    match stage {
        Stage::Greeting => Some(ReplyStage::Greeting),
        Stage::Ehlo | Stage::EhloAgain => Some(ReplyStage::Ehlo),
        Stage::Tls => Some(ReplyStage::Tls),
        Stage::Auth => Some(ReplyStage::Auth),
        Stage::Mail => Some(ReplyStage::Mail),
        Stage::Rcpt => Some(ReplyStage::Rcpt),
        Stage::Data => Some(ReplyStage::Data),
        Stage::Settings | Stage::Connector | Stage::Dns | Stage::Tcp | Stage::Quit => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_where_one_is_named() {
        let check = |text: &str, found, later| {
            assert_eq!((wait(text), minutes(wait(text))), (found, later), "{text}");
        };
        check("greylisted for 300 seconds", Some((300, "second")), 5);
        check("greylisted for 2 seconds", Some((2, "second")), 1);
        check("come back in 7 minutes.", Some((7, "minute")), 7);
        check("try again in 1 hour", Some((1, "hour")), 60);
        check("try again in 4000000000 hours", Some((4_000_000_000, "hour")), 60);
        check("try again in 0 seconds", None, 5);
        check("seconds 5", None, 5);
        check("", None, 5);
    }
}
