//! What goes into a topic and comes out of it, on one shard.

use std::cell::Cell;

/// Counts of one topic's partitions on one shard.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    batches_in: Cell<u64>,
    bytes_in: Cell<u64>,
    reads: Cell<u64>,
    bytes_out: Cell<u64>,
}

/// The same as a report has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct TopicTraffic {
    pub(crate) name: String,
    pub(crate) batches_in: u64,
    pub(crate) bytes_in: u64,
    pub(crate) reads: u64,
    pub(crate) bytes_out: u64,
}

impl Traffic {
    /// A batch was appended.
    pub(crate) fn appended(&self, bytes: usize) {
        self.batches_in.set(self.batches_in.get() + 1);
        self.bytes_in.set(self.bytes_in.get() + bytes as u64);
    }

    /// A partition was read for a client.
    pub(crate) fn read(&self, bytes: usize) {
        self.reads.set(self.reads.get() + 1);
        self.bytes_out.set(self.bytes_out.get() + bytes as u64);
    }

    /// Whether nothing has happened yet.
    pub(crate) fn is_none(&self) -> bool {
        self.batches_in.get() == 0 && self.reads.get() == 0
    }

    pub(crate) fn report(&self, name: String) -> TopicTraffic {
        TopicTraffic {
            name,
            batches_in: self.batches_in.get(),
            bytes_in: self.bytes_in.get(),
            reads: self.reads.get(),
            bytes_out: self.bytes_out.get(),
        }
    }
}
