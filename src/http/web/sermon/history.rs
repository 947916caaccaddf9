//! `/video/{video_id}/history`: lists the versions of a sermon and the changes between them. Also deletes and restores
//! sermons.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::parse_document;
use crate::{
    domain::{Document, DocumentDifference, EditableField, Scope, VideoId},
    http::{
        api::history::visible,
        auth::MaybeClient,
        body::QueryString,
        error::AppError,
        state::AppState,
        web::{
            format::{self, Time},
            links::{Links, with_page},
            login::{AdminPage, render_private},
            page::Page,
            rows::{PageNumber, offset},
            see_other,
        },
    },
    store::HistorySummary,
};

/// Number of versions per page. Each version is read to compare it with the next one.
const PAGE_SIZE: u16 = 10;
/// Maximum number of references in each list of a difference.
const MAX_LISTED: usize = 12;

/// The page of the history.
#[derive(Debug, Template)]
#[template(path = "sermon_history.html")]
struct HistoryPage {
    page: Page,
    title: String,
    sermon_url: String,
    is_deleted: bool,
    is_admin: bool,
    rows: Vec<VersionRow>,
    newer_url: Option<String>,
    older_url: Option<String>,
}

/// An earlier version, with the change that led to the next one.
#[derive(Debug)]
struct VersionRow {
    seq: i64,
    /// What led to the next version, such as `Changed`.
    change: &'static str,
    until: Time,
    actor: String,
    title: String,
    manna: String,
    json_url: String,
    restore_url: String,
    /// The difference to the next version, or `None` if the sermon was deleted.
    difference: Option<DifferenceView>,
}

/// The differences between a version and the next one.
#[derive(Debug)]
struct DifferenceView {
    /// Changed fields, such as `Title: “Old” → “New”`.
    fields: Vec<String>,
    /// Headings, each with a list of references.
    references: Vec<(&'static str, Vec<String>)>,
    is_empty: bool,
}

/// The admin's page for a deleted sermon.
#[derive(Debug, Template)]
#[template(path = "sermon_deleted.html")]
struct DeletedPage {
    page: Page,
    title: String,
    deleted: Time,
    deleted_by: String,
    history_url: String,
    restore_url: String,
}

/// The page that asks for confirmation before a sermon is deleted.
#[derive(Debug, Template)]
#[template(path = "sermon_delete.html")]
struct DeletePage {
    page: Page,
    title: String,
    church: String,
    sermon_url: String,
    delete_url: String,
}

/// Shows the history. Versions from before a deletion are shown only to the admin and to token holders.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn history(
    State(state): State<AppState>,
    page: Page,
    client: MaybeClient,
    Path(id): Path<String>,
    QueryString(number): QueryString<PageNumber>,
) -> Result<Response, AppError> {
    let (id, number) = (VideoId::parse(&id)?, number.parse()?);
    let (current_seq, after) = visible(&state, &id, client.may(Scope::Read)).await?;
    // One extra version, to detect whether there is another page.
    let skipped = offset(number, PAGE_SIZE);
    let mut versions = state.store.history_page(&id, after, skipped, PAGE_SIZE + 1).await?;
    let has_more = versions.len() > usize::from(PAGE_SIZE);
    versions.truncate(usize::from(PAGE_SIZE));
    if current_seq.is_none() && versions.is_empty() {
        return Err(AppError::NoSuchSermon(id));
    }
    let current = match state.store.video(&id).await? {
        Some(stored) => Some((stored.seq, parse_document(&id, &stored.document)?)),
        None => None,
    };
    let mut known: Vec<(i64, Document)> = current.into_iter().collect();
    for seq in versions.iter().flat_map(|version| [version.seq, version.replaced_by_seq]) {
        if seq > after
            && known.iter().all(|(known, _)| *known != seq)
            && let Some(version) = state.store.version(&id, seq).await?
        {
            known.push((seq, parse_document(&id, &version.document)?));
        }
    }
    let address = page.links.history_page(&id);
    let rows = versions.into_iter().map(|version| VersionRow::new(&id, version, &known, &page.links)).collect();
    let title = known.first().map(|(_, document)| document.title.clone()).unwrap_or_default();
    let view = HistoryPage {
        title,
        sermon_url: page.links.sermon(&id),
        is_deleted: current_seq.is_none(),
        is_admin: client.may(Scope::Admin),
        rows,
        newer_url: (number > 1).then(|| with_page(&address, [], number - 1)),
        older_url: has_more.then(|| with_page(&address, [], number + 1)),
        page,
    };
    Ok(render_private(&view))
}

/// Restores a version and redirects to the sermon.
#[tracing::instrument(skip_all, fields(video = id, version = seq))]
pub(in crate::http::web) async fn restore(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    Path((id, seq)): Path<(String, i64)>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let restored = state.saver.restore_version(&id, seq, admin.0.actor()).await?;
    restored.ok_or_else(|| AppError::NoSuchVersion(id.clone(), seq))?;
    Ok(see_other(&format!("{}?edit=restored", Links::default().sermon(&id))))
}

/// Asks for confirmation before deleting the sermon.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn confirm_deletion(
    State(state): State<AppState>,
    page: Page,
    _admin: AdminPage,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let stored = state.store.video(&id).await?.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?;
    Ok(render_private(&DeletePage::new(page, &parse_document(&id, &stored.document)?)))
}

