//! What integration tests share.

pub mod youtube;
