//! The crate from outside: one behaviour per module.

#![forbid(unsafe_code)]

mod append_time;
mod bit_flips;
mod bombs;
mod builder_limits;
mod common;
mod cuts;
mod header_lies;
mod known_answers;
mod other_writers;
mod record_lies;
mod round_trip;
mod secrecy;
mod sparse;
mod timestamps;
mod walk;
