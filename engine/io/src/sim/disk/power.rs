//! The end of the power, and what is left after it.

use super::{DiskState, Faults};
use crate::sim::chooser::Chooser;

/// What survives a power cut of what no sync had covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerCut {
    /// Each pending sector, length and name by chance.
    Random,
    /// The outcome of this number, below [`super::Disk::outcome_count`]; numbers beyond repeat it.
    Numbered(u64),
    /// Nothing is chosen yet: look at [`super::Disk::outcome_count`], take a snapshot if need be,
    /// then call [`super::Disk::decide`] before a shard starts on the node.
    Undecided,
}

impl DiskState {
    /// All programs are gone.
    pub(in crate::sim) fn forget_programs(&mut self) {
        self.locks.clear();
        let open: Vec<_> = self.inodes.iter().filter(|(_, inode)| inode.open_count > 0).collect();
        let ids: Vec<_> = open.into_iter().map(|(id, _)| *id).collect();
        for id in ids {
            self.inode_mut(id).open_count = 0;
            self.release(id);
        }
    }

    /// The power is gone.
    pub(in crate::sim) fn cut_power(&mut self, cut: PowerCut) {
        match cut {
            PowerCut::Random => {
                let random = self.random.fork();
                self.decide_with(&mut Chooser::random(random));
            }
            PowerCut::Numbered(index) => self.decide_with(&mut Chooser::Numbered { index }),
            PowerCut::Undecided => self.undecided = true,
        }
    }

    fn decide_with(&mut self, chooser: &mut Chooser) {
        self.undecided = false;
        self.names.decide(chooser);
        for inode in self.inodes.values_mut() {
            inode.decide(chooser);
        }
        let alive = self.names.alive();
        self.inodes.retain(|id, _| alive.contains(id));
        self.used_block_count = 0;
        for inode in self.inodes.values_mut() {
            (inode.is_named, inode.released) = (true, false);
            self.used_block_count += inode.block_count();
        }
    }

    /// How many outcomes a power cut could have now, if that can be counted in 64 bits.
    pub(super) fn outcome_count(&self) -> Option<u64> {
        let mut copy = self.copy();
        let mut chooser = Chooser::Counting { outcome_count: 1 };
        copy.decide_with(&mut chooser);
        match chooser {
            Chooser::Counting { outcome_count: u64::MAX } => None,
            Chooser::Counting { outcome_count } => Some(outcome_count),
            _ => unreachable!("the chooser counts"),
        }
    }

    /// The same content, without programs and faults.
    pub(super) fn copy(&self) -> Self {
        let mut copy = Self {
            inodes: self.inodes.clone(),
            names: self.names.clone(),
            locks: std::collections::BTreeMap::new(),
            faults: Faults::default(),
            random: self.random.clone(),
            ..*self
        };
        copy.forget_programs();
        copy
    }
}
