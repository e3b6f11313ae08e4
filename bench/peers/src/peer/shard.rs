//! Our journal's recipe on our own executor, with nothing of our log around it: callers gather in
//! memory; one shard writes each batch with direct I/O and `RWF_DSYNC` (pwritev2(2)) into space
//! that was zeroed before and is reused. What `glommio.rs` is compared with.

use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, mpsc};

use millstream_base::Position;
use millstream_io::{Durability, File, Io, OpenOptions, Priority, Shard, ShardOptions};

use crate::error::Result;
use crate::gather::{Batch, Gather, Writer};
use crate::peer::Peer;
use crate::space::{self, BLOCK_BYTES, JOURNAL_BYTES, LANES, Space, ZEROS_BYTES};

struct Recipe {
    gather: Arc<Gather>,
    shard: Option<Shard>,
}

pub(super) fn open(folder: &Path, _caller_count: usize) -> Result<Box<dyn Peer>> {
    let gather = Arc::new(Gather::default());
    let heap = Writer::new(&gather);
    let path = folder.join("journal");
    let (ready, is_ready) = mpsc::sync_channel(1);
    let shard = Shard::start(ShardOptions::default(), move |io| async move {
        let opened = create(&io, &path).await;
        let journal = opened.map_err(|error| ready.send(Err(error)).ok()).ok();
        if let Some(journal) = journal {
            ready.send(Ok(())).expect("whoever opens waits");
            write(&io, heap, journal).await;
        }
    })?;
    is_ready.recv()??;
    Ok(Box::new(Recipe { gather, shard: Some(shard) }))
}

async fn create(io: &Io, path: &Path) -> Result<File> {
    let file = io.open(path, OpenOptions::write_direct()).await?;
    let zeros = io.buffers().buffer(ZEROS_BYTES)?.freeze();
    assert!(zeros.iter().all(|byte| *byte == 0), "the kernel's memory comes zeroed");
    for position in (0..JOURNAL_BYTES).step_by(ZEROS_BYTES) {
        let slices = vec![zeros.clone()];
        file.write_at(slices, Position::new(position), Durability::Written).await?;
    }
    file.sync_data().await?;
    Ok(file)
}

/// Runs the lanes: each takes a batch and writes it durably, so that many are in flight at most.
async fn write(io: &Io, gather: Writer, file: File) {
    let (gather, space) = (Rc::new(gather), Rc::new(Space::default()));
    let lane = |_| {
        let (gather, space) = (Rc::clone(&gather), Rc::clone(&space));
        let (lane_io, file) = (io.clone(), file.clone());
        io.spawn(Priority::Foreground, async move {
            write_lane(&lane_io, &gather, &file, &space).await;
        })
    };
    let lanes: Vec<_> = (0..LANES).map(lane).collect();
    for lane in lanes {
        lane.await;
    }
}

async fn write_lane(io: &Io, gather: &Gather, file: &File, space: &Space) {
    while let Some(batch) = gather.take().await {
        let outcome = write_batch(io, file, &batch, space).await;
        gather.complete(batch, outcome);
    }
}

async fn write_batch(io: &Io, file: &File, batch: &Batch, space: &Space) -> Result<()> {
    let frame_bytes = batch.bytes.len().next_multiple_of(BLOCK_BYTES);
    let mut frame = io.buffers().buffer(frame_bytes)?;
    space::fill(&mut frame, &batch.bytes);
    let begin = Position::new(space.take(frame_bytes));
    file.write_at(vec![frame.freeze()], begin, Durability::Stable).await?;
    Ok(())
}

impl Peer for Recipe {
    fn append_durable(&self, _caller: usize, record: &[u8]) -> Result<()> {
        self.gather.append(record)
    }
}

impl Drop for Recipe {
    fn drop(&mut self) {
        self.gather.close();
        if let Some(shard) = self.shard.take() {
            shard.join().expect("the shard does not panic");
        }
    }
}
