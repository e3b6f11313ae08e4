//! The baselines: the same disk without the engine, through the same ring.

use super::Result;
use millstream_base::Position;
use millstream_base::limits::REGION_BYTES;
use millstream_io::{Durability, File, Io, OpenOptions, Priority, Slice};
use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// Durable writes in flight at once.
const LANES: usize = 2;
/// How much of the copy is written at once.
const COPY_BYTES: usize = 1 << 20;

/// A file that was written with zeros once and is written over from then on.
#[derive(Clone)]
pub(crate) struct Recycled {
    file: File,
    length_bytes: u64,
    next: Rc<Cell<u64>>,
    content: Slice,
}

impl Recycled {
    /// Makes the file, of a multiple of 2 MiB.
    pub(crate) async fn make(io: &Io, path: &Path, length_bytes: u64) -> Result<Self> {
        let file = io.open(path, OpenOptions::write_direct()).await?;
        file.allocate(Position::ZERO, length_bytes).await?;
        let mut zeros = io.buffers().region()?;
        zeros.fill(0);
        let zeros = zeros.freeze();
        for position in (0..length_bytes).step_by(REGION_BYTES) {
            let slices = vec![zeros.clone()];
            file.write_at(slices, Position::new(position), Durability::Written).await?;
        }
        file.sync_all().await?;
        let mut content = io.buffers().region()?;
        content.fill(0x5a);
        Ok(Self { file, length_bytes, next: Rc::new(Cell::new(0)), content: content.freeze() })
    }

    /// Writes the next `bytes` of the file, which divide a region, round and round.
    pub(crate) fn write(
        &self,
        bytes: usize,
        durability: Durability,
    ) -> impl Future<Output = millstream_io::Result<()>> + use<> {
        let position = self.next.get();
        self.next.set((position + bytes as u64) % self.length_bytes);
        self.file.write_at(vec![self.content.slice(0..bytes)], Position::new(position), durability)
    }
}

/// Bytes per second of durable writes of `write_bytes`, two in flight; each byte also a second
/// time, not durably, if there is a file for the copy.
pub(crate) async fn throughput(
    io: &Io,
    journal: &Recycled,
    copy: Option<&Recycled>,
    write_bytes: usize,
    duration: Duration,
) -> Result<f64> {
    let begin = io.now();
    let end = begin + duration;
    let lanes: Vec<_> = (0..LANES)
        .map(|_| {
            let lane = lane(io.clone(), journal.clone(), copy.cloned(), write_bytes, end);
            io.spawn(Priority::Foreground, lane)
        })
        .collect();
    let mut written_bytes = 0;
    for lane in lanes {
        written_bytes += lane.await?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    Ok(written_bytes as f64 / (io.now() - begin).as_secs_f64())
}

async fn lane(
    io: Io,
    journal: Recycled,
    copy: Option<Recycled>,
    write_bytes: usize,
    end: millstream_base::Instant,
) -> millstream_io::Result<u64> {
    let mut written_bytes = 0;
    let mut copies = Vec::new();
    while io.now() < end {
        journal.write(write_bytes, Durability::Stable).await?;
        written_bytes += write_bytes as u64;
        for copied in copies.drain(..) {
            copied.await?;
        }
        if let Some(copy) = &copy {
            // In flight beside the next durable write of this lane.
            let pieces = 0..write_bytes.div_ceil(COPY_BYTES);
            copies.extend(pieces.map(|_| copy.write(COPY_BYTES, Durability::Written)));
        }
    }
    for copied in copies {
        copied.await?;
    }
    Ok(written_bytes)
}
