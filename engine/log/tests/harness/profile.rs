//! What a seed turns on and off.

use super::batches::BATCH_BYTES_MAX;
use millstream_base::Random;
use millstream_io::sim::WorldOptions;
use millstream_log::{EngineOptions, Flush, PartitionOptions};
use std::time::Duration;

/// The features of one seed (swarm testing: what is always on hides what only shows without it).
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) life_count: u64,
    /// A tenth of the seeds has no crash at all.
    pub(crate) crashes: bool,
    pub(crate) cuts_power: bool,
    pub(crate) closes: bool,
    pub(crate) writer_count: u64,
    pub(crate) reader_count: u64,
    /// Steps of each writer in one life.
    pub(crate) step_count: u64,
    pub(crate) partition_count_max: usize,
    pub(crate) large_batches: bool,
    /// Bursts that fill regions of the journal.
    pub(crate) floods: bool,
    pub(crate) truncates: bool,
    pub(crate) trims: bool,
    pub(crate) deletes: bool,
    pub(crate) configures: bool,
    pub(crate) retains: bool,
    pub(crate) relaxes: bool,
    /// The longest pause of a writer.
    pub(crate) pause_max: Duration,
    pub(crate) engine: EngineOptions,
    pub(crate) world: WorldOptions,
}

impl Profile {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let mut on = |numerator: u64| random.chance(numerator, 10);
        let (crashes, cuts_power, closes) = (on(9), on(7), on(4));
        let (large_batches, floods) = (on(2), on(1));
        let (truncates, trims, deletes, configures) = (on(5), on(5), on(4), on(3));
        let (retains, relaxes, is_patient) = (on(3), on(3), on(5));
        let pause_max = if is_patient { Duration::from_secs(2) } else { Duration::from_millis(2) };
        let engine = engine_options(random);
        Self {
            life_count: 2 + random.below(5),
            crashes,
            cuts_power,
            closes,
            writer_count: 1 + random.below(3),
            reader_count: random.below(3),
            step_count: 5 + random.below(60),
            partition_count_max: 1 + usize::try_from(random.below(6)).expect("small"),
            large_batches,
            floods,
            truncates,
            trims,
            deletes,
            configures,
            retains,
            relaxes,
            pause_max,
            world: world_options(random, &engine),
            engine,
        }
    }

    /// The options of a new partition.
    pub(crate) fn partition_options(&self, random: &mut Random) -> PartitionOptions {
        let mut options = PartitionOptions::default()
            .batch_bytes_max(BATCH_BYTES_MAX)
            .segment_bytes(pick(random, &[16 << 10, 64 << 10, 256 << 10, 1 << 20, 16 << 20]));
        if self.relaxes && random.chance(1, 2) {
            options = options.flush(Flush::Relaxed);
        }
        // One of the two, so that what retention may do is plain.
        if self.retains && random.chance(1, 2) {
            options = options.retention_bytes(pick(random, &[0, 20_000, 200_000]));
        } else if self.retains {
            options = options.retention(pick(
                random,
                &[Duration::ZERO, Duration::from_millis(200), Duration::from_secs(3)],
            ));
        }
        options
    }

    /// The size of a batch.
    pub(crate) fn batch_bytes(&self, random: &mut Random) -> usize {
        let bytes = match random.below(100) {
            0..60 => 20 + random.below(300),
            60..90 => 300 + random.below(12_000),
            90..98 => 12_000 + random.below(90_000),
            _ if self.large_batches => 1_800_000 + random.below(2_500_000),
            _ => 100_000 + random.below(300_000),
        };
        usize::try_from(bytes).expect("small")
    }
}

fn engine_options(random: &mut Random) -> EngineOptions {
    let mut options = EngineOptions::default();
    options.journal_bytes_max = pick(random, &[64 << 20, 80 << 20]);
    options.tail_bytes_max = pick(random, &[8 << 20, 16 << 20]);
    options.pinned_bytes_max = pick(random, &[0, 4 << 20]);
    options.flush_depth_max = 1 + usize::try_from(random.below(4)).expect("small");
    options.run_bytes_min = pick(random, &[4 << 10, 16 << 10, 128 << 10]);
    options.spare_bytes_max = pick(random, &[0, 1 << 30]);
    options.settle_idle = Duration::from_millis(pick(random, &[1, 20, 500, 5000]));
    options.retention_check = Duration::from_millis(pick(random, &[5, 100, 2000]));
    options
}

fn world_options(random: &mut Random, engine: &EngineOptions) -> WorldOptions {
    let latency_us = pick(random, &[20, 200, 3000]);
    let turn_us = pick(random, &[0, 20, 300]);
    WorldOptions {
        buffers_bytes_max: engine.buffers_bytes_max(),
        disk_latency_max: Duration::from_micros(latency_us),
        turn_max: Duration::from_micros(turn_us),
        step_count_max: 3_000_000,
        ..WorldOptions::default()
    }
}

/// One of several, by chance.
pub(crate) fn pick<T: Copy>(random: &mut Random, choices: &[T]) -> T {
    choices[usize::try_from(random.below(choices.len() as u64)).expect("below a length")]
}
