//! The failures that are explained.

mod certificates;

use FailureKind as Kind;
use model::{
    Acceptance, Certificate, ConnectionSecurity, EmailAddress, Failure, FailureKind, Fingerprint, HandshakeFault, Host,
    Mechanism, Moment, Observed, ProxyAnswer, Reply, SenderRecord, SenderRecordKind, ShownCa, ShownCertificate,
    SmtpReport, Speaker, Stage, TestSend, TestSendId, TranscriptLine,
};

pub struct Case {
    pub name: &'static str,
    pub test: TestSend,
    pub report: SmtpReport,
}

impl Case {
    fn new(name: &'static str, stage: Stage, kind: FailureKind) -> Self {
        let test = TestSend {
            id: TestSendId(1),
            account: None,
            typed: false,
            account_name: "Reports".to_owned(),
            sent_by: "owner@example.org".to_owned(),
            sent_at: Moment(0),
            recipient: EmailAddress::parse("Recipient", "to@example.org").expect("an address"),
            subject: String::new(),
            host: Host::parse("mail.example.org").expect("a host"),
            port: 587,
            security: ConnectionSecurity::StartTls,
            connector: None,
            report: None,
        };
        let report = SmtpReport {
            stages: Vec::new(),
            transcript: Vec::new(),
            taken: Acceptance::No,
            failure: Some(Failure { stage, kind, reply: None }),
            final_reply: None,
            queue_id: None,
            tls: None,
            certificate: None,
            mechanism: None,
            took: 0,
            stopped_after: None,
            observed: Observed::default(),
        };
        Self { name, test, report }
    }

    fn with(mut self, change: impl FnOnce(&mut TestSend, &mut SmtpReport)) -> Self {
        change(&mut self.test, &mut self.report);
        self
    }

    /// Through which port, and how the connection is protected.
    fn over(self, port: u16, security: ConnectionSecurity) -> Self {
        self.with(|test, _| (test.port, test.security) = (port, security))
    }

    fn hearing(self, speaker: Speaker, text: &str) -> Self {
        let line = TranscriptLine { at: 0, speaker, encrypted: false, text: text.to_owned() };
        self.with(|_, report| report.transcript.push(line))
    }

    fn answered(self, lines: &[&str]) -> Self {
        self.with(|_, report| {
            if let Some(failure) = &mut report.failure {
                failure.reply = Reply::parse(lines);
            }
        })
    }

    fn showing(self, chain: Vec<Certificate>) -> Self {
        self.with(|_, report| {
            report.certificate = Some(ShownCertificate {
                fingerprint: fingerprint(1),
                subject: "CN=mail.example.org".to_owned(),
                issuer: "CN=Example CA".to_owned(),
                ca: None,
                pinnable: true,
                chain,
                fault: None,
                at_fault: None,
            });
        })
    }

    /// Of the certificates.
    fn shown(self, change: impl FnOnce(&mut ShownCertificate)) -> Self {
        self.with(|_, report| {
            if let Some(shown) = &mut report.certificate {
                change(shown);
            }
        })
    }

    fn of_host(self, host: &str) -> Self {
        self.with(|test, _| test.host = Host::parse(host).expect("a host"))
    }

    fn alias_of(self, name: &str) -> Self {
        self.with(|_, report| report.observed.alias = Some(name.to_owned()))
    }

    fn greeted(self, text: &str) -> Self {
        let text = text.to_owned();
        let line = TranscriptLine { at: 0, speaker: Speaker::Server, encrypted: false, text };
        self.with(|_, report| report.transcript.push(line))
    }
}

fn fingerprint(digit: u8) -> Fingerprint {
    Fingerprint::of_digest([digit; 32])
}

/// What ends a conversation with a mail server.
pub fn of_servers() -> Vec<Case> {
    let mut cases = before_the_conversation();
    cases.extend(in_the_conversation());
    cases.extend(certificates::of_certificates());
    cases.extend(of_sign_ins());
    cases.extend(of_replies());
    cases
}

