//! A fake S3 server. It keeps objects in memory, verifies signatures with its own code, and can be told to misbehave.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use hmac::{Hmac, Mac as _};
use mannameter::{
    clock::{Clock as _, SystemClock},
    safety::OffsiteSettings,
};
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};
use tokio_util::task::TaskTracker;

const KEY_ID: &str = "AKIDSTANDIN";
const SECRET: &str = "a/secret+of the stand-in";
const REGION: &str = "eu-test-7";
const BUCKET: &str = "manna";

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Works correctly.
    Normal,
    /// Responds to every request with 503.
    Unavailable,
    /// Handles requests, but drops the connection in the middle of each response.
    Disconnecting,
    /// Delays each response.
    Slow(Duration),
    /// Reports success, but changes a byte of each object of more than 100 bytes.
    Corrupting,
    /// Accepts parts, but loses them on completion: responds with status 200 and an error in the body.
    LosingParts,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) behavior: Behavior,
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, BTreeMap<u16, Vec<u8>>>,
    /// Method and path of each request.
    pub(crate) requests: Vec<String>,
    pub(crate) longest_body: usize,
}

/// A server on its own port.
#[derive(Debug, Clone)]
pub(crate) struct S3 {
    inner: Arc<Mutex<Inner>>,
    address: SocketAddr,
}

