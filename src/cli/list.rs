//! `mannameter list` and `mannameter show`: print stored sermons.

use anyhow::bail;
use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::{
    console::{Console, print_result},
    table,
};
use crate::{
    app::App,
    config::Settings,
    domain::{Book, Canon, Document, SermonCounts, VideoId},
    store::{Preached, VideoPage, VideoQuery, VideoSort, VideoSummary},
};

/// Number of sermons to read at a time.
const PAGE_SIZE: u16 = 200;

/// The output format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Human-readable text
    #[default]
    Text,
    /// JSON
    Json,
}

/// The arguments of `list`.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Words in the title, in the names of the church, speaker and series, or in the cited passages
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,

    /// Exact name of the church
    #[arg(long, value_name = "NAME")]
    church: Option<String>,

    /// Name of the speaker
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,

    /// Name of the series
    #[arg(long, value_name = "NAME")]
    series: Option<String>,

    /// A cited book, such as "1 Corinthians" or 1Cor
    #[arg(long, value_name = "BOOK", value_parser = parse_book)]
    book: Option<Book>,

    /// Preached on or after this date; leaves out sermons whose date is unknown
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: Option<NaiveDate>,

    /// Preached on or before this date; leaves out sermons whose date is unknown
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    to: Option<NaiveDate>,

    /// Only sermons whose date is unknown
    #[arg(long, conflicts_with_all = ["from", "to"])]
    undated: bool,

    /// Sort order: newest, oldest, manna, title or channel
    #[arg(long, value_name = "ORDER", default_value = "newest", value_parser = parse_sort)]
    sort: VideoSort,

    /// Maximum number of sermons (default: all)
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// The arguments of `show`.
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// ID of the sermon
    #[arg(value_name = "VIDEO_ID")]
    video: VideoId,

    /// Output format; json prints the document exactly as stored
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

fn parse_book(text: &str) -> Result<Book, String> {
    Book::from_name(text).or_else(|_| Book::from_osis(text)).map_err(|_| "not a book of the Bible".to_owned())
}

fn parse_date(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "not a date: write it like 2026-05-31".to_owned())
}

fn parse_sort(text: &str) -> Result<VideoSort, String> {
    serde_json::from_value(text.into())
        .map_err(|_| "not an order: use newest, oldest, manna, title or channel".to_owned())
}

/// Lists sermons.
pub(super) async fn list(settings: &Settings, arguments: ListArguments) -> anyhow::Result<()> {
    let app = App::open_existing(settings).await?;
    let (limit, format) = (arguments.limit.unwrap_or(usize::MAX), arguments.format);
    let mut query = VideoQuery {
        search: arguments.search,
        channel: arguments.church,
        speaker: arguments.speaker,
        series: arguments.series,
        book: arguments.book,
        preached: match (arguments.undated, arguments.from, arguments.to) {
            (true, ..) => Preached::Undated,
            (false, None, None) => Preached::Any,
            (false, from, to) => Preached::Between(from, to),
        },
        sort: arguments.sort,
        limit: PAGE_SIZE,
        ..VideoQuery::default()
    };
    let (mut sermons, mut total) = (Vec::new(), 0);
    while sermons.len() < limit {
        let VideoPage { videos, next_cursor, total: all } = app.store.videos(&query).await??;
        total = all;
        sermons.extend(videos);
        if next_cursor.is_none() {
            break;
        }
        query.cursor = next_cursor;
    }
    sermons.truncate(limit);
    match format {
        Format::Json => print_result(serde_json::to_string_pretty(&sermons)?)?,
        Format::Text => print_table(&sermons, total)?,
    }
    app.close().await;
    Ok(())
}

fn print_table(sermons: &[VideoSummary], total: i64) -> anyhow::Result<()> {
    let console = Console::text();
    let rows = sermons.iter().map(|sermon| {
        let date = sermon.published_at.as_deref().and_then(|date| date.get(..10)).unwrap_or("-");
        vec![
            sermon.video_id.to_string(),
            date.to_owned(),
            sermon.manna.map_or_else(|| "-".to_owned(), |manna| manna.to_string()),
            sermon.channel.clone(),
            sermon.speaker.clone().unwrap_or_default(),
            sermon.title.clone(),
        ]
    });
    for line in table::lines(&["ID", "PREACHED", "MANNA", "CHURCH", "SPEAKER", "TITLE"], rows.collect()) {
        console.print(line)?;
    }
    console.print(format_args!("{} of {total} shown", sermons.len()))?;
    Ok(())
}

/// Shows a sermon.
pub(super) async fn show(settings: &Settings, arguments: ShowArguments) -> anyhow::Result<()> {
    let app = App::open_existing(settings).await?;
    let id = &arguments.video;
    let Some(stored) = app.store.video(id).await? else {
        let hint = if app.store.history(id).await?.is_empty() {
            "`mannameter list` lists the sermons".to_owned()
        } else {
            format!("it is deleted, and `mannameter history {id}` lists its versions")
        };
        bail!("there is no sermon {id}; {hint}");
    };
    match arguments.format {
        Format::Json => print_result(&stored.document)?,
        Format::Text => {
            let document = Document::from_legacy(id.as_str(), serde_json::from_str(&stored.document)?)?;
            print_sermon(&document, settings.canon)?;
        }
    }
    app.close().await;
    Ok(())
}

fn print_sermon(document: &Document, canon: Canon) -> anyhow::Result<()> {
    let console = Console::text();
    let analyzed = document.processed_at()?.format("%Y-%m-%d %H:%M:%SZ").to_string();
    let suggested = if document.speaker_suggested { " (suggested by the title)" } else { "" };
    let speaker = document.speaker.as_ref().map(|speaker| format!("{speaker}{suggested}"));
    let counts = document.reference_counts(canon);
    let manna = document.not_measured().unwrap_or_else(|| {
        let outside = match counts.deuterocanonical {
            0 => String::new(),
            count => format!(", {count} deuterocanonical"),
        };
        let SermonCounts { confirmed, suspect, contextual, .. } = counts;
        format!("{confirmed} confirmed, {suspect} suspect, {contextual} from context{outside}")
    });
    let corrections = document.active_corrections().count();
    for (name, value) in [
        ("ID", Some(document.video_id.to_string())),
        ("Title", Some(document.title.clone())),
        ("Church", Some(document.channel.clone())),
        ("Speaker", speaker),
        ("Series", document.series.clone()),
        ("Preached", document.published_at.clone()),
        ("Location", Some(document.location.clone())),
        ("Analyzed", Some(analyzed)),
        ("Manna", Some(manna)),
        (
            "Edited",
            (!document.edited.is_empty()).then(|| document.edited.keys().cloned().collect::<Vec<_>>().join(", ")),
        ),
        ("Corrections", (corrections > 0).then(|| corrections.to_string())),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            console.print(format_args!("{name:12} {value}"))?;
        }
    }
    for reference in document.references.iter().flatten() {
        let seconds = reference.start_seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.0} s"));
        let class = serde_json::to_value(reference.class)?;
        let class = class.as_str().unwrap_or_default();
        console.print(format_args!("{seconds:>8}  {:10}  {:20}  {}", class, reference.osis, reference.text))?;
    }
    Ok(())
}
