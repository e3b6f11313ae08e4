//! What goes wrong with a disk, when, and for which operations.

use crate::op::Op;
use millstream_base::random::Random;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A fault of a disk: what it hits, when, and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The operations that it may hit.
    pub class: OperationClass,
    /// Only files at or below this path; `None`: all.
    pub path: Option<PathBuf>,
    /// Which of those operations it hits.
    pub moment: FaultMoment,
    /// What becomes of them.
    pub effect: FaultEffect,
}

/// Kinds of operations on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationClass {
    /// Every operation below.
    Any,
    /// Opening and making files.
    Open,
    /// Reads.
    Read,
    /// Writes, stable or not.
    Write,
    /// Syncs of files and directories.
    Sync,
    /// Reservations of space.
    Allocate,
    /// Cuts and extensions.
    SetLength,
    /// Renames.
    Rename,
    /// Removals of files and directories.
    Remove,
    /// Making directories.
    CreateDirectory,
    /// Listing directories.
    List,
}

/// Which of the operations that a fault may hit it does hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultMoment {
    /// All.
    Always,
    /// Exactly one: the one with this index, counted from 0 since the fault was added.
    Once(u64),
    /// Each with a probability of `numerator / denominator`.
    Chance {
        /// Hits among `denominator` operations, on average.
        numerator: u64,
        /// Not 0.
        denominator: u64,
    },
}

/// What a fault does to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultEffect {
    /// It fails with this error number. A failed write has reached any of its sectors; what a
    /// failed sync should have covered is durable or will never be.
    Errno(i32),
    /// A read or write transfers at most so many bytes.
    Short {
        /// The most bytes that are transferred.
        bytes: u64,
    },
    /// A write or sync reports success and did nothing.
    Lost,
    /// A write reports success and went elsewhere in the file.
    Misdirected {
        /// How far from its place; the file's start bounds it.
        by_bytes: i64,
    },
    /// One bit of what is read or written flips on its way.
    Rot,
    /// A read sees the media as they were before the writes that no sync has covered yet.
    Stale,
    /// It takes this much longer, and succeeds.
    Delay(Duration),
}

/// The faults of one disk.
#[derive(Default)]
pub(in crate::sim) struct Faults {
    plans: Vec<Plan>,
}

struct Plan {
    fault: Fault,
    matched_count: u64,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.plans.push(Plan { fault, matched_count: 0 });
    }

    pub(super) fn clear(&mut self) {
        self.plans.clear();
    }

    /// The effect on an operation that is being submitted, if any. Where several faults hit it,
    /// the one that was added first wins.
    pub(in crate::sim) fn strike(
        &mut self,
        op: &Op,
        path: Option<&Path>,
        random: &mut Random,
    ) -> Option<FaultEffect> {
        let class = OperationClass::of(op)?;
        let mut struck = None;
        for plan in self.plans.iter_mut().filter(|plan| plan.fault.covers(class, path)) {
            let index = plan.matched_count;
            plan.matched_count += 1;
            if struck.is_none() && plan.fault.moment.hits(index, random) {
                struck = Some(plan.fault.effect);
            }
        }
        struck
    }
}

impl Fault {
    fn covers(&self, class: OperationClass, path: Option<&Path>) -> bool {
        let class_fits = self.class == OperationClass::Any || self.class == class;
        let path_fits = match (&self.path, path) {
            (None, _) => true,
            (Some(wanted), Some(path)) => path.starts_with(wanted),
            (Some(_), None) => false,
        };
        class_fits && path_fits
    }
}

impl FaultMoment {
    fn hits(self, index: u64, random: &mut Random) -> bool {
        match self {
            Self::Always => true,
            Self::Once(wanted) => index == wanted,
            Self::Chance { numerator, denominator } => random.chance(numerator, denominator),
        }
    }
}

impl OperationClass {
    fn of(op: &Op) -> Option<Self> {
        match op {
            Op::Open { .. } => Some(Self::Open),
            Op::Read { .. } => Some(Self::Read),
            Op::Write { .. } => Some(Self::Write),
            Op::Sync { .. } => Some(Self::Sync),
            Op::Allocate { .. } => Some(Self::Allocate),
            Op::SetLength { .. } => Some(Self::SetLength),
            Op::Rename { .. } => Some(Self::Rename),
            Op::RemoveFile { .. } | Op::RemoveDirectory { .. } => Some(Self::Remove),
            Op::CreateDirectory { .. } => Some(Self::CreateDirectory),
            Op::List { .. } => Some(Self::List),
            _ => None,
        }
    }
}
