//! The slowest requests of the last minute, and where they were.

use crate::metrics::journey::{Journey, Spent, Stage};
use crate::metrics::report::ShardReport;
use millstream_base::{Instant, Timestamp};
use millstream_io::Io;
use millstream_wire::ApiKey;
use serde_json::{Map, Value, json};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::Duration;

/// How many are kept of each period.
const KEPT: usize = 16;
/// A period; the one before it is kept too, so that there is always a whole one.
const PERIOD: Duration = Duration::from_secs(60);
/// Their answers wait for what other members of the group do.
const PATIENT: [ApiKey; 2] = [ApiKey::JoinGroup, ApiKey::SyncGroup];

/// A request that took long.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    key: ApiKey,
    client: SocketAddr,
    answered: Timestamp,
    /// Without the time that the client wished it to wait.
    took: Duration,
    spent: Spent,
}

/// The slowest of a shard. Most requests cost it one comparison.
#[derive(Default)]
pub(crate) struct Slowest {
    until: Cell<Instant>,
    /// What is faster is not kept any more.
    floor: Cell<Duration>,
    current: RefCell<Vec<Slow>>,
    before: RefCell<Vec<Slow>>,
}

impl Slowest {
    /// Keeps a request that was answered, if it was slow.
    pub(crate) fn note(&self, io: &Io, journey: &Journey, client: SocketAddr) {
        let Some(key) = journey.key.filter(|key| !PATIENT.contains(key)) else { return };
        self.turn(journey.ended());
        let spent = journey.spent();
        let stages = Stage::ALL.into_iter().filter(|stage| is_ours(*stage));
        let took = stages.map(|stage| spent[stage as usize]).sum();
        if took > self.floor.get() {
            self.keep(Slow { key, client, answered: io.wall_time(), took, spent });
        }
    }

    /// Begins a new period if this one is over.
    fn turn(&self, now: Instant) {
        if now < self.until.get() {
            return;
        }
        let is_recent = now < self.until.get() + PERIOD;
        let over = self.current.take();
        self.before.replace(if is_recent { over } else { Vec::new() });
        self.floor.set(Duration::ZERO);
        self.until.set(now + PERIOD);
    }

    fn keep(&self, slow: Slow) {
        let mut current = self.current.borrow_mut();
        let index = current.partition_point(|kept| kept.took >= slow.took);
        current.insert(index, slow);
        current.truncate(KEPT);
        if current.len() == KEPT {
            self.floor.set(current[KEPT - 1].took);
        }
    }

    /// Those of this period and of the one before.
    pub(crate) fn report(&self, now: Instant) -> Vec<Slow> {
        self.turn(now);
        let (current, before) = (self.current.borrow(), self.before.borrow());
        current.iter().chain(before.iter()).cloned().collect()
    }
}

/// Whether the time of a stage is the broker's: a client sends as slowly, and waits as long, as it
/// wishes.
fn is_ours(stage: Stage) -> bool {
    !matches!(stage, Stage::Receive | Stage::Park)
}

impl Slow {
    /// The stage that cost it most.
    fn stage(&self) -> Stage {
        let stages = Stage::ALL.into_iter().filter(|stage| is_ours(*stage));
        let longest = stages.max_by_key(|stage| self.spent[*stage as usize]);
        longest.expect("there are stages")
    }

    fn json(&self, report: &ShardReport) -> Value {
        let stages = Stage::ALL.into_iter().zip(self.spent);
        let stages = stages.filter(|(_, spent)| !spent.is_zero());
        let stages: Map<String, Value> =
            stages.map(|(stage, spent)| (stage.name().to_owned(), json!(ms(spent)))).collect();
        json!({
            "api": self.key.to_string(),
            "shard": report.shard.get(),
            "client": self.client.to_string(),
            "answered_at_ms": self.answered.get(),
            "ms": ms(self.took),
            "stage": self.stage().name(),
            "stages_ms": stages,
        })
    }
}

/// The slowest of all shards, the slowest first, as JSON.
pub(crate) fn render_slowest(reports: &[ShardReport]) -> String {
    let all = reports.iter().flat_map(|report| report.slowest.iter().map(move |it| (it, report)));
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(slow, _)| std::cmp::Reverse(slow.took));
    let slowest: Vec<Value> = all.into_iter().map(|(slow, report)| slow.json(report)).collect();
    format!("{:#}\n", json!({ "slowest": slowest }))
}

/// In milliseconds, to the microsecond.
fn ms(duration: Duration) -> f64 {
    let us = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
    f64::from(us) / 1e3
}

#[cfg(test)]
mod slowest_test {
    use super::*;
    use std::net::Ipv4Addr;

    fn slow(ms: u64) -> Slow {
        let took = Duration::from_millis(ms);
        let mut spent = Spent::default();
        spent[Stage::Stable as usize] = took;
        spent[Stage::Park as usize] = Duration::from_secs(9);
        let client = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        Slow { key: ApiKey::Produce, client, answered: Timestamp::new(0), took, spent }
    }

    #[test]
    fn the_slowest_are_kept_in_their_order_and_no_more_than_fit() {
        let slowest = Slowest::default();
        slowest.turn(Instant::new(1));
        (0..40).for_each(|ms| slowest.keep(slow(ms * 7 % 40)));
        let kept = slowest.report(Instant::new(2));
        let got: Vec<u128> = kept.iter().map(|slow| slow.took.as_millis()).collect();
        assert_eq!(got, (24..40).rev().collect::<Vec<_>>());
        assert_eq!(slowest.floor.get(), Duration::from_millis(24));
        assert_eq!(kept[0].stage(), Stage::Stable, "parked is not slow");
    }

    #[test]
    fn what_is_older_than_two_periods_is_forgotten() {
        let slowest = Slowest::default();
        let begun = Instant::new(1);
        slowest.turn(begun);
        slowest.keep(slow(5));
        assert_eq!(slowest.report(begun + PERIOD).len(), 1, "of the period before");
        assert_eq!(slowest.report(begun + 2 * PERIOD).len(), 0);
        slowest.keep(slow(5));
        assert_eq!(slowest.report(begun + 5 * PERIOD).len(), 0, "after a long silence");
    }
}
