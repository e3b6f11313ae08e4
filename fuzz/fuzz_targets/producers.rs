//! Idempotent producers: see `millstream_replica::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_replica::fuzzing::producers(data));
