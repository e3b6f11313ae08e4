//! Figures with their unit, as people read them.

use std::time::Duration;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    BytesPerSecond,
    PerSecond,
    Seconds,
}

impl Unit {
    pub(crate) const ALL: [Self; 3] = [Self::BytesPerSecond, Self::PerSecond, Self::Seconds];

    /// As it is called in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BytesPerSecond => "bytes_per_second",
            Self::PerSecond => "per_second",
            Self::Seconds => "seconds",
        }
    }

    pub(crate) fn is_more_better(self) -> bool {
        self != Self::Seconds
    }

    /// A value with three digits and a unit of its size: `4.07 GB/s`, `118 µs`, `229 k/s`.
    pub(crate) fn show(self, value: f64) -> String {
        let (steps, suffix): (&[(f64, &str)], _) = match self {
            Self::BytesPerSecond => (&[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")], "/s"),
            Self::PerSecond => (&[(1e6, "M"), (1e3, "k"), (1.0, "")], "/s"),
            Self::Seconds => (&[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")], ""),
        };
        let fits = |(size, _): &&(f64, &str)| value.abs() >= *size;
        let last = steps.last().expect("each unit has steps");
        let (size, name) = steps.iter().find(fits).unwrap_or(last);
        format!("{} {name}{suffix}", three_digits(value / size))
    }
}

/// A duration as a figure.
pub(crate) fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// A count within a time.
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
pub(crate) fn rate(count: u64, duration: Duration) -> f64 {
    count as f64 / duration.as_secs_f64().max(f64::MIN_POSITIVE)
}

fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        0.0 => 0,
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod quantity_test {
    use super::*;

    #[test]
    fn a_value_gets_a_unit_of_its_size() {
        assert_eq!(Unit::BytesPerSecond.show(4.071e9), "4.07 GB/s");
        assert_eq!(Unit::BytesPerSecond.show(12.0), "12.0 B/s");
        assert_eq!(Unit::PerSecond.show(229_456.0), "229 k/s");
        assert_eq!(Unit::Seconds.show(0.000_118), "118 µs");
        assert_eq!(Unit::Seconds.show(2.5e-8), "25.0 ns");
        assert_eq!(Unit::Seconds.show(0.0), "0 ns");
        assert_eq!(Unit::PerSecond.show(0.5), "0.50 /s");
    }

    #[test]
    fn nothing_in_no_time_is_no_rate() {
        assert!(rate(0, Duration::ZERO).abs() < f64::EPSILON);
        assert!((rate(10, Duration::from_secs(2)) - 5.0).abs() < 1e-9);
    }
}
