//! Requests through proxies.

use std::sync::Arc;

use mannameter::youtube::{ErrorClass, ProxyUrl, Settings, YouTube};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{VIDEO, class, client, id, settings};
use crate::support::youtube::{FakeYouTube, Reply};

/// A forward proxy that rejects the first connections with 403 and forwards the rest.
struct ForwardProxy {
    address: std::net::SocketAddr,
    requests: Arc<std::sync::Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl ForwardProxy {
    async fn start(refuse_first: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(std::sync::Mutex::new(Vec::new()));
        let recorded = Arc::clone(&requests);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            for number in 0.. {
                let (connection, _) = listener.accept().await.expect("a connection");
                forward(connection, number < refuse_first, &recorded).await;
            }
        });
        Self { address, requests, _tasks: tasks }
    }

    fn url(&self) -> ProxyUrl {
        ProxyUrl::parse(&format!("http://ann:hunter2@{}", self.address)).expect("a proxy")
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

/// Forwards one request (`POST http://host/path`) and closes the connection.
async fn forward(mut connection: TcpStream, refuse: bool, recorded: &std::sync::Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        let length = connection.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some(end) = text.find("\r\n\r\n") else {
            if length == 0 {
                return;
            }
            continue;
        };
        let expected =
            text.to_lowercase().split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if length == 0 || request.len() >= end + 4 + expected.unwrap_or(0) {
            break text;
        }
    };
    recorded.lock().expect("not poisoned").push(head.clone());
    if refuse {
        connection.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await.ok();
        return;
    }
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (host, _) = target.trim_start_matches("http://").split_once('/').expect("an absolute URL");
    let mut upstream = TcpStream::connect(host).await.expect("the server");
    let forwarded = head.replacen(&format!("http://{host}"), "", 1).replacen("\r\n", "\r\nconnection: close\r\n", 1);
    upstream.write_all(forwarded.as_bytes()).await.expect("sent");
    tokio::io::copy(&mut upstream, &mut connection).await.ok();
}

#[tokio::test]
async fn after_a_block_a_rotating_proxy_is_tried_again_with_a_new_connection() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_asr_only.json")]);
    let proxy = ForwardProxy::start(9).await;
    let client = client(Settings { rotating_proxy: Some(proxy.url()), ..settings(&server) });
    assert!(client.video(&id()).await.is_ok());
    assert_eq!((proxy.requests().len(), server.requests().len()), (10, 1));
    assert!(proxy.requests()[0].to_lowercase().contains("proxy-authorization: basic "));

    let proxy = ForwardProxy::start(usize::MAX).await;
    let client = self::client(Settings { rotating_proxy: Some(proxy.url()), ..settings(&server) });
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Blocked);
    assert_eq!(proxy.requests().len(), 10);
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Blocked);
    assert_eq!(proxy.requests().len(), 20, "with a proxy there is no cooldown");
}

#[tokio::test]
async fn the_proxies_of_a_list_are_used_in_turn_and_a_block_is_not_retried() {
    let server = FakeYouTube::start().await;
    server.on(&format!("player/{VIDEO}"), [Reply::file("innertube/ok_asr_only.json")]);
    let (bad, good) = (ForwardProxy::start(usize::MAX).await, ForwardProxy::start(0).await);
    let client = client(Settings { proxy_list: vec![bad.url(), good.url()], ..settings(&server) });
    assert_eq!(class(&client.video(&id()).await), ErrorClass::Blocked);
    assert!(client.video(&id()).await.is_ok());
    assert_eq!((bad.requests().len(), good.requests().len()), (1, 1));
}

#[tokio::test]
async fn passwords_and_keys_are_never_printed() {
    let server = FakeYouTube::start().await;
    let proxy = ProxyUrl::parse("http://ann:hunter2@127.0.0.1:9").unwrap();
    let settings = Settings {
        rotating_proxy: Some(proxy.clone()),
        proxy_list: vec![proxy],
        api_key: Some("s3cret".into()),
        ..settings(&server)
    };
    let client = client(settings.clone());
    let error = client.video(&id()).await.unwrap_err();
    let printed = format!("{settings:?} {client:?} {error:?} {error}");
    assert!(!printed.contains("hunter2") && !printed.contains("s3cret"), "{printed}");
    assert!(error.message.contains("***@127.0.0.1:9"), "{error}");
}
