//! A disk with a file system on it: what programs see, and what a power cut leaves of it.

mod fault;
mod image;
mod ink;
mod inode;
mod names;
mod path_ops;
mod perform;
mod power;
mod transfer;
mod view;

pub use fault::{Fault, FaultEffect, FaultMoment, OperationClass};
pub use power::PowerCut;
pub use view::{Disk, DiskUsage, Snapshot};

pub(super) use fault::Faults;
pub(super) use inode::Sequence;
pub(super) use perform::{Context, Outcome};

use crate::file::OpenOptions;
use inode::Inode;
use millstream_base::random::Random;
use names::{FileId, Names};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::{Rc, Weak};

/// An open file: what a handle stands for. Operations in flight hold it, too.
#[derive(Debug)]
pub(super) struct OpenFile {
    id: FileId,
    options: OpenOptions,
    pub(super) path: PathBuf,
}

/// The state of one disk.
pub(super) struct DiskState {
    inodes: BTreeMap<FileId, Inode>,
    names: Names,
    created_count: u64,
    sequence: Sequence,
    used_block_count: u64,
    capacity_block_count: u64,
    /// Who holds the exclusive lock of a file. It goes with the last reference to the open file.
    locks: BTreeMap<FileId, Weak<OpenFile>>,
    pub(super) faults: Faults,
    /// The power is gone and what survives is not chosen yet.
    undecided: bool,
    usage: DiskUsage,
    /// Brings more to the media than it was asked to, now and then. A disk that never does finds
    /// the sync that was forgotten, one that does finds what relies on loss.
    is_generous: bool,
    random: Random,
}

impl DiskState {
    pub(super) fn new(capacity_bytes: u64, mut random: Random) -> Self {
        Self {
            inodes: BTreeMap::new(),
            names: Names::new(),
            created_count: 0,
            sequence: Sequence(0),
            used_block_count: 0,
            capacity_block_count: blocks(capacity_bytes),
            locks: BTreeMap::new(),
            faults: Faults::default(),
            undecided: false,
            usage: DiskUsage::default(),
            is_generous: random.chance(1, 2),
            random,
        }
    }

    /// The last change so far: what a sync that is submitted now covers.
    pub(super) fn sequence(&self) -> Sequence {
        self.sequence
    }

    pub(super) fn is_undecided(&self) -> bool {
        self.undecided
    }

    fn next_sequence(&mut self) -> Sequence {
        self.sequence.0 += 1;
        self.sequence
    }

    fn inode(&self, id: FileId) -> &Inode {
        self.inodes.get(&id).expect("an open or named file has an inode")
    }

    fn inode_mut(&mut self, id: FileId) -> &mut Inode {
        self.inodes.get_mut(&id).expect("an open or named file has an inode")
    }

    /// Gives back one reference to an open file; the last one closes it.
    pub(super) fn let_go(&mut self, file: Rc<OpenFile>) {
        if Rc::strong_count(&file) > 1 {
            return;
        }
        if let Some(inode) = self.inodes.get_mut(&file.id) {
            inode.open_count = inode.open_count.saturating_sub(1);
            self.release(file.id);
        }
    }

    /// Frees the space of a file that has neither a name nor anybody who has it open. What a power
    /// cut could bring back stays.
    fn release(&mut self, id: FileId) {
        let Some(inode) = self.inodes.get_mut(&id) else { return };
        if inode.is_named || inode.open_count > 0 || inode.released {
            return;
        }
        inode.released = true;
        self.used_block_count -= inode.block_count();
        self.sweep();
    }

    /// Forgets the files that nothing can bring back.
    fn sweep(&mut self) {
        let any_released = self.inodes.values().any(|inode| inode.released);
        if any_released && self.names.is_settled() {
            let alive = self.names.alive();
            self.inodes.retain(|id, inode| !inode.released || alive.contains(id));
        }
    }
}

fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(millstream_base::limits::BLOCK_BYTES as u64)
}
