//! Index blocks: what is written is read, and nothing else is.

use super::*;

const OWNER: IndexOwner = IndexOwner {
    log_id: LogId([0x77; 16]),
    partition: PartitionId::new(12),
    segment: Offset::new(5_000_000_000),
};

fn entry(number: i64) -> IndexEntry {
    let first = OWNER.segment.get() + 100 * number;
    IndexEntry {
        first_offset: Offset::new(first),
        next_offset: Offset::new(first + 100),
        position: Position::new(65_536 * number.cast_unsigned()),
        length_bytes: 65_000,
        max_timestamp: Timestamp::new(number - 1),
        crc: 0x1000_0000,
    }
}

fn encoded(entries: &[IndexEntry]) -> Vec<u8> {
    let mut block = vec![0xee; BLOCK_BYTES];
    encode_block(&OWNER, 3, entries, &mut block);
    block
}

fn decode(bytes: &[u8]) -> Result<Vec<IndexEntry>, IndexFault> {
    decode_block(&OWNER, 3, bytes)
}

fn resealed(at: usize, value: &[u8]) -> Result<Vec<IndexEntry>, IndexFault> {
    let mut block = encoded(&[entry(0), entry(1)]);
    block[at..at + value.len()].copy_from_slice(value);
    let sum = block_crc(&block);
    block[CRC..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
    decode(&block)
}

#[test]
fn what_is_written_is_read() {
    assert_eq!(INDEX_BLOCK_ENTRIES, 100);
    for count in [1, 2, 99, 100] {
        let entries: Vec<_> = (0..count).map(entry).collect();
        assert_eq!(decode(&encoded(&entries)), Ok(entries));
    }
}

#[test]
fn every_flipped_bit_is_detected() {
    let block = encoded(&[entry(0), entry(1)]);
    for bit in 0..BLOCK_BYTES * 8 {
        let mut rotten = block.clone();
        rotten[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&rotten).is_err(), "bit {bit}");
    }
}

#[test]
fn blocks_of_other_places_are_told_apart() {
    let block = encoded(&[entry(0)]);
    let misplaced = IndexFault::Misplaced { expected: 4, got: 3 };
    assert_eq!(decode_block(&OWNER, 4, &block), Err(misplaced));
    for owner in [
        IndexOwner { log_id: LogId([0; 16]), ..OWNER },
        IndexOwner { partition: PartitionId::new(13), ..OWNER },
        IndexOwner { segment: Offset::ZERO, ..OWNER },
    ] {
        assert_eq!(decode_block(&owner, 3, &block), Err(IndexFault::Foreign { got: OWNER }));
    }
    assert_eq!(decode(&[0; BLOCK_BYTES]), Err(IndexFault::Blank));
    assert_eq!(decode(&[1; BLOCK_BYTES]), Err(IndexFault::NotAnIndex));
    assert_eq!(decode(&block[..4095]), Err(IndexFault::Truncated { got_bytes: 4095 }));
    assert_eq!(resealed(8, &[2]), Err(IndexFault::Newer { version: 2 }));
}

#[test]
fn impossible_fields_are_named() {
    let second = HEADER_BYTES + ENTRY_BYTES;
    for (field, at, value) in [
        ("version", 8, [0].as_slice()),
        ("entry_count", 10, &[0, 0]),
        ("entry_count", 10, &[101, 0]),
        ("reserved", 48, &[1]),
        ("reserved", HEADER_BYTES + 2 * ENTRY_BYTES, &[1]),
        ("first_offset", second, &[0x63, 0xf2]),
        ("first_offset", second, &[0xff; 8]),
        ("next_offset", second + 8, &[0x64, 0xf2]),
        ("position", second + 16, &[0; 8]),
        ("position", second + 16, &[0xff; 8]),
        ("length_bytes", second + 32, &[0; 4]),
    ] {
        assert_eq!(resealed(at, value), Err(IndexFault::Malformed { field }), "{field}");
    }
}

#[test]
fn a_segment_may_hold_any_number_of_offsets() {
    let owner = IndexOwner { segment: Offset::ZERO, ..OWNER };
    let whole = IndexEntry { first_offset: Offset::ZERO, next_offset: Offset::MAX, ..entry(0) };
    let mut block = vec![0; BLOCK_BYTES];
    encode_block(&owner, 0, &[whole], &mut block);
    assert_eq!(decode_block(&owner, 0, &block), Ok(vec![whole]));
}

#[test]
fn the_checksum_of_a_stretch_depends_on_its_place() {
    let sum = |partition, segment, position| {
        let (segment, position) = (Offset::new(segment), Position::new(position));
        stretch_crc(PartitionId::new(partition), segment, position, b"batches")
    };
    let here = sum(1, 2, 4096);
    assert_ne!(here, sum(2, 2, 4096));
    assert_ne!(here, sum(1, 3, 4096));
    assert_ne!(here, sum(1, 2, 8192));
    let seed = [[1, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 0], [0, 16, 0, 0, 0, 0, 0, 0]];
    assert_eq!(here, crc::crc32c(&[&seed.concat(), b"batches".as_slice()].concat()));
}
