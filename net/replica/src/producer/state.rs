//! All producers of one partition: check before an append, update after it.

use super::entry::{BatchMemory, ProducerEntry};
use core::fmt;
use core::time::Duration;
use millstream_base::limits::PARTITION_PRODUCERS_MAX;
use millstream_base::{Instant, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use millstream_batch::CheckedBatch;
use std::collections::BTreeMap;

/// What a batch says of its producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerBatch {
    /// The producer.
    pub id: ProducerId,
    /// Its epoch.
    pub epoch: ProducerEpoch,
    /// The sequence of the first record; [`Sequence::NONE`] for a marker of a transaction.
    pub base_sequence: Sequence,
    /// From there to the last record.
    pub last_delta: u32,
}

/// What is to be done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Append it, and tell [`ProducerState::update`].
    Append,
    /// It was appended before: answer as then, once that is stable.
    Duplicate(BatchMemory),
    /// It must not be appended.
    Refuse(ProducerFault),
}

/// Why a batch must not be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProducerFault {
    /// Another sequence comes next: `OUT_OF_ORDER_SEQUENCE_NUMBER`.
    OutOfOrder {
        /// Which one.
        expected: Sequence,
        /// The batch's.
        got: Sequence,
    },
    /// The producer was fenced by a later epoch of itself: `INVALID_PRODUCER_EPOCH`.
    Fenced {
        /// The latest epoch.
        expected_min: ProducerEpoch,
        /// The batch's.
        got: ProducerEpoch,
    },
}

/// All idempotent producers that a partition remembers.
///
/// Its keys are chosen by strangers, hence the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProducerState {
    entries: BTreeMap<ProducerId, ProducerEntry>,
}

impl ProducerBatch {
    /// `None` for a batch without a producer.
    #[must_use]
    pub fn of(batch: &CheckedBatch<'_>) -> Option<Self> {
        batch.producer_id().is_some().then(|| Self {
            id: batch.producer_id(),
            epoch: batch.producer_epoch(),
            base_sequence: batch.base_sequence(),
            last_delta: batch.last_offset_delta(),
        })
    }
}

impl ProducerState {
    /// Whether a client's batch may be appended. Changes nothing.
    #[must_use]
    pub fn check(&self, batch: &ProducerBatch) -> Verdict {
        //= KIP-360: without state any sequence is the first.
        let Some(entry) = self.entries.get(&batch.id) else { return Verdict::Append };
        let got = batch.base_sequence;
        if batch.epoch < entry.epoch() {
            let (expected_min, got) = (entry.epoch(), batch.epoch);
            return Verdict::Refuse(ProducerFault::Fenced { expected_min, got });
        }
        let is_new_epoch = batch.epoch > entry.epoch();
        if !is_new_epoch && let Some(known) = entry.find(got, batch.last_delta) {
            return Verdict::Duplicate(*known);
        }
        let expected = if is_new_epoch { Sequence::new(0) } else { entry.next_sequence() };
        match got == expected {
            true => Verdict::Append,
            false => Verdict::Refuse(ProducerFault::OutOfOrder { expected, got }),
        }
    }

    /// Remembers a batch that got its place in the log. The log is the truth: nothing is checked.
    ///
    /// `timestamp` is the latest of its records, or that of the append.
    pub fn update(
        &mut self,
        batch: &ProducerBatch,
        base_offset: Offset,
        timestamp: Timestamp,
        now: Instant,
    ) {
        self.make_room(batch.id);
        let fresh = || ProducerEntry::new(batch.epoch, now);
        let entry = self.entries.entry(batch.id).or_insert_with(fresh);
        entry.begin_epoch(batch.epoch, now);
        // A marker of a transaction has an epoch and no sequence.
        if batch.base_sequence.get() >= 0 && batch.epoch == entry.epoch() {
            let ProducerBatch { base_sequence, last_delta, .. } = *batch;
            entry.push(BatchMemory { base_sequence, last_delta, base_offset, timestamp }, now);
        }
    }

    /// Forgets producers of which nothing was heard for so long (`producer.id.expiration.ms`), by
    /// the clock that nobody can set: a jump of the wall's forgets nobody.
    pub fn expire(&mut self, now: Instant, expiration: Duration) {
        self.entries.retain(|_, entry| now - entry.last_seen() < expiration);
    }

    /// Forgets everybody.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All that are remembered, by id (DescribeProducers).
    pub fn iter(&self) -> impl Iterator<Item = (ProducerId, &ProducerEntry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }

    /// For the decoder of snapshots.
    pub(crate) fn insert(&mut self, id: ProducerId, entry: ProducerEntry) {
        self.make_room(id);
        self.entries.insert(id, entry);
    }

    /// Where there is no place for one more, an eighth goes: those whose last batch is oldest.
    fn make_room(&mut self, id: ProducerId) {
        if self.entries.len() < PARTITION_PRODUCERS_MAX || self.entries.contains_key(&id) {
            return;
        }
        let age =
            |entry: &ProducerEntry| entry.last().map_or(Offset::ZERO, |last| last.base_offset);
        let mut ages: Vec<_> = self.entries.iter().map(|(id, entry)| (age(entry), *id)).collect();
        let (gone, _, _) = ages.select_nth_unstable(PARTITION_PRODUCERS_MAX / 8);
        for (_, id) in gone {
            self.entries.remove(id);
        }
    }
}

impl core::error::Error for ProducerFault {}

impl fmt::Display for ProducerFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfOrder { expected, got } => {
                write!(formatter, "sequence {expected} comes next, not {got}")
            }
            Self::Fenced { expected_min, got } => {
                write!(formatter, "the producer's epoch is {expected_min}, and {got} is fenced")
            }
        }
    }
}
