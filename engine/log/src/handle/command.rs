//! What other threads ask of a shard.

use crate::engine::{Counters, PartitionInfo};
use crate::error::Result;
use crate::handle::record::NewRecord;
use crate::name::PartitionName;
use crate::options::PartitionOptions;
use millstream_base::{Offset, PartitionId, Timestamp};
use millstream_io::{Reply, Slice};

/// One request with the place for its answer.
pub(crate) enum Command {
    Find {
        name: PartitionName,
        reply: Reply<Result<Option<PartitionId>>>,
    },
    Create {
        name: PartitionName,
        options: PartitionOptions,
        reply: Reply<Result<PartitionId>>,
    },
    List {
        reply: Reply<Result<Vec<PartitionInfo>>>,
    },
    Describe {
        partition: PartitionId,
        reply: Reply<Result<PartitionInfo>>,
    },
    Configure {
        partition: PartitionId,
        options: PartitionOptions,
        reply: Reply<Result<()>>,
    },
    Delete {
        partition: PartitionId,
        reply: Reply<Result<()>>,
    },
    Append {
        partition: PartitionId,
        content: Content,
        reply: Reply<Result<Offset>>,
    },
    Read {
        partition: PartitionId,
        offset: Offset,
        bytes_max: usize,
        reply: Reply<Result<Chunk>>,
    },
    FindTimestamp {
        partition: PartitionId,
        timestamp: Timestamp,
        reply: Reply<Result<Option<(Offset, Timestamp)>>>,
    },
    WaitBeyond {
        partition: PartitionId,
        offset: Offset,
        reply: Reply<Result<Offset>>,
    },
    Trim {
        partition: PartitionId,
        start: Offset,
        reply: Reply<Result<()>>,
    },
    Truncate {
        partition: PartitionId,
        end: Offset,
        reply: Reply<Result<Offset>>,
    },
    AcceptLoss {
        partition: PartitionId,
        reply: Reply<Result<()>>,
    },
    Flush {
        reply: Reply<Result<()>>,
    },
    Counters {
        reply: Reply<Result<Counters>>,
    },
    Close {
        reply: Reply<Result<()>>,
    },
}

/// What is appended at once, to one partition.
pub(crate) enum Content {
    /// One record, which becomes a batch of its own.
    Record(NewRecord),
    /// Several records, which become one batch.
    Records(Vec<NewRecord>),
    /// A batch as it is; not checked yet.
    Batch(Vec<u8>),
}

/// Whole batches, read at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Chunk {
    /// Batches in Kafka's format, whole ones in each slice. The first may begin before the offset
    /// that was asked for, since a batch is the unit of reading.
    pub batches: Vec<Slice>,
    /// The offset to go on from.
    pub next_offset: Offset,
}
