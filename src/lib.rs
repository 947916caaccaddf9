//! MannaMeter: the Nutrition Facts label for every sermon.
//!
//! Sermons come in over [`http`] or the [`cli`]. They are fetched and analyzed by [`jobs`], saved to the [`store`] by
//! [`safety`], and shown on pages. These are the modules, from the inside out; each uses only those above it:
//!
//! * `scripture_detector` (a separate crate): parses transcripts and finds Bible references; no I/O
//! * [`domain`]: the types shared by all layers
//! * [`search`]: the words of the search index; no I/O
//! * [`demo`]: generates fictional sermons; no I/O
//! * [`youtube`]: the only code that talks to YouTube
//! * [`store`]: the repositories, on SQLite or `PostgreSQL`
//! * [`safety`]: saving, the export, backups, restores, recovery, and background maintenance
//! * [`jobs`]: the analysis, from a link or transcript to a saved sermon ([`jobs::Pipeline`]), and the durable queue
//! * [`http`]: the API and the pages
//! * [`site`]: the pages as a static site
//! * [`app`]: the composition root, which builds and connects all of these
//! * [`cli`]: the commands
//!
//! [`clock`], [`config`], [`lifecycle`] and [`telemetry`] are small modules outside the layers. `tests/suite/layers.rs`
//! enforces the order. `docs/ARCHITECTURE.md` describes the invariants and walks through the main flows.

pub mod app;
mod backoff;
mod blocking;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod lifecycle;
pub mod safety;
pub mod search;
pub mod site;
pub mod store;
pub mod telemetry;
mod tls;
pub mod youtube;
