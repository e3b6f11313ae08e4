//! The same seed is the same run, also in another process.

use crate::toolbox::{filled, open, write};
use millstream_base::{Random, ShardId};
use millstream_io::sim::{Crash, PowerCut, World, WorldOptions};
use millstream_io::{ConnectOptions, Durability, Io, ListenOptions, Priority};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

const PORT: u16 = 9000;
const CHILD: &str = "MILLSTREAM_SIM_REPEAT_CHILD";
const MARK: &str = "trace hashes:";

/// Writes here and there, and sends what it writes to whoever listens on the other node.
async fn wander(io: Io, peer: IpAddr) {
    drop(io.spawn(Priority::Background, listen(io.clone())));
    let mut stream = None;
    let file = open(&io, &format!("/file-{}", io.shard())).await;
    loop {
        let slice = filled(io.random_u64().to_le_bytes()[0], 4096);
        let durability = if io.random_u64().is_multiple_of(2) {
            Durability::Stable
        } else {
            Durability::Written
        };
        write(&file, (io.random_u64() % 64) * 4096, slice.clone(), durability).await;
        if stream.is_none() {
            let address = SocketAddr::new(peer, PORT + io.shard().get());
            stream = io.connect(address, ConnectOptions::default()).await.ok();
        }
        let is_sent = match &mut stream {
            Some(stream) => stream.send(vec![slice]).await.is_ok(),
            None => false,
        };
        stream = stream.filter(|_| is_sent);
        io.sleep(Duration::from_micros(io.random_u64() % 100)).await;
    }
}

async fn listen(io: Io) {
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT + io.shard().get()));
    let mut listener = io.listen(address, ListenOptions::default()).await.expect("listens");
    while let Ok(mut stream) = listener.accept().await {
        drop(io.spawn(Priority::Foreground, async move {
            while let Ok(Some(_)) = stream.receive_provided().await {}
        }));
    }
}

/// Two nodes with two shards each, which crash again and again.
fn trace_hash(seed: u64) -> u64 {
    let mut world = World::new(seed, WorldOptions::default());
    let mut random = Random::new(seed);
    let nodes = [world.node("a"), world.node("b")];
    for round in 0..6 {
        for (node, peer) in [(nodes[0], nodes[1]), (nodes[1], nodes[0])] {
            let peer = world.address(peer);
            for shard in 0..2 {
                drop(world.start(node, ShardId::new(shard), |io| wander(io, peer)));
            }
            let crash = if round % 2 == 0 { Crash::Kill } else { Crash::Power(PowerCut::Random) };
            world.crash_at(node, world.event_count(node) + 10 + random.below(200), crash);
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
