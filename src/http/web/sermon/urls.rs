//! The URLs on a sermon's page.

use super::SermonContext;
use crate::{
    domain::Document,
    http::web::{format::Title, page::Page},
};

/// The URLs of a sermon's views and files.
#[derive(Debug)]
pub(super) struct SermonUrls {
    pub(super) in_order: String,
    pub(super) by_book: String,
    pub(super) json: String,
    pub(super) label_svg: String,
    pub(super) label_png: String,
    pub(super) reanalyze: String,
    pub(super) edit: String,
    pub(super) correct: String,
    pub(super) delete: String,
    pub(super) history: String,
    /// URL of the transcript, or `None` if there is no transcript that the client may read.
    pub(super) transcript: Option<String>,
    /// HTML that embeds the label in another page.
    pub(super) embed: String,
}

impl SermonUrls {
    pub(super) fn new(page: &Page, document: &Document, context: &SermonContext) -> Self {
        let (links, id) = (&page.links, &document.video_id);
        let title = Title::parse(&document.title).main;
        Self {
            in_order: links.sermon(id),
            by_book: links.sermon_by_book(id),
            json: links.document(id),
            label_svg: links.label_svg(id),
            label_png: links.label_png(id),
            reanalyze: links.reanalyze(id),
            edit: links.edit(id),
            correct: links.correct(id),
            delete: links.delete(id),
            history: links.history_page(id),
            transcript: (context.may_read_transcript && context.has_transcript).then(|| links.transcript(id)),
            embed: format!(
                "<a href=\"{}\"><img src=\"{}\" width=\"420\" alt=\"Manna Facts: {}\"></a>",
                page.absolute(&links.sermon(id)),
                page.absolute(&links.label_svg(id)),
                escape(&title),
            ),
        }
    }
}

/// Escapes `text` for an HTML attribute. The template does not do this, because the embed code is shown as text.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
