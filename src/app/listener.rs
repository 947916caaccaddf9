//! Accepts connections, and limits their number, in total and per client, and their idle time.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

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

use crate::http::network;

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

/// The response to a client that has too many connections. Clients that have already sent a request may not receive it.
const REFUSAL: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 10\r\nconnection: close\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 45\r\n\r\n\
    Too many open connections from your address.\n";

/// Counts the open connections of each client: an IPv4 address or an IPv6 /64.
#[derive(Debug)]
struct ClientConnections {
    limit: usize,
    state: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    open: HashMap<IpAddr, usize>,
    refused: u64,
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
struct CountedConnection {
    clients: Arc<ClientConnections>,
    client: IpAddr,
}

impl ClientConnections {
    /// Allows each client this number of open connections.
    fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, state: Mutex::default() })
    }

    /// Counts a connection, unless the client has too many.
    fn add(self: &Arc<Self>, address: IpAddr) -> Option<CountedConnection> {
        let client = network(address);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let open = state.open.get(&client).copied().unwrap_or_default();
        if open < self.limit {
            state.open.insert(client, open + 1);
            return Some(CountedConnection { clients: Arc::clone(self), client });
        }
        state.refused += 1;
        let refused = state.refused;
        drop(state);
        // The 1st, 10th, 100th and so on, because the client decides how many there are.
        if 10_u64.pow(refused.ilog10()) == refused {
            tracing::warn!(%client, open, refused, "refused a connection: this address has too many open ones");
        }
        None
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        let mut state = self.clients.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = state.open.get_mut(&self.client) {
            *open -= 1;
            if *open == 0 {
                state.open.remove(&self.client);
            }
        }
    }
}

/// Serves connections until the token is canceled. Open requests then have `grace` to finish before they are cut off.
///
/// Each client may have `per_client` connections; `None` for any number. A tenth of all connections is always left to
/// the other clients.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    per_client: Option<u32>,
    token: &CancellationToken,
    grace: Duration,
) {
    let total = max_connections();
    let permits = Arc::new(Semaphore::new(total));
    let limit = |limit| usize::try_from(limit).unwrap_or(usize::MAX).min(total - total / 10);
    let clients = per_client.map(|per_client| ClientConnections::new(limit(per_client)));
    let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await.expect("the semaphore is never closed");
            (permit, accept(&listener).await)
        };
        let Some((permit, (stream, client))) = token.run_until_cancelled(next).await else { break };
        let counted = match clients.as_ref().map(|clients| clients.add(client.ip())) {
            Some(None) => {
                let _ = stream.try_write(REFUSAL);
                continue;
            }
            counted => counted.flatten(),
        };
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
            drop((permit, counted));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_counted_as_long_as_its_connections_are_open() {
        let clients = ClientConnections::new(2);
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let first = clients.add(address("192.0.2.1")).expect("the first connection");
        let _second = clients.add(address("::ffff:192.0.2.1")).expect("the second connection");
        assert!(clients.add(address("192.0.2.1")).is_none());
        assert!(clients.add(address("192.0.2.2")).is_some(), "another client");
        drop(first);
        assert!(clients.add(address("192.0.2.1")).is_some());
        assert_eq!(clients.state.lock().expect("the counts").open.len(), 1, "closed connections leave nothing behind");
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let clients = ClientConnections::new(1);
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let _open = clients.add(address("2001:db8:1:2::1")).expect("the first connection");
        assert!(clients.add(address("2001:db8:1:2:3:4:5:6")).is_none());
        assert!(clients.add(address("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn the_refusal_has_the_length_that_it_states() {
        let refusal = std::str::from_utf8(REFUSAL).expect("text");
        let (head, body) = refusal.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{refusal}");
    }
}
