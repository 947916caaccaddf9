//! Generates a static site with a file for every page about sermons, churches, books and passages.
//!
//! Each page is requested from the router itself, so the site shows what the service shows. Forms, admin pages and
//! search need the running service and are left out. All pages that can be reached by links from the home page are
//! written. [`OutputDir`] writes only what has changed.
//!
//! ```text
//! pending URLs -> router -> rewrite (links to files, no forms) -> OutputDir
//!      ^--------------------- links -------'
//! ```

mod rewrite;
mod urls;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use tower::ServiceExt as _;

use self::urls::{PendingFile, Urls, has_extension};
use crate::{
    blocking::blocking,
    domain::{Sha256, VideoId},
    http::{self, SiteLocation, sitemap_files},
    safety::{DataDir, ExportError, Exporter, OutputDir, OutputError, OutputFile, OutputReport},
    store::{Store, StoreError},
};

/// Number of pages held in memory at a time.
const BATCH_SIZE: usize = 32;

/// Number of pages rendered at the same time.
const CONCURRENCY: usize = 4;

/// Maximum number of passes over all pages. Another pass is needed if a sermon was saved during the last pass, or if a
/// link led to a missing page.
const MAX_PASSES: usize = 4;

/// The error page. Static hosts serve the file with this name for missing pages.
const NOT_FOUND: &str = "404.html";

/// Writes the static site.
#[derive(Debug, Clone)]
pub struct Site {
    router: Router,
    store: Arc<dyn Store>,
    exporter: Arc<Exporter>,
    location: SiteLocation,
    /// Identifies this build of the program. Images rendered by a different build are rendered again.
    build_id: Sha256,
}

/// The result of [`Site::write`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteReport {
    /// Number of sermons on the site.
    pub sermons: i64,
    /// Number of files written, unchanged and removed.
    #[serde(flatten)]
    pub files: OutputReport,
}

/// Why the site could not be written in full. Each file is still complete, in either the old or the new version.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A database query failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The export files could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A file of the site could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A page could not be rendered.
    #[error("could not render the page {path}: the response has the status {status}")]
    Page {
        /// Path and query of the page.
        path: String,
        /// Status of the response.
        status: StatusCode,
    },
    /// A page could not be rewritten.
    #[error("could not rewrite the page {path}: {source}")]
    Rewrite {
        /// Path and query of the page.
        path: String,
        /// The cause.
        source: lol_html::errors::RewritingError,
    },
    /// Sermons were saved during every pass.
    #[error("sermons were saved while the site was written, so its pages may not match: write it again later")]
    KeepsChanging,
}

/// A response from the router.
struct RouterResponse {
    status: StatusCode,
    is_html: bool,
    body: Vec<u8>,
}

impl Site {
    /// Creates a site from the pages of `router`, to be served at `location`.
    pub fn new(
        router: Router,
        store: Arc<dyn Store>,
        exporter: Arc<Exporter>,
        location: SiteLocation,
        build_id: Sha256,
    ) -> Self {
        Self { router, store, exporter, location, build_id }
    }

    /// Writes the site to a directory. Calls `progress` with the number of files written and the number of files known
    /// so far.
    pub async fn write(&self, directory: &Path, progress: impl Fn(usize, usize)) -> Result<SiteReport, SiteError> {
        let root = directory.to_owned();
        let mut output = blocking(move || OutputDir::open(&root)).await?;
        let mut missing = BTreeSet::new();
        for _ in 0..MAX_PASSES {
            let before = self.store.state().await?;
            let (returned, found_missing) = self.write_pages(output, directory, missing.clone(), &progress).await?;
            output = returned;
            let after = self.store.state().await?;
            if found_missing == missing && (before.epoch, before.seq) == (after.epoch, after.seq) {
                let files = blocking(move || output.finish()).await?;
                return Ok(SiteReport { sermons: after.count, files });
            }
            missing = found_missing;
            output.start_over();
        }
        Err(SiteError::KeepsChanging)
    }

    /// Writes every file once. Returns all missing URLs: those in `missing` and those found in this pass.
    async fn write_pages(
        &self,
        mut output: OutputDir,
        directory: &Path,
        missing: BTreeSet<String>,
        progress: &impl Fn(usize, usize),
    ) -> Result<(OutputDir, BTreeSet<String>), SiteError> {
        let mut urls = Urls::new(self.location.clone(), missing);
        for asset in http::asset_paths() {
            urls.add(&asset);
        }
        urls.add("/");
        loop {
            let batch = urls.take(BATCH_SIZE);
            if batch.is_empty() {
                break;
            }
            output = self.write_batch(output, batch, &mut urls).await?;
            progress(urls.taken(), urls.known());
        }
        let mut files = vec![OutputFile { path: ".nojekyll".to_owned(), bytes: Vec::new(), input_sha256: None }];
        let not_found = self.request("/nothing/is/there").await;
        files.push(OutputFile {
            path: NOT_FOUND.to_owned(),
            bytes: self.rewrite(&not_found, "/", &mut urls)?,
            input_sha256: None,
        });
        if !self.location.origin.is_empty() {
            let prefix = format!("{}{}", self.location.origin, self.location.base);
            files.extend(sitemap_files(&prefix, urls.pages(), |number| format!("sitemap-{number}.xml")));
        }
        output = write_files(output, files).await?;
        Ok((self.write_export(output, directory).await?, urls.into_missing()))
    }

