//! The topics that somebody has asked for: names, and how many partitions they say they have.

use millstream_base::Uuid;
use std::collections::BTreeMap;

/// Nothing of a topic but what Metadata says of it.
#[derive(Debug, Default)]
pub(super) struct Topics {
    partition_counts: BTreeMap<String, i32>,
}

impl Topics {
    pub(super) fn create(&mut self, name: &str, partition_count: i32) {
        self.partition_counts.insert(name.to_owned(), partition_count.max(1));
    }

    pub(super) fn delete(&mut self, name: &str) {
        self.partition_counts.remove(name);
    }

    /// The number of a topic's partitions; whoever asks for one that is not there gets it.
    pub(super) fn partition_count(&mut self, name: &str) -> i32 {
        *self.partition_counts.entry(name.to_owned()).or_insert(1)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.partition_counts.keys().cloned().collect()
    }

    /// The name that has this id.
    pub(super) fn name(&self, id: Uuid) -> Option<&str> {
        self.partition_counts.keys().map(String::as_str).find(|name| topic_id(name) == id)
    }
}

/// A topic's id: one for each name, of which nothing need be remembered.
pub(super) fn topic_id(name: &str) -> Uuid {
    // FNV-1a over 64 bits, twice: any function would do.
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = |basis: u64| name.bytes().fold(basis, step);
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4));
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    Uuid::from_bytes(bytes)
}
