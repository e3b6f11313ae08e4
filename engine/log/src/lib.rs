//! A durable, replayable log per core that embeds.
//!
//! # Invariants worth naming
//!
//! - Bytes from a disk are of another type than what was checked, and every decoder is total: no
//!   input panics, and none takes memory by a size that it merely declares.

#![forbid(unsafe_code)]

pub mod checkpoint;
mod cursor;
pub mod identity;
pub mod journal;
pub mod name;
pub mod partition_state;
pub mod segment;
pub mod stored_options;
