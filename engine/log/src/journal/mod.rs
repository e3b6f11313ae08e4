//! The journal: everything that a shard must make durable, in one sequence of frames.

pub(crate) mod chunks;
pub mod entry;
pub mod frame;
pub(crate) mod ledger;
mod lineage;
pub mod plan;
pub mod run_place;
pub(crate) mod staging;
pub mod start;
pub mod survey;
