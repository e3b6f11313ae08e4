//! A log of batches of 16 KiB on a real disk, and what was read of it.

use millstream_base::Timestamp;
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, HeaderView, Origin, check};
use millstream_io::{Io, Shard, ShardOptions, Slice, reply};
use millstream_log::{
    AppendOptions, Directory, Engine, EngineOptions, LogError, PartitionId, PartitionName,
    PartitionOptions,
};
use std::path::PathBuf;

/// Batches that [`Site::fill`] leaves in segments.
pub(crate) const BATCHES: i64 = 600;

/// A directory that is open, and a log in it.
pub(crate) struct Site {
    pub(crate) io: Io,
    pub(crate) engine: Engine,
    pub(crate) partition: PartitionId,
    _directory: Directory,
}

impl Site {
    /// Appends [`BATCHES`], and opens anew, so that all of them are in segments and none in memory.
    pub(crate) async fn fill(io: Io, path: PathBuf) -> Self {
        let directory = Directory::open(&io, &path, 1).await.expect("opens");
        let engine = Engine::open(&io, &directory, EngineOptions::default()).await.expect("opens");
        let name = PartitionName::new("read").expect("a name");
        let options = PartitionOptions::default().segment_bytes(1 << 20);
        let partition = engine.create(&name, options).await.expect("creates");
        append(&engine, partition, BATCHES, 1).await;
        engine.close().await.expect("closes");
        drop(engine);
        let mut options = EngineOptions::default();
        // Little, so that what is appended leaves memory soon, whoever still reads it there.
        options.tail_bytes_max = 8 << 20;
        let engine = Engine::open(&io, &directory, options).await.expect("opens");
        Self { io, engine, partition, _directory: directory }
    }
}

/// Runs on a shard of its own, in a directory that goes with it.
pub(crate) fn on_a_shard<F, R>(name: &str, body: F)
where
    F: FnOnce(Io, PathBuf) -> R + Send + 'static,
    R: Future<Output = ()>,
{
    let path = std::env::temp_dir().join(format!("millstream-log-{name}-{}", std::process::id()));
    let (done, answer) = reply();
    let inside = path.clone();
    let shard = Shard::start(ShardOptions::default(), |io| async move {
        body(io, inside).await;
        done.send(());
    })
    .expect("a ring");
    answer.wait().expect("the shard answers");
    shard.join().expect("ends without a panic");
    std::fs::remove_dir_all(&path).expect("removed");
}

/// Appends batches of one record with this timestamp.
pub(crate) async fn append(engine: &Engine, partition: PartitionId, count: i64, time: i64) {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(Timestamp::new(time), None, Some(&[9; 16 << 10]), &[]).expect("fits");
    let bytes = builder.finish().expect("fits").to_vec();
    let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Producer };
    let batch = check(&bytes, options).expect("right");
    let mut last = None;
    for _ in 0..count {
        let appended = loop {
            match engine.append(partition, &batch, AppendOptions::default()) {
                Err(LogError::Busy) => engine.room().await,
                other => break other.expect("takes its place"),
            }
        };
        last = Some(appended.ticket);
    }
    engine.stable(last.expect("some")).await.expect("stable");
}

/// The base offset of each batch.
pub(crate) fn offsets(slices: &[Slice]) -> Vec<i64> {
    batches(slices).into_iter().map(|(offset, _)| offset).collect()
}

/// The base offset and the timestamp of each batch.
pub(crate) fn batches(slices: &[Slice]) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    for slice in slices {
        let mut at = 0;
        while at < slice.len() {
            let header = HeaderView::new(&slice[at..]).expect("whole batches");
            found.push((header.base_offset().get(), header.max_timestamp().get()));
            at += header.batch_bytes().expect("whole batches");
        }
    }
    found
}
