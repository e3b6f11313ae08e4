//! Many callers that each append one batch and wait until it is stable, over and over.

use super::Result;
use super::batch::checked;
use millstream_base::PartitionId;
use millstream_batch::CheckedBatch;
use millstream_io::Priority;
use millstream_log::{AppendOptions, Engine, LogError, Ticket};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// What the callers did together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) batch_count: u64,
    pub(crate) appended_bytes: u64,
    /// Appends that were refused for the moment.
    pub(crate) busy_count: u64,
    pub(crate) elapsed: Duration,
}

impl Done {
    /// Bytes that became stable per second.
    pub(crate) fn bytes_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let bytes = self.appended_bytes as f64;
        bytes / self.elapsed.as_secs_f64()
    }
}

/// What the callers share.
struct Shared {
    engine: Engine,
    partitions: Vec<PartitionId>,
    batch: Rc<[u8]>,
    next: Cell<usize>,
    is_over: Cell<bool>,
    batch_count: Cell<u64>,
    busy_count: Cell<u64>,
}

/// Runs `caller_count` callers for a time; the batches go over all partitions in turn.
pub(crate) async fn closed_loop(
    engine: &Engine,
    partitions: &[PartitionId],
    batch: &Rc<[u8]>,
    caller_count: usize,
    duration: Duration,
) -> Result<Done> {
    let io = engine.io();
    let shared = Rc::new(Shared {
        engine: engine.clone(),
        partitions: partitions.to_vec(),
        batch: Rc::clone(batch),
        next: Cell::new(0),
        is_over: Cell::new(false),
        batch_count: Cell::new(0),
        busy_count: Cell::new(0),
    });
    let begin = io.now();
    let callers: Vec<_> = (0..caller_count)
        .map(|_| io.spawn(Priority::Foreground, call(Rc::clone(&shared))))
        .collect();
    io.sleep(duration).await;
    shared.is_over.set(true);
    for caller in callers {
        caller.await?;
    }
    Ok(Done {
        batch_count: shared.batch_count.get(),
        appended_bytes: shared.batch_count.get() * batch.len() as u64,
        busy_count: shared.busy_count.get(),
        elapsed: io.now() - begin,
    })
}

async fn call(shared: Rc<Shared>) -> Result<()> {
    let batch = checked(&shared.batch)?;
    while !shared.is_over.get() {
        let index = shared.next.get();
        shared.next.set(index + 1);
        let partition = shared.partitions[index % shared.partitions.len()];
        let (ticket, busy_count) = append(&shared.engine, partition, &batch).await?;
        shared.engine.stable(ticket).await?;
        shared.busy_count.set(shared.busy_count.get() + busy_count);
        shared.batch_count.set(shared.batch_count.get() + 1);
    }
    Ok(())
}

/// Appends as soon as there is room; says also how often there was none.
pub(crate) async fn append(
    engine: &Engine,
    partition: PartitionId,
    batch: &CheckedBatch<'_>,
) -> Result<(Ticket, u64)> {
    let mut busy_count = 0;
    loop {
        match engine.append(partition, batch, AppendOptions::default()) {
            Ok(appended) => return Ok((appended.ticket, busy_count)),
            Err(LogError::Busy | LogError::DiskFull) => {
                busy_count += 1;
                engine.room().await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
