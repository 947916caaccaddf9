//! A static site: every page of sermons, churches, books and passages as a file, for a host that only hands out files.
//!
//! The router itself is asked for each page, so that the site shows what the service shows; what asks the service (forms,
//! the admin's pages, the search) is left out. Whatever can be reached from the first page is written, and nothing else;
//! [`Tree`] writes only what changed.
//!
//! ```text
//! waiting addresses -> router -> markup (addresses of the site, no forms) -> Tree
//!        ^------------------------------'
//! ```

mod addresses;
mod markup;
mod sitemap;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use tokio::task::spawn_blocking;
use tower::ServiceExt as _;

use self::addresses::{Addresses, Wanted};
use crate::{
    domain::{Sha256, VideoId},
    http::{self, AsFiles},
    safety::{DataDir, ExportError, Exporter, Tree, TreeError, TreeFile, TreeReport},
    store::{Store, StoreError},
};

/// Pages that are held in memory at a time.
const BATCH: usize = 32;

/// Pages that are rendered at a time.
const AT_ONCE: usize = 4;

/// How often it is begun anew, because somebody wrote meanwhile or an address led nowhere.
const PASSES: usize = 4;

/// The page for addresses that lead nowhere; hosts of static sites know it by this name.
const NOT_FOUND: &str = "404.html";

/// Writes the site.
#[derive(Debug, Clone)]
pub struct Site {
    router: Router,
    store: Arc<dyn Store>,
    exporter: Arc<Exporter>,
    place: AsFiles,
    /// Stands for the program: pictures that another one has made are made anew.
    program: Sha256,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteReport {
    /// Number of sermons.
    pub sermons: i64,
    /// The files.
    #[serde(flatten)]
    pub files: TreeReport,
}

/// Why the site is not up to date. Each of its files is whole, the old one or the new one.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files of all data.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The files of the site.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A page could not be made.
    #[error("could not make the page {path}: it answered {status}")]
    Page {
        /// Which.
        path: String,
        /// How it was answered.
        status: StatusCode,
    },
    /// The database changes faster than the pages can be written.
    #[error("sermons were added all the time: the site has pages of before and after; write it once more later")]
    Restless,
}

/// An answer of the router.
struct Answer {
    status: StatusCode,
    is_page: bool,
    bytes: Vec<u8>,
}

impl Site {
    /// A site of what these parts hold, to be served at this place.
    pub fn new(
        router: Router,
        store: Arc<dyn Store>,
        exporter: Arc<Exporter>,
        place: AsFiles,
        program: Sha256,
    ) -> Self {
        Self { router, store, exporter, place, program }
    }

    /// Writes it into a directory; `progress` is told how many files are done and how many are known to come.
    pub async fn write(&self, directory: &Path, progress: impl Fn(usize, usize)) -> Result<SiteReport, SiteError> {
        let root = directory.to_owned();
        let mut tree = blocking(move || Tree::open(&root)).await?;
        let mut nowhere = BTreeSet::new();
        for _ in 0..PASSES {
            let before = self.store.state().await?;
            let pass = self.pass(tree, directory, nowhere.clone(), &progress).await?;
            tree = pass.0;
            let found = pass.1;
            let after = self.store.state().await?;
            if found == nowhere && (before.epoch, before.seq) == (after.epoch, after.seq) {
                let files = blocking(move || tree.finish()).await?;
                return Ok(SiteReport { sermons: after.count, files });
            }
            nowhere = found;
            tree.begin_again();
        }
        Err(SiteError::Restless)
    }

    /// Writes all files once. Gives the addresses that led nowhere, beside those that were known to.
    async fn pass(
        &self,
        mut tree: Tree,
        directory: &Path,
        nowhere: BTreeSet<String>,
        progress: &impl Fn(usize, usize),
    ) -> Result<(Tree, BTreeSet<String>), SiteError> {
        let mut addresses = Addresses::new(self.place.clone(), nowhere);
        for asset in http::asset_paths() {
            addresses.want(&asset);
        }
        addresses.want("/");
        loop {
            let batch = addresses.take(BATCH);
            if batch.is_empty() {
                break;
            }
            tree = self.write_batch(tree, batch, &mut addresses).await?;
            progress(addresses.done(), addresses.known());
        }
        let mut files = vec![TreeFile { path: ".nojekyll".to_owned(), bytes: Vec::new(), made_from: None }];
        let not_found = self.ask("/nothing/is/there").await;
        files.push(TreeFile {
            path: NOT_FOUND.to_owned(),
            bytes: self.page(&not_found, "/", &mut addresses),
            made_from: None,
        });
        if !self.place.origin.is_empty() {
            let begin = format!("{}{}", self.place.origin, self.place.base);
            files.extend(sitemap::files(&begin, addresses.pages()));
        }
        tree = put(tree, files).await?;
        Ok((self.write_export(tree, directory).await?, addresses.into_nowhere()))
    }

