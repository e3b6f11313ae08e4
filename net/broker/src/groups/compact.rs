//! `__consumer_offsets` holds the last record of each key, and not all that ever were: what holds
//! is written anew at the log's end, then everything before it is trimmed.
//!
//! Works on records, not on groups: the last value of each key is all that a replay takes from the
//! log, whatever it means. A crash leaves the old log, or both, or the new one, and all three
//! replay to the same groups (decision 0018).

use super::hosted::Hosted;
use super::load;
use crate::shard::Shard;
use bytes::Bytes;
use millstream_base::Offset;
use millstream_batch::{BatchBuilder, BatchError, BuilderOptions, CheckOptions, Origin, check};
use millstream_io::Priority;
use millstream_log::LogError;
use millstream_replica::{ProduceError, Produced};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A log below that is not worth the work.
const LOG_BYTES_MIN: u64 = 4 << 20;
/// A log is compacted when it is so many times as large as what held after the last time: each
/// byte is written a third more often than once.
const GROWTH: u64 = 4;
/// What a log must have grown by after a compaction that failed.
const RETRY_BYTES: u64 = 1 << 20;
/// Keys and values in one batch.
const BATCH_RECORDS_BYTES_MAX: usize = 256 << 10;

/// How large a partition of groups is, in bytes of keys and values, and whether it is being
/// compacted.
#[derive(Default)]
pub(super) struct Compaction {
    log_bytes: Cell<u64>,
    due_bytes: Cell<u64>,
    is_under_way: Cell<bool>,
    gathered: RefCell<Option<Gathered>>,
}

/// What holds of the records before an offset.
pub(super) struct Gathered {
    live: BTreeMap<Bytes, Bytes>,
    upto: Offset,
}

impl Compaction {
    /// The log is read from its beginning.
    pub(super) fn begin_anew(&self) {
        self.log_bytes.set(0);
    }

    /// The log has so many bytes more.
    pub(super) fn grow(&self, bytes: usize) {
        self.log_bytes.set(self.log_bytes.get() + bytes as u64);
    }

    /// What was gathered, for the writer to finish.
    pub(super) fn take_gathered(&self) -> Option<Gathered> {
        self.gathered.borrow_mut().take()
    }

    /// Whether something was gathered that the writer has not taken yet.
    pub(super) fn has_gathered(&self) -> bool {
        self.gathered.borrow().is_some()
    }

    fn is_due(&self) -> bool {
        let due_bytes = self.due_bytes.get().max(LOG_BYTES_MIN);
        !self.is_under_way.get() && self.log_bytes.get() >= due_bytes
    }

    fn done(&self, live_bytes: u64) {
        self.log_bytes.set(live_bytes);
        self.due_bytes.set(live_bytes * GROWTH);
        self.is_under_way.set(false);
    }

    fn failed(&self) {
        self.due_bytes.set(self.log_bytes.get() + RETRY_BYTES);
        self.is_under_way.set(false);
    }
}

/// Begins to gather what holds, beside whoever writes, if the log has grown enough.
pub(super) fn begin_if_due(hosted: &Rc<Hosted>, shard: &Rc<Shard>) {
    let compaction = &hosted.compaction;
    if compaction.is_due() {
        compaction.is_under_way.set(true);
        let gathering = gather(Rc::clone(hosted), Rc::clone(shard));
        drop(shard.io.spawn(Priority::Background, gathering));
    }
}

async fn gather(hosted: Rc<Hosted>, shard: Rc<Shard>) {
    let gathered = async {
        let upto = shard.engine.watermarks(hosted.partition.id)?.start;
        let mut gathered = Gathered { live: BTreeMap::new(), upto };
        gathered.read_on(&hosted, &shard).await?;
        Ok::<_, LogError>(gathered)
    };
    match gathered.await {
        Ok(gathered) => {
            *hosted.compaction.gathered.borrow_mut() = Some(gathered);
            super::write::queue(&hosted, &shard, Vec::new());
        }
        Err(_) => hosted.compaction.failed(),
    }
}

/// Called by the writer, which appends nothing meanwhile: takes over what was appended since,
/// writes what holds, and trims the rest.
pub(super) async fn finish(
    hosted: &Hosted,
    shard: &Shard,
    gathered: Gathered,
) -> Result<(), ProduceError> {
    let finished = replace(hosted, shard, gathered).await;
    match &finished {
        Ok(live_bytes) => hosted.compaction.done(*live_bytes),
        // The log is as it was, and perhaps a little longer: it holds the same.
        Err(_) => hosted.compaction.failed(),
    }
    finished.map(|_| ())
}

async fn replace(
    hosted: &Hosted,
    shard: &Shard,
    mut gathered: Gathered,
) -> Result<u64, ProduceError> {
    let partition = &hosted.partition;
    // An acknowledgement does not say it: where `flush.ms` is set it comes earlier, and a commit
    // that is not read here would be followed by the one before it.
    shard.engine.flush().await?;
    gathered.read_on(hosted, shard).await?;
    let mut begin = gathered.upto;
    let live = gathered.live.iter();
    let live_bytes: usize = live.map(|(key, value)| key.len() + value.len()).sum();
    for (index, batch) in batches(hosted, shard, &gathered.live)?.into_iter().enumerate() {
        let produced = append(hosted, shard, &batch).await?;
        if index == 0 {
            begin = produced.base_offset;
        }
    }
    shard.engine.flush().await?;
    shard.engine.trim(partition.id, begin).await?;
    Ok(live_bytes as u64)
}

impl Gathered {
    async fn read_on(&mut self, hosted: &Hosted, shard: &Shard) -> Result<(), LogError> {
        let live = &mut self.live;
        let read = load::read(hosted, shard, self.upto, |key, value| {
            match value {
                Some(value) => {
                    live.insert(Bytes::copy_from_slice(key), Bytes::copy_from_slice(value))
                }
                None => live.remove(key),
            };
        });
        self.upto = read.await?;
        Ok(())
    }
}

async fn append(hosted: &Hosted, shard: &Shard, bytes: &[u8]) -> Result<Produced, ProduceError> {
    let batch_bytes_max = hosted.partition.config.borrow().batch_bytes_max;
    let batch = check(bytes, CheckOptions { batch_bytes_max, origin: Origin::Producer })?;
    hosted.partition.append_own(shard, &batch).await
}

fn batches(
    hosted: &Hosted,
    shard: &Shard,
    live: &BTreeMap<Bytes, Bytes>,
) -> Result<Vec<Vec<u8>>, BatchError> {
    let batch_bytes_max = hosted.partition.config.borrow().batch_bytes_max;
    let options = BuilderOptions { batch_bytes_max, ..BuilderOptions::default() };
    let time = shard.io.wall_time();
    let mut all = Vec::new();
    let mut builder = BatchBuilder::new(options);
    let mut bytes = 0;
    for (key, value) in live {
        if bytes > 0 && bytes + key.len() + value.len() > BATCH_RECORDS_BYTES_MAX {
            all.push(builder.finish()?.to_vec());
            builder = BatchBuilder::new(options);
            bytes = 0;
        }
        builder.append(time, Some(key), Some(value), &[])?;
        bytes += key.len() + value.len();
    }
    if bytes > 0 {
        all.push(builder.finish()?.to_vec());
    }
    Ok(all)
}
