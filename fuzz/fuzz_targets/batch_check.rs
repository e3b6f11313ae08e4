//! The batch view, checker, walker and iterator: see `millstream_batch::fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millstream_batch::fuzzing::batch_check(data));
