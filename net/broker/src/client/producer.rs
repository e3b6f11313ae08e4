//! Batches into partitions, once each where the broker knows idempotent producers.

use crate::cli::record::NewRecord;
use crate::client::error::check;
use crate::client::{Client, ClientError, TopicInfo, wall_ms};
use clap::ValueEnum;
use millstream_base::{ProducerEpoch, ProducerId, Sequence, Timestamp};
use millstream_batch::{
    BatchBuilder, BatchError, BuilderOptions, Compression, Producer as BatchProducer, RecordHeader,
};
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::{
    ErrorCode, InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, ProduceResponse,
    Records,
};
use std::collections::BTreeMap;

/// How long a broker may take to store a batch.
const TIMEOUT_MS: i32 = 30_000;
/// What is sent at once, about.
const FLUSH_BYTES: usize = 1 << 20;
/// From version 13 on topics go by their ids.
const VERSION_MAX: i16 = 12;

/// What an acknowledgement means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Acks {
    /// All in-sync replicas have the records.
    All,
    /// The leader has them.
    #[value(name = "1")]
    Leader,
    /// Nothing is waited for.
    #[value(name = "0")]
    None,
}

/// Gathers records of one topic, and sends them.
pub(crate) struct Producer {
    topic: TopicInfo,
    acks: Acks,
    compression: Compression,
    identity: Option<(ProducerId, ProducerEpoch)>,
    sequences: BTreeMap<i32, i32>,
    builders: BTreeMap<i32, BatchBuilder>,
    /// Where records go that nobody has a place for; the next one after each flush.
    roaming: usize,
}

struct Batch {
    index: i32,
    bytes: Vec<u8>,
}

