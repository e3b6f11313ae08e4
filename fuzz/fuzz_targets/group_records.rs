//! Records of `__consumer_offsets` and their replay: see `millstream_coordinator::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_coordinator::fuzzing::group_records(data));
