//! Frames: what is written is read, and nothing else is.

use super::*;
use millstream_base::Random;

const LOG_ID: LogId = LogId([0x5a; 16]);
const SHARD: ShardId = ShardId::new(3);
const PLACE: Place = Place { chunk: 7, position: 2 << 20 };

/// A frame with `payload` and, behind its padding, nothing.
fn seal(header: FrameHeader, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; frame_bytes(payload.len())];
    let header = FrameHeader {
        frame_bytes: u32::try_from(frame.len()).expect("short"),
        payload_bytes: u32::try_from(payload.len()).expect("short"),
        payload_crc: crc::crc32c(payload),
        ..header
    };
    header.encode(&mut frame);
    frame[FRAME_HEADER_BYTES..][..payload.len()].copy_from_slice(payload);
    frame
}

fn header() -> FrameHeader {
    FrameHeader {
        log_id: LOG_ID,
        shard: SHARD,
        epoch: 4,
        epoch_start: 90,
        sequence: 100,
        place: PLACE,
        frame_bytes: 4096,
        payload_bytes: 0,
        entry_count: 0,
        payload_crc: 0,
        previous_hash: FrameHash::new(0x0123_4567_89ab_cdef),
        synced_upto: 98,
        wall_time: Timestamp::new(1_700_000_000_123),
    }
}

/// What recovery does with the bytes at [`PLACE`].
fn check(bytes: &[u8]) -> Result<FrameHeader, FrameFault> {
    let header = FrameHeader::decode_at(bytes, LOG_ID, SHARD, PLACE)?;
    header.check_payload(&bytes[FRAME_HEADER_BYTES..])?;
    Ok(header)
}

fn random_bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    Random::new(seed).fill(&mut bytes);
    bytes
}

