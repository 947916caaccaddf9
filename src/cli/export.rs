//! `mannameter export`: writes the export files, or all pages as a static site.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::Args;
use url::Url;

use super::{console::Console, progress};
use crate::{app::App, config::Settings, http::AsFiles, safety::TreeReport, site::Site};

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directory to write into; without it, the data directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Every sermon as it was at this time: RFC 3339, or a date for the end of that day (UTC); needs --out
    #[arg(long, value_name = "TIME", requires = "out", value_parser = moment)]
    as_of: Option<DateTime<Utc>>,

    /// Write all pages as a static site into this directory, and the export files with them; only what changed is written
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "as_of"])]
    site: Option<PathBuf>,

    /// The folder that the site will be served from, such as /repository/ on GitHub Pages
    #[arg(long, value_name = "PATH", requires = "site", default_value = "/", value_parser = base_path)]
    base_path: String,

    /// Where the site will be, such as `https://name.github.io`: gives it a sitemap and links to share
    #[arg(long, value_name = "URL", requires = "site", value_parser = origin)]
    site_url: Option<String>,
}

/// A path without a slash at its end.
fn base_path(text: &str) -> Result<String, String> {
    let path = text.trim_matches('/');
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    match path {
        "" => Ok(String::new()),
        _ if path.split('/').all(plain) => Ok(format!("/{path}")),
        _ => Err("not a path of letters, digits, - and _: write /repository/".to_owned()),
    }
}

/// The address of a host, without a slash at its end.
fn origin(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or("not an address: write https://name.github.io")?;
    if url.path() != "/" || url.query().is_some() {
        return Err("the folder goes into --base-path: write the host alone, https://name.github.io".to_owned());
    }
    Ok(url.origin().ascii_serialization())
}

/// A time, or the last moment of a date.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| date.succ_opt());
    date.map(|next| next.and_time(NaiveTime::MIN).and_utc() - TimeDelta::microseconds(1))
        .ok_or_else(|| "not a time: write 2026-05-31, or 2026-05-31T10:00:00Z".to_owned())
}

/// Exports and says what.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::for_people();
    let app = App::open(settings).await?;
    if let Some(directory) = arguments.site {
        let place = AsFiles { base: arguments.base_path, origin: arguments.site_url.unwrap_or_default() };
        write_site(&app.site(settings, place), &directory, console).await?;
        app.close().await;
        return Ok(());
    }
    let report = match (&arguments.out, arguments.as_of) {
        (None, _) => app.exporter.export_now().await?,
        (Some(directory), None) => app.exporter.export_to(directory).await?,
        (Some(directory), Some(time)) => app.exporter.export_as_of(directory, time).await?,
    };
    let directory = arguments.out.unwrap_or_else(|| app.data_dir.root().to_owned());
    console.say(format_args!(
        "Exported {} videos to {} ({} bytes of JSON, {} of base64)",
        report.videos,
        directory.display(),
        report.json_bytes,
        report.b64_bytes
    ))?;
    app.close().await;
    Ok(())
}

/// Writes the site and says what changed.
async fn write_site(site: &Site, directory: &Path, console: Console) -> anyhow::Result<()> {
    let bar = progress::bar(1, "writing pages");
    let written = site.write(directory, |done, known| {
        bar.set_length(known as u64);
        bar.set_position(done as u64);
    });
    let report = written.await.with_context(|| format!("the site in {} is not up to date", directory.display()))?;
    bar.finish_and_clear();
    let TreeReport { written, unchanged, removed, left } = report.files;
    console.say(format_args!(
        "The site in {} shows {} sermons: {written} files written, {unchanged} unchanged, {removed} removed",
        directory.display(),
        report.sermons
    ))?;
    for file in left {
        console
            .say(format_args!("{file} is not part of the site any more, but was changed by somebody: it is left"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_below_a_plain_path_at_a_plain_host() {
        let path = |text| base_path(text).ok();
        assert_eq!([path("/"), path(""), path("manna"), path("/a/b/")].map(Option::unwrap), ["", "", "/manna", "/a/b"]);
        assert_eq!([path("/../x"), path("/a b"), path("/a//b"), path("/\""), path("/.git")], [const { None }; 5]);
        assert_eq!(origin("https://name.github.io/").as_deref(), Ok("https://name.github.io"));
        assert!(origin("https://name.github.io/repository").is_err() && origin("name.github.io").is_err());
    }
}
