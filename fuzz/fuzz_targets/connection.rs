//! A whole connection on a simulated disk and network: see `millstream_broker::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_broker::fuzzing::connection(data));
