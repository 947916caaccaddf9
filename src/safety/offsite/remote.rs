//! The store on the other side: objects put, read, listed and removed. Knows nothing of what is in them.
//!
//! Requests are signed (Signature Version 4) by `rusty-s3` and sent by us. Addresses carry the signature, so no error shows one.

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
use tokio::task::spawn_blocking;
use tokio_util::bytes::Bytes;
use url::Url;

use super::settings::{OffsiteSettings, OffsiteSettingsError, Place};
use crate::{domain::Sha256, safety::FileSum, tls};

/// How long a signed request may be used; each is sent at once.
const VALID: Duration = Duration::from_secs(600);
/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the store may be silent.
const SILENCE: Duration = Duration::from_secs(60);
/// How long one request with a body of ours may take: a part of 16 MB at 140 KB a second.
const SENDING: Duration = Duration::from_secs(120);

/// What is longer goes in parts of this length; stores take no smaller ones than 5 MB. One part is in memory at once.
pub(super) const PART: u64 = 16 * 1024 * 1024;
/// The most of an answer in XML that is read.
const MOST_XML: usize = 16 * 1024 * 1024;

/// Something did not work with the store.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// It could not be reached, or broke off.
    #[error("the backup store does not answer: {0}")]
    Broken(String),
    /// It said no.
    #[error("the backup store refused ({status}) to {what}: {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What was asked of it.
        what: String,
        /// What it said, cut short.
        reason: String,
    },
    /// Its answer is none.
    #[error("the backup store gave an answer that cannot be read: {0}")]
    Answer(String),
    /// A file of ours.
    #[error("could not read what is to be copied: {0}")]
    Io(#[from] io::Error),
}

/// A folder in a bucket.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    http: reqwest::Client,
    place: Place,
}

