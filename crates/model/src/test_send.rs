//! A test send: one attempt to deliver one message through an account, with its stages, transcript and outcome.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::control;
use crate::{
    Acceptance, AccountId, ConnectionSecurity, Diagnosis, EmailAddress, FieldErrors, Host, LiveReport, Moment,
    Possibility, ProviderFacts, SmtpReport, StopAfter,
};

/// A test send's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct TestSendId(pub i64);

impl fmt::Display for TestSendId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The window "Test Email - Account" as it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSendDraft {
    /// "Send to": one address.
    #[serde(default)]
    pub recipient: String,
    /// The subject.
    #[serde(default)]
    pub subject: String,
    /// The text of the message.
    #[serde(default)]
    pub message: String,
    /// The key of the stage after which it ends on purpose; empty to send the message.
    #[serde(default)]
    pub stop_after: String,
}

impl TestSendDraft {
    /// What the window starts with.
    pub fn prefilled(own_address: &str) -> Self {
        Self {
            recipient: own_address.to_owned(),
            subject: "TEST MESSAGE!".to_owned(),
            message: "ATTENTION: THIS IS A TEST MESSAGE!".to_owned(),
            stop_after: String::new(),
        }
    }

    /// All rules of the window. The errors name its fields.
    pub fn parse(&self) -> Result<TestSendRequest, FieldErrors> {
        let mut errors = FieldErrors::default();
        let recipient = errors.take("recipient", EmailAddress::parse("Send to", &self.recipient));
        let subject = errors.take("subject", subject(&self.subject));
        let message = errors.take("message", message(&self.message));
        let stop_after = errors.take("stop_after", stop_after(&self.stop_after));
        match (recipient, subject, message, stop_after) {
            (Some(recipient), Some(subject), Some(message), Some(stop_after)) => {
                Ok(TestSendRequest { recipient, subject, message, stop_after })
            }
            _ => Err(errors),
        }
    }
}

/// The longest subject and message of a test, in characters.
pub const SUBJECT_CHARACTERS: usize = 250;
/// The longest message of a test, in characters.
pub const MESSAGE_CHARACTERS: usize = 100_000;

fn subject(typed: &str) -> Result<String, String> {
    let text = typed.trim();
    if let Some(what) = control(text) {
        return Err(format!("Subject holds {what}. Take it out."));
    }
    match text.chars().count() {
        0 => Err("Enter a subject.".to_owned()),
        n if n > SUBJECT_CHARACTERS => Err(format!("Subject has {n} characters. Use at most {SUBJECT_CHARACTERS}.")),
        _ => Ok(text.to_owned()),
    }
}

fn message(typed: &str) -> Result<String, String> {
    // Browsers send CRLF; a bare CR is never kept.
    let lines = typed.replace("\r\n", "\n").replace('\r', "\n");
    if lines.contains('\0') {
        return Err("Message holds a NUL character. Take it out.".to_owned());
    }
    match lines.chars().count() {
        _ if lines.trim().is_empty() => Err("Enter a message.".to_owned()),
        n if n > MESSAGE_CHARACTERS => Err(format!("Message has {n} characters. Use at most {MESSAGE_CHARACTERS}.")),
        _ => Ok(lines),
    }
}

fn stop_after(key: &str) -> Result<Option<StopAfter>, String> {
    let found = StopAfter::from_key(key);
    match key {
        "" => Ok(None),
        _ => found.map(Some).ok_or_else(|| {
            let [others @ .., last] = StopAfter::ALL.map(StopAfter::key);
            format!("A test can stop after {} or {last}.", others.join(", "))
        }),
    }
}

/// What is to be sent, and to whom. Lines of the message end with LF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSendRequest {
    /// To whom it is sent.
    pub recipient: EmailAddress,
    /// 1 to [`SUBJECT_CHARACTERS`], on one line.
    pub subject: String,
    /// 1 to [`MESSAGE_CHARACTERS`].
    pub message: String,
    /// Where it ends on purpose, before anything is sent.
    pub stop_after: Option<StopAfter>,
}

/// A test send as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSend {
    /// The test's number.
    pub id: TestSendId,
    /// None where it was not saved yet.
    pub account: Option<AccountId>,
    /// Tested as it stood on the screen, not as it was saved.
    pub typed: bool,
    /// The account's name at that time.
    pub account_name: String,
    /// Who pressed the button: an e-mail address.
    pub sent_by: String,
    /// When it began.
    pub sent_at: Moment,
    /// To whom the message went.
    pub recipient: EmailAddress,
    /// The subject of the message.
    pub subject: String,
    /// The mail server at that time.
    pub host: Host,
    /// The port that was connected to.
    pub port: u16,
    /// How the connection was encrypted.
    pub security: ConnectionSecurity,
    /// The connector's name and proxy, as "DMZ (proxy.example.org:1080)".
    pub connector: Option<String>,
    /// None while it runs, or when the server was stopped meanwhile.
    pub report: Option<SmtpReport>,
}

/// A test send as its window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestShown {
    /// The test as it is kept.
    pub test: TestSend,
    /// What is known so far, while it goes on in this very Posthouse.
    pub live: Option<LiveReport>,
    /// Why it failed.
    pub diagnosis: Option<Diagnosis>,
    /// What will change at the provider that the account signs in to.
    pub coming: Option<ProviderFacts>,
}

impl SmtpReport {
    /// What came of it, as plain text: was the message taken, and if not, why, and what to do.
    pub fn in_words(&self, diagnosis: Option<&Diagnosis>) -> String {
        let report = self;
        match (report.taken, &report.failure) {
            (Acceptance::Yes, _) => match &report.final_reply {
                Some(reply) => format!("The server accepted the message: {reply}"),
                None => "The server accepted the message".to_owned(),
            },
            (Acceptance::Unknown, _) => format!(
                "Whether the message was accepted is not known: look into the mailbox before sending it again.\n{}",
                report.why_unknown()
            ),
            (Acceptance::No, None) => {
                let until = report.stopped_after.map_or("where it stopped", StopAfter::label);
                format!("Everything up to {until} works. No message was sent, on purpose.")
            }
            (Acceptance::No, Some(_)) if report.was_cancelled() => {
                "The test was cancelled. No message was sent.".to_owned()
            }
            (Acceptance::No, Some(failure)) => {
                let stage = failure.stage.label();
                let Some(Diagnosis { cause, explanation, fixes, possibilities, .. }) = diagnosis else {
                    return format!("Failed at {stage}");
                };
                let possible = Possibility::list(possibilities);
                let fixes = (1..).zip(fixes).map(|(number, fix)| format!("\n{number}. {}", fix.text));
                format!("Failed at {stage}: {cause}\n{explanation}{possible}{}", fixes.collect::<String>())
            }
        }
    }
}
