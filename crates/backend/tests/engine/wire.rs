//! Whatever is typed, and whatever comes past the forms: a server hears one transaction, with the headers that were
//! meant and no line's end but CRLF.

use backend::message::compose;
use backend::sanitized_html;
use mail_parser::MessageParser;
use model::{AccountDraft, ConnectionSecurity, EmailAddress, Footer, FooterDraft, TestSendDraft, TestSendRequest};
use smtp::OutgoingMessage;

use crate::support::scripted::{Heard, Script};
use crate::support::{HELLO, NOW, account, draft, patient, request, send, target};

/// xorshift64*: the same numbers on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits") % bound
    }

    /// A text of pieces that have broken mail programs.
    fn text(&mut self) -> String {
        const PIECES: &[&str] = &[
            "\r\n",
            "\n",
            "\r",
            "\0",
            "\r\n.\r\n",
            "\n.\n",
            "\r.\r",
            "\r\n.\n",
            "\n.\r\n",
            "\r\n\r\n",
            "\u{85}",
            "\u{2028}",
            "\u{0b}",
            "\u{0c}",
            "\t",
            " ",
            "  ",
            ".",
            "..",
            "a",
            "Zürich",
            "почта",
            "世界",
            "🏔",
            "\u{202E}",
            "<",
            ">",
            "<>",
            "@",
            "\"",
            "\\",
            "\\\"",
            ",",
            ";",
            ":",
            "(",
            ")",
            "=?utf-8?q?hi?=",
            "=?",
            "?=",
            "=0D=0A",
            "%0d%0a",
            "&",
            "&lt;",
            "MAIL FROM:<evil@example.org>",
            "RCPT TO:<evil@example.org>",
            "\r\nBcc: evil@example.org\r\n",
            "\nX-Injected: yes\n",
            "\r\nDATA\r\n",
            "QUIT",
            "--",
            "-- \n",
            "From ",
            "SIZE=1",
            "<script>alert(1)</script>",
        ];
        (0..1 + self.below(6)).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }

    /// Usually what belongs there, sometimes with something in it, sometimes something else.
    fn spoiled(&mut self, usual: &str) -> String {
        match self.below(32) {
            0 => self.text(),
            1 => format!("{usual}{}", self.text()),
            2 => format!("{}{usual}", self.text()),
            3 => format!("\"{}\"@example.org", self.text()),
            _ => usual.to_owned(),
        }
    }
}

async fn hear(letter: &OutgoingMessage) -> Option<Heard> {
    let (port, served) = Script::new(ConnectionSecurity::None).start().await;
    let report = send(&target(port, ConnectionSecurity::None), letter, HELLO, &patient()).await;
    if report.failure.is_some() {
        // Refused before anything was said: the server still waits for its connection.
        served.abort();
        assert_eq!(report.transcript, [], "a letter is refused before the connection, or sent: {:?}", report.failure);
        return None;
    }
    Some(served.await.expect("the server ends"))
}

/// One transaction, and nothing in it that another server could read as a second one.
fn check_wire(heard: &Heard, case: &str) {
    let verbs: Vec<&str> =
        heard.commands.iter().map(|line| line.split([' ', ':']).next().unwrap_or_default()).collect();
    assert_eq!(verbs, ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"], "{case}");
    assert!(heard.commands.iter().all(|line| !line.contains(char::is_control)), "{case}: {:?}", heard.commands);
    let body = heard.message.strip_suffix(b".\r\n").expect("the last dot");
    for line in body.strip_suffix(b"\r\n").unwrap_or(body).split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 998, "{case}: a line of {}", line.len());
        assert!(!line.contains(&b'\r') && !line.contains(&0), "{case}: a bare CR or NUL");
        assert!(line != b".", "{case}: an early end");
    }
    let bare_lf = body.iter().enumerate().any(|(i, &byte)| byte == b'\n' && (i == 0 || body[i - 1] != b'\r'));
    assert!(!bare_lf, "{case}: a bare LF");
}

fn undotted(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).expect("the message is UTF-8");
    let lines = text.strip_suffix(".\r\n").expect("the last dot").split_inclusive("\r\n");
    lines.map(|line| line.strip_prefix('.').unwrap_or(line)).collect::<String>().into_bytes()
}

const HEADERS: &[&str] = &[
    "Date",
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Message-ID",
    "Disposition-Notification-To",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
];

