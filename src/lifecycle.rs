//! From the first signal to the last task: how the program stops.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What long-lived tasks run on, and what tells them to stop.
///
/// A child of [`Lifecycle::token`] goes to each task; every task is spawned on [`Lifecycle::tasks`].
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// Canceled when the program is to stop.
    pub token: CancellationToken,
    /// Every task of the program.
    pub tasks: TaskTracker,
}

impl Lifecycle {
    /// Stops the program at the first SIGTERM or SIGINT.
    ///
    /// # Errors
    /// When the signals cannot be listened for.
    pub fn stop_on_signals(&self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let token = self.token.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
                _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
                () = token.cancelled() => {}
            }
            token.cancel();
        });
        Ok(())
    }

    /// Tells every task to stop and waits for them; `false` if some had not ended after `patience`.
    pub async fn stop(&self, patience: Duration) -> bool {
        self.token.cancel();
        self.tasks.close();
        tokio::time::timeout(patience, self.tasks.wait()).await.is_ok()
    }
}
