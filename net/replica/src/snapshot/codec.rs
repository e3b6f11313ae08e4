//! A snapshot and its bytes.

use crate::epochs::{EpochStart, LeaderEpochs};
use crate::producer::{BatchMemory, PRODUCER_BATCHES_MAX, ProducerEntry, ProducerState};
use core::fmt;
use millstream_base::{
    Instant, LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp,
};

/// The version that is written, and the newest that is read.
const VERSION: u8 = 1;
const EPOCH_BYTES: usize = 4 + 8;
const PRODUCER_BYTES_MIN: usize = 8 + 2 + 1;
/// What a producer takes in a snapshot, at most.
pub(crate) const ENCODED_PRODUCER_BYTES_MAX: usize =
    PRODUCER_BYTES_MIN + PRODUCER_BATCHES_MAX * (4 + 4 + 8 + 8);

/// What all batches before one offset said of producers and leader epochs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The offset: what follows from it on is not in here.
    pub upto: Offset,
    /// The leader epochs.
    pub epochs: LeaderEpochs,
    /// The producers.
    pub producers: ProducerState,
}

/// Why bytes are no snapshot. A snapshot can be made again, so none of these stops anything, but
/// for [`SnapshotFault::Newer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotFault {
    /// They end inside a field.
    Truncated,
    /// They go on after the last field.
    TrailingBytes,
    /// A newer program wrote them.
    Newer {
        /// The version.
        version: u8,
    },
    /// A field holds what no writer writes.
    Malformed {
        /// The field.
        field: &'static str,
    },
}

impl Snapshot {
    /// Adds the bytes of the snapshot to `bytes`.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        encode(self.upto, &self.epochs, &self.producers, bytes);
    }

    /// Reads a snapshot, which must take up all of `bytes`. Its producers count as heard of `now`:
    /// how long a machine was off is no time in which they were silent.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn decode(bytes: &[u8], now: Instant) -> Result<Self, SnapshotFault> {
        let mut reader = Reader { rest: bytes };
        let upto = reader.head()?;
        let epochs = reader.epochs()?;
        let producers = reader.producers(upto, now)?;
        if !reader.rest.is_empty() {
            return Err(SnapshotFault::TrailingBytes);
        }
        Ok(Self { upto, epochs, producers })
    }

    /// Reads where a snapshot ends, and nothing else.
    ///
    /// # Errors
    /// As [`Snapshot::decode`].
    pub fn decode_upto(bytes: &[u8]) -> Result<Offset, SnapshotFault> {
        Reader { rest: bytes }.head()
    }
}

