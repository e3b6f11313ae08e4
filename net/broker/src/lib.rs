//! The broker: Kafka's protocol on Millstream's engine.
//!
//! A [`Node`] is one process: shards with an engine each, and connections that any of them accepts.
//! `docs/ARCHITECTURE.md` follows a produce and a fetch through the rooms below.
//!
//! # Invariants worth naming
//!
//! - A connection lives on the shard that accepted it, a partition on the one that its topic's id
//!   and its number say; a request goes to another shard at most once, and its answer comes back.
//! - Answers leave a connection in the order of its requests, in whatever order they are ready.
//! - What a client produces is appended, partition by partition, in the order in which it came in.
//! - An answer that speaks of something durable is given when that is on stable media.
//! - No lock and no atomic stands between a request and its answer: what shards share is immutable
//!   (the image, the settings), sent (mailboxes), or taken in large chunks (memory).
//! - Every byte of a request and of an answer is counted from when it is there until it has gone,
//!   and what is not read for want of memory stays with its sender.
//! - What the front desk ([`dispatch`](self)) has checked, nobody checks again.
#![forbid(unsafe_code)]

mod admission;
mod altering;
mod asking;
mod authorized;
mod budget;
pub mod cli;
mod client;
mod connection;
mod control;
mod dispatch;
mod error_map;
mod exchange;
mod fetch_session;
mod fetching;
mod frames;
#[cfg(test)]
mod full_disk_test;
#[doc(hidden)]
pub mod fuzzing;
mod groups;
mod handlers;
mod mesh;
mod metrics;
mod node;
mod partition;
mod patience;
mod race;
mod read_ahead;
mod reconcile;
mod replies;
mod resources;
mod shard;
mod topics;
mod turnstile;
mod upkeep;

pub use node::{Node, NodeError, NodeOptions};
