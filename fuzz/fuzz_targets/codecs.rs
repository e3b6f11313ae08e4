//! The four codecs: see `millstream_batch::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_batch::fuzzing::codecs(data));
