//! okaywal 0.3: a write-ahead log. `commit` returns when `sync_data` (`fdatasync(2)`) has covered
//! the entry (`LogFile::synchronize_locked`); callers that wait share one sync.
//!
//! Its segments are 1 MiB, preallocated and reused, and what a checkpoint has passed is dropped: an
//! embedding program would have to copy it elsewhere first. Here nobody does, which flatters it.

use std::path::Path;

use okaywal::{LogVoid, WriteAheadLog};

use crate::error::Result;
use crate::peer::Peer;

struct Okaywal {
    log: WriteAheadLog,
}

pub(super) fn open(folder: &Path, _caller_count: usize) -> Result<Box<dyn Peer>> {
    Ok(Box::new(Okaywal { log: WriteAheadLog::recover(folder, LogVoid)? }))
}

impl Peer for Okaywal {
    fn append_durable(&self, _caller: usize, record: &[u8]) -> Result<()> {
        let mut entry = self.log.begin_entry()?;
        entry.write_chunk(record)?;
        entry.commit()?;
        Ok(())
    }
}

impl Drop for Okaywal {
    fn drop(&mut self) {
        // Waits for the checkpoint thread, which would write into a folder that is being removed.
        if let Err(error) = self.log.clone().shutdown() {
            eprintln!("warning: okaywal did not shut down: {error}");
        }
    }
}
