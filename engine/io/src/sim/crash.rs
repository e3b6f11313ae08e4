//! The ends of shards and nodes.

use super::agenda::ShardKey;
use super::flight::{Descriptor, Flight};
use super::node::{Crash, NodeId};
use super::state::State;
use crate::op::{Op, OpKey};

impl State {
    /// A shard ended by itself: what it had in flight on the disk is carried out first, as the
    /// kernel does.
    pub(super) fn end(&mut self, shard: ShardKey) {
        self.agenda.forget(shard);
        while let Some(key) = self.pick_in_flight(shard) {
            let in_flight = &mut self.shards[shard.0].in_flight;
            if in_flight[&key.0].op.is_on_network() {
                in_flight.remove(&key.0);
            } else {
                self.carry_out(shard, key);
            }
        }
        self.bury(shard, Crash::Kill);
    }

    fn pick_in_flight(&mut self, shard: ShardKey) -> Option<OpKey> {
        let in_flight = &self.shards[shard.0].in_flight;
        let count = in_flight.len() as u64;
        let index = if count > 0 { self.random.below(count) } else { return None };
        let index = usize::try_from(index).expect("below a length");
        in_flight.keys().nth(index).map(|key| OpKey(*key))
    }

    /// All that is left of a dead shard goes.
    fn bury(&mut self, shard: ShardKey, crash: Crash) {
        let state = &mut self.shards[shard.0];
        state.is_alive = false;
        state.answered.clear();
        for descriptor in state.descriptors.drain().collect::<Vec<_>>() {
            match (descriptor, crash) {
                (Descriptor::File(file), _) => {
                    let node = self.shards[shard.0].node;
                    self.nodes[node.0].disk.let_go(file);
                }
                // The kernel of a process that died tells its peers; one without power cannot.
                (Descriptor::Socket(socket), Crash::Kill) => self.close_socket(socket),
                (Descriptor::Socket(socket), Crash::Power(_)) => self.vanish(socket),
            }
        }
        self.trace.fold("gone", &[shard.0 as u64, self.now.get()]);
    }

    /// A node goes down with the shards that live on it.
    pub(super) fn crash(&mut self, node: NodeId, crash: Crash) {
        let keys = (0..self.shards.len()).map(ShardKey);
        let here = keys.filter(|key| {
            let shard = self.shard(*key);
            shard.is_alive && shard.node == node
        });
        for shard in here.collect::<Vec<_>>() {
            self.agenda.forget(shard);
            self.strand(shard, crash);
            self.bury(shard, crash);
        }
        let target = &mut self.nodes[node.0];
        target.crash_due = None;
        target.planned_crash = None;
        target.is_paused = false;
        target.disk.forget_programs();
        if let Crash::Power(cut) = crash {
            target.disk.cut_power(cut);
            self.power_off(node);
        }
        let kind = if crash == Crash::Kill { "kill" } else { "power cut" };
        self.trace.fold(kind, &[node.0 as u64, self.now.get()]);
    }

    /// What a crash makes of operations in flight.
    fn strand(&mut self, shard: ShardKey, crash: Crash) {
        while let Some(key) = self.pick_in_flight(shard) {
            let state = &mut self.shards[shard.0];
            let flight = state.in_flight.remove(&key.0).expect("picked from those in flight");
            let Flight { mut op, context, .. } = flight;
            let disk = &mut self.nodes[state.node.0].disk;
            match (&op, crash) {
                (Op::Close { .. }, _) => {}
                (op, _) if op.is_on_network() => {}
                (_, Crash::Kill) => disk.abandon(&mut op, context),
                (_, Crash::Power(_)) => disk.absorb(&mut op, context),
            }
        }
    }
}
