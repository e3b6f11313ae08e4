//! Records to bytes and back, bytes that are none, and the whole log of an image.

use super::encode::VERSION;
use super::*;
use crate::MetadataImage;
use crate::image::Listener;
use millstream_base::{LeaderEpoch, Timestamp};
use millstream_batch::{BatchError, CheckOptions, Origin, check};
use proptest::prelude::*;

fn bytes_of(record: &MetadataRecord) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(record, &mut bytes);
    bytes
}

fn topic_ids() -> impl Strategy<Value = TopicId> {
    any::<[u8; 16]>().prop_filter_map("zero", |bytes| TopicId::new(Uuid::from_bytes(bytes)))
}

fn nodes() -> impl Strategy<Value = Vec<NodeId>> {
    prop::collection::vec(any::<i32>().prop_map(NodeId::new), 0..4)
}

fn partitions() -> impl Strategy<Value = Partition> {
    (any::<[i32; 3]>(), nodes(), nodes()).prop_map(|(numbers, replicas, in_sync)| Partition {
        leader: NodeId::new(numbers[0]),
        leader_epoch: LeaderEpoch::new(numbers[1]),
        partition_epoch: numbers[2],
        replicas,
        in_sync,
    })
}

fn brokers() -> impl Strategy<Value = Broker> {
    let listener = (".{0,9}", ".{0,9}", any::<u16>());
    let listeners = prop::collection::vec(listener, 0..3);
    let parts = (any::<i32>(), any::<i64>(), any::<[u8; 16]>());
    (parts, prop::option::of(".{0,9}"), listeners).prop_map(|(parts, rack, listeners)| Broker {
        node: NodeId::new(parts.0),
        epoch: parts.1,
        incarnation: Uuid::from_bytes(parts.2),
        rack,
        listeners: listeners
            .into_iter()
            .map(|(name, host, port)| Listener { name, host, port })
            .collect(),
    })
}

fn resources() -> impl Strategy<Value = Resource> {
    prop_oneof![
        topic_ids().prop_map(Resource::Topic),
        any::<i32>().prop_map(|node| Resource::Broker(NodeId::new(node))),
        Just(Resource::Cluster),
        ".{0,9}".prop_map(|name| Resource::Group(Arc::from(name))),
        ".{0,9}".prop_map(|name| Resource::ClientMetrics(Arc::from(name))),
    ]
}

