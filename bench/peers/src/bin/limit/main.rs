//! `millstream-bench limit` on other runtimes: the same recipe, the same protocol, the same load.
//!
//! ```sh
//! cargo run --release --bin limit -- tokio --listen 127.0.0.1:9092 --dir DIR --core 0
//! cargo run --release --bin limit -- glommio --listen 127.0.0.1:9092 --dir DIR --core 0
//! ```
//!
//! Prints `ready HOST:PORT` when it serves, and ends by SIGTERM or SIGINT.
//!
//! What is shared (frames, answers, the order in which they leave) is in `staging.rs`,
//! `outgoing.rs` and `requests.rs`, and is as it is on `millstream-io`: one copy from where bytes
//! were received to the frame that is written, one durable write per round of what came in, two in
//! flight or four where frames are full. What differs is in one file for each runtime: how bytes
//! come and go, and how a frame becomes durable there. Fetch is not answered.
#![forbid(unsafe_code)]

mod glommio;
mod options;
mod outgoing;
mod requests;
#[path = "../../scratch.rs"]
mod scratch;
mod signal;
mod staging;
mod tokio;

use options::{Options, Runtime};
use scratch::Scratch;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = Options::parse(&arguments).and_then(serve);
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

fn serve(options: Options) -> Result<()> {
    // Before the first file is made, so that no signal leaves one behind.
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let scratch = Scratch::new(&options.dir)?;
    let journal = scratch.path().join("journal");
    let (failed, failure) = std::sync::mpsc::channel();
    let waker = signals.handle();
    std::thread::spawn(move || {
        let outcome = match options.runtime {
            Runtime::Tokio => tokio::serve(&options, &journal),
            Runtime::Glommio => glommio::serve(&options, &journal),
        };
        drop(failed.send(outcome));
        waker.close();
    });
    // Nothing of it is worth more than the files, which go with the scratch.
    signals.forever().next();
    failure.try_recv().unwrap_or(Ok(()))
}

/// Tells whoever started this that it serves.
fn announce(address: std::net::SocketAddr) {
    println!("ready {address}");
}
