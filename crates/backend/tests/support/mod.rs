//! What the tests of sending share: a scripted mail server, certificates made on the spot, and accounts to send by.

pub mod certificates;
pub mod dns;
pub mod postfix;
pub mod proxies;
pub mod recorder;
pub mod sasl;
pub mod scripted;

use backend::message::compose;
use model::{
    Account, AccountDraft, CertificateCheck, ConnectionSecurity, EmailAddress, Footer, Host, Mechanism, Moment,
    SmtpReport, Stage, TestSend, TestSendDraft, TestSendId, TestSendRequest, YesNo,
};
use smtp::{OutgoingMessage, SendOptions, ServerSignIn, StageLimits, Target};
use std::sync::Arc;
use std::time::Duration;

/// 24 November 2026, 10:43:47 UTC.
pub const NOW: Moment = Moment(1_795_517_027_000_000);
/// The name in EHLO.
pub const HELLO: &str = "posthouse.nordhavn.example";

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse("The address", text).expect(text)
}

pub fn account() -> Account {
    draft().parse().expect("the account keeps the rules")
}

pub fn draft() -> AccountDraft {
    AccountDraft {
        name: "Billing".to_owned(),
        sender: "billing@nordhavn.example".to_owned(),
        reply: "replies@nordhavn.example".to_owned(),
        return_path: "bounces@nordhavn.example".to_owned(),
        confirmation: "receipts@nordhavn.example".to_owned(),
        read_receipt: YesNo::Yes,
        host: "127.0.0.1".to_owned(),
        authentication: YesNo::No,
        ..AccountDraft::default()
    }
}

pub fn request(subject: &str, message: &str) -> TestSendRequest {
    let draft = TestSendDraft {
        recipient: "to@example.test".to_owned(),
        subject: subject.to_owned(),
        message: message.to_owned(),
        stop_after: String::new(),
    };
    draft.parse().expect("the test send keeps the rules")
}

/// A letter whose body holds [`CANARY`].
pub fn letter() -> OutgoingMessage {
    let request = request("TEST MESSAGE!", CANARY);
    compose(&account(), &Footer::default(), &request, NOW, HELLO).expect("the message can be made")
}

/// Sends a letter to its end.
pub async fn send(target: &Target, letter: &OutgoingMessage, hello: &str, limits: &StageLimits) -> SmtpReport {
    smtp::send(target, letter, &SendOptions::new(hello, limits)).await.report
}

/// A body that must never stand in a transcript.
pub const CANARY: &str = "canary-7b1f0c is the body of the message";

pub fn target(port: u16, security: ConnectionSecurity) -> Target {
    let host = Host::parse("127.0.0.1").expect("an address");
    Target {
        host,
        port,
        security,
        certificates: CertificateCheck::Ignore,
        trust: model::Trust::Machine,
        sign_in: None,
        proxy: None,
        egress: Arc::default(),
    }
}

/// With the one user that a scripted server knows; also in clear text.
pub fn sign_in(mechanism: Option<Mechanism>) -> ServerSignIn {
    ServerSignIn {
        user_name: sasl::USER.to_owned(),
        secret: sasl::SECRET.into(),
        mechanism,
        plain_in_clear: true,
        verified_only: false,
    }
}

/// Long enough for a slow machine: nothing is measured by it.
pub fn patient() -> StageLimits {
    StageLimits::each(Duration::from_secs(20))
}

/// Patient everywhere but in this stage, which has 200 ms.
pub fn limits(stage: Stage) -> StageLimits {
    let mut limits = patient();
    let limit = match stage {
        Stage::Connector => &mut limits.connector,
        Stage::Dns => &mut limits.dns,
        Stage::Tcp => &mut limits.tcp,
        Stage::Greeting => &mut limits.greeting,
        Stage::Settings | Stage::Ehlo | Stage::EhloAgain => &mut limits.ehlo,
        Stage::Tls => &mut limits.tls,
        Stage::Auth => &mut limits.auth,
        Stage::Mail => &mut limits.mail,
        Stage::Rcpt => &mut limits.rcpt,
        Stage::Data => {
            (limits.upload, limits.after_dot) = (Duration::from_millis(200), Duration::from_millis(200));
            &mut limits.data
        }
        Stage::Quit => &mut limits.quit,
    };
    *limit = Duration::from_millis(200);
    limits
}

/// A test of the server at this port of the loopback interface.
pub fn test_send(port: u16, security: ConnectionSecurity) -> TestSend {
    TestSend {
        id: TestSendId(1),
        account: None,
        typed: true,
        account_name: "Tested".to_owned(),
        sent_by: "ops@nordhavn.example".to_owned(),
        sent_at: Moment(0),
        recipient: EmailAddress::parse("Send to", "to@nordhavn.example").expect("an address"),
        subject: "Test".to_owned(),
        host: Host::parse("127.0.0.1").expect("an address"),
        port,
        security,
        connector: None,
        report: None,
    }
}
