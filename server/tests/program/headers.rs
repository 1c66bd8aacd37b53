//! The headers of every kind of answer, and the session's cookie.

use crate::http::{FORM, HTML, HttpResponse, Visitor, answered};
use crate::installation::{EMAIL, Installation, PASSWORD, Server, new_account};

const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Checks what every answer says, and gives its policy.
fn policy(what: &str, answer: &HttpResponse) -> String {
    let values = |name: &str| -> Vec<&str> {
        answer.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    for (name, value) in [
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(values(name), [value], "{name} of {what}: {answer:?}");
    }
    let permissions = values("permissions-policy").join(";");
    for permission in ["camera=()", "geolocation=()", "clipboard-write=(self)"] {
        assert!(permissions.contains(permission), "{what}: {answer:?}");
    }
    let policies = values("content-security-policy");
    assert_eq!(policies.len(), 1, "{what}: {answer:?}");
    policies[0].to_owned()
}

fn raw(visitor: &Visitor, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> HttpResponse {
    answered(visitor.say(method, path, headers, body))
}

#[test]
fn answers_that_are_no_pages_allow_nothing() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let stranger = server.visitor();
    let large = "x".repeat(1024 * 1024 + 1);
    let form = [("accept", "application/json"), ("content-type", FORM)];
    let cases: [(&str, u16, HttpResponse); 13] = [
        ("alive", 200, stranger.page("/livez")),
        ("ready", 200, stranger.page("/readyz")),
        ("a redirection to sign-in", 303, stranger.page("/settings/email/smtp")),
        ("a redirection to the report", 303, visitor.page("/")),
        ("a redirection to a short address", 303, visitor.page("/settings/email/smtp?name=")),
        ("an asset that is not there", 404, stranger.page("/assets/none/nothing.css")),
        ("a call", 200, visitor.post("save_account", &new_account("One"))),
        ("a refused call", 422, visitor.post("save_account", &new_account(""))),
        ("a call that is not understood", 400, raw(&visitor, "POST", "/api/save_account", &form, "%%%")),
        ("a call of a stranger", 401, stranger.post("save_account", &new_account("One"))),
        ("a call from another site", 403, visitor.with_origin(None).post("save_account", &new_account("One"))),
        ("a method that is not there", 405, raw(&visitor, "PUT", "/livez", &[], "")),
        ("a request that is too large", 413, raw(&visitor, "POST", "/api/save_account", &form, &large)),
    ];
    for (what, status, answer) in &cases {
        assert_eq!(answer.status, *status, "{what}: {answer:?}");
        assert_eq!(policy(what, answer), NOTHING, "{what}");
        assert_eq!(answer.header("strict-transport-security"), None, "{what}");
    }
}

#[test]
fn pages_run_their_own_script_and_nothing_else() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let pages = [
        ("the report", 200, visitor.page("/settings/email/smtp")),
        ("a form", 200, visitor.page("/settings/email/smtp/new")),
        ("an unknown record", 404, visitor.page("/settings/email/smtp/99/edit")),
        ("an unknown page", 404, visitor.page("/settings/nothing")),
        ("sign-in", 200, server.visitor().page("/sign-in")),
    ];
    let mut nonces = Vec::new();
    for (what, status, answer) in &pages {
        assert_eq!(answer.status, *status, "{what}");
        let policy = policy(what, answer);
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        let wanted = format!(
            "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
             connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        assert_eq!(policy, wanted, "{what}");
        let scripts: Vec<_> = answer.body.split("<script").skip(1).map(|rest| rest.split('>').next()).collect();
        let has_nonce = |tag: &Option<&str>| tag.is_some_and(|tag| tag.contains(&format!("nonce=\"{nonce}\"")));
        assert!(!scripts.is_empty() && scripts.iter().all(has_nonce), "{what}: {scripts:?}");
        assert!(
            !answer.body.contains("<style") && !answer.body.contains(" style=\""),
            "{what}: styles by the file alone"
        );
        nonces.push(nonce.to_owned());
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), pages.len(), "each page has a nonce of its own");
}

#[test]
fn refusals_for_a_reader_are_pages_without_scripts() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let html = [("accept", HTML), ("content-type", FORM)];
    let foreign = visitor.with_origin(Some("https://evil.example"));
    for (answer, status, words) in [
        (raw(&visitor, "POST", "/api/save_account", &html, "version=x"), 400, "The form was not understood."),
        (raw(&foreign, "POST", "/api/save_account", &html, ""), 403, "This request came from another site."),
        (raw(&visitor, "POST", "/api/save_account", &html, &"x".repeat(2 << 20)), 413, "This is more than 1 MB."),
    ] {
        assert_eq!((answer.status, answer.header("content-type")), (status, Some("text/html; charset=utf-8")));
        let wanted = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
        assert_eq!(policy(words, &answer), wanted);
        assert!(answer.body.contains(words) && !answer.body.contains("<script"), "{}", answer.body);
    }
}

