//! Reads, writes and what changes a file's length.

use super::image::small;
use super::ink::Ink;
use super::inode::Inode;
use super::perform::Context;
use super::{DiskState, FaultEffect, OpenFile};
use crate::buffer::{Buffer, Slice};
use crate::op::Durability;
use millstream_base::limits::{BLOCK_BYTES, SECTOR_BYTES};
use std::ops::Range;

/// The longest file, as of ext4 with blocks of 4 KiB.
const FILE_BYTES_MAX: u64 = (1 << 44) - BLOCK_BYTES as u64;

impl DiskState {
    pub(super) fn read(
        &mut self,
        context: &Context,
        position: u64,
        buffer: &mut Buffer,
    ) -> Result<u64, i32> {
        if let Some(errno) = context.errno() {
            return Err(errno);
        }
        let file = context.file();
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.names.is_directory(file.id) {
            return Err(libc::EISDIR);
        }
        check_alignment(&file, position, buffer)?;
        let wanted = match context.effect {
            Some(FaultEffect::Short { bytes }) => buffer.len().min(small(bytes)),
            _ => buffer.len(),
        };
        let inode = self.inode(file.id);
        let count = if context.effect == Some(FaultEffect::Stale) {
            inode.read_durable(position, &mut buffer[..wanted])
        } else {
            inode.read(position, &mut buffer[..wanted])
        };
        self.usage.read_bytes += count as u64;
        if context.effect == Some(FaultEffect::Rot) && count > 0 {
            let byte = small(self.random.below(count as u64));
            buffer[byte] ^= 1 << self.random.below(8);
        }
        Ok(count as u64)
    }

    pub(super) fn write(
        &mut self,
        context: &Context,
        position: u64,
        slices: &[Slice],
        durability: Durability,
    ) -> Result<u64, i32> {
        let file = context.file();
        check_writable(&file, libc::EBADF)?;
        for slice in slices {
            check_alignment(&file, position, slice)?;
        }
        let asked_bytes = slices.iter().map(|slice| slice.len() as u64).sum();
        let length_bytes = self.writable_bytes(context, position, asked_bytes)?;
        if length_bytes == 0 || context.effect == Some(FaultEffect::Lost) {
            return Ok(length_bytes);
        }
        let position = match context.effect {
            Some(FaultEffect::Misdirected { by_bytes }) => misdirect(position, by_bytes),
            _ => position,
        };
        let range = position..position + length_bytes;
        self.write_range(context, range.clone(), slices)?;
        if context.effect == Some(FaultEffect::Rot) {
            let byte = range.start + self.random.below(length_bytes);
            let bit = u32::try_from(self.random.below(8)).expect("below 8");
            self.inode_mut(file.id).rot_write(byte, bit);
        }
        if durability == Durability::Stable {
            self.make_stable(context, range);
        }
        Ok(length_bytes)
    }

    /// How many of the bytes a write can place, or why it can place none.
    fn writable_bytes(&self, context: &Context, position: u64, bytes: u64) -> Result<u64, i32> {
        let end = position.checked_add(bytes).ok_or(libc::EINVAL)?;
        if bytes > 0 && end > FILE_BYTES_MAX {
            return Err(libc::EFBIG);
        }
        let bytes = match context.effect {
            Some(FaultEffect::Short { bytes: limit }) => bytes.min(limit),
            Some(FaultEffect::Errno(errno)) if errno == libc::ENOSPC => return Err(errno),
            _ => bytes,
        };
        let inode = self.inode(context.file().id);
        let fitting = fitting_bytes(inode, self.free_block_count(), position, bytes);
        if bytes > 0 && fitting == 0 { Err(libc::ENOSPC) } else { Ok(fitting) }
    }

