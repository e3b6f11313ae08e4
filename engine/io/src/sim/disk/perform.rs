//! Operations at the moment of their completion.

use super::{DiskState, FaultEffect, OpenFile, Sequence};
use crate::op::{Durability, Op, SyncScope};
use std::rc::Rc;

/// What an operation took along at its submission.
pub(in crate::sim) struct Context {
    /// The open file that its handle stood for.
    pub(in crate::sim) target: Option<Rc<OpenFile>>,
    pub(in crate::sim) effect: Option<FaultEffect>,
    /// The disk's last change at the submission: what a sync covers.
    pub(in crate::sim) submitted: Sequence,
}

/// What a successful operation answers.
pub(in crate::sim) enum Outcome {
    Count(u64),
    Opened(Rc<OpenFile>),
}

impl Context {
    /// Without a handle and without a fault.
    pub(in crate::sim) fn bare(submitted: Sequence) -> Self {
        Self { target: None, effect: None, submitted }
    }

    pub(super) fn file(&self) -> Rc<OpenFile> {
        Rc::clone(self.target.as_ref().expect("an operation on a handle has its open file"))
    }

    /// The error that a fault asks for.
    pub(super) fn errno(&self) -> Option<i32> {
        match self.effect {
            Some(FaultEffect::Errno(errno)) => Some(errno),
            _ => None,
        }
    }
}

impl DiskState {
    /// Carries an operation out.
    pub(in crate::sim) fn perform(
        &mut self,
        op: &mut Op,
        context: &Context,
    ) -> Result<Outcome, i32> {
        let count = match op {
            Op::Open { path, options } => {
                self.fail_before(context)?;
                return self.open(path, *options).map(Outcome::Opened);
            }
            Op::Read { position, buffer, .. } => self.read(context, *position, buffer),
            Op::Write { position, slices, durability, .. } => {
                self.write(context, *position, slices, *durability)
            }
            Op::Sync { scope, .. } => self.sync(context, *scope),
            Op::Length { .. } => self.length(context),
            Op::Lock { .. } => self.lock(context),
            Op::List { path, entries } => {
                self.fail_before(context)?;
                self.list(path, entries)
            }
            change => self.perform_change(change, context),
        };
        count.map(Outcome::Count)
    }

    /// Changes of metadata. One that fails has happened or not.
    fn perform_change(&mut self, op: &Op, context: &Context) -> Result<u64, i32> {
        if context.errno().is_some() && !self.random.chance(1, 4) {
            self.fail_before(context)?;
        }
        let result = match op {
            Op::Allocate { position, length_bytes, .. } => {
                self.allocate(context, *position, *length_bytes)
            }
            Op::SetLength { length_bytes, .. } => self.set_length(context, *length_bytes),
            Op::Rename { from, to } => self.rename(from, to),
            Op::RemoveFile { path } => self.remove_file(path),
            Op::RemoveDirectory { path } => self.remove_directory(path),
            Op::CreateDirectory { path } => self.create_directory(path),
            other => unreachable!("{} is no operation of a disk", other.name()),
        };
        self.fail_before(context)?;
        result
    }

    fn fail_before(&self, context: &Context) -> Result<(), i32> {
        context.errno().map_or(Ok(()), Err)
    }

    /// The process died while the operation was in flight: it happens wholly, partly, or not.
    pub(in crate::sim) fn abandon(&mut self, op: &mut Op, mut context: Context) {
        match self.random.below(3) {
            0 => {}
            1 if matches!(op, Op::Write { .. }) => {
                context.effect = Some(FaultEffect::Errno(libc::EINTR));
                drop(self.perform(op, &context));
            }
            _ => drop(self.perform(op, &context)),
        }
    }

    /// The power went while the operation was in flight: what it does joins what waits for a
    /// sync, so that the choice of what survives decides on it, too.
    pub(in crate::sim) fn absorb(&mut self, op: &mut Op, mut context: Context) {
        context.effect = None;
        match op {
            Op::Sync { .. } | Op::Read { .. } | Op::List { .. } | Op::Length { .. } => {}
            Op::Write { durability, .. } => {
                *durability = Durability::Written;
                drop(self.perform(op, &context));
            }
            _ => drop(self.perform(op, &context)),
        }
    }

    fn sync(&mut self, context: &Context, _: SyncScope) -> Result<u64, i32> {
        self.usage.sync_count += 1;
        if context.effect == Some(FaultEffect::Lost) {
            return Ok(0);
        }
        let id = context.file().id;
        if self.names.is_directory(id) {
            self.fail_before(context)?;
            self.names.flush(id, context.submitted);
            self.sweep();
            return Ok(0);
        }
        if let Some(errno) = context.errno() {
            let random = &mut self.random;
            let inode = self.inodes.get_mut(&id).expect("an open file has an inode");
            inode.flush_failed(context.submitted, &mut || random.chance(1, 2));
            return Err(errno);
        }
        self.inode_mut(id).flush(context.submitted);
        self.commit_by_chance(context.submitted);
        Ok(0)
    }

    /// A file system with one journal commits the names along with a file; POSIX does not ask it
    /// to. Programs must not rely on either.
    pub(super) fn commit_by_chance(&mut self, last: Sequence) {
        if self.is_generous && self.random.chance(1, 4) {
            self.names.flush_all(last);
            self.sweep();
        }
    }
}
