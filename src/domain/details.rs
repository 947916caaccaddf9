//! Validates the details that people enter for a sermon: names, URLs and dates.

use chrono::{DateTime, NaiveDate};
use url::Url;

use super::{EditableField, clean_line};

/// Maximum length of a title, name or location, in characters.
const MAX_TEXT: usize = 500;
/// Maximum length of a URL, in bytes.
const MAX_URL: usize = 2_000;

/// Why a value is invalid. The message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDetail {
    /// The text has too many characters.
    #[error("too long: the limit is {MAX_TEXT} characters")]
    LongText,
    /// The URL has too many bytes.
    #[error("too long: the limit is {MAX_URL} bytes")]
    LongUrl,
    /// The text is not a URL that a page may link to.
    #[error("not a web address: it must start with https:// or http://")]
    NotAWebAddress,
    /// The text is neither a date nor a time.
    #[error("not a date: write it like 2026-05-31, or with a time, like 2026-05-31T10:00:00Z")]
    NotADate,
    /// The title is empty.
    #[error("empty: a sermon needs a title")]
    NoTitle,
}

/// Joins text into one line without control characters, so that it cannot break a table or a header.
pub fn single_line(text: &str) -> Result<String, InvalidDetail> {
    let line = clean_line(text);
    if line.chars().count() <= MAX_TEXT { Ok(line) } else { Err(InvalidDetail::LongText) }
}

/// Parses a URL that pages may link to. `https://` may be omitted. Returns `None` for blank text.
pub fn web_url(text: &str) -> Result<Option<String>, InvalidDetail> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > MAX_URL {
        return Err(InvalidDetail::LongUrl);
    }
    let is_bare = !text.contains(':') && text.contains('.');
    let url = if is_bare { format!("https://{text}") } else { text.to_owned() };
    match Url::parse(&url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url.to_string())),
        _ => Err(InvalidDetail::NotAWebAddress),
    }
}

/// Checks a date or an RFC 3339 time. Returns `None` for blank text.
pub fn date_or_time(text: &str) -> Result<Option<String>, InvalidDetail> {
    let text = text.trim();
    let is_valid = || DateTime::parse_from_rfc3339(text).is_ok() || NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
    match text {
        "" => Ok(None),
        text if is_valid() => Ok(Some(text.to_owned())),
        _ => Err(InvalidDetail::NotADate),
    }
}

impl EditableField {
    /// Validates a value that a person entered for this field. Blank text clears the field, but a title must not be
    /// blank.
    pub fn parse_value(self, text: &str) -> Result<String, InvalidDetail> {
        match self {
            Self::Title if clean_line(text).is_empty() => Err(InvalidDetail::NoTitle),
            Self::Title | Self::Channel | Self::Speaker | Self::Series | Self::Location => single_line(text),
            Self::ChannelUrl | Self::Url => web_url(text).map(Option::unwrap_or_default),
            Self::PublishedAt => date_or_time(text).map(Option::unwrap_or_default),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cleaned_and_checked() {
        let parse = |field: EditableField, text: &str| field.parse_value(text);
        assert_eq!(parse(EditableField::Title, " The\n Sower "), Ok("The Sower".to_owned()));
        assert_eq!(parse(EditableField::Title, " \n"), Err(InvalidDetail::NoTitle));
        assert_eq!(parse(EditableField::Location, " "), Ok(String::new()));
        assert_eq!(parse(EditableField::Speaker, &"x".repeat(501)), Err(InvalidDetail::LongText));
        assert_eq!(parse(EditableField::Url, "example.org/1"), Ok("https://example.org/1".to_owned()));
        assert_eq!(parse(EditableField::Url, "javascript:alert(1)"), Err(InvalidDetail::NotAWebAddress));
        assert_eq!(
            parse(EditableField::ChannelUrl, &format!("https://{}", "x".repeat(2_000))),
            Err(InvalidDetail::LongUrl)
        );
        assert_eq!(parse(EditableField::PublishedAt, "2026-05-31"), Ok("2026-05-31".to_owned()));
        assert_eq!(parse(EditableField::PublishedAt, "May 31"), Err(InvalidDetail::NotADate));
    }
}
