//! `/video/{video_id}/edit`: the form that edits the details of a sermon.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::parse_document;
use crate::{
    domain::{Document, EditableField, FieldChange, Sha256, VideoId},
    http::{
        api::edit::field_change,
        error::AppError,
        state::AppState,
        web::{
            format,
            links::Links,
            login::{EditorPage, render_private},
            page::Page,
            see_other,
        },
    },
    safety::{RevisionRequest, SermonChange},
};

/// The page with the form.
#[derive(Debug, Template)]
#[template(path = "sermon_edit.html")]
struct EditPage {
    page: Page,
    title: String,
    fields: Vec<FormField>,
    /// Checksum of the version being edited.
    based_on: String,
    sermon_url: String,
    edit_url: String,
    /// Why the form was not saved.
    problem: Option<String>,
}

/// A field of the form.
#[derive(Debug)]
struct FormField {
    name: &'static str,
    label: &'static str,
    value: String,
    input: &'static str,
    help: Option<String>,
    /// The fetched or submitted value, if the field was edited.
    original: Option<String>,
    /// What is wrong with the value.
    problem: Option<String>,
}

/// The submitted form: a value for each field, and the fields to reset.
#[derive(Debug, Default)]
struct EditForm {
    values: Vec<(EditableField, String)>,
    reset: Vec<EditableField>,
    based_on: Option<Sha256>,
}

impl EditForm {
    fn parse(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match &*name {
                "based_on" => form.based_on = Sha256::parse(&value).ok(),
                "reset" => form.reset.extend(EditableField::parse(&value)),
                name => {
                    if let Some(field) = EditableField::parse(name) {
                        form.values.push((field, value.into_owned()));
                    }
                }
            }
        }
        form
    }

    /// Returns the changes, or the problem with each invalid field.
    fn changes(&self) -> Result<Vec<FieldChange>, Vec<(EditableField, String)>> {
        let (mut changes, mut problems) = (Vec::new(), Vec::new());
        for (field, text) in &self.values {
            if self.reset.contains(field) {
                changes.push((*field, None));
                continue;
            }
            match field_change(*field, text) {
                Ok(change) => changes.push(change),
                Err(AppError::Field { reason, .. }) => problems.push((*field, format::sentence(&reason))),
                Err(error) => problems.push((*field, format::sentence(&error.to_string()))),
            }
        }
        if problems.is_empty() { Ok(changes) } else { Err(problems) }
    }
}

/// Shows the form.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn edit(
    State(state): State<AppState>,
    page: Page,
    _editor: EditorPage,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let (document, sha256) = stored(&state, &id).await?;
    Ok(render_private(&EditPage::new(page, &document, sha256)))
}

