//! What a server's own no means.

use super::{Diagnosis, FoundBy, words};
use crate::{Failure, Stage};

/// The server's own no, by stage, code and enhanced code.
pub fn refused(failure: &Failure) -> Diagnosis {
    let reply = failure.reply.as_ref();
    let code = reply.map_or(0, |reply| reply.code);
    let enhanced = reply.and_then(|reply| reply.enhanced);
    let temporary = (400..500).contains(&code);
    let (cause, fixes): (&str, &[&str]) = match (failure.stage, code, enhanced) {
        (_, 421, _) => ("the server is closing or too busy", &["Test again in some minutes."]),
        (Stage::Greeting, ..) => (
            "the server turns this machine away",
            &[
                "Its keeper can say why; this machine's address may be blocked, or lack a name in the DNS (reverse DNS).",
            ],
        ),
        (Stage::Tls, 454, _) => {
            ("the server's own TLS is broken", &["Its keeper can mend it. Until then it stays so."])
        }
        (Stage::Auth, 535, _) | (Stage::Auth, _, Some((5, 7, 8))) => (
            "the server does not take the sign-in",
            &[
                "Check the credential's user name and secret. Some servers want the whole address as the user name.",
                "Some providers take only a password made for programs (an app password).",
            ],
        ),
        (Stage::Auth, 454, _) => ("the server cannot check sign-ins at this moment", &["Test again in some minutes."]),
        (Stage::Auth, 534, _) | (Stage::Auth, _, Some((5, 7, 9))) => (
            "the server wants a stronger mechanism",
            &["Under Mechanism, choose the strongest that the server offers."],
        ),
        (Stage::Auth, 538, _) => {
            ("the server wants encryption before this sign-in", &["Answer Yes to Use safe connection?."])
        }
        (Stage::Auth, 504, _) | (Stage::Auth, _, Some((5, 5, 4))) => (
            "the server does not know this mechanism",
            &["Under Mechanism, choose the strongest that the server offers."],
        ),
        (Stage::Mail | Stage::Rcpt, 530 | 523 | 538, _) | (_, _, Some((5, 7, 0 | 10 | 11))) => (
            "the server wants encryption or a sign-in first",
            &[
                "Answer Yes to Use safe connection?, if it says No.",
                "Answer Yes to User authentication, and choose a credential.",
            ],
        ),
        (Stage::Rcpt, _, Some((_, 1, 1 | 2 | 10))) => {
            ("there is no such recipient", &["The account itself works up to here. Check the address under Send to."])
        }
        (Stage::Rcpt, _, Some((_, 2, 2))) => {
            ("the recipient's mailbox is full", &["The account itself works. Send to another address."])
        }
        (Stage::Rcpt, 450 | 451, _) => (
            "not now, says the server",
            &["Servers often refuse a first try (greylisting). Test again in five minutes."],
        ),
        (Stage::Rcpt, 550 | 554, Some((_, 7, 1))) => (
            "the server does not relay to this recipient",
            &[
                "It may take mail for its own domains only, or want a sign-in: answer Yes to User authentication.",
                "Send to an address of its own domain.",
            ],
        ),
        (Stage::Mail, 552, _) | (_, _, Some((_, 3, 4))) => {
            ("the message is larger than the server takes", &["Shorten the message or its footer."])
        }
        (Stage::Mail, ..) => (
            "the server does not take this sender",
            &["Check Reply e-mail (Return-Path): it must be an address that this server may send for."],
        ),
        _ if temporary => ("not now, says the server", &["Test again in some minutes."]),
        _ => ("the server refused", &["Its own words stand below; its keeper can say what they mean."]),
    };
    Diagnosis {
        cause: cause.to_owned(),
        explanation: format!("The server answered: {}", words(reply)),
        found_by: FoundBy::Server,
        temporary,
        fixes: fixes.iter().map(|fix| (*fix).to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FailureKind, Reply};

    #[test]
    fn a_refusal_is_told_apart_by_stage_code_and_enhanced_code() {
        let check = |stage, code, enhanced, cause: &str, temporary: bool| {
            // Words that belong to another cause must not matter.
            let lines = vec!["relay access denied, unsolicited bulk mail, user unknown".to_owned()];
            let failure = Failure { stage, kind: FailureKind::Refused, reply: Some(Reply { code, enhanced, lines }) };
            let diagnosis = refused(&failure);
            assert_eq!((diagnosis.cause.as_str(), diagnosis.temporary), (cause, temporary), "{stage:?} {code}");
        };
        check(Stage::Greeting, 554, None, "the server turns this machine away", false);
        check(Stage::Greeting, 421, None, "the server is closing or too busy", true);
        check(Stage::Tls, 454, Some((4, 7, 0)), "the server's own TLS is broken", true);
        check(Stage::Auth, 535, Some((5, 7, 8)), "the server does not take the sign-in", false);
        check(Stage::Auth, 454, Some((4, 7, 0)), "the server cannot check sign-ins at this moment", true);
        check(Stage::Auth, 538, None, "the server wants encryption before this sign-in", false);
        check(Stage::Mail, 530, Some((5, 7, 0)), "the server wants encryption or a sign-in first", false);
        check(Stage::Mail, 553, Some((5, 7, 1)), "the server does not take this sender", false);
        check(Stage::Mail, 552, Some((5, 3, 4)), "the message is larger than the server takes", false);
        check(Stage::Rcpt, 550, Some((5, 1, 1)), "there is no such recipient", false);
        check(Stage::Rcpt, 450, Some((4, 7, 1)), "not now, says the server", true);
        check(Stage::Rcpt, 452, Some((4, 2, 2)), "the recipient's mailbox is full", true);
        check(Stage::Rcpt, 554, Some((5, 7, 1)), "the server does not relay to this recipient", false);
        check(Stage::Data, 451, None, "not now, says the server", true);
        check(Stage::Data, 571, None, "the server refused", false);
    }
}
