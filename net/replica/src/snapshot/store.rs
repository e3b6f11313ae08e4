//! The partition of a shard's engine in which the snapshots of its other partitions are kept.
//!
//! The last record of a partition counts. Where most of the log is records that no longer count,
//! those that do are appended again and the rest is trimmed.

use super::codec::{Snapshot, SnapshotFault};
use crate::leader::SavedState;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Offset, PartitionId};
use millstream_batch::{
    BatchBuilder, Batches, BuilderOptions, CheckOptions, CheckedBatch, DecompressLimit, Origin,
    Record, Scratch, check,
};
use millstream_log::{
    AppendOptions, Engine, LogError, PartitionName, PartitionOptions, ReadLimit, Slice,
};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The name of the partition in the engine.
pub const STATE_PARTITION: &str = "__replica_state";

/// The log is not worth rewriting below this size.
const REWRITE_BYTES_MIN: u64 = 4 << 20;
const SEGMENT_BYTES: u64 = 16 << 20;
const READ_BYTES: usize = 1 << 20;
const CHECK: CheckOptions = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };

/// Where a partition's last snapshot is.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// Its record in the log.
    record: Offset,
    /// Size of that record's batch.
    bytes: u64,
    /// Where the snapshot ends in its own partition.
    upto: Offset,
}

/// The snapshots of all partitions of one shard.
///
/// Saving is synchronous and takes a place in the journal, as every append does; when it gets to
/// the disk matters to nobody, since a lost snapshot costs reading a little more.
#[derive(Debug)]
pub struct SnapshotStore {
    partition: PartitionId,
    kept: BTreeMap<PartitionId, Kept>,
    live_bytes: u64,
    log_bytes: u64,
    is_rewriting: bool,
}

impl SnapshotStore {
    /// Opens the store of a shard, and makes it if there is none. Reads its log once.
    ///
    /// A snapshot of a partition that is gone, or whose end the partition's own log does not reach,
    /// does not count: the batches that it speaks of were lost with the power.
    ///
    /// # Errors
    /// The engine's. [`LogError::NewerContent`] for snapshots of a newer program.
    pub async fn open(engine: &Engine) -> Result<Self, LogError> {
        let name = PartitionName::new(STATE_PARTITION).expect("a name");
        let options = PartitionOptions::default()
            .segment_bytes(SEGMENT_BYTES)
            .batch_bytes_max(BATCH_BYTES_MAX);
        let partition = match engine.find(&name) {
            Some(partition) => partition,
            None => engine.create(&name, options).await?,
        };
        let kept = BTreeMap::new();
        let mut store = Self { partition, kept, live_bytes: 0, log_bytes: 0, is_rewriting: false };
        let mut offset = engine.watermarks(partition)?.start;
        let mut slices = Vec::new();
        loop {
            slices.clear();
            offset = match engine.read(partition, offset, limit(), &mut slices).await {
                Ok(fetched) if fetched.bytes == 0 => break,
                Ok(fetched) => fetched.next_offset,
                // What is damaged is made again from the partitions themselves.
                Err(LogError::Quarantined { next_offset, .. }) => next_offset,
                Err(error) => return Err(error),
            };
            for slice in &slices {
                store.replay(slice)?;
            }
        }
        store.kept.retain(|partition, kept| {
            let watermarks = engine.watermarks(*partition);
            watermarks.is_ok_and(|watermarks| kept.upto <= watermarks.stable)
        });
        store.live_bytes = store.kept.values().map(|kept| kept.bytes).sum();
        Ok(store)
    }

    /// The last snapshot of a partition; `None` if there is none, or none that can be read.
    ///
    /// # Errors
    /// The engine's.
    pub async fn load(
        store: &RefCell<Self>,
        engine: &Engine,
        partition: PartitionId,
    ) -> Result<Option<Snapshot>, LogError> {
        let found = store.borrow().place(partition);
        let Some((log, record)) = found else { return Ok(None) };
        let now = engine.io().now();
        let bytes = read_record(engine, log, record).await?;
        Ok(bytes.and_then(|bytes| Snapshot::decode(&bytes, now).ok()))
    }

    /// Saves a leader's state. Everything before its end must be stable.
    ///
    /// # Errors
    /// The engine's; nothing was saved then, and the snapshot before counts.
    pub fn save(
        &mut self,
        engine: &Engine,
        partition: PartitionId,
        state: &SavedState,
    ) -> Result<(), LogError> {
        let upto = state.upto();
        assert!(
            engine.watermarks(partition).is_ok_and(|watermarks| upto <= watermarks.stable),
            "a snapshot speaks of what is stable: what is not may be lost, and other batches come"
        );
        let (record, bytes) = self.append(engine, partition, Some(state.bytes()))?;
        self.keep(partition, Some(Kept { record, bytes, upto }));
        Ok(())
    }

    /// Forgets a partition that is deleted, or was truncated.
    ///
    /// # Errors
    /// The engine's.
    pub fn forget(&mut self, engine: &Engine, partition: PartitionId) -> Result<(), LogError> {
        if self.kept.contains_key(&partition) {
            self.append(engine, partition, None)?;
            self.keep(partition, None);
        }
        Ok(())
    }

    /// Whether most of the log no longer counts, so that [`SnapshotStore::rewrite`] is worth it.
    #[must_use]
    pub fn wants_rewrite(&self) -> bool {
        let is_large = self.log_bytes >= REWRITE_BYTES_MIN;
        is_large && self.log_bytes > 4 * self.live_bytes && !self.is_rewriting
    }

