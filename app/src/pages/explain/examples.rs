//! Texts to try.

/// A text that shows what can be pasted.
pub struct Example {
    /// As its button sends it.
    pub key: &'static str,
    pub label: &'static str,
    pub text: &'static str,
}

/// Each of another kind.
pub const EXAMPLES: [Example; 3] = [
    Example {
        key: "reply",
        label: "A reply",
        text: "535-5.7.8 Username and Password not accepted. For more information, go to\n\
               535 5.7.8  https://support.google.com/mail/?p=BadCredentials - gsmtp",
    },
    Example {
        key: "log",
        label: "A line of a log",
        text: "Nov 26 10:14:07 mx1 postfix/smtp[2213]: 4F1A2: to=<anna@nordhavn.example>, \
               relay=mail.nordhavn.example[192.0.2.25]:25, delay=1.2, dsn=5.1.1, status=bounced \
               (host mail.nordhavn.example[192.0.2.25] said: 550 5.1.1 <anna@nordhavn.example>: Recipient address \
               rejected: User unknown in virtual mailbox table (in reply to RCPT TO command))",
    },
    Example {
        key: "bounce",
        label: "A bounce",
        text: "This is the mail system at host mx1.nordhavn.example.\n\n\
               Final-Recipient: rfc822; billing@suedhafen.example\n\
               Action: failed\n\
               Status: 5.2.2\n\
               Remote-MTA: dns; mail.suedhafen.example\n\
               Diagnostic-Code: smtp; 552 5.2.2 <billing@suedhafen.example>: Mailbox is full",
    },
];

/// The text of the button that sends this key.
pub fn example(key: &str) -> Option<&'static str> {
    EXAMPLES.iter().find(|example| example.key == key).map(|example| example.text)
}
