//! Golden records, byte by byte as Kafka's definitions have them, and lies.

use super::*;
use crate::error::RecordError;

const OFFSET_KEY: &[u8] = b"\x00\x01\x00\x01g\x00\x05topic\x00\x00\x00\x07";
const GROUP_KEY: &[u8] = b"\x00\x02\x00\x01g";

fn offset_key() -> OffsetKey {
    let (group, topic) = (GroupId::from("g"), TopicName::from("topic"));
    OffsetKey { group, topic, partition: PartitionIndex::new(7) }
}

fn committed(expires_at: Option<i64>) -> CommittedOffset {
    let epoch = if expires_at.is_some() { -1 } else { 9 };
    CommittedOffset {
        offset: Offset::new(0x0102),
        leader_epoch: LeaderEpoch::new(epoch),
        note: Note::new("hi"),
        committed_at: Timestamp::new(0x0304),
        expires_at: expires_at.map(Timestamp::new),
    }
}

fn group() -> GroupRecord {
    let member = MemberRecord {
        id: MemberId::from("m"),
        instance: Some(InstanceId::from("i")),
        client_id: ClientName::from("c"),
        client_host: ClientName::from("/h"),
        rebalance_timeout_ms: 60_000,
        session_timeout_ms: 10_000,
        subscription: Payload::from(b"sub".as_slice()),
        assignment: Payload::from(b"".as_slice()),
    };
    GroupRecord {
        protocol_type: ProtocolType::from("consumer"),
        generation: Generation::new(5),
        protocol: Some(ProtocolName::from("range")),
        leader: Some(MemberId::from("m")),
        state_since: Timestamp::new(0x0506),
        members: vec![member],
    }
}

fn golden_group(version: u8) -> Vec<u8> {
    let mut bytes = vec![0, version];
    bytes.extend(b"\x00\x08consumer\x00\x00\x00\x05\x00\x05range\x00\x01m");
    if version >= 2 {
        bytes.extend(b"\0\0\0\0\0\0\x05\x06");
    }
    bytes.extend(b"\0\0\0\x01\x00\x01m");
    if version >= 3 {
        bytes.extend(b"\x00\x01i");
    }
    bytes.extend(b"\x00\x01c\x00\x02/h");
    if version >= 1 {
        bytes.extend(60_000_i32.to_be_bytes());
    }
    bytes.extend(10_000_i32.to_be_bytes());
    bytes.extend(b"\0\0\0\x03sub\0\0\0\0");
    bytes
}

#[test]
fn the_offset_record_is_kafkas() {
    let plain = b"\x00\x03\0\0\0\0\0\0\x01\x02\0\0\0\x09\x00\x02hi\0\0\0\0\0\0\x03\x04";
    let expiring =
        b"\x00\x01\0\0\0\0\0\0\x01\x02\x00\x02hi\0\0\0\0\0\0\x03\x04\0\0\0\0\0\0\x07\x08";
    let key = offset_key();
    for (golden, value) in
        [(plain.as_slice(), committed(None)), (expiring.as_slice(), committed(Some(0x0708)))]
    {
        let record = encode_offset(&key.group, &key.topic, key.partition, Some(&value));
        assert_eq!((&*record.key, record.value.as_deref()), (OFFSET_KEY, Some(golden)));
        let expected = Entry::Offset { key: key.clone(), value: Some(value) };
        assert_eq!(decode(OFFSET_KEY, Some(golden)), Ok(expected));
    }
    let tombstone = encode_offset(&key.group, &key.topic, key.partition, None);
    assert_eq!((&*tombstone.key, tombstone.value), (OFFSET_KEY, None));
    assert_eq!(decode(OFFSET_KEY, None), Ok(Entry::Offset { key, value: None }));
}

