//! The contract of the back ends, held by the simulated world, under many seeds.

mod contract;

use contract::Case;
use millstream_base::ShardId;
use millstream_io::sim::{World, WorldOptions};
use std::path::{Path, PathBuf};

const SEED_COUNT: u64 = 16;

/// Runs a case in worlds of its own.
fn run(name: &str, case: Case) {
    for seed in 0..SEED_COUNT {
        let mut world = World::new(seed, WorldOptions::default());
        let node = world.node("a");
        let directory: PathBuf = Path::new("/contract").join(name);
        world.disk(node).create_directory(&directory);
        let running = world.start(node, ShardId::new(0), |io| case(io, directory));
        assert_eq!(world.run(&running), Some(()), "{name}: seed {seed}: hangs");
    }
}
