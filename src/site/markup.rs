//! A page of the service as a page of the site: its links lead to files, and what needs the service is left out.
//!
//! Our own templates alone are read here: each attribute is in double quotes, and whatever somebody sent has its `<`, `>`
//! and `"` written as entities (`src/http/web/mod.rs` holds that). So a tag ends with the next `>`.

use std::borrow::Cow;

use super::addresses::Link;

/// Left out on a static site: what asks the service. Templates mark with it what would be without a sense there.
const LIVE: &str = "data-live";

/// Left out where the site does not know its own address.
const ORIGIN: &str = "data-origin";

/// Attributes that hold an address.
const ADDRESSES: [&str; 3] = ["href", "src", "content"];

/// Elements without an end.
const VOID: [&str; 6] = ["br", "hr", "img", "input", "link", "meta"];

/// What the service says in a header; a static host does not.
const POLICY: &str = "<meta http-equiv=\"content-security-policy\" content=\"default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'\">";

/// Rewrites a page. `resolve` says where a link leads to.
pub(super) fn rewrite(html: &str, knows_origin: bool, mut resolve: impl FnMut(&str) -> Link) -> String {
    let mut out = String::with_capacity(html.len() + POLICY.len());
    let mut rest = html;
    // Links around words that stay, and whether each stays itself; navigation in which words alone say nothing.
    let (mut links, mut in_navigation) = (Vec::new(), 0_usize);
    while let Some(start) = rest.find('<') {
        let Some(end) = rest[start..].find('>') else { break };
        out.push_str(&rest[..start]);
        let (tag, behind) = rest[start..].split_at(end + 1);
        rest = behind;
        let name = name_of(tag);
        match name {
            "nav" => in_navigation += 1,
            "/nav" => in_navigation = in_navigation.saturating_sub(1),
            "/a" if links.pop() == Some(false) => continue,
            _ => {}
        }
        if name == "form" || has(tag, LIVE) || (has(tag, ORIGIN) && !knows_origin) {
            rest = behind_element(name, rest);
            // Its end is left out with it.
            if name == "nav" {
                in_navigation -= 1;
            }
            continue;
        }
        let link = link_of(tag, name).map(|(attribute, address)| (attribute, resolve(&unescape(address))));
        match link {
            Some((_, Link::Nowhere)) if name == "a" && (in_navigation > 0 || is_button(tag)) => {
                rest = behind_element(name, rest);
            }
            Some((_, Link::Nowhere)) if name == "a" => links.push(false),
            Some((_, Link::Nowhere)) => {}
            Some((attribute, Link::Here(address))) => {
                links.extend((name == "a").then_some(true));
                out.push_str(&with(tag, attribute, &address));
            }
            Some((_, Link::Elsewhere)) | None => {
                links.extend((name == "a").then_some(true));
                out.push_str(tag);
            }
        }
        if name == "meta" && has(tag, "charset") {
            out.push_str(POLICY);
        }
    }
    out.push_str(rest);
    out
}

/// `a`, `/a`, `!doctype`.
fn name_of(tag: &str) -> &str {
    tag[1..].split(|end: char| end.is_ascii_whitespace() || end == '>').next().unwrap_or_default()
}

/// Whether a tag has an attribute, with a value or without.
fn has(tag: &str, attribute: &str) -> bool {
    tag.match_indices(attribute).any(|(at, _)| {
        let behind = tag[at + attribute.len()..].chars().next();
        tag[..at].ends_with(char::is_whitespace) && behind.is_some_and(|end| matches!(end, ' ' | '=' | '>' | '/'))
    })
}

fn value<'a>(tag: &'a str, attribute: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {attribute}=\""))?.1.split('"').next()
}

/// The attribute that holds an address, and the address.
fn link_of<'a>(tag: &'a str, name: &str) -> Option<(&'static str, &'a str)> {
    if name.starts_with('/') {
        return None;
    }
    ADDRESSES.into_iter().find_map(|attribute| Some((attribute, value(tag, attribute)?)))
}

fn is_button(tag: &str) -> bool {
    value(tag, "class").is_some_and(|classes| classes.split(' ').any(|class| class == "button"))
}

/// The tag with another value of an attribute.
fn with(tag: &str, attribute: &str, address: &str) -> String {
    let (before, behind) = tag.split_once(&format!(" {attribute}=\"")).expect("the attribute was found");
    let (_, after) = behind.split_once('"').expect("a value ends");
    format!("{before} {attribute}=\"{}\"{after}", address.replace('&', "&amp;"))
}

/// What stands behind the end of an element whose first tag was read.
fn behind_element<'a>(name: &str, mut rest: &'a str) -> &'a str {
    let mut depth = usize::from(!VOID.contains(&name));
    while depth > 0 {
        let Some(start) = rest.find('<') else { return "" };
        let Some(end) = rest[start..].find('>') else { return "" };
        let tag = &rest[start..=start + end];
        rest = &rest[start + end + 1..];
        match name_of(tag) {
            closing if closing.strip_prefix('/') == Some(name) => depth -= 1,
            opening if opening == name && !tag.ends_with("/>") => depth += 1,
            _ => {}
        }
    }
    rest
}

/// An address as it is meant.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let text = text.replace("&#38;", "&").replace("&amp;", "&").replace("&#39;", "'").replace("&#34;", "\"");
    text.replace("&#60;", "<").replace("&#62;", ">").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(html: &str) -> String {
        rewrite(html, false, |address| match address {
            "/" => Link::Here("/manna/".to_owned()),
            "/?cursor=a&b=c" => Link::Here("/manna/page-2.html".to_owned()),
            _ if address.starts_with('/') => Link::Nowhere,
            _ => Link::Elsewhere,
        })
    }

    #[test]
    fn links_lead_to_files_and_words_stay_where_links_lead_nowhere() {
        for (html, expected) in [
            (
                r#"<p><a class="x" href="/">Home</a> and more</p>"#,
                r#"<p><a class="x" href="/manna/">Home</a> and more</p>"#,
            ),
            (r#"<a href="/?cursor=a&#38;b=c">Next</a>"#, r#"<a href="/manna/page-2.html">Next</a>"#),
            (r#"See <a href="/search"><b>the</b> search</a>."#, "See <b>the</b> search."),
            (r#"<a href="/search">no</a> <a href="/">yes</a>"#, r#"no <a href="/manna/">yes</a>"#),
            (
                r#"<nav><a href="/backup">Backups</a><a href="/">Home</a></nav>"#,
                r#"<nav><a href="/manna/">Home</a></nav>"#,
            ),
            (r#"<a class="button main" href="/x">Do</a>!"#, "!"),
            (r##"<a href="#main">Skip</a>"##, r##"<a href="#main">Skip</a>"##),
            (r#"<form method="post"><p><input name="a"></p></form>after"#, "after"),
            ("<div data-live><div>a</div><br></div>b", "b"),
            (r#"<nav data-live><a href="/">a</a></nav><a href="/x">b</a>"#, "b"),
            (r#"<link rel="canonical" href="x" data-origin><i>c</i>"#, "<i>c</i>"),
            (r#"<p title="data-live">d</p>"#, r#"<p title="data-live">d</p>"#),
            ("a < b", "a < b"),
        ] {
            assert_eq!(rewritten(html), expected);
        }
    }

    #[test]
    fn a_page_brings_its_own_content_security_policy() {
        let html = rewritten("<head><meta charset=\"utf-8\"></head>");
        assert!(html.contains("default-src 'none'"), "{html}");
    }
}
