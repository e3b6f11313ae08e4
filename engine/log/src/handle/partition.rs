//! One partition as other threads use it.

use super::command::{Chunk, Command, Content};
use super::{NewRecord, Pending, Replay, ShardHandle, Shared};
use crate::engine::PartitionInfo;
use crate::error::Result;
use crate::name::PartitionName;
use crate::options::PartitionOptions;
use millstream_base::{Offset, PartitionId, Timestamp};
use millstream_io::{Crowd, Sender};
use std::sync::Arc;

/// A partition of a [`crate::Log`]: an ordered, durable sequence of records. Cheap to clone, and
/// free to be used by many threads and executors at once.
///
/// ```
/// use millstream_log::{Log, NewRecord, Offset};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = format!("millstream-doc-partition-{}", std::process::id());
/// # let path = std::env::temp_dir().join(folder);
/// # let log = Log::open(&path)?;
/// let orders = log.partition("orders")?;
/// // Many under way share one durable write, and keep their order.
/// let pending: Vec<_> = (0..10).map(|number| orders.append(format!("order {number}"))).collect();
/// for (number, pending) in (0..).zip(pending) {
///     assert_eq!(pending.wait()?, Offset::new(number));
/// }
/// // Several as one: all of them are there after a crash, or none.
/// let transfer = vec![NewRecord::keyed("alice", "-5"), NewRecord::keyed("bob", "+5")];
/// orders.append_all(transfer).wait()?;
///
/// orders.trim(Offset::new(10)).wait()?;
/// let left = orders.replay(Offset::new(10)).count();
/// assert_eq!(left, 2);
/// # drop((orders, log));
/// # std::fs::remove_dir_all(&path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Partition {
    _log: Arc<Shared>,
    sender: Sender<Command>,
    crowd: Crowd,
    name: PartitionName,
    id: PartitionId,
}

impl Partition {
    pub(super) fn new(
        log: Arc<Shared>,
        shard: &ShardHandle,
        name: PartitionName,
        id: PartitionId,
    ) -> Self {
        let ShardHandle { sender, crowd } = shard.clone();
        Self { _log: log, sender, crowd, name, id }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &PartitionName {
        &self.name
    }

    /// Its id on its shard.
    #[must_use]
    pub fn id(&self) -> PartitionId {
        self.id
    }

    /// Appends a record; the answer is its offset, once it is on stable media. Many appends may be
    /// under way, and those of one thread get their offsets in the order of the calls.
    ///
    /// This call blocks its thread only while the shard has more than 1024 requests before it. In
    /// an executor, keep fewer under way.
    pub fn append(&self, record: impl Into<NewRecord>) -> Pending<Offset> {
        self.append_content(Content::Record(record.into()))
    }

    /// Appends several records as one batch, which is there wholly or not at all after a crash; the
    /// answer is the first one's offset.
    pub fn append_all(&self, records: Vec<NewRecord>) -> Pending<Offset> {
        self.append_content(Content::Records(records))
    }

    /// Appends a batch in Kafka's format, after checking it; the answer is its first offset.
    pub fn append_batch(&self, batch: Vec<u8>) -> Pending<Offset> {
        self.append_content(Content::Batch(batch))
    }

    fn append_content(&self, content: Content) -> Pending<Offset> {
        let partition = self.id;
        let append = |reply| Command::Append { partition, content, reply };
        Pending::ask_in(&self.crowd, &self.sender, append)
    }

    /// Reads whole batches from the one that holds `offset` on, about `bytes_max` bytes but at
    /// least one batch. Empty at the end of the log.
    pub fn read(&self, offset: Offset, bytes_max: usize) -> Pending<Chunk> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::Read { partition, offset, bytes_max, reply })
    }

    /// Reads record by record from `offset` on, up to where the log ends when it gets there.
    #[must_use]
    pub fn replay(&self, offset: Offset) -> Replay {
        Replay::new(self.clone(), offset)
    }

    /// Answers with the log's end once it lies beyond `offset`: for readers that follow.
    pub fn wait_beyond(&self, offset: Offset) -> Pending<Offset> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::WaitBeyond { partition, offset, reply })
    }

    /// The first record with a time of at least `timestamp`: its offset and its time.
    pub fn find_timestamp(&self, timestamp: Timestamp) -> Pending<Option<(Offset, Timestamp)>> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::FindTimestamp { partition, timestamp, reply })
    }

    /// Cuts the log at its start: everything before `start` is gone.
    pub fn trim(&self, start: Offset) -> Pending<()> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::Trim { partition, start, reply })
    }

    /// Cuts the log at its end: `end` and everything behind it are gone. Answers with the new end,
    /// which is the first offset of the batch that `end` lies in; a log that ends before `end`
    /// stays as it is. What is appended after this call comes behind the cut.
    pub fn truncate(&self, end: Offset) -> Pending<Offset> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::Truncate { partition, end, reply })
    }

    /// Changes how the partition behaves.
    pub fn configure(&self, options: PartitionOptions) -> Pending<()> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::Configure { partition, options, reply })
    }

    /// Removes the partition with all its records.
    pub fn delete(&self) -> Pending<()> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::Delete { partition, reply })
    }

    /// Takes appends again for a partition whose end was in doubt after damage to the journal.
    pub fn accept_loss(&self) -> Pending<()> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::AcceptLoss { partition, reply })
    }

    /// What the partition is and where it stands.
    ///
    /// # Errors
    /// [`crate::LogError::UnknownPartition`] if it was deleted; the log's fault.
    pub fn info(&self) -> Result<PartitionInfo> {
        let partition = self.id;
        Pending::ask(&self.sender, |reply| Command::Describe { partition, reply }).wait()
    }
}

impl std::fmt::Debug for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Partition").field(&self.name.as_str()).finish()
    }
}