fn with_sum(mut frame: Vec<u8>) -> Vec<u8> {
    let sum = crc::crc32c(&frame[..CRC]);
    frame[CRC..FRAME_HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
    frame
}

#[test]
fn what_is_written_is_read() {
    let payload = random_bytes(1, 5000);
    let frame = seal(header(), &payload);
    assert_eq!(frame.len(), 8192);
    let read = check(&frame).expect("a sound frame");
    assert_eq!((read.frame_bytes, read.payload_bytes), (8192, 5000));
    assert_eq!(read.check_payload(&frame[128..]).expect("sound").bytes(), payload);
    assert_eq!(
        FrameHeader { frame_bytes: 4096, payload_bytes: 0, payload_crc: 0, ..read },
        header()
    );
    let mut again = vec![0xee; FRAME_HEADER_BYTES];
    read.encode(&mut again);
    assert_eq!(again, frame[..FRAME_HEADER_BYTES]);
}

#[test]
fn every_flipped_bit_but_padding_is_detected() {
    let payload = random_bytes(2, 1000);
    let frame = seal(header(), &payload);
    let hash = check(&frame).expect("sound").hash();
    let used_bytes = FRAME_HEADER_BYTES + payload.len();
    for bit in 0..frame.len() * 8 {
        let mut rotten = frame.clone();
        rotten[bit / 8] ^= 1 << (bit % 8);
        let read = check(&rotten);
        if bit / 8 < used_bytes {
            assert!(read.is_err(), "bit {bit}");
        } else {
            assert_eq!(read.map(|header| header.hash()), Ok(hash), "padding is not read");
        }
    }
}

#[test]
fn a_frame_cut_at_any_sector_is_detected() {
    let payload = random_bytes(3, 16_000);
    let frame = seal(header(), &payload);
    let old_header = FrameHeader { sequence: 40, epoch_start: 0, synced_upto: 39, ..header() };
    let old = seal(old_header, &random_bytes(4, 16_000));
    for (name, behind) in [("zeros", vec![0; frame.len()]), ("an older frame", old)] {
        for cut in (0..FRAME_HEADER_BYTES + payload.len()).step_by(512) {
            let torn = [&frame[..cut], &behind[cut..]].concat();
            let is_new = check(&torn).is_ok_and(|header| header.sequence == 100);
            assert!(!is_new, "cut at {cut} before {name}");
            // The sectors may also arrive in the other order.
            let torn = [&behind[..cut], &frame[cut..]].concat();
            assert_eq!(check(&torn).is_ok_and(|header| header.sequence == 100), cut == 0);
        }
    }
}

#[test]
fn a_frame_at_another_place_or_of_another_log_is_refused() {
    let frame = FrameHeader::decode(&seal(header(), b"")).expect("sound");
    let elsewhere = Place { chunk: 8, ..PLACE };
    let fault = FrameFault::Misplaced { expected: elsewhere, got: PLACE };
    assert_eq!(frame.check_place(LOG_ID, SHARD, elsewhere), Err(fault));
    let fault = FrameFault::Foreign { log_id: LOG_ID, shard: SHARD };
    assert_eq!(frame.check_place(LogId([0; 16]), SHARD, PLACE), Err(fault));
    assert_eq!(frame.check_place(LOG_ID, ShardId::new(2), PLACE), Err(fault));
}

#[test]
fn blank_foreign_and_short_bytes_are_told_apart() {
    assert_eq!(FrameHeader::decode(&[0; 4096]), Err(FrameFault::Blank));
    assert_eq!(FrameHeader::decode(&[1; 4096]), Err(FrameFault::NotAFrame));
    let mut zeros_and_more = [0; 4096];
    zeros_and_more[127] = 1;
    assert_eq!(FrameHeader::decode(&zeros_and_more), Err(FrameFault::NotAFrame));
    let frame = seal(header(), &[9; 300]);
    let fault = FrameFault::Truncated { expected_bytes: 128, got_bytes: 127 };
    assert_eq!(FrameHeader::decode(&frame[..127]), Err(fault));
    let fault = FrameFault::Truncated { expected_bytes: 300, got_bytes: 299 };
    assert_eq!(check(&frame[..128 + 299]), Err(fault));
}

#[test]
fn a_newer_version_is_told_by_its_checksum_only() {
    let mut frame = seal(header(), b"");
    frame[8] = 2;
    assert!(matches!(FrameHeader::decode(&frame), Err(FrameFault::HeaderChecksum { .. })));
    let frame = with_sum(frame);
    assert_eq!(FrameHeader::decode(&frame), Err(FrameFault::Newer { version: 2 }));
    assert_eq!(check(&frame), Err(FrameFault::Newer { version: 2 }));
}

#[test]
fn a_newer_version_at_another_address_keeps_nobody_out() {
    let mut frame = seal(FrameHeader { place: Place { chunk: 8, ..PLACE }, ..header() }, b"");
    frame[8] = 2;
    assert!(matches!(check(&with_sum(frame)), Err(FrameFault::Misplaced { .. })));
    let mut frame = seal(FrameHeader { log_id: LogId([1; 16]), ..header() }, b"");
    frame[8] = 2;
    assert!(matches!(check(&with_sum(frame)), Err(FrameFault::Foreign { .. })));
}

#[test]
fn impossible_fields_are_named() {
    for (field, at, value) in [
        ("version", 8, [0].as_slice()),
        ("epoch", 12, &[0; 4]),
        ("epoch", 12, &[0xff; 4]),
        ("position", 36, &[1, 2, 0, 0]),
        ("position", 36, &[0, 0, 0, 1]),
        ("frame_bytes", 40, &[0, 0x20, 0, 0]),
        ("frame_bytes", 40, &[0; 4]),
        ("payload_bytes", 44, &[0xff; 4]),
        ("entry_count", 48, &[1, 0, 0, 0]),
        ("sequence", 56, &[0xff; 8]),
        ("epoch_start", 64, &[99, 0, 0, 0, 0, 0, 0, 0]),
        ("synced_upto", 72, &[101, 0, 0, 0, 0, 0, 0, 0]),
        ("reserved", 123, &[1]),
    ] {
        let mut frame = seal(header(), b"");
        frame[at..at + value.len()].copy_from_slice(value);
        let fault = FrameFault::Malformed { field };
        assert_eq!(FrameHeader::decode(&with_sum(frame)), Err(fault), "{field}");
    }
}

#[test]
fn a_frame_may_not_cross_its_region() {
    let mut frame = seal(header(), &[7; 5000]);
    let last_block = u32::try_from(REGION_BYTES - BLOCK_BYTES).expect("2 MiB");
    frame[36..40].copy_from_slice(&last_block.to_le_bytes());
    let fault = FrameFault::Malformed { field: "position" };
    assert_eq!(FrameHeader::decode(&with_sum(frame)), Err(fault));
    let whole = seal(header(), &vec![7; FRAME_PAYLOAD_BYTES_MAX]);
    assert_eq!(whole.len(), REGION_BYTES);
    assert!(check(&whole).is_ok());
}

#[test]
fn the_next_frame_goes_right_behind_unless_the_chunk_ends() {
    let next = FrameHeader { frame_bytes: 8192, ..header() }.next_place();
    assert_eq!(next, Some(Place { chunk: 7, position: (2 << 20) + 8192 }));
    let last_block = u32::try_from(JOURNAL_CHUNK_BYTES - BLOCK_BYTES).expect("16 MiB");
    let place = Place { chunk: 7, position: last_block };
    assert_eq!(FrameHeader { place, ..header() }.next_place(), None);
}

#[test]
fn the_hash_changes_with_every_field() {
    let hash = header().hash();
    for other in [
        FrameHeader { epoch: 5, ..header() },
        FrameHeader { epoch_start: 91, ..header() },
        FrameHeader { sequence: 101, ..header() },
        FrameHeader { place: Place { chunk: 8, ..PLACE }, ..header() },
        FrameHeader { payload_crc: 1, ..header() },
        FrameHeader { previous_hash: FrameHash::new(1), ..header() },
        FrameHeader { synced_upto: 99, ..header() },
        FrameHeader { wall_time: Timestamp::new(0), ..header() },
    ] {
        assert_ne!(other.hash(), hash, "{other:?}");
    }
    // The published answers of 64-bit FNV-1a.
    assert_eq!(FrameHash::of(b""), FrameHash::new(0xcbf2_9ce4_8422_2325));
    assert_eq!(FrameHash::of(b"a"), FrameHash::new(0xaf63_dc4c_8601_ec8c));
    assert_eq!(FrameHash::of(b"foobar"), FrameHash::new(0x8594_4171_f739_67e8));
}
