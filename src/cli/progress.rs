//! Progress bars, which are shown only on a terminal.

use std::{sync::Mutex, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

use crate::safety::restore::{RestorePhase, RestoreProgress};

/// Creates a progress bar on standard error. It is hidden if standard error is not a terminal.
pub(super) fn bar(total: u64, message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}, {eta} left")
        .expect("the template is a constant with known keys");
    let bar = ProgressBar::new(total).with_style(style).with_message(message);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Shows the progress of a restore, with one bar per phase.
#[derive(Debug, Default)]
pub(super) struct RestoreBar(Mutex<Option<(RestorePhase, ProgressBar)>>);

impl RestoreBar {
    /// Removes the bar.
    pub(super) fn finish(&self) {
        if let Some((_, bar)) = self.0.lock().expect("nothing panics while it is held").take() {
            bar.finish_and_clear();
        }
    }
}

impl RestoreProgress for RestoreBar {
    fn report(&self, phase: RestorePhase, done: u64, total: u64) {
        let mut current = self.0.lock().expect("nothing panics while it is held");
        if current.as_ref().is_none_or(|(previous, _)| *previous != phase) {
            if let Some((_, bar)) = current.take() {
                bar.finish_and_clear();
            }
            tracing::info!("{}", phase.title());
            *current = Some((phase, bar(total, phase.title())));
        }
        if let Some((_, bar)) = current.as_ref() {
            bar.set_length(total);
            bar.set_position(done);
        }
    }
}
