//! Graceful shutdown.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Tracks long-lived tasks and tells them to stop.
///
/// Every task is spawned on [`Lifecycle::tasks`] and is given a child of [`Lifecycle::token`].
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// Canceled when the program must stop.
    pub token: CancellationToken,
    /// All tasks of the program.
    pub tasks: TaskTracker,
}

impl Lifecycle {
    /// Cancels the token at the first SIGTERM or SIGINT.
    ///
    /// # Errors
    /// Fails if the signal handlers cannot be installed.
    pub fn stop_on_signals(&self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let token = self.token.clone();
        self.tasks.spawn(async move {
            let signal = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = token.cancelled() => return,
            };
            // Cancel before logging, which may block if nothing reads the log.
            token.cancel();
            tracing::info!("{signal}: stopping");
        });
        Ok(())
    }

    /// Stops all tasks and waits for them to end. Returns `false` if some are still running after `timeout`.
    pub async fn stop(&self, timeout: Duration) -> bool {
        self.token.cancel();
        self.tasks.close();
        tokio::time::timeout(timeout, self.tasks.wait()).await.is_ok()
    }
}
