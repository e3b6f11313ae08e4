//! Truncation: a log is cut at its end.
//!
//! The journal still holds what is cut off, so an entry in it could not undo that for good: a later
//! recovery might begin behind the entry and before what it took. A checkpoint does it, with a
//! barrier that recovery does not look behind.

use super::{Engine, Inner};
use crate::engine::settle::is_passing;
use crate::engine::state::State;
use crate::error::{LogError, Result};
use crate::flaw::{self, Flaw};
use crate::partition::Placement;
use crate::segment::Segment;
use crate::segment::index::IndexEntry;
use millstream_base::{Offset, PartitionId};
use millstream_io::Priority;
use std::rc::Rc;

impl Engine {
    /// Cuts the log at its end: `end` and all behind it are gone, and the next append gets the
    /// offset that is returned, which is `end` or, if that lies inside of a batch, the first offset
    /// of that batch that the log has; a log that ends before `end` stays as it is.
    /// Durable when it resolves; a crash before leaves the log as it was, or cut.
    ///
    /// Appends that come after this call are refused with [`LogError::Busy`] until it resolves, so
    /// none that its caller makes later is cut off by it. It goes on if nobody waits for it, and
    /// waits for space where the disk is full.
    ///
    /// # Errors
    /// [`LogError::OutOfRange`] before the start, [`LogError::UnknownPartition`],
    /// [`LogError::Quarantined`] if the batch that `end` lies in is damaged, or the engine's fault.
    pub fn truncate(
        &self,
        partition: PartitionId,
        end: Offset,
    ) -> impl Future<Output = Result<Offset>> + use<> {
        let inner = Rc::clone(&self.inner);
        let truncating = Truncating::begin(&inner, partition);
        // A task of its own: a caller who stops waiting must not leave the log cut in memory only,
        // where the next append would take offsets that the journal has given to others.
        self.inner.io.spawn(Priority::Foreground, async move {
            let truncating = truncating?;
            truncating.inner.truncate_alone(partition, end).await
        })
    }
}

/// Keeps appends from a partition while it lives.
struct Truncating {
    inner: Rc<Inner>,
    partition: PartitionId,
}

impl Truncating {
    fn begin(inner: &Rc<Inner>, partition: PartitionId) -> Result<Self> {
        let mut state = inner.state.borrow_mut();
        state.partition_mut(partition)?.truncation_count += 1;
        state.truncation_count += 1;
        Ok(Self { inner: Rc::clone(inner), partition })
    }
}

impl Drop for Truncating {
    fn drop(&mut self) {
        let mut state = self.inner.state.borrow_mut();
        state.truncation_count -= 1;
        if let Some(partition) = state.partitions.get_mut(&self.partition) {
            partition.truncation_count -= 1;
        }
        drop(state);
        self.inner.room.notify();
    }
}

/// Where a log is cut: between two batches.
pub(crate) struct Cut {
    /// The end of what is left.
    pub(crate) end: Offset,
    /// What is left of the stretch that the cut goes through.
    pub(crate) shortened: Option<IndexEntry>,
}

impl Inner {
    /// The partition takes no appends now. First everything of it comes to rest in segments; then
    /// memory is cut; then a checkpoint makes it so for ever: the journal before it no longer
    /// speaks for this partition.
    async fn truncate_alone(&self, id: PartitionId, end: Offset) -> Result<Offset> {
        self.state.borrow().check_writable()?;
        self.flush_staged().await?;
        self.settle_wholly(id).await?;
        self.claim(id).await?;
        let result = self.truncate_settled(id, end).await;
        if let Some(partition) = self.state.borrow_mut().partitions.get_mut(&id) {
            partition.is_settling = false;
        }
        result
    }

    async fn settle_wholly(&self, id: PartitionId) -> Result<()> {
        loop {
            self.claim(id).await?;
            self.state.borrow_mut().partition_mut(id)?.is_settling = false;
            self.settle_patiently(id).await?;
            let state = self.state.borrow();
            let partition = state.partition(id)?;
            if partition.settled() == partition.next() {
                return Ok(());
            }
        }
    }

    async fn settle_patiently(&self, id: PartitionId) -> Result<()> {
        match self.settle(id).await {
            Err(LogError::DiskFull) => self.wait_for_space().await,
            result => result,
        }
    }

    async fn truncate_settled(&self, id: PartitionId, end: Offset) -> Result<Offset> {
        let Some(cut) = self.find_cut(id, end).await? else {
            return Ok(self.state.borrow().partition(id)?.next());
        };
        let doomed = {
            let mut state = self.state.borrow_mut();
            state.check_writable()?;
            let partition = state.partition(id)?;
            if end < partition.start() {
                // Trimmed while the cut was looked for.
                let (start_offset, end_offset) = (partition.start(), partition.next());
                return Err(LogError::OutOfRange { offset: end, start_offset, end_offset });
            }
            state.apply_truncate(id, &cut)
        };
        let end = self.state.borrow().partition(id)?.next();
        // Twice: should the newer checkpoint rot, the older one must know of the cut too.
        self.checkpoint_patiently().await?;
        self.checkpoint_patiently().await?;
        self.remove_segments(doomed.into_iter().map(|base| (id, base)).collect()).await?;
        Ok(end)
    }

    /// There is no way back once memory is cut: what passes is waited for.
    async fn checkpoint_patiently(&self) -> Result<()> {
        loop {
            match self.checkpoint_alone().await {
                Err(LogError::DiskFull) => self.wait_for_space().await?,
                Err(error) if is_passing(&error) => self.io.yield_now().await,
                Err(LogError::Io(cause)) => {
                    self.poison((*cause).clone());
                    return Err(LogError::Poisoned(cause));
                }
                result => return result,
            }
        }
    }
}

impl State {
    /// Cuts a partition that is wholly settled. Gives the segments whose files must go before the
    /// partition takes appends again, since new ones may get their names.
    fn apply_truncate(&mut self, id: PartitionId, cut: &Cut) -> Vec<Offset> {
        let barrier_sequence = self.staging.end_sequence();
        self.read_cache.forget(id);
        let Some(partition) = self.partitions.get_mut(&id) else { return Vec::new() };
        assert_eq!(partition.settled(), partition.next(), "a log is cut at rest");
        self.hot_count -= usize::from(partition.placement.is_hot);
        partition.placement = Placement::default();
        partition.tail.clear();
        if !flaw::is_on(Flaw::NoBarrier) {
            partition.barrier_sequence = barrier_sequence;
        }
        let keep = partition.segments.partition_point(|segment| segment.base < cut.end);
        let doomed: Vec<Offset> =
            partition.segments.drain(keep..).map(|segment| segment.base).collect();
        if let Some(last) = partition.segments.last_mut() {
            last.cut(cut);
        }
        // A log may begin inside of a batch. Where that batch goes, it begins, and ends, where it
        // began: what was given up never comes back.
        let end = cut.end.max(partition.start());
        // What was cut off lies behind the end of its file; new batches get a file of their own.
        partition.segments.push(Segment::new(end));
        partition.quarantine.retain(|(first, _)| *first < end);
        for (_, next) in &mut partition.quarantine {
            // Offsets from here on are given out anew, and what gets them is whole.
            *next = end.min(*next);
        }
        partition.reset_end(end, end);
        doomed
    }
}
