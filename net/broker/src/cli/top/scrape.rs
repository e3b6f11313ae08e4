//! One look at a broker through its admin port.

use crate::cli::failure::Failure;
use crate::cli::machine::now;
use crate::cli::top::page::Page;
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long the broker may take for each step.
const PATIENCE: Duration = Duration::from_secs(2);
/// No page of a broker is nearly as long.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// What a broker had counted at one moment.
pub(super) struct Scrape {
    pub(super) taken: Instant,
    pub(super) page: Page,
    /// The requests of `/slow`.
    pub(super) slowest: Vec<Value>,
}

impl Scrape {
    pub(super) fn take(address: SocketAddr) -> Result<Self, Failure> {
        let taken = now();
        let page = get(address, "/metrics")?;
        let page = Page::parse(&page).ok_or_else(|| no_broker(address))?;
        let slowest: Value =
            serde_json::from_str(&get(address, "/slow")?).map_err(|_| no_broker(address))?;
        let slowest = slowest["slowest"].as_array().cloned().unwrap_or_default();
        Ok(Self { taken, page, slowest })
    }
}

fn no_broker(address: SocketAddr) -> Failure {
    Failure::failed(format!("{address} answers, but not as the admin port of a broker does"))
}

/// The body of the answer.
fn get(address: SocketAddr, path: &str) -> Result<String, Failure> {
    let failed = |error: io::Error| {
        Failure::unreachable(format!(
            "{address}: {error}; the broker must be started with --admin {address}, or give its \
             admin port with --admin HOST:PORT"
        ))
    };
    let answer = exchange(address, path).map_err(failed)?;
    let answer = String::from_utf8(answer).map_err(|_| no_broker(address))?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| no_broker(address))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status {
        "200" => Ok(body.to_owned()),
        "503" => Err(Failure::failed(format!("{address}: {}", body.trim()))),
        _ => Err(no_broker(address)),
    }
}

fn exchange(address: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(answer)
}
