//! What one writes by hand first: one file, one write per record, `fdatasync(2)` after each.
//!
//! No lock: a single write to a file opened with `O_APPEND` is placed atomically, and the kernel
//! may let callers that sync at the same moment share a journal commit of the file system.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use crate::error::Result;
use crate::gather;
use crate::peer::Peer;

struct Append {
    file: File,
}

pub(super) fn open(folder: &Path, _caller_count: usize) -> Result<Box<dyn Peer>> {
    let file = OpenOptions::new().append(true).create_new(true).open(folder.join("log"))?;
    Ok(Box::new(Append { file }))
}

impl Peer for Append {
    fn append_durable(&self, _caller: usize, record: &[u8]) -> Result<()> {
        let frame = [&gather::header(record), record].concat();
        let written = (&self.file).write(&frame)?;
        if written != frame.len() {
            return Err(format!("wrote {written} of {} bytes", frame.len()).into());
        }
        self.file.sync_data()?;
        Ok(())
    }
}
