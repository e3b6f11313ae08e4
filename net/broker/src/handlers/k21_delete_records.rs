//! DeleteRecords, versions 0 to 2: the beginnings of partitions go (KIP-107).
//!
//! - -1 stands for the high watermark; beyond that is OFFSET_OUT_OF_RANGE; before the present
//!   beginning nothing happens, and the answer says where that is.
//! - The answer comes when the new beginning is durable.
//! - A topic that is not to be deleted by policy, only compacted, is POLICY_VIOLATION, one of the
//!   broker's own INVALID_TOPIC_EXCEPTION.

use crate::asking::ask_each;
use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::shard::{Key, Shard};
use millstream_base::{Offset, PartitionIndex};
use millstream_controller::MetadataImage;
use millstream_log::LogError;
use millstream_wire::message::k21_delete_records::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use millstream_wire::{DeleteRecordsRequest, DeleteRecordsResponse, ErrorCode};
use std::rc::Rc;

const HIGH_WATERMARK: i64 = -1;

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &DeleteRecordsRequest<'_>) -> Outcome {
    let image = exchange.shard.image();
    let asked = request.topics.iter().flat_map(|topic| {
        let image = &image;
        topic.partitions.iter().map(move |asked| {
            let key = address(image, topic.name, asked.partition_index);
            key.map(|key| (key, asked.offset)).map_err(Err)
        })
    });
    let lost = || Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    let trim = async |shard: Rc<Shard>, key, offset| trim(&shard, key, offset).await;
    let mut deleted = ask_each(exchange.shard, asked.collect(), trim, lost).await.into_iter();
    let topics = request.topics.iter().map(|topic| DeleteRecordsTopicResult {
        name: topic.name,
        partitions: topic.partitions.iter().zip(deleted.by_ref()).map(response).collect(),
    });
    let topics = topics.collect();
    exchange.answer(&DeleteRecordsResponse { topics, ..DeleteRecordsResponse::default() })
}

fn response(
    (asked, deleted): (&DeleteRecordsPartition, Result<Offset, ErrorCode>),
) -> DeleteRecordsPartitionResult {
    let partition_index = asked.partition_index;
    match deleted {
        Ok(start) => DeleteRecordsPartitionResult {
            partition_index,
            low_watermark: start.get(),
            error_code: ErrorCode::NONE,
        },
        Err(error_code) => {
            DeleteRecordsPartitionResult { partition_index, low_watermark: -1, error_code }
        }
    }
}

fn address(image: &MetadataImage, name: &str, index: i32) -> Result<Key, ErrorCode> {
    let index = PartitionIndex::new(index);
    let topic = image.topic(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    topic.partition(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if topic.is_internal() {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    Ok((topic.id(), index))
}

/// Runs on the owner; gives the new beginning.
async fn trim(shard: &Shard, key: Key, offset: i64) -> Result<Offset, ErrorCode> {
    let partition = shard.partition(key).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let (engine, id) = (&shard.engine, partition.id);
    let log_error = |error: LogError| error_map::of_log(&error);
    if !partition.config.borrow().cleanup.delete {
        return Err(ErrorCode::POLICY_VIOLATION);
    }
    // A relaxed topic acknowledges what is not stable yet, and what was acknowledged may be named.
    let found = engine.watermarks(id).map_err(log_error)?;
    if found.stable < found.next && !(0..=found.stable.get()).contains(&offset) {
        engine.flush().await.map_err(log_error)?;
    }
    let end = engine.watermarks(id).map_err(log_error)?.stable;
    let start = match offset {
        HIGH_WATERMARK => end,
        0.. => Offset::new(offset),
        _ => return Err(ErrorCode::OFFSET_OUT_OF_RANGE),
    };
    loop {
        match engine.trim(id, start).await {
            // What frees a full disk does not wait for it to have room.
            Err(LogError::Busy) => engine.buffers().await,
            trimmed => {
                trimmed.map_err(log_error)?;
                return Ok(engine.watermarks(id).map_err(log_error)?.start);
            }
        }
    }
}
