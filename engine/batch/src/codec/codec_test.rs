//! What holds for all codecs alike, and each against an implementation that is not ours.

use std::io::{Read, Write};

use millstream_base::Random;
use proptest::prelude::*;

use super::{Compression, DecompressLimit, Scratch, compress, decompress};
use crate::error::{BatchError, CodecFault};

const PACKED: [Compression; 4] =
    [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

/// Half noise, half repetition, so that every kind of block occurs.
fn sample(size_bytes: usize) -> Vec<u8> {
    let mut bytes = vec![b'x'; size_bytes];
    let mut random = Random::new(size_bytes as u64);
    for stretch in bytes.chunks_mut(700).step_by(2) {
        random.fill(stretch);
    }
    bytes
}

fn pack(compression: Compression, input: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    compress(compression, input, &mut Scratch::new(), &mut output).expect("compresses");
    output
}

fn unpack(compression: Compression, input: &[u8], bytes_max: usize) -> Result<Vec<u8>, CodecFault> {
    let mut scratch = Scratch::new();
    let result = decompress(compression, input, DecompressLimit::new(bytes_max), &mut scratch);
    let result = result.map(<[u8]>::to_vec);
    assert!(scratch.capacity_bytes() <= bytes_max.max(64), "{}", scratch.capacity_bytes());
    result.map_err(|error| match error {
        BatchError::Codec { compression: got, fault } if got == compression => fault,
        other => panic!("{other}"),
    })
}

#[test]
fn sizes_at_every_edge_come_back() {
    let sizes = [0, 1, 5, 12, 13, 100, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 400_000];
    let mut scratch = Scratch::new();
    for compression in Compression::ALL {
        for size_bytes in sizes {
            let input = sample(size_bytes);
            let mut packed = b"before".to_vec();
            compress(compression, &input, &mut scratch, &mut packed).expect("compresses");
            let packed = packed.strip_prefix(b"before").expect("appends");
            let limit = DecompressLimit::new(size_bytes);
            let unpacked = decompress(compression, packed, limit, &mut scratch);
            assert_eq!(unpacked, Ok(&*input), "{compression} of {size_bytes}");
        }
    }
}

#[test]
fn the_cap_is_exact() {
    for compression in Compression::ALL {
        for size_bytes in [1, 1000, 70_000, 300_000] {
            let packed = pack(compression, &sample(size_bytes));
            let bytes_max = size_bytes - 1;
            let refused = Err(CodecFault::OverLimit { bytes_max });
            assert_eq!(unpack(compression, &packed, bytes_max), refused, "{compression}");
            assert_eq!(
                unpack(compression, &packed, 0),
                Err(CodecFault::OverLimit { bytes_max: 0 })
            );
            assert!(unpack(compression, &packed, size_bytes).is_ok(), "{compression}");
        }
    }
}

#[test]
fn bombs_stop_at_the_cap() {
    let bytes_max = 1 << 20;
    let input = vec![0; 64 << 20];
    for compression in PACKED {
        let bomb = pack(compression, &input);
        assert!(bomb.len() < 4 << 20, "{compression}: {} bytes", bomb.len());
        // `unpack` asserts that no more than the cap is held afterwards.
        let refused = Err(CodecFault::OverLimit { bytes_max });
        assert_eq!(unpack(compression, &bomb, bytes_max), refused, "{compression}");
    }
}

#[test]
fn every_cut_is_refused() {
    let input = sample(40_000);
    for compression in PACKED {
        let packed = pack(compression, &input);
        let cuts = (0..300).chain((300..packed.len()).step_by(97)).chain([packed.len() - 1]);
        for end in cuts {
            match unpack(compression, &packed[..end], 1 << 20) {
                Err(fault) => assert!(
                    matches!(fault, CodecFault::Truncated | CodecFault::Malformed),
                    "{compression} cut at {end}: {fault}"
                ),
                // The Java framing has no end mark: between two chunks it may end. The number of
                // records then tells.
                Ok(prefix) => {
                    assert_eq!(compression, Compression::Snappy);
                    assert!(prefix.len() % 32_768 == 0 && input.starts_with(&prefix));
                }
            }
        }
        assert_eq!(unpack(compression, b"", 1 << 20), Err(CodecFault::Truncated), "{compression}");
    }
}

#[test]
fn what_follows_the_end_is_refused() {
    for compression in PACKED {
        let packed = pack(compression, b"some payload, some payload, some payload");
        for garbage in [b"\0".as_slice(), b"\0\0\0\0", b"garbage", &[0xff; 40]] {
            let longer = [&packed, garbage].concat();
            let refused = unpack(compression, &longer, 1 << 20);
            assert!(refused.is_err(), "{compression} with {garbage:?}");
        }
    }
    let packed = pack(Compression::Lz4, b"payload");
    let doubled = [&*packed, &packed].concat();
    assert_eq!(unpack(Compression::Lz4, &doubled, 100), Err(CodecFault::TrailingBytes));
    let packed = pack(Compression::Zstd, b"payload");
    let longer = [&*packed, b"garbage"].concat();
    assert_eq!(unpack(Compression::Zstd, &longer, 100), Err(CodecFault::TrailingBytes));
    let packed = pack(Compression::Gzip, b"payload");
    let longer = [&*packed, b"garbage"].concat();
    assert_eq!(unpack(Compression::Gzip, &longer, 100), Err(CodecFault::TrailingBytes));
}

#[test]
fn gzip_of_several_members_is_one_payload() {
    let members = [b"one ".as_slice(), b"", b"two"].map(|part| pack(Compression::Gzip, part));
    let unpacked = unpack(Compression::Gzip, &members.concat(), 7);
    assert_eq!(unpacked.as_deref(), Ok(b"one two".as_slice()));
    let swarm = pack(Compression::Gzip, b"").repeat(65);
    assert_eq!(unpack(Compression::Gzip, &swarm, 7), Err(CodecFault::Unsupported));
}

#[test]
fn gzip_with_a_wrong_checksum_is_refused() {
    let mut packed = pack(Compression::Gzip, b"payload");
    let crc_at = packed.len() - 8;
    packed[crc_at] ^= 1;
    assert_eq!(unpack(Compression::Gzip, &packed, 100), Err(CodecFault::Malformed));
    assert_eq!(unpack(Compression::Gzip, &packed, 7), Err(CodecFault::Malformed), "at the cap");
}

#[test]
fn bare_snappy_is_read() {
    let input = sample(100_000);
    let bare = snap::raw::Encoder::new().compress_vec(&input).expect("compresses");
    assert_eq!(unpack(Compression::Snappy, &bare, 100_000), Ok(input));
}

#[test]
fn snappy_that_declares_what_it_cannot_hold_is_refused() {
    // A block that declares 1 MiB (varint 0x100000) and holds a literal of one byte.
    let lie = [0x80, 0x80, 0x40, 0, b'x'];
    assert_eq!(unpack(Compression::Snappy, &lie, 2 << 20), Err(CodecFault::Malformed));
    let scratch = &mut Scratch::new();
    let refused = decompress(Compression::Snappy, &lie, DecompressLimit::DEFAULT, scratch);
    assert!(refused.is_err());
    assert_eq!(scratch.capacity_bytes(), 0, "nothing was taken for the declared size");
    let mut chunk = pack(Compression::Snappy, b"payload");
    for size in [-1_i32, i32::MIN, i32::MAX, 0] {
        chunk[16..20].copy_from_slice(&size.to_be_bytes());
        assert!(unpack(Compression::Snappy, &chunk, 100).is_err(), "chunk of {size}");
    }
}

#[test]
fn lz4_agrees_with_the_library_frame() {
    for size_bytes in [0, 10, 65_536, 300_000] {
        let input = sample(size_bytes);
        let ours = pack(Compression::Lz4, &input);
        let mut read = Vec::new();
        let mut decoder = lz4_flex::frame::FrameDecoder::new(&*ours);
        decoder.read_to_end(&mut read).expect("the library reads ours");
        assert_eq!(read, input);
        for block_size in [
            lz4_flex::frame::BlockSize::Max64KB,
            lz4_flex::frame::BlockSize::Max256KB,
            lz4_flex::frame::BlockSize::Max1MB,
            lz4_flex::frame::BlockSize::Max4MB,
        ] {
            let info = lz4_flex::frame::FrameInfo::new()
                .block_size(block_size)
                .block_checksums(true)
                .content_checksum(true)
                .content_size(Some(size_bytes as u64));
            let theirs = lz4_library_frame(info, &input);
            assert_eq!(unpack(Compression::Lz4, &theirs, size_bytes).as_ref(), Ok(&input));
        }
    }
}

#[test]
fn lz4_that_kafka_does_not_write_is_refused() {
    let linked = lz4_flex::frame::FrameInfo::new().block_mode(lz4_flex::frame::BlockMode::Linked);
    let linked = lz4_library_frame(linked, &sample(200_000));
    assert_eq!(unpack(Compression::Lz4, &linked, 1 << 20), Err(CodecFault::Unsupported));

    let good = pack(Compression::Lz4, b"payload");
    for (at, flip) in [(0, 1), (4, 0x80), (4, 2), (5, 1), (5, 0x80), (5, 0x40), (6, 1)] {
        let mut bad = good.clone();
        bad[at] ^= flip;
        let refused = unpack(Compression::Lz4, &bad, 100);
        assert!(refused.is_err(), "byte {at} flipped by {flip:#x}");
    }
    //= KIP-57: the format before 0.10 took the checksum over the magic too.
    let mut broken = good;
    broken[6] = twox_hash::XxHash32::oneshot(0, &broken[..6]).to_le_bytes()[1];
    assert_eq!(unpack(Compression::Lz4, &broken, 100), Err(CodecFault::Malformed));
}

/// A frame with a right header checksum around `rest`.
fn lz4_frame(descriptor: &[u8], rest: &[&[u8]]) -> Vec<u8> {
    let checksum = twox_hash::XxHash32::oneshot(0, descriptor).to_le_bytes()[1];
    [&[4, 0x22, 0x4d, 0x18], descriptor, &[checksum], &rest.concat()].concat()
}

#[test]
fn lz4_frames_that_lie_are_refused() {
    let block = [3, 0, 0, 0x80, b'a', b'b', b'c', 0, 0, 0, 0].as_slice();
    let unpacked = |frame: &[u8]| unpack(Compression::Lz4, frame, 1 << 20);
    assert_eq!(unpacked(&lz4_frame(&[0x60, 0x40], &[block])).as_deref(), Ok(b"abc".as_slice()));
    for (flags, fault) in [
        (0x61, CodecFault::Unsupported),
        (0x62, CodecFault::Unsupported),
        (0x40, CodecFault::Unsupported),
        (0x20, CodecFault::Malformed),
        (0xa0, CodecFault::Malformed),
    ] {
        assert_eq!(unpacked(&lz4_frame(&[flags, 0x40], &[block])), Err(fault), "{flags:#x}");
    }
    for size_code in [0x30, 0x00, 0xc0, 0x41] {
        let frame = lz4_frame(&[0x60, size_code], &[block]);
        assert_eq!(unpacked(&frame), Err(CodecFault::Malformed), "{size_code:#x}");
    }
    for (declared, is_true) in [(3_u64, true), (2, false), (4, false), (u64::MAX, false)] {
        let descriptor = [[0x68, 0x40].as_slice(), &declared.to_le_bytes()].concat();
        assert_eq!(unpacked(&lz4_frame(&descriptor, &[block])).is_ok(), is_true, "{declared}");
    }
    // A stored block of one byte more than 64 KiB.
    let large = vec![b'x'; 65_537];
    let frame = lz4_frame(&[0x60, 0x40], &[&[1, 0, 1, 0x80], &large, &[0; 4]]);
    assert_eq!(unpacked(&frame), Err(CodecFault::Malformed));
    let frame = lz4_frame(&[0x60, 0x50], &[&[1, 0, 1, 0x80], &large, &[0; 4]]);
    assert_eq!(unpacked(&frame), Ok(large));
}

#[test]
fn lz4_checksums_are_verified() {
    let info = lz4_flex::frame::FrameInfo::new().block_checksums(true).content_checksum(true);
    let good = lz4_library_frame(info, b"payload");
    let content_at = good.len() - 4;
    let block_at = content_at - 8;
    for at in [content_at, block_at] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert_eq!(unpack(Compression::Lz4, &bad, 100), Err(CodecFault::Malformed), "byte {at}");
    }
    assert!(unpack(Compression::Lz4, &good, 100).is_ok());
}

