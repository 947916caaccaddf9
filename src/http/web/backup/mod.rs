//! The admin's backup pages: the list, cleanup, and restore.

mod cleanup;
mod forms;
mod notice;
mod page;
mod restore;
mod status;

pub(super) use cleanup::cleanup;
pub(super) use forms::{create, remove_old, upload, verify};
pub(super) use page::backup;
pub(super) use restore::{preview, restore, undo};

#[cfg(test)]
pub(super) mod sample {
    use super::{cleanup, page, restore};
    use crate::http::web::page::Page;

    /// Renders the sample pages of this module.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        [page::sample::pages, cleanup::sample::pages, restore::sample::pages]
            .iter()
            .flat_map(|sample| sample(page))
            .collect()
    }
}