    fn write_range(
        &mut self,
        context: &Context,
        range: Range<u64>,
        slices: &[Slice],
    ) -> Result<(), i32> {
        let sequence = self.next_sequence();
        self.usage.written_bytes += range.end - range.start;
        let id = context.file().id;
        let inode = self.inodes.get_mut(&id).expect("an open file has an inode");
        let before = inode.block_count();
        let (random, ink) = (&mut self.random, &mut Ink::new(slices));
        match context.errno() {
            None => inode.write(sequence, range, ink, &mut || true),
            Some(_) => inode.write(sequence, range, ink, &mut || random.chance(1, 2)),
        }
        self.used_block_count += inode.block_count() - before;
        context.errno().map_or(Ok(()), Err)
    }

    /// Makes the last write durable; a flush of the device may take others of the file along.
    fn make_stable(&mut self, context: &Context, range: Range<u64>) {
        let last = self.sequence;
        let others = self.is_generous && self.random.chance(1, 4);
        let inode = self.inode_mut(context.file().id);
        inode.flush_write(last, range);
        if others {
            inode.flush(context.submitted);
        }
        self.commit_by_chance(context.submitted);
    }

    pub(super) fn allocate(
        &mut self,
        context: &Context,
        position: u64,
        length_bytes: u64,
    ) -> Result<u64, i32> {
        let file = context.file();
        if length_bytes == 0 {
            return Err(libc::EINVAL);
        }
        check_writable(&file, libc::EBADF)?;
        let end = position.checked_add(length_bytes).ok_or(libc::EFBIG)?;
        if end > FILE_BYTES_MAX {
            return Err(libc::EFBIG);
        }
        let missing = self.inode(file.id).missing_count(position..end);
        if missing > self.free_block_count() {
            return Err(libc::ENOSPC);
        }
        let sequence = self.next_sequence();
        self.used_block_count += missing;
        self.inode_mut(file.id).allocate(sequence, position..end);
        Ok(0)
    }

    pub(super) fn set_length(&mut self, context: &Context, length_bytes: u64) -> Result<u64, i32> {
        let file = context.file();
        check_writable(&file, libc::EINVAL)?;
        if length_bytes > FILE_BYTES_MAX {
            return Err(libc::EFBIG);
        }
        let sequence = self.next_sequence();
        let inode = self.inode_mut(file.id);
        let before = inode.block_count();
        inode.set_length(sequence, length_bytes);
        let freed = before - inode.block_count();
        self.used_block_count -= freed;
        Ok(0)
    }

    pub(super) fn length(&self, context: &Context) -> Result<u64, i32> {
        let id = context.file().id;
        let is_directory = self.names.is_directory(id);
        Ok(if is_directory { BLOCK_BYTES as u64 } else { self.inode(id).length_bytes() })
    }

    fn free_block_count(&self) -> u64 {
        self.capacity_block_count.saturating_sub(self.used_block_count)
    }
}

fn check_alignment(file: &OpenFile, position: u64, memory: &[u8]) -> Result<(), i32> {
    let aligned = position.is_multiple_of(SECTOR_BYTES as u64)
        && memory.len().is_multiple_of(SECTOR_BYTES)
        && memory.as_ptr().addr().is_multiple_of(SECTOR_BYTES);
    if file.options.direct && !aligned { Err(libc::EINVAL) } else { Ok(()) }
}

fn check_writable(file: &OpenFile, errno: i32) -> Result<(), i32> {
    if file.options.write { Ok(()) } else { Err(errno) }
}

/// As many bytes from the front as the free blocks hold.
fn fitting_bytes(inode: &Inode, free_block_count: u64, position: u64, bytes: u64) -> u64 {
    if inode.missing_count(position..position + bytes) <= free_block_count {
        return bytes;
    }
    let block_bytes = BLOCK_BYTES as u64;
    let mut end = position + bytes;
    while end > position && inode.missing_count(position..end) > free_block_count {
        end = (end - 1) / block_bytes * block_bytes;
    }
    end.saturating_sub(position)
}

fn misdirect(position: u64, by_bytes: i64) -> u64 {
    position.saturating_add_signed(by_bytes).min(FILE_BYTES_MAX / 2)
}
