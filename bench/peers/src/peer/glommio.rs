//! Our journal's recipe on glommio 0.9: callers gather in memory; one executor writes each batch
//! with direct I/O, block-aligned, into space that was zeroed before and is reused.
//!
//! glommio has no durable flag per write, so each batch is a write and then `fdatasync(2)` through
//! the ring, some batches in flight at once. A file opened with `O_DSYNC` would need no second
//! step, but there each write took 4 ms, a tick of the scheduler, where this way takes 0.2 ms: the
//! kernel's worker that completes a durable write seems to wait for the core on which the executor
//! polls.

use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, mpsc};

use glommio::io::{DmaFile, OpenOptions};
use glommio::{ExecutorJoinHandle, LocalExecutorBuilder, Placement};

use crate::error::Result;
use crate::gather::{Batch, Gather, Writer};
use crate::peer::Peer;
use crate::space::{self, BLOCK_BYTES, JOURNAL_BYTES, LANES, Space, ZEROS_BYTES};

struct Glommio {
    gather: Arc<Gather>,
    executor: Option<ExecutorJoinHandle<()>>,
}

pub(super) fn open(folder: &Path, _caller_count: usize) -> Result<Box<dyn Peer>> {
    let gather = Arc::new(Gather::default());
    let heap = Writer::new(&gather);
    let path = folder.join("journal");
    let (ready, is_ready) = mpsc::sync_channel(1);
    let builder = LocalExecutorBuilder::new(Placement::Unbound);
    let executor = builder.spawn(move || async move {
        let opened = create(&path).await;
        let journal = opened.map_err(|error| ready.send(Err(error)).ok()).ok();
        if let Some(journal) = journal {
            ready.send(Ok(())).expect("whoever opens waits");
            write(heap, journal).await;
        }
    });
    let executor = Some(executor.map_err(|error| error.to_string())?);
    is_ready.recv()??;
    Ok(Box::new(Glommio { gather, executor }))
}

async fn create(path: &Path) -> Result<DmaFile> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    let file = options.dma_open(path).await.map_err(|error| error.to_string())?;
    for position in (0..JOURNAL_BYTES).step_by(ZEROS_BYTES) {
        let mut zeros = file.alloc_dma_buffer(ZEROS_BYTES);
        zeros.as_bytes_mut().fill(0);
        file.write_at(zeros, position).await.map_err(|error| error.to_string())?;
    }
    file.fdatasync().await.map_err(|error| error.to_string())?;
    Ok(file)
}

/// Runs the lanes: each takes a batch, writes it and syncs it, so that many are in flight at most.
async fn write(gather: Writer, file: DmaFile) {
    let (gather, file) = (Rc::new(gather), Rc::new(file));
    let space = Rc::new(Space::default());
    let lane = |_| {
        let (gather, file) = (Rc::clone(&gather), Rc::clone(&file));
        let space = Rc::clone(&space);
        glommio::spawn_local(async move { write_lane(&gather, &file, &space).await })
    };
    let lanes: Vec<_> = (0..LANES).map(lane).collect();
    for lane in lanes {
        lane.await;
    }
    file.close_rc().await.expect("a file without open writes can be closed");
}

async fn write_lane(gather: &Gather, file: &DmaFile, space: &Space) {
    while let Some(batch) = gather.take().await {
        let outcome = write_batch(file, &batch, space).await;
        gather.complete(batch, outcome);
    }
}

async fn write_batch(file: &DmaFile, batch: &Batch, space: &Space) -> Result<()> {
    let frame_bytes = batch.bytes.len().next_multiple_of(BLOCK_BYTES);
    let mut frame = file.alloc_dma_buffer(frame_bytes);
    space::fill(frame.as_bytes_mut(), &batch.bytes);
    let begin = space.take(frame_bytes);
    let written = file.write_at(frame, begin).await.map_err(|error| error.to_string())?;
    if written != frame_bytes {
        return Err(format!("wrote {written} of {frame_bytes} bytes").into());
    }
    file.fdatasync().await.map_err(|error| error.to_string())?;
    Ok(())
}

impl Peer for Glommio {
    fn append_durable(&self, _caller: usize, record: &[u8]) -> Result<()> {
        self.gather.append(record)
    }
}

impl Drop for Glommio {
    fn drop(&mut self) {
        self.gather.close();
        if let Some(executor) = self.executor.take() {
            executor.join().expect("the executor does not panic");
        }
    }
}
