//! The highest rate at which latency stays under a bound.

use super::report::Report;
use crate::amount::{Rate, duration};
use std::str::FromStr;
use std::time::Duration;

/// Where the search begins if nothing is said.
pub(crate) const FIRST: Rate = Rate::Bytes(10e6);
/// How often the rate is doubled at most: from 10 MB/s to more than any machine does.
const DOUBLING_COUNT_MAX: u32 = 14;
/// How often the interval between good and bad is halved: to about 6 % of the rate.
const HALVING_COUNT: u32 = 4;
/// What counts as having reached a rate.
const REACHED: f64 = 0.98;

/// A bound, as `p99=1ms`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    percentile: f64,
    latency_max: Duration,
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || String::from("a bound has the form p99=1ms");
        let (percentile, latency) = text.split_once('=').ok_or_else(form)?;
        let percentile: f64 =
            percentile.strip_prefix('p').and_then(|text| text.parse().ok()).ok_or_else(form)?;
        if !(0.0..=100.0).contains(&percentile) {
            return Err(String::from("a percentile is from 0 to 100"));
        }
        Ok(Self { percentile, latency_max: duration(latency)? })
    }
}

impl Bound {
    /// Whether a report stays under it and did what it was asked.
    pub(crate) fn holds(self, report: &Report) -> bool {
        let produced = &report.count.produced;
        let got = produced.requests_per_second(report.elapsed);
        let is_reached = report.asked.is_none_or(|asked| got >= REACHED * asked);
        let latency = produced.latency.value_at_percentile(self.percentile);
        is_reached && produced.error_count() == 0 && latency <= self.latency_max
    }
}

/// A search: which rate to try next, from what came of those before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    first: Rate,
    good: f64,
    bad: Option<f64>,
    doubling_count: u32,
    halving_count: u32,
}

impl Search {
    /// Nothing was tried yet.
    pub(crate) fn new(first: Rate) -> Self {
        Self { first, good: 0.0, bad: None, doubling_count: 0, halving_count: 0 }
    }

    /// What to try next; `None` at the end.
    pub(crate) fn next(&self) -> Option<Rate> {
        match self.bad {
            None if self.doubling_count >= DOUBLING_COUNT_MAX => None,
            None if self.good > 0.0 => Some(self.first.times(2.0 * self.good)),
            None => Some(self.first),
            Some(_) if self.halving_count >= HALVING_COUNT => None,
            Some(bad) => Some(self.first.times(f64::midpoint(self.good, bad))),
        }
    }

    /// The last rate was good, or not.
    pub(crate) fn learn(&mut self, is_good: bool) {
        let tried = match self.bad {
            None if self.good > 0.0 => 2.0 * self.good,
            None => 1.0,
            Some(bad) => f64::midpoint(self.good, bad),
        };
        match self.bad {
            None => self.doubling_count += 1,
            Some(_) => self.halving_count += 1,
        }
        if is_good {
            self.good = tried;
        } else {
            self.bad = Some(tried);
        }
    }

    /// The highest rate that was good.
    pub(crate) fn best(&self) -> Option<Rate> {
        (self.good > 0.0).then(|| self.first.times(self.good))
    }
}

#[cfg(test)]
mod knee_test {
    use super::*;

    #[test]
    fn the_search_ends_close_below_the_knee() {
        for knee in [11e6, 100e6, 777e6, 3e9] {
            let mut search = Search::new(FIRST);
            let mut count = 0;
            while let Some(rate) = search.next() {
                search.learn(rate.requests_per_second(1) <= knee);
                count += 1;
            }
            let best = search.best().expect("the first is good").requests_per_second(1);
            assert!(best <= knee && best > 0.9 * knee, "{best} of {knee}");
            assert!(count < 20, "{count}");
        }
    }

    #[test]
    fn where_nothing_is_good_it_ends_too() {
        let mut search = Search::new(FIRST);
        while search.next().is_some() {
            search.learn(false);
        }
        assert_eq!(search.best(), None);
    }

    #[test]
    fn a_bound_names_a_percentile_and_a_time() {
        let bound = Bound { percentile: 99.9, latency_max: Duration::from_millis(3) };
        assert_eq!("p99.9=3ms".parse(), Ok(bound));
        for text in ["", "p99", "99=1ms", "p101=1ms", "p99=soon"] {
            assert!(text.parse::<Bound>().is_err(), "{text}");
        }
    }
}
