//! MannaMeter: the Nutrition Facts label for every sermon.
//!
//! The way of a sermon, and so of this tree, from the words inwards to the answers outwards:
//!
//! * [`domain`]: types that cannot be wrong, which everything else speaks in
//! * [`transcript`]: caption files of every format, read into one type
//! * [`scripture`]: the meter, which finds mentions of the Bible's books and says what each cites
//! * [`analysis`]: a transcript into counts, positions and references
//! * [`youtube`]: the only code that talks to YouTube
//! * [`store`]: what is kept, on SQLite or `PostgreSQL`
//! * [`safety`]: the files beside the database: the export, the safety backup, the one way to keep a result
//! * [`jobs`]: the way of a video from top to bottom ([`jobs::Pipeline`]), and the queue that it waits in
//! * [`http`], [`cli`]: the two ways in
//! * [`site`]: the pages as files, for a host that only hands out files
//! * [`demo`]: invented sermons, which go through the same analysis
//! * [`app`]: puts the parts together; [`config`], [`clock`], [`lifecycle`], [`telemetry`]: what it is made with
//!
//! Arrows point inwards only; `tests/layers.rs` holds that. `docs/ARCHITECTURE.md` has the invariants and the walkthroughs.

pub mod app;
mod backoff;
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
