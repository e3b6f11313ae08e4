//! Waiting for stable media, and what happens when a frame gets there.

use super::{Engine, Inner};
use crate::engine::state::State;
use crate::error::{LogError, Result};
use crate::journal::ledger::Flight;
use crate::partition::TailItem;
use millstream_base::limits::REGION_BYTES;
use millstream_base::{Offset, PartitionId};
use millstream_io::IoError;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// Names the durable write that an append is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    sequence: u64,
    is_relaxed: bool,
}

impl Ticket {
    pub(crate) fn new(sequence: u64, is_relaxed: bool) -> Self {
        Self { sequence, is_relaxed }
    }

    pub(crate) fn is_relaxed(self) -> bool {
        self.is_relaxed
    }
}

impl Engine {
    /// Resolves when what the ticket stands for is on stable media, together with everything that
    /// was appended before it on this shard.
    ///
    /// # Errors
    /// [`LogError::Poisoned`] if the write failed: then it is unknown whether the append survives a
    /// restart. [`LogError::Closed`] if the engine was dropped.
    pub async fn stable(&self, ticket: Ticket) -> Result<()> {
        if ticket.is_relaxed {
            return Ok(());
        }
        self.inner.stable_sequence(ticket.sequence).await
    }

    /// Whether the ticket is stable already; never waits.
    ///
    /// # Errors
    /// As [`Engine::stable`].
    pub fn is_stable(&self, ticket: Ticket) -> Result<bool> {
        let state = self.inner.state.borrow();
        if ticket.is_relaxed || state.ledger.stable_sequence() > ticket.sequence {
            return Ok(true);
        }
        state.fault.clone().map_or(Ok(false), Err)
    }

    /// Makes everything that was appended so far stable, relaxed partitions too.
    ///
    /// # Errors
    /// As [`Engine::stable`].
    pub async fn flush(&self) -> Result<()> {
        self.inner.flush_staged().await
    }

    /// Resolves when an append that was refused with [`LogError::Busy`] or [`LogError::DiskFull`]
    /// is worth another try.
    pub async fn room(&self) {
        self.wait_room(false).await;
        // A slow reader that gives buffers back tells nobody.
        while !self.inner.has_buffers() {
            self.inner.io.sleep(BUFFERS_RETRY).await;
            self.wait_room(false).await;
        }
    }

    /// Resolves when an append that was refused with [`LogError::Busy`] would hear something else:
    /// there is room, or the disk has become full, which may last, and is refused.
    pub async fn relief(&self) {
        self.wait_room(true).await;
        while !self.inner.has_buffers() && !self.inner.state.borrow().is_disk_full {
            self.inner.io.sleep(BUFFERS_RETRY).await;
            self.wait_room(true).await;
        }
    }

    /// Resolves when what is no append and was refused with [`LogError::Busy`], a read or a trim,
    /// is worth another try: some buffers have come back.
    pub async fn buffers(&self) {
        self.inner.io.sleep(BUFFERS_RETRY).await;
        while !self.inner.has_buffers() {
            self.inner.io.sleep(BUFFERS_RETRY).await;
        }
    }

    async fn wait_room(&self, is_full_told: bool) {
        let limit = self.inner.options.tail_bytes_max;
        self.inner
            .room
            .until(|| {
                let state = self.inner.state.borrow();
                let waiting =
                    state.ledger.unsettled_memory_bytes() + state.staging.staged_bytes() as u64;
                let is_over = state.fault.is_some() || state.is_closing;
                let has_room = waiting <= limit && !state.is_disk_full && state.has_disk_room();
                let is_told = state.is_disk_full && is_full_told;
                (is_over || is_told || (has_room && state.truncation_count == 0)).then_some(())
            })
            .await;
    }

    /// Resolves with the partition's stable end once it lies beyond `offset`.
    ///
    /// # Errors
    /// [`LogError::UnknownPartition`], also if it is deleted meanwhile; the engine's fault.
    pub async fn readable_beyond(&self, partition: PartitionId, offset: Offset) -> Result<Offset> {
        let mut waiting = Waiting { inner: &self.inner, partition, place: None };
        std::future::poll_fn(|context| {
            let mut state = self.inner.state.borrow_mut();
            let found = state.partition(partition)?;
            if found.stable() > offset {
                return Poll::Ready(Ok(found.stable()));
            }
            state.check_writable()?;
            let readers = &mut state.partition_mut(partition)?.readers;
            readers.wait(&mut waiting.place, context.waker());
            Poll::Pending
        })
        .await
    }
}

/// One who waits for more of a partition, and who may give up.
struct Waiting<'a> {
    inner: &'a Inner,
    partition: PartitionId,
    place: Option<u64>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let mut state = self.inner.state.borrow_mut();
        if let Some(partition) = state.partitions.get_mut(&self.partition) {
            partition.readers.leave(place);
        }
    }
}

/// How long a spent buffer pool is left alone before it is looked at again.
const BUFFERS_RETRY: Duration = Duration::from_millis(1);