    /// Asks for these, and puts what is answered.
    async fn write_batch(&self, tree: Tree, batch: Vec<Wanted>, to: &mut Addresses) -> Result<Tree, SiteError> {
        let mut asked = Vec::with_capacity(batch.len());
        for wanted in batch {
            let made_from = self.made_from(&wanted.path).await?;
            asked.push((wanted, made_from));
        }
        let (tree, asked) = blocking(move || {
            let mut tree = tree;
            let mut changed = Vec::with_capacity(asked.len());
            for (wanted, made_from) in asked {
                let kept = made_from.map_or(Ok(false), |from| tree.keep(&wanted.file, from))?;
                if !kept {
                    changed.push((wanted, made_from));
                }
            }
            Ok((tree, changed))
        })
        .await?;
        let answers = stream::iter(asked).map(async |(wanted, made_from)| {
            let answer = self.ask(&wanted.path).await;
            (wanted, made_from, answer)
        });
        let answers: Vec<_> = answers.buffered(AT_ONCE).collect().await;
        let mut files = Vec::with_capacity(answers.len());
        for (Wanted { path, file }, made_from, answer) in answers {
            match answer.status {
                StatusCode::OK => {}
                status if status.is_server_error() => return Err(SiteError::Page { path, status }),
                _ => {
                    to.leads_nowhere(path);
                    continue;
                }
            }
            let bytes = if answer.is_page { self.page(&answer, &path, to) } else { answer.bytes };
            files.push(TreeFile { path: file, bytes, made_from });
        }
        put(tree, files).await
    }

    /// What a picture is made from: the sermon, by this program, for this place. Other files are cheap.
    async fn made_from(&self, path: &str) -> Result<Option<Sha256>, SiteError> {
        let picture =
            path.strip_prefix("/video/").filter(|rest| rest.split_once('.').is_some_and(|(_, kind)| kind == "png"));
        let id = picture.and_then(|rest| rest.split_once('/')).and_then(|(id, _)| VideoId::parse(id).ok());
        let Some(id) = id else { return Ok(None) };
        let document = self.store.video(&id).await?.map(|stored| stored.sha256);
        let (program, AsFiles { base, origin }) = (self.program, &self.place);
        Ok(document.map(|document| Sha256::of(format!("{document} {program} {origin} {base}").as_bytes())))
    }

    /// A page of the service as a page of the site.
    fn page(&self, answer: &Answer, path: &str, addresses: &mut Addresses) -> Vec<u8> {
        let html = String::from_utf8_lossy(&answer.bytes);
        markup::rewrite(&html, !self.place.origin.is_empty(), |address| addresses.resolve(address, path)).into_bytes()
    }

    /// Writes the files of all data, if they are behind.
    async fn write_export(&self, tree: Tree, directory: &Path) -> Result<Tree, SiteError> {
        const FILES: [&str; 3] = [DataDir::RESULTS_JSON, DataDir::RESULTS_B64, DataDir::RESULTS_MANIFEST];
        let tree = blocking(move || FILES.into_iter().try_for_each(|file| tree.claim(file)).map(|()| tree)).await?;
        let (manifest, written) = self.exporter.follow_in(directory).await?;
        let path = directory.join(DataDir::RESULTS_MANIFEST);
        let read = move || std::fs::read(&path).map_err(|source| TreeError::Io { path, source });
        let sums = [manifest.json.sha256, manifest.b64.sha256, Sha256::of(&blocking(read).await?)];
        blocking(move || {
            let mut tree = tree;
            for (file, sum) in FILES.into_iter().zip(sums) {
                tree.adopt(file, sum, written)?;
            }
            Ok(tree)
        })
        .await
        .map_err(SiteError::from)
    }

    /// Asks the router, as a browser without a cookie asks.
    async fn ask(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT, "text/html,*/*;q=0.8").extension(self.place.clone());
        let request = request.body(Body::empty()).expect("a path that was an address is one");
        let response = self.router.clone().oneshot(request).await.expect("the router answers everything");
        let (parts, body) = response.into_parts();
        let is_page =
            parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(bytes) => Answer { status: parts.status, is_page, bytes: bytes.into() },
            Err(error) => {
                tracing::error!(path, %error, "an answer broke off");
                Answer { status: StatusCode::INTERNAL_SERVER_ERROR, is_page: false, bytes: Vec::new() }
            }
        }
    }
}

/// Puts files, away from the tasks.
async fn put(mut tree: Tree, files: Vec<TreeFile>) -> Result<Tree, SiteError> {
    Ok(blocking(move || tree.put(files).map(|()| tree)).await?)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TreeError> + Send + 'static,
) -> Result<T, TreeError> {
    let joined = spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(TreeError::Io { path: PathBuf::new(), source: std::io::Error::other(error) }))
}