fn records() -> impl Strategy<Value = MetadataRecord> {
    let config = (resources(), ".{0,9}", prop::option::of(".{0,9}"));
    prop_oneof![
        Just(MetadataRecord::Reset),
        any::<[u8; 16]>().prop_map(|id| MetadataRecord::Cluster { id: Uuid::from_bytes(id) }),
        brokers().prop_map(MetadataRecord::Broker),
        (topic_ids(), ".{0,9}")
            .prop_map(|(id, name)| MetadataRecord::Topic { id, name: Arc::from(name) }),
        topic_ids().prop_map(|id| MetadataRecord::TopicRemoved { id }),
        (topic_ids(), 0..i32::MAX, partitions()).prop_map(|(topic, index, partition)| {
            MetadataRecord::Partition { topic, index: PartitionIndex::new(index), partition }
        }),
        config.prop_map(|(resource, name, value)| MetadataRecord::Config { resource, name, value }),
        (0..i64::MAX).prop_map(|next| MetadataRecord::ProducerIds { next: ProducerId::new(next) }),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(record in records()) {
        let bytes = bytes_of(&record);
        prop_assert_eq!(decode(&bytes), Ok(record));
        for end in 0..bytes.len() {
            prop_assert_eq!(decode(&bytes[..end]), Err(RecordFault::Truncated), "{}", end);
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        prop_assert_eq!(decode(&longer), Err(RecordFault::TrailingBytes { count: 1 }));
    }

    #[test]
    fn any_bytes_are_a_record_or_a_fault(head in 0_u8..9, bytes in any::<Vec<u8>>()) {
        let bytes = [&[head, VERSION], bytes.as_slice()].concat();
        if let Ok(record) = decode(&bytes) {
            prop_assert_eq!(bytes_of(&record), bytes, "one way to write each");
        }
    }

    #[test]
    fn any_record_is_applied_or_changes_nothing(records in prop::collection::vec(records(), 0..9)) {
        let mut image = MetadataImage::default();
        for record in &records {
            let before = image.clone();
            if image.apply(record).is_err() {
                prop_assert_eq!(&image, &before);
            }
        }
        let mut again = MetadataImage::default();
        for record in image.records() {
            prop_assert_eq!(again.apply(&record), Ok(()), "{:?}", record);
        }
        prop_assert_eq!(again, image);
    }
}

#[test]
fn newer_records_are_refused_not_skipped() {
    for (kind, version) in [(0, VERSION + 1), (8, 1), (5, 9), (255, 255)] {
        let newer = Err(RecordFault::Newer { kind, version });
        assert_eq!(decode(&[kind, version, 1, 2, 3]), newer);
    }
    assert_eq!(decode(&[0, 0]), Err(RecordFault::Malformed { field: "version" }));
    let text = RecordFault::Newer { kind: 8, version: 1 }.to_string();
    assert!(text.contains("newer program"), "{text}");
}

#[test]
fn declared_sizes_take_no_memory() {
    let topic = [1_u8; 16];
    let numbers = [0_u8; 16];
    let huge = u32::MAX.to_le_bytes();
    let partition = [&[5, 1], topic.as_slice(), &numbers, &huge].concat();
    assert_eq!(decode(&partition), Err(RecordFault::Truncated));
    let name = [&[3, 1], topic.as_slice(), &(u32::MAX - 1).to_le_bytes()].concat();
    assert_eq!(decode(&name), Err(RecordFault::Truncated));
    let absent = [&[3, 1], topic.as_slice(), &huge].concat();
    assert_eq!(decode(&absent), Err(RecordFault::Malformed { field: "name" }));
}

#[test]
fn impossible_fields_are_named() {
    let zero_topic = [&[4, 1], [0_u8; 16].as_slice()].concat();
    let negative = [&[7, 1], (-1_i64).to_le_bytes().as_slice()].concat();
    let no_text = [&[3, 1], [1_u8; 16].as_slice(), &1_u32.to_le_bytes(), &[0xff]].concat();
    for (bytes, field) in [
        (zero_topic, "topic"),
        (negative, "next"),
        (no_text, "name"),
        (vec![6, 1, 9], "resource"),
        ([&[5, 1], [1_u8; 16].as_slice(), &[0xff; 4]].concat(), "index"),
    ] {
        assert_eq!(decode(&bytes), Err(RecordFault::Malformed { field }));
    }
}

#[test]
fn a_batch_holds_the_records_of_a_command_in_their_order() {
    let records = [
        MetadataRecord::Cluster { id: Uuid::from_bytes([7; 16]) },
        MetadataRecord::ProducerIds { next: ProducerId::new(5) },
    ];
    let bytes = encode_batch(&records, Timestamp::new(1000)).expect("fits");
    let options =
        CheckOptions { batch_bytes_max: METADATA_BATCH_BYTES_MAX, origin: Origin::Producer };
    let batch = check(&bytes, options).expect("a batch");
    let read = decode_batch(&batch).expect("records");
    assert!(read.iter().map(|(_, record)| record).eq(&records));
    assert_eq!(read[1].0.get(), 1);
    assert_eq!(encode_batch(&[], Timestamp::new(1)), Err(BatchError::Empty));
}

#[test]
fn a_batch_with_another_record_says_where() {
    let mut builder = millstream_batch::BatchBuilder::new(Default::default());
    let good = bytes_of(&MetadataRecord::Reset);
    builder.append(Timestamp::new(1), None, Some(&good), &[]).expect("fits");
    builder.append(Timestamp::new(1), None, None, &[]).expect("fits");
    let bytes = builder.finish().expect("a batch").to_vec();
    let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Producer };
    let fault = decode_batch(&check(&bytes, options).expect("a batch")).expect_err("no record");
    let offset = millstream_base::Offset::new(1);
    assert_eq!(fault, ReplayFault::Record { offset, fault: RecordFault::Truncated });
    assert!(fault.to_string().contains("record 1"), "{fault}");
}
