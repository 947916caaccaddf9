//! Rewrites a page of the service for the static site.
//!
//! Links are changed to point to files. Elements that need the running service are removed: forms, everything marked
//! with `data-live`, and links to pages that the site does not have.

use std::borrow::Cow;

use lol_html::{
    RewriteStrSettings, element,
    errors::RewritingError,
    html_content::{ContentType, Element, UserData as _},
    rewrite_str,
};

use super::urls::Link;

/// Attributes that contain a URL.
const URL_ATTRIBUTES: [&str; 3] = ["href", "src", "content"];

/// The content security policy. The service sends it as a header, but a static host does not.
const POLICY: &str = "<meta http-equiv=\"content-security-policy\" content=\"default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'\">";

/// Marks links, such as buttons and navigation, whose text makes no sense without the link.
struct RemoveWithText;

/// Rewrites a page for the static site. `resolve` decides what each link becomes. `has_origin` is true if the
/// origin of the site is known.
pub(super) fn rewrite(
    html: &str,
    has_origin: bool,
    mut resolve: impl FnMut(&str) -> Link,
) -> Result<String, RewritingError> {
    // Handlers run in this order, even for elements inside a removed element.
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(element!("form, [data-live]", |element| {
            element.remove();
            Ok(())
        }))
        .append_element_content_handler(element!("[data-origin]", |element| {
            if !has_origin {
                element.remove();
            }
            Ok(())
        }))
        .append_element_content_handler(element!("nav a, a.button", |element| {
            element.set_user_data(RemoveWithText);
            Ok(())
        }))
        .append_element_content_handler(element!("[href], [src], [content]", |element| {
            if element.removed() {
                return Ok(());
            }
            let url = |name| Some((name, element.get_attribute(name)?));
            let Some((name, url)) = URL_ATTRIBUTES.into_iter().find_map(url) else { return Ok(()) };
            match resolve(&decode_entities(&url)) {
                Link::External => {}
                Link::File(url) => element.set_attribute(name, &url.replace('&', "&amp;"))?,
                Link::Unavailable => remove_link(element),
            }
            Ok(())
        }))
        .append_element_content_handler(element!("meta[charset]", |element| {
            element.after(POLICY, ContentType::Html);
            Ok(())
        }));
    rewrite_str(html, settings)
}

/// Removes a link, but keeps its text if it is part of a sentence.
fn remove_link(element: &mut Element<'_, '_>) {
    if element.tag_name() == "a" && !element.user_data().is::<RemoveWithText>() {
        element.remove_and_keep_content();
    } else {
        element.remove();
    }
}

/// Decodes the character references that our templates use.
fn decode_entities(text: &str) -> Cow<'_, str> {
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
        let rewritten = rewrite(html, false, |url| match url {
            "/" => Link::File("/manna/".to_owned()),
            "/?cursor=a&b=c" => Link::File("/manna/page-2.html".to_owned()),
            _ if url.starts_with('/') => Link::Unavailable,
            _ => Link::External,
        });
        rewritten.expect("valid HTML")
    }

    #[test]
    fn links_point_to_files_and_the_text_of_removed_links_stays() {
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
            (r#"<img src="/x.png"><br>"#, "<br>"),
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
    fn links_inside_a_removed_element_are_not_resolved() {
        let html = r#"<form><a href="/">a</a></form><div data-live><a href="/">a</a></div>"#;
        let rewritten = rewrite(html, true, |url| panic!("{url} was resolved")).expect("valid HTML");
        assert_eq!(rewritten, "");
    }

    #[test]
    fn a_page_contains_its_content_security_policy() {
        let html = rewritten("<head><meta charset=\"utf-8\"></head>");
        assert!(html.contains("default-src 'none'"), "{html}");
    }
}
