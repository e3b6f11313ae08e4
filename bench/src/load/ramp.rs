//! One rate after another.

use crate::amount::{Rate, float};
use std::str::FromStr;

/// From which rate to which, as `50MB..400MB`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ramp {
    first: Rate,
    last: Rate,
}

impl FromStr for Ramp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || String::from("a ramp has the form 50MB..400MB");
        let (first, last) = text.split_once("..").ok_or_else(form)?;
        let ramp = Self { first: first.parse()?, last: last.parse()? };
        match (ramp.first, ramp.last) {
            (Rate::Bytes(_), Rate::Bytes(_)) | (Rate::Requests(_), Rate::Requests(_)) => Ok(ramp),
            _ => Err(String::from("both ends of a ramp are of one kind: bytes, or requests")),
        }
    }
}

impl Ramp {
    /// So many rates, the first and the last among them, at equal distances.
    pub(crate) fn rates(self, count: usize) -> Vec<Rate> {
        let last_step = float(count.saturating_sub(1).max(1) as u64);
        let between = |first: f64, last: f64, step: usize| {
            first + (last - first) * float(step as u64) / last_step
        };
        let rate = |step| match (self.first, self.last) {
            (Rate::Bytes(first), Rate::Bytes(last)) => Rate::Bytes(between(first, last, step)),
            (Rate::Requests(first), Rate::Requests(last)) => {
                Rate::Requests(between(first, last, step))
            }
            _ => self.first,
        };
        (0..count).map(rate).collect()
    }
}

#[cfg(test)]
mod ramp_test {
    use super::*;

    #[test]
    fn steps_go_from_one_end_to_the_other() {
        let ramp: Ramp = "100MB..400MB".parse().expect("a ramp");
        let rates = [1e8, 2e8, 3e8, 4e8].map(Rate::Bytes);
        assert_eq!(ramp.rates(4), rates);
        assert_eq!(ramp.rates(1), [Rate::Bytes(1e8)]);
        let down: Ramp = "10k..2k".parse().expect("a ramp");
        assert_eq!(down.rates(2), [Rate::Requests(10_000.0), Rate::Requests(2000.0)]);
    }

    #[test]
    fn what_is_no_ramp_is_refused() {
        for text in ["100MB", "100MB..", "..5k", "100MB..5k", "0..5k", "1..2..3"] {
            assert!(text.parse::<Ramp>().is_err(), "{text}");
        }
    }
}
