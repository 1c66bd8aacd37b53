//! Which rules of `knowledge/replies.toml` a reply fits, and what of the reply speaks for each.

use model::text::capitalized;
use model::{ConnectionSecurity, Stage};

use super::knowledge::{Family, Knowledge, ReplyStage, Rule, Strength};
use super::reply_text::ReplyText;

/// What is known of the server besides its reply.
#[derive(Clone, Copy)]
pub struct Server<'a> {
    pub known: &'a Knowledge,
    /// Whose software it is, where its greeting shows it.
    pub family: Option<&'a str>,
    pub security: ConnectionSecurity,
    /// It accepted a sign-in, so that it wants none.
    pub signed_in: bool,
}

/// A rule that a reply fits.
pub struct Match<'a> {
    pub rule: &'a Rule,
    /// The words of the rule that stand in the reply.
    word: Option<&'a str>,
    code: Option<u16>,
    enhanced: Option<&'a str>,
}

impl<'a> Server<'a> {
    /// What is known of a server that greets so.
    pub fn new(known: &'a Knowledge, greeting: Option<&str>, security: ConnectionSecurity) -> Self {
        let greeting = greeting.unwrap_or_default().to_lowercase();
        let greets = |family: &&Family| family.greets.iter().any(|words| greeting.contains(words));
        let family = known.families.iter().find(greets).map(|family| family.name.as_str());
        Self { known, family, security, signed_in: false }
    }

    /// The rules that the reply fits, in the order of the file.
    pub fn matches(self, stage: ReplyStage, said: &'a ReplyText) -> impl Iterator<Item = Match<'a>> {
        self.known.rules.iter().filter_map(move |rule| self.fits(rule, stage, said))
    }

    fn fits(self, rule: &'a Rule, stage: ReplyStage, said: &'a ReplyText) -> Option<Match<'a>> {
        let enhanced =
            said.enhanced.as_deref().filter(|found| rule.enhanced.iter().any(|wanted| parts_fit(found, wanted)));
        let code = Some(said.code).filter(|code| rule.codes.iter().any(|wanted| digits_fit(&code.to_string(), wanted)));
        let word = rule.words.iter().map(String::as_str).find(|words| said.text.contains(words));
        let fits = rule.stages.contains(&stage)
            && (rule.codes.is_empty() || code.is_some())
            && (rule.enhanced.is_empty() || enhanced.is_some())
            && (rule.words.is_empty() || word.is_some())
            && !rule.without.iter().any(|words| said.text.contains(words))
            && self.is_of_family(rule, said)
            // What is encrypted already lacks something else.
            && (rule.key != "encryption-wanted" || self.security == ConnectionSecurity::None)
            && (rule.key != "sign-in-wanted" || !self.signed_in || word.is_some());
        fits.then_some(Match { rule, word, code, enhanced })
    }

    /// What one kind of software says decides nothing about another.
    fn is_of_family(self, rule: &Rule, said: &ReplyText) -> bool {
        let names = |family: &&Family| family.says.iter().any(|words| said.text.contains(words));
        let by_reply = || self.known.families.iter().find(names).map(|family| family.name.as_str());
        match self.family.or_else(by_reply) {
            _ if rule.families.is_empty() => true,
            None => !rule.family_shown,
            Some(family) => rule.families.iter().any(|name| name == family),
        }
    }
}

impl Match<'_> {
    /// The rule names the cause; otherwise it is only one of those that are possible.
    pub fn is_explicit(&self) -> bool {
        let Rule { strength, words, enhanced, .. } = self.rule;
        let usual = if words.is_empty() && enhanced.is_empty() { Strength::Derived } else { Strength::Explicit };
        strength.unwrap_or(usual) == Strength::Explicit
    }

    /// It takes more than the stage, and more than a class of codes.
    pub fn is_by_reply(&self) -> bool {
        let exact = self.rule.codes.iter().any(|code| !code.contains('x'));
        exact || self.word.is_some() || self.enhanced.is_some()
    }

    /// One sentence: what of the reply speaks for the rule's cause.
    pub fn evidence(&self, stage: Stage) -> String {
        let words = self.word.map(|word| format!("the words “{}”", word.trim()));
        let code = self.code.map(|code| format!("the code {code}"));
        let enhanced = self.enhanced.map(|enhanced| format!("the enhanced code {enhanced}"));
        let found: Vec<String> = words.into_iter().chain(code).chain(enhanced).collect();
        let stage = stage.label();
        match &found[..] {
            [] => format!("Servers that refuse at {stage} often mean it."),
            [one] if self.word.is_none() => format!("{} at {stage} speaks for it.", capitalized(one)),
            several => format!("{} at {stage} speak for it.", capitalized(&several.join(" and "))),
        }
    }
}

/// "550" fits "550", "55x" and "5xx".
fn digits_fit(code: &str, pattern: &str) -> bool {
    code.len() == pattern.len()
        && code.bytes().zip(pattern.bytes()).all(|(digit, wanted)| wanted == b'x' || digit == wanted)
}

/// "5.7.1" fits "5.7.1", "*.7.1" and "5.7.*".
fn parts_fit(found: &str, pattern: &str) -> bool {
    found.split('.').zip(pattern.split('.')).all(|(part, wanted)| wanted == "*" || part == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fit_their_patterns() {
        assert!(digits_fit("550", "550") && digits_fit("550", "5xx") && digits_fit("552", "55x"));
        assert!(!digits_fit("450", "5xx") && !digits_fit("550", "551"));
        assert!(parts_fit("5.7.1", "*.7.1") && parts_fit("4.3.2", "*.3.*"));
        assert!(!parts_fit("5.7.1", "*.7.10"));
    }
}
