//! Helpers shared by the tests: databases, browsers, fake servers, and the built program.

pub(crate) mod app;
pub(crate) mod bench;
pub(crate) mod browser;
pub(crate) mod connections;
pub(crate) mod instance;
pub(crate) mod ledger;
pub(crate) mod pgbouncer;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod s3;
pub(crate) mod saving;
pub(crate) mod youtube;
