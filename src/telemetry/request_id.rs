//! The ID of the HTTP request that the current task serves.
//!
//! Within a request, log lines carry the ID through their span. A job outlives its request and may run in another
//! process; it is stored with the ID, so that the lines of both can be found together.

use tokio::task_local;

/// Longest ID that is stored with a job, in characters. A client may send an ID of its own.
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
