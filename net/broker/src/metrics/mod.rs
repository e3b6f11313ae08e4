//! What a node tells of itself: counted on each shard by itself, asked for by way of its orders,
//! written as Prometheus reads it.

mod journey;
mod observed;
mod report;
mod text;
mod traffic;

pub(crate) use journey::{Journey, Stage};
pub(crate) use observed::Observed;
pub(crate) use report::{ShardReport, readiness};
pub(crate) use text::render;
pub(crate) use traffic::Traffic;
