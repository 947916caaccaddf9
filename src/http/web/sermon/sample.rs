//! Sample pages of sermons, for the tests that cover all pages.

use serde_json::json;

use super::*;

fn related() -> Vec<RelatedSermon> {
    let shared = vec!["Rom.8.28".parse().expect("a passage")];
    vec![RelatedSermon { sermon: crate::http::web::rows::sample::sermon(), shared }]
}

/// Renders the sample pages with forms that change a sermon.
pub(in crate::http::web) fn forms(page: &Page) -> Vec<String> {
    [edit::sample::pages(page), correct::sample::pages(page), history::sample::pages(page)].concat()
}

/// Renders the sample pages: a current document in both views, a legacy document, and an empty document.
pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
    let reference = json!({
        "osis": "John.5.24", "book": "John", "chapter": 5, "verse": 24, "end_chapter": null, "end_verse": null,
        "kind": "explicit", "class": "confirmed", "start_seconds": 754.2, "start_char": 10, "end_char": 20,
        "text": "John 5 verse 24", "context": "turn to <b>John 5 verse 24</b> with me", "evidence": ["book_of", "numbering"],
        "repaired": true, "anchor": "John.5",
    });
    let current = json!({
        "title": "Love & <Truth> | <xss>", "channel": "Grace", "channel_url": "https://www.youtube.com/@grace", "location": "Kenya",
        "speaker": "Ann <xss> Lee", "speaker_suggested": true, "series": "Parables",
        "processed_at": "2026-05-31T10:00:00Z", "duration_seconds": 2520.0, "language": "en", "counts": {"John": 2, "Romans": 1},
        "suspect_counts": {"Mark": 1}, "stats": {"scripture_references": 3, "suspect_references": 1},
        "references": [reference, reference], "engine": {"name": "mannameter-detector", "version": "1"}, "logs": ["a <line>", {"message": "b"}],
        "source": {"kind": "youtube", "format": "json3", "automatic": true},
        "positions": {"Mark": {"false_positive": [{"start": 7, "context": "my friend mark said", "text": "mark"}]}},
    });
    let legacy = json!({
        "channel_url": "javascript:alert(1)", "counts": {"John": 1}, "logs": ["done"],
        "positions": {"John": {"valid": [{"start": 695.519, "context": "in John chapter 3", "text": "t", "matched_pattern": "in"}]}},
    });
    let by_book = SermonParams {
        view: Some("book".to_owned()),
        reanalysis: Some("changed".to_owned()),
        ..SermonParams::default()
    };
    let in_order = SermonParams::default();
    [
        (current.clone(), &in_order, true),
        (current, &by_book, false),
        (legacy, &by_book, true),
        (json!({}), &in_order, true),
    ]
    .map(|(value, params, is_admin)| {
        let document = Document::from_legacy("sErm0n_Tst1", value).expect("a document");
        let context = SermonContext {
            may: Permissions { edit: is_admin, administer: is_admin },
            has_transcript: true,
            may_read_transcript: is_admin,
            related: related(),
            last_change: is_admin.then(change::sample::entry),
            ..SermonContext::default()
        };
        SermonPage::new(page.clone(), &document, params, &context).render().expect("a page")
    })
    .into()
}
