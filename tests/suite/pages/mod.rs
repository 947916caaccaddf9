//! Requirements for every page: accessible, no console messages, no requests to other sites, small, usable by keyboard.
//!
//! The pages are listed in [`site`]; if a page route is missing there, `every_page_route_is_tested` fails. The clock,
//! the IDs and the sermons are fixed, so that snapshots change only when a page does.

mod aria;
mod axe;
mod files;
mod keyboard;
mod layout;
mod listed;
mod silence;
mod site;
mod weight;
