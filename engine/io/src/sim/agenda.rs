//! What will happen, sorted by when.

use crate::op::OpKey;
use millstream_base::Instant;
use std::collections::BTreeMap;

/// The name of a shard's life; a restarted shard is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShardKey(pub(super) usize);

/// Something that happens by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// An operation is done.
    Complete { shard: ShardKey, key: OpKey },
}

/// Events to come. Those of one moment happen in the order in which they were added.
#[derive(Default)]
pub(super) struct Agenda {
    events: BTreeMap<(Instant, u64), Event>,
    added_count: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, moment: Instant, event: Event) {
        self.added_count += 1;
        self.events.insert((moment, self.added_count), event);
    }

    pub(super) fn next_moment(&self) -> Option<Instant> {
        self.events.first_key_value().map(|((moment, _), _)| *moment)
    }

    pub(super) fn take_next(&mut self) -> Option<Event> {
        self.events.pop_first().map(|(_, event)| event)
    }

    /// Takes out what concerns one shard.
    pub(super) fn forget(&mut self, gone: ShardKey) {
        self.events.retain(|_, Event::Complete { shard, .. }| *shard != gone);
    }
}
