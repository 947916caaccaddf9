//! Tests of the reader and the writer together.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use super::*;
use crate::domain::{Sha256, VideoId};

fn written(documents: &[(&str, &str)]) -> WrittenCollection<Vec<u8>, Vec<u8>> {
    let mut writer = CollectionWriter::new(Vec::new(), Vec::new());
    for (id, document) in documents {
        writer.document(&VideoId::parse(id).unwrap(), document, &Sha256::digest(document.as_bytes())).unwrap();
    }
    writer.finish().unwrap()
}

fn read(file: &[u8]) -> Result<(Vec<(String, String)>, Contents), ReadError> {
    let mut documents = Vec::new();
    let contents = read_documents(file, |id, document, _| {
        documents.push((id.to_string(), document.to_owned()));
        Ok(())
    })?;
    Ok((documents, contents))
}

fn read_error(file: &[u8]) -> String {
    read(file).unwrap_err().to_string()
}

#[test]
fn both_files_have_the_same_content_and_correct_checksums() {
    let written = written(&[("a", r#"{"title":"é"}"#), ("b-_", "{}")]);
    assert_eq!(String::from_utf8_lossy(&written.json), "{\n\"a\":{\"title\":\"é\"},\n\"b-_\":{}\n}\n");
    assert_eq!(STANDARD.decode(&written.b64).unwrap(), written.json);
    assert_eq!(written.json_checksum.bytes, written.json.len() as u64);
    assert_eq!(written.json_checksum.sha256, Sha256::digest(&written.json));
    assert_eq!(written.b64_checksum.bytes, written.b64.len() as u64);
    assert_eq!(written.b64_checksum.sha256, Sha256::digest(&written.b64));
}

#[test]
fn an_empty_collection_is_an_empty_object() {
    let written = written(&[]);
    assert_eq!(written.json, b"{}\n");
    for file in [&written.json, &written.b64] {
        assert_eq!(read(file).unwrap(), (Vec::new(), Contents::default()));
    }
}

#[test]
fn base64_may_be_wrapped_and_json_indented() {
    let json = "\n {\n  \"a\" : { \"b\" : [ 1 ] } \n}\n";
    let wrapped: Vec<u8> =
        STANDARD.encode(json).into_bytes().chunks(7).flat_map(|line| [line, b"\r\n"].concat()).collect();
    for file in [json.as_bytes(), &wrapped] {
        assert_eq!(read(file).unwrap().0, [("a".to_owned(), "{ \"b\" : [ 1 ] }".to_owned())]);
    }
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let written = written(&[("a", r#"{"title":"x","n":[1,2]}"#), ("b", "{}")]);
    for file in [written.json.trim_ascii_end(), &written.b64[..]] {
        for length in 0..file.len() {
            // The last bytes of the base64 contain only the newline after the object.
            let complete = STANDARD.decode(&file[..length]).is_ok_and(|json| json.trim_ascii_end().ends_with(b"\n}"));
            assert_eq!(read(&file[..length]).is_ok(), complete, "{length} of {}", file.len());
        }
    }
}

#[test]
fn files_that_are_not_collections_are_refused_with_a_reason() {
    for (file, reason) in [
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("[]", "neither JSON nor complete base64"),
        ("<html>", "an HTML page"),
        (r#"{"a":null}"#, "the document of a: a document must be an object"),
        (r#"{"success":false,"error":"down"}"#, "does not report success"),
        (r#"{"../x":{}}"#, "not a video ID"),
        (r#"{"a":{},"a":{}}"#, "the sermon a occurs twice"),
        (r#"{"a":{"k":1,"k":2}}"#, r#"the document of a: the key "k" occurs twice"#),
        (r#"{"a":[]}"#, "must be an object"),
        (r#"{"a":{}} {}"#, "trailing characters"),
        ("{\"a\":{\"k\":\"\u{1}\"}}", "control character"),
    ] {
        let error = read_error(file.as_bytes());
        assert!(error.contains(reason), "{file:?}: {error}");
    }
    assert!(read_error(b"{\"a\":{\"k\":\"\xff\"}}").contains("not a collection"));
}

#[test]
fn a_response_of_the_export_route_is_a_collection_too() {
    let ids = |file: &str| -> Result<Vec<String>, ReadError> {
        Ok(read(file.as_bytes())?.0.into_iter().map(|(id, _)| id).collect())
    };
    let two: Vec<String> = vec!["a".to_owned(), "videos".to_owned()];
    for file in [
        r#"{"success":true,"videos":{"a":{"title":"A"},"videos":{}},"count":2}"#,
        r#"{"count": 2, "success": true, "videos": {"a": {}, "videos": {}}}"#,
        "{\"videos\":{\"a\":{},\"videos\":{}},\n\"success\":true}",
        // A collection of sermons with these IDs is not a response.
        r#"{"a":{"success":true},"videos":{"title":"V","stats":{}}}"#,
    ] {
        assert_eq!(ids(file).unwrap(), two, "{file}");
        assert_eq!(ids(&STANDARD.encode(file)).unwrap(), two, "{file}");
    }
    for sermon in [r#"{"videos":{"title":"V"}}"#, r#"{"videos":{"stats":{}}}"#, r#"{"count":{"title":"C"}}"#] {
        assert_eq!(ids(sermon).unwrap().len(), 1, "{sermon}");
    }
    assert_eq!(ids(r#"{"videos":{},"success":true}"#).unwrap(), [""; 0]);
}

#[test]
fn documents_that_are_not_valid_can_be_skipped_and_are_named() {
    let file =
        r#"{"a":{},"b":null,"c":[{"x":"]"}],"d":"text","../e":{},"f":{"k":1,"k":2},"a":{"again":1},"g":{"ok":1}}"#;
    for file in [file.to_owned(), format!(r#"{{"success":true,"count":8,"videos":{file}}}"#)] {
        let (mut ids, mut reasons) = (Vec::new(), Vec::new());
        let each = |id: VideoId, _: &str, _: &Sha256| {
            ids.push(id.to_string());
            Ok(())
        };
        let contents = read_valid_documents(file.as_bytes(), each, |reason| reasons.push(reason)).unwrap();
        assert_eq!((ids.join(" ").as_str(), contents.count), ("a g", 2));
        let all = reasons.join("; ");
        for named in ["of b: a document must be", "of c:", "of d:", "../e", "of f: the key \"k\"", "a occurs twice"] {
            assert!(all.contains(named), "{named}: {all}");
        }
        assert_eq!(reasons.len(), 6);
    }
}

#[test]
fn the_beginning_of_a_file_tells_whether_it_may_be_a_collection() {
    for file in [r#"{"a":{"cut"#, "{}", " {\"a\" : {", r#"{"success":true,"videos""#, &STANDARD.encode(r#"{"a":{}}"#)] {
        assert_eq!(why_not_a_collection(file.as_bytes()), None, "{file}");
    }
    for (file, reason) in [
        ("", "empty"),
        (r#"{"version":1}"#, "must be an object"),
        (r#"{"../x":{}}"#, "not a video ID"),
        ("[1]", "neither JSON nor"),
        ("hello", "neither JSON nor"),
    ] {
        let found = why_not_a_collection(file.as_bytes()).unwrap();
        assert!(found.contains(reason), "{file}: {found}");
    }
}

#[test]
fn a_response_is_read_in_any_order_and_refused_if_it_is_incomplete() {
    let read = |response: &str| {
        let mut ids = Vec::new();
        read_export_response(response.as_bytes(), |id, _, _| {
            ids.push(id.to_string());
            Ok(())
        })
        .map(|contents| (ids, contents.count))
    };
    let complete = r#"{"success":true,"videos":{"a":{},"count":{"success":1}},"count":2}"#;
    for response in [
        complete,
        "{ \"count\" : 2 , \"message\": \"x, }\",\n \"success\" : true,\"videos\":{\"a\":{},\"count\":{}} }\n",
    ] {
        assert_eq!(read(response).unwrap(), (vec!["a".to_owned(), "count".to_owned()], 2));
    }
    assert_eq!(read(r#"{"success":true,"videos":{}}"#).unwrap().1, 0);
    for length in 0..complete.len() {
        assert!(read(&complete[..length]).is_err(), "{length}");
    }
    for (response, reason) in [
        ("[]", "expected \"{\""),
        ("{}", "expected a key"),
        (r#"{"success":false,"videos":{}}"#, "does not report success"),
        (r#"{"videos":{}}"#, "does not report success"),
        (r#"{"success":true}"#, "\"videos\" is missing"),
        (r#"{"success":true,"videos":{},"videos":{}}"#, "twice"),
        (r#"{"success":true,"videos":{"a":{}},"count":2}"#, "the number of \"videos\" is 1, but \"count\" is 2"),
        (r#"{"success":true,"videos":[]}"#, "expected"),
        (r#"{"success":true,"more":[],"videos":{}}"#, "expected a value"),
        (complete.replace("{}", "{\"k\":1,\"k\":1}").as_str(), "occurs twice"),
        (format!("{complete}x").as_str(), "trailing"),
    ] {
        let error = read(response).unwrap_err().to_string();
        assert!(error.contains(reason), "{response}: {error}");
    }
}

#[test]
fn deep_nesting_is_refused_at_any_depth() {
    for depth in [MAX_DEPTH, 1_000_000] {
        let file = format!("{{\"a\":{}{{}}{}}}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(read_error(file.as_bytes()).contains("nested deeper than 64"));
    }
}

#[test]
fn an_endless_document_is_refused_before_it_fills_the_memory() {
    let endless = |start: &'static str| std::io::Read::chain(start.as_bytes(), std::io::repeat(b'x'));
    for start in ["{\"a\":{\"k\":\"", "{\"", "{\"a\":{\"k\":\"\"},\""] {
        let error = read_documents(endless(start), |_, _, _| Ok(())).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge(_)), "{error}");
    }
    let longest = format!("{{\"a\":{{\"k\":\"{}\"}}}}", "x".repeat(MAX_DOCUMENT_BYTES - 8));
    assert_eq!(read(longest.as_bytes()).unwrap().1.count, 1);
    let too_long = format!("{{\"a\":{{\"k\":\"{}\"}}}}", "x".repeat(MAX_DOCUMENT_BYTES - 7));
    assert!(matches!(read(too_long.as_bytes()), Err(ReadError::TooLarge(_))));
}

#[test]
fn an_error_of_the_callback_stops_the_reader_and_is_returned() {
    let error = read_documents(&b"{\"a\":{}}"[..], |_, _, _| Err("enough".into())).unwrap_err();
    assert_eq!(error.to_string(), "stopped: enough");
}

#[test]
fn legacy_files_are_read() {
    let shared = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/fixtures/legacy"));
    let mut files =
        vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/legacy_shapes.json.b64")];
    if let Ok(entries) = std::fs::read_dir(shared) {
        files.extend(
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "b64")),
        );
    }
    for path in files {
        let contents = read_documents(std::fs::File::open(&path).unwrap(), |id, document, _| {
            crate::domain::Document::from_legacy(id.as_str(), serde_json::from_str(document)?)?;
            Ok(())
        });
        assert!(contents.unwrap_or_else(|error| panic!("{}: {error}", path.display())).count > 0);
    }
}

proptest! {
    #[test]
    fn a_collection_survives_the_round_trip_byte_for_byte(
        texts in prop::collection::btree_map("[A-Za-z0-9_-]{1,20}", any::<String>(), 0..8)
    ) {
        let documents: Vec<(String, String)> =
            texts.into_iter().map(|(id, text)| (id, serde_json::json!({ "text": text }).to_string())).collect();
        let borrowed: Vec<_> = documents.iter().map(|(id, document)| (id.as_str(), document.as_str())).collect();
        let written = written(&borrowed);
        for file in [&written.json, &written.b64] {
            let (read, contents) = read(file).unwrap();
            prop_assert_eq!(&read, &documents);
            prop_assert_eq!(contents, written.contents);
        }
    }
}
