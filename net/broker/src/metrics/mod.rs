//! What a node tells of itself: counted on each shard by itself, asked for by way of its orders,
//! written as Prometheus reads it; and which requests were slow, and where.

mod journey;
mod observed;
mod report;
mod slowest;
mod text;
mod traffic;

pub(crate) use journey::{Journey, Stage};
pub(crate) use observed::Observed;
pub(crate) use report::{ShardReport, readiness};
pub(crate) use slowest::render_slowest;
pub(crate) use text::{Surroundings, render};
pub(crate) use traffic::Traffic;
