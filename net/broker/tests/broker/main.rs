//! A node and clients that speak to it over sockets.

#[path = "../harness/mod.rs"]
mod harness;

mod group_admin;
mod group_compaction;
mod group_errors;
mod group_extremes;
mod group_restart;
mod groups;
mod member;
mod offsets;
mod old_batches;
