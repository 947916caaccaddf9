//! Accepts connections, and limits their number and idle time.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::Service as _;

/// How long a client may take to send the headers of its next request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum number of open connections. Further connections wait until one closes.
const MAX_CONNECTIONS: u64 = 10_000;
/// Number of file descriptors reserved for everything except connections: files, the database, and requests to YouTube.
const RESERVED_DESCRIPTORS: u64 = 256;
/// Maximum number of file descriptors to request.
const MAX_DESCRIPTORS: u64 = 65_536;
/// How long to wait after a connection could not be accepted, usually because too many file descriptors are open.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// Serves connections until the token is canceled. Open requests then have `grace` to finish before they are cut off.
pub(super) async fn serve(listener: TcpListener, router: Router, token: &CancellationToken, grace: Duration) {
    let permits = Arc::new(Semaphore::new(max_connections()));
    let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await.expect("the semaphore is never closed");
            (permit, accept(&listener).await)
        };
        let Some((permit, (stream, client))) = token.run_until_cancelled(next).await else { break };
        let router = router.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(client));
            router.clone().call(request.map(Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // This fails when the client disconnects, which is normal.
            let _ = connection.await;
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end within {grace:?}; closing them");
    }
    connections.shutdown().await;
}

/// Accepts the next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}

/// Raises the soft limit on file descriptors as far as allowed, and returns the number of connections that fit.
fn max_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(MAX_DESCRIPTORS).min(MAX_DESCRIPTORS);
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "could not raise the limit on open files");
        }
    }
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(MAX_DESCRIPTORS);
    let connections = descriptors.saturating_sub(RESERVED_DESCRIPTORS).clamp(16, MAX_CONNECTIONS);
    usize::try_from(connections).expect("at most 10,000")
}
