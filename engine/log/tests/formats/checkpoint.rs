//! Golden test of `docs/formats/checkpoint.md`.

use crate::golden::golden;
use crate::identity::LOG_ID;
use crate::table::{Value, assert_table, bytes};
use millstream_base::{Offset, PartitionId, ShardId, Timestamp, crc};
use millstream_log::checkpoint::{Checkpoint, JournalStart, PartitionState, SegmentState};
use millstream_log::journal::frame::{FrameHash, Place};
use millstream_log::name::PartitionName;
use millstream_log::stored_options::StoredOptions;

const DOCUMENT: &str = "docs/formats/checkpoint.md";

fn checkpoint() -> Checkpoint {
    let segment = |base: i64, length_bytes| SegmentState {
        base_offset: Offset::new(base),
        next_offset: Offset::new(base + 5000),
        length_bytes,
        max_timestamp: Timestamp::new(1_767_225_700_000 + base),
    };
    let orders = PartitionState {
        id: PartitionId::new(3),
        name: PartitionName::new("orders").expect("a name"),
        options: options(),
        start_offset: Offset::new(700),
        next_offset: Offset::new(10_000),
        barrier_sequence: 37,
        segments: vec![segment(0, 1 << 20), segment(5000, 40_960)],
        quarantine: vec![(Offset::new(800), Offset::new(900))],
        is_suspect: true,
    };
    let empty = PartitionState {
        id: PartitionId::new(4),
        name: PartitionName::new("größe").expect("a name"),
        start_offset: Offset::ZERO,
        next_offset: Offset::ZERO,
        barrier_sequence: 0,
        segments: vec![],
        quarantine: vec![],
        is_suspect: false,
        ..orders.clone()
    };
    Checkpoint {
        log_id: LOG_ID,
        shard: ShardId::new(1),
        generation: 12,
        journal: JournalStart {
            place: Place { chunk: 5, position: 0 },
            sequence: 40,
            previous_hash: FrameHash::new(0x0123_4567_89ab_cdef),
            synced_upto: 41,
            epoch: 2,
            epoch_start: 38,
        },
        next_partition: 5,
        partitions: vec![orders, empty],
    }
}

fn options() -> StoredOptions {
    StoredOptions {
        segment_bytes: 1 << 30,
        retention_bytes: -1,
        retention_ms: 604_800_000,
        batch_bytes_max: 1_048_588,
        flush: 0,
    }
}

fn file() -> Vec<u8> {
    golden("checkpoint-1", || checkpoint().encode())
}

#[test]
fn the_golden_checkpoint_is_read_and_written_the_same() {
    let read = Checkpoint::decode(&file()).expect("golden");
    assert_eq!(read, checkpoint());
    assert_eq!(read.encode(), file());
}

#[test]
fn the_document_says_where_the_header_has_its_fields() {
    let file = file();
    let body_bytes = 42 + 34 + 6 + 2 * 32 + 16 + 42 + 34 + 7;
    let body = &file[128..128 + body_bytes];
    assert_table(
        DOCUMENT,
        "Header",
        &file[..128],
        &[
            ("magic", bytes("MSTCHECK")),
            ("version", 1.into()),
            ("shard", 1.into()),
            ("epoch", 2.into()),
            ("log_id", bytes(LOG_ID.0)),
            ("generation", 12.into()),
            ("chunk", 5.into()),
            ("position", 0.into()),
            ("sequence", 40.into()),
            ("epoch_start", 38.into()),
            ("synced_upto", 41.into()),
            ("previous_hash", 0x0123_4567_89ab_cdef_i64.into()),
            ("next_partition", 5.into()),
            ("body_bytes", 245.into()),
            ("partition_count", 2.into()),
            ("body_crc", crc::crc32c(body).into()),
            ("reserved", Value::Zeros),
            ("header_crc", crc::crc32c(&file[..124]).into()),
        ],
    );
    assert!(file[128 + body_bytes..].iter().all(|byte| *byte == 0));
    assert_eq!(file.len(), 4096);
}

#[test]
fn the_document_says_where_a_partition_has_its_fields() {
    let file = file();
    let partition = &file[128..];
    assert_table(
        DOCUMENT,
        "Partition",
        &partition[..42],
        &[
            ("id", 3.into()),
            ("start_offset", 700.into()),
            ("next_offset", 10_000.into()),
            ("barrier_sequence", 37.into()),
            ("flags", 1.into()),
            ("name_bytes", 6.into()),
            ("segment_count", 2.into()),
            ("quarantine_count", 1.into()),
        ],
    );
    assert_table(
        DOCUMENT,
        "Options",
        &partition[42..76],
        &[
            ("length", 32.into()),
            ("segment_bytes", (1_i64 << 30).into()),
            ("retention_bytes", (-1).into()),
            ("retention_ms", 604_800_000.into()),
            ("batch_bytes_max", 1_048_588.into()),
            ("flush", 0.into()),
            ("reserved", Value::Zeros),
        ],
    );
    assert_eq!(&partition[76..82], b"orders");
    assert_table(
        DOCUMENT,
        "Segment",
        &partition[114..146],
        &[
            ("base_offset", 5000.into()),
            ("next_offset", 10_000.into()),
            ("length_bytes", 40_960.into()),
            ("max_timestamp", 1_767_225_705_000_i64.into()),
        ],
    );
    let quarantine = [800_i64.to_le_bytes(), 900_i64.to_le_bytes()].concat();
    assert_eq!(&partition[146..162], quarantine);
}
