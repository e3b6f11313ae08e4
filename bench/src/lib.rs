//! What this machine can do, how near a broker comes, and why not nearer.
//!
//! A room for each command of the program `millstream-bench`. To a broker it is a client like any
//! other: it knows nothing of ours but Kafka's protocol.
#![forbid(unsafe_code)]

mod amount;
mod calendar;
pub mod cli;
mod client;
mod compare;
mod failure;
mod hw;
mod interrupt;
mod limit;
mod load;
mod machine;
mod markup;
mod on_shard;
mod plot;
mod progress;
#[doc(hidden)]
pub mod protocol;
mod quantity;
mod recycled;
mod scratch;
mod verify;
