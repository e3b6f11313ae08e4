//! Checkpoints: what is written is read, and nothing else is.

use super::*;
use crate::name::PartitionName;
use crate::partition_state::FIXED_BYTES;
use crate::stored_options::StoredOptions;
use crate::stored_options::stored_options_test::options;
use millstream_base::{Offset, PartitionId, Timestamp};

fn partition(id: u64, segment_count: i64) -> PartitionState {
    let segment = |number: i64| SegmentState {
        base_offset: Offset::new(1000 * number),
        next_offset: Offset::new(1000 * number + 999),
        length_bytes: 8192,
        max_timestamp: Timestamp::new(77),
    };
    PartitionState {
        id: PartitionId::new(id),
        name: PartitionName::new(&format!("partition-{id}")).expect("a name"),
        options: options(),
        start_offset: Offset::new(10),
        next_offset: Offset::new(1000 * segment_count + 10),
        barrier_sequence: 995,
        segments: (0..segment_count).map(segment).collect(),
        quarantine: vec![(Offset::new(20), Offset::new(30)), (Offset::new(30), Offset::new(31))],
        is_suspect: id == 1,
    }
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        log_id: LogId([0x3c; 16]),
        shard: ShardId::new(2),
        generation: 17,
        journal: JournalStart {
            place: Place { chunk: 5, position: 8192 },
            sequence: 1000,
            previous_hash: FrameHash::new(0xfeed),
            synced_upto: 1010,
            epoch: 6,
            epoch_start: 900,
        },
        next_partition: 10,
        partitions: vec![partition(1, 2), partition(2, 0), partition(9, 3)],
    }
}

