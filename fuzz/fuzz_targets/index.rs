//! Index blocks and the walk through a segment: see `millstream_log::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_log::fuzzing::index(data));
