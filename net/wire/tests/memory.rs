//! What decoding takes from the allocator, whatever a frame says of itself.

#![forbid(unsafe_code)]

#[path = "wire/sample.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod sample;

use std::alloc::System;

use millstream_base::limits::{WIRE_DECODED_BYTES_FLOOR, WIRE_DECODED_BYTES_PER_BYTE_MAX};
use millstream_wire::{Decoder, Request, Response, WireError, decode_request};
use sample::{Case, Counts, Lie, Source, Style};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes of zeros behind each lie: they make sound elements, so that only limits stop it.
const ZEROS: usize = 20_000;

/// Reads a message within the budget of a request; bytes taken, and whether it was sound so far.
fn bytes_taken(case: Case, bytes: &[u8]) -> (usize, Result<(), WireError>) {
    let region = Region::new(ALLOCATOR);
    let mut decoder = Decoder::new(bytes);
    let result = match case.source {
        Source::Request(key) => Request::read(&mut decoder, key, case.version).map(drop),
        Source::Response(key) => Response::read(&mut decoder, key, case.version).map(drop),
        Source::Record(_) => Ok(()),
    };
    (region.change().bytes_allocated, result)
}

const fn granted_bytes(frame_bytes: usize) -> usize {
    frame_bytes * WIRE_DECODED_BYTES_PER_BYTE_MAX + WIRE_DECODED_BYTES_FLOOR
}

/// One test, since it counts for the whole process.
#[test]
fn memory_is_bounded_by_the_bytes_received() {
    a_promise_of_the_fault_table_is_kept();
    an_array_without_bytes_takes_nothing();
    let mut refused_count = 0;
    let mut most = 0.0_f64;
    for case in Case::all() {
        let style = Style { is_full: true, ..Style::default() };
        for (index, length) in case.sample(0, style).lengths.iter().enumerate() {
            if length.counts != Counts::Elements {
                continue;
            }
            for declared in [100, 1000, 4000, 9000, 19_000] {
                let lie = Some(Lie { index, declared });
                let mut bytes = case.sample(0, Style { lie, ..style }).bytes;
                bytes.resize(bytes.len() + ZEROS, 0);
                let (taken, result) = bytes_taken(case, &bytes);
                assert!(taken <= granted_bytes(bytes.len()), "{case:?} {declared}: {taken}");
                refused_count += usize::from(matches!(result, Err(WireError::Memory { .. })));
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let ratio = taken as f64 / granted_bytes(bytes.len()) as f64;
                most = most.max(ratio);
            }
        }
    }
    assert!(refused_count > 100, "{refused_count} frames met the budget");
    assert!(most > 0.9, "nothing came near the limit: {most}");
}

fn a_promise_of_the_fault_table_is_kept() {
    for frame_bytes in [0, 1, 1000, 1 << 20, 100 << 20] {
        assert!(frame_bytes + granted_bytes(frame_bytes) <= 8 * frame_bytes + (64 << 10));
    }
}

fn an_array_without_bytes_takes_nothing() {
    // A Metadata request of version 1 with 2^31 - 1 topics in a frame of 100 bytes.
    let mut frame = vec![0, 3, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff];
    frame.resize(100, 0);
    let region = Region::new(ALLOCATOR);
    let refused = decode_request(&frame).map(drop);
    assert_eq!(region.change().bytes_allocated, 0);
    let field = "MetadataRequest.topics";
    let (position, got) = (14, 0x7fff_ffff);
    assert_eq!(refused, Err(WireError::Count { field, position, got, expected_max: 43 }));
}