#[test]
fn the_preview_of_the_footer_is_locked_in() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let typed = [("draft[text]", "<b>&"), ("draft[html]", "<script>alert(1)</script><img src=https://evil.example>")];
    let headers = [("accept", HTML), ("content-type", FORM)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(typed).finish();
    for answer in [
        visitor.page("/settings/email/footer/preview"),
        raw(&visitor, "POST", "/settings/email/footer/preview", &headers, &body),
    ] {
        let policy = policy("the preview", &answer.expect_status(200));
        let wanted = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
        assert_eq!(policy, wanted);
    }
    let typed = raw(&visitor, "POST", "/settings/email/footer/preview", &headers, &body);
    assert!(typed.body.contains("<pre>&lt;b&gt;&amp;</pre>"), "plain text is text: {}", typed.body);
    assert!(typed.body.contains("<img src=\"https://evil.example\">"), "an image is sent: {}", typed.body);
    assert!(!typed.body.contains("script"), "a script is not: {}", typed.body);
    let redirect = "<meta http-equiv=refresh content='0;url=https://evil.example'>";
    for hostile in
        [redirect, "<base href=x>", "<iframe src=x></iframe>", "<form></form>", "<link href=x>", "<b onclick=x>"]
    {
        let saved = [("draft[text]", ""), ("draft[html]", hostile)];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(saved).finish();
        let page = raw(&visitor, "POST", "/settings/email/footer/preview", &headers, &body).expect_status(200);
        let (_, html) = page.body.split_once("<h2>HTML</h2>").expect("the footer's HTML");
        let is_gone = ["<meta", "<base", "<iframe", "<form", "<link", "onclick"].iter().all(|tag| !html.contains(tag));
        assert!(is_gone, "{hostile}: {html}");
    }
    let foreign = visitor.with_origin(Some("https://evil.example"));
    raw(&foreign, "POST", "/settings/email/footer/preview", &headers, &body).expect_status(403);
}

#[test]
fn the_cookie_over_http() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let answer = server.try_sign_in(EMAIL, PASSWORD);
    let (id, attributes) = cookie(&answer, "posthouse=");
    assert_eq!(attributes, ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Lax"]);
    assert!(id.len() >= 22, "128 bits that nobody guesses: {id}");
    assert_ne!(Some(format!("posthouse={id}")), visitor.cookie, "each sign-in has its own");
    let read = visitor.page("/settings/email/smtp");
    assert_eq!(read.cookie(), None, "reading sets none");
    assert_eq!(server.visitor().page("/sign-in").cookie(), None, "nor does a stranger's visit");
}

#[test]
fn the_cookie_over_https() {
    let installation = Installation::sqlite();
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    program.args(["--base-url", "https://posthouse.example"]);
    let server = Server::start(program);
    let visitor = server.visitor().by_name("https", "posthouse.example");
    let form = [("token", server.token()), ("email", EMAIL.to_owned()), ("password", PASSWORD.to_owned())];
    let answer = visitor.post("set_up", &form).expect_status(200);
    let (_, attributes) = cookie(&answer, "__Host-posthouse=");
    assert_eq!(attributes, ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Lax", "Secure"]);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"));
    policy("a page", &visitor.page("/sign-in"));
    // The name without the prefix, which a neighbour under http could have set, is not looked at.
    let mut visitor = visitor;
    visitor.keep(&answer);
    visitor.page("/settings/email/smtp").expect_status(200);
    the_appearance_over_https(&visitor);
    visitor.cookie = visitor.cookie.map(|cookie| cookie.replace("__Host-", ""));
    visitor.page("/settings/email/smtp").expect_status(303);
    let plain = visitor.with_origin(Some("http://posthouse.example"));
    plain.post("set_up", &form).expect_status(403);
}

fn the_appearance_over_https(visitor: &Visitor) {
    let answer = visitor.post_plainly("set_theme", &[("theme", "dark"), ("next", "/")]).expect_status(303);
    let (value, attributes) = cookie(&answer, "__Host-theme=");
    assert_eq!(value, "dark");
    assert_eq!(attributes, ["HttpOnly", "Max-Age=31536000", "Path=/", "SameSite=Lax", "Secure"]);
    let looks = |theme: &str| {
        let cookie = visitor.cookie.as_ref().map(|cookie| format!("{cookie}; {theme}"));
        let answer = Visitor { cookie, ..visitor.clone() }.page("/settings/email/smtp/preferences");
        let (_, rest) = answer.body.split_once("name=\"color-scheme\" content=\"").expect("the page says it");
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    assert_eq!(looks("__Host-theme=dark"), "dark");
    assert_eq!(looks("theme=dark"), "light dark", "a neighbour under http could have set it");
}

/// The value of the cookie, and its attributes in order.
fn cookie(answer: &HttpResponse, name: &str) -> (String, Vec<String>) {
    let cookies = answer.headers.iter().filter(|(header, _)| header == "set-cookie");
    let cookies: Vec<_> = cookies.filter_map(|(_, value)| value.strip_prefix(name)).collect();
    assert_eq!(cookies.len(), 1, "{answer:?}");
    let mut parts = cookies[0].split("; ").map(str::to_owned);
    let value = parts.next().expect("the first part is the value");
    let mut attributes: Vec<_> = parts.collect();
    attributes.sort();
    (value, attributes)
}

#[test]
fn the_session_ends_where_it_should() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let other = server.sign_in();
    let report = "/settings/email/smtp";
    visitor.post::<&str, &str>("sign_out", &[]).expect_status(200);
    visitor.page(report).expect_status(303);
    other.page(report).expect_status(200);
    for forged in ["posthouse=", "posthouse=AAAAAAAAAAAAAAAAAAAAAA", "posthouse=..", "posthouse=%00", "x=y"] {
        let visitor = Visitor { cookie: Some(forged.to_owned()), ..server.visitor() };
        visitor.page(report).expect_status(303);
        visitor.post("save_account", &new_account("One")).expect_status(401);
    }
    drop(server);
    // Sessions are in the database: they outlive a restart.
    let again = installation.serve();
    Visitor { address: again.address.clone(), ..other }.page(report).expect_status(200);
}
