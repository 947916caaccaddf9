//! Connections that attackers open: many, idle, half-open, or read slowly.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How long to wait for a response.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Raises this process's limit on open files as far as allowed. Programs that are started later inherit it.
pub(crate) fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("the hard limit is allowed");
}

/// Connects to a server.
pub(crate) fn connect(base: &str) -> io::Result<TcpStream> {
    let connection = TcpStream::connect(base.trim_start_matches("http://"))?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    Ok(connection)
}

/// Opens connections that send nothing, or only the beginning of a request.
pub(crate) fn open_idle(base: &str, count: usize) -> io::Result<Vec<TcpStream>> {
    (0..count)
        .map(|number| {
            let mut connection = connect(base)?;
            if number.is_multiple_of(2) {
                connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")?;
            }
            Ok(connection)
        })
        .collect()
}

/// Requests a page, reads the beginning of the response, and leaves the rest unread.
pub(crate) fn start_reading(base: &str, path: &str) -> io::Result<TcpStream> {
    let mut connection = connect(base)?;
    write!(connection, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")?;
    connection.read_exact(&mut [0; 64])?;
    Ok(connection)
}
