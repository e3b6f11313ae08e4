//! From figures of the machine to what a broker should reach on it.
//!
//! The model is simple on purpose, so that anybody can follow it: a produced byte is received,
//! copied once, checked once and written once or twice; a fetched byte is read and sent. What takes
//! longest binds. The shares are what the broker is asked for beside its limits (the bars of
//! `docs/performance.md`), so that a broker which misses an expectation has itself to blame.

use super::card::{Card, Expectation};
use super::{cpu, disk, network};
use crate::quantity::Unit;

/// Of the bare recipe, for durable produce.
const PRODUCE_SHARE: f64 = 0.75;
/// Of a bare send loop.
const FETCH_SHARE: f64 = 0.8;
/// Of direct reads of the same file.
const COLD_SHARE: f64 = 0.85;
/// Two requests are under way before the one that is waited for, at a moderate load.
const LATENCY_ALLOWANCE: f64 = 1.25;

/// What could bind: a name, a rate, and what would have to change.
struct Bound {
    name: &'static str,
    rate: f64,
    change: &'static str,
}

/// What the figures allow; an expectation whose figures were not measured is left out.
pub(super) fn expectations(card: &Card) -> Vec<Expectation> {
    let all = [
        produce(card, "durable produce, few partitions", 1.0),
        produce(card, "durable produce, many partitions (everything written twice)", 2.0),
        acknowledgement(card, "acknowledgement at a moderate load, p50", Percentile::P50),
        acknowledgement(card, "acknowledgement at a moderate load, p99", Percentile::P99),
        fetch(card, "fetch, hot (from memory)", false),
        fetch(card, "fetch, cold (from disk)", true),
    ];
    all.into_iter().flatten().collect()
}

fn produce(card: &Card, name: &str, writes_per_byte: f64) -> Option<Expectation> {
    let disk_rate = card.value(disk::GROUP, disk::DURABLE_RATE)? / writes_per_byte;
    let disk = Bound {
        name: "durable writes to the disk",
        rate: disk_rate,
        change: "a disk with more durable bandwidth, or topics that are flushed less often",
    };
    Some(least(name, PRODUCE_SHARE, &[disk, core(card)?]))
}

/// What one core takes in: each byte is received, copied and checked, one after the other.
fn core(card: &Card) -> Option<Bound> {
    let costs = [
        card.value(network::GROUP, network::STREAM_RATE)?,
        card.value(cpu::GROUP, cpu::COPY_RATE)?,
        card.value(cpu::GROUP, cpu::CHECKSUM_RATE)?,
    ];
    let seconds_per_byte: f64 = costs.iter().map(|rate| 1.0 / rate).sum();
    Some(Bound {
        name: "one core that receives, copies and checks",
        rate: 1.0 / seconds_per_byte,
        change: "more cores (--cores): each has a journal of its own",
    })
}

fn fetch(card: &Card, name: &str, is_cold: bool) -> Option<Expectation> {
    let send = Bound {
        name: "one core that sends",
        rate: FETCH_SHARE * card.value(network::GROUP, network::STREAM_RATE)?,
        change: "more cores, or a network card that sends without a copy",
    };
    if !is_cold {
        return Some(least(name, 1.0, &[send]));
    }
    let read = Bound {
        name: "direct reads from the disk",
        rate: COLD_SHARE * card.value(disk::GROUP, disk::READ_RATE)?,
        change: "a disk that reads faster",
    };
    Some(least(name, 1.0, &[send, read]))
}

fn least(name: &str, share: f64, bounds: &[Bound]) -> Expectation {
    let least = bounds.iter().min_by(|left, right| left.rate.total_cmp(&right.rate));
    let least = least.expect("something always binds");
    Expectation {
        name: name.to_owned(),
        unit: Unit::BytesPerSecond,
        value: share * least.rate,
        constraint: least.name.to_owned(),
        change: least.change.to_owned(),
    }
}

