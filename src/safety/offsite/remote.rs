//! A client for S3-compatible storage: writes, reads, lists and removes objects in one folder of a bucket.
//!
//! `rusty-s3` signs the requests (Signature Version 4), and `reqwest` sends them. Signed URLs grant access, so they
//! never appear in errors.

use std::{
    fs::File,
    io::{self, Read},
    pin::pin,
    time::Duration,
};

use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use reqwest::{Method, Response, StatusCode, header::CONTENT_LENGTH};
use rusty_s3::{
    S3Action,
    actions::{CreateMultipartUpload, ListObjectsV2},
};
use sha2::{Digest as _, Sha256 as Hasher};
use tokio_util::bytes::Bytes;
use url::Url;

use super::settings::{BucketFolder, OffsiteSettings, OffsiteSettingsError};
use crate::{blocking::blocking, domain::Sha256, safety::FileChecksum, tls};

/// How long a signed URL is valid. Each URL is used immediately.
const SIGNATURE_LIFETIME: Duration = Duration::from_secs(600);
/// Maximum time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time without receiving a byte from the store.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum time for a request with a body: enough for a part of 16 MB at 140 KB/s.
const SEND_TIMEOUT: Duration = Duration::from_secs(120);

/// Size of the parts of a large file. Stores require at least 5 MB. Only one part is in memory at a time.
pub(super) const PART_BYTES: u64 = 16 * 1024 * 1024;
/// Maximum size of an XML response.
const MAX_XML_BYTES: usize = 16 * 1024 * 1024;

/// Why a request to the store failed.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The store could not be reached, or the connection was lost.
    #[error("the offsite store does not respond: {0}")]
    Connection(String),
    /// The store returned an error.
    #[error("the offsite store refused ({status}) to {action}: {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The requested action.
        action: String,
        /// The store's error message, shortened.
        reason: String,
    },
    /// The store returned an unexpected response.
    #[error("the offsite store returned an unexpected response: {0}")]
    InvalidResponse(String),
    /// The local file could not be read.
    #[error("could not read the file to copy: {0}")]
    Io(#[from] io::Error),
}

/// A client for one folder of a bucket.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    http: reqwest::Client,
    folder: BucketFolder,
}

