//! A read of a segment: what it covers, where its bytes come from, and what it gives.

use super::Inner;
use super::read::{Fetched, ReadLimit};
use super::read_cache::Place;
use super::read_window::Reading;
use crate::error::{LogError, Result};
use crate::flaw::{self, Flaw};
use crate::segment::index::{IndexEntry, stretch_crc};
use crate::segment::span::{cut_front, cut_to_size};
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_base::{Offset, PartitionId, Position};
use millstream_io::{Buffer, File, Slice};

/// Bytes of one read from a segment, at most, unless a single stretch is larger.
pub(crate) const DISK_READ_BYTES_MAX: u64 = 1 << 20;

/// What to read of a segment: consecutive stretches within one aligned range.
pub(crate) struct DiskPlan {
    pub(crate) partition: PartitionId,
    pub(crate) segment: Offset,
    pub(crate) file: File,
    pub(crate) offset: Offset,
    pub(crate) entries: Vec<IndexEntry>,
}

/// A read that is under way.
pub(crate) struct DiskRead {
    plan: DiskPlan,
    start: u64,
    source: Source,
}

/// Where the bytes of a read come from.
enum Source {
    /// From a block that was read, and checked, before.
    Cache(Slice),
    /// From the disk; with the cache's generation when it began.
    Disk(Reading, u64),
}

impl DiskPlan {
    fn range(&self) -> (u64, u64) {
        let first = self.entries.first().expect("a plan has stretches");
        let last = self.entries.last().expect("a plan has stretches");
        let block = BLOCK_BYTES as u64;
        let start = first.position.get() / block * block;
        let end = last.position.get() + u64::from(last.length_bytes);
        (start, end.next_multiple_of(block))
    }

    /// The offset behind what the plan covers.
    pub(crate) fn next_offset(&self) -> Offset {
        self.entries.last().expect("a plan has stretches").next_offset
    }

    /// The block of the cache that holds the first stretch at least, and where it begins. The plan
    /// is shortened to it.
    fn find_cached(&mut self, inner: &Inner) -> Option<(u64, Slice)> {
        let first = self.entries.first().expect("a plan has stretches");
        let (position, length_bytes) = (first.position.get(), u64::from(first.length_bytes));
        let now = inner.io.now();
        let cache = &mut inner.state.borrow_mut().read_cache;
        let place = (self.partition, self.segment, position);
        let (start, bytes) = cache.find(place, length_bytes, now)?;
        let end = start + bytes.len() as u64;
        let is_there = |it: &IndexEntry| it.position.get() + u64::from(it.length_bytes) <= end;
        self.entries.truncate(self.entries.iter().take_while(|it| is_there(it)).count());
        Some((start, bytes))
    }

    /// Takes the read from the cache or hands it to the disk; there one that is made ahead of its
    /// need only where there is memory.
    pub(crate) fn submit(mut self, inner: &Inner, is_ahead: bool) -> Result<DiskRead> {
        if let Some((start, bytes)) = self.find_cached(inner) {
            return Ok(DiskRead { plan: self, start, source: Source::Cache(bytes) });
        }
        let (start, end) = self.range();
        let length = usize::try_from(end - start).expect("a read fits the address space");
        let buffer = if length <= REGION_BYTES {
            // Who must read is not refused because others hold all of the pool.
            let pooled = inner.io.buffers().buffer(length);
            if is_ahead { pooled? } else { pooled.unwrap_or_else(|_| Buffer::unpooled(length)) }
        } else {
            Buffer::unpooled(length)
        };
        let pending = inner.read_window.read(&self.file, buffer, Position::new(start));
        let generation = inner.state.borrow().read_cache.generation();
        Ok(DiskRead { plan: self, start, source: Source::Disk(pending, generation) })
    }
}

impl DiskRead {
    /// The offset behind what is read.
    pub(crate) fn next_offset(&self) -> Offset {
        self.plan.next_offset()
    }
}

impl Inner {
    /// Whether retention has taken the offset since it was asked for.
    pub(super) fn has_gone(&self, id: PartitionId, offset: Offset) -> bool {
        let state = self.state.borrow();
        state.partitions.get(&id).is_none_or(|partition| offset < partition.start())
    }