#[derive(Clone, Copy)]
enum Percentile {
    P50,
    P99,
}

/// A request there and back, and one durable write in between.
fn acknowledgement(card: &Card, name: &str, percentile: Percentile) -> Option<Expectation> {
    let (write, round_trip) = match percentile {
        Percentile::P50 => (disk::DURABLE_SMALL_P50, network::ROUND_TRIP_P50),
        Percentile::P99 => (disk::DURABLE_SMALL_P99, network::ROUND_TRIP_P99),
    };
    let write = card.value(disk::GROUP, write)?;
    let round_trip = card.value(network::GROUP, round_trip)?;
    let (constraint, change) = if write >= round_trip {
        (
            "the durable write of the disk",
            "a disk whose flush is faster, such as one with power-loss protection",
        )
    } else {
        ("waking threads and the network", "the shard on a core of its own, or an adaptive spin")
    };
    Some(Expectation {
        name: name.to_owned(),
        unit: Unit::Seconds,
        value: LATENCY_ALLOWANCE * (write + round_trip),
        constraint: constraint.to_owned(),
        change: change.to_owned(),
    })
}

#[cfg(test)]
mod expect_test {
    use super::super::sample;
    use super::*;

    fn of(card: &Card, name: &str) -> Expectation {
        let found = expectations(card).into_iter().find(|expected| expected.name.starts_with(name));
        found.expect("it is expected")
    }

    fn set(card: &mut Card, name: &str, value: f64) {
        let figure = card.figures.iter_mut().find(|figure| figure.name == name);
        figure.expect("it is there").value = value;
    }

    #[test]
    fn the_slowest_part_binds_and_is_named() {
        let mut card = sample::card();
        // 1 / (1/6 + 1/10 + 1/30) = 3.33 GB/s, below the disk's 4.5.
        let produce = of(&card, "durable produce, few");
        assert!((produce.value - 0.75 * 10e9 / 3.0).abs() < 1e6, "{produce:?}");
        assert!(produce.constraint.contains("core"), "{produce:?}");
        // Written twice the disk has 2.25 GB/s.
        let produce = of(&card, "durable produce, many");
        assert!((produce.value - 0.75 * 2.25e9).abs() < 1e6, "{produce:?}");
        assert!(produce.constraint.contains("disk"), "{produce:?}");
        set(&mut card, disk::DURABLE_RATE, 1e8);
        let produce = of(&card, "durable produce, few");
        assert!((produce.value - 0.75e8).abs() < 1.0, "{produce:?}");
    }

    #[test]
    fn a_cold_fetch_is_never_faster_than_a_hot_one() {
        let mut card = sample::card();
        assert!((of(&card, "fetch, hot").value - 4.8e9).abs() < 1.0);
        assert!((of(&card, "fetch, cold").value - 2.55e9).abs() < 1.0);
        set(&mut card, disk::READ_RATE, 1e12);
        assert!((of(&card, "fetch, cold").value - 4.8e9).abs() < 1.0);
        assert!(of(&card, "fetch, cold").constraint.contains("core"));
    }

    #[test]
    fn an_acknowledgement_is_a_write_and_a_round_trip() {
        let mut card = sample::card();
        let p50 = of(&card, "acknowledgement at a moderate load, p50");
        assert!((p50.value - 200e-6).abs() < 1e-9, "{p50:?}");
        assert!(p50.constraint.contains("disk"));
        set(&mut card, disk::DURABLE_SMALL_P50, 1e-6);
        let p50 = of(&card, "acknowledgement at a moderate load, p50");
        assert!(p50.constraint.contains("network"));
    }

    #[test]
    fn nothing_is_expected_of_what_was_not_measured() {
        assert_eq!(expectations(&Card::default()), []);
        let mut card = sample::card();
        card.figures.retain(|figure| figure.group != network::GROUP);
        assert_eq!(expectations(&card), []);
    }
}
