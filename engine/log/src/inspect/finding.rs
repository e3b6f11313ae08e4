//! What a check finds: what, where, and what to do.

use crate::checkpoint::CheckpointFault;
use crate::identity::IdentityFault;
use crate::journal::entry::EntryFault;
use crate::journal::plan::Verdict;
use crate::segment::index::IndexFault;
use millstream_base::{Offset, PartitionId, Position};
use millstream_batch::BatchError;
use millstream_io::IoError;
use std::fmt;
use std::path::PathBuf;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The log puts it right by itself, or it takes up room and nothing else.
    Note,
    /// Nothing is lost, but what stood between this fault and a loss is gone.
    Warning,
    /// Records are damaged or missing, or this program cannot tell that they are not.
    Error,
}

/// One thing that is not as the log leaves it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The file or directory.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: FindingKind,
}

/// What is wrong with a file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// It should be there and is not.
    Missing,
    /// It is there, and nothing speaks of it.
    Orphan,
    /// The making of the directory was interrupted, or its last step was.
    Interrupted,
    /// The kernel cannot read it.
    Unreadable(IoError),
    /// A newer version of this program wrote it.
    Newer {
        /// The version of the format.
        version: u16,
    },
    /// It is a checkpoint with something in it that a newer version wrote.
    NewerCheckpoint(CheckpointFault),
    /// It is not an identity.
    Identity(IdentityFault),
    /// It is not a checkpoint.
    Checkpoint(CheckpointFault),
    /// A checkpoint of another directory or shard.
    Foreign,
    /// Frames of the journal were stable once, and are damaged or gone.
    FramesLost {
        /// The first of them.
        first_sequence: u64,
        /// The last of them.
        last_sequence: u64,
        /// How that is known.
        verdict: Verdict,
    },
    /// A frame holds what no writer puts there.
    Entry {
        /// The frame.
        sequence: u64,
        /// What is wrong with it.
        fault: EntryFault,
    },
    /// The file ends before what is in use of it.
    Short {
        /// How many bytes are in use.
        expected_bytes: u64,
        /// How many there are.
        got_bytes: u64,
    },
    /// A block of an index is damaged or missing.
    Index {
        /// The block's number, from 0.
        block: u64,
        /// What is wrong with it.
        fault: IndexFault,
    },
    /// The index ends before its segment does, or its blocks do not follow each other.
    IndexIncomplete {
        /// The offset up to which it is right.
        next_offset: Offset,
    },
    /// These batches do not have their checksum.
    Stretch {
        /// The partition.
        partition: PartitionId,
        /// The first offset.
        first_offset: Offset,
        /// The offset behind the last.
        next_offset: Offset,
        /// Where in the file they begin.
        position: Position,
    },
    /// A batch whose checksum is right is not what it should be.
    Batch {
        /// The partition.
        partition: PartitionId,
        /// The offset that should be there.
        offset: Offset,
        /// What is wrong with it; `None` if it begins with another offset.
        fault: Option<BatchError>,
    },
    /// These offsets are neither in a segment nor in the journal.
    Gap {
        /// The partition.
        partition: PartitionId,
        /// The first offset.
        first_offset: Offset,
        /// The offset behind the last.
        next_offset: Offset,
    },
    /// These offsets were found damaged before; the log answers for them with an error.
    Quarantined {
        /// The partition.
        partition: PartitionId,
        /// The first offset.
        first_offset: Offset,
        /// The offset behind the last.
        next_offset: Offset,
    },
    /// Damage in the journal may have taken records from the partition's end; it takes no appends.
    SuspectEnd {
        /// The partition.
        partition: PartitionId,
        /// The end of what is left.
        next_offset: Offset,
    },
}

impl FindingKind {
    /// What a person should do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Missing | Self::Identity(_) | Self::Foreign | Self::Short { .. } => {
                "restore it from a copy"
            }
            Self::Checkpoint(_) => "nothing, if the other one is right: it is written again",
            Self::Orphan => "nothing; it may be removed while no log is open",
            Self::Interrupted => "nothing; the next opening makes it whole",
            Self::Unreadable(_) => "check the disk, then restore the file from a copy",
            Self::Newer { .. } | Self::NewerCheckpoint(_) => "use a newer version of this program",
            Self::FramesLost { .. } => {
                "restore the directory from a copy, or open it and accept the loss of each \
                 partition that is under suspicion"
            }
            Self::Entry { .. } => "keep a copy of the file and report this: it is a fault of ours",
            Self::Index { .. } | Self::IndexIncomplete { .. } => {
                "nothing; it is made again from its segment"
            }
            Self::Stretch { .. } | Self::Batch { .. } | Self::Gap { .. } => {
                "restore the file from a copy; until then these offsets are answered with an error"
            }
            Self::Quarantined { .. } => "restore the file from a copy, or trim the partition",
            Self::SuspectEnd { .. } => "restore the directory from a copy, or accept the loss",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, path, kind } = self;
        write!(formatter, "{severity}: {}: {kind}; {}", path.display(), kind.advice())
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(formatter, "is missing"),
            Self::Orphan => write!(formatter, "nothing speaks of it"),
            Self::Interrupted => write!(formatter, "the directory was not made to its end"),
            Self::Unreadable(error) => write!(formatter, "{error}"),
            Self::Newer { version } => {
                write!(formatter, "format version {version} is newer than this program")
            }
            Self::Identity(fault) => write!(formatter, "{fault}"),
            Self::Checkpoint(fault) | Self::NewerCheckpoint(fault) => write!(formatter, "{fault}"),
            Self::Foreign => write!(formatter, "it belongs to another directory or shard"),
            Self::FramesLost { first_sequence, last_sequence, verdict } => write!(
                formatter,
                "frames {first_sequence} to {last_sequence} were stable and are lost ({verdict:?})"
            ),
            Self::Entry { sequence, fault } => write!(formatter, "frame {sequence}: {fault}"),
            Self::Short { expected_bytes, got_bytes } => {
                write!(formatter, "ends at {got_bytes} bytes of {expected_bytes}")
            }
            Self::Index { block, fault } => write!(formatter, "block {block}: {fault}"),
            Self::IndexIncomplete { next_offset } => {
                write!(formatter, "the index ends at offset {next_offset}")
            }
            other => fmt_range(other, formatter),
        }
    }
}

/// The second half of `Display`: what is wrong with records.
fn fmt_range(kind: &FindingKind, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        FindingKind::Stretch { partition, first_offset, next_offset, position } => write!(
            formatter,
            "partition {partition}: offsets {first_offset}..{next_offset} at byte {position} do \
             not have their checksum"
        ),
        FindingKind::Batch { partition, offset, fault: Some(fault) } => {
            write!(formatter, "partition {partition}: the batch at offset {offset}: {fault}")
        }
        FindingKind::Batch { partition, offset, fault: None } => {
            write!(formatter, "partition {partition}: no batch begins at offset {offset}")
        }
        FindingKind::Gap { partition, first_offset, next_offset } => {
            write!(
                formatter,
                "partition {partition}: offsets {first_offset}..{next_offset} are gone"
            )
        }
        FindingKind::Quarantined { partition, first_offset, next_offset } => write!(
            formatter,
            "partition {partition}: offsets {first_offset}..{next_offset} are known to be damaged"
        ),
        FindingKind::SuspectEnd { partition, next_offset } => write!(
            formatter,
            "partition {partition}: records behind offset {next_offset} may be lost"
        ),
        _ => unreachable!("the first half knows it"),
    }
}
