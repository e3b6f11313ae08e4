//! The leader of a partition, on the shard that owns it.

mod fetch;
mod offsets;
mod produce;
mod rebuild;
mod recover;
mod rules;

pub use fetch::{FetchPoint, FetchRequest, Isolation};
pub use offsets::{ListedOffset, OffsetLookup, OffsetQuery, OffsetSpec};
pub use produce::{Ack, Acks, Clock, ProduceRequest, Produced};

use crate::epochs::{EpochEnd, LeaderEpochs};
use crate::error::FetchError;
use crate::options::ReplicaOptions;
use crate::producer::ProducerState;
use crate::snapshot::{ENCODED_PRODUCER_BYTES_MAX, Snapshot};
use core::time::Duration;
use millstream_base::limits::REPLICA_SAVE_BYTES;
use millstream_base::{Instant, LeaderEpoch, Offset, PartitionId};
use millstream_log::{Engine, LogError, Watermarks};

/// A partition as its leader knows it, beside what the engine keeps.
///
/// Lives on one shard, is driven by calls, and never suspends: what waits for the disk is the
/// caller. It must be told ([`Leader::advance`]) whenever the engine's watermarks may have moved.
#[derive(Debug)]
pub struct Leader {
    partition: PartitionId,
    options: ReplicaOptions,
    epoch: LeaderEpoch,
    in_sync_count: u32,
    log_start: Offset,
    high_watermark: Offset,
    log_end: Offset,
    producers: ProducerState,
    epochs: LeaderEpochs,
    /// Bytes that were appended through this leader, or read by its recovery.
    appended_bytes: u64,
    /// How many of them the snapshot covers that was saved last.
    saved_bytes: u64,
    /// Where the snapshot ends that was saved last.
    saved_upto: Offset,
}

/// A leader's state at one moment, as bytes.
#[derive(Clone, Debug)]
pub struct SavedState {
    upto: Offset,
    appended_bytes: u64,
    bytes: Vec<u8>,
}

impl SavedState {
    /// Where it ends: it says all that batches before this offset did, and nothing of later ones.
    #[must_use]
    pub fn upto(&self) -> Offset {
        self.upto
    }