impl Producer {
    pub(crate) fn new(
        client: &mut Client,
        topic: TopicInfo,
        acks: Acks,
        compression: Compression,
    ) -> Result<Self, ClientError> {
        // Kafka gives once-each only together with the acknowledgement of all.
        let identity = if acks == Acks::All { client.insist(identity)? } else { None };
        let (sequences, builders) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { topic, acks, compression, identity, sequences, builders, roaming: 0 })
    }

    pub(crate) fn topic(&self) -> &TopicInfo {
        &self.topic
    }

    /// Adds a record to its partition's batch; a full one is sent first.
    pub(crate) fn add(
        &mut self,
        client: &mut Client,
        partition: Option<i32>,
        record: &NewRecord,
    ) -> Result<(), ClientError> {
        let index = partition.unwrap_or_else(|| {
            let partitions = &self.topic.partitions;
            partitions[self.roaming % partitions.len()].index
        });
        self.topic.leader(index)?;
        match self.append(index, record) {
            Err(BatchError::Full { .. }) if !self.builder(index).is_empty() => {
                self.flush(client)?;
                Ok(self.append(index, record)?)
            }
            result => Ok(result?),
        }
    }

    fn append(&mut self, index: i32, record: &NewRecord) -> Result<(), BatchError> {
        let headers: Vec<RecordHeader<'_>> = record
            .headers
            .iter()
            .map(|(key, value)| RecordHeader { key: key.as_bytes(), value: value.as_deref() })
            .collect();
        let timestamp = Timestamp::new(record.timestamp.unwrap_or_else(wall_ms));
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        self.builder(index).append(timestamp, key, value, &headers)
    }

    fn builder(&mut self, index: i32) -> &mut BatchBuilder {
        let options = self.options(index);
        self.builders.entry(index).or_insert_with(|| BatchBuilder::new(options))
    }

    fn options(&self, index: i32) -> BuilderOptions {
        let sequence = self.sequences.get(&index).copied().unwrap_or(0);
        let producer = self.identity.map(|(id, epoch)| BatchProducer {
            id,
            epoch,
            base_sequence: Sequence::new(sequence),
        });
        BuilderOptions { compression: self.compression, producer, ..BuilderOptions::default() }
    }

    /// Whether it is time to flush.
    pub(crate) fn is_enough(&self) -> bool {
        let bytes: usize = self.builders.values().map(BatchBuilder::estimated_bytes).sum();
        bytes >= FLUSH_BYTES
    }

    /// Sends everything, and returns when it is acknowledged.
    pub(crate) fn flush(&mut self, client: &mut Client) -> Result<(), ClientError> {
        let mut waiting = Vec::new();
        for (index, mut builder) in std::mem::take(&mut self.builders) {
            if builder.is_empty() {
                continue;
            }
            let record_count = builder.record_count();
            waiting.push(Batch { index, bytes: builder.finish()?.to_vec() });
            let sequence = self.sequences.entry(index).or_insert(0);
            *sequence = sequence_after(*sequence, record_count);
        }
        self.roaming += 1;
        client.insist(|client| self.send(client, &mut waiting))
    }

    /// Sends what waits; what is acknowledged waits no more.
    fn send(&mut self, client: &mut Client, waiting: &mut Vec<Batch>) -> Result<(), ClientError> {
        while let Some(first) = waiting.first() {
            let leader = self.topic.leader(first.index)?;
            let is_own =
                |batch: &Batch| self.topic.leader(batch.index).is_ok_and(|it| it == leader);
            let own: Vec<&Batch> = waiting.iter().filter(|batch| is_own(batch)).collect();
            let refused = self.send_to(client, leader, &own)?;
            let sent: Vec<i32> = own.iter().map(|batch| batch.index).collect();
            waiting
                .retain(|batch| !sent.contains(&batch.index) || refused.contains_key(&batch.index));
            if let Some((index, (error, message))) = refused.into_iter().next() {
                if error.is_retriable() {
                    self.topic = client.topic(&self.topic.name, true)?;
                }
                let what = format!("{}/{index}", self.topic.name);
                return Err(ClientError::refused(what, error, message));
            }
        }
        Ok(())
    }

    /// Sends to one broker; gives the partitions that it refused.
    fn send_to(
        &self,
        client: &mut Client,
        leader: i32,
        batches: &[&Batch],
    ) -> Result<BTreeMap<i32, (ErrorCode, Option<String>)>, ClientError> {
        let data = batches.iter().map(|batch| PartitionProduceData {
            index: batch.index,
            records: Records::Borrowed(&batch.bytes),
        });
        let topic = TopicProduceData {
            name: &self.topic.name,
            partition_data: data.collect(),
            ..TopicProduceData::default()
        };
        let acks = match self.acks {
            Acks::All => -1,
            Acks::Leader => 1,
            Acks::None => 0,
        };
        let request = ProduceRequest {
            transactional_id: None,
            acks,
            timeout_ms: TIMEOUT_MS,
            topic_data: vec![topic],
        };
        let connection = client.node(leader)?;
        if self.acks == Acks::None {
            connection.tell_up_to(&request, VERSION_MAX)?;
            return Ok(BTreeMap::new());
        }
        let reply = connection.ask_up_to(&request, VERSION_MAX)?;
        let response: ProduceResponse<'_> = reply.read()?;
        let answers = response.responses.iter().flat_map(|topic| &topic.partition_responses);
        // A batch that was sent twice is there once, which is what was wanted.
        let is_refused =
            |error: ErrorCode| !error.is_none() && error != ErrorCode::DUPLICATE_SEQUENCE_NUMBER;
        let refused = answers.filter(|answer| is_refused(answer.error_code));
        let reason = |message: Option<&str>| message.map(str::to_owned);
        let refused = refused.map(|it| (it.index, (it.error_code, reason(it.error_message))));
        Ok(refused.collect())
    }
}

/// An id for a producer; `None` from a broker that gives none.
fn identity(client: &mut Client) -> Result<Option<(ProducerId, ProducerEpoch)>, ClientError> {
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        ..InitProducerIdRequest::default()
    };
    let reply = match client.any().ask(&request) {
        Err(ClientError::Unsupported(_)) => return Ok(None),
        reply => reply?,
    };
    let response: InitProducerIdResponse = reply.read()?;
    check(response.error_code, None, || String::from("a producer's id"))?;
    let epoch = ProducerEpoch::new(response.producer_epoch);
    Ok(Some((ProducerId::new(response.producer_id), epoch)))
}

/// The sequence behind a batch.
//= KIP-98: after the last one comes 0.
fn sequence_after(sequence: i32, record_count: u32) -> i32 {
    let next = (i64::from(sequence) + i64::from(record_count)) % (i64::from(i32::MAX) + 1);
    i32::try_from(next).expect("less than what it was divided by")
}

#[cfg(test)]
mod producer_test {
    use super::*;

    #[test]
    fn sequences_begin_again_after_the_last_one() {
        assert_eq!(sequence_after(0, 5), 5);
        assert_eq!(sequence_after(i32::MAX, 1), 0);
        assert_eq!(sequence_after(i32::MAX - 1, 3), 1);
    }
}
