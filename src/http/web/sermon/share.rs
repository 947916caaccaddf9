//! How a sermon is told to others: links that need no script, and what other sites show beside a link.

use crate::{
    domain::{Document, VideoId},
    http::web::{
        format::{self, Title},
        links::query,
        page::Page,
    },
};

/// What is told of a sermon.
#[derive(Debug)]
pub(super) struct Share {
    /// The page, from any place.
    pub(super) url: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) card_url: String,
    pub(super) mail_url: String,
    pub(super) x_url: String,
    pub(super) facebook_url: String,
}

impl Share {
    pub(super) fn new(page: &Page, id: &VideoId, document: &Document) -> Self {
        let url = page.absolute(&page.links.sermon(id));
        let title = Title::of(&document.title).main;
        let church = Some(&document.channel).filter(|channel| !channel.is_empty());
        let by = church.map(|channel| format!(", {channel}")).unwrap_or_default();
        let manna = format::number(document.manna());
        let description = format!("{manna} confirmed Bible references{by}. The Nutrition Facts label of this sermon.");
        let words = format!("{title}{by}: {manna} manna");
        let mail = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("subject", &words)
            .append_pair("body", &format!("{description}\n\n{url}"))
            .finish();
        Self {
            // A mail program takes a plus for a plus.
            mail_url: format!("mailto:?{}", mail.replace('+', "%20")),
            x_url: format!("https://x.com/intent/post{}", query([("text", words.as_str()), ("url", url.as_str())])),
            facebook_url: format!("https://www.facebook.com/sharer/sharer.php{}", query([("u", url.as_str())])),
            card_url: page.absolute(&page.links.card(id)),
            url,
            title,
            description,
        }
    }
}
