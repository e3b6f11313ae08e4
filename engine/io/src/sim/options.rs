//! How a simulated world is set up.

use millstream_base::Timestamp;
use std::time::Duration;

/// The constants of a world; what varies comes from its seed.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// The limit of each shard's buffers, in bytes.
    pub buffers_bytes_max: usize,
    /// What fits on each disk, in bytes.
    pub disk_bytes_max: u64,
    /// The shortest time that an operation on a disk takes.
    pub disk_latency_min: Duration,
    /// The longest time that an operation on a disk usually takes. Syncs take up to four times,
    /// and one operation in 64 up to 16 times as long.
    pub disk_latency_max: Duration,
    /// The longest time that a shard is busy with one turn, so that answers come in bunches. With
    /// zero each answer has a turn of its own.
    pub turn_max: Duration,
    /// The wall clock of all nodes at the start.
    pub wall_start: Timestamp,
    /// After so many steps the world is taken to run in circles, and panics.
    pub step_count_max: u64,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            buffers_bytes_max: 64 << 20,
            disk_bytes_max: 1 << 40,
            disk_latency_min: Duration::from_micros(10),
            disk_latency_max: Duration::from_micros(200),
            turn_max: Duration::from_micros(20),
            // 2024-01-01: early enough that ten years less is after 1970.
            wall_start: Timestamp::new(1_704_067_200_000),
            step_count_max: 50_000_000,
        }
    }
}
