//! The web pages. They work without JavaScript, and every view has its own URL.
//!
//! A handler reads from the store and builds a view struct with formatted values. The only logic in templates is to
//! show or hide a value.

mod add;
mod analyze;
mod audit;
mod backup;
mod book;
mod canon;
mod dashboard;
mod docs;
mod error_page;
mod format;
mod gone;
mod group;
mod heat;
mod job;
mod jobs;
mod label;
mod links;
mod login;
mod manifest;
mod page;
mod passage;
mod paste_form;
mod revalidation;
mod robots;
mod rows;
mod search;
mod sermon;
mod theme;
mod tokens;
mod transcript;
mod trend;

use std::sync::Arc;

use axum::{
    Extension, Router,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use utoipa::openapi::OpenApi;

use super::{cache::CachePolicy, state::AppState};

pub(super) use error_page::error_page;

/// Returns the routes of all pages.
pub(super) fn routes(document: Arc<OpenApi>) -> Router<AppState> {
    Router::new()
        .route("/", get(dashboard::dashboard))
        .route("/video/{video_id}", get(sermon::sermon))
        .route("/book/{name}", get(book::book))
        .route("/church", get(group::church_by_name))
        .route("/church/{slug}", get(group::church))
        .route("/speaker/{slug}", get(group::speaker))
        .route("/series/{slug}", get(group::series))
        .route("/passage/{text}", get(passage::passage))
        .route("/search", get(search::search))
        .route("/video/{video_id}/card.png", get(label::card))
        .route("/video/{video_id}/label.png", get(label::label_png))
        .route("/video/{video_id}/label.svg", get(label::label_svg))
        .route("/video/{video_id}/reanalyze", post(sermon::reanalyze))
        .route("/video/{video_id}/correct", get(sermon::correct).post(sermon::save_correction))
        .route("/video/{video_id}/corrections/{id}/remove", post(sermon::remove_correction))
        .route("/video/{video_id}/delete", get(sermon::confirm_deletion).post(sermon::delete))
        .route("/video/{video_id}/history", get(sermon::history))
        .route("/video/{video_id}/history/{seq}/restore", post(sermon::restore))
        .route("/video/{video_id}/edit", get(sermon::edit).post(sermon::save_edit))
        .route("/video/{video_id}/transcript", get(transcript::transcript))
        .route("/video/{video_id}/transcript.txt", get(transcript::plain_text))
        .route("/video/{video_id}/transcript.srt", get(transcript::srt))
        .route("/add", get(add::form))
        .route("/jobs", get(jobs::jobs))
        .route("/jobs/retry", post(jobs::retry_all))
        .route("/jobs/{id}", get(job::job))
        .route("/jobs/{id}/retry", post(jobs::retry))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/analyze", post(analyze::analyze))
        .route("/theme", post(theme::theme))
        .route("/login", get(login::page).post(login::log_in))
        .route("/logout", post(login::log_out))
        .route("/backup", get(backup::backup))
        .route("/backup/create", post(backup::create))
        .route("/backup/verify/{name}", post(backup::verify))
        .route("/backup/cleanup", get(backup::cleanup).post(backup::remove_old))
        .route("/backup/restore/{name}", get(backup::preview))
        .route("/backup/restore", post(backup::restore))
        .route("/backup/undo/{id}", post(backup::undo))
        .route("/audit", get(audit::audit))
        .route("/manifest.webmanifest", get(manifest::manifest))
        .route("/tokens", get(tokens::tokens).post(tokens::create))
        .route("/tokens/{id}/revoke", post(tokens::revoke))
        .route("/robots.txt", get(robots::robots))
        .route("/sitemap.xml", get(robots::sitemap))
        .route("/sitemap/{name}", get(robots::part))
        .route("/migrate", any(gone::migrate))
        .route("/rebuild", any(gone::rebuild))
        .route("/docs", get(docs::docs).layer(Extension(document)))
}

/// Returns the routes for uploads, which have separate limits on size and time.
pub(super) fn uploads() -> Router<AppState> {
    Router::new().route("/backup/upload", post(backup::upload)).route("/add", post(add::add))
}

/// Redirects a browser to another page (`303 See Other`). `path` excludes the base path, which `base_path` adds.
fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, CachePolicy::NoStore, [(header::LOCATION, path.to_owned())]).into_response()
}

