//! Golden test of `docs/formats/replica.md`: the golden snapshot is read as the tables say.
#![forbid(unsafe_code)]

use millstream_base::{
    Instant, LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp,
};
use millstream_replica::{LeaderEpochs, ProducerBatch, ProducerState, Snapshot};
use std::fs;
use std::path::PathBuf;

const DOCUMENT: &str = "docs/formats/replica.md";

fn snapshot() -> Snapshot {
    let mut epochs = LeaderEpochs::default();
    epochs.assign(LeaderEpoch::new(3), Offset::new(40));
    epochs.assign(LeaderEpoch::new(5), Offset::new(700));
    let mut producers = ProducerState::default();
    for (id, base_sequence, last_delta, offset) in [
        (1000, i32::MAX - 1, 3, 900),
        (1000, 2, 0, 904),
        (2000, -1, 0, 905),
        (0x0102_0304_0506, 77, 99, 906),
    ] {
        let batch = ProducerBatch {
            id: ProducerId::new(id),
            epoch: ProducerEpoch::new(9),
            base_sequence: Sequence::new(base_sequence),
            last_delta,
        };
        let timestamp = Timestamp::new(1_767_225_600_000 + offset);
        producers.update(&batch, Offset::new(offset), timestamp, Instant::ZERO);
    }
    Snapshot { upto: Offset::new(1006), epochs, producers }
}

/// Bytes that were written once and are never written again. For a new file, run the test once with
/// `MILLSTREAM_GOLDEN=write`.
fn golden() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/replica-1");
    let is_made = std::env::var("MILLSTREAM_GOLDEN").is_ok_and(|value| value == "write");
    if is_made && !path.exists() {
        let mut bytes = Vec::new();
        snapshot().encode(&mut bytes);
        fs::write(&path, bytes).expect("the folder can be written");
    }
    fs::read(&path).expect("the golden file is part of the repository")
}

#[test]
fn the_golden_snapshot_is_read_and_written_the_same() {
    let read = Snapshot::decode(&golden(), Instant::ZERO).expect("golden");
    assert_eq!(read, snapshot());
    let mut written = Vec::new();
    read.encode(&mut written);
    assert_eq!(written, golden());
}

#[test]
fn the_document_says_where_a_snapshot_has_its_fields() {
    let golden = golden();
    let mut rest = golden.as_slice();
    assert_eq!(take("## Snapshot", &mut rest), "version=1 upto=1006 epoch_count=2");
    assert_eq!(take("### Leader epoch", &mut rest), "epoch=3 start=40");
    assert_eq!(take("### Leader epoch", &mut rest), "epoch=5 start=700");
    assert_eq!(rest[..4], 3_u32.to_le_bytes());
    rest = &rest[4..];
    let producer = take("### Producer", &mut rest);
    assert_eq!(producer, "producer_id=1000 producer_epoch=9 batch_count=2");
    let batch = take("### Batch", &mut rest);
    let wrapped = "base_sequence=2147483646 last_delta=3 base_offset=900 timestamp=1767225600900";
    assert_eq!(batch, wrapped);
    let batch = take("### Batch", &mut rest);
    assert_eq!(batch, "base_sequence=2 last_delta=0 base_offset=904 timestamp=1767225600904");
    let producer = take("### Producer", &mut rest);
    assert_eq!(producer, "producer_id=2000 producer_epoch=9 batch_count=0");
    let producer = take("### Producer", &mut rest);
    assert_eq!(producer, "producer_id=1108152157446 producer_epoch=9 batch_count=1");
    let batch = take("### Batch", &mut rest);
    assert_eq!(batch, "base_sequence=77 last_delta=99 base_offset=906 timestamp=1767225600906");
    assert_eq!(rest, [], "the tables are whole");
}

/// The fields at the front of `rest`, found by the table under `heading` alone.
fn take(heading: &str, rest: &mut &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(DOCUMENT);
    let text = fs::read_to_string(path).expect("the document is part of the repository");
    let section = text.lines().skip_while(|line| *line != heading).skip(1);
    let rows: Vec<_> = section.take_while(|line| !line.starts_with('#')).filter_map(row).collect();
    assert!(!rows.is_empty(), "{DOCUMENT} has a table under {heading}");
    let mut end = 0;
    let mut shown = Vec::new();
    for (offset, size, field) in rows {
        assert_eq!(offset, end, "{heading}: {field} follows");
        end = offset + size;
        let bytes = rest[offset..end].iter().rev();
        let number = bytes.fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        shown.push(format!("{field}={number}"));
    }
    *rest = &rest[end..];
    shown.join(" ")
}

/// ``| 8 | 2 | `field` | … |``; anything else is no row.
fn row(line: &str) -> Option<(usize, usize, String)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let offset = cells.next()?.parse().ok()?;
    let size = cells.next()?.parse().ok()?;
    Some((offset, size, cells.next()?.trim_matches('`').to_owned()))
}