/// Saves the form and redirects to the sermon, or shows the form again with the problems.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn save(
    State(state): State<AppState>,
    page: Page,
    EditorPage(client): EditorPage,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let form = EditForm::parse(&body);
    let changes = match form.changes() {
        Ok(changes) => changes,
        Err(problems) => {
            let (document, sha256) = stored(&state, &id).await?;
            let view = EditPage::new(page, &document, sha256).with_form(&form, &problems);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, render_private(&view)).into_response());
        }
    };
    let request = RevisionRequest {
        id: id.clone(),
        based_on: form.based_on.map(|based_on| vec![based_on]),
        actor: client.actor(),
        address: Some(client.address),
        change: SermonChange::Fields(changes),
    };
    match state.saver.revise(request).await.map_err(AppError::from) {
        Ok(revised) => {
            let outcome = if revised.saved.is_some() { "saved" } else { "unchanged" };
            Ok(see_other(&format!("{}?edit={outcome}", Links::default().sermon(&id))))
        }
        Err(AppError::StaleVersion(..)) => {
            let (document, sha256) = stored(&state, &id).await?;
            let mut view = EditPage::new(page, &document, sha256).with_form(&form, &[]);
            view.problem = Some(
                "Somebody changed this sermon after you opened the form. Nothing has been saved yet. The fields show what you \
                 entered; save again to replace the other change."
                    .to_owned(),
            );
            Ok((StatusCode::PRECONDITION_FAILED, render_private(&view)).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn stored(state: &AppState, id: &VideoId) -> Result<(Document, Sha256), AppError> {
    let stored = state.store.video(id).await?.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?;
    Ok((parse_document(id, &stored.document)?, stored.sha256))
}

/// Returns the notice for an outcome.
pub(super) fn notice(outcome: &str) -> Option<&'static str> {
    Some(match outcome {
        "saved" => "Your changes were saved. The previous version is in the history.",
        "unchanged" => "Nothing has changed.",
        "corrected" => "Your correction was saved. The original result is listed with it.",
        "taken-back" => "The correction was undone. The original result counts again.",
        "restored" => "The version was restored.",
        _ => return None,
    })
}

impl EditPage {
    fn new(page: Page, document: &Document, based_on: Sha256) -> Self {
        Self {
            title: document.title.clone(),
            fields: EditableField::ALL.map(|field| FormField::new(field, document)).into(),
            based_on: based_on.to_string(),
            sermon_url: page.links.sermon(&document.video_id),
            edit_url: page.links.edit(&document.video_id),
            problem: None,
            page,
        }
    }

    /// Shows the entered values instead of the stored ones.
    fn with_form(mut self, form: &EditForm, problems: &[(EditableField, String)]) -> Self {
        for shown in &mut self.fields {
            if let Some((_, value)) = form.values.iter().find(|(field, _)| field.name() == shown.name) {
                shown.value.clone_from(value);
            }
            let problem = problems.iter().find(|(field, _)| field.name() == shown.name);
            shown.problem = problem.map(|(_, problem)| problem.clone());
        }
        if !problems.is_empty() {
            self.problem = Some("Nothing has been saved yet. Correct the marked fields and save again.".to_owned());
        }
        self
    }
}

impl FormField {
    fn new(field: EditableField, document: &Document) -> Self {
        let (label, input) = match field {
            EditableField::Title => ("Title", "text"),
            EditableField::Speaker => ("Speaker", "text"),
            EditableField::Series => ("Series", "text"),
            EditableField::PublishedAt => ("Date preached", "text"),
            EditableField::Channel => ("Church", "text"),
            EditableField::ChannelUrl => ("Church address", "url"),
            EditableField::Location => ("Location", "text"),
            EditableField::Url => ("Link to the recording", "url"),
        };
        let help = match field {
            EditableField::Speaker if document.speaker_suggested => {
                Some("Suggested from the title. Saving confirms it.".to_owned())
            }
            EditableField::PublishedAt => Some("For example 2026-05-31.".to_owned()),
            _ => None,
        };
        Self {
            name: field.name(),
            label,
            value: document.field(field).unwrap_or_default().to_owned(),
            input,
            help,
            original: document.edit(field).map(|edit| edit.original.clone().unwrap_or_default()),
            problem: None,
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    /// Renders the sample pages: the form for an edited sermon, before and after a mistake.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let value = json!({"title": "Love & <Truth>", "speaker": "Ann Lee", "speaker_suggested": true});
        let mut document = Document::from_legacy("sErm0n_Tst1", value).expect("a document");
        let change = (EditableField::Title, Some("Love \"<xss>\"".to_owned()));
        document.apply_changes(&[change], DateTime::UNIX_EPOCH, "admin");
        let form = EditForm { values: vec![(EditableField::Url, "<xss>".to_owned())], ..EditForm::default() };
        let problems = form.changes().expect_err("a mistake");
        let view = || EditPage::new(page.clone(), &document, Sha256::digest(b"x"));
        [view(), view().with_form(&form, &problems)].map(|page| page.render().expect("a page")).into()
    }
}
