//! The challenges of an HTTP proxy that wants a sign-in (RFC 9110, section 11.3), as it writes them.

/// One of the schemes of authentication that a proxy offers (RFC 9110, section 11.3).
#[derive(Debug, PartialEq, Eq)]
pub struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

/// The challenges of all `Proxy-Authenticate` fields.
pub fn parse<'a>(fields: impl Iterator<Item = &'a str>) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for item in fields.flat_map(items) {
        if let (Some(parameter), Some(challenge)) = (parameter(item), challenges.last_mut()) {
            challenge.parameters.push(parameter);
            continue;
        }
        let (scheme, rest) = item.split_once(' ').unwrap_or((item, ""));
        if is_token(scheme) {
            let parameters = parameter(rest).into_iter().collect();
            challenges.push(Challenge { scheme: scheme.to_owned(), parameters });
        }
    }
    challenges
}

impl Challenge {
    /// As the proxy writes it.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The last answer was right, but for a nonce that had grown old.
    pub fn is_stale(&self) -> bool {
        self.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
    }

    /// Whether it is of this scheme; schemes have no case.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of a parameter, by its name in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// What stands between commas that are not within quotes.
fn items(field: &str) -> Vec<&str> {
    let (mut items, mut begin, mut quotes, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in field.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quotes => escaped = true,
            '"' => quotes = !quotes,
            ',' if !quotes => {
                items.push(&field[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    items.push(&field[begin..]);
    items.into_iter().map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// `name=value` or `name="value"`, with spaces around the sign as old servers write them.
fn parameter(item: &str) -> Option<(String, String)> {
    let (name, value) = item.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if !is_token(name) {
        return None;
    }
    let value = match value.strip_prefix('"') {
        Some(rest) => unescaped(rest.strip_suffix('"').unwrap_or(rest)),
        None if is_token(value) => value.to_owned(),
        None => return None,
    };
    Some((name.to_ascii_lowercase(), value))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            c => plain.push(c),
        }
    }
    plain
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_as_proxies_write_them() {
        let check = |field: &str, expected: &[(&str, &[(&str, &str)])]| {
            let owned = |parameters: &[(&str, &str)]| {
                parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
            };
            let expected: Vec<Challenge> = expected
                .iter()
                .map(|(scheme, parameters)| Challenge { scheme: (*scheme).to_owned(), parameters: owned(parameters) })
                .collect();
            assert_eq!(parse([field].into_iter()), expected, "{field}");
        };
        check("Basic realm=\"a, b \\\"c\\\"\"", &[("Basic", &[("realm", "a, b \"c\"")])]);
        check(
            "Digest Realm=\"r\", nonce = n , qop=\"auth,auth-int\", BASIC realm=r2",
            &[("Digest", &[("realm", "r"), ("nonce", "n"), ("qop", "auth,auth-int")]), ("BASIC", &[("realm", "r2")])],
        );
        check("Negotiate, NTLM", &[("Negotiate", &[]), ("NTLM", &[])]);
        check("Negotiate YWJj==, Basic realm=x", &[("Negotiate", &[]), ("Basic", &[("realm", "x")])]);
        check(", ,", &[]);
        check("", &[]);
        check("<script>", &[]);
        check("Basic realm=\"never ends", &[("Basic", &[("realm", "never ends")])]);
    }
}
