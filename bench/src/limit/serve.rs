//! `limit serve`: the server, until a signal ends it.

use super::answers::Answers;
use super::connection::{self, Server};
use super::copier::Copier;
use super::journal::Journal;
use super::prepared::Prepared;
use crate::failure::Failure;
use crate::recycled::Recycled;
use crate::scratch::Scratch;
use clap::Args;
use millstream_io::{
    Inbox, Io, IoError, ListenOptions, Listener, Priority, Reply, Shard, ShardOptions, channel,
    reply,
};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::collections::VecDeque;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Memory for frames that are filled, written and copied, and for what is fetched.
const BUFFERS_BYTES_MAX: usize = 288 << 20;
const RECEIVE_BUFFER_COUNT: u16 = 2048;

/// Serve a load over Kafka's protocol with the bare recipe.
///
/// Prints `ready HOST:PORT` when it serves, and ends by SIGTERM or SIGINT (Ctrl-C).
#[derive(Args, Clone, Debug)]
pub(super) struct Serve {
    /// Where clients are served; port 0 takes a free one.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:9092")]
    listen: SocketAddr,
    /// The directory in which the journal is made, and removed at the end.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The core of the shard, as an index into those that the process may use.
    #[arg(long, value_name = "N")]
    core: Option<usize>,
    /// The size of the journal; by default that of the engine's. The place of a second write has
    /// twice as much.
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    #[arg(value_parser = clap::value_parser!(u32).range(16..=65_536))]
    journal_mib: u32,
    /// Write everything a second time, as a broker with many partitions must.
    #[arg(long)]
    second_write: bool,
    /// Answer before the journal is durable.
    #[arg(long)]
    relaxed: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        // Before the first file is made, so that no signal leaves one behind.
        let signals = Signals::new([SIGTERM, SIGINT]);
        let mut signals = signals.map_err(|error| Failure::failed(format!("signals: {error}")))?;
        let copy_bytes = if self.second_write { self.copy_bytes() } else { 0 };
        let scratch = Scratch::new(&self.dir, self.journal_bytes() + copy_bytes)?;
        let options = ShardOptions {
            core: self.core,
            buffers_bytes_max: BUFFERS_BYTES_MAX,
            receive_buffer_count: RECEIVE_BUFFER_COUNT,
            ..ShardOptions::default()
        };
        let (stop, stopping) = channel(1);
        let (ready, started) = reply();
        let path = scratch.path().to_owned();
        let shard = Shard::start(options, move |io| async move {
            self.serve(io, &path, ready, stopping).await;
        });
        let shard = shard.map_err(|error| Failure::failed(error.to_string()))?;
        let address = started.wait().map_err(|error| Failure::failed(error.to_string()))??;
        let mut output = std::io::stdout().lock();
        let said = writeln!(output, "ready {address}").and_then(|()| output.flush());
        said.map_err(|error| Failure::failed(format!("standard output: {error}")))?;
        signals.forever().next();
        drop(stop);
        shard.join().map_err(|error| Failure::failed(error.to_string()))
    }

    fn journal_bytes(&self) -> u64 {
        u64::from(self.journal_mib) << 20
    }

    fn copy_bytes(&self) -> u64 {
        2 * self.journal_bytes()
    }

    async fn serve(
        self,
        io: Io,
        path: &Path,
        ready: Reply<Result<SocketAddr, Failure>>,
        mut stopping: Inbox<()>,
    ) {
        let (server, listener) = match self.prepare(&io, path).await {
            Ok(prepared) => prepared,
            Err(failure) => {
                ready.send(Err(failure));
                return;
            }
        };
        ready.send(Ok(listener.local_address()));
        drop(io.spawn(Priority::Foreground, accept(server, listener)));
        while stopping.receive(&mut VecDeque::new()).await {}
    }

    async fn prepare(&self, io: &Io, path: &Path) -> Result<(Rc<Server>, Listener), Failure> {
        let failed = |error: IoError| Failure::directory(error.to_string());
        let listening = io.listen(self.listen, ListenOptions::default()).await;
        let listener =
            listening.map_err(|error| Failure::failed(format!("{}: {error}", self.listen)))?;
        let prepared = Prepared::make(io)?;
        let journal = Recycled::make(io, &path.join("journal"), self.journal_bytes()).await;
        let journal = journal.map_err(failed)?;
        let copier = if self.second_write {
            let copy = Recycled::make(io, &path.join("copy"), self.copy_bytes()).await;
            let copy = copy.map_err(failed)?;
            Some(Rc::new(Copier::new(copy)))
        } else {
            None
        };
        let journal = Rc::new(Journal::new(io, journal, self.relaxed, copier.clone()));
        drop(io.spawn(Priority::Foreground, Rc::clone(&journal).run()));
        if let Some(copier) = copier {
            let copying = copier.run(io.clone(), Rc::clone(&journal), self.journal_bytes() / 2);
            drop(io.spawn(Priority::Background, copying));
        }
        let answers = Answers::new(listener.local_address(), prepared);
        Ok((Rc::new(Server { io: io.clone(), journal, answers }), listener))
    }
}

async fn accept(server: Rc<Server>, mut listener: Listener) {
    loop {
        match listener.accept().await {
            Ok(stream) => {
                let serving = connection::serve(Rc::clone(&server), stream);
                drop(server.io.spawn(Priority::Foreground, serving));
            }
            Err(error) if error.is_out_of_descriptors() => {
                server.io.sleep(std::time::Duration::from_millis(10)).await;
            }
            Err(error) => {
                eprintln!("millstream-bench: {error}");
                break;
            }
        }
    }
}
