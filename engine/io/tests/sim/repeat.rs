//! The same seed is the same run, also in another process.

use crate::toolbox::{filled, open, write};
use millstream_base::{Random, ShardId};
use millstream_io::sim::{Crash, PowerCut, World, WorldOptions};
use millstream_io::{Durability, Io};
use std::time::Duration;

const CHILD: &str = "MILLSTREAM_SIM_REPEAT_CHILD";
const MARK: &str = "trace hashes:";

async fn wander(io: Io) {
    let file = open(&io, &format!("/file-{}", io.shard())).await;
    loop {
        let slice = filled(io.random_u64().to_le_bytes()[0], 4096);
        let durability = if io.random_u64().is_multiple_of(2) {
            Durability::Stable
        } else {
            Durability::Written
        };
        write(&file, (io.random_u64() % 64) * 4096, slice, durability).await;
        io.sleep(Duration::from_micros(io.random_u64() % 100)).await;
    }
}

/// Two nodes with two shards each, which crash again and again.
fn trace_hash(seed: u64) -> u64 {
    let mut world = World::new(seed, WorldOptions::default());
    let mut random = Random::new(seed);
    let nodes = [world.node("a"), world.node("b")];
    for round in 0..6 {
        for node in nodes {
            for shard in 0..2 {
                drop(world.start(node, ShardId::new(shard), wander));
            }
            let crash = if round % 2 == 0 { Crash::Kill } else { Crash::Power(PowerCut::Random) };
            world.crash_at(node, world.event_count(node) + 10 + random.below(50), crash);
        }
        world.run_until_idle();
    }
    world.trace_hash()
}

fn hashes() -> String {
    (0..8).map(|seed| format!(" {:016x}", trace_hash(seed))).collect()
}

#[test]
fn the_same_seed_gives_the_same_trace_in_another_process() {
    let hashes = hashes();
    if std::env::var_os(CHILD).is_some() {
        println!("{MARK}{hashes}");
        return;
    }
    let child = std::process::Command::new(std::env::current_exe().expect("a test binary"))
        .args(["--exact", "--nocapture"])
        .arg("repeat::the_same_seed_gives_the_same_trace_in_another_process")
        .env(CHILD, "1")
        .output()
        .expect("the child runs");
    let output = String::from_utf8_lossy(&child.stdout);
    let line = output.lines().find_map(|line| line.split_once(MARK));
    let (_, theirs) = line.expect("the child says what it saw");
    assert_eq!(theirs, hashes);
}

#[test]
fn another_seed_gives_another_trace() {
    let hashes: std::collections::BTreeSet<_> = (0..8).map(trace_hash).collect();
    assert_eq!(hashes.len(), 8);
}
