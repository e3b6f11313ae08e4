//! Fetch: what a reader at an offset gets, before anything is read.

use super::Leader;
use crate::epochs::EpochEnd;
use crate::error::FetchError;
use millstream_base::{LeaderEpoch, Offset};

/// Which records a reader sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Those of open and aborted transactions too.
    #[default]
    ReadUncommitted,
    /// Only those that are decided (KIP-98).
    ReadCommitted,
}

/// What a reader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// From which offset.
    pub offset: Offset,
    /// What it takes for the leader's epoch; [`LeaderEpoch::NONE`]: it does not say.
    pub current_epoch: LeaderEpoch,
    /// The epoch of the last record it has; [`LeaderEpoch::NONE`]: it does not say.
    pub last_epoch: LeaderEpoch,
    /// Which records it sees.
    pub isolation: Isolation,
}

/// What it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchPoint {
    /// Records: read the engine's partition from its offset on, and give nothing from `end` on.
    Read {
        /// The offset behind the last that it may see.
        end: Offset,
    },
    /// Nothing yet.
    Wait,
    /// Its log and ours part here (KIP-595): records of `epoch` end at that offset.
    Diverging(EpochEnd),
}

impl Leader {
    /// The offset behind the last that such a reader sees.
    #[must_use]
    pub fn readable_end(&self, isolation: Isolation) -> Offset {
        match isolation {
            Isolation::ReadUncommitted => self.high_watermark,
            Isolation::ReadCommitted => self.last_stable_offset(),
        }
    }

    /// What a reader gets.
    ///
    /// # Errors
    /// [`FetchError::Fenced`], [`FetchError::Unknown`], and [`FetchError::OutOfRange`] before the
    /// log's start and beyond its end; between the high watermark and the end there is nothing yet.
    pub fn fetch(&self, request: FetchRequest) -> Result<FetchPoint, FetchError> {
        self.check_epoch(request.current_epoch)?;
        let FetchRequest { offset, last_epoch, .. } = request;
        if last_epoch != LeaderEpoch::NONE {
            let known = self.epochs.end_of(last_epoch, self.log_end);
            if known.epoch < last_epoch || known.end < offset {
                return Ok(FetchPoint::Diverging(known));
            }
        }
        let (log_start, log_end) = (self.log_start, self.log_end);
        if offset < log_start || offset > log_end {
            return Err(FetchError::OutOfRange { offset, log_start, log_end });
        }
        let end = self.readable_end(request.isolation);
        Ok(if offset < end { FetchPoint::Read { end } } else { FetchPoint::Wait })
    }
}