#[test]
fn zstd_streams_of_unknown_size_and_several_frames_are_read() {
    let input = sample(300_000);
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).expect("makes a state");
    encoder.include_contentsize(false).expect("a known option");
    encoder.window_log(27).expect("a known option");
    encoder.write_all(&input).expect("writes to memory");
    let stream = encoder.finish().expect("writes to memory");
    assert_eq!(unpack(Compression::Zstd, &stream, 300_000).as_ref(), Ok(&input));
    // RFC 8878 §3.1.2: a skippable frame of three bytes.
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, b'a', b'b', b'c'];
    let frames = [&*stream, &skippable, &pack(Compression::Zstd, b"end")].concat();
    let expected = [&*input, b"end"].concat();
    assert_eq!(unpack(Compression::Zstd, &frames, 300_003), Ok(expected));
    let swarm = skippable.repeat(65);
    assert_eq!(unpack(Compression::Zstd, &swarm, 100), Err(CodecFault::Unsupported));
}

#[test]
fn zstd_run_of_blocks_without_input_stops_at_the_cap() {
    // RFC 8878 §3.1.1: no content size, window of 128 MiB; 500 RLE blocks of 128 KiB each.
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3];
    for _ in 0..500 {
        bomb.extend_from_slice(&[0x02, 0x00, 0x10, b'x']);
    }
    bomb.extend_from_slice(&[0x01, 0, 0]);
    let bytes_max = 1 << 20;
    let refused = Err(CodecFault::OverLimit { bytes_max });
    assert_eq!(unpack(Compression::Zstd, &bomb, bytes_max), refused);
    assert_eq!(unpack(Compression::Zstd, &bomb, 64 << 20).map(|all| all.len()), Ok(500 << 17));
}

