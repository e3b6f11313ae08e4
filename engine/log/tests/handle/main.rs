//! The handle on a real ring: what other threads and executors may rely on.
#![forbid(unsafe_code)]

mod agreement;
mod back_pressure;
mod closing;
mod codecs;
mod cutting;
mod following;
mod names;
mod neighbours;
mod options;
mod producers;
mod readme;
mod refusals;
mod relaxed;
mod scratch;
mod shards;
mod tiny_executor;
