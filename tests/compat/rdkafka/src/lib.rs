//! A package of its own for librdkafka's tests: building it takes longer than most of ours, so that
//! nobody else's build should wait for it.
#![forbid(unsafe_code)]