    /// Appends what counts once more, and trims everything before it. In the background: snapshots
    /// are loaded and saved meanwhile. A crash leaves the log as before or longer.
    ///
    /// # Errors
    /// The engine's; what was not moved still counts where it is.
    pub async fn rewrite(store: &RefCell<Self>, engine: &Engine) -> Result<(), LogError> {
        if store.borrow().is_rewriting {
            return Ok(());
        }
        store.borrow_mut().is_rewriting = true;
        let result = Self::rewrite_all(store, engine).await;
        store.borrow_mut().is_rewriting = false;
        result
    }

    async fn rewrite_all(store: &RefCell<Self>, engine: &Engine) -> Result<(), LogError> {
        let log = store.borrow().partition;
        let end = engine.watermarks(log)?.next;
        let partitions: Vec<PartitionId> = store.borrow().kept.keys().copied().collect();
        for partition in partitions {
            let found = store.borrow().place(partition).filter(|(_, record)| *record < end);
            let Some((log, record)) = found else { continue };
            // What was saved a moment ago is not stable, and cannot be read before it is.
            engine.readable_beyond(log, record).await?;
            let bytes = read_record(engine, log, record).await?;
            let mut store = store.borrow_mut();
            if store.place(partition) != Some((log, record)) {
                continue;
            }
            match bytes {
                Some(bytes) => store.move_to_end(engine, partition, &bytes)?,
                None => store.keep(partition, None),
            }
        }
        engine.flush().await?;
        engine.trim(log, end).await?;
        let mut store = store.borrow_mut();
        // What was appended since, those moved among them, is at least what counts.
        store.log_bytes = store.live_bytes;
        Ok(())
    }

    fn move_to_end(
        &mut self,
        engine: &Engine,
        partition: PartitionId,
        snapshot: &[u8],
    ) -> Result<(), LogError> {
        let upto = self.kept[&partition].upto;
        let (record, bytes) = self.append(engine, partition, Some(snapshot))?;
        self.keep(partition, Some(Kept { record, bytes, upto }));
        Ok(())
    }

    /// The log, and the record in it that counts for a partition.
    fn place(&self, partition: PartitionId) -> Option<(PartitionId, Offset)> {
        self.kept.get(&partition).map(|kept| (self.partition, kept.record))
    }

    fn replay(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        for batch in Batches::new(bytes, CHECK) {
            let batch = batch?;
            let mut scratch = Scratch::new();
            self.log_bytes += batch.bytes().len() as u64;
            for record in batch.records(DecompressLimit::DEFAULT, &mut scratch)? {
                self.replay_record(&batch, &record?)?;
            }
        }
        Ok(())
    }

    fn replay_record(
        &mut self,
        batch: &CheckedBatch<'_>,
        record: &Record<'_>,
    ) -> Result<(), LogError> {
        let key = record.key().and_then(|key| key.try_into().ok()).map(u64::from_le_bytes);
        let Some(partition) = key.map(PartitionId::new) else { return Ok(()) };
        let upto = match record.value().map(Snapshot::decode_upto) {
            Some(Err(SnapshotFault::Newer { .. })) => {
                let path = STATE_PARTITION.into();
                return Err(LogError::NewerContent { path, what: "a snapshot" });
            }
            Some(upto) => upto.ok(),
            None => None,
        };
        let bytes = batch.bytes().len() as u64;
        let record = record.offset();
        self.keep(partition, upto.map(|upto| Kept { record, bytes, upto }));
        Ok(())
    }

    fn keep(&mut self, partition: PartitionId, kept: Option<Kept>) {
        let before = match kept {
            Some(kept) => self.kept.insert(partition, kept),
            None => self.kept.remove(&partition),
        };
        self.live_bytes += kept.map_or(0, |kept| kept.bytes);
        self.live_bytes -= before.map_or(0, |before| before.bytes);
    }

    /// Appends a record as a batch of its own; its offset and its size.
    fn append(
        &mut self,
        engine: &Engine,
        partition: PartitionId,
        snapshot: Option<&[u8]>,
    ) -> Result<(Offset, u64), LogError> {
        let batch_bytes_max = BATCH_BYTES_MAX;
        let options = BuilderOptions { batch_bytes_max, ..BuilderOptions::default() };
        let mut builder = BatchBuilder::new(options);
        let key = partition.get().to_le_bytes();
        builder.append(engine.io().wall_time(), Some(&key), snapshot, &[])?;
        let batch = check(builder.finish()?, CHECK)?;
        let bytes = batch.bytes().len() as u64;
        let appended = engine.append(self.partition, &batch, AppendOptions::default())?;
        self.log_bytes += bytes;
        Ok((appended.first_offset, bytes))
    }
}

fn limit() -> ReadLimit {
    ReadLimit { bytes_max: READ_BYTES }
}

/// The value of the record at `offset`; `None` where it is damaged or no longer there.
async fn read_record(
    engine: &Engine,
    log: PartitionId,
    offset: Offset,
) -> Result<Option<Vec<u8>>, LogError> {
    let mut slices: Vec<Slice> = Vec::new();
    let one = ReadLimit { bytes_max: 1 };
    match engine.read(log, offset, one, &mut slices).await {
        Err(LogError::Quarantined { .. } | LogError::OutOfRange { .. }) => return Ok(None),
        result => result?,
    };
    for batch in slices.iter().flat_map(|slice| Batches::new(slice, CHECK)) {
        let mut scratch = Scratch::new();
        for record in batch?.records(DecompressLimit::DEFAULT, &mut scratch)? {
            let record = record?;
            if record.offset() == offset {
                return Ok(record.value().map(<[u8]>::to_vec));
            }
        }
    }
    Ok(None)
}
