//! Content of internal records: the version before it, and what other releases write.

use millstream_wire::codec::Blob;
use millstream_wire::record::consumer_protocol::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicPartition,
};
use millstream_wire::record::group_metadata::GroupMetadataKey;
use millstream_wire::record::offset_commit::{OffsetCommitKey, OffsetCommitValue};
use millstream_wire::record::{
    GroupRecordKey, decode_extensible, decode_versioned, encode_versioned,
};
use millstream_wire::{Encoder, WireError};

#[test]
fn the_version_of_a_key_says_what_it_is() {
    let offset = [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 3];
    let key = OffsetCommitKey { group: "g", topic: "t", partition: 3 };
    assert_eq!(GroupRecordKey::decode(&offset), Ok(GroupRecordKey::OffsetCommit(key.clone())));
    let mut encoder = Encoder::new();
    encode_versioned(&mut encoder, 1, &key).expect("sound");
    assert_eq!(encoder.bytes(), offset);

    let group = [0, 2, 0, 1, b'g'];
    let key = GroupRecordKey::GroupMetadata(GroupMetadataKey { group: "g" });
    assert_eq!(GroupRecordKey::decode(&group), Ok(key));
    let unknown = [0, 3, 0, 1, b'g'];
    assert_eq!(GroupRecordKey::decode(&unknown), Ok(GroupRecordKey::Unknown { version: 3 }));
}

#[test]
fn a_key_that_is_not_sound_is_refused() {
    let refused = GroupRecordKey::decode(&[0]);
    assert!(matches!(refused, Err(WireError::Truncated { field: "version", .. })), "{refused:?}");
    for end in 2..11 {
        let offset = [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 3];
        assert!(GroupRecordKey::decode(&offset[..end]).is_err(), "cut at {end}");
    }
    let refused = GroupRecordKey::decode(&[0, 2, 0, 1, b'g', 0]);
    assert!(matches!(refused, Err(WireError::TrailingBytes { .. })), "{refused:?}");
}

#[test]
fn a_value_of_the_first_version_has_no_epoch() {
    let bytes = [&[0, 0][..], &[0, 0, 0, 0, 0, 0, 0, 42], &[0, 1, b'm'], &[0; 8]].concat();
    let value = OffsetCommitValue { offset: 42, metadata: "m", ..OffsetCommitValue::default() };
    assert_eq!(value.leader_epoch, -1);
    assert_eq!(decode_versioned(&bytes), Ok((0, value.clone())));
    // Writing it so drops what it cannot carry, as Kafka does.
    let mut encoder = Encoder::new();
    let value = OffsetCommitValue { leader_epoch: 5, ..value };
    encode_versioned(&mut encoder, 0, &value).expect("ignorable");
    assert_eq!(encoder.bytes(), bytes);
}

#[test]
fn a_value_of_an_unknown_version_is_refused() {
    let refused = decode_versioned::<OffsetCommitValue<'_>>(&[0, 5, 0, 0]).map(drop);
    let message = "OffsetCommitValue";
    let expected =
        WireError::UnsupportedVersion { message, got: 5, expected_min: 0, expected_max: 4 };
    assert_eq!(refused, Err(expected));
}

#[test]
fn consumers_of_later_releases_are_understood() {
    // Version 9: the fields of version 3, and four bytes that we know nothing of.
    let bytes = [
        &[0, 9, 0, 0, 0, 1, 0, 1, b't'][..],
        &[0, 0, 0, 1, 7],
        &[0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 1, 0, 0, 0, 5],
        &[0, 0, 0, 3, 0, 1, b'r'],
        &[1, 2, 3, 4],
    ]
    .concat();
    let expected = ConsumerProtocolSubscription {
        topics: vec!["t"],
        user_data: Some(Blob(&[7])),
        owned_partitions: vec![TopicPartition { topic: "t", partitions: vec![5] }],
        generation_id: 3,
        rack_id: Some("r"),
    };
    assert_eq!(decode_extensible(&bytes), Ok((9, expected)));
    // An assignment of no bytes at all is not one; an empty one has a version.
    assert!(decode_extensible::<ConsumerProtocolAssignment<'_>>(&[]).is_err());
    let empty = decode_extensible(&[0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(empty, Ok((0, ConsumerProtocolAssignment::default())));
}
