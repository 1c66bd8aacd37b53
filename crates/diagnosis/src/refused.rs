//! What a server's refusal means.

use model::{ConnectionSecurity, Diagnosis, Failure, Fix, FoundBy, Remedy, Reply, Stage, TrustOffer};

use super::KNOWN;
use super::knowledge::{FixEntry, Knowledge, Provider, RemedyKey, ReplyEntry, ReplyStage, Rule};
use super::render::{fill, quoted};

/// Explains a refusal: by what the provider alone answers, then by what any server answers.
pub fn refused(
    known: &Knowledge,
    provider: Option<&Provider>,
    security: ConnectionSecurity,
    failure: &Failure,
) -> Diagnosis {
    let reply = failure.reply.as_ref();
    let (Some(stage), Some(said)) = (reply_stage(failure.stage), reply.map(ReplyText::of)) else {
        return unknown(reply, false);
    };
    if let Some(own) = own_reply(provider, stage, &said) {
        let fixes = own.fixes.iter().map(|fix| fix.as_str().into()).collect();
        return explained("provider", &own.cause, reply, own.temporary, named_wait(&said, fixes));
    }
    let temporary = (400..500).contains(&said.code);
    match known.rules.iter().find(|rule| fits(rule, stage, &said, security)) {
        Some(rule) => {
            let later = Remedy::Later(minutes(wait(&said.text)));
            let fixes = rule.fixes.iter().filter_map(|entry| fix(entry, security, &later)).collect();
            explained(&rule.key, &rule.cause, reply, rule.temporary.unwrap_or(temporary), named_wait(&said, fixes))
        }
        None => unknown(reply, temporary),
    }
}

/// A refusal that nothing is known of.
pub fn unknown(reply: Option<&Reply>, temporary: bool) -> Diagnosis {
    explained("unknown", &KNOWN.observations.reply.unknown_cause, reply, temporary, Vec::new())
}

/// The name of the cause that the reply's own code, enhanced code or words determine, and not its stage alone.
pub fn specific<'a>(
    known: &'a Knowledge,
    provider: Option<&Provider>,
    security: ConnectionSecurity,
    failure: &Failure,
) -> Option<&'a str> {
    let (stage, said) = (reply_stage(failure.stage)?, ReplyText::of(failure.reply.as_ref()?));
    if own_reply(provider, stage, &said).is_some() {
        return Some("provider");
    }
    let rule = known.rules.iter().find(|rule| fits(rule, stage, &said, security))?;
    let exact = rule.codes.iter().any(|code| !code.contains('x'));
    let by_reply = rule.key != "unknown" && (exact || !rule.enhanced.is_empty() || !rule.words.is_empty());
    by_reply.then_some(rule.key.as_str())
}

/// What the provider alone means by these words.
fn own_reply<'a>(provider: Option<&'a Provider>, stage: ReplyStage, said: &ReplyText) -> Option<&'a ReplyEntry> {
    provider.into_iter().flat_map(|provider| &provider.reply).find(|own| {
        let enhanced = own.enhanced.is_empty() || said.enhanced.as_deref() == Some(&own.enhanced);
        // A reply of the sign-in can be repeated at a later command.
        own.code == said.code && enhanced && own.stage == stage && said.text.contains(&own.words.to_lowercase())
            || own.stage == ReplyStage::Auth
                && stage != ReplyStage::Auth
                && said.text.contains(&own.words.to_lowercase())
    })
}

fn explained(key: &str, cause: &str, reply: Option<&Reply>, temporary: bool, fixes: Vec<Fix>) -> Diagnosis {
    Diagnosis {
        key: key.to_owned(),
        cause: cause.to_owned(),
        explanation: fill(&KNOWN.observations.reply.explanation, &[("reply", quoted(reply))]),
        found_by: FoundBy::Server,
        temporary,
        fixes,
        provider: None,
        trust: TrustOffer::Nothing,
    }
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

/// A reply in the form that rules are compared with.
struct ReplyText {
    code: u16,
    enhanced: Option<String>,
    /// In small letters, on one line.
    text: String,
}

impl ReplyText {
    fn of(reply: &Reply) -> Self {
        let enhanced = reply.enhanced.or_else(|| enhanced_in(reply));
        let enhanced = enhanced.map(|(class, subject, detail)| format!("{class}.{subject}.{detail}"));
        let text = reply.lines.join(" ").to_lowercase();
        Self { code: reply.code, enhanced, text: text.split_whitespace().collect::<Vec<_>>().join(" ") }
    }
}

/// An enhanced status that does not stand where RFC 2034 has it: Cisco writes `#5.1.0` before the words, qmail
/// `(#5.7.1)` behind them.
fn enhanced_in(reply: &Reply) -> Option<(u8, u16, u16)> {
    let marked = reply.lines.iter().find_map(|line| line.split_once('#'))?.1;
    let status = marked.split(|c: char| c != '.' && !c.is_ascii_digit()).next()?;
    let mut parts = status.split('.').map(str::parse::<u16>);
    let (class, subject, detail) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let agrees = parts.next().is_none() && class == reply.code / 100 && subject < 1000 && detail < 1000;
    u8::try_from(class).ok().filter(|_| agrees).map(|class| (class, subject, detail))
}

fn fits(rule: &Rule, stage: ReplyStage, said: &ReplyText, security: ConnectionSecurity) -> bool {
    let code = said.code.to_string();
    let enhanced = |pattern: &String| said.enhanced.as_ref().is_some_and(|found| parts_fit(found, pattern, '.'));
    rule.stages.contains(&stage)
        && (rule.codes.is_empty() || rule.codes.iter().any(|pattern| digits_fit(&code, pattern)))
        && (rule.enhanced.is_empty() || rule.enhanced.iter().any(enhanced))
        && (rule.words.is_empty() || rule.words.iter().any(|words| said.text.contains(words)))
        && !rule.without.iter().any(|words| said.text.contains(words))
        // What is encrypted already lacks something else.
        && (rule.key != "encryption-wanted" || security == ConnectionSecurity::None)
}

/// "550" fits "550", "55x" and "5xx".
fn digits_fit(code: &str, pattern: &str) -> bool {
    code.len() == pattern.len()
        && code.bytes().zip(pattern.bytes()).all(|(digit, wanted)| wanted == b'x' || digit == wanted)
}

fn parts_fit(found: &str, pattern: &str, between: char) -> bool {
    found.split(between).zip(pattern.split(between)).all(|(part, wanted)| wanted == "*" || part == wanted)
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
    fn codes_fit_their_patterns() {
        assert!(digits_fit("550", "550") && digits_fit("550", "5xx") && digits_fit("552", "55x"));
        assert!(!digits_fit("450", "5xx") && !digits_fit("550", "551"));
        assert!(parts_fit("5.7.1", "*.7.1", '.') && parts_fit("4.3.2", "*.3.*", '.'));
        assert!(!parts_fit("5.7.1", "*.7.10", '.'));
    }

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
