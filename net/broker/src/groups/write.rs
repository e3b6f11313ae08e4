//! What a coordinator hands out becomes batches of its partition, in that order; when they are
//! stable, it is told.

use super::Absent;
use super::compact;
use super::hosted::Hosted;
use crate::shard::Shard;
use millstream_batch::{BatchBuilder, BatchError, BuilderOptions, CheckOptions, Origin, check};
use millstream_coordinator::{Append, AppendFault, AppendId, Record};
use millstream_io::Priority;
use millstream_log::LogError;
use millstream_replica::{Ack, ProduceError};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// What was handed out and is not in the log yet.
#[derive(Default)]
pub(super) struct Writer {
    queue: RefCell<VecDeque<Append>>,
    /// Whether a task is at it.
    is_writing: Cell<bool>,
}

impl Writer {
    /// Drops what is not in the log yet.
    pub(super) fn give_up(&self) {
        self.queue.borrow_mut().clear();
    }
}

/// Takes records over, in their order.
pub(super) fn queue(hosted: &Rc<Hosted>, shard: &Rc<Shard>, appends: Vec<Append>) {
    let is_for_compaction = hosted.compaction.has_gathered();
    if appends.is_empty() && !is_for_compaction {
        return;
    }
    hosted.writer.queue.borrow_mut().extend(appends);
    if !hosted.writer.is_writing.replace(true) {
        let writing = write_all(Rc::clone(hosted), Rc::clone(shard));
        drop(shard.io.spawn(Priority::Foreground, writing));
    }
}

async fn write_all(hosted: Rc<Hosted>, shard: Rc<Shard>) {
    loop {
        if let Some(gathered) = hosted.compaction.take_gathered() {
            // What failed for good shows again at the next append.
            drop(compact::finish(&hosted, &shard, gathered).await);
        }
        let Some(append) = next(&hosted) else { break };
        match write(&hosted, &shard, &append).await {
            Ok(ack) => {
                hosted.compaction.grow(append.records.iter().map(Record::size_bytes).sum());
                compact::begin_if_due(&hosted, &shard);
                let settling = settle(Rc::clone(&hosted), Rc::clone(&shard), append.id, ack);
                drop(shard.io.spawn(Priority::Foreground, settling));
            }
            // What was appended before may be there or not: only the next start knows.
            Err(ProduceError::Log(LogError::Poisoned(_))) => hosted.unload(Absent::Unreadable),
            Err(error) => hosted.settle(&shard, append.id, Err(fault(&error))),
        }
    }
    hosted.writer.is_writing.set(false);
}

fn next(hosted: &Hosted) -> Option<Append> {
    hosted.writer.queue.borrow_mut().pop_front()
}

async fn write(hosted: &Hosted, shard: &Shard, append: &Append) -> Result<Ack, ProduceError> {
    let partition = &hosted.partition;
    let batch_bytes_max = partition.config.borrow().batch_bytes_max;
    let bytes = build(append, shard, batch_bytes_max)?;
    let options = CheckOptions { batch_bytes_max, origin: Origin::Producer };
    let batch = check(&bytes, options)?;
    Ok(partition.append_own(shard, &batch).await?.ack)
}

fn build(append: &Append, shard: &Shard, batch_bytes_max: usize) -> Result<Vec<u8>, BatchError> {
    let time = shard.io.wall_time();
    let options = BuilderOptions { batch_bytes_max, ..BuilderOptions::default() };
    let mut builder = BatchBuilder::new(options);
    for record in &append.records {
        builder.append(time, Some(&record.key), record.value.as_deref(), &[])?;
    }
    builder.finish().map(<[u8]>::to_vec)
}

async fn settle(hosted: Rc<Hosted>, shard: Rc<Shard>, id: AppendId, ack: Ack) {
    match hosted.partition.acknowledged(&shard, ack).await {
        Ok(()) => hosted.settle(&shard, id, Ok(())),
        Err(_) => hosted.unload(Absent::Unreadable),
    }
}

/// Why nothing was appended, as the coordinator tells it.
fn fault(error: &ProduceError) -> AppendFault {
    match error {
        ProduceError::Invalid(_) | ProduceError::TooLarge { .. } => AppendFault::TooLarge,
        ProduceError::Log(LogError::Busy | LogError::DiskFull) => AppendFault::Unavailable,
        _ => AppendFault::NotLeader,
    }
}
