//! Checkpoints and identities: see `millstream_log::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_log::fuzzing::checkpoint(data));
