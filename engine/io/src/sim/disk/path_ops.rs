//! Operations on names: opening, making, renaming, removing, listing.

use super::names::FileId;
use super::perform::Context;
use super::{DiskState, Inode, OpenFile};
use crate::file::{DirectoryEntry, OpenOptions};
use std::path::Path;
use std::rc::{Rc, Weak};

impl DiskState {
    pub(super) fn open(&mut self, path: &Path, options: OpenOptions) -> Result<Rc<OpenFile>, i32> {
        let id = match self.names.find(path) {
            Ok(_) if options.create_new => return Err(libc::EEXIST),
            Ok(id) => id,
            Err(libc::ENOENT) if options.create || options.create_new => self.create(path)?,
            Err(errno) => return Err(errno),
        };
        let is_directory = self.names.is_directory(id);
        if options.directory && !is_directory {
            return Err(libc::ENOTDIR);
        }
        if is_directory && (options.write || options.create || options.truncate) {
            return Err(libc::EISDIR);
        }
        let file = Rc::new(OpenFile { id, options, path: path.to_owned() });
        if !is_directory {
            self.open_inode(id, options);
        }
        Ok(file)
    }

    fn open_inode(&mut self, id: FileId, options: OpenOptions) {
        let sequence = self.next_sequence();
        let inode = self.inode_mut(id);
        inode.open_count += 1;
        if options.truncate {
            let before = inode.block_count();
            inode.set_length(sequence, 0);
            self.used_block_count -= before;
        }
    }

    /// Makes an empty file. Its length of 0 is as durable as its name.
    pub(super) fn create(&mut self, path: &Path) -> Result<FileId, i32> {
        let place = self.names.place(path)?;
        let id = self.next_id();
        self.inodes.insert(id, Inode::named());
        let sequence = self.next_sequence();
        self.names.link(sequence, place, id);
        Ok(id)
    }

    fn next_id(&mut self) -> FileId {
        self.created_count += 1;
        FileId(self.created_count)
    }

    pub(super) fn lock(&mut self, context: &Context) -> Result<u64, i32> {
        let file = context.file();
        let holder = self.locks.get(&file.id).and_then(Weak::upgrade);
        if holder.is_some_and(|holder| !Rc::ptr_eq(&holder, &file)) {
            return Err(libc::EWOULDBLOCK);
        }
        self.locks.insert(file.id, Rc::downgrade(&file));
        Ok(0)
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Result<u64, i32> {
        let (from_place, to_place) = (self.names.place(from)?, self.names.place(to)?);
        let id = self.names.at(&from_place).ok_or(libc::ENOENT)?;
        let replaced = self.names.at(&to_place);
        if self.names.holds(id, to_place.directory) {
            return Err(libc::EINVAL);
        }
        if replaced.is_some_and(|replaced| self.names.holds(replaced, from_place.directory)) {
            return Err(libc::ENOTEMPTY);
        }
        if replaced == Some(id) {
            return Ok(0);
        }
        if let Some(replaced) = replaced {
            self.check_replaceable(self.names.is_directory(id), replaced)?;
        }
        let sequence = self.next_sequence();
        self.names.rename(sequence, from_place, to_place, id);
        if let Some(inode) = replaced.and_then(|id| self.inodes.get_mut(&id)) {
            inode.is_named = false;
        }
        replaced.into_iter().for_each(|id| self.release(id));
        Ok(0)
    }

    fn check_replaceable(&self, by_directory: bool, replaced: FileId) -> Result<(), i32> {
        match (by_directory, self.names.is_directory(replaced)) {
            (false, false) => Ok(()),
            (false, true) => Err(libc::EISDIR),
            (true, false) => Err(libc::ENOTDIR),
            (true, true) if self.names.entries(replaced).next().is_some() => Err(libc::ENOTEMPTY),
            (true, true) => Ok(()),
        }
    }

    pub(super) fn remove_file(&mut self, path: &Path) -> Result<u64, i32> {
        let id = self.names.find(path)?;
        if self.names.is_directory(id) {
            return Err(libc::EISDIR);
        }
        let place = self.names.place(path)?;
        let sequence = self.next_sequence();
        self.names.unlink(sequence, place);
        self.inode_mut(id).is_named = false;
        self.release(id);
        Ok(0)
    }

    pub(super) fn remove_directory(&mut self, path: &Path) -> Result<u64, i32> {
        let id = self.names.find(path)?;
        if !self.names.is_directory(id) {
            return Err(libc::ENOTDIR);
        }
        if self.names.entries(id).next().is_some() {
            return Err(libc::ENOTEMPTY);
        }
        let place = self.names.place(path).map_err(|_| libc::EBUSY)?;
        let sequence = self.next_sequence();
        self.names.unlink(sequence, place);
        Ok(0)
    }

    pub(super) fn create_directory(&mut self, path: &Path) -> Result<u64, i32> {
        let place = self.names.place(path)?;
        if self.names.at(&place).is_some() {
            return Err(libc::EEXIST);
        }
        let (id, sequence) = (self.next_id(), self.next_sequence());
        self.names.link_directory(sequence, place, id);
        Ok(0)
    }

    pub(super) fn list(&self, path: &Path, entries: &mut Vec<DirectoryEntry>) -> Result<u64, i32> {
        let directory = self.names.find(path)?;
        if !self.names.is_directory(directory) {
            return Err(libc::ENOTDIR);
        }
        entries.extend(self.names.entries(directory).map(|(name, id)| DirectoryEntry {
            name: name.clone(),
            is_directory: self.names.is_directory(id),
            length_bytes: self.inodes.get(&id).map_or(0, Inode::length_bytes),
        }));
        Ok(entries.len() as u64)
    }
}
