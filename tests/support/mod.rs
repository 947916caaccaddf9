//! What several tests need: databases, browsers, stand-ins, and the program as its users run it.

pub(crate) mod app;
pub(crate) mod bench;
pub(crate) mod browser;
pub(crate) mod saving;
pub(crate) mod ledger;
pub(crate) mod place;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod s3;
pub(crate) mod youtube;
