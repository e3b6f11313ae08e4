//! The background of an engine: settling, checkpoints, journal space, retention.

use super::{Engine, Inner};
use crate::engine::settle::is_passing;
use crate::engine::state::State;
use crate::error::{LogError, Result};
use crate::join::try_for_each;
use crate::journal::chunks::{self, Preparation};
use crate::name::PartitionName;
use millstream_base::{Instant, PartitionId, Timestamp};
use millstream_io::Priority;
use std::ops::Bound;
use std::rc::Rc;
use std::time::Duration;

/// Partitions that are settled at once where the tail fills up: few with much to write, since each
/// of their writes fills the disk's queue by itself; many with little. Otherwise one after the
/// other, since the next frame waits in that queue behind them.
const SETTLES_IN_FLIGHT_FEW: usize = 4;
const SETTLES_IN_FLIGHT_MAX: usize = 32;
const SETTLE_BYTES_IN_FLIGHT: usize = 2 << 20;

/// Partitions that are settled before what should be next is looked at anew.
const SETTLE_LIST_MAX: usize = 64;

/// Frames that are looked at to find partitions worth settling.
const SETTLE_LOOKAHEAD_FRAMES: u64 = 64;

/// Partitions that retention looks at in one go.
const RETENTION_SLICE_COUNT: usize = 256;

/// Starts everything that runs beside the callers of an engine.
pub(crate) fn start(inner: &Rc<Inner>) {
    let spawn = |name: fn(Rc<Inner>) -> Loop| {
        drop(inner.io.spawn(Priority::Background, name(Rc::clone(inner))));
    };
    drop(inner.io.spawn(Priority::Foreground, super::flush::run(Rc::clone(inner))));
    spawn(|inner| Box::pin(async move { drop(inner.sweep().await) }));
    spawn(|inner| Box::pin(super::space::run(inner)));
    spawn(|inner| Box::pin(prepare_loop(inner)));
    spawn(|inner| Box::pin(background_loop(inner, Inner::next_settle)));
    spawn(|inner| Box::pin(background_loop(inner, Inner::next_checkpoint)));
    spawn(|inner| Box::pin(retention_loop(inner)));
}

type Loop = std::pin::Pin<Box<dyn Future<Output = ()>>>;

impl Engine {
    /// Settles everything, writes a checkpoint, and stops; appends are refused from now on. When
    /// its last clone is dropped then, the shard may be opened again. An engine that is merely
    /// dropped works on until its [`Io`](millstream_io::Io) ends, and loses nothing either: the
    /// next one recovers from the journal.
    ///
    /// # Errors
    /// The engine's fault; the disk's.
    pub async fn close(&self) -> Result<()> {
        let inner = &self.inner;
        let result = async {
            inner.flush_staged().await?;
            inner.settle_all().await?;
            inner.checkpoint_alone().await
        }
        .await;
        let mut state = inner.state.borrow_mut();
        state.is_closing = true;
        state.wake_readers();
        drop(state);
        inner.work.notify();
        inner.background.notify();
        inner.room.notify();
        result
    }
}

impl Inner {
    pub(crate) fn is_over(&self) -> bool {
        let state = self.state.borrow();
        state.is_closing || state.fault.is_some()
    }

    /// Settles every partition that has anything to settle: those that the frames which are not
    /// settled yet touched, however many others there are.
    pub(crate) async fn settle_all(&self) -> Result<()> {
        let waiting = {
            let state = self.state.borrow();
            let first = state.ledger.settled_sequence();
            let frames = (first..).map_while(|sequence| state.ledger.get(sequence));
            let mut touched: Vec<PartitionId> =
                frames.flat_map(|record| record.touched.iter().copied()).collect();
            touched.sort_unstable();
            touched.dedup();
            touched.retain(|id| {
                let partition = state.partitions.get(id);
                partition.is_some_and(|partition| partition.settled() < partition.stable())
            });
            touched
        };
        try_for_each(SETTLES_IN_FLIGHT_MAX, waiting, |id| self.settle_stable(id)).await
    }

    /// How many of these partitions are settled at once: one while the tail has room, more the
    /// less it has beyond its half.
    fn settles_in_flight(&self, partitions: &[PartitionId]) -> usize {
        let state = self.state.borrow();
        let found = partitions.iter().filter_map(|id| state.partitions.get(id));
        let bytes: usize = found.map(|partition| partition.unsettled_bytes).sum();
        let each_bytes = (bytes / partitions.len().max(1)).max(1);
        let fitting = SETTLE_BYTES_IN_FLIGHT / each_bytes;
        let in_flight = fitting.clamp(SETTLES_IN_FLIGHT_FEW, SETTLES_IN_FLIGHT_MAX) as u64;
        let limit = self.options.tail_bytes_max;
        let over = state.ledger.unsettled_memory_bytes().saturating_sub(limit / 2);
        let pressed = (in_flight * over).div_ceil(limit / 8).clamp(1, in_flight);
        usize::try_from(pressed).expect("at most SETTLES_IN_FLIGHT_MAX")
    }

