//! The load: threads that append one record after another, each waiting until it is durable.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use millstream_base::{Histogram, Random};

use crate::error::Result;
use crate::peer::Peer;

/// Time before the window opens, in which caches fill and files get their first blocks.
const WARM_UP: Duration = Duration::from_millis(500);

/// How much, how many, how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) caller_count: usize,
    pub(crate) record_bytes: usize,
    pub(crate) duration: Duration,
}

/// What one measurement saw.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) operations_per_second: f64,
    pub(crate) latency: Histogram,
}

impl Sample {
    /// One line for the person who waits.
    pub(crate) fn summary(&self) -> String {
        let p99 = self.latency.value_at_percentile(99.0);
        format!("{:.0} appends/s, p99 {} µs", self.operations_per_second, p99.as_micros())
    }
}

impl Load {
    /// Runs all callers against `peer`; ends early with the first error of any.
    pub(crate) fn run(&self, peer: &dyn Peer) -> Result<Sample> {
        let start = Barrier::new(self.caller_count);
        let stop = AtomicBool::new(false);
        let latencies: Vec<Result<Histogram>> = thread::scope(|scope| {
            let (start, stop) = (&start, &stop);
            let begin = |caller| scope.spawn(move || self.call(peer, caller, start, stop));
            let callers: Vec<_> = (0..self.caller_count).map(begin).collect();
            callers.into_iter().map(|caller| caller.join().expect("no caller panics")).collect()
        });
        let mut latency = Histogram::new();
        for outcome in latencies {
            latency.merge(&outcome?);
        }
        let operations_per_second = latency.count() as f64 / self.duration.as_secs_f64();
        Ok(Sample { operations_per_second, latency })
    }

    /// One caller; whoever fails stops the others.
    fn call(
        &self,
        peer: &dyn Peer,
        caller: usize,
        start: &Barrier,
        stop: &AtomicBool,
    ) -> Result<Histogram> {
        start.wait();
        let outcome = self.append_until_close(peer, caller, stop);
        stop.fetch_or(outcome.is_err(), Ordering::Relaxed);
        outcome
    }

    /// Counts each append that ends inside the window.
    fn append_until_close(
        &self,
        peer: &dyn Peer,
        caller: usize,
        stop: &AtomicBool,
    ) -> Result<Histogram> {
        let mut record = vec![0; self.record_bytes];
        let mut random = Random::new(caller as u64);
        random.fill(&mut record);
        let mut latency = Histogram::new();
        let open = Instant::now() + WARM_UP;
        let close = open + self.duration;
        let mut begin = Instant::now();
        while begin < close && !stop.load(Ordering::Relaxed) {
            // A new beginning each time, so that no peer gains by seeing the same record again.
            let fresh = random.next_u64().to_le_bytes();
            let fresh_bytes = fresh.len().min(record.len());
            record[..fresh_bytes].copy_from_slice(&fresh[..fresh_bytes]);
            peer.append_durable(caller, &record)?;
            let end = Instant::now();
            if end >= open && end < close {
                latency.record(end - begin);
            }
            begin = end;
        }
        Ok(latency)
    }
}
