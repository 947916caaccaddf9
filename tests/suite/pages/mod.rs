//! What must hold for every page: it is accessible, silent, light, and can be used with the keys alone.
//!
//! The pages are listed in one place, [`site`]; a route for people that is not there fails
//! `every_route_for_people_is_looked_at`. All is fixed, time and sermons too, so that pages can be compared.

mod aria;
mod axe;
mod files;
mod keyboard;
mod listed;
mod silence;
mod site;
mod weight;
