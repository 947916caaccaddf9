//! The body of a submission: a link, or a transcript with details about the sermon, as JSON or a form.

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::Field},
};
use serde::Deserialize;
use utoipa::ToSchema;

use scripture_detector::transcript;

use crate::{
    domain::{InvalidDetail, SourceKind, Submission, VideoId, date_or_time, single_line, web_url},
    http::{
        body::{body_error, content_type, is_json, parse_json, unsupported_content_type},
        error::AppError,
        state::AppState,
    },
    jobs::SubmitError,
    youtube::{LinkError, LinkErrorKind, parse_video_link},
};

/// A validated submission.
#[derive(Debug)]
pub(crate) enum SubmissionRequest {
    /// A YouTube video.
    Link(VideoId),
    /// A transcript.
    Transcript(Box<Submission>),
}

/// Either `url` alone, or `transcript` with any of the other fields.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub(crate) struct SubmissionBody {
    /// Link to the YouTube video. With a transcript, the URL where the sermon can be watched.
    #[schema(example = "https://www.youtube.com/watch?v=sErm0n_Tst1")]
    pub(in crate::http) url: Option<String>,
    /// The captions: JSON3, srv1 to srv3, TTML, WebVTT, SRT, text copied from YouTube's transcript panel, or plain
    /// text.
    pub(in crate::http) transcript: Option<String>,
    /// Title of the sermon.
    pub(in crate::http) title: Option<String>,
    /// Name of the church.
    pub(in crate::http) channel: Option<String>,
    /// URL of the church.
    channel_url: Option<String>,
    /// Country or town.
    pub(in crate::http) location: Option<String>,
    /// Who preached.
    pub(in crate::http) speaker: Option<String>,
    /// The series that the sermon belongs to.
    pub(in crate::http) series: Option<String>,
    /// When the sermon was published: a date such as 2026-05-31, or an RFC 3339 time.
    pub(in crate::http) published_at: Option<String>,
    /// Whether the transcript was uploaded as a file.
    #[serde(skip)]
    pub(in crate::http) from_file: bool,
}

/// A form with the same fields and an optional caption file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; it is read into SubmissionBody")]
pub(crate) struct SubmissionForm {
    /// A caption file.
    #[schema(value_type = String, format = Binary)]
    file: Option<Vec<u8>>,
    /// The same fields as the JSON body.
    #[serde(flatten)]
    fields: SubmissionBody,
}

impl FromRequest<AppState> for SubmissionBody {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let headers = request.headers();
        match content_type(headers).as_str() {
            _ if is_json(headers) => parse_json(&Bytes::from_request(request, state).await?),
            "application/x-www-form-urlencoded" => read_form(&Bytes::from_request(request, state).await?),
            "multipart/form-data" => read_multipart(request, state).await,
            _ => Err(unsupported_content_type(headers, "JSON, a form, or multipart/form-data with a file")),
        }
    }
}

impl FromRequest<AppState> for SubmissionRequest {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        SubmissionBody::from_request(request, state).await?.validate()
    }
}

fn read_form(bytes: &[u8]) -> Result<SubmissionBody, AppError> {
    let mut body = SubmissionBody::default();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        body.set(&name, value.into_owned())?;
    }
    Ok(body)
}

async fn read_multipart(request: Request, state: &AppState) -> Result<SubmissionBody, AppError> {
    let mut parts = Multipart::from_request(request, state).await.map_err(|error| AppError::Body(error.body_text()))?;
    let mut body = SubmissionBody::default();
    while let Some(part) = parts.next_field().await.map_err(|error| body_error(error.status(), error.body_text()))? {
        let name = part.name().unwrap_or_default().to_owned();
        // If no file was chosen, browsers send a part with an empty file name.
        let is_file = name == "file" && part.file_name().is_some_and(|file| !file.is_empty());
        let text = read_part(part).await?;
        if is_file {
            if body.from_file {
                return Err(sent_twice("file"));
            }
            (body.transcript, body.from_file) = (Some(text), true);
        } else {
            body.set(&name, text)?;
        }
    }
    Ok(body)
}

async fn read_part(part: Field<'_>) -> Result<String, AppError> {
    let bytes = part.bytes().await.map_err(|error| body_error(error.status(), error.body_text()))?;
    Ok(transcript::decode(&bytes).map_err(SubmitError::from)?)
}

