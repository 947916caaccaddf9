//! The forms that add sermons from transcripts. If one was rejected, it shows the sent values and a message next to the
//! field.

use askama::Template;

use super::{format, page::Page};
use crate::http::{api::submission::SubmissionBody, error::AppError};

/// The values of a form.
#[derive(Debug, Clone, Default)]
pub(super) struct PasteForm {
    pub(super) transcript: String,
    pub(super) title: String,
    pub(super) channel: String,
    pub(super) url: String,
    pub(super) speaker: String,
    pub(super) series: String,
    pub(super) location: String,
    pub(super) published_at: String,
    problem: Option<FieldProblem>,
}

/// Why the form was rejected.
#[derive(Debug, Clone)]
struct FieldProblem {
    /// Name of the field, or empty if the problem concerns none of them.
    field: String,
    message: String,
}

/// The fields of the form for one sermon that can show a problem.
const FIELDS: [&str; 9] =
    ["transcript", "file", "title", "channel", "speaker", "series", "url", "location", "published_at"];

/// The page that shows the form again after it was rejected.
#[derive(Debug, Template)]
#[template(path = "not_added.html")]
pub(super) struct NotAddedPage {
    page: Page,
    form: PasteForm,
}

impl NotAddedPage {
    /// Creates the page from the values that were sent and the reason why they were rejected.
    pub(super) fn new(page: Page, sent: SubmissionBody, error: &AppError) -> Self {
        Self { page, form: PasteForm::new(sent, error, &FIELDS) }
    }
}

impl PasteForm {
    /// Creates an empty form for the transcript of a video.
    pub(super) fn for_link(link: Option<String>) -> Self {
        Self { url: link.unwrap_or_default(), ..Self::default() }
    }

    /// Creates a form with the sent values and the reason why it was rejected. `fields` are the fields that can show a problem.
    pub(super) fn new(sent: SubmissionBody, error: &AppError, fields: &[&str]) -> Self {
        let SubmissionBody {
            url, transcript, title, channel, speaker, series, location, published_at, from_file, ..
        } = sent;
        // A page cannot preselect a file.
        let transcript = transcript.filter(|_| !from_file).unwrap_or_default();
        Self {
            transcript,
            title: title.unwrap_or_default(),
            channel: channel.unwrap_or_default(),
            speaker: speaker.unwrap_or_default(),
            series: series.unwrap_or_default(),
            url: url.unwrap_or_default(),
            location: location.unwrap_or_default(),
            published_at: published_at.unwrap_or_default(),
            problem: Some(FieldProblem::new(error, from_file, fields)),
        }
    }

    /// Returns whether only a link was sent.
    pub(super) fn is_link(&self) -> bool {
        let has_problem_elsewhere = self.problem.as_ref().is_some_and(|problem| problem.field == "file");
        !self.url.trim().is_empty() && self.transcript.trim().is_empty() && !has_problem_elsewhere
    }

    /// Returns whether the value of a field was rejected.
    pub(super) fn is_invalid(&self, field: &str) -> bool {
        self.problem_at(field).is_some()
    }

    /// Returns why the value of a field was rejected.
    pub(super) fn problem_at(&self, field: &str) -> Option<&str> {
        self.problem.as_ref().filter(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }

    /// Returns whether the form was rejected.
    pub(super) const fn has_problem(&self) -> bool {
        self.problem.is_some()
    }

    /// Returns why the form was rejected, if the problem concerns none of its fields.
    pub(super) fn general_problem(&self) -> Option<&str> {
        self.problem_at("")
    }
}

impl FieldProblem {
    fn new(error: &AppError, from_file: bool, fields: &[&str]) -> Self {
        let words = if from_file { "file" } else { "transcript" };
        let (field, message) = match error {
            AppError::EmptySubmission => (words, "Choose a file or paste the words.".to_owned()),
            AppError::Link(_) => ("url", format::sentence(&error.to_string())),
            AppError::Job { error, .. } => (words, format::sentence(&error.detail)),
            AppError::Field { name, reason } => (name.as_str(), format::sentence(reason)),
            error => ("", format::sentence(&error.problem("").detail)),
        };
        let field = if fields.contains(&field) { field } else { "" };
        Self { field: field.to_owned(), message }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::youtube::parse_video_link;

    fn body(url: &str, title: &str) -> SubmissionBody {
        let mut body = SubmissionBody::default();
        body.set("url", url.to_owned()).expect("a field");
        body.set("title", title.to_owned()).expect("a field");
        body
    }

    /// Renders the sample pages: a rejected link, a form without words, and a form that hit the rate limit.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let link = AppError::from(parse_video_link("<xss>").expect_err("not a link"));
        [
            NotAddedPage::new(page.clone(), body("<xss>", ""), &link),
            NotAddedPage::new(page.clone(), body("", "\"><xss>"), &AppError::EmptySubmission),
            NotAddedPage::new(page.clone(), body("", ""), &AppError::TooManyRequests(30)),
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_shown_beside_its_field_in_ordinary_words() {
        let form = |error: &AppError| PasteForm::new(SubmissionBody::default(), error, &FIELDS);
        let field = |name: &str| AppError::Field { name: name.to_owned(), reason: "too long".to_owned() };
        assert_eq!(
            form(&AppError::EmptySubmission).problem_at("transcript"),
            Some("Choose a file or paste the words.")
        );
        assert_eq!(form(&field("title")).problem_at("title"), Some("Too long."));
        let other = form(&field("nonsense"));
        assert_eq!((other.problem_at("title"), other.general_problem()), (None, Some("Too long.")));
        assert!(form(&AppError::TooManyRequests(9)).general_problem().is_some_and(|it| it.contains("9 s")));
    }
}
