//! What must hold for every page: it is accessible, silent, light, and can be used with the keys alone.
//!
//! The pages are listed in one place, [`site`]; a route for people that is not there fails
//! `every_route_for_people_is_looked_at`. All is fixed, time and sermons too, so that pages can be compared.

#[path = "../support/app.rs"]
#[expect(dead_code, reason = "other test binaries use other parts")]
mod app;
mod aria;
mod axe;
#[path = "../support/browser.rs"]
mod browser;
mod files;
mod keyboard;
mod listed;
mod silence;
mod site;
mod weight;