    /// The bytes of a [`Snapshot`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Leader {
    /// The partition in the engine.
    #[must_use]
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    /// The epoch in which it leads.
    #[must_use]
    pub fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }

    /// What the topic's configurations say.
    #[must_use]
    pub fn options(&self) -> &ReplicaOptions {
        &self.options
    }

    /// The topic's configurations have changed.
    pub fn configure(&mut self, options: ReplicaOptions) {
        self.options = options;
    }

    /// The first offset that is still there.
    #[must_use]
    pub fn log_start(&self) -> Offset {
        self.log_start
    }

    /// Everything before it is on the stable media of all replicas in sync, and readers see it.
    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// The offset that the next record gets.
    #[must_use]
    pub fn log_end(&self) -> Offset {
        self.log_end
    }

    /// Everything before it is decided: readers of committed records see it (KIP-98). Without
    /// transactions that is everything that readers see.
    #[must_use]
    pub fn last_stable_offset(&self) -> Offset {
        self.high_watermark
    }

    /// The idempotent producers that are remembered.
    #[must_use]
    pub fn producers(&self) -> &ProducerState {
        &self.producers
    }

    /// The leader epochs.
    #[must_use]
    pub fn epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// It leads in a later epoch from here on. An epoch that is not later changes nothing.
    pub fn begin_epoch(&mut self, epoch: LeaderEpoch) {
        if epoch > self.epoch {
            self.epoch = epoch;
            self.epochs.assign(epoch, self.log_end);
        }
    }

    /// The engine's watermarks have moved, or may have.
    pub fn advance(&mut self, watermarks: &Watermarks) {
        self.set_log_start(watermarks.start);
        self.set_high_watermark(watermarks.stable);
    }

    /// Where the epoch that a follower or a consumer asks for ended (OffsetForLeaderEpoch).
    ///
    /// # Errors
    /// [`FetchError::Fenced`] and [`FetchError::Unknown`], if `current`, the epoch that it takes
    /// for the leader's, is another.
    pub fn epoch_end(
        &self,
        current: LeaderEpoch,
        asked: LeaderEpoch,
    ) -> Result<EpochEnd, FetchError> {
        self.check_epoch(current)?;
        Ok(self.epochs.end_of(asked, self.log_end))
    }

    /// Up to where DeleteRecords with `before` trims the log; −1 is the high watermark. The caller
    /// trims the engine's partition and then tells of the new watermarks.
    ///
    /// # Errors
    /// [`FetchError::OutOfRange`] beyond the high watermark, and for other negative offsets.
    pub fn deletion(&self, before: Offset) -> Result<Offset, FetchError> {
        let wanted = if before.get() == -1 { self.high_watermark } else { before };
        if wanted.get() < 0 || wanted > self.high_watermark {
            let (log_start, log_end) = (self.log_start, self.high_watermark);
            return Err(FetchError::OutOfRange { offset: before, log_start, log_end });
        }
        Ok(wanted.max(self.log_start))
    }

    /// Forgets producers of which nothing was heard for so long.
    pub fn expire_producers(&mut self, now: Instant, expiration: Duration) {
        self.producers.expire(now, expiration);
    }

    /// Whether so much was appended since the state was saved that it should be saved again: as
    /// much as a restart may read, or, where there are very many producers, eight times as much as
    /// it takes to save them.
    #[must_use]
    pub fn wants_save(&self) -> bool {
        let state_bytes = (self.producers.len() * ENCODED_PRODUCER_BYTES_MAX) as u64;
        let unsaved_bytes = self.appended_bytes - self.saved_bytes;
        unsaved_bytes >= REPLICA_SAVE_BYTES.max(8 * state_bytes)
    }

    /// Whether the state says more than the snapshot that was saved last: at a clean end it is
    /// saved, so that the next start reads nothing.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        self.saved_upto != self.log_end
    }

    /// The state as it is now, as bytes.
    ///
    /// To be given to [`SnapshotStore::save`](crate::SnapshotStore::save) when everything before
    /// its end is stable ([`Engine::readable_beyond`] the offset before), since a snapshot must not
    /// speak of what may be lost, and then to [`Leader::saved`].
    #[must_use]
    pub fn snapshot(&self) -> SavedState {
        let mut bytes = Vec::new();
        crate::snapshot::encode(self.log_end, &self.epochs, &self.producers, &mut bytes);
        SavedState { upto: self.log_end, appended_bytes: self.appended_bytes, bytes }
    }

    /// The state was saved as it was then.
    pub fn saved(&mut self, saved: &SavedState) {
        self.saved_upto = self.saved_upto.max(saved.upto);
        self.saved_bytes = self.saved_bytes.max(saved.appended_bytes);
    }

    /// A leader that knows what `snapshot` and the log behind it say; for [`Leader::recover`].
    fn new(
        partition: PartitionId,
        options: ReplicaOptions,
        snapshot: Snapshot,
        watermarks: &Watermarks,
    ) -> Self {
        Self {
            partition,
            options,
            epoch: LeaderEpoch::NONE,
            in_sync_count: 1,
            log_start: watermarks.start,
            high_watermark: watermarks.stable,
            log_end: watermarks.next,
            saved_upto: snapshot.upto,
            producers: snapshot.producers,
            epochs: snapshot.epochs,
            appended_bytes: 0,
            saved_bytes: 0,
        }
    }

    /// The one place where the high watermark moves: forward, and never beyond what has its place.
    fn set_high_watermark(&mut self, stable: Offset) {
        assert!(
            self.high_watermark <= stable && stable <= self.log_end,
            "the high watermark goes from {} to {stable} in a log that ends at {}",
            self.high_watermark,
            self.log_end
        );
        self.high_watermark = stable;
    }

    /// The one place where the log's start moves.
    fn set_log_start(&mut self, log_start: Offset) {
        assert!(self.log_start <= log_start, "a log's start never goes back");
        if self.log_start < log_start {
            self.log_start = log_start;
            self.epochs.trim(log_start);
        }
    }

    fn check_epoch(&self, current: LeaderEpoch) -> Result<(), FetchError> {
        check_epoch(self.epoch, current)
    }

    fn watermarks(&self, engine: &Engine) -> Result<Watermarks, LogError> {
        engine.watermarks(self.partition)
    }
}

/// Compares the epoch that a client takes for the leader's, `got`, with that which it is.
///
/// # Errors
/// [`FetchError::Fenced`] if the client's is older, [`FetchError::Unknown`] if it is newer.
pub fn check_epoch(expected: LeaderEpoch, got: LeaderEpoch) -> Result<(), FetchError> {
    //= KIP-320: -1 does not ask for a check.
    if got == LeaderEpoch::NONE || got == expected {
        return Ok(());
    }
    if got < expected {
        Err(FetchError::Fenced { expected, got })
    } else {
        Err(FetchError::Unknown { expected, got })
    }
}