impl Remote {
    pub(super) fn new(settings: &OffsiteSettings) -> Result<Self, OffsiteSettingsError> {
        let folder = BucketFolder::new(settings)?;
        let failed = |error: String| OffsiteSettingsError::Connection(error);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client().map_err(|error| failed(error.to_string()))?)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .no_proxy()
            .build()
            .map_err(|error| failed(error.without_url().to_string()))?;
        Ok(Self { http, folder })
    }

    /// Returns the names and sizes of all objects in the folder.
    pub(super) async fn list(&self) -> Result<Vec<(String, u64)>, RemoteError> {
        let (mut found, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut action = self.folder.bucket.list_objects_v2(Some(&self.folder.credentials));
            action.with_prefix(self.folder.prefix.as_str());
            if let Some(token) = token.take() {
                action.with_continuation_token(token);
            }
            let response = self.send(Method::GET, action.sign(SIGNATURE_LIFETIME), None, "list the objects").await?;
            let listed = ListObjectsV2::parse_response(&text(response).await?)
                .map_err(|error| RemoteError::InvalidResponse(error.to_string()))?;
            for object in listed.contents {
                // Skip objects in subfolders, which are not ours.
                let name = object.key.strip_prefix(&self.folder.prefix).filter(|name| !name.contains('/'));
                if let Some(name) = name {
                    found.push((name.to_owned(), object.size.unwrap_or_default()));
                }
            }
            match listed.next_continuation_token {
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Writes an object, replacing an existing one.
    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), RemoteError> {
        let key = self.key(name);
        let url = self.folder.bucket.put_object(Some(&self.folder.credentials), &key).sign(SIGNATURE_LIFETIME);
        self.send(Method::PUT, url, Some(bytes), &format!("store {name}")).await.map(drop)
    }

    /// Writes a file, in parts if it is large. Memory use does not depend on the size of the file.
    pub(super) async fn put_file(&self, name: &str, file: File, bytes: u64) -> Result<(), RemoteError> {
        let (mut file, first) = read_part(file).await?;
        if bytes <= PART_BYTES {
            return self.put(name, first).await;
        }
        let (key, credentials) = (self.key(name), Some(&self.folder.credentials));
        let url = self.folder.bucket.create_multipart_upload(credentials, &key).sign(SIGNATURE_LIFETIME);
        let created = self.send(Method::POST, url, Some(Vec::new()), &format!("begin storing {name}")).await?;
        let upload = CreateMultipartUpload::parse_response(&text(created).await?)
            .map_err(|error| RemoteError::InvalidResponse(error.to_string()))?;
        let (mut part, mut etags) = (first, Vec::new());
        let sent = async {
            while !part.is_empty() {
                let number = u16::try_from(etags.len() + 1).map_err(io::Error::other)?;
                let action = self.folder.bucket.upload_part(credentials, &key, number, upload.upload_id());
                let (url, body) = (action.sign(SIGNATURE_LIFETIME), std::mem::take(&mut part));
                let response =
                    self.send(Method::PUT, url, Some(body), &format!("store part {number} of {name}")).await?;
                let etag = response.headers().get("etag").and_then(|etag| etag.to_str().ok());
                let missing = || RemoteError::InvalidResponse("a part has no ETag".to_owned());
                etags.push(etag.ok_or_else(missing)?.to_owned());
                (file, part) = read_part(file).await?;
            }
            let etags = etags.iter().map(String::as_str);
            let action = self.folder.bucket.complete_multipart_upload(credentials, &key, upload.upload_id(), etags);
            let (url, body) = (action.sign(SIGNATURE_LIFETIME), action.body().into_bytes());
            let response = self.send(Method::POST, url, Some(body), &format!("complete {name}")).await?;
            // The store may send status 200 before it knows the result, and report an error after that.
            let body = text(response).await?;
            if body.contains("<CompleteMultipartUploadResult") {
                Ok(())
            } else {
                Err(RemoteError::InvalidResponse(summarize(&body)))
            }
        }
        .await;
        if sent.is_err() {
            // The parts of an incomplete upload cost money.
            let action = self.folder.bucket.abort_multipart_upload(credentials, &key, upload.upload_id());
            let url = action.sign(SIGNATURE_LIFETIME);
            if let Err(error) = self.send(Method::DELETE, url, None, "discard the parts").await {
                tracing::warn!(%error, name, "could not discard the parts of an incomplete copy");
            }
        }
        sent
    }

    /// Streams an object. Returns `None` if it does not exist.
    pub(super) async fn get(
        &self,
        name: &str,
    ) -> Result<Option<impl Stream<Item = Result<Bytes, RemoteError>> + Send + use<>>, RemoteError> {
        let key = self.key(name);
        let url = self.folder.bucket.get_object(Some(&self.folder.credentials), &key).sign(SIGNATURE_LIFETIME);
        match self.send(Method::GET, url, None, &format!("return {name}")).await {
            Ok(response) => Ok(Some(response.bytes_stream().map_err(connection_error))),
            Err(RemoteError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads at most `limit` bytes of an object. Returns `None` if it does not exist.
    pub(super) async fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, RemoteError> {
        let Some(stream) = self.get(name).await? else { return Ok(None) };
        let (mut stream, mut bytes) = (pin!(stream), Vec::new());
        while let Some(chunk) = stream.next().await {
            bytes.extend_from_slice(&chunk?);
            if bytes.len() > limit {
                bytes.truncate(limit);
                break;
            }
        }
        Ok(Some(bytes))
    }

    /// Reads an object in full and returns its checksum, or `None` if it does not exist.
    pub(super) async fn checksum(&self, name: &str) -> Result<Option<FileChecksum>, RemoteError> {
        let Some(stream) = self.get(name).await? else { return Ok(None) };
        let (mut stream, mut hasher, mut bytes) = (pin!(stream), Hasher::new(), 0);
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            hasher.update(&chunk);
            bytes += chunk.len() as u64;
        }
        Ok(Some(FileChecksum { bytes, sha256: Sha256::from_bytes(hasher.finalize().into()) }))
    }

    /// Removes an object. Succeeds if it does not exist.
    pub(super) async fn remove(&self, name: &str) -> Result<(), RemoteError> {
        let key = self.key(name);
        let url = self.folder.bucket.delete_object(Some(&self.folder.credentials), &key).sign(SIGNATURE_LIFETIME);
        match self.send(Method::DELETE, url, None, &format!("remove {name}")).await {
            Err(RemoteError::Refused { status: 404, .. }) => Ok(()),
            result => result.map(drop),
        }
    }

    /// Returns the URL of the folder, without credentials.
    pub(super) fn url(&self) -> String {
        format!("s3://{}/{}", self.folder.bucket.name(), self.folder.prefix.trim_end_matches('/'))
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.folder.prefix)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<Vec<u8>>,
        action: &str,
    ) -> Result<Response, RemoteError> {
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            // Stores require a length even for an empty body, but `reqwest` would omit it.
            request = request.header(CONTENT_LENGTH, body.len()).timeout(SEND_TIMEOUT).body(body);
        }
        let response = request.send().await.map_err(connection_error)?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let reason =
            if status == StatusCode::NOT_FOUND { String::new() } else { text(response).await.unwrap_or_default() };
        Err(RemoteError::Refused { status: status.as_u16(), action: action.to_owned(), reason: summarize(&reason) })
    }
}

/// Reads the next part of a file. An empty part marks the end of the file.
async fn read_part(mut file: File) -> io::Result<(File, Vec<u8>)> {
    blocking(move || {
        let mut part = Vec::new();
        (&mut file).take(PART_BYTES).read_to_end(&mut part)?;
        Ok((file, part))
    })
    .await
}

async fn text(mut response: Response) -> Result<String, RemoteError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(connection_error)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_XML_BYTES {
            return Err(RemoteError::InvalidResponse("it is too long".to_owned()));
        }
    }
    String::from_utf8(bytes).map_err(|error| RemoteError::InvalidResponse(error.to_string()))
}

/// Converts an error from `reqwest` without its URL.
fn connection_error(error: reqwest::Error) -> RemoteError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        reason = format!("{reason}: {inner}");
        cause = inner.source();
    }
    RemoteError::Connection(reason)
}

/// Returns the code and message of an XML error, or the start of any other response.
fn summarize(response: &str) -> String {
    let element = |tag: &str| {
        let (_, rest) = response.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0)
    };
    let summary = match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => response.to_owned(),
    };
    summary.chars().filter(|character| !character.is_control()).take(200).collect()
}
