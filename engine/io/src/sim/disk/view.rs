//! What a test sees of a disk, and what it can do to it behind the programs' backs.

use super::image::small;
use super::ink::Ink;
use super::names::{FileId, ROOT};
use super::{DiskState, Fault, Inode, PowerCut, blocks};
use crate::file::DirectoryEntry;
use crate::sim::node::NodeId;
use crate::sim::state::State;
use millstream_base::Position;
use millstream_base::limits::BLOCK_BYTES;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A node's disk. What is changed through it is durable at once; what is read through it is what
/// programs would read, unless the method says otherwise.
///
/// # Panics
/// Where a method names a file, that file must be there, unless the result is an `Option`.
#[derive(Clone)]
pub struct Disk {
    state: Rc<RefCell<State>>,
    node: NodeId,
}

/// What a disk has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// Bytes that programs have written.
    pub written_bytes: u64,
    /// Bytes that programs have read.
    pub read_bytes: u64,
    /// Syncs, of files and directories; stable writes are not counted.
    pub sync_count: u64,
}

/// All of a disk at one moment, with what waits for a sync. Taking and restoring it shares blocks
/// and is cheap.
pub struct Snapshot(DiskState);

impl Disk {
    pub(in crate::sim) fn new(state: Rc<RefCell<State>>, node: NodeId) -> Self {
        Self { state, node }
    }

    /// The bytes of a file.
    #[must_use]
    pub fn read_file(&self, path: &Path) -> Option<Vec<u8>> {
        self.with(|disk| {
            let inode = disk.inodes.get(&disk.names.find(path).ok()?)?;
            let mut bytes = vec![0; small(inode.length_bytes())];
            inode.read(0, &mut bytes);
            Some(bytes)
        })
    }

    /// The bytes of a file that no power cut can take away any more; `None` if its name is not
    /// durable.
    #[must_use]
    pub fn read_durable(&self, path: &Path) -> Option<Vec<u8>> {
        self.with(|disk| {
            let inode = disk.inodes.get(&disk.names.find_durable(path)?)?;
            let mut bytes = vec![0; small(inode.durable_length_bytes())];
            inode.read_durable(0, &mut bytes);
            Some(bytes)
        })
    }

    /// Makes or replaces a file, whose directory must be there.
    pub fn write_file(&self, path: &Path, bytes: &[u8]) {
        self.with(|disk| {
            let id = disk.names.find(path).or_else(|_| disk.create(path));
            let id = id.expect("the directory is there");
            disk.rewrite(id, |sequence, inode| {
                inode.set_length(sequence, 0);
                inode.write(sequence, 0..bytes.len() as u64, &mut Ink::of(bytes), &mut || true);
            });
        });
    }

    /// Makes a directory and those above it, as far as they are missing.
    pub fn create_directory(&self, path: &Path) {
        let ancestors = path.ancestors().filter(|path| !path.as_os_str().is_empty());
        let mut ancestors: Vec<_> = ancestors.collect();
        ancestors.reverse();
        self.with(|disk| {
            for path in ancestors {
                let result = disk.create_directory(path);
                assert!(matches!(result, Ok(_) | Err(libc::EEXIST)), "no file is in the way");
            }
            disk.names.flush_all(disk.sequence);
        });
    }

    /// Removes a file.
    pub fn remove_file(&self, path: &Path) {
        self.with(|disk| {
            disk.remove_file(path).expect("the file is there");
            disk.names.flush_all(disk.sequence);
            disk.sweep();
        });
    }

    /// Renames a file or directory.
    pub fn rename(&self, from: &Path, to: &Path) {
        self.with(|disk| {
            disk.rename(from, to).expect("the file is there, and its new directory, too");
            disk.names.flush_all(disk.sequence);
            disk.sweep();
        });
    }

    /// Cuts or extends a file.
    pub fn set_length(&self, path: &Path, length_bytes: u64) {
        self.with(|disk| {
            let id = disk.names.find(path).expect("the file is there");
            disk.rewrite(id, |sequence, inode| inode.set_length(sequence, length_bytes));
        });
    }

    /// Flips one bit of a file on the media: rot.
    pub fn flip_bit(&self, path: &Path, position: Position, bit: u32) {
        self.with(|disk| {
            let id = disk.names.find(path).expect("the file is there");
            disk.inode_mut(id).flip_bit(position.get(), bit);
        });
    }

