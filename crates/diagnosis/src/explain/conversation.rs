//! Follows a conversation: which command each reply answers, and which refusal is the cause of the others.

use std::collections::{HashMap, VecDeque};

use model::{Reply, Stage};

use super::super::knowledge::{Phrase, Provider};
use super::super::letters::plain;
use super::super::reply_text::contradiction;
use super::super::{KNOWN, providers};
use super::line::{self, Line};

/// How many lines before and after a reply are looked at for what says its stage.
const NEAR: usize = 6;
/// The most refusals and unanswered commands of one text, and octets of the words around a reply.
const REFUSALS: usize = 200;
const PENDING: usize = 100;
const AROUND: usize = 2_048;

/// A reply that refuses.
#[derive(Debug)]
pub struct Refusal {
    pub stage: Option<Stage>,
    pub reply: Reply,
    /// The text has the reply with its code; otherwise its code is made up of the enhanced status.
    pub in_full: bool,
    line: usize,
}

/// What stands in a pasted text.
#[derive(Default)]
pub struct Conversation<'a> {
    text: &'a str,
    refusals: Vec<Refusal>,
    /// The stages that succeeded, with the last line on which each did.
    passed: HashMap<Stage, usize>,
    /// The words of the greeting, the server's name first.
    greeting: Option<String>,
    encrypted: bool,
    connected: bool,
    /// The last line of the greeting has not come, and a command was sent before.
    greeting_open: bool,
    spoke_early: bool,
    /// The commands that are still to be answered; with PIPELINING there are several (RFC 2920).
    pending: VecDeque<Stage>,
    last_command: Option<Stage>,
    /// The lines of a reply whose last one has not come yet, and what stands around them.
    lines: Vec<String>,
    around: String,
    at: usize,
}

impl<'a> Conversation<'a> {
    /// Reads a text.
    pub fn read(text: &'a str) -> Self {
        let mut found = Self { text, ..Self::default() };
        for (at, line) in pieces(text).enumerate() {
            found.at = at;
            found.line(line);
        }
        // What was pasted may end within a reply.
        found.end_reply();
        found.name_stages();
        found
    }

    pub fn greeting(&self) -> Option<&str> {
        self.greeting.as_deref()
    }

    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    pub fn is_signed_in(&self) -> bool {
        self.passed.contains_key(&Stage::Auth)
    }

