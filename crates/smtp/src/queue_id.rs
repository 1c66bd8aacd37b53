//! The server's own name for a message, found in its reply after the last dot. Each kind of server writes it
//! differently; where none is recognised, there is none: a wrong one would send a postmaster searching for nothing.

use model::Reply;

/// The queue id in the reply that accepted the message.
pub fn find(reply: &Reply) -> Option<String> {
    let text = reply.lines.join(" ");
    let text = text.trim();
    let found = postfix(text)
        .or_else(|| exim(text))
        .or_else(|| microsoft(text))
        .or_else(|| accepted(text))
        .or_else(|| gmail(text))
        .or_else(|| amazon(text));
    found.map(str::to_owned)
}

/// Postfix and many services: `Ok: queued as 4XyZ1T2Jc3z1R`.
fn postfix(text: &str) -> Option<&str> {
    id(after(text, "queued as ")?)
}

/// Exim: `OK id=1rXyZq-0000Ab-1C`.
fn exim(text: &str) -> Option<&str> {
    let rest = strip(text, "OK id=")?;
    id(rest)
}

/// Microsoft 365 and Exchange: `<message id> [InternalId=123, Hostname=…] … Queued mail for delivery`. The number is
/// what a message trace finds.
fn microsoft(text: &str) -> Option<&str> {
    id(after(text, "[InternalId=")?)
}

/// Sendmail and OpenSMTPD: `38ABC123 Message accepted for delivery`.
fn accepted(text: &str) -> Option<&str> {
    let at = find_ignoring_case(text, " Message accepted for delivery")?;
    match text[..at].trim_start_matches(':').trim_start() {
        one if !one.contains(' ') => id(one),
        _ => None,
    }
}

/// Gmail: `OK  1700000000 ab12-20020a…si123 - gsmtp`.
fn gmail(text: &str) -> Option<&str> {
    id(text.strip_suffix(" - gsmtp")?.rsplit(' ').next()?)
}

/// Amazon SES: `Ok 0100018c…-000000`.
fn amazon(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("Ok ")?;
    if rest.len() >= 40 && !rest.contains(' ') && rest.contains('-') { id(rest) } else { None }
}

/// One word of the characters that queue ids are made of.
fn id(text: &str) -> Option<&str> {
    let word = text.split([' ', ',', ';', ']', ')', '>']).next()?.trim_end_matches('.');
    let fits = (4..=128).contains(&word.len())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.=@/+:".contains(c))
        && word.chars().any(|c| c.is_ascii_alphanumeric());
    fits.then_some(word)
}

fn after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    find_ignoring_case(text, words).map(|at| &text[at + words.len()..])
}

fn strip<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    (find_ignoring_case(text, words)? == 0).then(|| &text[words.len()..])
}

/// ASCII alone changes its case, so that places in the text stay the same.
fn find_ignoring_case(text: &str, words: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(&words.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_id_of_each_kind_of_server_is_found() {
        let check = |text: &str, found: Option<&str>| {
            let reply = Reply { code: 250, enhanced: None, lines: vec![text.to_owned()] };
            assert_eq!(find(&reply).as_deref(), found, "{text}");
        };
        check("Ok: queued as 4XyZ1T2Jc3z1R", Some("4XyZ1T2Jc3z1R"));
        check("Ok, queued as ABC123.", Some("ABC123"));
        check("OK id=1rXyZq-0000Ab-1C", Some("1rXyZq-0000Ab-1C"));
        check("38ABC123 Message accepted for delivery", Some("38ABC123"));
        check(": 5f3e0d21 Message accepted for delivery", Some("5f3e0d21"));
        check(
            "<a@b.example> [InternalId=1234567890, Hostname=AM0PR01.example] 1184 bytes in 0.1, 9 KB/sec Queued mail for delivery",
            Some("1234567890"),
        );
        check("OK  1700000000 ab12-20020a05600c0.1 - gsmtp", Some("ab12-20020a05600c0.1"));
        check(
            "Ok 0100018c1a2b3c4d-11111111-2222-3333-4444-555555555555-000000",
            Some("0100018c1a2b3c4d-11111111-2222-3333-4444-555555555555-000000"),
        );
        check("OK", None);
        check("Ok: queued", None);
        check("Ok: queued as <script>", None);
        check("Thank you, the Message accepted for delivery", None);
        check("Great success", None);
        check("", None);
    }
}
