//! The program `millstream`: everything it does is in [`millstream_broker::cli`].
#![forbid(unsafe_code)]

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Requests are allocated and freed by the thousand on each shard, most of them in the order in
/// which they came: lists of free blocks for each size and thread suit that better than a heap.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    millstream_broker::cli::run()
}
