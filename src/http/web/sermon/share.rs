//! Sharing: links that work without JavaScript, and the metadata for link previews.

use crate::{
    domain::Document,
    http::web::{
        format::{self, Title},
        links::query,
        page::Page,
    },
};

/// The links and metadata for sharing a sermon.
#[derive(Debug)]
pub(super) struct ShareLinks {
    /// Absolute URL of the page.
    pub(super) url: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) card_url: String,
    pub(super) mail_url: String,
    pub(super) x_url: String,
    pub(super) facebook_url: String,
}

impl ShareLinks {
    pub(super) fn new(page: &Page, document: &Document) -> Self {
        let id = &document.video_id;
        let url = page.absolute(&page.links.sermon(id));
        let title = Title::parse(&document.title).main;
        let church = Some(&document.channel).filter(|channel| !channel.is_empty());
        let from = church.map_or_else(|| "in this sermon".to_owned(), |channel| format!("in a sermon from {channel}"));
        let manna = document.manna(page.canon);
        let (description, amount) = if let Some(reason) = document.not_measured() {
            (format!("A sermon that is {reason}."), reason)
        } else {
            let references = format::count(manna, "confirmed Bible reference");
            (format!("{references} {from}. See its Nutrition Facts label."), format!("{} manna", format::number(manna)))
        };
        let by = church.map(|channel| format!(", {channel}")).unwrap_or_default();
        let text = format!("{title}{by}: {amount}");
        let mail = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("subject", &text)
            .append_pair("body", &format!("{description}\n\n{url}"))
            .finish();
        Self {
            // Email programs do not decode `+` as a space.
            mail_url: format!("mailto:?{}", mail.replace('+', "%20")),
            x_url: format!("https://x.com/intent/post{}", query([("text", text.as_str()), ("url", url.as_str())])),
            facebook_url: format!("https://www.facebook.com/sharer/sharer.php{}", query([("u", url.as_str())])),
            card_url: page.absolute(&page.links.card(id)),
            url,
            title,
            description,
        }
    }
}