    /// Whose server it is: by a host that the text names, else by the greeting.
    pub fn provider(&self) -> Option<&'static Provider> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let names = self.text.split(|c| !is_name(c)).filter(|word| word.len() < 256 && word.contains('.'));
        names
            .take(10_000)
            .find_map(|name| providers::named(&KNOWN, name, None))
            .or_else(|| providers::named(&KNOWN, "", self.greeting()))
    }

    /// What a program says of a failure in its own words, and the line that does.
    pub fn phrase(&self, provider: Option<&Provider>) -> Option<(&'static Phrase, &'a str)> {
        let text = plain(self.text);
        let lines: Vec<(String, &str)> = self.text.lines().take(2_000).map(|line| (plain(line), line)).collect();
        KNOWN.phrases.phrase.iter().filter(|phrase| !phrase.known_provider || provider.is_some()).find_map(|phrase| {
            let also = phrase.with.is_empty() || phrase.with.iter().any(|words| text.contains(words));
            let early = !phrase.spoke_early || self.spoke_early;
            let fits = |(plain, _): &&(String, &str)| phrase.words.iter().any(|words| plain.contains(words));
            let (_, line) = lines.iter().find(fits).filter(|_| also && early)?;
            Some((phrase, line.trim()))
        })
    }

    /// The refusal that is the cause: the first one that nothing made up for, and no consequence of another.
    pub fn cause(&self) -> Option<&Refusal> {
        let original = || self.refusals.iter().filter(|refusal| !is_consequence(&refusal.reply));
        let overcome = |refusal: &Refusal| {
            refusal.stage.and_then(|stage| self.passed.get(&stage)).is_some_and(|line| *line > refusal.line)
        };
        original()
            .find(|refusal| !overcome(refusal) && refusal.in_full)
            .or_else(|| original().find(|refusal| refusal.in_full))
            .or_else(|| original().next())
            .or_else(|| self.refusals.first())
    }

    fn line(&mut self, raw: &'a str) {
        let lower = raw.to_ascii_lowercase();
        self.connected |= lower.contains("connected to")
            || lower.contains("connection: opened")
            || lower.trim_end().ends_with(": connected");
        self.encrypted |= lower.contains("tls started") || lower.starts_with("encrypted from here");
        match line::read(raw) {
            Line::Reply { text, around } => {
                if !self.goes_on(&text) {
                    self.end_reply();
                }
                if self.around.len() < AROUND {
                    self.around.push_str(&around);
                }
                self.lines.push(text.into_owned());
            }
            Line::Command(stage) => {
                self.end_reply();
                self.spoke_early |= self.greeting_open;
                // The log of IIS leaves out the replies that succeed.
                if raw.contains(" OutboundConnectionCommand ") {
                    self.pending.clear();
                }
                self.last_command = Some(stage);
                // The dot answers for the command that announced it.
                if self.pending.len() < PENDING && !(stage == Stage::Data && self.pending.contains(&Stage::Data)) {
                    self.pending.push_back(stage);
                }
            }
            // A line of a reply that a program wrote without its code, or broke to a width of its own.
            Line::Words(words) | Line::Status { text: words, .. } if self.takes_words(words) => {
                if let Some(last) = self.lines.last_mut() {
                    *last = format!("{last} {}", words.trim());
                }
            }
            Line::Words(_) => self.end_reply(),
            Line::Status { status, text } => {
                self.end_reply();
                self.status(status, text);
            }
        }
    }

    /// A reply is being read, and its last line has not come.
    fn is_open(&self) -> bool {
        self.lines.last().is_some_and(|last| last.as_bytes().get(3) == Some(&b'-'))
    }

    fn goes_on(&self, text: &str) -> bool {
        self.is_open() && self.lines[0].get(..3) == text.get(..3)
    }

    /// Whether words belong to the reply before: within a reply of several lines, or where a bounce was broken.
    fn takes_words(&self, words: &str) -> bool {
        let refuses = self.lines.first().is_some_and(|line| line.starts_with(['4', '5']));
        let wrapped =
            self.around.contains("reason:") || self.around.contains("said:") || self.around.contains("remote server");
        let few = self.lines.last().is_some_and(|last| last.len() < 1_000);
        refuses
            && few
            && !words.is_empty()
            && !words.starts_with("Giving up on")
            && (self.is_open() || wrapped && !words.contains(": "))
    }

    /// The reply is there, as far as it goes.
    fn end_reply(&mut self) {
        let open = self.is_open();
        let (mut lines, mut around) = (std::mem::take(&mut self.lines), std::mem::take(&mut self.around));
        // A program broke its own words behind the reply to its width.
        const BEHIND: &str = " (in reply to ";
        if let Some((last, at)) = lines.last_mut().and_then(|last| last.find(BEHIND).map(|at| (last, at))) {
            around.push_str(&last.split_off(at).to_lowercase());
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let Some(reply) = Reply::parse(&lines) else { return };
        if contradiction(&reply).is_some() {
            return self.refused(reply, &around);
        }
        match reply.code {
            220 if self.greeting.is_none() && self.last_command.is_none() => {
                self.greeting_open = open;
                self.greeting = Some(reply.lines.join(" "));
            }
            220 => self.answered(Stage::Tls),
            334 => self.skip_to(Stage::Auth),
            354 => {
                self.skip_to(Stage::Data);
                if self.pending.is_empty() {
                    self.pending.push_back(Stage::Data);
                }
            }
            235 => self.answered(Stage::Auth),
            221 => self.answered(Stage::Quit),
            200..400 => {
                if let Some(stage) = self.pending.pop_front() {
                    self.passed.insert(stage, self.at);
                }
            }
            _ if self.refusals.len() < REFUSALS => self.refused(reply, &around),
            _ => {}
        }
    }

    fn refused(&mut self, reply: Reply, around: &str) {
        if matches!(reply.code, 534 | 535 | 538) {
            self.skip_to(Stage::Auth);
        }
        let told = stage_in(around);
        let stage = told.or_else(|| self.pending.pop_front()).or(self.last_command);
        let again = self.refusals.iter_mut().find(|before| before.reply.code == reply.code && before.in_full);
        match again {
            // Programs repeat a reply in the error that they raise; the fuller one tells more.
            Some(before) if before.stage == stage || told.is_none() && self.last_command.is_none() => {
                if before.reply.lines.iter().all(String::is_empty) {
                    before.reply = reply;
                }
            }
            _ if stage == Some(Stage::Quit) => {}
            _ => self.refusals.push(Refusal { stage, reply, in_full: true, line: self.at }),
        }
    }

    /// A status without a code; the code is that of its class.
    fn status(&mut self, status: &str, text: &str) {
        let code = if status.starts_with('4') { 450 } else { 550 };
        if let Some(reply) =
            Reply::parse(&[&format!("{code} {status} {text}")]).filter(|_| self.refusals.len() < REFUSALS)
        {
            self.refusals.push(Refusal { stage: None, reply, in_full: false, line: self.at });
        }
    }

    /// The command of this stage is the next to be answered, if it was sent.
    fn skip_to(&mut self, stage: Stage) {
        if let Some(at) = self.pending.iter().position(|pending| *pending == stage) {
            self.pending.drain(..at);
        }
    }

    fn answered(&mut self, stage: Stage) {
        self.skip_to(stage);
        self.pending.pop_front();
        self.passed.insert(stage, self.at);
    }

    /// Gives each refusal without a stage the one that the lines near it name.
    fn name_stages(&mut self) {
        let lines: Vec<&str> = pieces(self.text).collect();
        // The words of another reply are its own.
        let named = |line: &str| match line::read(line) {
            Line::Reply { .. } => None,
            _ => stage_in(&line.to_lowercase()),
        };
        for refusal in self.refusals.iter_mut().filter(|refusal| refusal.stage.is_none()) {
            let (before, after) = lines.split_at(refusal.line.min(lines.len()));
            let near =
                after.iter().take(1).chain(before.iter().rev().take(NEAR)).chain(after.iter().skip(1).take(NEAR));
            // Before any command, the greeting itself refused. A reply alone does not show its stage.
            let greeting = Some(Stage::Greeting).filter(|_| self.connected && self.greeting.is_none());
            refusal.stage = near.copied().find_map(named).or(greeting);
        }
        self.correct_by_consequence();
    }

    /// For logs that omit the replies that succeeded: a later reply that no recipient was accepted shows that RCPT was
    /// rejected.
    fn correct_by_consequence(&mut self) {
        let no_recipient = self.refusals.iter().any(|refusal| {
            is_consequence(&refusal.reply) && refusal.reply.lines.join(" ").to_lowercase().contains("rcpt")
        });
        let first = self.refusals.iter_mut().find(|refusal| !is_consequence(&refusal.reply));
        if let Some(first) = first.filter(|first| no_recipient && first.stage == Some(Stage::Mail)) {
            first.stage = Some(Stage::Rcpt);
        }
    }
}

