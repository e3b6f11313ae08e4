//! A topic is filled before it is read.

use super::keys::Distribution;
use super::options::{ProduceOptions, RunOptions};
use super::payload::Codec;
use super::run::{Plan, run};
use super::schedule::Arrivals;
use super::setup::Site;
use crate::amount::Bytes;
use crate::client::Acks;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use std::sync::Arc;
use std::time::Duration;

/// Nobody waits longer for a topic to be full.
const PATIENCE: Duration = Duration::from_secs(600);

/// Produces as fast as the broker can until so many bytes are there.
pub(crate) fn fill(
    site: &mut Site,
    options: &RunOptions,
    bytes: Bytes,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let produce = ProduceOptions {
        connections: 16,
        in_flight: 4,
        batch_bytes: Bytes(64 << 10),
        record_bytes: Bytes(100),
        acks: Acks::Leader,
        idempotent: false,
        keys: None,
        key_distribution: Distribution::Uniform,
        compression: Codec::None,
        rate: None,
        arrivals: Arrivals::Even,
        knee: None,
        ramp: None,
        steps: 1,
    };
    let mut producers = site.producers(&produce)?;
    let count = bytes.0.div_ceil(producers.payload.batch_bytes().max(1) as u64);
    producers.count_max = Some(count.div_ceil(producers.connections.len().max(1) as u64));
    let produce = Some(Arc::new(producers));
    let plan = Plan {
        produce,
        fetch: None,
        ask: None,
        churn: Vec::new(),
        cores: options.core.clone(),
        length: PATIENCE,
        reconnects: false,
    };
    let outcome = run(&plan, interrupt, |_| {})?;
    if outcome.is_interrupted {
        return Err(Failure::interrupted());
    }
    match outcome.broken {
        Some(why) => Err(Failure::failed(format!("the topic could not be filled: {why}"))),
        None => Ok(()),
    }
}