    pub(super) fn are_too_many_pinned(&self, state: &super::state::State) -> bool {
        let lent_bytes = self.io.buffers().usage().lent_bytes as u64;
        let own_bytes = state.ledger.memory_bytes()
            + state.staging.staged_bytes() as u64
            + state.read_cache.held_bytes();
        lent_bytes.saturating_sub(own_bytes) > self.options.pinned_bytes_max
    }

    /// Finds out which stretches hold `offset` and what follows, as far as one read goes.
    pub(crate) async fn plan_disk(
        &self,
        id: PartitionId,
        offset: Offset,
        bytes_max: usize,
    ) -> Result<DiskPlan> {
        let segment = {
            let state = self.state.borrow();
            let partition = state.partition(id)?;
            let index = partition.segments.partition_point(|segment| segment.base <= offset);
            let out_of_range = LogError::OutOfRange {
                offset,
                start_offset: partition.start(),
                end_offset: partition.stable(),
            };
            if offset < partition.start() || index == 0 {
                return Err(out_of_range);
            }
            let segment = &partition.segments[index - 1];
            if offset >= segment.next {
                return Err(out_of_range);
            }
            segment.base
        };
        let loaded = async {
            self.load_index(id, segment).await?;
            self.segment_to_read(id, segment).await
        };
        let file = match loaded.await {
            // A file that is missing is damage to everything in it, not a reason to stop.
            Err(LogError::Io(error)) if error.is_not_found() => {
                self.quarantine_segment(id, segment);
                return Err(self.quarantine_error(id, offset));
            }
            result => result?,
        };
        let mut state = self.state.borrow_mut();
        let partition = state.partition_mut(id)?;
        let found = partition.segments.iter().find(|found| found.base == segment);
        let index = found.and_then(|found| found.index.as_ref()).ok_or(LogError::Busy)?;
        let limit_bytes = (bytes_max as u64).clamp(1, DISK_READ_BYTES_MAX);
        let quarantine = &partition.quarantine;
        let entries = index.stretches(offset, limit_bytes, |entry| {
            quarantine
                .iter()
                .all(|(first, next)| entry.next_offset <= *first || *next <= entry.first_offset)
        });
        if entries.is_empty() {
            drop(state);
            return Err(self.quarantine_error(id, offset));
        }
        Ok(DiskPlan { partition: id, segment, file, offset, entries })
    }

    fn quarantine_segment(&self, id: PartitionId, base: Offset) {
        let mut state = self.state.borrow_mut();
        let Some(partition) = state.partitions.get_mut(&id) else { return };
        let Some((first, next)) = partition.segment(base).map(|found| (found.base, found.next))
        else {
            return;
        };
        let first = first.max(partition.start());
        if first < next {
            partition.add_quarantine(first, next);
            state.is_checkpoint_due = true;
        }
    }

    fn quarantine_error(&self, id: PartitionId, offset: Offset) -> LogError {
        let state = self.state.borrow();
        let Some(found) = state.partitions.get(&id) else {
            return LogError::UnknownPartition(id);
        };
        if offset < found.start() {
            // It was not damaged: retention, or a trim, has taken it since it was asked for.
            let (start_offset, end_offset) = (found.start(), found.stable());
            return LogError::OutOfRange { offset, start_offset, end_offset };
        }
        let range = found.quarantined(offset);
        let (first_offset, next_offset) = range.unwrap_or((offset, offset));
        LogError::Quarantined { partition: id, first_offset, next_offset }
    }

