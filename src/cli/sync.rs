//! `mannameter sync`: pulls all sermons of another MannaMeter, or of the system before it.

use std::{io::Write as _, pin::pin, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use futures_util::StreamExt as _;
use reqwest::{
    StatusCode, Url,
    header::{ETAG, HeaderMap},
};
use sha2::{Digest as _, Sha256 as Hasher};
use tempfile::NamedTempFile;

use super::{
    console::Console,
    import::{Form, Keep, Tally, each_document, keep_all},
    progress,
};
use crate::{app::App, config::Settings, domain::Sha256, safety::backup::MAX_FILE_BYTES, store::SavePolicy, tls};

/// What another MannaMeter is asked for, the best first: the file has a checksum, and costs it less.
const PATHS: [(&str, Form); 2] = [("results.json", Form::Collection), ("api/export/database", Form::Answer)];

/// How long to wait for a connection, and for each piece of an answer.
const CONNECT: Duration = Duration::from_secs(15);
const SILENCE: Duration = Duration::from_secs(60);

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// Where from.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Address of the other MannaMeter, with https:// before it
    url: Url,
}

/// Fetches everything into a file and reads that to its end before the first document is kept, so that an answer that was
/// cut short changes nothing. What is newer wins; the other version goes to the history.
pub(super) async fn run(settings: &Settings, Arguments { url }: Arguments) -> anyhow::Result<()> {
    let console = Console::for_people();
    let app = App::open(settings).await?;
    let (file, form) = fetch(&app, &url).await.with_context(|| format!("{url}: nothing was changed"))?;
    let path = file.path().to_owned();
    let reading = tokio::task::spawn_blocking(move || each_document(&path, form, |_| true));
    let count = reading.await.context("reading broke down")?.with_context(|| format!("{url}: nothing was changed"))?;
    let keep = Keep { form, policy: SavePolicy::KeepNewer, actor: "sync" };
    let Tally { created, updated, unchanged, kept_newer } = keep_all(&app, file.path(), count, keep)
        .await
        .context("broken off; what was kept before stays, and doing it again is safe")?;
    console.say(format_args!(
        "{url}: {created} added, {updated} updated, {unchanged} the same, {kept_newer} kept as they are here"
    ))?;
    if kept_newer > 0 {
        console.say("  (what is here is not older; the version from there is in the history)")?;
    }
    let report = app.exporter.catch_up().await.context("everything is kept, but the export was not written")?;
    console.say(format_args!("Exported {} videos: {}", report.videos, app.data_dir.results_json().display()))?;
    console.say("SAVE COMPLETE - DATA IS SAFE")?;
    app.close().await;
    Ok(())
}

/// Fetches the file or, where there is none, asks the database of the other; gives a temp file.
async fn fetch(app: &App, url: &Url) -> anyhow::Result<(NamedTempFile, Form)> {
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client()?)
        .redirect(reqwest::redirect::Policy::limited(MAX_REDIRECTS))
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .no_proxy()
        .build()?;
    let mut said = Vec::new();
    for (path, form) in PATHS {
        let mut address = url.clone();
        address.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
        let answer = http.get(address.clone()).send().await?;
        match answer.status() {
            status if status.is_success() => {}
            status @ (StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE | StatusCode::METHOD_NOT_ALLOWED) => {
                said.push(format!("/{path}: {status}"));
                continue;
            }
            status => bail!("/{path} answers {status}"),
        }
        let checksum = checksum(answer.headers());
        let bar = progress::bar(answer.content_length().unwrap_or_default(), "fetching");
        // Below the data directory, where there must be room for it anyway; gone when it is dropped.
        let mut file = NamedTempFile::with_prefix_in(".mannameter-tmp-sync-", app.data_dir.root())?;
        // Otherwise a server that starts takes it for a leftover.
        file.as_file().lock()?;
        let (mut hasher, mut bytes) = (Hasher::new(), 0);
        let mut pieces = pin!(answer.bytes_stream());
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            bytes += piece.len() as u64;
            if bytes > MAX_FILE_BYTES {
                bail!("/{path} is longer than the {MAX_FILE_BYTES} bytes that are taken");
            }
            hasher.update(&piece);
            file.write_all(&piece)?;
            bar.set_position(bytes);
        }
        bar.finish_and_clear();
        file.flush()?;
        let found = Sha256::from_bytes(hasher.finalize().into());
        if checksum.is_some_and(|checksum| checksum != found) {
            bail!("/{path} did not arrive as it was sent: its sha256 is {found}; try again");
        }
        return Ok((file, form));
    }
    bail!("there is no MannaMeter at this address ({})", said.join(", "))
}

/// The checksum that a MannaMeter of ours gives its export as the `ETag`; others give something else.
fn checksum(headers: &HeaderMap) -> Option<Sha256> {
    let tag = headers.get(ETAG)?.to_str().ok()?.trim_start_matches("W/").trim_matches('"');
    Sha256::parse(tag).ok()
}
