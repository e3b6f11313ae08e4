//! Entries: what is written is read, and nothing else is.

use super::*;
use crate::identity::LogId;
use crate::journal::frame::{FrameHash, FrameHeader, Place};
use crate::stored_options::stored_options_test::options;
use millstream_base::{Position, ShardId, Timestamp, crc};

fn run() -> RunPlace {
    RunPlace {
        segment: Offset::new(1000),
        position: Position::new(8192),
        length_bytes: 131_072,
        crc: 0xdead_beef,
        first_offset: Offset::new(1200),
        next_offset: Offset::new(1300),
        max_timestamp: Timestamp::new(-1),
    }
}

fn entries() -> Vec<Entry<'static>> {
    let partition = PartitionId::new(0x0102_0304_0506_0708);
    let name = PartitionName::new("orders-7").expect("a name");
    vec![
        Entry::Create { partition, name, options: options() },
        Entry::Batch { partition, bytes: b"a batch of odd size" },
        Entry::Batch { partition, bytes: b"" },
        Entry::Run { partition, run: run() },
        Entry::Configure { partition, options: options() },
        Entry::Trim { partition, start_offset: Offset::new(1100) },
        Entry::Delete { partition },
    ]
}

fn encoded(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = vec![0xee; 4096];
    let mut end = 0;
    for entry in entries {
        let size = entry.encode(&mut bytes[end..]);
        assert_eq!(size, entry_bytes(entry.body_bytes()));
        end += size;
    }
    bytes.truncate(end);
    bytes
}

/// The payload of a frame that holds these bytes, right or not.
fn payload_of(bytes: &[u8], entry_count: u32) -> Payload<'_> {
    let payload_bytes = u32::try_from(bytes.len()).expect("short");
    FrameHeader {
        log_id: LogId([1; 16]),
        shard: ShardId::new(0),
        epoch: 1,
        epoch_start: 0,
        sequence: 0,
        place: Place { chunk: 0, position: 0 },
        frame_bytes: 4096,
        payload_bytes,
        entry_count,
        payload_crc: crc::crc32c(bytes),
        previous_hash: FrameHash::NONE,
        synced_upto: 0,
        wall_time: Timestamp::NONE,
    }
    .check_payload(bytes)
    .expect("its checksum was just made")
}

/// All entries of a frame with this payload, or the first fault.
fn decode(bytes: &[u8], entry_count: u32) -> Result<Vec<Entry<'_>>, EntryFault> {
    let found: Vec<_> = payload_of(bytes, entry_count).entries().collect();
    let fault_count = found.iter().filter(|entry| entry.is_err()).count();
    assert!(fault_count <= 1, "nothing follows a fault");
    found.into_iter().collect()
}

fn fault(position_bytes: usize, kind: EntryFaultKind) -> Result<Vec<Entry<'static>>, EntryFault> {
    Err(EntryFault { position_bytes, kind })
}

#[test]
fn what_is_written_is_read() {
    assert_eq!(decode(&encoded(&entries()), 7), Ok(entries()));
    assert_eq!(decode(b"", 0), Ok(vec![]));
}

#[test]
fn a_batch_copied_by_the_caller_is_the_same_entry() {
    let partition = PartitionId::new(9);
    let batch = b"copied";
    let mut bytes = [0; 24];
    encode_batch_header(partition, batch.len(), &mut bytes);
    bytes[ENTRY_HEADER_BYTES..][..batch.len()].copy_from_slice(batch);
    assert_eq!(encoded(&[Entry::Batch { partition, bytes: batch }]), bytes);
}

#[test]
fn positions_are_those_of_the_bodies() {
    let bytes = encoded(&entries());
    let mut walk = payload_of(&bytes, 7).entries();
    while let Some(entry) = walk.next() {
        let body = &bytes[walk.position()];
        let entry = entry.expect("sound");
        assert_eq!(body.len(), entry.body_bytes());
        if let Entry::Batch { bytes, .. } = entry {
            assert_eq!(body, bytes);
        }
    }
    assert_eq!(walk.position().end, bytes.len(), "Delete has no body");
}

