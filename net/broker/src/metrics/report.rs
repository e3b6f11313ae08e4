//! What one shard tells of itself, to be sent to whoever asked.

use crate::shard::Shard;
use millstream_base::{Histogram, ShardId};
use millstream_io::Activity;
use millstream_log::Counters;
use millstream_wire::ApiKey;
use std::time::Duration;

/// The parts of all latencies that are told, in percent and as Prometheus has them.
pub(crate) const QUANTILES: [(f64, &str); 4] =
    [(50.0, "0.5"), (99.0, "0.99"), (99.9, "0.999"), (100.0, "1")];

/// A shard at one moment.
#[derive(Clone, Debug)]
pub(crate) struct ShardReport {
    pub(crate) shard: ShardId,
    /// Why it takes no appends, if it does not.
    pub(crate) fault: Option<String>,
    pub(crate) counters: Counters,
    pub(crate) activity: Activity,
    pub(crate) partition_count: usize,
    pub(crate) open_count: u64,
    pub(crate) accepted_count: u64,
    pub(crate) refused_count: u64,
    pub(crate) apis: Vec<ApiReport>,
}

/// What became of the requests to one API.
#[derive(Clone, Debug)]
pub(crate) struct ApiReport {
    pub(crate) key: ApiKey,
    pub(crate) count: u64,
    pub(crate) total: Duration,
    /// In the order of [`QUANTILES`].
    pub(crate) latencies: [Duration; QUANTILES.len()],
}

impl ShardReport {
    pub(crate) fn new(shard: &Shard) -> Self {
        let observed = &shard.observed;
        Self {
            shard: shard.io.shard(),
            fault: shard.engine.fault().map(|fault| fault.to_string()),
            counters: shard.engine.counters(),
            activity: shard.io.activity(),
            partition_count: shard.partitions.borrow().len(),
            open_count: observed.open_count(),
            accepted_count: observed.accepted_count(),
            refused_count: observed.refused_count(),
            apis: observed.apis(),
        }
    }
}

/// Whether all shards do what they are for.
///
/// # Errors
/// Which shard does not, and why.
pub(crate) fn readiness(reports: &[ShardReport]) -> Result<(), String> {
    let faulty = reports.iter().find_map(|report| Some((report.shard, report.fault.as_ref()?)));
    faulty.map_or(Ok(()), |(shard, fault)| Err(format!("shard {shard} takes nothing: {fault}")))
}

impl ApiReport {
    pub(crate) fn new(key: ApiKey, latency: &Histogram, total: Duration) -> Self {
        let latencies = QUANTILES.map(|(percent, _)| latency.value_at_percentile(percent));
        Self { key, count: latency.count(), total, latencies }
    }
}
