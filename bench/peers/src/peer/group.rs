//! Bare group commit: callers gather in memory, one thread writes and calls `fdatasync(2)` once per
//! batch. Plain buffered writes to a growing file: what a day of work gives.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::error::Result;
use crate::gather::{Gather, Writer};
use crate::peer::Peer;

struct Group {
    gather: Arc<Gather>,
    writer: Option<JoinHandle<()>>,
}

pub(super) fn open(folder: &Path, _caller_count: usize) -> Result<Box<dyn Peer>> {
    let file = File::create_new(folder.join("log"))?;
    let gather = Arc::new(Gather::default());
    let heap = Writer::new(&gather);
    let writer = std::thread::Builder::new().spawn(move || write(&heap, file))?;
    Ok(Box::new(Group { gather, writer: Some(writer) }))
}

fn write(gather: &Writer, mut file: File) {
    while let Some(batch) = gather.take_blocking() {
        let outcome = file.write_all(&batch.bytes).and_then(|()| file.sync_data());
        gather.complete(batch, outcome.map_err(Into::into));
    }
}

impl Peer for Group {
    fn append_durable(&self, _caller: usize, record: &[u8]) -> Result<()> {
        self.gather.append(record)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.gather.close();
        if let Some(writer) = self.writer.take() {
            writer.join().expect("the writer does not panic");
        }
    }
}