fn before_the_conversation() -> Vec<Case> {
    let resolver = || Kind::ResolverFailed("no route".to_owned());
    let servers = || "192.0.2.53".to_owned();
    vec![
        Case::new("no message", Stage::Settings, Kind::Settings("the footer is too long".to_owned())),
        Case::new("no such name", Stage::Dns, Kind::NoSuchName),
        Case::new("no such name, and nearly a known one", Stage::Dns, Kind::NoSuchName).of_host("smtp.gmial.com"),
        Case::new("an alias that leads nowhere", Stage::Dns, Kind::NoSuchName).alias_of("gone.example.net"),
        Case::new("no address", Stage::Dns, Kind::NoAddress),
        Case::new("no address, and servers of the domain", Stage::Dns, Kind::NoAddress).with(|_, report| {
            report.observed.submission =
                vec![("send.example.org".to_owned(), 465, true), ("send.example.org".to_owned(), 587, false)];
            report.observed.mail_servers = vec!["mx.example.org".to_owned()];
        }),
        Case::new("an alias of a name without an address", Stage::Dns, Kind::NoAddress).alias_of("mx.example.net"),
        Case::new("no address, and no mail", Stage::Dns, Kind::NoAddress)
            .with(|_, report| report.observed.null_mx = true),
        Case::new("resolver silent", Stage::Dns, Kind::ResolverSilent(servers())),
        Case::new("looking up timed out", Stage::Dns, Kind::TimedOut(10_000)),
        Case::new("resolver answers SERVFAIL", Stage::Dns, Kind::ResolverServFail(servers())),
        Case::new("resolver answers REFUSED", Stage::Dns, Kind::ResolverRefused(servers())),
        Case::new("resolver failed", Stage::Dns, resolver()),
        Case::new("resolver failed, through a connector", Stage::Dns, resolver())
            .with(|test, _| test.connector = Some("DMZ".to_owned())),
        Case::new("connection refused", Stage::Tcp, Kind::ConnectionRefused),
        Case::new("connection refused, and other ports open", Stage::Tcp, Kind::ConnectionRefused)
            .with(|_, report| report.observed.open_ports = vec![465, 587, 25]),
        Case::new("unreachable", Stage::Tcp, Kind::Unreachable("no route to host".to_owned())),
        Case::new("connecting timed out", Stage::Tcp, Kind::TimedOut(10_000)),
        Case::new("connecting timed out, and another port open", Stage::Tcp, Kind::TimedOut(10_000))
            .with(|_, report| report.observed.open_ports = vec![2525]),
    ]
}