#[test]
fn every_cut_is_detected() {
    let bytes = encoded(&entries());
    for length in 0..bytes.len() {
        let error = decode(&bytes[..length], 7).expect_err("cut");
        let is_cut = matches!(error.kind, EntryFaultKind::Truncated | EntryFaultKind::Count { .. });
        assert!(is_cut, "{length}: {error}");
    }
}

#[test]
fn a_count_that_lies_is_detected() {
    let bytes = encoded(&entries());
    let count = |got, expected| EntryFaultKind::Count { got, expected };
    assert_eq!(decode(&bytes, 8), fault(bytes.len(), count(7, 8)));
    let last_bytes = entry_bytes(0);
    assert_eq!(decode(&bytes, 6), fault(bytes.len() - last_bytes, count(7, 6)));
    assert_eq!(decode(&bytes, u32::MAX), fault(bytes.len(), count(7, u32::MAX)));
}

#[test]
fn a_length_that_lies_takes_nothing() {
    let mut bytes = encoded(&entries()[1..2]);
    bytes[4..8].copy_from_slice(&[0xff; 4]);
    assert_eq!(decode(&bytes, 1), fault(0, EntryFaultKind::Truncated));
}

#[test]
fn unknown_kinds_are_refused() {
    for got in [0, 7, 0xff] {
        let mut bytes = encoded(&entries()[6..]);
        bytes[0] = got;
        assert_eq!(decode(&bytes, 1), fault(0, EntryFaultKind::UnknownKind { got }));
    }
}

#[test]
fn impossible_fields_are_named() {
    let entries = entries();
    let run = |field, at, value| (3, field, ENTRY_HEADER_BYTES + at, value);
    let negative = [0xff; 8].as_slice();
    for (index, field, at, value) in [
        (6, "flags", 1, [1].as_slice()),
        (6, "flags", 2, &[1]),
        (1, "padding", ENTRY_HEADER_BYTES + 19, &[1]),
        (5, "offset", ENTRY_HEADER_BYTES, negative),
        run("segment", 0, negative),
        run("position", 8, &[0, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        run("first_offset", 24, &[0; 8]),
        run("next_offset", 32, &[0xb0, 4]),
        run("length_bytes", 16, &[0; 4]),
    ] {
        let mut bytes = encoded(&entries[index..=index]);
        bytes[at..at + value.len()].copy_from_slice(value);
        assert_eq!(decode(&bytes, 1), fault(0, EntryFaultKind::Malformed { field }), "{field}");
    }
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let mut bytes = encoded(&entries()[5..6]);
    bytes[4] = 16;
    bytes.extend([0; 8]);
    let kind = EntryFaultKind::Malformed { field: "body_bytes" };
    assert_eq!(decode(&bytes, 1), fault(0, kind));
}

#[test]
fn names_and_options_are_checked() {
    let mut bytes = encoded(&entries()[..1]);
    let name_at = ENTRY_HEADER_BYTES + StoredOptions::ENCODED_BYTES + 2;
    bytes[name_at] = b'/';
    let name = NameFault::Character { got: '/', position_bytes: 0 };
    assert_eq!(decode(&bytes, 1), fault(0, EntryFaultKind::Name(name)));
    bytes[ENTRY_HEADER_BYTES + 30] = 7;
    let options = OptionsFault::Malformed { field: "flush" };
    assert_eq!(decode(&bytes, 1), fault(0, EntryFaultKind::Options(options)));
}

#[test]
fn a_batch_is_not_printed() {
    let entry = Entry::Batch { partition: PartitionId::new(1), bytes: b"secret" };
    assert_eq!(format!("{entry:?}"), "Batch { partition: 1, bytes: 6 }");
}