#[test]
fn the_group_record_is_kafkas() {
    let id = GroupId::from("g");
    let record = encode_group(&id, Some(&group()));
    assert_eq!((&*record.key, record.value.as_deref()), (GROUP_KEY, Some(&*golden_group(3))));
    let expected = Entry::Group { group: id.clone(), value: Some(group()) };
    assert_eq!(decode(GROUP_KEY, Some(&golden_group(3))), Ok(expected));
    let tombstone = encode_group(&id, None);
    assert_eq!((&*tombstone.key, tombstone.value), (GROUP_KEY, None));
    assert_eq!(decode(GROUP_KEY, None), Ok(Entry::Group { group: id, value: None }));
}

#[test]
fn older_versions_are_read_with_what_they_lack() {
    for version in 0..3 {
        let mut expected = group();
        expected.members[0].instance = None;
        if version < 2 {
            expected.state_since = Timestamp::NONE;
        }
        if version < 1 {
            expected.members[0].rebalance_timeout_ms = 10_000;
        }
        let group = GroupId::from("g");
        let expected = Entry::Group { group, value: Some(expected) };
        assert_eq!(decode(GROUP_KEY, Some(&golden_group(version))), Ok(expected), "{version}");
    }
    let key = b"\x00\x00\x00\x01g\x00\x05topic\x00\x00\x00\x07";
    for version in [0, 2] {
        let mut bytes = vec![0, version];
        bytes.extend(b"\0\0\0\0\0\0\x01\x02\x00\x02hi\0\0\0\0\0\0\x03\x04");
        let value = CommittedOffset { leader_epoch: LeaderEpoch::NONE, ..committed(None) };
        let expected = Entry::Offset { key: offset_key(), value: Some(value) };
        assert_eq!(decode(key, Some(&bytes)), Ok(expected), "{version}");
    }
}

#[test]
fn version_4_has_compact_lengths_and_unknown_tags() {
    let offset = b"\x00\x04\0\0\0\0\0\0\x01\x02\0\0\0\x09\x03hi\0\0\0\0\0\0\x03\x04\x01\x05\x02ab";
    let expected = Entry::Offset { key: offset_key(), value: Some(committed(None)) };
    assert_eq!(decode(OFFSET_KEY, Some(offset)), Ok(expected));

    let mut bytes =
        b"\x00\x04\x09consumer\0\0\0\x05\x06range\x02m\0\0\0\0\0\0\x05\x06\x02".to_vec();
    bytes.extend(b"\x02m\x02i\x02c\x03/h");
    bytes.extend(60_000_i32.to_be_bytes());
    bytes.extend(10_000_i32.to_be_bytes());
    bytes.extend(b"\x04sub\x01\x00\x00");
    let expected = Entry::Group { group: GroupId::from("g"), value: Some(group()) };
    assert_eq!(decode(GROUP_KEY, Some(&bytes)), Ok(expected));
}

#[test]
fn records_of_other_protocols_are_left_alone() {
    assert_eq!(decode(b"\x00\x03anything", Some(b"x")), Ok(Entry::Foreign { kind: 3 }));
    assert_eq!(decode(b"\xff\xff", None), Ok(Entry::Foreign { kind: -1 }));
    let newer = decode(GROUP_KEY, Some(b"\x00\x05"));
    assert_eq!(newer, Err(RecordError::Version { got: 5, expected_max: 4 }));
    let newer = decode(OFFSET_KEY, Some(b"\xff\xff"));
    assert_eq!(newer, Err(RecordError::Version { got: -1, expected_max: 4 }));
}

/// Each cut and each flipped bit of each version is an error or another record, and no panic.
#[test]
fn no_cut_and_no_flip_panics() {
    for version in 0..4 {
        let golden = golden_group(version);
        for length in 0..golden.len() {
            assert!(decode(GROUP_KEY, Some(&golden[..length])).is_err(), "{version} {length}");
        }
        for bit in 0..golden.len() * 8 {
            let mut flipped = golden.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped[1] = if bit < 16 { 4 } else { flipped[1] };
            let _ = decode(GROUP_KEY, Some(&flipped));
        }
        let longer = [golden.as_slice(), b"\0"].concat();
        let trailing = RecordError::TrailingBytes { position: golden.len() };
        assert_eq!(decode(GROUP_KEY, Some(&longer)), Err(trailing));
    }
    for length in 0..OFFSET_KEY.len() {
        assert!(decode(&OFFSET_KEY[..length], None).is_err());
    }
}

