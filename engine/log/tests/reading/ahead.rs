//! A reader with reads under way gives the same batches as reading one by one, from segments,
//! across into the tail, and behind the end once there is more.

use millstream_base::{Offset, Timestamp};
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, HeaderView, Origin, check};
use millstream_io::{Io, Shard, ShardOptions, Slice, reply};
use millstream_log::{
    AppendOptions, Directory, Engine, EngineOptions, PartitionId, PartitionName, PartitionOptions,
    ReadLimit,
};

const BATCHES: i64 = 600;

async fn append(engine: &Engine, partition: PartitionId, count: i64) {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(Timestamp::new(7), None, Some(&[9; 16 << 10]), &[]).expect("fits");
    let bytes = builder.finish().expect("fits").to_vec();
    let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Producer };
    let batch = check(&bytes, options).expect("right");
    let mut last = None;
    for _ in 0..count {
        let appended = engine.append(partition, &batch, AppendOptions::default());
        last = Some(appended.expect("takes its place").ticket);
    }
    engine.stable(last.expect("some")).await.expect("stable");
}

/// The base offsets of all batches.
fn offsets(slices: &[Slice]) -> Vec<i64> {
    let mut found = Vec::new();
    for slice in slices {
        let mut at = 0;
        while at < slice.len() {
            let header = HeaderView::new(&slice[at..]).expect("whole batches");
            found.push(header.base_offset().get());
            at += header.batch_bytes().expect("whole batches");
        }
    }
    found
}

async fn run(io: Io, path: std::path::PathBuf) {
    let directory = Directory::open(&io, &path, 1).await.expect("opens");
    let engine = Engine::open(&io, &directory, EngineOptions::default()).await.expect("opens");
    let name = PartitionName::new("read").expect("a name");
    let options = PartitionOptions::default().segment_bytes(1 << 20);
    let partition = engine.create(&name, options).await.expect("creates");
    append(&engine, partition, BATCHES).await;
    engine.close().await.expect("closes");
    drop(engine);
    let engine = Engine::open(&io, &directory, EngineOptions::default()).await.expect("opens");
    append(&engine, partition, 10).await;
    for depth in [1, 4] {
        let mut reader = engine.reader(partition, Offset::new(3), depth);
        let mut slices = Vec::new();
        while reader.next(&mut slices).await.expect("reads").bytes > 0 {}
        assert_eq!(offsets(&slices), (3..BATCHES + 10).collect::<Vec<i64>>());
        assert_eq!(reader.next_offset(), Offset::new(BATCHES + 10));
    }
    for bytes_max in [1, 20 << 10, 100_000, 5 << 20] {
        let mut reader = engine.reader(partition, Offset::new(3), 1);
        reader.set_depth(3);
        let mut all = Vec::new();
        loop {
            let mut slices = Vec::new();
            let fetched = reader.read(ReadLimit { bytes_max }, &mut slices).await.expect("reads");
            let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
            assert_eq!(fetched.bytes, bytes);
            assert_eq!(fetched.next_offset, reader.next_offset());
            if bytes == 0 {
                break;
            }
            let offsets = offsets(&slices);
            assert!(bytes <= bytes_max || offsets.len() == 1, "{bytes} bytes of {bytes_max}");
            all.extend(offsets);
        }
        assert_eq!(all, (3..BATCHES + 10).collect::<Vec<i64>>());
    }
    let mut reader = engine.reader(partition, Offset::new(BATCHES + 10), 4);
    let mut slices = Vec::new();
    assert_eq!(reader.next(&mut slices).await.expect("at the end").bytes, 0);
    append(&engine, partition, 1).await;
    reader.next(&mut slices).await.expect("reads");
    assert_eq!(offsets(&slices), [BATCHES + 10]);
    engine.close().await.expect("closes");
}

#[test]
fn reads_under_way_give_every_batch_once_and_in_order() {
    let path = std::env::temp_dir().join(format!("millstream-log-ahead-{}", std::process::id()));
    let (done, answer) = reply();
    let inside = path.clone();
    let shard = Shard::start(ShardOptions::default(), |io| async move {
        run(io, inside).await;
        done.send(());
    })
    .expect("a ring");
    answer.wait().expect("the shard answers");
    shard.join().expect("ends without a panic");
    std::fs::remove_dir_all(&path).expect("removed");
}
