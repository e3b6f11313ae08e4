//! The recipe on tokio: one thread with its epoll, and blocking threads for the disk, which tokio
//! has no other way to. A frame becomes durable by a direct write to a file opened with `O_DSYNC`.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use millstream_bench::protocol::{Control, SERVED};
use millstream_wire::ApiKey;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{LocalSet, spawn_blocking, spawn_local};

use crate::options::Options;
use crate::outgoing::Outgoing;
use crate::requests::{Requests, Server};
use crate::staging::{BLOCK_BYTES, FRAME_BYTES, JOURNAL_BYTES, LANE_COUNT, Memory, Staging};
use crate::{Result, announce};

/// Memory that begins at a multiple of a block.
struct Aligned {
    bytes: Vec<u8>,
    begin: usize,
}

impl Aligned {
    fn new() -> Self {
        let bytes = vec![0; FRAME_BYTES + BLOCK_BYTES];
        let begin = bytes.as_ptr().align_offset(BLOCK_BYTES);
        Self { bytes, begin }
    }

    fn frame(&self) -> &[u8] {
        &self.bytes[self.begin..self.begin + FRAME_BYTES]
    }
}

impl Memory for Aligned {
    fn bytes(&mut self) -> &mut [u8] {
        &mut self.bytes[self.begin..self.begin + FRAME_BYTES]
    }
}

/// Serves until it fails.
pub(crate) fn serve(options: &Options, path: &Path) -> Result<()> {
    // The threads that tokio makes later inherit it.
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.get(options.core) {
        core_affinity::set_for_current(*core);
    }
    let journal = Arc::new(create(path)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .max_blocking_threads(LANE_COUNT)
        .build()?;
    LocalSet::new().block_on(&runtime, accept(options, journal))
}

fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).custom_flags(libc::O_DIRECT);
    let file = options.open(path)?;
    let zeros = Aligned::new();
    for position in (0..JOURNAL_BYTES).step_by(FRAME_BYTES) {
        file.write_all_at(zeros.frame(), position)?;
    }
    file.sync_all()?;
    let mut options = OpenOptions::new();
    options.write(true).custom_flags(libc::O_DIRECT | libc::O_DSYNC);
    Ok(options.open(path)?)
}

async fn accept(options: &Options, journal: Arc<File>) -> Result<()> {
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let served: Vec<_> = SERVED.iter().copied().filter(|(key, ..)| *key != ApiKey::Fetch).collect();
    let staging = Staging::new(Aligned::new);
    let server = Rc::new(Server { staging, control: Control::new(address, &served) });
    for _ in 0..LANE_COUNT {
        spawn_local(write(Rc::clone(&server), Arc::clone(&journal)));
    }
    announce(address);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        spawn_local(connection(Rc::clone(&server), stream));
    }
}

async fn connection(server: Rc<Server<Aligned>>, stream: TcpStream) {
    let (mut receiving, sending) = stream.into_split();
    let outgoing = Rc::new(Outgoing::default());
    let sender = spawn_local(send(Rc::clone(&outgoing), sending));
    let mut requests = Requests::new(&server, &outgoing);
    while let Ok(received) = receiving.read(requests.free()).await {
        if received == 0 || requests.take(received).await.is_err() {
            break;
        }
    }
    outgoing.end();
    drop(sender.await);
}

async fn send(outgoing: Rc<Outgoing>, mut sending: OwnedWriteHalf) {
    let mut bytes = Vec::new();
    while outgoing.take(&mut bytes).await {
        if sending.write_all(&bytes).await.is_err() {
            break;
        }
        bytes.clear();
    }
}

/// One lane: a frame at a time.
async fn write(server: Rc<Server<Aligned>>, journal: Arc<File>) {
    loop {
        let mut write = server.staging.next().await;
        let journal = Arc::clone(&journal);
        let written = spawn_blocking(move || {
            let bytes = &write.memory.bytes()[..write.length_bytes];
            journal.write_all_at(bytes, write.position).map(|()| write)
        });
        match written.await {
            Ok(Ok(write)) => server.staging.done(write),
            // No write after a failed one can be believed, so nobody is answered any more.
            Ok(Err(error)) => return eprintln!("error: {error}"),
            Err(error) => return eprintln!("error: {error}"),
        }
    }
}
