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
    /// Why nothing was added.
    problem: Option<String>,
}

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
    render(&AddPage { page, links: String::new(), problem: None })
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
    let links = request.as_ref().map(|request| request.links.join("\n")).unwrap_or_default();
    let added = match request {
        Ok(request) => submit_batch(&state, request, submitter, &visitor).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(result) => Ok((visitor, render_private(&AddedPage::new(page, result))).into_response()),
        Err(error) if error.status().is_client_error() => {
            let status = error.status();
            tracing::info!(%status, %error, "batch refused");
            let problem = Some(problem_text(&error));
            Ok((status, render_private(&AddPage { page, links, problem })).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Returns the error as a sentence for the form, without the field name that programs use.
fn problem_text(error: &AppError) -> String {
    match error {
        AppError::Field { reason, .. } => format::sentence(reason),
        error => format::sentence(&error.problem("/add").detail),
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
    use crate::http::problem::ProblemBody;

    /// Renders the sample pages: the form, the form after a rejected request, and the outcome of a request.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let problem = ProblemBody::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_a_video_link",
            "Not a video link",
            "<xss>".to_owned(),
        );
        let item = BatchItem { url: Some("<xss>".to_owned()), error: Some(problem), ..BatchItem::default() };
        let result = BatchResult { accepted: 0, rejected: 1, items: vec![item] };
        vec![
            AddPage { page: page.clone(), links: String::new(), problem: None }.render(),
            AddPage {
                page: page.clone(),
                problem: Some("Send at most 500 links at once.".to_owned()),
                links: "</textarea><xss>".to_owned(),
            }
            .render(),
            AddedPage::new(page.clone(), result).render(),
        ]
        .into_iter()
        .map(|page| page.expect("a page"))
        .collect()
    }
}
