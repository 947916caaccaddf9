//! `mannameter sync`: pulls all sermons from another MannaMeter server, or from the previous system.

use std::{io::Write as _, pin::pin, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use futures_util::StreamExt as _;
use reqwest::{
    StatusCode, Url,
    header::{ETAG, HeaderMap},
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256 as Hasher};
use tempfile::NamedTempFile;

use super::{
    console::{Console, plural},
    import::{FileFormat, ImportOptions, for_each_document, save_all},
    progress,
};
use crate::{
    app::App, blocking::blocking, config::Settings, domain::Sha256, safety::backup::MAX_FILE_BYTES, store::SavePolicy,
    tls,
};

/// The paths to try, in order. The export file comes first because it has a checksum and is cheaper to serve.
const PATHS: [(&str, FileFormat); 2] =
    [("results.json", FileFormat::Collection), ("api/export/database", FileFormat::ExportResponse)];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long to wait for each chunk of a response.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Maximum number of redirects to follow.
const MAX_REDIRECTS: usize = 3;

/// The arguments of `sync`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// URL of the other server, such as `https://sermons.example.org`
    url: SecretString,
}

/// Pulls all sermons. The response is read in full before the first document is saved, so a truncated response changes
/// nothing. Newer versions win; older versions are kept in the history.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::text();
    let (source, url) = parse_url(arguments.url.expose_secret())?;
    let app = App::open(settings).await?;
    let (file, format) = fetch(&app, &source).await.with_context(|| format!("{url}: nothing was changed"))?;
    let path = file.path().to_owned();
    let reading = blocking(move || for_each_document(&path, format, |_, _| true));
    let count = reading.await.with_context(|| format!("{url}: nothing was changed"))?;
    let options = ImportOptions { format, policy: SavePolicy::KeepNewer, actor: "sync" };
    let counts = save_all(&app, file.path(), count, options)
        .await
        .context("stopped halfway; everything saved so far is safe, run the command again")?;
    let rejected = counts.print(console, &url)?;
    if counts.has_skipped() {
        console.print("  (the stored version is newer; the older one is in the history)")?;
    }
    let report = app.exporter.catch_up().await.context("everything is saved, but the export was not written")?;
    console.print_export(&app, &report)?;
    if rejected == 0 {
        console.print("SAVE COMPLETE - DATA IS SAFE")?;
    }
    app.close().await;
    match rejected {
        0 => Ok(()),
        count => bail!("{} could not be saved (see above); everything else is saved", plural(count, "sermon")),
    }
}

/// Parses the URL of the other server. Returns the URL unchanged, and a copy without possible secrets for messages.
fn parse_url(text: &str) -> anyhow::Result<(Url, String)> {
    // The text is not shown, because any part of it could be the password.
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.context("not the URL of a server; write https://sermons.example.org")?;
    let shown = format!("{}{}", url.origin().ascii_serialization(), url.path());
    Ok((url, shown))
}

/// Downloads the other server's export to a temporary file.
async fn fetch(app: &App, url: &Url) -> anyhow::Result<(NamedTempFile, FileFormat)> {
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client()?)
        .redirect(reqwest::redirect::Policy::limited(MAX_REDIRECTS))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .no_proxy()
        .build()?;
    let mut failures = Vec::new();
    for (path, format) in PATHS {
        let mut full_url = url.clone();
        full_url.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
        let response = http.get(full_url).send().await.map_err(reqwest::Error::without_url)?;
        match response.status() {
            status if status.is_success() => {}
            status @ (StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE | StatusCode::METHOD_NOT_ALLOWED) => {
                failures.push(format!("/{path}: {status}"));
                continue;
            }
            status => bail!("/{path} returned {status}"),
        }
        let expected = checksum(response.headers());
        let bar = progress::bar(response.content_length().unwrap_or_default(), "downloading");
        // In the data directory, because the saved sermons need space there anyway. The file is deleted on drop.
        let mut file = NamedTempFile::with_prefix_in(".mannameter-tmp-sync-", app.data_dir.root())?;
        // The lock shows a server that starts in the meantime that this file is in use.
        file.as_file().lock()?;
        let (mut hasher, mut bytes) = (Hasher::new(), 0);
        let mut chunks = pin!(response.bytes_stream());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            bytes += chunk.len() as u64;
            if bytes > MAX_FILE_BYTES {
                bail!("/{path} is larger than the limit of {MAX_FILE_BYTES} bytes");
            }
            hasher.update(&chunk);
            file.write_all(&chunk)?;
            bar.set_position(bytes);
        }
        bar.finish_and_clear();
        file.flush()?;
        let actual = Sha256::from_bytes(hasher.finalize().into());
        if expected.is_some_and(|expected| expected != actual) {
            bail!("/{path} was corrupted in transit: its SHA-256 is {actual}; try again");
        }
        return Ok((file, format));
    }
    bail!("there is no MannaMeter at this URL ({})", failures.join(", "))
}

/// Returns the checksum that a MannaMeter server sends as the `ETag` of its export. Other servers send a different
/// value.
fn checksum(headers: &HeaderMap) -> Option<Sha256> {
    let tag = headers.get(ETAG)?.to_str().ok()?.trim_start_matches("W/").trim_matches('"');
    Sha256::parse(tag).ok()
}
