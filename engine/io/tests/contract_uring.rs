//! The contract of the back ends, held by io_uring on a real file system.

mod contract;

use contract::Case;
use millstream_io::{Shard, ShardOptions};
use std::path::{Path, PathBuf};

/// Runs a case on a shard with a thread of its own.
fn run(name: &str, case: Case) {
    let directory: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(std::fs::remove_dir_all(&directory));
    std::fs::create_dir_all(&directory).expect("a scratch directory");
    let place = directory.clone();
    let shard = Shard::start(ShardOptions::default(), move |io| case(io, place));
    let outcome = shard.expect("a ring").join();
    assert_eq!(outcome, Ok(()), "{name}: the shard panicked");
    std::fs::remove_dir_all(&directory).expect("removed");
}
