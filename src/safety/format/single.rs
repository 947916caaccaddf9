//! Reads a file with the document of a single sermon, such as the previous system's `LOST_VIDEO_<id>.json`.

use std::{
    collections::HashSet,
    fs::File,
    io::{Read, Seek as _},
};

use serde::Deserialize;

use super::{
    ReadError,
    encoding::decode,
    reader::{OBJECTS_OF_DOCUMENTS, check},
    scanner::Scanner,
};
use crate::domain::VideoId;

/// Prefix of the name of such a file. The ID and `.json` follow.
const LOST_PREFIX: &str = "LOST_VIDEO_";

/// Keys of a document whose values are never objects, unlike the values in a collection.
const OTHER_KEYS: [&str; 8] =
    ["video_id", "title", "channel", "channel_url", "location", "transcript_length", "processed_at", "logs"];

/// Returns whether a file may contain a sermon that could not be saved, judging by its name.
pub fn is_lost_sermon(name: &str) -> bool {
    lost_sermon_id(name).is_some()
}

/// Returns the ID part of such a file's name.
fn lost_sermon_id(name: &str) -> Option<&str> {
    name.strip_prefix(LOST_PREFIX)?.strip_suffix(".json")
}

/// Reads the document in a file that is not a collection, and its ID. Returns `None` if the file may be a collection.
/// Always rewinds the file.
///
/// The ID is the document's `video_id` or, if it has none, the ID in the file name. Blocks.
pub fn read_single_document(mut file: &File, name: &str) -> Result<Option<(VideoId, String)>, ReadError> {
    let document = read(file, name);
    file.rewind()?;
    document
}

fn read(file: impl Read, name: &str) -> Result<Option<(VideoId, String)>, ReadError> {
    // Leave other files to the collection reader, which reports what is wrong with them.
    let Ok(json) = decode(file) else { return Ok(None) };
    let mut json = Scanner::new(json);
    if !is_document(&mut json)? {
        return Ok(None);
    }
    let value = json.value()?.to_owned();
    json.advance();
    json.end()?;
    let id = id(&value, name)?;
    let (id, document) = check(&id, &value, &mut HashSet::new()).map_err(ReadError::Invalid)?;
    Ok(Some((id, document.to_owned())))
}

/// Returns whether the object at the current position is the document of a sermon. Consumes nothing.
fn is_document(json: &mut Scanner<impl Read>) -> Result<bool, ReadError> {
    let mut at = 0;
    let Some(key) = json.first_key_at(&mut at)? else { return Ok(false) };
    if json.byte_at(&mut at)? != Some(b'{') {
        return Ok(OTHER_KEYS.contains(&key.as_str()) || OBJECTS_OF_DOCUMENTS.contains(&key.as_str()));
    }
    if !OBJECTS_OF_DOCUMENTS.contains(&key.as_str()) {
        return Ok(false);
    }
    // A sermon may have the ID `stats`, but then the next key is that of a document.
    Ok(match json.first_key_at(&mut at)? {
        Some(inner) => {
            json.byte_at(&mut at)? != Some(b'{')
                && ![&OTHER_KEYS[..], &OBJECTS_OF_DOCUMENTS].concat().contains(&&*inner)
        }
        None => false,
    })
}

/// Returns the ID of a document, taken from the document or from the file name.
fn id(document: &[u8], name: &str) -> Result<String, ReadError> {
    #[derive(Deserialize)]
    struct WithId {
        video_id: Option<String>,
    }
    let with_id: WithId = serde_json::from_slice(document).map_err(|error| ReadError::Invalid(error.to_string()))?;
    let id = with_id.video_id.or_else(|| lost_sermon_id(name).map(str::to_owned));
    id.ok_or_else(|| {
        let problem = "it is the document of one sermon without a video_id; name the file LOST_VIDEO_<id>.json";
        ReadError::Invalid(problem.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(text: &str, name: &str) -> Result<Option<String>, String> {
        let read = read(text.as_bytes(), name);
        read.map(|found| found.map(|(id, _)| id.to_string())).map_err(|error| error.to_string())
    }

    #[test]
    fn a_document_is_told_from_a_collection_by_its_first_key() {
        let name = "LOST_VIDEO_b47CJlE-ut0.json";
        for text in [
            r#"{"title": "T", "stats": {}}"#,
            r#"{"counts": {"John": 1}, "title": "T"}"#,
            r#"{"positions": null, "title": "T"}"#,
            "\u{feff}{\"logs\": []}",
        ] {
            assert_eq!(single(text, name), Ok(Some("b47CJlE-ut0".to_owned())), "{text}");
        }
        for text in [
            "{}",
            r#"{"b47CJlE-ut0": {"title": "T"}}"#,
            r#"{"title": {"title": "a sermon with this ID"}}"#,
            r#"{"stats": {"title": "a sermon with this ID"}}"#,
            r#"{"success": true, "videos": {}}"#,
            "<html>",
        ] {
            assert_eq!(single(text, name), Ok(None), "{text}");
        }
    }

    #[test]
    fn the_id_in_the_document_comes_before_that_in_the_name() {
        let document = r#"{"video_id": "inside", "title": "T"}"#;
        assert_eq!(single(document, "LOST_VIDEO_outside.json"), Ok(Some("inside".to_owned())));
        assert_eq!(single(document, "any name.json"), Ok(Some("inside".to_owned())));
        let error = single(r#"{"title": "T"}"#, "any name.json").expect_err("no ID");
        assert!(error.contains("LOST_VIDEO_<id>.json"), "{error}");
        assert!(single(r#"{"video_id": "../x"}"#, "x.json").is_err());
        assert!(single(r#"{"title": "cut"#, "LOST_VIDEO_x.json").is_err());
    }
}
