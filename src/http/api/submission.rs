//! What may be sent to be analyzed: a link, or a transcript with what its sender says about it; in JSON or as a form.

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::Field},
};
use chrono::{DateTime, NaiveDate};
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;

use scripture_detector::transcript;

use crate::{
    domain::{SourceKind, Submission, VideoId},
    http::{
        body::{body_error, content_type, is_json, parse_json, unknown_kind},
        error::AppError,
        state::AppState,
    },
    jobs::SubmitError,
    youtube::{LinkError, LinkProblem, VideoRef},
};

/// Longest title, name or place, in characters.
const MAX_WORDS: usize = 500;
/// Longest address, in bytes.
const MAX_ADDRESS: usize = 2_000;

/// A request to analyze something, checked.
#[derive(Debug)]
pub(crate) enum Sent {
    /// A video of YouTube.
    Link(VideoId),
    /// A transcript.
    Transcript(Box<Submission>),
}

/// A link, or a transcript with what is known of it. Give `url` alone, or `transcript` with the others.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub(crate) struct SubmissionBody {
    /// Address of the video on YouTube; with a transcript, where the sermon can be watched.
    #[schema(example = "https://www.youtube.com/watch?v=sErm0n_Tst1")]
    url: Option<String>,
    /// The captions: JSON3, srv1-3, TTML, WebVTT, SRT, a copied transcript panel, or plain text.
    transcript: Option<String>,
    /// Title of the sermon.
    title: Option<String>,
    /// Name of the church.
    channel: Option<String>,
    /// Address of the church.
    channel_url: Option<String>,
    /// Country or town.
    location: Option<String>,
    /// When the sermon was published: a date, or RFC 3339.
    published_at: Option<String>,
    /// Whether the transcript came as a file.
    #[serde(skip)]
    from_file: bool,
}

/// The same as a form, with the captions as a file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; SubmissionBody reads it")]
pub(crate) struct SubmissionForm {
    /// A caption file.
    #[schema(value_type = String, format = Binary)]
    file: Option<Vec<u8>>,
    /// Everything that the JSON body takes.
    #[serde(flatten)]
    fields: SubmissionBody,
}

impl FromRequest<AppState> for Sent {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let headers = request.headers();
        let body = match content_type(headers).as_str() {
            _ if is_json(headers) => parse_json(&Bytes::from_request(request, state).await?)?,
            "application/x-www-form-urlencoded" => read_form(&Bytes::from_request(request, state).await?)?,
            "multipart/form-data" => read_multipart(request, state).await?,
            _ => return Err(unknown_kind(headers, "JSON, a form, or multipart/form-data with a file")),
        };
        body.check()
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
        // A form whose file was not chosen sends a part without a name or content.
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
    /// Takes a field of a form; those that we do not know are left aside. Of two values neither may be lost in silence.
    fn set(&mut self, name: &str, value: String) -> Result<(), AppError> {
        let field = match name {
            "url" => &mut self.url,
            "transcript" | "file" if self.from_file || value.trim().is_empty() => return Ok(()),
            "transcript" | "file" => &mut self.transcript,
            "title" => &mut self.title,
            "channel" => &mut self.channel,
            "channel_url" => &mut self.channel_url,
            "location" => &mut self.location,
            "published_at" => &mut self.published_at,
            _ => return Ok(()),
        };
        if field.as_deref().is_some_and(|first| !first.trim().is_empty()) {
            return Err(sent_twice(name));
        }
        *field = Some(value);
        Ok(())
    }

    fn check(self) -> Result<Sent, AppError> {
        let url = self.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        let has_words = self.from_file || self.transcript.as_deref().is_some_and(|text| !text.trim().is_empty());
        match url {
            Some(url) if !has_words => Ok(Sent::Link(VideoRef::parse(url)?)),
            None if self.transcript.is_none() => Err(AppError::NothingSent),
            _ => self.check_transcript(),
        }
    }

    fn check_transcript(self) -> Result<Sent, AppError> {
        let (video_id, url) = watch_address(self.url.as_deref())?;
        Ok(Sent::Transcript(Box::new(Submission {
            video_id,
            source: Some(if self.from_file { SourceKind::Upload } else { SourceKind::Paste }),
            title: words("title", self.title)?,
            channel: words("channel", self.channel)?,
            url,
            channel_url: address("channel_url", self.channel_url.as_deref())?.unwrap_or_default(),
            location: words("location", self.location)?,
            published_at: moment("published_at", self.published_at)?,
            transcript: self.transcript.unwrap_or_default(),
        })))
    }
}

/// Where a sermon can be watched: the video and its address on YouTube, or an address elsewhere.
fn watch_address(value: Option<&str>) -> Result<(Option<VideoId>, Option<String>), AppError> {
    match VideoRef::parse(value.unwrap_or_default()) {
        Ok(id) => {
            let url = format!("https://www.youtube.com/watch?v={id}");
            Ok((Some(id), Some(url)))
        }
        Err(LinkError { why: LinkProblem::NotYouTube | LinkProblem::Empty }) => Ok((None, address("url", value)?)),
        Err(error) => Err(error.into()),
    }
}

/// Words on one line, without control characters: no table or header is broken by a title.
fn words(name: &str, value: Option<String>) -> Result<String, AppError> {
    let is_gap = |letter: char| letter.is_whitespace() || letter.is_control();
    let value = value.unwrap_or_default();
    let value = value.split(is_gap).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if value.chars().count() <= MAX_WORDS {
        Ok(value)
    } else {
        Err(field(name, format!("too long: at most {MAX_WORDS} characters are taken")))
    }
}

/// An address that a page may link to; `https://` may be missing.
fn address(name: &str, value: Option<&str>) -> Result<Option<String>, AppError> {
    let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else { return Ok(None) };
    if value.len() > MAX_ADDRESS {
        return Err(field(name, format!("too long: at most {MAX_ADDRESS} bytes are taken")));
    }
    let is_bare = !value.contains(':') && value.contains('.');
    let address = if is_bare { format!("https://{value}") } else { value.to_owned() };
    match Url::parse(&address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url.to_string())),
        _ => Err(field(name, "not an address: it must begin with https:// or http://".to_owned())),
    }
}

/// A date or a time.
fn moment(name: &str, value: Option<String>) -> Result<Option<String>, AppError> {
    let Some(value) = value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    if DateTime::parse_from_rfc3339(&value).is_ok() || NaiveDate::parse_from_str(&value, "%Y-%m-%d").is_ok() {
        Ok(Some(value))
    } else {
        Err(field(name, "not a date: write 2026-05-31, or RFC 3339".to_owned()))
    }
}

fn sent_twice(name: &str) -> AppError {
    field(name, "sent twice: send it once".to_owned())
}

fn field(name: &str, reason: String) -> AppError {
    AppError::Field { name: name.to_owned(), reason }
}