#[cfg(test)]
mod tests {
    use super::{
        add, audit, backup, book, dashboard, docs, error_page, group, job, jobs, login,
        page::{Page, Theme},
        passage, paste_form, search, sermon, tokens, transcript,
    };

    /// Renders every page in each of its states.
    fn pages(theme: Theme) -> Vec<String> {
        let page = Page { theme, path: "/?q=\"><xss>&sort=manna".to_owned(), ..Page::default() };
        let samples = [
            dashboard::sample::pages,
            sermon::sample::pages,
            sermon::sample::forms,
            add::sample::pages,
            job::sample::pages,
            jobs::sample::pages,
            docs::sample::pages,
            error_page::sample::pages,
            login::sample::pages,
            backup::sample::pages,
            audit::sample::pages,
            tokens::sample::pages,
            group::sample::pages,
            book::sample::pages,
            passage::sample::pages,
            paste_form::sample::pages,
            search::sample::pages,
            transcript::sample::pages,
        ];
        samples.iter().flat_map(|sample| sample(&page)).collect()
    }

    /// Returns the tags of a page, without `<` and `>`.
    fn tags(html: &str) -> Vec<&str> {
        html.split('<').skip(1).filter_map(|tag| tag.split_once('>').map(|(tag, _)| tag)).collect()
    }

    /// Returns the value of an attribute.
    fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
        tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
    }

    #[test]
    fn every_page_has_a_language_one_h1_and_no_inline_styles_or_handlers() {
        for theme in Theme::ALL {
            for html in pages(theme) {
                let tags = tags(&html);
                assert!(html.contains(&format!("<html lang=\"en\" data-theme=\"{}\">", theme.name())));
                assert_eq!(tags.iter().filter(|tag| **tag == "h1" || tag.starts_with("h1 ")).count(), 1, "{html}");
                for tag in tags {
                    assert!(attribute(tag, "style").is_none() && !tag.starts_with("style"), "{tag}");
                    // Only attribute names count, not quoted values.
                    assert!(!tag.split('"').step_by(2).any(|names| names.contains(" on")), "{tag}");
                    let inline = tag.starts_with("script") && attribute(tag, "src").is_none();
                    assert!(!inline, "{tag}");
                }
            }
        }
    }

    #[test]
    fn every_field_has_a_label_and_every_id_is_unique() {
        for html in pages(Theme::Auto) {
            let tags = tags(&html);
            let ids: Vec<_> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
            let mut unique = ids.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), ids.len(), "{ids:?}");
            for tag in &tags {
                let field = ["input ", "select ", "textarea "].iter().any(|name| tag.starts_with(name));
                if field && attribute(tag, "type") != Some("hidden") {
                    let id = attribute(tag, "id").unwrap_or_else(|| panic!("{tag} has no id"));
                    assert!(html.contains(&format!("<label for=\"{id}\"")), "{tag} has no label");
                }
                for name in ["aria-labelledby", "aria-describedby"] {
                    let target = attribute(tag, name);
                    assert!(target.is_none_or(|target| ids.contains(&target)), "{tag} refers to a missing id");
                }
            }
        }
    }

    #[test]
    fn user_input_never_becomes_markup_or_a_script_link() {
        for html in pages(Theme::Auto) {
            for markup in ["<Truth>", "<line>", "<YouTube>", "<xss>", "<b>John", "href=\"javascript:"] {
                assert!(!html.contains(markup), "{markup} in {html}");
            }
        }
    }
}
