//! Waiting for servers: how long, since when, and what waiting can help.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Failure, FailureKind, LiveReport, SmtpReport, Stage, TestSend};

/// How long each answer of a mail server is waited for: whole seconds, from 5 to 600, the longest limit of RFC 5321,
/// section 4.5.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct TimeLimit(i32);

impl TimeLimit {
    /// Empty means that the account has none of its own.
    pub fn parse(typed: &str) -> Result<Option<Self>, String> {
        match typed.trim() {
            "" => Ok(None),
            digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                Self::from_seconds(digits.parse().unwrap_or(u32::MAX)).map(Some)
            }
            _ => Err(Self::rule()),
        }
    }

    /// Says what may be given where it is out of range.
    pub fn from_seconds(seconds: u32) -> Result<Self, String> {
        match i32::try_from(seconds) {
            Ok(seconds @ 5..=600) => Ok(Self(seconds)),
            _ => Err(Self::rule()),
        }
    }

    fn rule() -> String {
        "A time limit is a number of seconds from 5 to 600.".to_owned()
    }

    /// The limit as a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.seconds().into())
    }

    /// The limit in seconds.
    pub fn seconds(self) -> u32 {
        self.0.unsigned_abs()
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// "0.2 s", "60 s", "5 minutes".
pub fn waited(limit: Duration) -> String {
    match limit.as_secs() {
        seconds @ 120.. if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{} s", limit.as_secs_f64()),
    }
}

impl Failure {
    /// Whether the same attempt can succeed later although nobody changes anything here. What a server refuses for
    /// good, or what it cannot do, stays as it is; a sign-in that is repeated can also lock its mailbox.
    pub fn may_pass(&self) -> bool {
        use FailureKind::*;
        match &self.kind {
            // Whoever takes a success back after the message may have kept it all the same.
            Refused => self.reply.as_ref().is_some_and(|reply| {
                reply.is_temporary() && !(self.stage == Stage::Data && reply.contradicts_itself())
            }),
            // What held the message back at its last instant; before, it is the account.
            Settings(_) => self.stage == Stage::Data,
            Cancelled
            | StartTlsNotOffered
            | TlsNotSpoken
            | ClientCertificateWanted(_)
            | CertificateExpired
            | CertificateNotYetValid
            | CertificateWrongName(_)
            | CertificateUnknownIssuer
            | CertificateBad(_)
            | CertificateChanged { .. }
            | MechanismNotOffered { .. }
            | ClearTextSignIn
            | ServerNotProven
            | ChallengeBad(_)
            | ProxySignInWanted(_)
            | ProxySignInRefused(_)
            | NotAProxy(_)
            | SmtpUtf8NotOffered
            | TooLarge { .. } => false,
            _ => true,
        }
    }
}

impl LiveReport {
    /// For how long nothing has come, in microseconds: since the last line of the conversation, and not since before
    /// the stage that goes on.
    pub fn silent_for(&self) -> u64 {
        let running = self.running().map_or(0, |(_, took)| took);
        self.lines.last().map_or(running, |line| running.min(self.elapsed.saturating_sub(line.at)))
    }
}

impl TestSend {
    /// Who answers at this stage; None where that is Posthouse itself.
    pub fn awaited(&self, stage: Stage) -> Option<String> {
        match stage {
            Stage::Settings => None,
            Stage::Connector => Some(self.connector.clone().unwrap_or_else(|| "The network connector".to_owned())),
            Stage::Dns => Some("The DNS".to_owned()),
            _ => Some(self.host.with_port(self.port)),
        }
    }
}

impl SmtpReport {
    /// Why it is not known whether the message was accepted, in one sentence.
    pub fn why_unknown(&self) -> String {
        match self.failure.as_ref().map(|failure| &failure.kind) {
            Some(FailureKind::TimedOut(limit)) => {
                let limit = waited(Duration::from_millis(*limit));
                format!("The server did not answer the message within {limit}, and Posthouse stopped waiting.")
            }
            None | Some(FailureKind::Closed | FailureKind::Broken(_)) => {
                "The connection ended after the message and before the server’s answer.".to_owned()
            }
            Some(_) => "The server answered the message with something that SMTP does not know.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reply, Speaker, StageReport, StageState, TranscriptLine};

    #[test]
    fn a_time_limit_is_empty_or_5_to_600_seconds() {
        let check = |typed: &str, seconds: Option<u32>| {
            assert_eq!(TimeLimit::parse(typed).map(|limit| limit.map(TimeLimit::seconds)), Ok(seconds), "{typed:?}");
        };
        check("", None);
        check(" 5 ", Some(5));
        check("600", Some(600));
        for typed in ["0", "4", "601", "-30", "30.5", "30 s", "３０", "99999999999999999999"] {
            assert!(TimeLimit::parse(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn a_limit_is_said_in_seconds_or_minutes() {
        let check = |milliseconds, words: &str| assert_eq!(waited(Duration::from_millis(milliseconds)), words);
        check(200, "0.2 s");
        check(60_000, "60 s");
        check(90_000, "90 s");
        check(150_000, "150 s");
        check(300_000, "5 minutes");
    }

    #[test]
    fn what_is_refused_for_good_does_not_pass() {
        let check = |stage, line: &str, passes| {
            let failure = Failure { stage, kind: FailureKind::Refused, reply: Reply::parse(&[line]) };
            assert_eq!(failure.may_pass(), passes, "{stage:?}: {line}");
        };
        check(Stage::Auth, "535 5.7.8 Wrong", false);
        check(Stage::Auth, "454 4.7.0 Temporary authentication failure", true);
        check(Stage::Mail, "550 5.1.0 No", false);
        check(Stage::Rcpt, "451 4.7.1 Greylisted", true);
        check(Stage::Mail, "250 4.3.0 Later", true);
        check(Stage::Data, "250 4.3.0 Later", false);
        check(Stage::Data, "451 4.3.0 Later", true);
    }

    #[test]
    fn silence_counts_from_the_last_line_of_the_running_stage() {
        let stage = |stage, state, took| StageReport { stage, state, took, fact: String::new() };
        let line = |at| TranscriptLine { at, speaker: Speaker::Server, encrypted: false, text: String::new() };
        let live = |lines: Vec<TranscriptLine>| LiveReport {
            stages: vec![stage(Stage::Tcp, StageState::Done, 100), stage(Stage::Greeting, StageState::Running, 0)],
            first: 0,
            lines,
            elapsed: 1_000,
        };
        assert_eq!(live(vec![]).silent_for(), 900);
        assert_eq!(live(vec![line(50)]).silent_for(), 900);
        assert_eq!(live(vec![line(50), line(700)]).silent_for(), 300);
        assert_eq!(LiveReport::default().silent_for(), 0);
    }
}
