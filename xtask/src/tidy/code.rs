//! Rust source with comments and literals blanked, so that a rule sees code alone, on the same lines.

/// Every character of a comment, string or character literal becomes a space; line ends stay.
pub fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = literal_or_comment(rest, code.chars().next_back());
        let (head, tail) = rest.split_at(length.max(first.len_utf8()));
        if length == 0 {
            code.push(first);
        } else {
            code.extend(head.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        }
        rest = tail;
    }
    code
}

/// How long the comment or literal is that `rest` begins with; 0 if it begins with code.
fn literal_or_comment(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    let in_name = before.is_some_and(|character| character.is_alphanumeric() || character == '_');
    if rest.starts_with('r') && !in_name {
        let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
        if rest[1 + hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = 2 + hashes;
            return rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len());
        }
    }
    if rest.starts_with('\'') {
        // A lifetime has no second quote behind its first character.
        let mut characters = rest.chars().skip(1);
        let escaped = characters.next() == Some('\\');
        if escaped || characters.next() == Some('\'') {
            return quoted(rest, '\'');
        }
    }
    0
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + quote.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// The words of a line: identifiers and keywords.
pub fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !(character.is_alphanumeric() || character == '_')).filter(|word| !word.is_empty())
}

/// The attributes that make server functions: where each begins and ends. `#[server(default)]` before an argument is
/// none.
pub fn server_functions(code: &str) -> Vec<(usize, usize)> {
    let starts = code.match_indices("#[server").map(|(start, _)| start);
    let attributes = starts.map(|start| (start, start + closing(&code[start..], '[', ']')));
    let function = |(_, end): &(usize, usize)| {
        let mut rest = code[*end..].trim_start_matches(']').trim_start();
        while rest.starts_with("#[") {
            rest = rest[closing(rest, '[', ']')..].trim_start_matches(']').trim_start();
        }
        matches!(words(rest).next(), Some("pub" | "async" | "fn"))
    };
    attributes.filter(function).collect()
}

/// For each line, whether it stands in the body of a function marked with `#[server]`.
pub fn server_bodies(code: &str) -> Vec<bool> {
    let mut marks = vec![false; code.lines().count() + 1];
    for (_, after) in server_functions(code) {
        let Some(body) = code[after..].find('{').map(|at| after + at) else { continue };
        let end = body + closing(&code[body..], '{', '}');
        let line = |at: usize| code[..at].matches('\n').count();
        marks[line(body)..=line(end)].fill(true);
    }
    marks
}

/// Where the bracket that `code` begins with is closed; the end, if it never is.
pub fn closing(code: &str, open: char, close: char) -> usize {
    let mut depth = 0;
    for (at, character) in code.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_in_place() {
        let cases = [
            ("let a = \"x\\\"y\"; // b", "let a =       ;     "),
            ("f('\\'', 'a', b)", "f(    ,    , b)"),
            ("impl<'a> B<'a> {}", "impl<'a> B<'a> {}"),
            ("r#\"a\"b\"# c", "         c"),
            ("for r in s", "for r in s"),
            ("/* a /* b */ c */ d", "                  d"),
            ("\"a\nb\" c", "  \n   c"),
            ("x // é\ny", "x     \ny"),
        ];
        for (source, expected) in cases {
            assert_eq!(code_only(source), expected, "{source}");
        }
    }

    #[test]
    fn a_server_functions_body_is_found() {
        let head = "#[server(endpoint = x)]\n#[y]\npub async fn a(#[server(default)] b: B,\n) -> C {\n";
        let code = &format!("{head}    d(|| {{ e }})\n}}\nfn f() {{}}\n");
        let lines: Vec<_> = server_bodies(code).into_iter().take(7).collect();
        assert_eq!(lines, [false, false, false, true, true, true, false]);
    }
}