#[test]
fn a_scratch_serves_after_a_fault() {
    let mut scratch = Scratch::new();
    let limit = DecompressLimit::new(1000);
    for compression in PACKED {
        let good = pack(compression, b"payload");
        let mut bad = good.clone();
        let last = bad.len() - 1;
        bad.truncate(last);
        assert!(decompress(compression, &bad, limit, &mut scratch).is_err());
        let unpacked = decompress(compression, &good, limit, &mut scratch);
        assert_eq!(unpacked, Ok(b"payload".as_slice()), "{compression}");
    }
}

fn lz4_library_frame(info: lz4_flex::frame::FrameInfo, input: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(input).expect("writes to memory");
    encoder.finish().expect("writes to memory")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn noise_never_panics_nor_passes_the_cap(
        noise in proptest::collection::vec(any::<u8>(), 0..2000),
        bytes_max in 0_usize..10_000,
    ) {
        for compression in PACKED {
            let _ = unpack(compression, &noise, bytes_max);
        }
    }

    #[test]
    fn a_flipped_byte_never_panics_nor_passes_the_cap(
        at: prop::sample::Index,
        flip in 1_u8..,
        bytes_max in 0_usize..10_000,
    ) {
        for compression in PACKED {
            let mut packed = pack(compression, &sample(4000));
            let at = at.index(packed.len());
            packed[at] ^= flip;
            let _ = unpack(compression, &packed, bytes_max);
        }
    }

    #[test]
    fn what_is_packed_is_unpacked(input in proptest::collection::vec(0_u8..4, 0..5000)) {
        for compression in Compression::ALL {
            let packed = pack(compression, &input);
            let unpacked = unpack(compression, &packed, input.len());
            prop_assert_eq!(unpacked.as_ref(), Ok(&input));
        }
    }
}
