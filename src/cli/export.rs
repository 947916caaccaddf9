//! `mannameter export`: writes the export files, or a static site.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::Args;
use url::Url;

use super::{
    console::{Console, plural},
    progress,
};
use crate::{
    app::App,
    config::Settings,
    http::SiteLocation,
    safety::{OutputDir, OutputReport},
    site::Site,
};

/// The arguments of `export`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directory to write to (default: the data directory)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Export every sermon as it was at this time: RFC 3339, or a date for the end of that day (UTC); requires --out
    #[arg(long, value_name = "TIME", requires = "out", value_parser = parse_time)]
    as_of: Option<DateTime<Utc>>,

    /// Write a static site with all pages and the export files to this directory; unchanged files are not rewritten
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "as_of"])]
    site: Option<PathBuf>,

    /// Remove the pages of an existing site even if the database has no sermons
    #[arg(long, requires = "site")]
    allow_empty: bool,

    /// Path that the site will be served from, such as /repository/ on GitHub Pages
    #[arg(long, value_name = "PATH", requires = "site", default_value = "/", value_parser = parse_base_path)]
    base_path: String,

    /// Origin of the site, such as `https://name.github.io`, for the sitemap and the links for sharing
    #[arg(long, value_name = "URL", requires = "site", value_parser = parse_origin)]
    site_url: Option<String>,
}

/// Parses a base path and removes its trailing slash.
fn parse_base_path(text: &str) -> Result<String, String> {
    let path = text.trim_matches('/');
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    match path {
        "" => Ok(String::new()),
        _ if path.split('/').all(is_plain) => Ok(format!("/{path}")),
        _ => Err("not a path of letters, digits, - and _: write /repository/".to_owned()),
    }
}

/// Parses an origin.
fn parse_origin(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or("not a URL: write https://name.github.io")?;
    if url.path() != "/" || url.query().is_some() {
        return Err("the path belongs in --base-path: write only the origin, https://name.github.io".to_owned());
    }
    Ok(url.origin().ascii_serialization())
}

/// Parses a time. A date means the last moment of that day.
fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| date.succ_opt());
    date.map(|next| next.and_time(NaiveTime::MIN).and_utc() - TimeDelta::microseconds(1))
        .ok_or_else(|| "not a time: write 2026-05-31, or 2026-05-31T10:00:00Z".to_owned())
}

/// Writes the files and prints their location.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let console = Console::text();
    let app = App::open_existing(settings).await?;
    if let Some(directory) = arguments.site {
        if !arguments.allow_empty && app.store.state().await?.count == 0 && OutputDir::has_files(&directory)? {
            bail!(
                "the database has no sermons, but there is a site in {}; set DATA_DIR or DATABASE_URL to where the \
                 sermons are, or remove all pages with --allow-empty",
                directory.display()
            );
        }
        let location = SiteLocation { base: arguments.base_path, origin: arguments.site_url.unwrap_or_default() };
        write_site(&app.site(settings, location), &directory, console).await?;
        app.close().await;
        return Ok(());
    }
    let report = match (&arguments.out, arguments.as_of) {
        (None, _) => app.exporter.export_now().await?,
        (Some(directory), None) => app.exporter.export_to(directory).await?,
        (Some(directory), Some(time)) => app.exporter.export_as_of(directory, time).await?,
    };
    let directory = arguments.out.unwrap_or_else(|| app.data_dir.root().to_owned());
    let videos = if report.sermons == 1 { "video" } else { "videos" };
    console.print(format_args!(
        "Exported {} {videos} to {} ({} bytes of JSON, {} bytes of base64)",
        report.sermons,
        directory.display(),
        report.json_bytes,
        report.b64_bytes
    ))?;
    app.close().await;
    Ok(())
}

/// Writes the site and prints what changed.
async fn write_site(site: &Site, directory: &Path, console: Console) -> anyhow::Result<()> {
    let bar = progress::bar(1, "writing pages");
    let written = site.write(directory, |done, known| {
        bar.set_length(known as u64);
        bar.set_position(done as u64);
    });
    let report = written.await.with_context(|| format!("could not update the site in {}", directory.display()))?;
    bar.finish_and_clear();
    let OutputReport { written, unchanged, removed, left } = report.files;
    console.print(format_args!(
        "The site in {} has {}: {} written, {unchanged} unchanged, {removed} removed",
        directory.display(),
        plural(report.sermons, "sermon"),
        plural(written, "file")
    ))?;
    for file in left {
        console.print(format_args!(
            "{file} is no longer part of the site but was changed by someone; it was not removed"
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_and_an_origin_must_be_plain() {
        let path = |text| parse_base_path(text).ok();
        assert_eq!([path("/"), path(""), path("manna"), path("/a/b/")].map(Option::unwrap), ["", "", "/manna", "/a/b"]);
        assert_eq!([path("/../x"), path("/a b"), path("/a//b"), path("/\""), path("/.git")], [const { None }; 5]);
        assert_eq!(parse_origin("https://name.github.io/").as_deref(), Ok("https://name.github.io"));
        assert!(parse_origin("https://name.github.io/repository").is_err() && parse_origin("name.github.io").is_err());
    }
}
