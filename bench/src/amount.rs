//! Sizes, rates and times as people write them on a command line, and as they read them.

use crate::failure::Failure;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A number of bytes: `16384`, `16KiB`, `100MB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bytes(pub(crate) u64);

impl Bytes {
    /// As a size in memory.
    pub(crate) fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = split(text)?;
        let factor = match unit {
            "" | "B" => 1.0,
            "k" | "kB" | "KB" => 1e3,
            "M" | "MB" => 1e6,
            "G" | "GB" => 1e9,
            "KiB" => 1024.0,
            "MiB" => 1024.0 * 1024.0,
            "GiB" => 1024.0 * 1024.0 * 1024.0,
            _ => return Err(format!("`{unit}` is no unit of size: B, kB, MB, GB, KiB, MiB, GiB")),
        };
        whole(number * factor).map(Self)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const STEPS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        for (size, unit) in STEPS {
            if self.0 >= size && self.0.is_multiple_of(size) {
                return write!(formatter, "{} {unit}", self.0 / size);
            }
        }
        formatter.write_str(&scaled(float(self.0), "B"))
    }
}

/// How much is to be done in a second: bytes (`100MB`) or requests (`5000`, `5k/s`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rate {
    Bytes(f64),
    Requests(f64),
}

impl Rate {
    /// In requests of so many bytes.
    pub(crate) fn requests_per_second(self, request_bytes: usize) -> f64 {
        match self {
            Self::Bytes(bytes) => bytes / float(request_bytes as u64).max(1.0),
            Self::Requests(requests) => requests,
        }
    }

    /// The same kind, so many times as much.
    pub(crate) fn times(self, factor: f64) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(bytes * factor),
            Self::Requests(requests) => Self::Requests(requests * factor),
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.strip_suffix("/s").unwrap_or(text);
        let (number, unit) = split(text)?;
        let rate = match unit {
            "" => Self::Requests(number),
            "k" => Self::Requests(number * 1e3),
            "M" => Self::Requests(number * 1e6),
            _ => Self::Bytes(float(text.parse::<Bytes>()?.0)),
        };
        let is_some = number > 0.0;
        is_some.then_some(rate).ok_or_else(|| String::from("a rate is greater than 0"))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(formatter, "{}/s", scaled(*bytes, "B")),
            Self::Requests(requests) => write!(formatter, "{} requests/s", scaled(*requests, "")),
        }
    }
}

/// A time: `250us`, `1.5ms`, `6s`, `6`, `2m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text)?;
    let seconds = match unit {
        "" | "s" => number,
        "ms" => number / 1e3,
        "us" | "µs" => number / 1e6,
        "m" | "min" => number * 60.0,
        _ => return Err(format!("`{unit}` is no unit of time: us, ms, s, m")),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| String::from("a time is not that long"))
}

/// A value with three digits and a unit of its size: `4.07 GB`, `229 k`.
pub(crate) fn scaled(value: f64, unit: &str) -> String {
    const STEPS: [(f64, &str); 3] = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    let step = STEPS.iter().find(|(size, _)| value >= *size);
    let (size, prefix) = step.copied().unwrap_or((1.0, ""));
    let shown = digits(value / size);
    if prefix.is_empty() && unit.is_empty() { shown } else { format!("{shown} {prefix}{unit}") }
}

/// A time with three digits and a unit of its size: `118 µs`.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        seconds if seconds >= 1.0 => format!("{} s", digits(seconds)),
        seconds if seconds >= 1e-3 => format!("{} ms", digits(seconds * 1e3)),
        seconds => format!("{} µs", digits(seconds * 1e6)),
    }
}

/// A count as a number with a fraction, for rates and ratios.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

fn digits(value: f64) -> String {
    let decimals = match value {
        0.0 => 0,
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

fn split(text: &str) -> Result<(f64, &str), String> {
    let text = text.trim();
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let number = number.parse().map_err(|_| format!("`{text}` does not begin with a number"))?;
    Ok((number, unit.trim()))
}

fn whole(value: f64) -> Result<u64, String> {
    /// Beyond it, not every whole number has a value of its own.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if value > EXACT_MAX {
        return Err(String::from("nothing is that large"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and below 2^53"
    )]
    Ok(value as u64)
}

/// Refuses a count of 0 or beyond a limit.
pub(crate) fn within(what: &str, count: usize, count_max: usize) -> Result<(), Failure> {
    if (1..=count_max).contains(&count) {
        return Ok(());
    }
    Err(Failure::usage(format!("{what} is from 1 to {count_max}, not {count}")))
}

#[cfg(test)]
mod amount_test {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, expected) in
            [("16384", 16384), ("16KiB", 16384), ("100MB", 100_000_000), ("1.5 k", 1500)]
        {
            assert_eq!(text.parse(), Ok(Bytes(expected)), "{text}");
        }
        for text in ["", "MB", "-1", "1 mile", "99999999999999999GB", "1e9", "NaN"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_rate_counts_bytes_or_requests() {
        assert_eq!("100MB".parse(), Ok(Rate::Bytes(1e8)));
        assert_eq!("100MB/s".parse(), Ok(Rate::Bytes(1e8)));
        assert_eq!("5k/s".parse(), Ok(Rate::Requests(5000.0)));
        assert_eq!("250".parse(), Ok(Rate::Requests(250.0)));
        assert!("0".parse::<Rate>().is_err() && "0MB".parse::<Rate>().is_err());
        let requests = Rate::Bytes(1e8).requests_per_second(16384);
        assert!((requests - 6103.5).abs() < 0.1, "{requests}");
    }

    #[test]
    fn times_have_units() {
        assert_eq!(duration("250us"), Ok(Duration::from_micros(250)));
        assert_eq!(duration("1.5ms"), Ok(Duration::from_micros(1500)));
        assert_eq!(duration("6"), Ok(Duration::from_secs(6)));
        assert!(duration("6 parsecs").is_err() && duration("99999999999999999999999999").is_err());
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(scaled(4.071e9, "B"), "4.07 GB");
        assert_eq!(scaled(229_456.0, ""), "229 k");
        assert_eq!(scaled(0.0, ""), "0");
        assert_eq!(time(Duration::from_micros(118)), "118 µs");
        assert_eq!(time(Duration::from_micros(1180)), "1.18 ms");
        assert_eq!(Bytes(16384).to_string(), "16 KiB");
        assert_eq!(Bytes(16000).to_string(), "16.0 kB");
    }
}