/// Deletes the sermon and redirects to its page, which offers to restore it.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn delete(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    // On a second click, the sermon has already been deleted.
    state.saver.delete(&id, admin.0.actor()).await?;
    Ok(see_other(&Links::default().sermon(&id)))
}

/// Returns a page that tells the admin that a sermon is deleted and offers to restore it, or `None` if it never
/// existed.
pub(super) async fn deleted_page(state: &AppState, page: Page, id: &VideoId) -> Result<Option<Response>, AppError> {
    let versions = state.store.history_page(id, -1, 0, 1).await?;
    let Some(last) = versions.into_iter().next() else { return Ok(None) };
    Ok(Some(render_private(&DeletedPage::new(page, id, &last))))
}

impl VersionRow {
    fn new(id: &VideoId, version: HistorySummary, known: &[(i64, Document)], links: &Links) -> Self {
        let find = |seq: i64| known.iter().find(|(known, _)| *known == seq).map(|(_, document)| document);
        let difference = match (find(version.seq), find(version.replaced_by_seq)) {
            (Some(old), Some(new)) if version.seq != version.replaced_by_seq => Some(DifferenceView::new(old, new)),
            _ => None,
        };
        Self {
            seq: version.seq,
            change: match version.reason.as_str() {
                "delete" => "Deleted",
                "restore" => "Replaced by a restored backup",
                "superseded" => "Older than the stored version",
                _ => "Changed",
            },
            until: Time::new(version.replaced_at),
            actor: version.actor,
            title: version.title,
            manna: format::number(version.manna),
            json_url: format!("{}/{}", links.history(id), version.seq),
            restore_url: links.restore_version(id, version.seq),
            difference,
        }
    }
}

impl DifferenceView {
    fn new(old: &Document, new: &Document) -> Self {
        let difference = DocumentDifference::new(old, new);
        let is_empty = difference.is_empty();
        let quoted = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("“{text}”") };
        let mut fields: Vec<_> = difference
            .fields
            .iter()
            .map(|field| format!("{}: {} → {}", label(field.field), quoted(&field.before), quoted(&field.after)))
            .collect();
        fields.extend(difference.engine.map(|(before, after)| format!("Detector: {before} → {after}")));
        let references =
            [("Added", difference.added), ("Changed", difference.changed), ("Removed", difference.removed)];
        let references = references.into_iter().filter(|(_, names)| !names.is_empty());
        Self { fields, references: references.map(|(heading, names)| (heading, shortened(names))).collect(), is_empty }
    }
}

/// Shortens a list. The last item then gives the number of items left out.
fn shortened(mut names: Vec<String>) -> Vec<String> {
    let more = names.len().saturating_sub(MAX_LISTED);
    names.truncate(MAX_LISTED);
    names.extend((more > 0).then(|| format!("and {more} more")));
    names
}

const fn label(field: EditableField) -> &'static str {
    match field {
        EditableField::Title => "Title",
        EditableField::Channel => "Church",
        EditableField::ChannelUrl => "Church address",
        EditableField::Speaker => "Speaker",
        EditableField::Series => "Series",
        EditableField::PublishedAt => "Date preached",
        EditableField::Location => "Location",
        EditableField::Url => "Link",
    }
}

impl DeletePage {
    fn new(page: Page, document: &Document) -> Self {
        let id = &document.video_id;
        Self {
            title: document.title.clone(),
            church: document.channel.clone(),
            sermon_url: page.links.sermon(id),
            delete_url: page.links.delete(id),
            page,
        }
    }
}

impl DeletedPage {
    fn new(page: Page, id: &VideoId, last: &HistorySummary) -> Self {
        Self {
            title: last.title.clone(),
            deleted: Time::new(last.replaced_at),
            deleted_by: last.actor.clone(),
            history_url: page.links.history_page(id),
            restore_url: page.links.restore_version(id, last.seq),
            page,
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::domain::Sha256;

    /// Renders the sample pages: the history for the admin and for visitors, and the pages about a deletion.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let id = VideoId::parse("sErm0n_Tst1").expect("an ID");
        let document = |title: &str| {
            let value = json!({"title": title, "channel": "Grace", "location": "<xss>"});
            Document::from_legacy(id.as_str(), value).expect("a document")
        };
        let version = |seq, reason: &str| HistorySummary {
            replaced_by_seq: seq + 1,
            seq,
            reason: reason.to_owned(),
            actor: "token:<xss>".to_owned(),
            replaced_at: DateTime::UNIX_EPOCH,
            sha256: Sha256::digest(b"x"),
            title: "Love & <Truth>".to_owned(),
            processed_at: DateTime::UNIX_EPOCH,
            manna: 3,
        };
        let known = [(3, document("New <xss>")), (2, document("Love & <Truth>"))];
        let view = |is_admin, is_deleted| HistoryPage {
            page: page.clone(),
            title: "Love & <Truth>".to_owned(),
            sermon_url: page.links.sermon(&id),
            is_deleted,
            is_admin,
            rows: [version(2, "update"), version(1, "delete")]
                .map(|version| VersionRow::new(&id, version, &known, &page.links))
                .into(),
            newer_url: Some("/newer".to_owned()),
            older_url: None,
        };
        vec![
            view(true, true).render().expect("a page"),
            view(false, false).render().expect("a page"),
            DeletePage::new(page.clone(), &known[1].1).render().expect("a page"),
            DeletedPage::new(page.clone(), &id, &version(1, "delete")).render().expect("a page"),
        ]
    }
}