/// Counts and lengths far beyond the bytes take no memory and are errors where they stand.
#[test]
fn lying_counts_are_caught_before_memory_is_taken() {
    let head = b"\x00\x03\x00\x00\0\0\0\x05\xff\xff\xff\xff\0\0\0\0\0\0\x05\x06";
    for count in [i32::MAX, i32::MIN, -1, 1] {
        let bytes = [head.as_slice(), &count.to_be_bytes()].concat();
        let expected = RecordError::Length { position: head.len() };
        assert_eq!(decode(GROUP_KEY, Some(&bytes)), Err(expected), "{count}");
    }
    let empty = [head.as_slice(), &[0; 4]].concat();
    assert!(decode(GROUP_KEY, Some(&empty)).is_ok());

    // Compact: a count of 2^32 - 2, a number of 33 bits, an endless number, 65 tags.
    let head = b"\x00\x04\x01\0\0\0\x05\x00\x00\0\0\0\0\0\0\x05\x06";
    for (tail, position) in [
        (b"\xff\xff\xff\xff\x0f".as_slice(), 17),
        (b"\xff\xff\xff\xff\x1f", 17),
        (b"\xff\xff\xff\xff\xff\xff", 17),
        (b"\x01\x41", 18),
        (b"\x01\x01\x00\xff\xff\xff\xff\x0f", 20),
        (b"\x00", 17),
    ] {
        let bytes = [head.as_slice(), tail].concat();
        assert_eq!(decode(GROUP_KEY, Some(&bytes)), Err(RecordError::Length { position }));
    }
}

#[test]
fn names_that_are_no_names_are_errors() {
    let expected = Err(RecordError::Name { position: 2 });
    assert_eq!(decode(b"\x00\x02\xff\xff", None), expected);
    assert_eq!(decode(b"\x00\x02\x00\x01\xff", None), expected);
    let negative = decode(b"\x00\x02\xff\xfe", None);
    assert_eq!(negative, Err(RecordError::Length { position: 2 }));

    // A name of 32768 bytes fits a compact length, and never again a record of ours.
    let mut long = b"\x00\x04\x81\x80\x02".to_vec();
    long.extend([b'a'; 32_768]);
    long.extend(b"\0\0\0\x05\x00\x00\0\0\0\0\0\0\x05\x06\x01\x00");
    assert_eq!(decode(GROUP_KEY, Some(&long)), expected);
    long[2] = 0x80;
    long.remove(5);
    assert!(decode(GROUP_KEY, Some(&long)).is_ok());
}

#[test]
fn bytes_stay_out_of_debug() {
    let shown = format!("{:?} {:?}", group(), committed(None));
    assert!(!shown.contains("\"sub\"") && !shown.contains("\"hi\""), "{shown}");
    let record = encode_group(&GroupId::from("secret"), Some(&group()));
    assert!(!format!("{record:?}").contains("secret"));
}

/// The sizes that limits are held against are never less than the records' own.
#[test]
fn sizes_are_upper_bounds() {
    let key = offset_key();
    for value in [committed(None), committed(Some(1))] {
        let record = encode_offset(&key.group, &key.topic, key.partition, Some(&value));
        let bound = offset_size_bytes(&key.group, &key.topic, value.note.as_str().len());
        assert!(record.size_bytes() + FRAMING_BYTES <= bound);
    }
    let id = GroupId::from("g");
    for members in [vec![], group().members] {
        let value = GroupRecord { members, ..group() };
        let record = encode_group(&id, Some(&value));
        assert!(record.size_bytes() + FRAMING_BYTES <= value.size_bytes_max(&id));
    }
}

/// Lengths, deltas and attributes of a record in a batch: at most five varints of five bytes.
const FRAMING_BYTES: usize = 26;