fn in_the_conversation() -> Vec<Case> {
    use ConnectionSecurity::{ImplicitTls, None, StartTls};
    let timed_out = |name, stage| Case::new(name, stage, Kind::TimedOut(2_500));
    let handshake =
        |name, fault| Case::new(name, Stage::Tls, Kind::Handshake { fault, words: "fatal alert".to_owned() });
    vec![
        timed_out("greeting timed out", Stage::Greeting),
        timed_out("greeting timed out, on another port", Stage::Greeting).over(2525, None),
        timed_out("greeting timed out, within TLS", Stage::Greeting).over(465, ImplicitTls),
        timed_out("greeting timed out after its first line", Stage::Greeting)
            .hearing(Speaker::Server, "220-mail.example.org waits"),
        timed_out("sign-in timed out", Stage::Auth),
        timed_out("greeting timed out, and TLS as well", Stage::Greeting)
            .with(|_, report| report.observed.silent_to_tls = true),
        Case::new("a port of TLS", Stage::Greeting, Kind::TlsFromFirstByte).over(4650, StartTls),
        timed_out("a later reply timed out", Stage::Rcpt),
        Case::new("closed", Stage::Ehlo, Kind::Closed),
        Case::new("broken", Stage::Data, Kind::Broken("connection reset by peer".to_owned())),
        Case::new("not SMTP", Stage::Greeting, Kind::NotSmtp("hello {host}".to_owned())),
        Case::new("not SMTP, but a known service", Stage::Greeting, Kind::NotSmtp("SSH-2.0-OpenSSH_9.2".to_owned())),
        Case::new("not SMTP, but an alert of TLS", Stage::Greeting, Kind::NotSmtp("\\x15\\x03\\x01".to_owned())),
        Case::new("FTP", Stage::Ehlo, Kind::Refused).greeted("220 (vsFTPd 3.0.3)").answered(&["500 Unknown command"]),
        Case::new("LMTP", Stage::Ehlo, Kind::Refused).greeted("220 mx LMTP").answered(&["500 5.5.1 Unknown command"]),
        Case::new("line too long", Stage::Ehlo, Kind::LineTooLong(4_096)),
        Case::new("reply too long", Stage::Ehlo, Kind::ReplyTooLong(128)),
        Case::new("unexpected reply", Stage::Mail, Kind::UnexpectedReply).answered(&["354 go on"]),
        Case::new("unexpected reply, not kept", Stage::Mail, Kind::UnexpectedReply),
        Case::new("STARTTLS not offered", Stage::Tls, Kind::StartTlsNotOffered),
        Case::new("STARTTLS not offered on port 25", Stage::Tls, Kind::StartTlsNotOffered).over(25, StartTls),
        Case::new("STARTTLS not offered, and HELO alone known", Stage::Tls, Kind::StartTlsNotOffered)
            .hearing(Speaker::Client, "HELO posthouse.example.org"),
        Case::new("bytes after STARTTLS", Stage::Tls, Kind::BytesAfterStartTls),
        Case::new("handshake failed", Stage::Tls, Kind::TlsFailed("received fatal alert".to_owned())),
        handshake("no version of TLS in common", HandshakeFault::Version),
        handshake("no cipher in common", HandshakeFault::Parameters),
        handshake("too weak for the server", HandshakeFault::Weak),
        handshake("another name wanted by TLS", HandshakeFault::ServerName),
        handshake("the server's TLS fails", HandshakeFault::Internal),
        handshake("access denied by TLS", HandshakeFault::AccessDenied),
        handshake("another alert", HandshakeFault::OtherAlert),
        handshake("closed in the handshake", HandshakeFault::Closed),
        Case::new("client certificate wanted", Stage::Tls, Kind::ClientCertificateWanted("alert 116".to_owned())),
        Case::new("no TLS spoken", Stage::Tls, Kind::TlsNotSpoken).over(465, ImplicitTls),
        Case::new("no TLS spoken on another port", Stage::Tls, Kind::TlsNotSpoken).over(2525, ImplicitTls),
        Case::new("SMTPUTF8 not offered", Stage::Mail, Kind::SmtpUtf8NotOffered),
        Case::new("message too large", Stage::Mail, Kind::TooLarge { message: 2_000, limit: 1_000 }),
        Case::new("cancelled", Stage::Data, Kind::Cancelled),
    ]
}

fn of_sign_ins() -> Vec<Case> {
    use ConnectionSecurity::{None as ClearText, StartTls};
    let offering = |name, wanted, offered: &[&str]| {
        let offered = offered.iter().map(|&name| name.to_owned()).collect();
        Case::new(name, Stage::Auth, Kind::MechanismNotOffered { wanted, offered })
    };
    vec![
        offering("no sign-in", Some(Mechanism::Plain), &[]),
        offering("no sign-in, any mechanism wanted", None, &[]),
        offering("no sign-in in clear text", Some(Mechanism::Plain), &[]).over(25, ClearText),
        offering("no sign-in in clear text on another port", None, &[]).over(2525, ClearText),
        offering("another mechanism", Some(Mechanism::Plain), &["LOGIN", "CRAM-MD5"]),
        offering("no known mechanism", None, &["NTLM", "GSSAPI"]).over(587, StartTls),
        Case::new("clear text", Stage::Auth, Kind::ClearTextSignIn).over(25, ClearText),
        Case::new("clear text on another port", Stage::Auth, Kind::ClearTextSignIn).over(2525, ClearText),
        Case::new("no proof", Stage::Auth, Kind::ServerNotProven),
        Case::new("bad challenge", Stage::Auth, Kind::ChallengeBad("it is not Base64".to_owned())),
    ]
}

