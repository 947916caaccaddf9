//! The Nutrition Facts label of a sermon: its numbers, and the pictures of it at their own addresses.

mod facts;
mod picture;
mod routes;

pub(super) use facts::Facts;
pub(super) use routes::{card, label_png, label_svg};
