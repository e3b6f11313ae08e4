//! Golden test of `docs/formats/journal.md`.

use crate::golden::golden;
use crate::identity::LOG_ID;
use crate::segment::batch;
use crate::table::{Value, assert_table, bytes};
use millstream_base::{Offset, PartitionId, Position, ShardId, Timestamp, crc};
use millstream_log::journal::entry::{Entry, RunPlace, StoredOptions, entry_bytes};
use millstream_log::journal::frame::{FrameFault, FrameHash, FrameHeader, Place, frame_bytes};
use millstream_log::journal::plan::{JournalStart, Verdict, plan};
use millstream_log::journal::survey::survey;
use millstream_log::name::PartitionName;

const DOCUMENT: &str = "docs/formats/journal.md";
const SHARD: ShardId = ShardId::new(1);
const CHUNK: u32 = 5;
const PARTITION: PartitionId = PartitionId::new(3);

fn run() -> RunPlace {
    RunPlace {
        segment: Offset::new(5000),
        position: Position::new(40_960),
        length_bytes: 131_072,
        crc: 0xfeed_f00d,
        first_offset: Offset::new(10_003),
        next_offset: Offset::new(10_803),
        max_timestamp: Timestamp::new(1_767_225_800_000),
    }
}

fn options() -> StoredOptions {
    StoredOptions {
        segment_bytes: 1 << 30,
        retention_bytes: -1,
        retention_ms: 604_800_000,
        batch_bytes_max: 1_048_588,
        flush: 1,
    }
}

/// One entry of each kind, in the order of the document.
fn entries(batch: &[u8]) -> Vec<Entry<'_>> {
    let name = PartitionName::new("payments").expect("a name");
    let partition = PARTITION;
    vec![
        Entry::Batch { partition, bytes: batch },
        Entry::Run { partition, run: run() },
        Entry::Create { partition: PartitionId::new(5), name, options: options() },
        Entry::Delete { partition: PartitionId::new(4) },
        Entry::Trim { partition, start_offset: Offset::new(900) },
        Entry::Configure { partition, options: options() },
    ]
}

