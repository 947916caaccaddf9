//! How far long work has come: a bar on a terminal, nothing in a log.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `total` pieces of work; it is drawn on standard error, and only if that is a terminal.
pub(super) fn bar(total: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}, {eta} left")
        .expect("the template is a constant with known keys");
    let bar = ProgressBar::new(total).with_style(style).with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
