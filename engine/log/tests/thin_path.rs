//! The thinnest path on the real parts: a durable append and its read, before and after reopening.

use millstream_base::{Offset, Timestamp};
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, Origin, check};
use millstream_io::{Io, Shard, ShardOptions, reply};
use millstream_log::{
    AppendOptions, Directory, Engine, EngineOptions, PartitionName, PartitionOptions, ReadLimit,
};
use std::path::Path;

fn batch(value: &[u8]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(Timestamp::new(1), None, Some(value), &[]).expect("fits");
    builder.finish().expect("fits").to_vec()
}

fn on_shard<T: Send + 'static, F: Future<Output = T> + 'static>(
    run: impl FnOnce(Io) -> F + Send + 'static,
) -> T {
    let (done, answer) = reply();
    let shard = Shard::start(ShardOptions::default(), |io| async move {
        done.send(run(io).await);
    })
    .expect("a ring");
    let value = answer.wait().expect("the shard answers");
    shard.join().expect("ends without a panic");
    value
}

async fn values(engine: &Engine, name: &PartitionName) -> Vec<Vec<u8>> {
    let partition = engine.find(name).expect("was created");
    let mut slices = Vec::new();
    let mut offset = engine.watermarks(partition).expect("there").start;
    loop {
        let limit = ReadLimit { bytes_max: 1000 };
        let fetched = engine.read(partition, offset, limit, &mut slices).await.expect("reads");
        if fetched.bytes == 0 {
            break;
        }
        offset = fetched.next_offset;
    }
    let mut values = Vec::new();
    for slice in slices {
        let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Log };
        for batch in millstream_batch::Batches::new(&slice, options) {
            let batch = batch.expect("right");
            let mut scratch = millstream_batch::Scratch::default();
            let limit = millstream_batch::DecompressLimit::new(1 << 20);
            for record in batch.records(limit, &mut scratch).expect("records") {
                values.push(record.expect("right").value().expect("a value").to_vec());
            }
        }
    }
    values
}

async fn open(io: &Io, path: &Path) -> (Directory, Engine) {
    let directory = Directory::open(io, path, 1).await.expect("opens");
    let engine = Engine::open(io, &directory, EngineOptions::default()).await.expect("opens");
    (directory, engine)
}

#[test]
fn what_was_stable_is_there_after_reopening() {
    let path = std::env::temp_dir().join(format!("millstream-log-thin-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&path));
    let expected: Vec<Vec<u8>> = (0..200u32).map(|i| i.to_le_bytes().repeat(50)).collect();
    for round in 0..4 {
        let (path, expected) = (path.clone(), expected.clone());
        on_shard(move |io| async move {
            let (_directory, engine) = open(&io, &path).await;
            let name = PartitionName::new("orders").expect("a name");
            if round == 0 {
                engine.create(&name, PartitionOptions::default()).await.expect("creates");
            }
            let partition = engine.find(&name).expect("there");
            assert_eq!(values(&engine, &name).await, expected[..round * 50]);
            for value in &expected[round * 50..(round + 1) * 50] {
                let bytes = batch(value);
                let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Producer };
                let checked = check(&bytes, options).expect("right");
                let appended = engine
                    .append(partition, &checked, AppendOptions::default())
                    .expect("takes its place");
                engine.stable(appended.ticket).await.expect("stable");
            }
            assert_eq!(
                engine.watermarks(partition).expect("there").stable,
                Offset::new((round as i64 + 1) * 50)
            );
            // Odd rounds end as a crash would: without a close.
            if round % 2 == 0 {
                engine.close().await.expect("closes");
            }
            assert_eq!(values(&engine, &name).await, expected[..(round + 1) * 50]);
        });
    }
    std::fs::remove_dir_all(&path).expect("removed");
}
