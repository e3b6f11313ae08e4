//! ListOffsets: an offset by its meaning or by its time.

use super::{Isolation, Leader};
use millstream_base::{LeaderEpoch, Offset, PartitionId, Timestamp};
use millstream_log::{Engine, LogError};

/// Which offset is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetSpec {
    /// −1: behind the last that the reader sees.
    Latest,
    /// −2: the first that is still there.
    Earliest,
    /// −3: that of the record with the latest time (KIP-734).
    MaxTimestamp,
    /// −4: the first that is still on local disks (KIP-405).
    EarliestLocal,
    /// −5: the last that is in the object store (KIP-1005).
    LatestTiered,
    /// −6: the first that is not there yet (KIP-1023).
    EarliestPendingUpload,
    /// That of the first record with a time at or after this.
    At(Timestamp),
}

/// The answer. Where there is no such offset, it is −1, and so are the other two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedOffset {
    /// The offset.
    pub offset: Offset,
    /// The time of its record, where it was looked up by time; else −1.
    pub timestamp: Timestamp,
    /// The epoch of its record.
    pub epoch: LeaderEpoch,
}

/// What it takes to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetQuery {
    /// Nothing more.
    Known(ListedOffset),
    /// A look into the log ([`OffsetLookup::run`]), and then [`Leader::listed`].
    Lookup(OffsetLookup),
}

/// A look into the log, which may suspend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetLookup {
    partition: PartitionId,
    /// At or after this time; `None`: the latest there is.
    timestamp: Option<Timestamp>,
}

impl OffsetSpec {
    /// Reads the wire's number; `None` for negative ones without a meaning.
    #[must_use]
    pub const fn from_wire(timestamp: i64) -> Option<Self> {
        match timestamp {
            -1 => Some(Self::Latest),
            -2 => Some(Self::Earliest),
            -3 => Some(Self::MaxTimestamp),
            -4 => Some(Self::EarliestLocal),
            -5 => Some(Self::LatestTiered),
            -6 => Some(Self::EarliestPendingUpload),
            0.. => Some(Self::At(Timestamp::new(timestamp))),
            _ => None,
        }
    }
}

impl ListedOffset {
    /// There is no such offset.
    pub const NONE: Self =
        Self { offset: Offset::new(-1), timestamp: Timestamp::NONE, epoch: LeaderEpoch::NONE };
}

impl Leader {
    /// Answers, or says what must be looked up. The caller has checked the reader's epoch
    /// ([`Leader::check_current`]).
    #[must_use]
    pub fn list_offset(&self, spec: OffsetSpec, isolation: Isolation) -> OffsetQuery {
        let timestamp = Timestamp::NONE;
        let lookup =
            |timestamp| OffsetQuery::Lookup(OffsetLookup { partition: self.partition, timestamp });
        match spec {
            OffsetSpec::Latest => {
                let offset = self.readable_end(isolation);
                OffsetQuery::Known(ListedOffset { offset, timestamp, epoch: self.epoch })
            }
            OffsetSpec::Earliest | OffsetSpec::EarliestLocal => {
                let offset = self.log_start;
                let epoch = self.epochs.epoch_of(offset);
                OffsetQuery::Known(ListedOffset { offset, timestamp, epoch })
            }
            // Nothing is in an object store, and nothing is on its way there.
            OffsetSpec::LatestTiered | OffsetSpec::EarliestPendingUpload => {
                OffsetQuery::Known(ListedOffset::NONE)
            }
            OffsetSpec::MaxTimestamp => lookup(None),
            OffsetSpec::At(timestamp) => lookup(Some(timestamp)),
        }
    }

    /// The answer to what was found; nothing that the reader does not see.
    #[must_use]
    pub fn listed(&self, found: Option<(Offset, Timestamp)>, isolation: Isolation) -> ListedOffset {
        match found {
            Some((offset, timestamp)) if offset < self.readable_end(isolation) => {
                ListedOffset { offset, timestamp, epoch: self.epochs.epoch_of(offset) }
            }
            _ => ListedOffset::NONE,
        }
    }

    /// Whether a reader knows who leads.
    ///
    /// # Errors
    /// [`crate::FetchError::Fenced`] and [`crate::FetchError::Unknown`].
    pub fn check_current(&self, current: LeaderEpoch) -> Result<(), crate::FetchError> {
        self.check_epoch(current)
    }
}

impl OffsetLookup {
    /// Looks into the log: the offset and the time of the record that was asked for.
    ///
    /// # Errors
    /// The engine's.
    pub async fn run(self, engine: &Engine) -> Result<Option<(Offset, Timestamp)>, LogError> {
        match self.timestamp {
            Some(timestamp) => engine.find_timestamp(self.partition, timestamp).await,
            None => find_latest(engine, self.partition).await,
        }
    }
}

/// The first record with the greatest time.
async fn find_latest(
    engine: &Engine,
    partition: PartitionId,
) -> Result<Option<(Offset, Timestamp)>, LogError> {
    let Some(declared) = engine.max_timestamp(partition)? else { return Ok(None) };
    if let Some(found) = engine.find_timestamp(partition, declared).await? {
        return Ok(Some(found));
    }
    // That record lies before the log's start, or its batch declared too much: somewhere below
    // it is a time that a record has and none exceeds.
    let mut found = engine.find_timestamp(partition, Timestamp::new(0)).await?;
    let mut above = declared.get();
    while let Some((_, time)) = found
        && time.get() + 1 < above
    {
        let middle = time.get() + (above - time.get()) / 2;
        match engine.find_timestamp(partition, Timestamp::new(middle)).await? {
            Some(later) => found = Some(later),
            None => above = middle,
        }
    }
    // A bound may have been met by a later record than the first with that time.
    match found {
        Some((_, time)) => engine.find_timestamp(partition, time).await,
        None => Ok(None),
    }
}
