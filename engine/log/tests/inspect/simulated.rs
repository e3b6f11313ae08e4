//! What crashes leave is sound, whatever the disk made of what was not synced: a check that cries
//! wolf is soon not heard. And what is damaged after that is seen.

use millstream_base::{PartitionId, Position, Random, ShardId, Timestamp};
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, Origin, check};
use millstream_io::Io;
use millstream_io::sim::{Crash, NodeId, PowerCut, World, WorldOptions};
use millstream_log::inspect::{Depth, Report, Severity, check_on};
use millstream_log::{
    AppendOptions, Directory, Engine, EngineOptions, LogError, Offset, PartitionName,
    PartitionOptions,
};
use std::path::Path;
use std::time::Duration;

const CRASHES: usize = 3;
const DATA: &str = "/data";

fn engine_options() -> EngineOptions {
    let mut options = EngineOptions::default();
    options.journal_bytes_max = 64 << 20;
    options.tail_bytes_max = 8 << 20;
    options.run_bytes_min = 4096;
    options.settle_idle = Duration::from_millis(2);
    options.retention_check = Duration::from_millis(20);
    options
}

fn batch(bytes: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    for time in 0..3 {
        builder.append(Timestamp::new(time), None, Some(&vec![7; bytes / 3]), &[]).expect("fits");
    }
    builder.finish().expect("has records").to_vec()
}

/// Appends, cuts, makes and removes partitions until it is killed.
async fn live(io: Io, seed: u64) -> Result<(), LogError> {
    let mut random = Random::new(seed);
    let directory = Directory::open(&io, Path::new(DATA), 1).await?;
    let engine = Engine::open(&io, &directory, engine_options()).await?;
    loop {
        let name = PartitionName::new(["a", "b", "c"][index(&mut random, 3)]).expect("a name");
        let partition = match engine.find(&name) {
            Some(partition) => partition,
            None => {
                let options = PartitionOptions::default().segment_bytes(64 << 10);
                engine.create(&name, options.retention_bytes(300 << 10)).await?
            }
        };
        let watermarks = engine.watermarks(partition)?;
        let middle = middle(&mut random, &watermarks);
        let done = match random.below(60) {
            0 => engine.delete(partition).await,
            1 => engine.truncate(partition, middle).await.map(|_| ()),
            2 => engine.trim(partition, middle).await,
            3..=6 => {
                io.sleep(Duration::from_millis(random.below(6))).await;
                Ok(())
            }
            _ => append(&engine, partition, &mut random).await,
        };
        match done {
            // Retention was quicker.
            Err(LogError::OutOfRange { .. }) => {}
            done => done?,
        }
    }
}

async fn append(
    engine: &Engine,
    partition: PartitionId,
    random: &mut Random,
) -> Result<(), LogError> {
    let options = CheckOptions { batch_bytes_max: 8 << 20, origin: Origin::Producer };
    let mut last = None;
    for _ in 0..=random.below(4) {
        let bytes = batch([100, 3_000, 40_000][index(random, 3)]);
        let batch = check(&bytes, options).expect("right");
        match engine.append(partition, &batch, AppendOptions::default()) {
            Err(LogError::Busy) => engine.room().await,
            appended => last = Some(appended?.ticket),
        }
    }
    match last {
        Some(ticket) if random.chance(1, 2) => engine.stable(ticket).await,
        _ => Ok(()),
    }
}

fn index(random: &mut Random, limit: u64) -> usize {
    usize::try_from(random.below(limit)).expect("small")
}

fn middle(random: &mut Random, watermarks: &millstream_log::Watermarks) -> Offset {
    let count = watermarks.stable.checked_sub(watermarks.start).expect("in order");
    let skip = i64::try_from(random.below(count.unsigned_abs() + 1)).expect("small");
    watermarks.start.checked_add(skip).expect("small")
}

fn look(world: &mut World, node: NodeId) -> Result<Report, LogError> {
    let looking = world.start(node, ShardId::new(0), |io| async move {
        check_on(&io, Path::new(DATA), Depth::Records, &mut |_| {}).await
    });
    world.run(&looking).expect("a look ends")
}

/// A few; others where the environment asks for them.
fn seeds() -> std::ops::Range<u64> {
    let asked = |name: &str| {
        std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a seed is a number"))
    };
    let first = asked("MILLSTREAM_SEED").unwrap_or(0);
    first..first + asked("MILLSTREAM_SEEDS").unwrap_or(4)
}

#[test]
fn what_a_crash_leaves_is_sound_and_rot_in_it_is_seen() {
    let (mut looks, mut batches, mut rotten) = (0, 0, 0);
    let seeds = seeds();
    let seed_count = seeds.end - seeds.start;
    for seed in seeds {
        let mut random = Random::new(seed ^ 0x5eed);
        let mut world = World::new(seed, WorldOptions::default());
        let node = world.node("one");
        for crash in 0..CRASHES {
            let life = seed * 100 + crash as u64;
            let living = world.start(node, ShardId::new(0), |io| live(io, life));
            for _ in 0..100 + random.below(4_000) {
                world.step();
            }
            assert!(!living.is_done(), "seed {seed}: {:?}", living.take());
            let kind =
                if random.chance(1, 3) { Crash::Kill } else { Crash::Power(PowerCut::Random) };
            world.crash(node, kind);
            let report = match look(&mut world, node) {
                // It died before there was a directory.
                Err(LogError::NotALog { .. }) if crash == 0 => continue,
                report => report.expect("looks"),
            };
            assert!(report.is_sound(), "seed {seed}, crash {crash}, {kind:?}: {report}");
            looks += 1;
            batches += report.shards.iter().map(|shard| shard.counts.batch_count).sum::<u64>();
        }
        rotten += u64::from(rot(&mut world, node, &mut random, seed).expect("settles"));
    }
    assert!(looks > seed_count && batches > 100 * seed_count, "{looks} looks at {batches} batches");
    assert!(rotten >= seed_count / 2, "{rotten} directories had a segment to damage");
}

/// Settles what there is and flips a bit of a segment's first batch; whether a look says so. What
/// was trimmed may rot as it likes.
fn rot(world: &mut World, node: NodeId, random: &mut Random, seed: u64) -> Result<bool, LogError> {
    let settling = world.start(node, ShardId::new(0), |io| async move {
        let directory = Directory::open(&io, Path::new(DATA), 1).await?;
        Engine::open(&io, &directory, engine_options()).await?.close().await
    });
    world.run(&settling).expect("nobody kills it")?;
    let disk = world.disk(node);
    let mut files = disk.files();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    if files.is_empty() {
        return Ok(false);
    }
    let path = &files[index(random, files.len() as u64)];
    disk.flip_bit(path, Position::new(70), 3);
    let report = look(world, node).expect("looks");
    let is_named = report
        .findings
        .iter()
        .any(|finding| finding.path == *path && finding.severity == Severity::Error);
    assert_eq!(is_named, !report.is_sound(), "seed {seed}: {}: {report}", path.display());
    Ok(is_named)
}