impl SubmissionBody {
    /// Sets a field from a form. Unknown fields are ignored; setting a field twice is an error.
    pub(in crate::http) fn set(&mut self, name: &str, value: String) -> Result<(), AppError> {
        let field = match name {
            "url" => &mut self.url,
            "transcript" | "file" if self.from_file || value.trim().is_empty() => return Ok(()),
            "transcript" | "file" => &mut self.transcript,
            "title" => &mut self.title,
            "channel" => &mut self.channel,
            "channel_url" => &mut self.channel_url,
            "location" => &mut self.location,
            "speaker" => &mut self.speaker,
            "series" => &mut self.series,
            "published_at" => &mut self.published_at,
            _ => return Ok(()),
        };
        if field.as_deref().is_some_and(|first| !first.trim().is_empty()) {
            return Err(sent_twice(name));
        }
        *field = Some(value);
        Ok(())
    }

    /// Adds a caption file. If no title was given, `default_title` is used.
    pub(super) fn with_file(self, transcript: String, default_title: String) -> Result<SubmissionRequest, AppError> {
        let body = Self { transcript: Some(transcript), from_file: true, ..self };
        Ok(match body.validate_transcript()? {
            SubmissionRequest::Transcript(submission) => {
                SubmissionRequest::Transcript(Box::new(Submission { default_title, ..*submission }))
            }
            link @ SubmissionRequest::Link(_) => link,
        })
    }

    /// Validates the details about the sermon, without the transcript.
    pub(in crate::http) fn check_details(&self) -> Result<(), AppError> {
        self.clone().validate_transcript().map(drop)
    }

    /// Validates the fields.
    pub(in crate::http) fn validate(self) -> Result<SubmissionRequest, AppError> {
        let url = self.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        let has_transcript = self.from_file || self.transcript.as_deref().is_some_and(|text| !text.trim().is_empty());
        match url {
            Some(url) if !has_transcript => Ok(SubmissionRequest::Link(parse_video_link(url)?)),
            None if self.transcript.is_none() => Err(AppError::EmptySubmission),
            _ => self.validate_transcript(),
        }
    }

    fn validate_transcript(self) -> Result<SubmissionRequest, AppError> {
        let (video_id, url) = watch_url(self.url.as_deref())?;
        Ok(SubmissionRequest::Transcript(Box::new(Submission {
            video_id,
            source: Some(if self.from_file { SourceKind::Upload } else { SourceKind::Paste }),
            title: check("title", self.title.as_deref(), single_line)?,
            default_title: String::new(),
            channel: check("channel", self.channel.as_deref(), single_line)?,
            url,
            channel_url: check("channel_url", self.channel_url.as_deref(), web_url)?.unwrap_or_default(),
            location: check("location", self.location.as_deref(), single_line)?,
            published_at: check("published_at", self.published_at.as_deref(), date_or_time)?,
            speaker: check("speaker", self.speaker.as_deref(), single_line)?,
            series: check("series", self.series.as_deref(), single_line)?,
            transcript: self.transcript.unwrap_or_default(),
        })))
    }
}

/// Parses the link to a sermon. Returns a YouTube video and its canonical URL, or any other URL without a video.
fn watch_url(value: Option<&str>) -> Result<(Option<VideoId>, Option<String>), AppError> {
    match parse_video_link(value.unwrap_or_default()) {
        Ok(id) => {
            let url = format!("https://www.youtube.com/watch?v={id}");
            Ok((Some(id), Some(url)))
        }
        Err(LinkError { kind: LinkErrorKind::NotYouTube | LinkErrorKind::Empty }) => {
            Ok((None, check("url", value, web_url)?))
        }
        Err(error) => Err(error.into()),
    }
}

/// Validates a value. The error names the field.
fn check<T>(name: &str, value: Option<&str>, check: impl Fn(&str) -> Result<T, InvalidDetail>) -> Result<T, AppError> {
    check(value.unwrap_or_default()).map_err(|error| field(name, error.to_string()))
}

fn sent_twice(name: &str) -> AppError {
    field(name, "sent twice: send it only once".to_owned())
}

fn field(name: &str, reason: String) -> AppError {
    AppError::Field { name: name.to_owned(), reason }
}
