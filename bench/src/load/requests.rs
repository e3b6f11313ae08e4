//! Produce requests that are encoded once, all but their record batches.

use crate::client::{self, Place, STORE_TIMEOUT_MS};
use crate::failure::Failure;
use millstream_io::Slice;
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::{Encoder, ProduceRequest, Records};
use std::collections::{BTreeMap, BTreeSet};

/// What all requests of a run have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) acks: i16,
    pub(crate) version: i16,
}

/// The bytes around a batch, for each place and each size of a batch. A request's correlation id is
/// the index of its place: answers come in the order of their requests, so it needs no more.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    /// Of each place, what surrounds a batch of each size that goes there.
    by_place: Vec<BTreeMap<usize, Around>>,
}

#[derive(Clone, Debug)]
struct Around {
    before: Slice,
    after: Slice,
}

impl Requests {
    /// Encodes what surrounds the batches that go to each place, whose sizes `sizes` says.
    pub(crate) fn new(
        places: &[Place],
        sizes: impl Fn(usize) -> BTreeSet<usize>,
        terms: Terms,
    ) -> Result<Self, Failure> {
        let mut encoded = Vec::new();
        let mut ends = Vec::new();
        for (index, place) in places.iter().enumerate() {
            for size in sizes(index) {
                let mut encoder = Encoder::onto(encoded);
                encode(&mut encoder, index, place, (size, terms))?;
                let (bytes, gaps) = encoder.into_parts();
                let gap = gaps.first().map_or(bytes.len(), |gap| gap.position);
                ends.push((index, size, gap..bytes.len()));
                encoded = bytes;
            }
        }
        let encoded = Slice::from(encoded.as_slice());
        let mut by_place = vec![BTreeMap::new(); places.len()];
        let mut begin = 0;
        for (index, size, behind) in ends {
            let end = behind.end;
            let before = encoded.slice(begin..behind.start);
            by_place[index].insert(size, Around { before, after: encoded.slice(behind) });
            begin = end;
        }
        Ok(Self { by_place })
    }

    /// Adds the request that carries `batch` to a place, in pieces.
    pub(crate) fn gather(&self, place: usize, batch: Slice, into: &mut Vec<Slice>) {
        let around = self.by_place.get(place).and_then(|sizes| sizes.get(&batch.len()));
        let around = around.expect("encoded for each place and size before");
        into.push(around.before.clone());
        into.push(batch);
        if !around.after.is_empty() {
            into.push(around.after.clone());
        }
    }
}

fn encode(
    encoder: &mut Encoder,
    index: usize,
    place: &Place,
    (bytes, terms): (usize, Terms),
) -> Result<(), Failure> {
    let partition =
        PartitionProduceData { index: place.partition, records: Records::Elsewhere { bytes } };
    let topic = TopicProduceData {
        name: &place.topic,
        partition_data: vec![partition],
        ..TopicProduceData::default()
    };
    let request = ProduceRequest {
        acks: terms.acks,
        timeout_ms: STORE_TIMEOUT_MS,
        topic_data: vec![topic],
        ..ProduceRequest::default()
    };
    let correlation_id = i32::try_from(index).unwrap_or(i32::MAX);
    client::encode(encoder, &request, terms.version, correlation_id)
}

#[cfg(test)]
mod requests_test {
    use super::*;
    use crate::client::PRODUCE_VERSION_MAX;
    use millstream_wire::{Request, decode_request};

    fn place(partition: i32) -> Place {
        Place { topic: String::from("load"), partition, leader: String::new() }
    }

    #[test]
    fn a_gathered_request_is_what_the_codec_reads() {
        for version in 3..=PRODUCE_VERSION_MAX {
            let places = [place(0), place(7)];
            let batch = Slice::from(&b"records"[..]);
            let terms = Terms { acks: -1, version };
            let requests =
                Requests::new(&places, |_| BTreeSet::from([7, 9]), terms).expect("encodable");
            let mut pieces = Vec::new();
            requests.gather(1, batch, &mut pieces);
            let frame: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
            let (header, request) = decode_request(&frame[4..]).expect("a request");
            assert_eq!((header.correlation_id, header.request_api_version), (1, version));
            let Request::Produce(request) = request else { panic!("{}", request.key()) };
            let topic = &request.topic_data[0];
            assert_eq!((request.acks, topic.name), (-1, "load"));
            assert_eq!(topic.partition_data[0].index, 7);
            assert_eq!(topic.partition_data[0].records.borrowed(), Some(&b"records"[..]));
        }
    }
}
