//! The admin port: `/metrics`, `/slow`, `/health` and `/ready`, on a thread of its own.
//!
//! It reads a request's first line and answers; one request a connection, one connection at a time,
//! each within a second. A shard is only asked for what it has counted, so that whoever asks too
//! often waits himself.

use crate::cli::failure::Failure;
use crate::cli::machine::{now, resident_bytes};
use crate::metrics::{Surroundings, readiness, render, render_slowest};
use crate::node::Reporter;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

/// How long a request may take to come in, and its answer to go out.
const PATIENCE: Duration = Duration::from_secs(1);
/// No request that is answered here is longer.
const REQUEST_BYTES_MAX: usize = 8 << 10;
/// What ends a request without a body.
const END: &[u8] = b"\r\n\r\n";

/// Takes the admin port. Whoever connects waits until [`serve`] is called.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let fail = |error| Failure::listen(format!("--admin {address}: {error}"));
    TcpListener::bind(address).map_err(fail)
}

/// What is told of.
pub(crate) struct Site {
    pub(crate) reporter: Reporter,
    /// The data directory.
    pub(crate) data: PathBuf,
}

impl Site {
    fn surroundings(&self) -> Surroundings {
        let space = millstream_io::space(&self.data).ok();
        Surroundings { memory_bytes: resident_bytes(), space }
    }
}

/// Serves the admin port until the process ends.
pub(crate) fn serve(listener: TcpListener, site: Site) -> io::Result<()> {
    let thread = std::thread::Builder::new().name(String::from("admin"));
    let serving = thread.spawn(move || {
        // A connection that failed before it was accepted, or that breaks, is its peer's affair.
        listener.incoming().flatten().for_each(|stream| drop(answer(stream, &site)));
    });
    serving.map(drop)
}

fn answer(mut stream: TcpStream, site: &Site) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = read_request(&mut stream)?;
    let (status, kind, body) = respond(&request, site);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

/// Everything up to the empty line that ends a request without a body.
fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let until = now() + PATIENCE;
    let mut request = vec![0; REQUEST_BYTES_MAX];
    let mut count = 0;
    // A peer that sends byte by byte would otherwise keep everybody else waiting.
    while count < request.len() && now() < until && !request[..count].ends_with(END) {
        match stream.read(&mut request[count..])? {
            0 => break,
            got => count += got,
        }
    }
    request.truncate(count);
    Ok(request)
}

/// How Prometheus knows its format; everything else that is text may have it too.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const JSON: &str = "application/json";

/// The status, the type of the answer, and the answer.
type Answer = (&'static str, &'static str, String);

fn respond(request: &[u8], site: &Site) -> Answer {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default();
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    if method != "GET" {
        return ("405 Method Not Allowed", TEXT, String::from("GET alone is answered\n"));
    }
    match (path, site.reporter.gather()) {
        ("/metrics", Ok(reports)) => ("200 OK", TEXT, render(&reports, site.surroundings())),
        ("/slow", Ok(reports)) => ("200 OK", JSON, render_slowest(&reports)),
        ("/ready", Ok(reports)) => match readiness(&reports) {
            Ok(()) => ("200 OK", TEXT, String::from("ok\n")),
            Err(fault) => ("503 Service Unavailable", TEXT, format!("{fault}\n")),
        },
        ("/health", Ok(_)) => ("200 OK", TEXT, String::from("ok\n")),
        ("/metrics" | "/slow" | "/health" | "/ready", Err(error)) => {
            ("503 Service Unavailable", TEXT, format!("{error}\n"))
        }
        _ => ("404 Not Found", TEXT, String::from("/metrics, /slow, /health, /ready\n")),
    }
}
