//! `/video/{video_id}/correct`: the form that corrects or adds a reference.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use scripture_detector::Passage;
use serde::Deserialize;
use uuid::Uuid;

use super::parse_document;
use crate::{
    domain::{Correction, Document, Reference, Verdict, VideoId},
    http::{
        api::corrections::{CorrectionRequest, correct as make_correction, take_back},
        body::QueryString,
        error::AppError,
        state::AppState,
        web::{
            format::{self, Highlight},
            links::Links,
            login::{EditorPage, render_private},
            page::Page,
            see_other,
        },
    },
};

/// The page with the form.
#[derive(Debug, Template)]
#[template(path = "sermon_correct.html")]
struct CorrectPage {
    page: Page,
    title: String,
    sermon_url: String,
    correct_url: String,
    /// The reference to correct, or `None` to add one.
    reference: Option<CorrectedReference>,
    verdict: String,
    passage: String,
    quote: String,
    /// What is wrong with the form.
    problem: Option<String>,
}

/// The reference to correct.
#[derive(Debug)]
struct CorrectedReference {
    start_char: usize,
    end_char: usize,
    passage: String,
    context: Highlight,
}

/// Query parameters: the place of the reference in the transcript.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::http::web) struct PlaceParams {
    start_char: Option<usize>,
    end_char: Option<usize>,
}

/// A correction in the list on the page of a sermon.
#[derive(Debug)]
pub(super) struct CorrectionRow {
    /// The person's statement, such as `“John 3:16” cites John 3:16.`
    pub(super) text: String,
    /// What the meter found, such as `Measured: John 3 (suspect).`
    pub(super) measured: String,
    pub(super) by: String,
    pub(super) time: Option<String>,
    pub(super) applied: bool,
    pub(super) remove_url: String,
}

/// Returns the corrections of a sermon.
pub(super) fn rows(document: &Document, links: &Links) -> Vec<CorrectionRow> {
    document.active_corrections().map(|correction| CorrectionRow::new(correction, document, links)).collect()
}

impl CorrectionRow {
    fn new(correction: &Correction, document: &Document, links: &Links) -> Self {
        let passage = |osis: &str| osis.parse().map_or_else(|_| osis.to_owned(), Passage::english);
        let quote = &correction.anchor.quote;
        let text = match (&correction.osis, correction.verdict) {
            (None, _) => format!("“{quote}” is not a reference."),
            (Some(osis), Verdict::Right) => format!("“{quote}” does cite {}.", passage(osis)),
            (Some(osis), _) => format!("“{quote}” cites {}.", passage(osis)),
        };
        let measured = match &correction.measured {
            Some(measured) => {
                let class = serde_json::to_value(measured.class).ok();
                let class = class.and_then(|class| class.as_str().map(str::to_owned)).unwrap_or_default();
                format!("Measured: {}, {class}.", passage(&measured.osis))
            }
            None => "Measured: nothing.".to_owned(),
        };
        Self {
            text,
            measured,
            by: format!("{} on {}", correction.by, format::date(correction.at)),
            time: correction.start_seconds.map(format::timestamp),
            applied: correction.applied,
            remove_url: links.at(&format!("/video/{}/corrections/{}/remove", document.video_id, correction.id)),
        }
    }
}

/// Shows the form.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn correct(
    State(state): State<AppState>,
    page: Page,
    _editor: EditorPage,
    Path(id): Path<String>,
    QueryString(place): QueryString<PlaceParams>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let document = stored(&state, &id).await?;
    let request = CorrectionRequest { start_char: place.start_char, end_char: place.end_char, ..Default::default() };
    Ok(render_private(&CorrectPage::new(page, &document, request)))
}