    /// Requests a batch of pages and writes them. Images with unchanged input are not rendered again.
    async fn write_batch(
        &self,
        output: OutputDir,
        batch: Vec<PendingFile>,
        urls: &mut Urls,
    ) -> Result<OutputDir, SiteError> {
        let mut pending = Vec::with_capacity(batch.len());
        for file in batch {
            let input_sha256 = self.input_sha256(&file.url).await?;
            pending.push((file, input_sha256));
        }
        let (output, changed) = blocking(move || {
            let mut output = output;
            let mut changed = Vec::with_capacity(pending.len());
            for (file, input_sha256) in pending {
                let is_reused = input_sha256.map_or(Ok(false), |input| output.reuse(&file.file, input))?;
                if !is_reused {
                    changed.push((file, input_sha256));
                }
            }
            Ok::<_, OutputError>((output, changed))
        })
        .await?;
        let responses = stream::iter(changed).map(async |(file, input_sha256)| {
            let response = self.request(&file.url).await;
            (file, input_sha256, response)
        });
        let responses: Vec<_> = responses.buffered(CONCURRENCY).collect().await;
        let mut files = Vec::with_capacity(responses.len());
        for (PendingFile { url, file }, input_sha256, response) in responses {
            match response.status {
                StatusCode::OK => {}
                status if status.is_server_error() => return Err(SiteError::Page { path: url, status }),
                _ => {
                    urls.mark_missing(url);
                    continue;
                }
            }
            let bytes = if response.is_html { self.rewrite(&response, &url, urls)? } else { response.body };
            files.push(OutputFile { path: file, bytes, input_sha256 });
        }
        write_files(output, files).await
    }

    /// Returns a checksum of everything that an image is rendered from: the sermon, the build and the location. Returns
    /// `None` for other files, which are cheap to render.
    async fn input_sha256(&self, path: &str) -> Result<Option<Sha256>, SiteError> {
        let image = path.strip_prefix("/video/").filter(|_| has_extension(path, "png"));
        let id = image.and_then(|rest| rest.split_once('/')).and_then(|(id, _)| VideoId::parse(id).ok());
        let Some(id) = id else { return Ok(None) };
        let document = self.store.video(&id).await?.map(|stored| stored.sha256);
        let (build_id, SiteLocation { base, origin }) = (self.build_id, &self.location);
        Ok(document.map(|document| Sha256::digest(format!("{document} {build_id} {origin} {base}").as_bytes())))
    }

    /// Converts a page of the service to a page of the site.
    fn rewrite(&self, response: &RouterResponse, path: &str, urls: &mut Urls) -> Result<Vec<u8>, SiteError> {
        let html = String::from_utf8_lossy(&response.body);
        let has_origin = !self.location.origin.is_empty();
        let html = rewrite::rewrite(&html, has_origin, |url| urls.resolve(url, path));
        html.map(String::into_bytes).map_err(|source| SiteError::Rewrite { path: path.to_owned(), source })
    }

    /// Writes the export files if they are out of date, and adds them to the files of the site.
    async fn write_export(&self, output: OutputDir, directory: &Path) -> Result<OutputDir, SiteError> {
        const FILES: [&str; 3] = [DataDir::RESULTS_JSON, DataDir::RESULTS_B64, DataDir::RESULTS_MANIFEST];
        let output =
            blocking(move || FILES.into_iter().try_for_each(|file| output.claim(file)).map(|()| output)).await?;
        let (manifest, written) = self.exporter.update_copy(directory).await?;
        let path = directory.join(DataDir::RESULTS_MANIFEST);
        let read = move || std::fs::read(&path).map_err(|source| OutputError::Io { path, source });
        let checksums = [manifest.json.sha256, manifest.b64.sha256, Sha256::digest(&blocking(read).await?)];
        blocking(move || {
            let mut output = output;
            for (file, checksum) in FILES.into_iter().zip(checksums) {
                output.adopt(file, checksum, written)?;
            }
            Ok::<_, OutputError>(output)
        })
        .await
        .map_err(SiteError::from)
    }

    /// Sends a request to the router, like a browser without cookies.
    async fn request(&self, path: &str) -> RouterResponse {
        let request = Request::get(path).header(header::ACCEPT, "text/html,*/*;q=0.8").extension(self.location.clone());
        let request = request.body(Body::empty()).expect("the path comes from a valid link");
        let response = self.router.clone().oneshot(request).await.expect("the router is infallible");
        let (parts, body) = response.into_parts();
        let is_html =
            parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(bytes) => RouterResponse { status: parts.status, is_html, body: bytes.into() },
            Err(error) => {
                tracing::error!(path, %error, "could not read the full response");
                RouterResponse { status: StatusCode::INTERNAL_SERVER_ERROR, is_html: false, body: Vec::new() }
            }
        }
    }
}

async fn write_files(mut output: OutputDir, files: Vec<OutputFile>) -> Result<OutputDir, SiteError> {
    Ok(blocking(move || output.write(files).map(|()| output)).await?)
}