fn resealed(at: usize, value: &[u8]) -> Result<Checkpoint, CheckpointFault> {
    let mut file = checkpoint().encode();
    file[at..at + value.len()].copy_from_slice(value);
    let body_bytes = u64::from_le_bytes(*file[88..].first_chunk().expect("a header"));
    let body = HEADER_BYTES..HEADER_BYTES + usize::try_from(body_bytes).unwrap_or(0).min(1000);
    let sum = crc::crc32c(&file[body]);
    file[100..104].copy_from_slice(&sum.to_le_bytes());
    let sum = crc::crc32c(&file[..CRC]);
    file[CRC..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
    Checkpoint::decode(&file)
}

#[test]
fn what_is_written_is_read() {
    let file = checkpoint().encode();
    assert_eq!(file.len(), BLOCK_BYTES);
    assert_eq!(Checkpoint::decode(&file), Ok(checkpoint()));
    let empty = Checkpoint { partitions: vec![], next_partition: 0, ..checkpoint() };
    assert_eq!(Checkpoint::decode(&empty.encode()), Ok(empty));
}

#[test]
fn partitions_are_written_in_the_order_of_their_ids() {
    let mut shuffled = checkpoint();
    shuffled.partitions.swap(0, 2);
    assert_eq!(Checkpoint::decode(&shuffled.encode()), Ok(checkpoint()));
}

#[test]
fn a_hundred_thousand_partitions_are_read() {
    let partitions: Vec<_> = (0..100_000).map(|id| partition(id, 1)).collect();
    let checkpoint = Checkpoint { partitions, next_partition: 100_000, ..checkpoint() };
    assert_eq!(Checkpoint::decode(&checkpoint.encode()), Ok(checkpoint));
}

#[test]
fn every_flipped_bit_but_padding_is_detected() {
    let file = checkpoint().encode();
    let body_bytes: usize = checkpoint().partitions.iter().map(PartitionState::encoded_bytes).sum();
    for bit in 0..(HEADER_BYTES + body_bytes + 9) * 8 {
        let mut rotten = file.clone();
        rotten[bit / 8] ^= 1 << (bit % 8);
        let is_padding = bit / 8 >= HEADER_BYTES + body_bytes;
        assert_eq!(Checkpoint::decode(&rotten).is_ok(), is_padding, "bit {bit}");
    }
}

#[test]
fn every_cut_is_detected() {
    let file = checkpoint().encode();
    assert_eq!(Checkpoint::decode(&[]), Err(CheckpointFault::Blank));
    let body_bytes: usize = checkpoint().partitions.iter().map(PartitionState::encoded_bytes).sum();
    for length in 1..HEADER_BYTES + body_bytes {
        let fault = Checkpoint::decode(&file[..length]).expect_err("cut");
        assert!(matches!(fault, CheckpointFault::Truncated { .. }), "{length}: {fault}");
    }
}

#[test]
fn blank_and_foreign_files_are_told_apart() {
    assert_eq!(Checkpoint::decode(&[0; BLOCK_BYTES]), Err(CheckpointFault::Blank));
    assert_eq!(Checkpoint::decode(&[9; BLOCK_BYTES]), Err(CheckpointFault::NotACheckpoint));
    assert_eq!(resealed(8, &[2]), Err(CheckpointFault::Newer { version: 2 }));
}

#[test]
fn impossible_fields_are_named() {
    let malformed = |field, index| Err(CheckpointFault::Malformed { field, index });
    let negative = [0xff; 8].as_slice();
    let options = HEADER_BYTES + FIXED_BYTES;
    let segments = options + StoredOptions::ENCODED_BYTES + "partition-1".len();
    let quarantine = segments + 2 * 32;
    for (field, index, at, value) in [
        ("version", None, 8, [0].as_slice()),
        ("epoch", None, 12, &[0; 4]),
        ("epoch", None, 12, &[0xff; 4]),
        ("position", None, 44, &[1]),
        ("position", None, 47, &[1]),
        ("sequence", None, 48, &[0xff; 8]),
        ("epoch_start", None, 56, &[0xff; 8]),
        ("synced_upto", None, 64, &[0xff; 8]),
        ("reserved", None, 110, &[1]),
        ("partition_count", None, 96, &[0xff; 4]),
        ("body_bytes", None, 96, &[2]),
        ("id", Some(0), HEADER_BYTES, &[10]),
        ("id", Some(1), HEADER_BYTES, &[2]),
        ("start_offset", Some(0), HEADER_BYTES + 8, negative),
        ("next_offset", Some(0), HEADER_BYTES + 16, &[9, 0]),
        ("flags", Some(0), HEADER_BYTES + 32, &[2]),
        ("segment_count", Some(0), HEADER_BYTES + 34, &[0xff; 4]),
        ("quarantine_count", Some(0), HEADER_BYTES + 38, &[0xff; 4]),
        ("flush", Some(0), options + 30, &[9]),
        ("name", Some(0), segments - 1, b"/"),
        ("segments", Some(0), segments, negative),
        ("segments", Some(0), segments + 8, &[0xff; 2]),
        ("quarantine", Some(0), quarantine, &[30]),
        ("quarantine", Some(0), quarantine + 8, &[31]),
    ] {
        assert_eq!(resealed(at, value), malformed(field, index), "{field}");
    }
    assert_eq!(resealed(options, &[40]), Err(CheckpointFault::NewerOptions { index: 0 }));
}

#[test]
fn the_newer_of_two_wins_and_the_readable_of_one() {
    let older = Checkpoint { generation: 16, ..checkpoint() };
    let torn = CheckpointFault::BodyChecksum { got: 1, expected: 2 };
    let blank = CheckpointFault::Blank;
    let both = [Ok(older.clone()), Ok(checkpoint())];
    assert_eq!(newest(both.clone()), Ok(Some(checkpoint())));
    let [first, second] = both;
    assert_eq!(newest([second, first]), Ok(Some(checkpoint())));
    for fault in [torn, blank] {
        assert_eq!(newest([Err(fault), Ok(older.clone())]), Ok(Some(older.clone())));
        assert_eq!(newest([Ok(older.clone()), Err(fault)]), Ok(Some(older.clone())));
    }
}

#[test]
fn no_checkpoint_at_all_is_not_a_broken_one() {
    let torn = CheckpointFault::BodyChecksum { got: 1, expected: 2 };
    let blank = CheckpointFault::Blank;
    assert_eq!(newest([Err(blank), Err(blank)]), Ok(None));
    assert_eq!(newest([Err(blank), Err(torn)]), Err(torn));
    assert_eq!(newest([Err(torn), Err(torn)]), Err(torn));
}

#[test]
fn a_newer_version_beside_a_readable_one_is_refused() {
    for meant in [
        CheckpointFault::Newer { version: 2 },
        CheckpointFault::NewerOptions { index: 0 },
        CheckpointFault::Malformed { field: "flags", index: Some(0) },
    ] {
        assert_eq!(newest([Ok(checkpoint()), Err(meant)]), Err(meant));
        assert_eq!(newest([Err(meant), Ok(checkpoint())]), Err(meant));
    }
}
