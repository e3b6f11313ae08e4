//! Batches out of the partitions of one topic.

use crate::client::error::check;
use crate::client::{Client, ClientError, TopicInfo};
use millstream_batch::{
    BatchError, Batches, CheckOptions, DecompressLimit, Origin, Record, Scratch,
};
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic};
use millstream_wire::{FetchRequest, FetchResponse};
use std::collections::BTreeMap;

/// How long a broker waits for something new; also how long a signal may go unnoticed.
const WAIT_MS: i32 = 250;
const PARTITION_BYTES_MAX: i32 = 4 << 20;
const FETCH_BYTES_MAX: i32 = 32 << 20;
/// From version 13 on topics go by their ids.
const VERSION_MAX: i16 = 12;

/// Reads partitions from where they stand.
pub(crate) struct Consumer {
    topic: TopicInfo,
    /// The next offset of each partition.
    pub(crate) positions: BTreeMap<i32, i64>,
    scratch: Scratch,
}

/// What a reader of records says to each.
pub(crate) enum Next {
    /// On with the next one.
    More,
    /// That was the last one.
    Enough,
}

impl Consumer {
    pub(crate) fn new(topic: TopicInfo, positions: BTreeMap<i32, i64>) -> Self {
        Self { topic, positions, scratch: Scratch::new() }
    }

    /// Asks each leader once, waiting a little for something new, and gives each record to `each`.
    /// A record that was given has its partition's position behind it.
    pub(crate) fn poll<E: From<ClientError>>(
        &mut self,
        client: &mut Client,
        each: &mut dyn FnMut(i32, Record<'_>) -> Result<Next, E>,
    ) -> Result<Next, E> {
        let mut leaders: BTreeMap<i32, Vec<FetchPartition>> = BTreeMap::new();
        for (index, offset) in &self.positions {
            let partition = FetchPartition {
                partition: *index,
                fetch_offset: *offset,
                partition_max_bytes: PARTITION_BYTES_MAX,
                ..FetchPartition::default()
            };
            leaders.entry(self.topic.leader(*index)?).or_default().push(partition);
        }
        for (leader, partitions) in leaders {
            let reply = client.insist(|client| self.fetch(client, leader, &partitions))?;
            let response: FetchResponse<'_> = reply.read()?;
            let answers = response.responses.iter().flat_map(|topic| &topic.partitions);
            for answer in answers {
                let batches = answer.records.borrowed().unwrap_or_default();
                if let Next::Enough = self.take(answer.partition_index, batches, each)? {
                    return Ok(Next::Enough);
                }
            }
        }
        Ok(Next::More)
    }

    fn fetch(
        &mut self,
        client: &mut Client,
        leader: i32,
        partitions: &[FetchPartition],
    ) -> Result<crate::client::Reply, ClientError> {
        let topic = FetchTopic {
            topic: &self.topic.name,
            partitions: partitions.to_vec(),
            ..FetchTopic::default()
        };
        let request = FetchRequest {
            max_wait_ms: WAIT_MS,
            min_bytes: 1,
            max_bytes: FETCH_BYTES_MAX,
            topics: vec![topic],
            ..FetchRequest::default()
        };
        let reply = client.node(leader)?.ask_up_to(&request, VERSION_MAX)?;
        let response: FetchResponse<'_> = reply.read()?;
        let name = self.topic.name.clone();
        check(response.error_code, None, || name.clone())?;
        for answer in response.responses.iter().flat_map(|topic| &topic.partitions) {
            let what = || format!("{name}/{}", answer.partition_index);
            let checked = check(answer.error_code, None, what);
            if checked.as_ref().is_err_and(ClientError::is_retriable) {
                self.topic = client.topic(&name, false)?;
            }
            checked?;
        }
        Ok(reply)
    }

    fn take<E: From<ClientError>>(
        &mut self,
        index: i32,
        batches: &[u8],
        each: &mut dyn FnMut(i32, Record<'_>) -> Result<Next, E>,
    ) -> Result<Next, E> {
        let Some(position) = self.positions.get_mut(&index) else { return Ok(Next::More) };
        let options = CheckOptions { batch_bytes_max: i32::MAX as usize, origin: Origin::Log };
        for batch in Batches::new(batches, options) {
            let batch = match batch {
                // The end of an answer may cut a batch off; it comes whole next time.
                Err(BatchError::Truncated { .. }) => break,
                batch => batch.map_err(ClientError::from)?,
            };
            let (next, is_control) = (batch.next_offset().get(), batch.is_control());
            if is_control || next <= *position {
                *position = next.max(*position);
                continue;
            }
            let records = batch.records(DecompressLimit::DEFAULT, &mut self.scratch);
            for record in records.map_err(ClientError::from)? {
                let record = record.map_err(ClientError::from)?;
                let offset = record.offset().get();
                if offset < *position {
                    continue;
                }
                let more = each(index, record)?;
                *position = offset + 1;
                if let Next::Enough = more {
                    return Ok(Next::Enough);
                }
            }
            *position = next;
        }
        Ok(Next::More)
    }
}
