//! The codec from outside, one behaviour per file.

#![forbid(unsafe_code)]

mod cuts;
mod every_version;
mod frames;
mod gaps;
mod kafka_golden;
mod kafka_protocol;
mod known_frames;
mod lying_lengths;
mod records;
mod sample;
mod secrecy;
mod tags;