/// What is put together with a server's own words.
fn of_replies() -> Vec<Case> {
    let refused = |name| Case::new(name, Stage::Rcpt, Kind::Refused);
    vec![
        refused("refused, why is not known").answered(&["571 5.0.9 by the moon"]),
        refused("refused without a reply"),
        refused("refused, and causes are possible").answered(&["550 no, by the moon"]),
        refused("refused in Chinese, as octets of GBK")
            .answered(&["550 \\xd3\\xc3\\xbb\\xa7\\xb2\\xbb\\xb4\\xe6\\xd4\\xda"]),
        refused("a success whose status fails").answered(&["250 5.1.1 User unknown"]),
        refused("refused, and a time is named").answered(&["450 4.2.0 Greylisted for 5 minutes"]),
        refused("refused, and one minute is named").answered(&["450 4.2.0 Greylisted for 1 minute"]),
        refused("refused, and records of the sender").answered(&["571 5.0.9 by the moon"]).with(|_, report| {
            let (kind, name) = (SenderRecordKind::Spf, "example.org".to_owned());
            report.observed.sender_records = vec![SenderRecord { kind, name, text: None }];
        }),
    ]
}

/// What ends a connection at its network connector.
pub fn of_connectors() -> Vec<(&'static str, Failure)> {
    let words = || "no, {proxy}".to_owned();
    let socks = |reply| Kind::ProxyRefused { answer: ProxyAnswer::Socks(reply), words: words() };
    let http = |status| Kind::ProxyRefused { answer: ProxyAnswer::Http(status), words: words() };
    let cases = [
        ("connector: no such name", Kind::NoSuchName),
        ("connector: no address", Kind::NoAddress),
        ("connector: connection refused", Kind::ConnectionRefused),
        ("connector: timed out", Kind::TimedOut(500)),
        ("connector: closed", Kind::Closed),
        ("connector: not a proxy", Kind::NotAProxy("a SOCKS5 proxy".to_owned())),
        ("connector: sign-in wanted", Kind::ProxySignInWanted(words())),
        ("connector: sign-in refused", Kind::ProxySignInRefused(words())),
        ("connector: SOCKS 1", socks(1)),
        ("connector: SOCKS 2", socks(2)),
        ("connector: SOCKS 3", socks(3)),
        ("connector: SOCKS 4", socks(4)),
        ("connector: SOCKS 5", socks(5)),
        ("connector: SOCKS 6", socks(6)),
        ("connector: SOCKS 7", socks(7)),
        ("connector: SOCKS 8", socks(8)),
        ("connector: HTTP 403", http(403)),
        ("connector: HTTP 405", http(405)),
        ("connector: HTTP 500", http(500)),
        ("connector: HTTP 502", http(502)),
        ("connector: HTTP 503", http(503)),
        ("connector: HTTP 504", http(504)),
        ("connector: unreachable", Kind::Unreachable(words())),
        ("connector: resolver failed", Kind::ResolverFailed(words())),
        ("connector: broken", Kind::Broken(words())),
        ("connector: cancelled", Kind::Cancelled),
        ("connector: settings", Kind::Settings(words())),
        ("connector: line too long", Kind::LineTooLong(4_096)),
    ];
    cases.map(|(name, kind)| (name, Failure { stage: Stage::Connector, kind, reply: None })).into()
}

/// What keeps the address of a host behind a connector from being found.
pub fn of_hosts_behind_connectors() -> Vec<(&'static str, Failure)> {
    let cases = [
        ("host behind a connector: no such name", Kind::NoSuchName),
        ("host behind a connector: no address", Kind::NoAddress),
        ("host behind a connector: resolver failed", Kind::ResolverFailed("SERVFAIL".to_owned())),
        ("host behind a connector: settings", Kind::Settings("not a name".to_owned())),
        ("host behind a connector: timed out", Kind::TimedOut(500)),
    ];
    cases.map(|(name, kind)| (name, Failure { stage: Stage::Dns, kind, reply: None })).into()
}
