//! `/add`: adds many sermons at once, from links, caption files or ZIP archives.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};

use super::{
    format::{self, Title},
    login::render_private,
    page::{Page, render},
    paste_form::PasteForm,
};
use crate::http::{
    api::batch::{BatchItem, BatchResult, submit_batch},
    auth::Submitter,
    bulk::BulkRequest,
    error::AppError,
    job_owner::Visitor,
    state::AppState,
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "add.html")]
struct AddPage {
    page: Page,
    /// The links, exactly as sent.
    links: String,
    /// The details of all files as they were sent, and why nothing was added.
    form: PasteForm,
}

/// The fields of the form that can show a problem.
const FIELDS: [&str; 7] = ["links", "files", "channel", "location", "speaker", "series", "published_at"];

/// The page with the outcome of each link and file.
#[derive(Debug, Template)]
#[template(path = "added.html")]
struct AddedPage {
    page: Page,
    heading: String,
    has_jobs: bool,
    rejected: Vec<Rejected>,
    existing: Vec<Existing>,
}

/// A link or file that was not accepted.
#[derive(Debug)]
struct Rejected {
    name: String,
    reason: String,
}

/// A sermon that is already stored.
#[derive(Debug)]
struct Existing {
    title: String,
    url: String,
}

/// Shows the form.
#[tracing::instrument(skip_all)]
pub(super) async fn form(page: Page) -> Response {
    render(&AddPage { page, links: String::new(), form: PasteForm::default() })
}

/// Adds the sermons and shows the outcome of each. If the entire request is rejected, shows the form again with the
/// reason.
#[tracing::instrument(skip_all)]
pub(super) async fn add(
    State(state): State<AppState>,
    page: Page,
    submitter: Submitter,
    visitor: Visitor,
    request: Result<BulkRequest, AppError>,
) -> Result<Response, AppError> {
    let sent = request.as_ref().ok();
    let links = sent.map(|request| request.links.join("\n")).unwrap_or_default();
    let details = sent.map(|request| request.details.clone()).unwrap_or_default();
    let added = match request {
        Ok(request) => submit_batch(&state, request, submitter, &visitor).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(result) => Ok((visitor, render_private(&AddedPage::new(page, result))).into_response()),
        Err(error) if error.status().is_client_error() => {
            let status = error.status();
            tracing::info!(%status, %error, "batch refused");
            let form = PasteForm::new(details, &error, &FIELDS);
            Ok((status, render_private(&AddPage { page, links, form })).into_response())
        }
        Err(error) => Err(error),
    }
}

impl AddedPage {
    fn new(page: Page, result: BatchResult) -> Self {
        let (mut rejected, mut existing, mut jobs) = (Vec::new(), Vec::new(), 0_usize);
        for BatchItem { url, file, job, existing: stored, error } in result.items {
            if let Some(error) = error {
                let name = url.or(file).unwrap_or_default();
                rejected.push(Rejected { name, reason: format::sentence(&error.detail) });
            } else if let Some(sermon) = stored {
                let title = Title::parse(&sermon.title).main;
                existing.push(Existing { title, url: page.links.at(&sermon.result_url) });
            } else {
                jobs += usize::from(job.is_some());
            }
        }
        let heading = match jobs {
            0 => "Nothing was added".to_owned(),
            1 => "1 sermon is in the queue".to_owned(),
            jobs => format!("{} sermons are in the queue", format::number(jobs as u64)),
        };
        Self { page, heading, has_jobs: jobs > 0, rejected, existing }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use axum::http::StatusCode;

    use super::*;
    use crate::http::{api::submission::SubmissionBody, problem::ProblemBody};

    /// Renders the sample pages: the form, the form after a rejected request, and the outcome of a request.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let problem = ProblemBody::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_a_video_link",
            "Not a video link",
            "<xss>".to_owned(),
        );
        let item = BatchItem { url: Some("<xss>".to_owned()), error: Some(problem), ..BatchItem::default() };
        let too_many = |name: &str| AppError::Field { name: name.to_owned(), reason: "too many <xss>".to_owned() };
        let refused = |name| AddPage {
            page: page.clone(),
            links: "</textarea><xss>".to_owned(),
            form: PasteForm::new(SubmissionBody::default(), &too_many(name), &FIELDS),
        };
        let result = BatchResult { accepted: 0, rejected: 1, items: vec![item] };
        vec![
            AddPage { page: page.clone(), links: String::new(), form: PasteForm::default() }.render(),
            refused("links").render(),
            refused("speaker").render(),
            refused("nonsense").render(),
            AddedPage::new(page.clone(), result).render(),
        ]
        .into_iter()
        .map(|page| page.expect("a page"))
        .collect()
    }
}