    /// Settles what is stable of a partition now, also where the background is at it already.
    async fn settle_stable(&self, id: PartitionId) -> Result<()> {
        let rests = || {
            let state = self.state.borrow();
            let is_settling = state.partitions.get(&id).is_some_and(|found| found.is_settling);
            (!is_settling).then_some(())
        };
        self.room.until(rests).await;
        self.settle(id).await
    }

    /// Writes a checkpoint when no other is being written.
    pub(crate) async fn checkpoint_alone(&self) -> Result<()> {
        let claim = || {
            let mut state = self.state.borrow_mut();
            if state.is_checkpointing {
                return None;
            }
            state.is_checkpointing = true;
            Some(())
        };
        self.room.until(claim).await;
        let result = self.checkpoint().await;
        if let Err(LogError::Io(cause)) = &result {
            // Whoever asked for it: a failed sync must not be followed by one that succeeds (F10).
            self.poison((**cause).clone());
        }
        self.state.borrow_mut().is_checkpointing = false;
        self.room.notify();
        result
    }

    /// Gives up what is settled beyond what readers may want.
    pub(crate) fn evict_tail(&self) {
        let bytes_max = self.options.tail_bytes_max / 4 * 3;
        let keep_bytes = self.state.borrow().tail_demand.keep_bytes(bytes_max);
        self.evict_to(keep_bytes);
    }

    /// Gives up memory of what is settled, until no more than `keep_bytes` of it are left and the
    /// buffers lent to the tail fit too: half-filled regions count wholly there. Where they do not,
    /// what was read of segments goes first.
    pub(crate) fn evict_to(&self, keep_bytes: u64) {
        let mut guard = self.state.borrow_mut();
        let state = &mut *guard;
        while state.ledger.memory_bytes() > keep_bytes || self.are_buffers_short() {
            if state.ledger.memory_bytes() <= keep_bytes && state.read_cache.remove_oldest() {
                continue;
            }
            let Some((sequence, touched)) = state.ledger.evict_next() else { break };
            for id in touched {
                if let Some(partition) = state.partitions.get_mut(&id) {
                    let settled = partition.settled();
                    partition.tail.evict(sequence, settled);
                }
            }
        }
    }

    /// Whether so much of the pool is lent that appends may soon find none.
    pub(crate) fn are_buffers_short(&self) -> bool {
        let usage = self.io.buffers().usage();
        usage.lent_bytes > usage.bytes_max / 4 * 3
    }

