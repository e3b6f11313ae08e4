//! A partition that a shard serves.

use crate::error_map;
use crate::shard::Shard;
use millstream_base::{LeaderEpoch, PartitionId, Timestamp};
use millstream_batch::{CheckOptions, CheckedBatch, Origin, TimestampType, check};
use millstream_controller::config::TopicConfig;
use millstream_log::{AppendOptions, Appended, LogError};
use millstream_wire::ErrorCode;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What the shard that owns a partition knows of it.
pub(crate) struct Partition {
    /// In the engine.
    pub(crate) id: PartitionId,
    pub(crate) epoch: Cell<LeaderEpoch>,
    pub(crate) config: RefCell<Rc<TopicConfig>>,
}

/// A batch that has its place.
pub(crate) struct Placed {
    pub(crate) appended: Appended,
    /// What the records' times were replaced with.
    pub(crate) append_time: Option<Timestamp>,
}

impl Partition {
    /// Compares the leader epoch that a client knows with the partition's; -1 is not compared.
    pub(crate) fn check_epoch(&self, known: i32) -> Result<(), ErrorCode> {
        let epoch = self.epoch.get().get();
        match known {
            -1 => Ok(()),
            known if known < epoch => Err(ErrorCode::FENCED_LEADER_EPOCH),
            known if known > epoch => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
            _ => Ok(()),
        }
    }

    /// Checks what a producer sent and appends it, waiting for room where there is none, in the
    /// order in which the calls came. It is not stable yet.
    pub(crate) async fn append(&self, shard: &Shard, bytes: &[u8]) -> Result<Placed, ErrorCode> {
        let config = Rc::clone(&self.config.borrow());
        let options =
            CheckOptions { batch_bytes_max: config.batch_bytes_max, origin: Origin::Producer };
        let batch = check(bytes, options).map_err(|error| error_map::of_batch(&error))?;
        let append_time = match config.timestamp_type {
            TimestampType::LogAppend => Some(shard.io.wall_time()),
            TimestampType::Create => None,
        };
        let mut options = AppendOptions::default().leader_epoch(self.epoch.get());
        if let Some(time) = append_time {
            options = options.append_time(time);
        }
        let appended = self.append_in_turn(shard, &batch, options).await;
        let appended = appended.map_err(|error| error_map::of_log(&error))?;
        Ok(Placed { appended, append_time })
    }

    async fn append_in_turn(
        &self,
        shard: &Shard,
        batch: &CheckedBatch<'_>,
        options: AppendOptions,
    ) -> Result<Appended, LogError> {
        if shard.appending.is_free() {
            match shard.engine.append(self.id, batch, options) {
                Err(LogError::Busy) => {}
                result => return result,
            }
        }
        let turn = shard.appending.queue();
        turn.comes().await;
        loop {
            match shard.engine.append(self.id, batch, options) {
                Err(LogError::Busy) => shard.engine.room().await,
                result => return result,
            }
        }
    }
}
