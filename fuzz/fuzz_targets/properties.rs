//! Properties files: see `millstream_controller::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_controller::fuzzing::properties(data));
