//! A TCP proxy in front of PostgreSQL that closes a connection when it sees a COMMIT.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    task::JoinSet,
};

/// A COMMIT in a simple query message.
const COMMIT: &[u8] = b"COMMIT\0";

/// When to close the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before the server receives the COMMIT.
    Before,
    /// After the server has received the COMMIT. Its reply is lost.
    After,
}

/// A running proxy. It stops when dropped.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    cuts: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Starts a proxy in front of a local server.
    pub(crate) async fn start(server: u16, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let cuts = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        let left = cuts.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let left = left.clone();
                connections.spawn(async move {
                    let server = TcpStream::connect(("127.0.0.1", server)).await.expect("the server listens");
                    let (from_client, mut to_client) = client.into_split();
                    let (mut from_server, to_server) = server.into_split();
                    // Whichever ends first drops all four halves, which closes both connections.
                    tokio::select! {
                        () = forward(from_client, to_server, cut, &left) => {}
                        _ = copy(&mut from_server, &mut to_client) => {}
                    }
                });
            }
        });
        Self { port, cuts, _tasks: tasks }
    }

    /// Makes the next `number` COMMITs close their connections.
    pub(crate) fn cut_next(&self, number: usize) {
        self.cuts.store(number, Ordering::SeqCst);
    }

    /// Returns how many of these have not happened yet.
    pub(crate) fn cuts_left(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Forwards what the client sends, until a COMMIT that closes the connection.
async fn forward(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, cut: Cut, left: &AtomicUsize) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = client.read(&mut buffer).await {
        let data = &buffer[..length];
        let is_commit = data.windows(COMMIT.len()).any(|window| window == COMMIT);
        let take_one = |left: usize| left.checked_sub(1);
        if is_commit && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take_one).is_ok() {
            if cut == Cut::After {
                server.write_all(data).await.expect("the server reads");
            }
            return;
        }
        if server.write_all(data).await.is_err() {
            return;
        }
    }
}
