//! A TCP proxy before `PostgreSQL` that cuts a connection when it sees a COMMIT.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    task::JoinSet,
};

/// How a COMMIT goes as a simple query.
const COMMIT: &[u8] = b"COMMIT\0";

/// When the connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server never sees the COMMIT.
    Before,
    /// The server does it, and its answer is lost.
    After,
}

/// A running proxy; it ends with the value.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    cuts: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Before a server at a port of this machine.
    pub(crate) async fn before(server: u16, cut: Cut) -> Self {
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
                    // Whichever ends first drops all four halves, which cuts both connections.
                    tokio::select! {
                        () = forward(from_client, to_server, cut, &left) => {}
                        _ = copy(&mut from_server, &mut to_client) => {}
                    }
                });
            }
        });
        Self { port, cuts, _tasks: tasks }
    }

    /// Cuts at the next COMMITs.
    pub(crate) fn cut_next(&self, number: usize) {
        self.cuts.store(number, Ordering::SeqCst);
    }

    /// How many of them are still to come.
    pub(crate) fn cuts_left(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Forwards what the client says until a COMMIT at which to cut.
async fn forward(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, cut: Cut, left: &AtomicUsize) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = client.read(&mut buffer).await {
        let said = &buffer[..length];
        let is_commit = said.windows(COMMIT.len()).any(|window| window == COMMIT);
        let take_one = |left: usize| left.checked_sub(1);
        if is_commit && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take_one).is_ok() {
            if cut == Cut::After {
                server.write_all(said).await.expect("the server reads");
            }
            return;
        }
        if server.write_all(said).await.is_err() {
            return;
        }
    }
}
