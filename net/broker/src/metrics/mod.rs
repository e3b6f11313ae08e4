//! What a node tells of itself: counted on each shard by itself, asked for by way of its orders,
//! written as Prometheus reads it.

mod observed;
mod report;
mod text;

pub(crate) use observed::Observed;
pub(crate) use report::{ShardReport, readiness};
pub(crate) use text::render;