/// The headers that were meant, each once; subject, text and footer as they were typed, its HTML as far as it is sent.
fn check_message(heard: &Heard, request: &TestSendRequest, footer: &Footer, case: &str) {
    let raw = undotted(&heard.message);
    let head = raw.windows(4).position(|window| window == b"\r\n\r\n").expect("an end of the headers");
    let head = std::str::from_utf8(&raw[..head]).expect("the headers are UTF-8");
    let names: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap_or_default())
        .filter(|name| *name != "Content-Transfer-Encoding")
        .collect();
    assert_eq!(names, HEADERS, "{case}");
    let subject = head.split("\r\n").skip_while(|line| !line.starts_with("Subject:"));
    for line in subject.take_while(|line| line.starts_with("Subject:") || line.starts_with(' ')) {
        assert!(line.len() <= 78 && !line.trim().is_empty(), "{case}: {line:?}");
    }

    let parsed = MessageParser::default().parse(&raw).expect("a message");
    assert_eq!(parsed.subject(), Some(request.subject.as_str()), "{case}");
    let unix = |text: &str| text.replace("\r\n", "\n");
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned();
    let mut text = lines(&request.message);
    if !footer.text.is_empty() {
        text = format!("{text}\n\n{}", lines(&footer.text));
    }
    let body = parsed.body_text(0).map(|body| unix(&body).trim_end_matches('\n').to_owned());
    assert_eq!(body.as_deref(), Some(text.trim_end_matches('\n')), "{case}");
    assert_eq!(parsed.parts.len(), if footer.html.is_empty() { 1 } else { 3 }, "{case}");
    if !footer.html.is_empty() {
        let html = unix(&parsed.body_html(0).expect("an HTML part"));
        let sent = lines(&sanitized_html(&footer.html));
        assert!(html.contains(sent.as_str()), "{case}: the footer is in {html}");
    }
}

#[tokio::test]
async fn nothing_typed_into_a_form_becomes_a_command_or_a_header() {
    let mut random = Random(0x5EED_0001);
    let (mut sent, mut refused) = (0, 0);
    for round in 0..1_500 {
        let fields = AccountDraft {
            sender: random.spoiled("billing@nordhavn.example"),
            reply: random.spoiled("replies@nordhavn.example"),
            return_path: random.spoiled("bounces@nordhavn.example"),
            confirmation: random.spoiled("receipts@nordhavn.example"),
            footer: model::YesNo::Yes,
            ..draft()
        };
        let test = TestSendDraft {
            recipient: random.spoiled("to@example.test"),
            subject: random.spoiled("TEST MESSAGE!"),
            message: random.spoiled("ATTENTION: THIS IS A TEST MESSAGE!") + &random.text().replace('\0', ""),
            stop_after: String::new(),
        };
        let footer =
            FooterDraft { text: random.spoiled("Nordhavn"), html: random.text().replace('\0', ""), version: 0 };
        let (Ok(account), Ok(request), Ok(footer)) = (fields.parse(), test.parse(), footer.parse()) else {
            refused += 1;
            continue;
        };
        let case = format!("round {round}: {account:?} {request:?} {footer:?}");
        let letter = compose(&account, &footer, &request, NOW, HELLO).expect(&case);
        let heard = hear(&letter).await.expect(&case);
        check_wire(&heard, &case);
        check_message(&heard, &request, &footer, &case);
        sent += 1;
    }
    assert!(sent > 50 && refused > 50, "both ways are taken: {sent} sent, {refused} refused");
}

#[tokio::test]
async fn nothing_that_comes_past_the_forms_becomes_a_command_or_a_header() {
    // As a changed database or a defect elsewhere could give it.
    let unchecked = |text: String| -> EmailAddress {
        serde_json::from_value(serde_json::Value::String(text)).expect("any string is read")
    };
    let mut random = Random(0x5EED_0002);
    let mut sent = 0;
    for round in 0..1_500 {
        let mut account = account();
        account.sender = unchecked(random.spoiled("billing@nordhavn.example"));
        account.reply = unchecked(random.spoiled("replies@nordhavn.example"));
        account.return_path = unchecked(random.spoiled("bounces@nordhavn.example"));
        account.confirmation = unchecked(random.spoiled("receipts@nordhavn.example"));
        account.footer = true;
        let request = TestSendRequest {
            recipient: unchecked(random.spoiled("to@example.test")),
            subject: random.text(),
            message: random.text(),
            stop_after: None,
        };
        let footer = Footer { text: random.text(), html: random.text() };
        let case = format!("round {round}: {account:?} {request:?} {footer:?}");
        let Ok(letter) = compose(&account, &footer, &request, NOW, HELLO) else { continue };
        let Some(heard) = hear(&letter).await else { continue };
        check_wire(&heard, &case);
        let raw = undotted(&heard.message);
        let head = raw.windows(4).position(|window| window == b"\r\n\r\n").expect("an end of the headers");
        let head = String::from_utf8_lossy(&raw[..head]).into_owned();
        let names: Vec<&str> = head.split("\r\n").filter_map(|line| line.split_once(':').map(|pair| pair.0)).collect();
        assert!(!names.contains(&"Bcc") && !names.contains(&"X-Injected"), "{case}: {head}");
        sent += 1;
    }
    assert!(sent > 50, "{sent} sent");
}