fn encode(entries: &[Entry<'_>]) -> Vec<u8> {
    let sizes = entries.iter().map(|entry| entry_bytes(entry.body_bytes()));
    let mut payload = vec![0xee; sizes.sum()];
    let mut end = 0;
    for entry in entries {
        end += entry.encode(&mut payload[end..]);
    }
    assert_eq!(end, payload.len());
    payload
}

/// Three frames, of which the last is torn.
fn make_chunk() -> Vec<u8> {
    let batch = batch(10_000, b"journaled");
    let first = encode(&entries(&batch));
    let start = JournalStart {
        place: Place { chunk: CHUNK, position: 0 },
        sequence: 40,
        previous_hash: FrameHash::new(0x0123_4567_89ab_cdef),
        synced_upto: 40,
        epoch: 2,
        epoch_start: 38,
    };
    let mut chunk = Vec::new();
    let mut previous_hash = start.previous_hash;
    for (index, (payload, entry_count)) in
        [(first, 6), (vec![], 0), (vec![1; 5000], 0)].iter().enumerate()
    {
        let position = chunk.len();
        chunk.resize(position + frame_bytes(payload.len()), 0);
        let header = FrameHeader {
            log_id: LOG_ID,
            shard: SHARD,
            epoch: start.epoch,
            epoch_start: start.epoch_start,
            sequence: start.sequence + index as u64,
            place: Place { chunk: CHUNK, position: u32::try_from(position).expect("short") },
            frame_bytes: u32::try_from(frame_bytes(payload.len())).expect("short"),
            payload_bytes: u32::try_from(payload.len()).expect("short"),
            entry_count: *entry_count,
            payload_crc: crc::crc32c(payload),
            previous_hash,
            synced_upto: start.sequence,
            wall_time: Timestamp::new(1_767_225_900_000),
        };
        header.encode(&mut chunk[position..]);
        chunk[position + 128..][..payload.len()].copy_from_slice(payload);
        previous_hash = header.hash();
    }
    // The last sectors of the last frame never came.
    let torn = chunk.len() - 7 * 512;
    chunk[torn..].fill(0);
    chunk
}

fn chunk() -> Vec<u8> {
    golden("journal-1.chunk", make_chunk)
}

fn first_header(chunk: &[u8]) -> FrameHeader {
    FrameHeader::decode(chunk).expect("golden")
}

#[test]
fn the_golden_chunk_is_read_and_written_the_same() {
    let chunk = chunk();
    let header = first_header(&chunk);
    let payload = header.check_payload(&chunk[128..]).expect("golden");
    let found: Vec<_> = payload.entries().collect::<Result<_, _>>().expect("golden");
    let Entry::Batch { bytes: batch, .. } = found[0] else { panic!("a batch comes first") };
    let checked = millstream_batch::HeaderView::new(batch).expect("a batch");
    assert_eq!(checked.base_offset(), Offset::new(10_000));
    assert_eq!(found, entries(batch));
    assert_eq!(encode(&found), payload.bytes());
    let mut again = vec![0xee; 128];
    header.encode(&mut again);
    assert_eq!(again, chunk[..128]);
}

#[test]
fn the_golden_chunk_is_surveyed_and_planned() {
    let sightings = survey(CHUNK, &chunk(), LOG_ID, SHARD).expect("nothing newer");
    let found: Vec<_> = sightings.iter().map(|found| found.header.sequence).collect();
    assert_eq!(found, [40, 41, 42]);
    assert!(matches!(sightings[2].payload, Err(FrameFault::PayloadChecksum { .. })));
    let start = JournalStart {
        place: sightings[0].header.place,
        sequence: 40,
        previous_hash: sightings[0].header.previous_hash,
        synced_upto: 40,
        epoch: 2,
        epoch_start: 38,
    };
    let plan = plan(&start, &sightings);
    assert_eq!((plan.next_sequence, plan.verdict), (42, Verdict::TornPayload));
    assert_eq!(plan.next_place, Some(sightings[2].header.place));
    assert_eq!(plan.previous_hash, sightings[2].header.previous_hash);
}

#[test]
fn the_document_says_where_a_frame_has_its_fields() {
    let chunk = chunk();
    let header = first_header(&chunk);
    assert_eq!(header.frame_bytes, 4096);
    assert_table(
        DOCUMENT,
        "Frame header",
        &chunk[..128],
        &[
            ("magic", bytes("MSTFRAME")),
            ("version", 1.into()),
            ("shard", 1.into()),
            ("epoch", 2.into()),
            ("log_id", bytes(LOG_ID.0)),
            ("chunk", 5.into()),
            ("position", 0.into()),
            ("frame_bytes", 4096.into()),
            ("payload_bytes", header.payload_bytes.into()),
            ("entry_count", 6.into()),
            ("payload_crc", crc::crc32c(&chunk[128..][..header.payload_bytes as usize]).into()),
            ("sequence", 40.into()),
            ("epoch_start", 38.into()),
            ("synced_upto", 40.into()),
            ("previous_hash", 0x0123_4567_89ab_cdef_i64.into()),
            ("wall_time", 1_767_225_900_000_i64.into()),
            ("reserved", Value::Zeros),
            ("header_crc", crc::crc32c(&chunk[..124]).into()),
        ],
    );
}

#[test]
fn the_hash_of_a_frame_is_as_the_document_says() {
    let chunk = chunk();
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(1_099_511_628_211);
    let hash = chunk[..128].iter().fold(14_695_981_039_346_656_037, fnv);
    assert_eq!(first_header(&chunk).hash(), FrameHash::new(hash));
    assert_eq!(first_header(&chunk[4096..]).previous_hash, FrameHash::new(hash));
}

#[test]
fn the_document_says_where_an_entry_has_its_fields() {
    let chunk = chunk();
    let payload = &chunk[128..];
    let batch_bytes = usize::try_from(u32::from_le_bytes(*payload[4..].first_chunk().expect("16")))
        .expect("short");
    assert_table(
        DOCUMENT,
        "Entries",
        &payload[..16],
        &[
            ("kind", 1.into()),
            ("flags", Value::Zeros),
            ("body_bytes", i128::try_from(batch_bytes).expect("short").into()),
            ("partition", 3.into()),
        ],
    );
    let run_at = (16 + batch_bytes).next_multiple_of(8);
    assert_eq!(payload[run_at], 2);
    assert_table(
        DOCUMENT,
        "Run",
        &payload[run_at + 16..run_at + 64],
        &[
            ("segment", 5000.into()),
            ("position", 40_960.into()),
            ("length_bytes", 131_072.into()),
            ("crc", 0xfeed_f00d_i64.into()),
            ("first_offset", 10_003.into()),
            ("next_offset", 10_803.into()),
            ("max_timestamp", 1_767_225_800_000_i64.into()),
        ],
    );
    let create_at = run_at + 64;
    assert_eq!(payload[create_at], 3);
    let name_at = create_at + 16 + 34;
    assert_eq!(&payload[name_at..name_at + 10], b"\x08\0payments");
}
