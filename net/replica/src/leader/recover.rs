//! From a snapshot and the batch headers behind it to a leader that knows what it knew.

use super::Leader;
use crate::epochs::LeaderEpochs;
use crate::options::ReplicaOptions;
use crate::producer::{ProducerBatch, ProducerState};
use crate::snapshot::Snapshot;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Instant, LeaderEpoch, Offset, PartitionId};
use millstream_batch::{Batches, CheckOptions, CheckedBatch, Origin};
use millstream_log::{Engine, LogError};

const CHECK: CheckOptions = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };
/// Reads of 1 MiB that are under way while one is looked at.
const READ_DEPTH: usize = 2;

impl Leader {
    /// Begins to lead a partition in `epoch`: takes what a snapshot says, and the headers of all
    /// batches behind it. Only then may something be appended through this leader; nobody else may
    /// append to the partition meanwhile.
    ///
    /// Without a snapshot all headers are read; where some are damaged, what they said is not
    /// known, as if it had expired.
    ///
    /// # Errors
    /// The engine's.
    pub async fn recover(
        engine: &Engine,
        partition: PartitionId,
        options: ReplicaOptions,
        epoch: LeaderEpoch,
        snapshot: Option<Snapshot>,
    ) -> Result<Self, LogError> {
        let watermarks = engine.watermarks(partition)?;
        // Nothing can have been appended since the engine was opened, so all that is there is
        // stable; a snapshot of more than that is of another life of the log.
        let usable = snapshot.filter(|snapshot| snapshot.upto <= watermarks.stable);
        let snapshot = usable.unwrap_or_else(|| Snapshot {
            upto: watermarks.start,
            epochs: LeaderEpochs::default(),
            producers: ProducerState::default(),
        });
        let mut leader = Self::new(partition, options, snapshot, &watermarks);
        leader.epochs.trim(watermarks.start);
        leader.replay(engine, engine.io().now()).await?;
        let watermarks = leader.watermarks(engine)?;
        assert!(leader.log_end == watermarks.next, "nobody appends before the leader is there");
        leader.begin_epoch(epoch);
        Ok(leader)
    }

    async fn replay(&mut self, engine: &Engine, now: Instant) -> Result<(), LogError> {
        let mut offset = self.saved_upto.max(self.log_start);
        let mut reader = engine.reader(self.partition, offset, READ_DEPTH);
        let mut slices = Vec::new();
        loop {
            slices.clear();
            match reader.next(&mut slices).await {
                Ok(fetched) if fetched.bytes == 0 => return Ok(()),
                Ok(fetched) => offset = fetched.next_offset,
                Err(LogError::Quarantined { next_offset, .. }) => {
                    offset = next_offset;
                    reader = engine.reader(self.partition, offset, READ_DEPTH);
                }
                // Retention took what was about to be read.
                Err(LogError::OutOfRange { start_offset, .. }) if start_offset > offset => {
                    offset = start_offset;
                    reader = engine.reader(self.partition, offset, READ_DEPTH);
                }
                Err(error) => return Err(error),
            }
            for batch in slices.iter().flat_map(|slice| Batches::new(slice, CHECK)) {
                self.replay_batch(&batch?, now);
            }
        }
    }

    fn replay_batch(&mut self, batch: &CheckedBatch<'_>, now: Instant) {
        // A read begins with the batch that holds the offset, which may begin before it.
        if batch.next_offset() <= self.saved_upto {
            return;
        }
        self.appended_bytes += batch.bytes().len() as u64;
        self.epochs.assign(batch.leader_epoch(), batch.base_offset().max(self.log_start));
        if let Some(producer) = ProducerBatch::of(batch) {
            self.producers.update(&producer, batch.base_offset(), batch.max_timestamp(), now);
        }
    }

    /// Where the headers must be read from that no snapshot covers.
    #[must_use]
    pub fn saved_upto(&self) -> Offset {
        self.saved_upto
    }
}
