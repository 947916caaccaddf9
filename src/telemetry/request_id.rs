//! The ID of the HTTP request that the current task is serving.
//!
//! Log lines within a request carry the ID in their span. Because a job outlives its request and may run in another
//! process, the ID is stored with the job, so that the log lines of both can be found together.

use tokio::task_local;

/// Maximum length, in characters, of an ID stored with a job. Clients may send their own IDs.
const MAX_LENGTH: usize = 100;

task_local! {
    static REQUEST_ID: String;
}

/// Runs `future` as part of the request with this ID.
pub async fn scope<F: Future>(id: &str, future: F) -> F::Output {
    REQUEST_ID.scope(id.chars().take(MAX_LENGTH).collect(), future).await
}

/// Returns the ID of the current request, or `None` outside a request.
pub fn current() -> Option<String> {
    REQUEST_ID.try_with(String::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_id_is_known_inside_its_request_only() {
        assert_eq!(current(), None);
        assert_eq!(scope("abc", async { current() }).await.as_deref(), Some("abc"));
        let long = "x".repeat(MAX_LENGTH + 1);
        assert_eq!(scope(&long, async { current() }).await.map(|id| id.len()), Some(MAX_LENGTH));
    }
}