impl Inner {
    /// Whether the pool can lend what an append may need, or the log is over anyway.
    fn has_buffers(&self) -> bool {
        let usage = self.io.buffers().usage();
        let is_lendable = usage.lent_bytes + 2 * REGION_BYTES <= usage.bytes_max;
        let state = self.state.borrow();
        is_lendable || state.fault.is_some() || state.is_closing
    }

    /// Makes what is staged now stable.
    pub(crate) async fn flush_staged(&self) -> Result<()> {
        let last = self.state.borrow().staging.last_sequence();
        match last {
            Some(sequence) => self.stable_sequence(sequence).await,
            None => Ok(()),
        }
    }

    pub(crate) async fn stable_sequence(&self, sequence: u64) -> Result<()> {
        std::future::poll_fn(|context| {
            let mut state = self.state.borrow_mut();
            if state.ledger.stable_sequence() > sequence {
                return Poll::Ready(Ok(()));
            }
            if let Some(fault) = &state.fault {
                return Poll::Ready(Err(fault.clone()));
            }
            state.waiters_mut(sequence).push(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// A frame is written, with its runs: everything that is thereby stable is published.
    pub(crate) fn frame_written(&self, sequence: u64) {
        let mut state = self.state.borrow_mut();
        state.ledger.mark_written(sequence);
        let mut waiters: Vec<Waker> = Vec::new();
        while let Some((sequence, mut flight)) = state.ledger.pop_stable() {
            state.publish(sequence, &mut flight, &mut waiters);
            waiters.append(&mut flight.waiters);
            state.staging.put_spare(flight.batches);
        }
        drop(state);
        waiters.into_iter().for_each(Waker::wake);
        // Runs are in their segments already: a tick of them frees what appends wait for, and
        // nothing is left whose settling would say so.
        self.evict_tail();
        self.work.notify();
        self.background.notify();
        self.room.notify();
    }

    /// Nothing is acknowledged any more: a failed durable write leaves the disk in a state that
    /// only recovery can judge, and a failed sync is never retried into a success (F10).
    pub(crate) fn poison(&self, cause: IoError) {
        self.stop(LogError::Poisoned(Arc::new(cause)));
    }

    /// Takes no changes any more; everybody who wants one gets `fault`.
    pub(crate) fn stop(&self, fault: LogError) {
        let mut state = self.state.borrow_mut();
        if state.fault.is_none() {
            state.fault = Some(fault);
        }
        let mut waiters = state.ledger.take_waiters();
        waiters.append(&mut state.sealing_waiters);
        while let Some(mut frame) = state.staging.take() {
            waiters.append(&mut frame.waiters);
        }
        state.wake_readers();
        drop(state);
        waiters.into_iter().for_each(Waker::wake);
        self.work.notify();
        self.room.notify();
        self.background.notify();
    }
}

impl State {
    /// Those who wait for a frame that is not stable yet: it is sealed, being sealed, or staged.
    fn waiters_mut(&mut self, sequence: u64) -> &mut Vec<Waker> {
        let sealed_count = self.ledger.next_sequence();
        if let Some(record) = self.ledger.get_mut(sequence) {
            let flight = record.flight.as_mut();
            return &mut flight.expect("a frame that is not stable is in flight").waiters;
        }
        match self.staging.find(sequence) {
            Some(frame) => &mut frame.waiters,
            None => {
                assert_eq!(sequence, sealed_count, "a ticket names a frame that was staged");
                &mut self.sealing_waiters
            }
        }
    }

    /// Wakes everybody who waits for more of any partition. Once in an engine's life, when it ends.
    pub(crate) fn wake_readers(&mut self) {
        let partitions = self.partitions.values_mut();
        let readers = partitions.flat_map(|partition| partition.readers.take());
        readers.for_each(Waker::wake);
    }

    /// Moves a stable frame's batches and runs to the tails of their partitions, and adds those who
    /// wait for them to `readers`.
    fn publish(&mut self, sequence: u64, flight: &mut Flight, readers: &mut Vec<Waker>) {
        for batch in &flight.batches {
            let start = batch.start as usize;
            let item = TailItem {
                first_offset: batch.first_offset,
                next_offset: batch.next_offset,
                max_timestamp: batch.max_timestamp,
                bytes: flight.bytes.slice(start..start + batch.length_bytes as usize),
                sequence,
                run: None,
            };
            self.publish_item(batch.partition, item, readers);
        }
        for (partition, item) in flight.runs.drain(..) {
            self.publish_item(partition, item, readers);
        }
    }

    fn publish_item(&mut self, id: PartitionId, item: TailItem, readers: &mut Vec<Waker>) {
        let Some(partition) = self.partitions.get_mut(&id) else {
            // Deleted since: the entry that says so is in a later frame.
            self.ledger.settle(item.sequence, 1);
            return;
        };
        let (next_offset, is_run) = (item.next_offset, item.run.is_some());
        let length_bytes = item.bytes.len();
        partition.tail.push(item);
        partition.set_stable(next_offset);
        readers.extend(partition.readers.take());
        if is_run {
            crate::segment::account_runs(partition, &mut self.ledger);
        } else if partition.note_unsettled(length_bytes) {
            self.settle_first.push_back(id);
        }
    }
}
