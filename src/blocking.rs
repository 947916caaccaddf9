//! Runs blocking work without holding up the async runtime.

use std::io;

use tokio::task::spawn_blocking;
use tracing::Span;

/// Starts `work` on a thread for blocking tasks and returns a future for the result.
///
/// The work starts immediately and runs to completion even if the future is dropped. If it panics, the future returns
/// an [`io::Error`].
pub(crate) fn blocking<T, E, F>(work: F) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
where
    T: Send + 'static,
    E: From<io::Error> + Send + 'static,
    F: FnOnce() -> Result<T, E> + Send + 'static,
{
    let span = Span::current();
    let task = spawn_blocking(move || span.in_scope(work));
    async move { task.await.unwrap_or_else(|error| Err(io::Error::other(error).into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_result_is_returned_and_a_panic_becomes_an_error() {
        assert_eq!(blocking(|| io::Result::Ok(7)).await.unwrap(), 7);
        let panicked: io::Result<()> = blocking(|| panic!("on purpose")).await;
        assert!(panicked.unwrap_err().to_string().contains("panicked"));
    }
}
