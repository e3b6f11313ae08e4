//! The coordinator as the broker meets it: calls in, exact answers and records out.
#![forbid(unsafe_code)]

mod commit;
mod common;
mod delete;
mod describe;
mod expire;
mod heartbeat;
mod hostile;
mod join;
mod late;
mod leave;
mod random;
mod restart;
mod static_members;
mod sync;
