//! Answers to what is not Produce: those of the protocol, and fetched batches from memory.

use super::outgoing::Outgoing;
use super::prepared::Prepared;
use crate::protocol::{Control, SERVED};
use millstream_io::Slice;
use millstream_wire::message::k01_fetch::{FetchTopic, FetchableTopicResponse, PartitionData};
use millstream_wire::{
    Encoder, FetchRequest, FetchResponse, Piece, Records, Request, RequestHeader, WireError,
    decode_request, encode_response,
};
use std::net::SocketAddr;

/// No reader ever comes to the end.
const HIGH_WATERMARK: i64 = i64::MAX / 2;

/// What one shard answers with.
pub(super) struct Answers {
    control: Control,
    prepared: Prepared,
}

impl Answers {
    pub(super) fn new(address: SocketAddr, prepared: Prepared) -> Self {
        Self { control: Control::new(address, SERVED), prepared }
    }

    /// Owes the answer to a request in its frame without the length.
    pub(super) fn answer(&self, frame: &[u8], outgoing: &Outgoing) -> Result<(), WireError> {
        let (header, request) = decode_request(frame)?;
        match &request {
            Request::Fetch(request) => self.fetch(&header, request, outgoing),
            request => outgoing.owe(0, |bytes| self.control.answer(&header, request, bytes)),
        }
    }

    fn fetch(
        &self,
        header: &RequestHeader<'_>,
        request: &FetchRequest<'_>,
        outgoing: &Outgoing,
    ) -> Result<(), WireError> {
        let mut left_bytes = usize::try_from(request.max_bytes).unwrap_or(0);
        let mut records = Vec::new();
        let mut responses = Vec::new();
        for topic in &request.topics {
            responses.push(self.fetch_topic(topic, &mut left_bytes, &mut records));
        }
        let response = FetchResponse { responses, ..FetchResponse::default() };
        let mut encoder = Encoder::new();
        let version = header.request_api_version;
        encode_response(&mut encoder, header.correlation_id, version, &response)?;
        let mut records = records.into_iter();
        let mut slices = Vec::new();
        for piece in encoder.pieces() {
            match piece {
                Piece::Encoded(bytes) => slices.push(Slice::from(bytes)),
                Piece::Gap { .. } => slices.extend(records.next().into_iter().flatten()),
            }
        }
        outgoing.owe_gathered(slices);
        Ok(())
    }

    fn fetch_topic<'a>(
        &self,
        topic: &FetchTopic<'a>,
        left_bytes: &mut usize,
        records: &mut Vec<Vec<Slice>>,
    ) -> FetchableTopicResponse<'a> {
        let mut partitions = Vec::new();
        for asked in &topic.partitions {
            let offset = u64::try_from(asked.fetch_offset).unwrap_or(0);
            let bytes_max = usize::try_from(asked.partition_max_bytes).unwrap_or(0);
            let is_spent = *left_bytes == 0;
            let slices = if is_spent {
                Vec::new()
            } else {
                self.prepared.from(offset, bytes_max.min(*left_bytes))
            };
            let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
            *left_bytes = left_bytes.saturating_sub(bytes);
            if !is_spent {
                records.push(slices);
            }
            partitions.push(PartitionData {
                partition_index: asked.partition,
                high_watermark: HIGH_WATERMARK,
                last_stable_offset: HIGH_WATERMARK,
                log_start_offset: 0,
                aborted_transactions: None,
                records: Records::Elsewhere { bytes },
                ..PartitionData::default()
            });
        }
        FetchableTopicResponse { topic: topic.topic, topic_id: topic.topic_id, partitions }
    }
}