    /// The entries of a directory, sorted by name; empty if it is not there.
    #[must_use]
    pub fn list(&self, path: &Path) -> Vec<DirectoryEntry> {
        let mut entries = Vec::new();
        let found = self.with(|disk| disk.list(path, &mut entries).is_ok());
        assert!(found || entries.is_empty(), "what cannot be listed has no entries");
        entries
    }

    /// The paths of all files, sorted.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        self.with(|disk| collect(disk, ROOT, Path::new("/"), &mut found));
        found
    }

    /// From now on something goes wrong.
    pub fn add_fault(&self, fault: Fault) {
        self.with(|disk| disk.faults.add(fault));
    }

    /// From now on nothing new goes wrong.
    pub fn clear_faults(&self) {
        self.with(|disk| disk.faults.clear());
    }

    /// Sets how much fits. Less than is there already only forbids more.
    pub fn set_capacity_bytes(&self, capacity_bytes: u64) {
        self.with(|disk| disk.capacity_block_count = blocks(capacity_bytes));
    }

    /// What the files take, in whole blocks; holes take nothing.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.with(|disk| disk.used_block_count * BLOCK_BYTES as u64)
    }

    /// What the disk has done so far.
    #[must_use]
    pub fn usage(&self) -> DiskUsage {
        self.with(|disk| disk.usage)
    }

    /// How many sectors and changes of names wait for a sync.
    #[must_use]
    pub fn pending_count(&self) -> u64 {
        self.with(|disk| {
            let sectors: u64 = disk.inodes.values().map(Inode::pending_sector_count).sum();
            sectors + disk.names.pending_count() as u64
        })
    }

    /// In how many ways a power cut could end now; `None` beyond what 64 bits hold. Some of them
    /// may come to the same bytes.
    #[must_use]
    pub fn outcome_count(&self) -> Option<u64> {
        self.with(|disk| disk.outcome_count())
    }

    /// Chooses what a power cut that left it open leaves.
    ///
    /// # Panics
    /// If there was no such power cut.
    pub fn decide(&self, cut: PowerCut) {
        self.with(|disk| {
            assert!(disk.is_undecided(), "only an undecided power cut is decided");
            disk.cut_power(cut);
        });
    }

    /// All that the disk holds, durable or not.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.with(|disk| Snapshot(disk.copy()))
    }

    /// Makes the disk what it was. Faults, counts and chance go on as they are, so that another
    /// random power cut of the same snapshot may end in another way.
    ///
    /// # Panics
    /// If a shard runs on the node.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.assert_down();
        self.with(|disk| disk.replace(snapshot.0.copy()));
    }

    /// Exchanges the disk for an empty one of the same size.
    ///
    /// # Panics
    /// If a shard runs on the node.
    pub fn wipe(&self) {
        self.assert_down();
        self.with(|disk| {
            let mut empty = DiskState::new(0, disk.random.fork());
            empty.capacity_block_count = disk.capacity_block_count;
            disk.replace(empty);
        });
    }

    fn assert_down(&self) {
        let alive = self.state.borrow().has_shards(self.node);
        assert!(!alive, "a disk is exchanged only under a node that is down");
    }

    fn with<T>(&self, work: impl FnOnce(&mut DiskState) -> T) -> T {
        work(self.state.borrow_mut().disk_mut(self.node))
    }
}

impl DiskState {
    /// Exchanges what is stored.
    fn replace(&mut self, other: Self) {
        let before = std::mem::replace(self, other);
        self.faults = before.faults;
        self.usage = before.usage;
        self.random = before.random;
    }

    /// Changes a file from outside; durable at once, with its name.
    fn rewrite(&mut self, id: FileId, change: impl FnOnce(super::Sequence, &mut Inode)) {
        let sequence = self.next_sequence();
        let inode = self.inode_mut(id);
        let before = inode.block_count();
        change(sequence, inode);
        inode.flush(sequence);
        let after = inode.block_count();
        self.used_block_count = self.used_block_count + after - before;
        self.names.flush_all(sequence);
    }
}

fn collect(disk: &DiskState, directory: FileId, path: &Path, found: &mut Vec<PathBuf>) {
    for (name, id) in disk.names.entries(directory) {
        let path = path.join(name);
        if disk.names.is_directory(id) {
            collect(disk, id, &path, found);
        } else {
            found.push(path);
        }
    }
}