/// The bytes of a snapshot of parts that stay where they are.
pub(crate) fn encode(
    upto: Offset,
    epochs: &LeaderEpochs,
    producers: &ProducerState,
    bytes: &mut Vec<u8>,
) {
    let count = |count: usize| u32::try_from(count).expect("limited to fewer").to_le_bytes();
    bytes.push(VERSION);
    bytes.extend(upto.get().to_le_bytes());
    bytes.extend(count(epochs.starts().len()));
    for known in epochs.starts() {
        bytes.extend(known.epoch.get().to_le_bytes());
        bytes.extend(known.start.get().to_le_bytes());
    }
    bytes.extend(count(producers.len()));
    for (id, entry) in producers.iter() {
        bytes.extend(id.get().to_le_bytes());
        bytes.extend(entry.epoch().get().to_le_bytes());
        bytes.push(u8::try_from(entry.batches().count()).expect("at most five"));
        for batch in entry.batches() {
            bytes.extend(batch.base_sequence.get().to_le_bytes());
            bytes.extend(batch.last_delta.to_le_bytes());
            bytes.extend(batch.base_offset.get().to_le_bytes());
            bytes.extend(batch.timestamp.get().to_le_bytes());
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn head(&mut self) -> Result<Offset, SnapshotFault> {
        let [version] = self.array()?;
        match version {
            0 => return Err(SnapshotFault::Malformed { field: "version" }),
            VERSION => {}
            version => return Err(SnapshotFault::Newer { version }),
        }
        self.offset("upto")
    }

    fn epochs(&mut self) -> Result<LeaderEpochs, SnapshotFault> {
        let mut epochs = LeaderEpochs::default();
        for _ in 0..self.count(EPOCH_BYTES)? {
            let epoch = LeaderEpoch::new(i32::from_le_bytes(self.array()?));
            let start = self.offset("start")?;
            let is_next = |last: EpochStart| last.epoch < epoch && last.start < start;
            if epoch.get() < 0 || !epochs.latest().is_none_or(is_next) {
                return Err(SnapshotFault::Malformed { field: "epoch" });
            }
            epochs.assign(epoch, start);
        }
        Ok(epochs)
    }

    fn producers(&mut self, upto: Offset, now: Instant) -> Result<ProducerState, SnapshotFault> {
        let mut producers = ProducerState::default();
        let mut last = ProducerId::NONE;
        for _ in 0..self.count(PRODUCER_BYTES_MIN)? {
            let id = ProducerId::new(i64::from_le_bytes(self.array()?));
            let epoch = ProducerEpoch::new(i16::from_le_bytes(self.array()?));
            let [batch_count] = self.array()?;
            if id <= last || epoch.get() < 0 || usize::from(batch_count) > PRODUCER_BATCHES_MAX {
                return Err(SnapshotFault::Malformed { field: "producer" });
            }
            last = id;
            let mut entry = ProducerEntry::new(epoch, now);
            let mut begins = Offset::ZERO;
            for _ in 0..batch_count {
                let batch = self.batch()?;
                let next = batch.base_offset.checked_add(i64::from(batch.last_delta) + 1);
                let next = next.filter(|next| batch.base_offset >= begins && *next <= upto);
                begins = next.ok_or(SnapshotFault::Malformed { field: "base_offset" })?;
                entry.push(batch, now);
            }
            producers.insert(id, entry);
        }
        Ok(producers)
    }

    fn batch(&mut self) -> Result<BatchMemory, SnapshotFault> {
        let base_sequence = Sequence::new(i32::from_le_bytes(self.array()?));
        let last_delta = u32::from_le_bytes(self.array()?);
        if base_sequence.get() < 0 || i32::try_from(last_delta).is_err() {
            return Err(SnapshotFault::Malformed { field: "sequence" });
        }
        let base_offset = self.offset("base_offset")?;
        let timestamp = Timestamp::new(i64::from_le_bytes(self.array()?));
        Ok(BatchMemory { base_sequence, last_delta, base_offset, timestamp })
    }

    /// A count of items that the rest can hold.
    fn count(&mut self, item_bytes_min: usize) -> Result<u32, SnapshotFault> {
        let count = u32::from_le_bytes(self.array()?);
        let fits =
            usize::try_from(count).is_ok_and(|count| count <= self.rest.len() / item_bytes_min);
        if fits { Ok(count) } else { Err(SnapshotFault::Truncated) }
    }

    fn offset(&mut self, field: &'static str) -> Result<Offset, SnapshotFault> {
        let offset = Offset::new(i64::from_le_bytes(self.array()?));
        if offset.get() < 0 { Err(SnapshotFault::Malformed { field }) } else { Ok(offset) }
    }

    fn array<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], SnapshotFault> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(SnapshotFault::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }
}

impl core::error::Error for SnapshotFault {}

impl fmt::Display for SnapshotFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => formatter.write_str("it ends inside a field"),
            Self::TrailingBytes => formatter.write_str("bytes follow its last field"),
            Self::Newer { version } => {
                write!(formatter, "version {version} was written by a newer program; use that one")
            }
            Self::Malformed { field } => write!(formatter, "its field {field} cannot be"),
        }
    }
}