    /// The partitions that hold back the oldest frames.
    fn oldest_unsettled(&self) -> Vec<PartitionId> {
        let state = self.state.borrow();
        let first = state.ledger.settled_sequence();
        let mut found = Vec::new();
        for sequence in first..first + SETTLE_LOOKAHEAD_FRAMES {
            let Some(record) = state.ledger.get(sequence) else { break };
            let waiting = record.touched.iter().filter(|id| {
                let partition = state.partitions.get(id);
                partition.is_some_and(|partition| {
                    !partition.is_settling && partition.settled() < partition.stable()
                })
            });
            found.extend(waiting.copied());
            if found.len() >= SETTLE_LIST_MAX {
                break;
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What should be settled now, if anything.
    fn next_settle(&self, idle_since: Instant) -> Option<Task> {
        let mut state = self.state.borrow_mut();
        let unsettled_bytes = state.ledger.unsettled_memory_bytes();
        let is_idle = self.io.now() >= idle_since + self.options.settle_idle;
        let has_settled = state.ledger.settled_sequence() > state.ledger.first_sequence();
        let is_held_up = self.is_journal_short(&state) && !has_settled;
        let is_short = self.are_buffers_short();
        if !state.settle_first.is_empty() {
            let is_tail_long = unsettled_bytes > self.options.tail_bytes_max / 8 * 5;
            let is_urgent = is_tail_long || is_short || is_held_up || is_idle;
            let next = state.next_first(is_urgent);
            drop(state);
            let in_flight = if is_urgent { self.settles_in_flight(&next) } else { next.len() };
            return (!next.is_empty()).then_some(Task::Settle { next, in_flight });
        }
        let is_disk_full = state.is_disk_full;
        drop(state);
        if is_disk_full {
            // Settling does not draw on the reserve.
            return None;
        }
        let is_full = unsettled_bytes > self.options.tail_bytes_max / 2;
        if is_full || is_short || is_held_up || is_idle {
            let next = self.oldest_unsettled();
            let in_flight = self.settles_in_flight(&next);
            return (!next.is_empty()).then_some(Task::Settle { next, in_flight });
        }
        None
    }

    /// Whether a checkpoint should be written now: for journal space, if it frees a good part of it
    /// or there is little left, for the space of segments that are gone, or because there is time.
    fn next_checkpoint(&self, idle_since: Instant) -> Option<Task> {
        let state = self.state.borrow();
        let is_idle = self.io.now() >= idle_since + self.options.settle_idle;
        let has_settled = state.ledger.settled_sequence() > state.ledger.first_sequence();
        let used_bytes = state.chunks.used_bytes();
        let freed_bytes = used_bytes.saturating_sub(state.ledger.unsettled_memory_bytes());
        let is_worth_it = freed_bytes > self.options.journal_bytes_max / 4
            || used_bytes > self.options.journal_bytes_max / 4 * 3;
        let frees_journal = self.is_journal_short(&state) && has_settled && is_worth_it;
        let frees_segments = state.doomed_bytes > self.options.spare_bytes_max / 4;
        let has_doomed = !state.doomed.is_empty() || !state.doomed_directories.is_empty();
        let is_due = match state.is_disk_full {
            // Nothing settles, but what is given up frees space.
            true => has_doomed,
            false => frees_journal || frees_segments || (is_idle && state.is_checkpoint_due),
        };
        is_due.then_some(Task::Checkpoint)
    }

    fn is_journal_short(&self, state: &State) -> bool {
        state.chunks.used_bytes() > self.options.journal_bytes_max / 2
    }
}

impl State {
    /// Those of the partitions to be settled before others that are next: as many as the pace
    /// allows, or many at once.
    fn next_first(&mut self, is_urgent: bool) -> Vec<PartitionId> {
        let credit_bytes = self.settle_pace.credit_bytes(self.ledger.total_memory_bytes());
        let mut spent_bytes = 0;
        let mut next = Vec::new();
        while let Some(id) = self.settle_first.front() {
            let found = self.partitions.get(id);
            let bytes = found.map_or(0, |partition| partition.unsettled_bytes as u64);
            // What is larger than all that can be saved up has its turn by itself.
            let is_one = next.is_empty() && self.settle_pace.is_full();
            let is_paid = is_urgent || is_one || spent_bytes + bytes <= credit_bytes;
            if !is_paid || next.len() >= SETTLE_LIST_MAX {
                break;
            }
            spent_bytes += bytes;
            next.extend(self.settle_first.pop_front());
        }
        self.settle_pace.spend(spent_bytes);
        next
    }
}

/// Says what one of the loops of the background should do, if anything, given since when nothing
/// was appended.
type Next = fn(&Inner, Instant) -> Option<Task>;

/// One step of the background.
enum Task {
    Settle { next: Vec<PartitionId>, in_flight: usize },
    Checkpoint,
    End,
}

/// Settling and checkpoints each have a loop of their own: while segments are synced, others fill.
async fn background_loop(inner: Rc<Inner>, next: Next) {
    let mut idle_since = inner.io.now();
    let mut batches = inner.state.borrow().counters.batches.get();
    loop {
        let task = inner.wait_task(next, &mut idle_since, &mut batches).await;
        let result = match task {
            Task::End => break,
            Task::Settle { next, in_flight } => {
                try_for_each(in_flight, next, |id| inner.settle(id)).await
            }
            Task::Checkpoint => inner.checkpoint_alone().await,
        };
        inner.evict_tail();
        inner.room.notify();
        // What one loop has done may be what the other waits for.
        inner.background.notify();
        if let Err(error) = result {
            inner.face(error).await;
        }
    }
}

impl Inner {
    /// Waits for something to do, at the latest until the engine counts as idle.
    async fn wait_task(&self, next: Next, idle_since: &mut Instant, batches: &mut u64) -> Task {
        loop {
            if self.is_over() {
                return Task::End;
            }
            let seen = self.state.borrow().counters.batches.get();
            if seen != *batches {
                (*batches, *idle_since) = (seen, self.io.now());
            }
            if let Some(task) = next(self, *idle_since) {
                return task;
            }
            let idle_from = *idle_since + self.options.settle_idle;
            let is_idle = self.io.now() >= idle_from;
            let expiry = self.state.borrow_mut().read_cache.expire(self.io.now());
            if is_idle {
                self.io.buffers().trim();
            }
            let wake = if is_idle { expiry } else { Some(idle_from) };
            let mut sleep = std::pin::pin!(async {
                match wake {
                    Some(wake) => self.io.sleep_until(wake).await,
                    None => std::future::pending().await,
                }
            });
            let mut is_first = true;
            let mut changed = std::pin::pin!(self.background.until(|| {
                let is_woken = !is_first;
                is_first = false;
                is_woken.then_some(())
            }));
            std::future::poll_fn(|context| {
                let is_due = sleep.as_mut().poll(context).is_ready();
                let is_changed = changed.as_mut().poll(context).is_ready();
                if is_due || is_changed {
                    return std::task::Poll::Ready(());
                }
                std::task::Poll::Pending
            })
            .await;
        }
    }

    /// A full disk passes; anything else that the background meets stops the engine.
    pub(crate) async fn face(&self, error: LogError) {
        match error {
            LogError::DiskFull => {
                self.note_full();
                self.wait_before_retry().await;
            }
            error if is_passing(&error) => self.io.yield_now().await,
            LogError::Io(cause) => self.poison((*cause).clone()),
            error @ LogError::NewerFormat { .. } => self.stop(error),
            // The engine's own fault ends the loops by itself.
            _ => {}
        }
    }
}

/// Zeroes journal space ahead of its use.
async fn prepare_loop(inner: Rc<Inner>) {
    loop {
        let preparation = inner
            .work
            .until(|| {
                if inner.is_over() {
                    return Some(None);
                }
                let state = inner.state.borrow();
                let next = state.chunks.next_preparation()?;
                // A chunk would take what the reserve gave up for others.
                let is_growth = matches!(next, Preparation::Create { .. });
                (!is_growth || !state.is_disk_full).then_some(Some(next))
            })
            .await;
        let Some(preparation) = preparation else { break };
        if let Err(error) = inner.prepare(preparation).await {
            inner.face(error).await;
        }
        inner.work.notify();
        inner.room.notify();
    }
}

impl Inner {
    async fn prepare(&self, preparation: Preparation) -> Result<()> {
        match preparation {
            Preparation::Zero { chunk, file, position, haste } => {
                let end = chunks::zero(&file, position, haste).await?;
                self.state.borrow_mut().chunks.set_zeroed(chunk, end);
            }
            Preparation::Create { chunk } => {
                let journal = self.directory.join("journal");
                let file = chunks::create_chunk(&self.io, &journal, chunk).await?;
                file.sync_all().await?;
                self.sync_directory(&journal).await?;
                self.state.borrow_mut().chunks.add(chunk, file, 0);
            }
        }
        Ok(())
    }
}

/// Looks at every partition now and then for segments that may go.
async fn retention_loop(inner: Rc<Inner>) {
    loop {
        inner.sleep_unless_over(inner.options.retention_check).await;
        if inner.is_over() {
            break;
        }
        inner.retain_all(inner.io.wall_time()).await;
    }
}

impl Inner {
    /// Sleeps, at most until the engine ends.
    pub(crate) async fn sleep_unless_over(&self, duration: Duration) {
        let mut sleep = std::pin::pin!(self.io.sleep(duration));
        let mut over = std::pin::pin!(self.background.until(|| self.is_over().then_some(())));
        std::future::poll_fn(|context| {
            let is_over = over.as_mut().poll(context).is_ready();
            if is_over || sleep.as_mut().poll(context).is_ready() {
                return std::task::Poll::Ready(());
            }
            std::task::Poll::Pending
        })
        .await;
    }

    /// Looks at all partitions, some at a time, so that callers do not wait for all of them.
    async fn retain_all(&self, now: Timestamp) {
        let mut last = None;
        while let Some((end, ids)) = self.slice_behind(last.as_ref()) {
            for id in ids {
                // A refused trim is tried again at the next look.
                drop(self.retain(id, now));
            }
            last = Some(end);
            self.io.yield_now().await;
            if self.is_over() {
                break;
            }
        }
    }

    /// The next partitions in the order of their names, and the last of these names.
    fn slice_behind(
        &self,
        last: Option<&PartitionName>,
    ) -> Option<(PartitionName, Vec<PartitionId>)> {
        let state = self.state.borrow();
        let begin = last.map_or(Bound::Unbounded, Bound::Excluded);
        let slice = state.names.range::<PartitionName, _>((begin, Bound::Unbounded));
        let mut end = None;
        let ids = slice.take(RETENTION_SLICE_COUNT).map(|(name, id)| {
            end = Some(name);
            *id
        });
        let ids = ids.collect();
        end.map(|name| (name.clone(), ids))
    }

    /// Trims a partition to what its retention keeps.
    pub(crate) fn retain(&self, id: PartitionId, now: Timestamp) -> Result<()> {
        let start = {
            let state = self.state.borrow();
            state.partition(id)?.retained_start(now)
        };
        match start {
            Some(start) => self.trim_staged(id, start).map(drop),
            None => Ok(()),
        }
    }
}
