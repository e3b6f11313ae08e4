//! Memory for what comes in and what goes out: requests that are being received or are under way,
//! and answers until they are sent, with the bytes that slow readers keep of the logs.
//!
//! - Each connection has an [`Account`], each shard a [`Budget`], the process a [`Process`], from
//!   which shards borrow. All of them count bytes that are there; nothing is set aside for a
//!   length that was only declared.
//! - Where there is no room, the connection is not read, so its peer fills its own socket.
//! - A connection that holds nothing may always have one small request under way. Of those whose
//!   larger request has begun, the first in line may always go on. So there is progress, whatever
//!   is held by whom, and the most that is held is known: the budget, a small request for each
//!   connection with its answer, and one request of any size for each shard. What goes beyond
//!   twice the budget and the largest request all the same ends its connection.

mod account;
#[cfg(test)]
mod budget_test;
mod line;
mod process;
mod shard;

pub(crate) use account::{Account, Lease};
pub(crate) use process::{Process, Seat};
pub(crate) use shard::Budget;

/// What one shard may hold where nobody has said how much the process may: room for a hundred
/// fetches of usual size that nobody takes.
const SHARD_BYTES: usize = 128 << 20;

/// More than any machine has, so that sums of it fit their type.
const BYTES_MAX: usize = 1 << 50;

/// How the memory of a process is divided at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    /// What each shard has for itself alone.
    pub(crate) own_bytes: usize,
    /// What all share.
    pub(crate) shared_bytes: usize,
}

impl Division {
    /// One half in equal parts for each shard, so that none can be starved by another, and one for
    /// all. `queued_bytes_max` is `queued.max.request.bytes`.
    pub(crate) fn new(shard_count: u16, queued_bytes_max: Option<u64>) -> Self {
        let shard_count = usize::from(shard_count).max(1);
        let said = queued_bytes_max.map(|bytes| usize::try_from(bytes).unwrap_or(BYTES_MAX));
        let all_bytes = said.unwrap_or(2 * SHARD_BYTES * shard_count).min(BYTES_MAX);
        let own_bytes = all_bytes / 2 / shard_count;
        Self { own_bytes, shared_bytes: all_bytes - own_bytes * shard_count }
    }
}
