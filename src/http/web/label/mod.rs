//! The Nutrition Facts label: its numbers, and its images as SVG and PNG.

mod facts;
mod picture;
mod routes;

pub(super) use facts::{Facts, GROUPS, canon_name};
pub(super) use routes::{card, label_png, label_svg};
