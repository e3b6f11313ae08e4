//! Ours: the embeddable log, with one shard, as a stranger would use it: threads that call
//! `append(…).wait()`. A frame is written with direct I/O and `RWF_DSYNC` (pwritev2(2)); the caller
//! goes on when that write has come back.

use std::path::Path;

use millstream_log::{Log, Partition};

use crate::error::Result;
use crate::peer::Peer;

struct Millstream {
    /// Holds the log open; the last one to go closes it.
    partition: Partition,
}

pub(super) fn open(folder: &Path, _caller_count: usize) -> Result<Box<dyn Peer>> {
    let partition = Log::open(folder)?.partition("records")?;
    Ok(Box::new(Millstream { partition }))
}

impl Peer for Millstream {
    fn append_durable(&self, _caller: usize, record: &[u8]) -> Result<()> {
        self.partition.append(record).wait()?;
        Ok(())
    }
}
