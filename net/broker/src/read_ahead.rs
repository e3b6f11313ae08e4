//! Consumers that read old batches from segments one after the other: what comes next is under way
//! when they ask for it.

use crate::partition::Partition;
use crate::shard::Shard;
use millstream_base::{Instant, Offset};
use millstream_io::Slice;
use millstream_log::{Fetched, LogError, PartitionId, ReadLimit, Reader};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

/// Places in logs that are remembered, the ones that were used last.
const PLACES_MAX: usize = 64;
/// Reads of 1 MiB that are under way ahead of their need, of all readers of a shard together.
const AHEAD_MAX: usize = 32;
/// Reads that one reader has under way at most: what a disk needs to be busy.
const DEPTH_MAX: usize = 8;
/// How long a place is remembered that nobody came back to.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// Where consumers have stopped reading from segments, and with what they will go on.
///
/// A consumer is known by the partition and the offset that it goes on from, and by nothing else:
/// so it finds its place again whatever connection or session it comes from.
#[derive(Default)]
pub(crate) struct ReadAhead {
    /// The one that was used last is the last.
    places: RefCell<VecDeque<Place>>,
}

struct Place {
    partition: PartitionId,
    offset: Offset,
    used: Instant,
    /// From the second read on that goes on where one has ended: a consumer that jumps about has
    /// no use for what comes next.
    reader: Option<Reader>,
    /// Reads that went on where the one before had ended.
    run_count: u32,
}

impl ReadAhead {
    /// Reads from segments what is not in memory, as [`millstream_log::Engine::read`] does.
    pub(crate) async fn read(
        &self,
        shard: &Shard,
        partition: &Partition,
        offset: Offset,
        limit: ReadLimit,
        into: &mut Vec<Slice>,
    ) -> Result<Fetched, LogError> {
        let partition = partition.id;
        let Some(mut place) = self.take(partition, offset) else {
            let fetched = shard.engine.read(partition, offset, limit, into).await?;
            self.remember(Place {
                partition,
                offset: fetched.next_offset,
                used: shard.io.now(),
                reader: None,
                run_count: 1,
            });
            return Ok(fetched);
        };
        let new = || shard.engine.reader(partition, offset, 1);
        let mut reader = place.reader.take().unwrap_or_else(new);
        reader.set_depth(self.depth(place.run_count));
        let Ok(fetched) = reader.read(limit, into).await else {
            // Retention may have taken what was under way: the engine says what is the matter.
            return shard.engine.read(partition, offset, limit, into).await;
        };
        if !fetched.is_tail {
            place.offset = fetched.next_offset;
            place.used = shard.io.now();
            place.reader = Some(reader);
            place.run_count = place.run_count.saturating_add(1);
            self.remember(place);
        }
        Ok(fetched)
    }

    /// Forgets places that nobody came back to.
    pub(crate) fn expire(&self, now: Instant) {
        self.places.borrow_mut().retain(|place| now - place.used < IDLE_MAX);
    }

    fn take(&self, partition: PartitionId, offset: Offset) -> Option<Place> {
        let mut places = self.places.borrow_mut();
        let is_it = |place: &Place| place.partition == partition && place.offset == offset;
        let index = places.iter().rposition(is_it)?;
        places.remove(index)
    }

    fn remember(&self, place: Place) {
        let mut places = self.places.borrow_mut();
        if places.len() == PLACES_MAX {
            places.pop_front();
        }
        places.push_back(place);
    }

    /// Twice as deep with each read of a run, as far as the others leave room.
    fn depth(&self, run_count: u32) -> usize {
        let others = self.places.borrow().iter().filter(|place| place.reader.is_some()).count();
        let share = AHEAD_MAX / (others + 1);
        let grown = 1_usize.checked_shl(run_count).unwrap_or(DEPTH_MAX);
        grown.min(share).clamp(1, DEPTH_MAX)
    }
}