#[tokio::test]
async fn any_bytes_as_a_message_travel_as_one_message() {
    let mut random = Random(0x5EED_0003);
    for round in 0..500 {
        let mut message = (0..random.below(30)).map(|_| random.text()).collect::<String>().into_bytes();
        message.extend((0..random.below(20)).map(|_| (random.next() % 255 + 1) as u8));
        let letter = OutgoingMessage { message, ..crate::support::letter() };
        // A NUL is refused; all else is sent.
        let Some(heard) = hear(&letter).await else {
            assert!(letter.message.contains(&0), "round {round}");
            continue;
        };
        check_wire(&heard, &format!("round {round}: {:?}", String::from_utf8_lossy(&letter.message)));
    }
}

#[tokio::test]
async fn subjects_and_texts_of_any_script_come_back_as_they_were_typed() {
    let longest: String = "Überweisung 送金 ".repeat(20).chars().take(250).collect();
    let words = "word ".repeat(50);
    let subjects = [
        "TEST MESSAGE!",
        "Grüße aus Zürich",
        "Привет, мир",
        "世界你好",
        "مرحبا بالعالم",
        "שלום עולם",
        "नमस्ते दुनिया",
        "👩‍👩‍👧‍👦 family",
        "=?utf-8?q?not=20encoded?= really",
        "two  spaces   and   three",
        longest.trim(),
        // "Subject: " takes nine of the 78 octets of a line.
        &"a".repeat(69),
        &"a".repeat(70),
        &"a".repeat(250),
        &format!("begins {}", "b".repeat(78)),
        &format!("blanks{}between", " ".repeat(100)),
        words.trim_end(),
    ];
    let bodies = [
        "one line",
        ".\n..\n.dots at the start\n.",
        "trailing space \n  leading",
        &"x".repeat(5_000),
        &"長い行".repeat(900),
    ];
    for subject in subjects {
        for body in bodies {
            let request = request(subject, &format!("{subject}\n{body}"));
            for (text, html) in [("", ""), ("Nordhavn A/S\n.", ""), ("Nordhavn", "<p>Nørdhavn</p>\n.\n"), ("", "<hr>")]
            {
                let footer = Footer { text: text.to_owned(), html: html.to_owned() };
                let mut account = account();
                account.footer = true;
                let letter = compose(&account, &footer, &request, NOW, HELLO).expect(subject);
                let case = format!("{subject:?}, {text:?}, {html:?}");
                let heard = hear(&letter).await.expect(&case);
                check_wire(&heard, &case);
                check_message(&heard, &request, &footer, &case);
            }
        }
    }
}

#[tokio::test]
async fn no_footer_carries_a_script_into_a_message() {
    for hostile in [
        "<script>canary</script>",
        "<meta http-equiv=refresh content='0;url=https://canary.example'>",
        "<base href='https://canary.example'>",
        "<iframe src='https://canary.example'></iframe>",
        "<form action='https://canary.example'><input></form>",
        "<img src=x onerror='canary()'>",
        "<a href='javascript:canary()'></a>",
        "<link rel=stylesheet href='https://canary.example'>",
        "<p style='background:url(https://canary.example)'></p>",
        "</div></body></html><style>canary{}</style>",
    ] {
        let account = model::Account { footer: true, ..account() };
        let footer = Footer { text: String::new(), html: format!("<b>kept</b>{hostile}<i>as well</i>") };
        let letter = compose(&account, &footer, &request("a", "b"), NOW, HELLO).expect("it can be made");
        let message = MessageParser::default().parse(&letter.message).expect("a message");
        let html = message.body_html(0).expect("an HTML part").into_owned();
        assert!(html.contains("<b>kept</b>") && html.contains("<i>as well</i>"), "{html}");
        assert!(!html.contains("canary"), "{html}");
        assert_eq!(html.matches("</body></html>").count(), 1, "{html}");
    }
    // A line's end that is written as an entity is no other line's end in the message.
    let account = model::Account { footer: true, ..account() };
    let footer = Footer { text: String::new(), html: "a&#13;.&#13;&#10;b".to_owned() };
    let letter = compose(&account, &footer, &request("a", "b"), NOW, HELLO).expect("it can be made");
    let text = String::from_utf8(letter.message).expect("it is ASCII");
    assert_eq!(text.replace("\r\n", "").find(['\r', '\n']), None, "{text:?}");
}
