//! The seeded crash test: an engine on a simulated machine, killed and cut from the power again and
//! again, held against a model of what it promised.
//!
//! `MILLSTREAM_SEED=n` runs that one seed, `MILLSTREAM_SEEDS=count` that many from 0 on.

#[path = "../harness/mod.rs"]
mod harness;

use harness::world::{Report, run_seed};
use std::panic::catch_unwind;

/// Seeds of an ordinary test run.
const SEED_COUNT: u64 = 24;
/// So many broken seeds are enough.
const BROKEN_COUNT_MAX: usize = 10;

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {value:?}")))
}

#[test]
fn every_seed_keeps_the_promise() {
    let seeds = match number("MILLSTREAM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("MILLSTREAM_SEEDS").unwrap_or(SEED_COUNT),
    };
    let mut total = Report::default();
    let mut broken = Vec::new();
    for seed in seeds {
        match catch_unwind(|| run_seed(seed)) {
            Ok(report) => total.add(&report),
            Err(_) => broken.push(seed),
        }
        if broken.len() >= BROKEN_COUNT_MAX {
            break;
        }
    }
    println!("{total}");
    assert!(broken.is_empty(), "MILLSTREAM_SEED= one of {broken:?} shows it again; {total}");
    assert!(total.open_count > 0, "{total}");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in [3, 8] {
        let (first, second) = (run_seed(seed), run_seed(seed));
        assert_eq!(first.trace_hash, second.trace_hash, "seed {seed}");
    }
}
