//! What will happen, sorted by when.

use super::network::{Packet, SocketId};
use crate::op::OpKey;
use millstream_base::Instant;
use std::collections::BTreeMap;

/// The name of a shard's life; a restarted shard is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShardKey(pub(super) usize);

/// One operation of one shard. The key may be given to another operation once this one is done;
/// the serial number never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiter {
    pub(super) shard: ShardKey,
    pub(super) key: OpKey,
    pub(super) serial: u64,
}

/// Something that happens by itself.
pub(super) enum Event {
    /// An operation is done, or, on a socket, worth a try.
    Complete(Waiter),
    /// Something has come through the network.
    Arrive(Packet),
    /// A socket has waited long enough for its peer's host.
    GiveUp(SocketId),
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

    /// Takes out what only one shard waits for.
    pub(super) fn forget(&mut self, gone: ShardKey) {
        let concerns = |event: &Event| matches!(event, Event::Complete(it) if it.shard == gone);
        self.events.retain(|_, event| !concerns(event));
    }
}
