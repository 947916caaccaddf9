//! `mannameter health`: asks the running server whether it serves requests.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::console::Console;
use crate::config::Settings;

/// How long the server may take to respond.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Longest response that is read, in bytes.
const MAX_RESPONSE: u64 = 64 * 1024;

/// Requests `/healthz` from the server that runs with the same settings on this machine.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let address = SocketAddr::new(reachable(settings.host), settings.port);
    let path = format!("{}/healthz", settings.base_path());
    let response = timeout(MAX_WAIT, get(address, &path))
        .await
        .with_context(|| format!("{address} did not respond within {} seconds", MAX_WAIT.as_secs()))?
        .with_context(|| format!("no server responds on {address}"))?;
    let status = response.lines().next().unwrap_or_default();
    let is_ok = status.split_whitespace().nth(1) == Some("200");
    ensure!(is_ok, "{address} responded to {path} with {status:?} instead of 200");
    Console::text().print(format_args!("http://{address}{path} responds."))?;
    Ok(())
}

/// Returns an address under which a server that listens on `host` can be reached from this machine.
const fn reachable(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host,
    }
}

/// Returns the response to a `GET` request, with its headers.
async fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
    let mut response = Vec::new();
    connection.take(MAX_RESPONSE).read_to_end(&mut response).await?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}
