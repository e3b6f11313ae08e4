//! The recipe on glommio 0.9: one executor with its rings. A frame becomes durable by a direct
//! write and `fdatasync(2)` behind it, see `peer/glommio.rs` for why not by `O_DSYNC`.

use std::path::Path;
use std::rc::Rc;

use futures_lite::io::{AsyncReadExt, AsyncWriteExt, WriteHalf, split};
use glommio::io::{DmaBuffer, DmaFile, OpenOptions};
use glommio::net::{TcpListener, TcpStream};
use glommio::{LocalExecutorBuilder, Placement, spawn_local};
use millstream_bench::protocol::{Control, SERVED};
use millstream_wire::ApiKey;

use crate::options::Options;
use crate::outgoing::Outgoing;
use crate::requests::{Requests, Server};
use crate::staging::{FRAME_BYTES, JOURNAL_BYTES, LANE_COUNT, Memory, Staging, Write};
use crate::{Result, announce};

impl Memory for DmaBuffer {
    fn bytes(&mut self) -> &mut [u8] {
        self.as_bytes_mut()
    }
}

/// Serves until it fails.
pub(crate) fn serve(options: &Options, path: &Path) -> Result<()> {
    let (options, path) = (options.clone(), path.to_owned());
    let builder = LocalExecutorBuilder::new(Placement::Fixed(options.core));
    let executor = builder.spawn(move || async move { accept(&options, &path).await });
    let executor = executor.map_err(|error| error.to_string())?;
    executor.join().map_err(|error| error.to_string())?
}

async fn create(path: &Path) -> Result<DmaFile> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    let file = options.dma_open(path).await.map_err(|error| error.to_string())?;
    for position in (0..JOURNAL_BYTES).step_by(FRAME_BYTES) {
        let mut zeros = file.alloc_dma_buffer(FRAME_BYTES);
        zeros.as_bytes_mut().fill(0);
        file.write_at(zeros, position).await.map_err(|error| error.to_string())?;
    }
    file.fdatasync().await.map_err(|error| error.to_string())?;
    Ok(file)
}

async fn accept(options: &Options, path: &Path) -> Result<()> {
    let journal = Rc::new(create(path).await?);
    let listener = TcpListener::bind(options.listen).map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let served: Vec<_> = SERVED.iter().copied().filter(|(key, ..)| *key != ApiKey::Fetch).collect();
    let maker = Rc::clone(&journal);
    let staging = Staging::new(move || maker.alloc_dma_buffer(FRAME_BYTES));
    let server = Rc::new(Server { staging, control: Control::new(address, &served) });
    for _ in 0..LANE_COUNT {
        spawn_local(write(Rc::clone(&server), Rc::clone(&journal))).detach();
    }
    announce(address);
    loop {
        let stream = listener.accept().await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        spawn_local(connection(Rc::clone(&server), stream)).detach();
    }
}

async fn connection(server: Rc<Server<DmaBuffer>>, stream: TcpStream) {
    let (mut receiving, sending) = split(stream);
    let outgoing = Rc::new(Outgoing::default());
    let sender = spawn_local(send(Rc::clone(&outgoing), sending));
    let mut requests = Requests::new(&server, &outgoing);
    while let Ok(received) = receiving.read(requests.free()).await {
        if received == 0 || requests.take(received).await.is_err() {
            break;
        }
    }
    outgoing.end();
    sender.await;
}

async fn send(outgoing: Rc<Outgoing>, mut sending: WriteHalf<TcpStream>) {
    let mut bytes = Vec::new();
    while outgoing.take(&mut bytes).await {
        if sending.write_all(&bytes).await.is_err() {
            break;
        }
        bytes.clear();
    }
}

/// One lane: a frame at a time.
async fn write(server: Rc<Server<DmaBuffer>>, journal: Rc<DmaFile>) {
    loop {
        let write = server.staging.next().await;
        match write_one(&journal, write).await {
            Ok(write) => server.staging.done(write),
            // No write after a failed one can be believed, so nobody is answered any more.
            Err(error) => return eprintln!("error: {error}"),
        }
    }
}

/// glommio keeps the memory that it writes, so what comes back has other memory.
async fn write_one(journal: &DmaFile, write: Write<DmaBuffer>) -> Result<Write<DmaBuffer>> {
    let Write { mut memory, length_bytes, position, .. } = write;
    memory.trim_to_size(length_bytes);
    let written = journal.write_at(memory, position).await.map_err(|error| error.to_string())?;
    if written != length_bytes {
        return Err(format!("wrote {written} of {length_bytes} bytes").into());
    }
    journal.fdatasync().await.map_err(|error| error.to_string())?;
    Ok(Write { memory: journal.alloc_dma_buffer(FRAME_BYTES), ..write })
}
