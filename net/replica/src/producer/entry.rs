//! What is remembered of one producer.

use millstream_base::{Instant, Offset, ProducerEpoch, Sequence, Timestamp};

//= KIP-98, "Producer state": the last five batches, as many as a client may have under way.
/// How many of a producer's batches are remembered.
pub const PRODUCER_BATCHES_MAX: usize = 5;

/// A batch that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchMemory {
    /// The sequence of its first record.
    pub base_sequence: Sequence,
    /// From there, and from the base offset, to its last record.
    pub last_delta: u32,
    /// The offset of its first record.
    pub base_offset: Offset,
    /// The latest time of its records, or that of the append.
    pub timestamp: Timestamp,
}

/// What one producer id did on this partition. Without batches it only marks the epoch: a marker
/// of its transaction was the last that it brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerEntry {
    epoch: ProducerEpoch,
    /// The oldest first.
    batches: [Option<BatchMemory>; PRODUCER_BATCHES_MAX],
    /// When it was heard of last, on the clock that nobody can set.
    last_seen: Instant,
}

impl BatchMemory {
    /// The sequence of its last record.
    #[must_use]
    pub fn last_sequence(&self) -> Sequence {
        self.base_sequence.advance(self.last_delta)
    }

    /// The offset behind its last record.
    #[must_use]
    pub fn next_offset(&self) -> Offset {
        let next = self.base_offset.checked_add(i64::from(self.last_delta) + 1);
        next.expect("it was appended, so its offsets exist")
    }
}

impl ProducerEntry {
    pub(crate) fn new(epoch: ProducerEpoch, now: Instant) -> Self {
        Self { epoch, batches: [None; PRODUCER_BATCHES_MAX], last_seen: now }
    }

    /// The latest epoch that was seen.
    #[must_use]
    pub fn epoch(&self) -> ProducerEpoch {
        self.epoch
    }

    /// The remembered batches, the oldest first.
    pub fn batches(&self) -> impl DoubleEndedIterator<Item = &BatchMemory> {
        self.batches.iter().flatten()
    }

    /// The batch that came last in this epoch.
    #[must_use]
    pub fn last(&self) -> Option<&BatchMemory> {
        self.batches().next_back()
    }

    pub(crate) fn last_seen(&self) -> Instant {
        self.last_seen
    }

    /// The very same batch, if it is remembered.
    pub(crate) fn find(&self, base_sequence: Sequence, last_delta: u32) -> Option<&BatchMemory> {
        let is_same = |batch: &&BatchMemory| {
            batch.base_sequence == base_sequence && batch.last_delta == last_delta
        };
        self.batches().find(is_same)
    }

    /// The sequence that must come next: 0 where nothing came in this epoch.
    pub(crate) fn next_sequence(&self) -> Sequence {
        self.last().map_or(Sequence::new(0), |last| last.last_sequence().advance(1))
    }

    /// Moves on to a later epoch, in which nothing is remembered.
    pub(crate) fn begin_epoch(&mut self, epoch: ProducerEpoch, now: Instant) {
        if epoch > self.epoch {
            *self = Self::new(epoch, now);
        }
        self.last_seen = now;
    }

    pub(crate) fn push(&mut self, batch: BatchMemory, now: Instant) {
        self.last_seen = now;
        match self.batches.iter().position(Option::is_none) {
            Some(free) => self.batches[free] = Some(batch),
            None => {
                self.batches.rotate_left(1);
                self.batches[PRODUCER_BATCHES_MAX - 1] = Some(batch);
            }
        }
    }
}
