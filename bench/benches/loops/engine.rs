//! The engine on one shard of a simulated machine: appends, and reads at the tail; and its index.

use crate::batch::{OPTIONS, of_records};
use crate::stopwatch::time;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId, Position, ShardId, Timestamp};
use millstream_batch::check;
use millstream_io::sim::{World, WorldOptions};
use millstream_io::{Io, Slice};
use millstream_log::identity::LogId;
use millstream_log::segment::index::{
    INDEX_BLOCK_ENTRIES, IndexEntry, IndexOwner, decode_block, encode_block,
};
use millstream_log::{
    AppendOptions, Directory, Engine, EngineOptions, PartitionName, PartitionOptions, ReadLimit,
    Result,
};
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

/// Appends between two flushes, which are not timed; together they fit one frame.
const ROUND_COUNT: u64 = 64;
/// Appends in one world: its disk is in memory.
const WORLD_COUNT: u64 = 16 * ROUND_COUNT;
/// Batches at the tail that is read.
const TAIL_COUNT: u64 = 1000;

pub(crate) fn append_small(times: u64) -> Duration {
    append(times, 9)
}

pub(crate) fn append_large(times: u64) -> Duration {
    append(times, 150)
}

fn append(times: u64, record_count: usize) -> Duration {
    let mut took = Duration::ZERO;
    let mut left_count = times;
    // Once at least, so that no run is without the world that the others have too.
    loop {
        let count = left_count.min(WORLD_COUNT);
        took += in_world(async move |io| append_some(&io, count, record_count).await);
        left_count -= count;
        if left_count == 0 {
            return took;
        }
    }
}

fn in_world(body: impl AsyncFnOnce(Io) -> Result<Duration> + 'static) -> Duration {
    let mut world = World::new(1, WorldOptions::default());
    let node = world.node("a");
    let running = world.start(node, ShardId::new(0), |io| async move { body(io).await });
    let result = world.run(&running).expect("nothing ends it before");
    result.expect("no fault is simulated")
}

async fn open(io: &Io) -> Result<(Directory, Engine, PartitionId)> {
    let directory = Directory::open(io, Path::new("/log"), 1).await?;
    let engine = Engine::open(io, &directory, EngineOptions::default()).await?;
    let name = PartitionName::new("a-partition")?;
    let partition = engine.create(&name, PartitionOptions::default()).await?;
    Ok((directory, engine, partition))
}

async fn append_some(io: &Io, count: u64, record_count: usize) -> Result<Duration> {
    let (_directory, engine, partition) = open(io).await?;
    let bytes = of_records(record_count);
    let batch = check(&bytes, OPTIONS).expect("built");
    let mut took = Duration::ZERO;
    for index in 0..count {
        if index % ROUND_COUNT == ROUND_COUNT - 1 {
            engine.flush().await?;
        }
        let mut appended = None;
        took += time(|| {
            let options = AppendOptions::default();
            appended = Some(engine.append(partition, black_box(&batch), options));
        });
        let appended = appended.expect("just done")?;
        assert!(appended.next_offset > appended.first_offset, "it has its place");
    }
    Ok(took)
}

pub(crate) fn read_tail(times: u64) -> Duration {
    in_world(async move |io| {
        let (_directory, engine, partition) = open(&io).await?;
        let bytes = of_records(1);
        let batch = check(&bytes, OPTIONS).expect("built");
        for _ in 0..TAIL_COUNT {
            let appended = engine.append(partition, &batch, AppendOptions::default())?;
            assert!(appended.next_offset > appended.first_offset, "it has its place");
        }
        engine.flush().await?;
        let mut slices: Vec<Slice> = Vec::new();
        let limit = ReadLimit { bytes_max: 1 };
        Ok(time(|| {
            for index in 0..times {
                // A step that has no divisor with the number of batches visits all of them.
                let offset = i64::try_from(index * 617 % TAIL_COUNT).expect("small");
                let read = engine.read_tail(partition, Offset::new(offset), limit, &mut slices);
                black_box(read.expect("no fault is simulated").expect("all is at the tail"));
                slices.clear();
            }
        }))
    })
}

pub(crate) fn read_index(times: u64) -> Duration {
    let owner = IndexOwner {
        log_id: LogId([7; 16]),
        partition: PartitionId::new(1),
        segment: Offset::ZERO,
    };
    let entry = |number: usize| {
        let number = i64::try_from(number).expect("a block is short");
        IndexEntry {
            first_offset: Offset::new(number * 600),
            next_offset: Offset::new((number + 1) * 600),
            position: Position::new(number.unsigned_abs() << 16),
            length_bytes: 1 << 16,
            max_timestamp: Timestamp::new(number),
            crc: 7,
        }
    };
    let entries: Vec<IndexEntry> = (0..INDEX_BLOCK_ENTRIES).map(entry).collect();
    let mut block = vec![0; BLOCK_BYTES];
    encode_block(&owner, 0, &entries, &mut block);
    time(|| {
        for _ in 0..times {
            let entries = decode_block(&owner, 0, black_box(&block)).expect("just written");
            let wanted = Offset::new(30_000);
            black_box(entries.partition_point(|entry| entry.next_offset <= wanted));
        }
    })
}