    /// Waits for a read, compares its checksums, and hands its batches out.
    pub(crate) async fn finish_disk(
        &self,
        read: DiskRead,
        limit: ReadLimit,
        into: &mut Vec<Slice>,
    ) -> Result<Fetched> {
        let DiskRead { plan, start, source } = read;
        let (pending, generation) = match source {
            Source::Cache(bytes) => {
                return Ok(hand_out(&plan, plan.entries.len(), &bytes, start, limit, into));
            }
            Source::Disk(pending, generation) => (pending, generation),
        };
        let (result, buffer) = pending.await;
        let (bytes, good_count) = match result {
            Ok(_) => {
                let bytes = buffer.freeze();
                let good_count = plan.good_count(&bytes, start);
                (bytes, good_count)
            }
            Err(_) => (Slice::from(&[][..]), 0),
        };
        let (bytes, good_count) = if good_count < plan.entries.len() {
            self.read_again(&plan, start).await?
        } else {
            (bytes, good_count)
        };
        self.state.borrow_mut().counters.read_bytes.add(bytes.len() as u64);
        if good_count < plan.entries.len() {
            self.quarantine(&plan, good_count);
        } else {
            let place: Place = (plan.partition, plan.segment, start);
            let now = self.io.now();
            self.state.borrow_mut().read_cache.keep(place, &bytes, generation, now);
        }
        if good_count == 0 {
            let bad = &plan.entries[0];
            return Err(LogError::Quarantined {
                partition: plan.partition,
                first_offset: bad.first_offset,
                next_offset: bad.next_offset,
            });
        }
        Ok(hand_out(&plan, good_count, &bytes, start, limit, into))
    }

    /// One retry (F9): a read error or a wrong checksum may come from the way, not the media.
    async fn read_again(&self, plan: &DiskPlan, start: u64) -> Result<(Slice, usize)> {
        let (_, end) = plan.range();
        let length = usize::try_from(end - start).expect("a read fits the address space");
        let (result, buffer) =
            plan.file.read_at(Buffer::unpooled(length), Position::new(start)).await;
        let bytes = buffer.freeze();
        let good_count = if result.is_ok() { plan.good_count(&bytes, start) } else { 0 };
        Ok((bytes, good_count))
    }

    /// Remembers that a stretch is damaged, so that nobody is served from it.
    fn quarantine(&self, plan: &DiskPlan, bad: usize) {
        let mut state = self.state.borrow_mut();
        let Some(partition) = state.partitions.get_mut(&plan.partition) else { return };
        let range = (plan.entries[bad].first_offset, plan.entries[bad].next_offset);
        let still_there = range.0 >= partition.start() && range.1 <= partition.settled();
        if still_there {
            partition.add_quarantine(range.0, range.1);
            state.is_checkpoint_due = true;
        }
    }
}

impl DiskPlan {
    /// How many stretches from the first on have the right checksum.
    fn good_count(&self, bytes: &[u8], start: u64) -> usize {
        let is_good = |entry: &&IndexEntry| {
            let from = usize::try_from(entry.position.get() - start).expect("within the read");
            let stretch = bytes.get(from..from + entry.length_bytes as usize);
            stretch.is_some_and(|stretch| {
                let crc = stretch_crc(self.partition, self.segment, entry.position, stretch);
                entry.crc == crc || flaw::is_on(Flaw::NoReadCheck)
            })
        };
        self.entries.iter().take_while(is_good).count()
    }
}

/// Cuts a read into slices of whole batches: one for each run of stretches without a gap.
fn hand_out(
    plan: &DiskPlan,
    good_count: usize,
    bytes: &Slice,
    start: u64,
    limit: ReadLimit,
    into: &mut Vec<Slice>,
) -> Fetched {
    let mut fetched = Fetched { next_offset: plan.offset, bytes: 0, is_tail: false };
    let mut index = 0;
    while index < good_count {
        let from = plan.entries[index].position.get();
        let mut end = from;
        let mut next_offset = plan.offset;
        while index < good_count && plan.entries[index].position.get() == end {
            end += u64::from(plan.entries[index].length_bytes);
            next_offset = plan.entries[index].next_offset;
            index += 1;
        }
        let within = |position: u64| usize::try_from(position - start).expect("within the read");
        let mut slice = bytes.slice(within(from)..within(end));
        if fetched.bytes == 0 {
            slice = cut_front(&slice, plan.offset);
        }
        let left_bytes = limit.bytes_max.saturating_sub(fetched.bytes);
        let is_whole = slice.len() <= left_bytes;
        if !is_whole {
            match cut_to_size(&slice, left_bytes, fetched.bytes == 0) {
                Some(cut) => (slice, next_offset) = cut,
                None => break,
            }
        }
        fetched.bytes += slice.len();
        fetched.next_offset = next_offset;
        into.push(slice);
        if !is_whole {
            break;
        }
    }
    fetched
}
