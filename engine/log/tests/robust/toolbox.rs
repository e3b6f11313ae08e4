//! An engine on a simulated disk.

use millstream_base::{PartitionId, ShardId, Timestamp};
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, Origin, check};
use millstream_io::Io;
use millstream_io::sim::{Disk, NodeId, World, WorldOptions};
use millstream_log::{
    AppendOptions, Appended, Directory, Engine, EngineOptions, LogError, Offset, PartitionName,
    PartitionOptions, ReadLimit,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const DATA: &str = "/data";
pub(crate) const SHARD: &str = "/data/shard-0";

/// A world with one node, and what its disk holds.
pub(crate) struct Machine {
    pub(crate) world: World,
    pub(crate) node: NodeId,
}

impl Machine {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = World::new(seed, WorldOptions::default());
        let node = world.node("a");
        Self { world, node }
    }

    pub(crate) fn disk(&self) -> Disk {
        self.world.disk(self.node)
    }

    /// Runs `main` to its end, as one process.
    pub(crate) fn run<T, F>(&mut self, main: impl FnOnce(Io) -> F) -> T
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let running = self.world.start(self.node, ShardId::new(0), main);
        let answer = self.world.run(&running).expect("comes to its end");
        self.world.kill(self.node);
        answer
    }

    /// All files with all they hold.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let disk = self.disk();
        let read = |path: PathBuf| {
            let bytes = disk.read_file(&path).expect("is there");
            (path, bytes)
        };
        disk.files().into_iter().map(read).collect()
    }

    /// Changes a file in place.
    pub(crate) fn patch(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.disk().read_file(path).expect("is there");
        change(&mut bytes);
        self.disk().write_file(path, &bytes);
    }
}

pub(crate) fn options() -> EngineOptions {
    let mut options = EngineOptions::default();
    options.journal_bytes_max = 64 << 20;
    options.tail_bytes_max = 8 << 20;
    options.settle_idle = Duration::from_millis(50);
    options.retention_check = Duration::from_millis(200);
    options
}

pub(crate) async fn try_open(io: &Io) -> Result<Engine, LogError> {
    let directory = Directory::open(io, Path::new(DATA), 1).await?;
    Engine::open(io, &directory, options()).await
}

pub(crate) async fn open(io: &Io) -> Engine {
    try_open(io).await.expect("opens")
}

pub(crate) fn name(text: &str) -> PartitionName {
    PartitionName::new(text).expect("a name")
}

pub(crate) async fn create(engine: &Engine, text: &str) -> PartitionId {
    engine.create(&name(text), PartitionOptions::default()).await.expect("creates")
}

/// One batch with one record of this size.
pub(crate) fn append_staged(
    engine: &Engine,
    partition: PartitionId,
    bytes: usize,
) -> Result<Appended, LogError> {
    let options = BuilderOptions { batch_bytes_max: 64 << 20, ..BuilderOptions::default() };
    let mut builder = BatchBuilder::new(options);
    let value = vec![7; bytes];
    builder.append(Timestamp::new(1), None, Some(&value), &[]).expect("fits");
    let built = builder.finish().expect("has a record").to_vec();
    let options = CheckOptions { batch_bytes_max: 64 << 20, origin: Origin::Producer };
    let batch = check(&built, options).expect("right");
    engine.append(partition, &batch, AppendOptions::default())
}

pub(crate) async fn append(
    engine: &Engine,
    partition: PartitionId,
    bytes: usize,
) -> Result<Offset, LogError> {
    let appended = append_staged(engine, partition, bytes)?;
    engine.stable(appended.ticket).await?;
    Ok(appended.first_offset)
}

/// How many records can be read from `offset` on, and what ended that.
pub(crate) async fn read_on(
    engine: &Engine,
    partition: PartitionId,
    offset: Offset,
) -> (i64, Option<LogError>) {
    let (mut at, mut slices) = (offset, Vec::new());
    loop {
        slices.clear();
        match engine.read(partition, at, ReadLimit { bytes_max: 1 << 20 }, &mut slices).await {
            Err(error) => return (at.get() - offset.get(), Some(error)),
            Ok(fetched) if fetched.bytes == 0 => return (at.get() - offset.get(), None),
            Ok(fetched) => at = fetched.next_offset,
        }
    }
}

pub(crate) fn segment(partition: u64, base: i64) -> PathBuf {
    PathBuf::from(format!("{SHARD}/segments/{partition:016x}/{base:020}.log"))
}

pub(crate) fn index(partition: u64, base: i64) -> PathBuf {
    segment(partition, base).with_extension("index")
}
