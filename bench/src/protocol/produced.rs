//! Answers to Produce without decoding it each time: most requests of a connection differ from the
//! one before in their number, their partition and their records, and so do the answers.

use millstream_wire::message::k00_produce::{
    PartitionProduceData, PartitionProduceResponse, TopicProduceData, TopicProduceResponse,
};
use millstream_wire::{
    ApiKey, Encoder, ProduceRequest, ProduceResponse, Records, Request, RequestHeader, WireError,
    decode_request, encode_request, encode_response,
};

/// Bytes of the length before a frame.
const LENGTH_BYTES: usize = 4;
/// Where the correlation id lies in a request, and what lies before it.
const REQUEST_ID_POSITION: usize = 4;
/// Where the correlation id lies in an answer with its length.
const ANSWER_ID_POSITION: usize = LENGTH_BYTES;
const ID_BYTES: usize = 4;
const INDEX_BYTES: usize = 4;
/// Two partitions whose bytes differ in each place.
const PARTITIONS_APART: [i32; 2] = [0, -1];

/// How to answer requests like the last one.
#[derive(Debug, Default)]
pub struct ProduceAnswers {
    last: Option<Template>,
}

/// A request for one partition, up to the partition, and its answer.
#[derive(Debug)]
struct Template {
    request: Vec<u8>,
    /// Empty if none is owed.
    answer: Vec<u8>,
    answer_index_position: usize,
}

impl ProduceAnswers {
    /// Appends the answer, if one is owed, to a request in its frame without the length.
    ///
    /// # Errors
    /// It is no sound Produce.
    pub fn answer(&mut self, frame: &[u8], answer: &mut Vec<u8>) -> Result<(), WireError> {
        if self.last.as_ref().is_some_and(|template| template.answer(frame, answer)) {
            return Ok(());
        }
        let (header, request) = decode_request(frame)?;
        let Request::Produce(request) = request else {
            return Err(WireError::UnknownApi { got: header.request_api_key });
        };
        self.last = Template::of(&header, &request);
        if request.acks != 0 {
            answer.extend(encode(&header, &response(&request, None))?);
        }
        Ok(())
    }
}

impl Template {
    /// `None` where the request is for another number of partitions than one.
    fn of(header: &RequestHeader<'_>, request: &ProduceRequest<'_>) -> Option<Self> {
        let [topic] = &*request.topic_data else { return None };
        let [_] = &*topic.partition_data else { return None };
        let requests = PARTITIONS_APART.map(|index| request_up_to_records(header, request, index));
        let [Some(first), Some(other)] = requests else { return None };
        let request_index_position = first_difference(&first, &other)?;
        let answers = PARTITIONS_APART
            .map(|index| encode(header, &response(request, Some(index))).unwrap_or_default());
        let answer_index_position = first_difference(&answers[0], &answers[1])?;
        let [answer, _] = if request.acks == 0 { Default::default() } else { answers };
        let request = first[LENGTH_BYTES..request_index_position].to_vec();
        Some(Self { request, answer, answer_index_position })
    }

    /// Whether it is the answer to this request, which is then appended.
    fn answer(&self, frame: &[u8], answer: &mut Vec<u8>) -> bool {
        let Some((known, rest)) = frame.split_at_checked(self.request.len()) else { return false };
        let behind_id = REQUEST_ID_POSITION + ID_BYTES;
        let is_alike = known[..REQUEST_ID_POSITION] == self.request[..REQUEST_ID_POSITION]
            && known[behind_id..] == self.request[behind_id..];
        let Some(index) = rest.first_chunk::<INDEX_BYTES>() else { return false };
        if is_alike && !self.answer.is_empty() {
            let begin = answer.len();
            answer.extend_from_slice(&self.answer);
            let new = &mut answer[begin..];
            new[ANSWER_ID_POSITION..ANSWER_ID_POSITION + ID_BYTES]
                .copy_from_slice(&known[REQUEST_ID_POSITION..behind_id]);
            new[self.answer_index_position..self.answer_index_position + INDEX_BYTES]
                .copy_from_slice(index);
        }
        is_alike
    }
}

/// The frame of a request like this one for another partition, up to the bytes of its records.
fn request_up_to_records(
    header: &RequestHeader<'_>,
    request: &ProduceRequest<'_>,
    index: i32,
) -> Option<Vec<u8>> {
    let topic = request.topic_data.first()?;
    let bytes = topic.partition_data.first()?.records.size_bytes().filter(|bytes| *bytes > 0)?;
    let partition = PartitionProduceData { index, records: Records::Elsewhere { bytes } };
    let topic = TopicProduceData { partition_data: vec![partition], ..topic.clone() };
    let request = ProduceRequest { topic_data: vec![topic], ..request.clone() };
    let mut encoder = Encoder::new();
    encode_request(&mut encoder, header, &request).ok()?;
    let records_position = encoder.gaps().first()?.position;
    Some(encoder.bytes()[..records_position].to_vec())
}

/// The answer to a request: all went well, at offset 0; in `index` if that is given.
fn response<'a>(request: &ProduceRequest<'a>, index: Option<i32>) -> ProduceResponse<'a> {
    let partition = |partition: &PartitionProduceData<'_>| PartitionProduceResponse {
        index: index.unwrap_or(partition.index),
        ..PartitionProduceResponse::default()
    };
    let topic = |topic: &TopicProduceData<'a>| TopicProduceResponse {
        name: topic.name,
        topic_id: topic.topic_id,
        partition_responses: topic.partition_data.iter().map(partition).collect(),
    };
    let responses = request.topic_data.iter().map(topic).collect();
    ProduceResponse { responses, ..ProduceResponse::default() }
}

fn encode(
    header: &RequestHeader<'_>,
    response: &ProduceResponse<'_>,
) -> Result<Vec<u8>, WireError> {
    assert_eq!(header.request_api_key, ApiKey::Produce.code(), "only Produce comes here");
    let mut encoder = Encoder::new();
    let version = header.request_api_version;
    encode_response(&mut encoder, header.correlation_id, version, response)?;
    Ok(encoder.into_parts().0)
}

fn first_difference(left: &[u8], right: &[u8]) -> Option<usize> {
    left.iter().zip(right).position(|(left, right)| left != right)
}

#[cfg(test)]
#[path = "produced_test.rs"]
mod produced_test;