/// The lines of a text; of a log that has a whole conversation in one line, what each side said.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    const MARKS: [&str; 3] = [" >> ", " << ", " !! "];
    text.lines().flat_map(|line| {
        let marks = MARKS.iter().map(|mark| line.matches(mark).count()).sum::<usize>();
        let mut starts = vec![0];
        if marks > 1 {
            starts.extend(
                line.char_indices()
                    .map(|(at, _)| at)
                    .filter(|at| MARKS.iter().any(|mark| line[*at..].starts_with(mark))),
            );
        }
        let ends: Vec<usize> = starts.iter().skip(1).copied().chain([line.len()]).collect();
        starts.into_iter().zip(ends).map(|(start, end)| line[start..end].trim()).collect::<Vec<_>>()
    })
}

/// The stage that the words around a reply name.
fn stage_in(words: &str) -> Option<Stage> {
    let names = |entry: &&super::super::knowledge::StageWords| entry.words.iter().any(|known| words.contains(known));
    KNOWN.phrases.stage.iter().find(names).map(|entry| entry.stage.into())
}

/// Whether a reply only says that a command before it had not succeeded.
fn is_consequence(reply: &Reply) -> bool {
    const WORDS: [&str; 9] = [
        "precede",
        "bad sequence",
        "out of sequence",
        "no valid recipients",
        "need rcpt",
        "need mail",
        "rcpt first",
        "mail first",
        "no recipients",
    ];
    let text = reply.lines.join(" ").to_lowercase();
    reply.code == 503 && text.is_empty()
        || matches!(reply.code, 503 | 554) && WORDS.iter().any(|words| text.contains(words))
}
