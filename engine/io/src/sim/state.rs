//! The inside of the world: what its drivers and its owner share.

use super::agenda::{Agenda, Event, ShardKey};
use super::disk::DiskState;
use super::network::Network;
use super::node::{Node, NodeId, ShardState};
use super::options::WorldOptions;
use super::trace::Trace;
use millstream_base::random::Random;
use millstream_base::{Instant, ShardId, Timestamp};
use std::time::Duration;

pub(super) struct State {
    pub(super) options: WorldOptions,
    pub(super) now: Instant,
    pub(super) agenda: Agenda,
    pub(super) nodes: Vec<Node>,
    pub(super) shards: Vec<ShardState>,
    pub(super) network: Network,
    pub(super) random: Random,
    pub(super) trace: Trace,
}

impl State {
    pub(super) fn new(seed: u64, options: WorldOptions) -> Self {
        let mut random = Random::new(seed);
        Self {
            options,
            now: Instant::ZERO,
            agenda: Agenda::default(),
            nodes: Vec::new(),
            shards: Vec::new(),
            network: Network::new(random.fork()),
            random,
            trace: Trace::default(),
        }
    }

    pub(super) fn add_node(&mut self, name: &str) -> NodeId {
        let disk = DiskState::new(self.options.disk_bytes_max, self.random.fork());
        self.nodes.push(Node::new(name, disk));
        NodeId(self.nodes.len() - 1)
    }

    pub(super) fn add_shard(&mut self, node: NodeId, id: ShardId) -> ShardKey {
        let mut here = self.shards.iter().filter(|shard| shard.is_alive && shard.node == node);
        assert!(here.all(|shard| shard.id != id), "shard {id} runs already on its node");
        assert!(!self.nodes[node.0].disk.is_undecided(), "what the power cut left is not decided");
        self.shards.push(ShardState::new(node, id));
        self.trace.fold("start", &[node.0 as u64, u64::from(id.get())]);
        self.power_on(node);
        ShardKey(self.shards.len() - 1)
    }

    pub(super) fn has_shards(&self, node: NodeId) -> bool {
        self.shards.iter().any(|shard| shard.is_alive && shard.node == node)
    }

    /// Whether the crash that was planned for a shard's node has come due.
    pub(super) fn is_crashing(&self, shard: ShardKey) -> bool {
        self.nodes[self.shards[shard.0].node.0].crash_due.is_some()
    }

    pub(super) fn disk_mut(&mut self, node: NodeId) -> &mut DiskState {
        &mut self.nodes[node.0].disk
    }

    pub(super) fn shard(&self, shard: ShardKey) -> &ShardState {
        &self.shards[shard.0]
    }

    pub(super) fn shard_mut(&mut self, shard: ShardKey) -> &mut ShardState {
        &mut self.shards[shard.0]
    }

    pub(super) fn wall_time(&self, shard: ShardKey) -> Timestamp {
        let node = &self.nodes[self.shards[shard.0].node.0];
        let since_ms = i64::try_from(self.now.get() / 1_000_000).expect("584 years in ns fit");
        let delta_ms = node.wall_offset_ms.saturating_add(since_ms);
        let start = self.options.wall_start;
        start.checked_add_ms(delta_ms).unwrap_or(Timestamp::new(i64::MAX))
    }

    /// Lets the next event happen.
    pub(super) fn happen(&mut self) {
        match self.agenda.take_next().expect("the caller has seen one") {
            Event::Complete(waiter) => self.complete(waiter),
            Event::Arrive(packet) => self.arrive(packet),
            Event::GiveUp(socket) => self.give_up(socket),
        }
    }
}

/// A time from `min` to `max`, and now and then 16 times as long as most.
pub(super) fn draw_latency(random: &mut Random, min: Duration, max: Duration) -> Duration {
    let max = if random.chance(1, 64) { max * 16 } else { max };
    let spread_ns = u64::try_from(max.saturating_sub(min).as_nanos()).unwrap_or(u64::MAX - 1);
    min + Duration::from_nanos(random.below(spread_ns + 1))
}