impl Remote {
    pub(super) fn new(settings: &OffsiteSettings) -> Result<Self, OffsiteSettingsError> {
        let place = Place::of(settings)?;
        let failed = |error: String| OffsiteSettingsError::Connection(error);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client().map_err(|error| failed(error.to_string()))?)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .no_proxy()
            .build()
            .map_err(|error| failed(error.without_url().to_string()))?;
        Ok(Self { http, place })
    }

    /// Every object in the folder: its name, and its length.
    pub(super) async fn list(&self) -> Result<Vec<(String, u64)>, RemoteError> {
        let (mut found, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut action = self.place.bucket.list_objects_v2(Some(&self.place.credentials));
            action.with_prefix(self.place.prefix.as_str());
            if let Some(token) = token.take() {
                action.with_continuation_token(token);
            }
            let answer = self.send(Method::GET, action.sign(VALID), None, "list what is there").await?;
            let listed = ListObjectsV2::parse_response(&text(answer).await?)
                .map_err(|error| RemoteError::Answer(error.to_string()))?;
            for object in listed.contents {
                // Folders in the folder are none of ours.
                let name = object.key.strip_prefix(&self.place.prefix).filter(|name| !name.contains('/'));
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

    /// Puts an object there, or another one in its place.
    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), RemoteError> {
        let key = self.key(name);
        let url = self.place.bucket.put_object(Some(&self.place.credentials), &key).sign(VALID);
        self.send(Method::PUT, url, Some(bytes), &format!("take {name}")).await.map(drop)
    }

    /// Puts a file there, in parts if it is long; memory does not grow with it.
    pub(super) async fn put_file(&self, name: &str, file: File, bytes: u64) -> Result<(), RemoteError> {
        let (mut file, first) = read_part(file).await?;
        if bytes <= PART {
            return self.put(name, first).await;
        }
        let (key, credentials) = (self.key(name), Some(&self.place.credentials));
        let url = self.place.bucket.create_multipart_upload(credentials, &key).sign(VALID);
        let begun = self.send(Method::POST, url, Some(Vec::new()), &format!("begin {name}")).await?;
        let begun = CreateMultipartUpload::parse_response(&text(begun).await?)
            .map_err(|error| RemoteError::Answer(error.to_string()))?;
        let (mut part, mut etags) = (first, Vec::new());
        let sent = async {
            while !part.is_empty() {
                let number = u16::try_from(etags.len() + 1).map_err(io::Error::other)?;
                let url = self.place.bucket.upload_part(credentials, &key, number, begun.upload_id()).sign(VALID);
                let what = format!("take part {number} of {name}");
                let answer = self.send(Method::PUT, url, Some(std::mem::take(&mut part)), &what).await?;
                let etag = answer.headers().get("etag").and_then(|etag| etag.to_str().ok());
                etags.push(etag.ok_or_else(|| RemoteError::Answer("a part without an etag".to_owned()))?.to_owned());
                (file, part) = read_part(file).await?;
            }
            let etags = etags.iter().map(String::as_str);
            let action = self.place.bucket.complete_multipart_upload(credentials, &key, begun.upload_id(), etags);
            let (url, body) = (action.sign(VALID), action.body().into_bytes());
            let answer = self.send(Method::POST, url, Some(body), &format!("put {name} together")).await?;
            // It may begin its answer before it knows how it ends, and say 200 to an error.
            let said = text(answer).await?;
            if said.contains("<CompleteMultipartUploadResult") {
                Ok(())
            } else {
                Err(RemoteError::Answer(short(&said)))
            }
        }
        .await;
        if sent.is_err() {
            // Parts that nobody puts together cost money.
            let url = self.place.bucket.abort_multipart_upload(credentials, &key, begun.upload_id()).sign(VALID);
            if let Err(error) = self.send(Method::DELETE, url, None, "forget the parts").await {
                tracing::warn!(%error, name, "parts of a copy stay in the backup store");
            }
        }
        sent
    }

    /// An object as it comes in; none if there is none.
    pub(super) async fn get(
        &self,
        name: &str,
    ) -> Result<Option<impl Stream<Item = Result<Bytes, RemoteError>> + Send + use<>>, RemoteError> {
        let key = self.key(name);
        let url = self.place.bucket.get_object(Some(&self.place.credentials), &key).sign(VALID);
        match self.send(Method::GET, url, None, &format!("give {name}")).await {
            Ok(answer) => Ok(Some(answer.bytes_stream().map_err(broken))),
            Err(RemoteError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A small object; none if there is none. One that is longer is cut, and so is not what it should be.
    pub(super) async fn read(&self, name: &str, most: usize) -> Result<Option<Vec<u8>>, RemoteError> {
        let Some(stream) = self.get(name).await? else { return Ok(None) };
        let (mut stream, mut bytes) = (pin!(stream), Vec::new());
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece?);
            if bytes.len() > most {
                bytes.truncate(most);
                break;
            }
        }
        Ok(Some(bytes))
    }

    /// Reads an object to its end; gives its length and checksum, none if there is none.
    pub(super) async fn sum(&self, name: &str) -> Result<Option<FileSum>, RemoteError> {
        let Some(stream) = self.get(name).await? else { return Ok(None) };
        let (mut stream, mut hasher, mut bytes) = (pin!(stream), Hasher::new(), 0);
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            hasher.update(&piece);
            bytes += piece.len() as u64;
        }
        Ok(Some(FileSum { bytes, sha256: Sha256::from_bytes(hasher.finalize().into()) }))
    }

    /// Removes an object, if it is there.
    pub(super) async fn remove(&self, name: &str) -> Result<(), RemoteError> {
        let key = self.key(name);
        let url = self.place.bucket.delete_object(Some(&self.place.credentials), &key).sign(VALID);
        match self.send(Method::DELETE, url, None, &format!("remove {name}")).await {
            Err(RemoteError::Refused { status: 404, .. }) => Ok(()),
            done => done.map(drop),
        }
    }

    /// The place in words, without anything secret.
    pub(super) fn title(&self) -> String {
        format!("s3://{}/{}", self.place.bucket.name(), self.place.prefix.trim_end_matches('/'))
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.place.prefix)
    }

    async fn send(&self, method: Method, url: Url, body: Option<Vec<u8>>, what: &str) -> Result<Response, RemoteError> {
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            // An empty body would be sent without its length, which the store asks for.
            request = request.header(CONTENT_LENGTH, body.len()).timeout(SENDING).body(body);
        }
        let answer = request.send().await.map_err(broken)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let reason =
            if status == StatusCode::NOT_FOUND { String::new() } else { text(answer).await.unwrap_or_default() };
        Err(RemoteError::Refused { status: status.as_u16(), what: what.to_owned(), reason: short(&reason) })
    }
}

/// Reads the next part of a file away from the tasks; an empty one is the end.
async fn read_part(mut file: File) -> io::Result<(File, Vec<u8>)> {
    let reading = spawn_blocking(move || {
        let mut part = Vec::new();
        (&mut file).take(PART).read_to_end(&mut part)?;
        Ok((file, part))
    });
    reading.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

async fn text(mut answer: Response) -> Result<String, RemoteError> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MOST_XML {
            return Err(RemoteError::Answer("it has no end".to_owned()));
        }
    }
    String::from_utf8(bytes).map_err(|error| RemoteError::Answer(error.to_string()))
}

/// Why there is no answer, without the address.
fn broken(error: reqwest::Error) -> RemoteError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        reason = format!("{reason}: {inner}");
        cause = inner.source();
    }
    RemoteError::Broken(reason)
}

/// The code and the message of an error in XML, or the beginning of what it is.
fn short(answer: &str) -> String {
    let within = |tag: &str| {
        let (_, rest) = answer.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0)
    };
    let said = match (within("Code"), within("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => answer.to_owned(),
    };
    said.chars().filter(|character| !character.is_control()).take(200).collect()
}
