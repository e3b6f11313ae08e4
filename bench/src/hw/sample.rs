//! A card that was written by hand, for tests.

use super::card::{Card, Expectation, Figure};
use super::{cpu, disk, network};
use crate::machine::Fact;
use crate::plot::{Curve, Point, Series};
use crate::quantity::Unit;

/// A machine of our time.
pub(super) fn card() -> Card {
    let rate = |group, name, value| Figure::new(group, name, Unit::BytesPerSecond, value);
    let time = |group, name, value| Figure::new(group, name, Unit::Seconds, value);
    let point = |across: &str, value| Point { across: across.to_owned(), value };
    let points = vec![point("4 KiB", 4e7), point("1 MiB", 4e9)];
    Card {
        taken_at_ms: 1_764_144_000_000,
        is_partial: false,
        machine: vec![Fact::new("kernel", "Linux <6>")],
        figures: vec![
            rate(disk::GROUP, disk::DURABLE_RATE, 4.5e9),
            time(disk::GROUP, disk::DURABLE_SMALL_P50, 120e-6),
            time(disk::GROUP, disk::DURABLE_SMALL_P99, 250e-6),
            rate(disk::GROUP, disk::READ_RATE, 3e9),
            rate(cpu::GROUP, cpu::CHECKSUM_RATE, 30e9),
            rate(cpu::GROUP, cpu::COPY_RATE, 10e9),
            time(network::GROUP, network::ROUND_TRIP_P50, 40e-6),
            time(network::GROUP, network::ROUND_TRIP_P99, 90e-6),
            rate(network::GROUP, network::STREAM_RATE, 6e9),
        ],
        curves: vec![Curve {
            title: String::from("Durable writes"),
            across: String::from("size of each write"),
            unit: Unit::BytesPerSecond,
            series: vec![Series { name: String::from("1 in flight"), points }],
        }],
        expectations: vec![Expectation {
            name: String::from("durable produce"),
            unit: Unit::BytesPerSecond,
            value: 2e9,
            constraint: String::from("the disk"),
            change: String::from("a faster one"),
        }],
        findings: vec![String::from("All is <well>.")],
    }
}
