//! The journal: everything that a shard must make durable, in one sequence of frames.

pub mod entry;
pub mod frame;
pub mod run_place;
pub mod start;
