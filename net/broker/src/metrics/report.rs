//! What one shard tells of itself, to be sent to whoever asked.

use crate::metrics::observed::Requests;
use crate::metrics::slowest::Slow;
use crate::metrics::traffic::TopicTraffic;
use crate::shard::Shard;
use millstream_base::{Latencies, ShardId};
use millstream_controller::topic_name::CONSUMER_OFFSETS;
use millstream_io::{Activity, PoolUsage};
use millstream_log::Counters;
use millstream_wire::ApiKey;
use std::collections::BTreeMap;

/// A shard at one moment.
#[derive(Clone, Debug)]
pub(crate) struct ShardReport {
    pub(crate) shard: ShardId,
    /// Why it takes no appends, if it does not.
    pub(crate) fault: Option<String>,
    /// Whether it refuses appends for as long as the disk is full.
    pub(crate) is_disk_full: bool,
    pub(crate) counters: Counters,
    pub(crate) activity: Activity,
    pub(crate) buffers: PoolUsage,
    pub(crate) partition_count: usize,
    /// Partitions of committed offsets that cannot be read.
    pub(crate) unreadable_groups_count: usize,
    pub(crate) open_count: u64,
    pub(crate) accepted_count: u64,
    pub(crate) refused_count: u64,
    pub(crate) requests: BTreeMap<ApiKey, Requests>,
    pub(crate) commits: Latencies,
    pub(crate) visits_sent_count: u64,
    /// How long messages of other shards were on their way.
    pub(crate) visits: Latencies,
    /// How long the kernel took to take answers.
    pub(crate) sends: Latencies,
    pub(crate) topics: Vec<TopicTraffic>,
    pub(crate) slowest: Vec<Slow>,
    pub(crate) turned_away_count: u64,
    pub(crate) given_up_count: u64,
    pub(crate) shed_count: u64,
    pub(crate) held_up_count: u64,
    /// Bytes of requests and answers.
    pub(crate) held_bytes: usize,
}

impl ShardReport {
    pub(crate) fn new(shard: &Shard) -> Self {
        let observed = &shard.observed;
        let image = shard.image();
        let topics = observed.topics(|id| Some(image.topic_by_id(id)?.name().to_string()));
        Self {
            shard: shard.io.shard(),
            fault: shard.engine.fault().map(|fault| fault.to_string()),
            is_disk_full: shard.engine.is_disk_full(),
            counters: shard.engine.counters(),
            activity: shard.io.activity(),
            buffers: shard.io.buffers().usage(),
            partition_count: shard.partitions.borrow().len(),
            unreadable_groups_count: shard.groups.unreadable_count(),
            open_count: observed.open_count(),
            accepted_count: observed.accepted_count(),
            refused_count: observed.refused_count(),
            requests: observed.requests(),
            commits: shard.engine.commit_latencies(),
            visits_sent_count: observed.visits_sent_count(),
            visits: observed.visits(),
            sends: observed.sends(),
            topics,
            slowest: observed.slowest(shard.io.now()),
            turned_away_count: observed.turned_away_count(),
            given_up_count: observed.given_up_count(),
            shed_count: observed.shed_count(),
            held_up_count: observed.held_up_count(),
            held_bytes: shard.budget.held_bytes(),
        }
    }
}

/// Whether all shards do what they are for.
///
/// # Errors
/// Which shard does not, and why.
pub(crate) fn readiness(reports: &[ShardReport]) -> Result<(), String> {
    reports.iter().try_for_each(|report| {
        let shard = report.shard;
        if let Some(fault) = &report.fault {
            return Err(format!("shard {shard} takes nothing: {fault}"));
        }
        match report.unreadable_groups_count {
            0 => Ok(()),
            count => Err(format!(
                "shard {shard} cannot read the groups of {count} partitions of {CONSUMER_OFFSETS}"
            )),
        }
    })
}