impl S3 {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner = Inner {
            behavior: Behavior::Normal,
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
            requests: Vec::new(),
            longest_body: 0,
        };
        let this = Self { inner: Arc::new(Mutex::new(inner)), address };
        let router = Router::new().fallback(respond).layer(DefaultBodyLimit::disable()).with_state(this.clone());
        TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
        this
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no thread panics while it holds the lock")
    }

    pub(crate) fn set_behavior(&self, behavior: Behavior) {
        self.inner().behavior = behavior;
    }

    /// Returns the names of the objects in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        self.inner().objects.keys().map(|key| key.strip_prefix("church/one/").expect("the folder").to_owned()).collect()
    }

    pub(crate) fn settings(&self) -> OffsiteSettings {
        OffsiteSettings {
            url: format!("s3://{BUCKET}/church/one"),
            endpoint: Some(format!("http://{}", self.address)),
            region: REGION.to_owned(),
            key_id: KEY_ID.to_owned(),
            secret: SECRET.into(),
        }
    }

    /// Returns the settings as environment variables.
    pub(crate) fn environment(&self) -> [(&'static str, String); 5] {
        let OffsiteSettings { url, endpoint, region, key_id, .. } = self.settings();
        [
            ("BACKUP_STORE_URL", url),
            ("BACKUP_STORE_ENDPOINT", endpoint.expect("an endpoint")),
            ("AWS_REGION", region),
            ("AWS_ACCESS_KEY_ID", key_id),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }
}

async fn respond(State(s3): State<S3>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(reason) = verify_signature(&method, &uri, &headers) {
        return error(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", &reason);
    }
    let behavior = s3.inner().behavior;
    if let Behavior::Slow(time) = behavior {
        tokio::time::sleep(time).await;
    }
    if behavior == Behavior::Unavailable {
        return error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "come back later");
    }
    let response = handle(&s3, &method, &uri, &headers, &body);
    if behavior == Behavior::Disconnecting {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("in memory");
        let half = bytes.slice(..bytes.len() / 2);
        let pieces = [Ok(half), Err(std::io::Error::other("cut"))];
        return Response::from_parts(parts, Body::from_stream(stream::iter(pieces)));
    }
    response
}

fn handle(s3: &S3, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Response {
    let query = query(uri);
    let mut inner = s3.inner();
    inner.requests.push(format!("{method} {}", uri.path()));
    inner.longest_body = inner.longest_body.max(body.len());
    let path = percent_decode_str(uri.path()).decode_utf8().expect("UTF-8").into_owned();
    let Some(key) = path.strip_prefix(&format!("/{BUCKET}/")).map(str::to_owned) else {
        return error(StatusCode::NOT_FOUND, "NoSuchBucket", &path);
    };
    if *method != Method::GET && *method != Method::DELETE && !headers.contains_key("content-length") {
        return error(StatusCode::LENGTH_REQUIRED, "MissingContentLength", "no length");
    }
    let etag = |bytes: &[u8]| format!("\"{}\"", &hex::encode(Sha256::digest(bytes))[..32]);
    let upload = query.get("uploadId").cloned();
    match (method.as_str(), upload) {
        ("GET", None) if key.is_empty() => list(&inner, &query),
        ("GET", None) => match inner.objects.get(&key) {
            Some(bytes) => bytes.clone().into_response(),
            None => error(StatusCode::NOT_FOUND, "NoSuchKey", &key),
        },
        ("PUT", None) => {
            let tag = etag(body);
            store(&mut inner, key, body.to_vec());
            [("etag", tag)].into_response()
        }
        ("POST", None) if query.contains_key("uploads") => {
            let id = format!("upload-{}+/{}", inner.uploads.len(), key.len());
            inner.uploads.insert(id.clone(), BTreeMap::new());
            xml(&format!(
                "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>{BUCKET}</Bucket>\
                 <Key>{key}</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            ))
        }
        ("PUT", Some(id)) => {
            let number: u16 = query["partNumber"].parse().expect("a number");
            let tag = etag(body);
            let Some(parts) = inner.uploads.get_mut(&id) else {
                return error(StatusCode::NOT_FOUND, "NoSuchUpload", &id);
            };
            parts.insert(number, body.to_vec());
            [("etag", tag)].into_response()
        }
        ("POST", Some(id)) => {
            let Some(parts) = inner.uploads.remove(&id) else {
                return error(StatusCode::NOT_FOUND, "NoSuchUpload", &id);
            };
            let body = String::from_utf8(body.to_vec()).expect("XML");
            let count = parts.len();
            for (index, (number, part)) in parts.iter().enumerate() {
                let is_last = index + 1 == count;
                if (part.len() < 5 * 1024 * 1024 && !is_last)
                    || !body.contains(&format!("<PartNumber>{number}</PartNumber>"))
                    || !body.contains(etag(part).trim_matches('"'))
                {
                    return error(StatusCode::BAD_REQUEST, "InvalidPart", &number.to_string());
                }
            }
            if inner.behavior == Behavior::LosingParts {
                return xml("<Error><Code>InternalError</Code><Message>it got lost</Message></Error>");
            }
            store(&mut inner, key.clone(), parts.into_values().flatten().collect());
            xml(&format!(
                "<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Location>here</Location>\
                 <Bucket>{BUCKET}</Bucket><Key>{key}</Key><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>"
            ))
        }
        ("DELETE", Some(id)) => {
            inner.uploads.remove(&id);
            StatusCode::NO_CONTENT.into_response()
        }
        ("DELETE", None) => {
            inner.objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", method.as_str()),
    }
}

fn store(inner: &mut Inner, key: String, mut bytes: Vec<u8>) {
    if inner.behavior == Behavior::Corrupting && bytes.len() > 100 {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    }
    inner.objects.insert(key, bytes);
}

/// Lists two objects per page, so that clients have to request the next page.
fn list(inner: &Inner, query: &BTreeMap<String, String>) -> Response {
    assert_eq!(query["list-type"], "2");
    let (prefix, after) = (&query["prefix"], query.get("continuation-token").cloned().unwrap_or_default());
    let mut found = inner.objects.iter().filter(|(key, _)| key.starts_with(prefix) && **key > after);
    let mut contents = String::new();
    let mut last = String::new();
    for (key, bytes) in found.by_ref().take(2) {
        let shown = percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC);
        write!(contents, "<Contents><Key>{shown}</Key><LastModified>2026-05-31T10:00:00.000Z</LastModified><ETag>\"x\"</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>", bytes.len()).expect("a String");
        last.clone_from(key);
    }
    let more = found.next().is_some();
    let next = if more { format!("<NextContinuationToken>{last}</NextContinuationToken>") } else { String::new() };
    xml(&format!(
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{BUCKET}</Name><Prefix>{prefix}</Prefix>\
         <KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><EncodingType>url</EncodingType><IsTruncated>{more}</IsTruncated>{next}{contents}</ListBucketResult>"
    ))
}

fn xml(body: &str) -> Response {
    ([("content-type", "application/xml")], format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}"))
        .into_response()
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    (status, xml(&format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))).into_response()
}

/// Decodes the query.
fn query(uri: &Uri) -> BTreeMap<String, String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned();
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// Verifies a Signature Version 4 in the query string, as described in the AWS documentation.
fn verify_signature(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), String> {
    let mut query = query(uri);
    let given = query.remove("X-Amz-Signature").ok_or("no signature")?;
    if query.get("X-Amz-Algorithm").map(String::as_str) != Some("AWS4-HMAC-SHA256") {
        return Err("wrong algorithm".to_owned());
    }
    let (time, scope) = (query["X-Amz-Date"].clone(), query["X-Amz-Credential"].clone());
    let day = time.get(..8).ok_or("no date")?.to_owned();
    if scope != format!("{KEY_ID}/{day}/{REGION}/s3/aws4_request") {
        return Err(format!("wrong scope: {scope}"));
    }
    let at =
        chrono::NaiveDateTime::parse_from_str(&time, "%Y%m%dT%H%M%SZ").map_err(|error| error.to_string())?.and_utc();
    let valid: i64 = query["X-Amz-Expires"].parse().map_err(|_| "no expiry")?;
    let age = (SystemClock.now() - at).num_seconds();
    if !(-60..=valid).contains(&age) {
        return Err(format!("signed {age} s ago"));
    }
    let signed_headers = query["X-Amz-SignedHeaders"].clone();
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").trim().to_owned();
    let lines: Vec<_> = signed_headers.split(';').map(|name| format!("{name}:{}\n", value(name))).collect();
    let canonical_headers = lines.concat();
    if !signed_headers.split(';').any(|name| name == "host") {
        return Err("the host is not signed".to_owned());
    }
    // Sorted by their encoded form.
    let mut pairs: Vec<_> = query.iter().map(|(name, value)| (encoded(name, true), encoded(value, true))).collect();
    pairs.sort();
    let canonical_query = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let path = percent_decode_str(uri.path()).decode_utf8().map_err(|error| error.to_string())?.into_owned();
    let request = format!(
        "{method}\n{}\n{canonical_query}\n{canonical_headers}\n{signed_headers}\nUNSIGNED-PAYLOAD",
        encoded(&path, false)
    );
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{time}\n{day}/{REGION}/s3/aws4_request\n{}",
        hex::encode(Sha256::digest(request.as_bytes()))
    );
    let key = [day.as_str(), REGION, "s3", "aws4_request"]
        .iter()
        .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part.as_bytes()));
    let expected = hex::encode(mac(&key, to_sign.as_bytes()));
    if expected == given { Ok(()) } else { Err("the signature is wrong".to_owned()) }
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// `UriEncode` from the AWS documentation: encodes everything except unreserved characters, and slashes if `slash` is
/// set.
fn encoded(text: &str, slash: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            b'/' if !slash => "/".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
