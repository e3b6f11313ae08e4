//! What the tests share.

use millstream_base::{Position, ShardId};
use millstream_io::sim::{NodeId, World, WorldOptions};
use millstream_io::{Buffer, Durability, File, Io, OpenOptions, Slice};
use std::path::Path;

pub(crate) const SECTOR_BYTES: usize = 512;

/// A world with one node, on which `main` has run to its end.
pub(crate) fn world_after<F>(seed: u64, main: impl FnOnce(Io) -> F) -> (World, NodeId)
where
    F: Future<Output = ()> + 'static,
{
    let mut world = World::new(seed, WorldOptions::default());
    let node = world.node("a");
    run(&mut world, node, main);
    (world, node)
}

/// Runs `main` on a shard of a node, to its end.
pub(crate) fn run<T, F>(world: &mut World, node: NodeId, main: impl FnOnce(Io) -> F) -> T
where
    T: 'static,
    F: Future<Output = T> + 'static,
{
    let running = world.start(node, ShardId::new(0), main);
    world.run(&running).expect("the script comes to its end")
}

pub(crate) fn filled(byte: u8, length_bytes: usize) -> Slice {
    let mut buffer = Buffer::unpooled(length_bytes);
    buffer.fill(byte);
    buffer.freeze()
}

pub(crate) async fn write(file: &File, position: u64, slice: Slice, durability: Durability) {
    let position = Position::new(position);
    file.write_at(vec![slice], position, durability).await.expect("writes");
}

pub(crate) async fn open(io: &Io, path: &str) -> File {
    io.open(Path::new(path), OpenOptions::write_direct()).await.expect("opens")
}

/// A file of 8 KiB, all ones, durable with its name.
pub(crate) async fn durable_file(io: &Io) -> File {
    let file = open(io, "/file").await;
    write(&file, 0, filled(1, 8192), Durability::Written).await;
    file.sync_data().await.expect("syncs");
    io.sync_directory(Path::new("/")).await.expect("syncs");
    file
}

/// The first byte of each sector, after checking that each sector is of one piece.
pub(crate) fn sectors(bytes: &[u8]) -> Vec<u8> {
    let sectors = bytes.chunks(SECTOR_BYTES);
    sectors
        .map(|sector| {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is never torn");
            sector[0]
        })
        .collect()
}
