//! `mannameter edit`: edits the details of a sermon.

use anyhow::{Context, bail};
use clap::{Args, builder::PossibleValuesParser};

use super::console::{Console, Output};
use crate::{
    app::App,
    config::Settings,
    domain::{EditableField, FieldChange, VideoId},
    safety::{Revised, RevisionRequest, SermonChange},
};

/// The actor recorded in the history and the audit log.
const ACTOR: &str = "cli";

/// The arguments of `edit`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// ID of the sermon
    #[arg(value_name = "VIDEO_ID")]
    video: VideoId,

    /// Title of the sermon
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Name of the speaker
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,

    /// Name of the series
    #[arg(long, value_name = "NAME")]
    series: Option<String>,

    /// When the sermon was preached, such as 2026-05-31
    #[arg(long, value_name = "DATE")]
    date: Option<String>,

    /// Name of the church
    #[arg(long, value_name = "NAME")]
    church: Option<String>,

    /// URL of the church
    #[arg(long, value_name = "URL")]
    church_url: Option<String>,

    /// Country or town
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,

    /// URL where the sermon can be watched
    #[arg(long, value_name = "URL")]
    link: Option<String>,

    /// Restore the fetched or submitted value of this field; can be repeated
    #[arg(long, value_name = "FIELD", value_parser = PossibleValuesParser::new(FLAGS.map(|(flag, _)| flag)))]
    reset: Vec<String>,

    /// Print the document as JSON
    #[arg(long)]
    json: bool,
}

/// The flags, and the field that each sets.
const FLAGS: [(&str, EditableField); 8] = [
    ("title", EditableField::Title),
    ("speaker", EditableField::Speaker),
    ("series", EditableField::Series),
    ("date", EditableField::PublishedAt),
    ("church", EditableField::Channel),
    ("church-url", EditableField::ChannelUrl),
    ("location", EditableField::Location),
    ("link", EditableField::Url),
];

impl Arguments {
    fn changes(&self) -> anyhow::Result<Vec<FieldChange>> {
        let values = [
            &self.title,
            &self.speaker,
            &self.series,
            &self.date,
            &self.church,
            &self.church_url,
            &self.location,
            &self.link,
        ];
        let mut changes = Vec::new();
        for ((flag, field), value) in FLAGS.into_iter().zip(values) {
            let is_reset = self.reset.iter().any(|reset| reset == flag);
            match value {
                Some(_) if is_reset => bail!("--{flag} and --reset {flag} contradict each other"),
                Some(text) => {
                    let value = field.parse_value(text).with_context(|| format!("--{flag} \"{text}\""))?;
                    changes.push((field, Some(value)));
                }
                None if is_reset => changes.push((field, None)),
                None => {}
            }
        }
        if changes.is_empty() {
            bail!("there is nothing to change; `mannameter edit --help` lists the fields");
        }
        Ok(changes)
    }
}

/// Edits the sermon and updates the export.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let change = SermonChange::Fields(arguments.changes()?);
    let app = App::open_existing(settings).await?;
    let id = arguments.video;
    let request = RevisionRequest { id: id.clone(), based_on: None, actor: ACTOR.into(), address: None, change };
    let Revised { document, changed, saved, .. } = app.saver.revise(request).await?;
    let console = if arguments.json { Console::json() } else { Console::text() };
    if saved.is_some() {
        console.print(format_args!("Changed {} of {id}; the old version is in the history", changed.join(", ")))?;
        let report = app.exporter.export_now().await.context("the change is saved, but the export was not written")?;
        console.print_export(&app, &report)?;
    } else {
        console.print(format_args!("{id} already has these values; nothing was changed"))?;
    }
    Output::new(arguments.json).print(&document, |_| Ok(()))?;
    app.close().await;
    Ok(())
}