/// Saves the form and redirects to the sermon, or shows the form again with the problem.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn save(
    State(state): State<AppState>,
    page: Page,
    EditorPage(client): EditorPage,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let request = parse_form(&body);
    match make_correction(&state, &client, id.clone(), None, &request).await {
        Ok(_) => Ok(see_other(&format!("{}?edit=corrected#corrections", Links::default().sermon(&id)))),
        Err(error @ (AppError::Field { .. } | AppError::Correction(_))) => {
            let problem = match &error {
                AppError::Field { reason, .. } => format::sentence(reason),
                other => format::sentence(&other.to_string()),
            };
            let view = CorrectPage::new(page, &stored(&state, &id).await?, request);
            let response = render_private(&CorrectPage { problem: Some(problem), ..view });
            Ok((error.status(), response).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Undoes a correction and redirects to the sermon.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn remove(
    State(state): State<AppState>,
    EditorPage(client): EditorPage,
    Path((id, correction)): Path<(String, Uuid)>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    match take_back(&state, &client, id.clone(), correction).await {
        // On a second click, the correction has already been undone.
        Ok(_) | Err(AppError::Correction(_)) => {
            Ok(see_other(&format!("{}?edit=taken-back#references", Links::default().sermon(&id))))
        }
        Err(error) => Err(error),
    }
}

async fn stored(state: &AppState, id: &VideoId) -> Result<Document, AppError> {
    let stored = state.store.video(id).await?.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?;
    parse_document(id, &stored.document)
}

/// Parses the form. Empty fields count as absent.
fn parse_form(body: &[u8]) -> CorrectionRequest {
    let mut request = CorrectionRequest::default();
    for (name, value) in url::form_urlencoded::parse(body).filter(|(_, value)| !value.trim().is_empty()) {
        match &*name {
            "verdict" => request.verdict = value.into_owned(),
            "passage" => request.passage = Some(value.into_owned()),
            "quote" => request.quote = Some(value.into_owned()),
            "start_char" => request.start_char = value.parse().ok(),
            "end_char" => request.end_char = value.parse().ok(),
            _ => {}
        }
    }
    request
}

impl CorrectPage {
    fn new(page: Page, document: &Document, request: CorrectionRequest) -> Self {
        let place = request.start_char.zip(request.end_char);
        let is_here = |reference: &&Reference| Some((reference.start_char, reference.end_char)) == place;
        let reference = document.references.iter().flatten().find(is_here);
        Self {
            title: document.title.clone(),
            sermon_url: page.links.sermon(&document.video_id),
            correct_url: page.links.correct(&document.video_id),
            reference: reference.map(|reference| CorrectedReference {
                start_char: reference.start_char,
                end_char: reference.end_char,
                passage: reference.osis.parse().map_or_else(|_| reference.osis.clone(), Passage::english),
                context: Highlight::new(&reference.context, &reference.text),
            }),
            verdict: request.verdict,
            passage: request.passage.unwrap_or_default(),
            quote: request.quote.unwrap_or_default(),
            problem: None,
            page,
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use serde_json::json;

    use super::*;

    /// Renders the sample pages: the form for an existing reference, and for a new one after a mistake.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let reference = json!({"osis": "John.3.16", "book": "John", "chapter": 3, "verse": 16, "end_chapter": null,
            "end_verse": null, "kind": "explicit", "class": "suspect", "start_seconds": 1.5, "start_char": 8,
            "end_char": 17, "text": "John 3:16", "context": "turn to <xss> John 3:16", "evidence": [],
            "repaired": false, "anchor": null});
        let value = json!({"title": "Love & <Truth>", "references": [reference]});
        let document = Document::from_legacy("sErm0n_Tst1", value).expect("a document");
        let request = CorrectionRequest { start_char: Some(8), end_char: Some(17), ..Default::default() };
        let quote = CorrectionRequest { quote: Some("\"<xss>".to_owned()), ..Default::default() };
        let problem = Some("These words are not there.".to_owned());
        [
            CorrectPage::new(page.clone(), &document, request),
            CorrectPage { problem, ..CorrectPage::new(page.clone(), &document, quote) },
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}
