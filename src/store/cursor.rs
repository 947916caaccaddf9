//! Cursors mark where a page of a list ended, so that the next page can continue there.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{InvalidCursor, VideoSort};

/// A position in a list: the sort key of the last sermon on a page, with its ID as the tie-breaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "sort", rename_all = "snake_case")]
pub(super) enum Cursor {
    Newest { at: DateTime<Utc>, id: String },
    Oldest { at: DateTime<Utc>, id: String },
    Manna { manna: i64, id: String },
    Title { title: String, id: String },
    Channel { channel: String, title: String, id: String },
}

impl Cursor {
    /// Encodes the cursor as base64url of JSON. Clients must treat it as opaque.
    pub(super) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("a cursor consists of strings and numbers"))
    }

    /// Decodes a cursor from a list in the same order.
    pub(super) fn parse(text: &str, sort: VideoSort) -> Result<Self, InvalidCursor> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| InvalidCursor)?;
        let (matches, texts) = match &cursor {
            Self::Newest { id, .. } => (sort == VideoSort::Newest, vec![id]),
            Self::Oldest { id, .. } => (sort == VideoSort::Oldest, vec![id]),
            Self::Manna { id, .. } => (sort == VideoSort::Manna, vec![id]),
            Self::Title { title, id } => (sort == VideoSort::Title, vec![title, id]),
            Self::Channel { channel, title, id } => (sort == VideoSort::Channel, vec![channel, title, id]),
        };
        if matches && texts.iter().all(|text| !text.contains('\0')) { Ok(cursor) } else { Err(InvalidCursor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_only_valid_in_its_own_order() {
        let cursor = Cursor::Manna { manna: 7, id: "a".to_owned() };
        assert_eq!(Cursor::parse(&cursor.to_text(), VideoSort::Manna), Ok(cursor.clone()));
        assert_eq!(Cursor::parse(&cursor.to_text(), VideoSort::Title), Err(InvalidCursor));
    }

    #[test]
    fn an_invalid_cursor_is_refused() {
        let nul = Cursor::Title { title: "a\0".to_owned(), id: "a".to_owned() }.to_text();
        for text in ["", "!", "e30", &nul] {
            assert_eq!(Cursor::parse(text, VideoSort::Title), Err(InvalidCursor), "{text:?}");
        }
    }
}
