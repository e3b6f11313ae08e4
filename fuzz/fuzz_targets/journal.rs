//! Frames, entries, survey and plan: see `millstream_log::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_log::fuzzing::journal(data));
