//! The table: medians over the rounds, and each peer against the best of them.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::load::Sample;
use crate::options::Options;
use crate::peer::{Kind, OURS};

/// All samples, by number of callers and then by peer.
#[derive(Debug, Default)]
pub(crate) struct Report {
    samples: BTreeMap<usize, BTreeMap<&'static str, Vec<Sample>>>,
}

impl Report {
    pub(crate) fn add(&mut self, kind: &Kind, caller_count: usize, sample: Sample) {
        self.samples.entry(caller_count).or_default().entry(kind.name).or_default().push(sample);
    }

    pub(crate) fn to_markdown(&self, options: &Options) -> String {
        let mut text = format!(
            "Records of {} B, {} s per measurement, medians of {} interleaved rounds.\n\n\
             | callers | log | appends/s | (min–max) | p50 µs | p99 µs | p99.9 µs | of the best peer |\n\
             |---:|---|---:|---:|---:|---:|---:|---:|\n",
            options.record_bytes,
            options.duration.as_secs(),
            options.round_count
        );
        for (caller_count, by_peer) in &self.samples {
            let mut rows: Vec<_> =
                by_peer.iter().map(|(name, rounds)| (*name, rate(rounds))).collect();
            rows.sort_by(|left, right| right.1.total_cmp(&left.1));
            // Ours is judged against the others, not against itself.
            let peers = rows.iter().filter(|(name, _)| !OURS.contains(name));
            let best = peers.map(|(_, rate)| *rate).next().unwrap_or(f64::NAN);
            for (name, _) in rows {
                write_row(&mut text, *caller_count, name, &by_peer[name], best);
            }
        }
        text
    }
}

fn write_row(text: &mut String, caller_count: usize, name: &str, rounds: &[Sample], best: f64) {
    let rates = || rounds.iter().map(|sample| sample.operations_per_second);
    let (min, max) = (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max));
    let percentile = |percentile: f64| {
        let latency = |sample: &Sample| sample.latency.value_at_percentile(percentile);
        median(rounds.iter().map(|sample| latency(sample).as_secs_f64() * 1e6))
    };
    let rate = rate(rounds);
    writeln!(
        text,
        "| {caller_count} | {name} | {rate:.0} | {min:.0}–{max:.0} | {:.0} | {:.0} | {:.0} | {:.2} |",
        percentile(50.0),
        percentile(99.0),
        percentile(99.9),
        rate / best
    )
    .expect("writing to a string cannot fail");
}

fn rate(rounds: &[Sample]) -> f64 {
    median(rounds.iter().map(|sample| sample.operations_per_second))
}

/// The middle value, or the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    assert!(!values.is_empty(), "a peer in the table was measured");
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[cfg(test)]
mod report_test {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_odd_and_even_counts() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
    }

    #[test]
    fn ratios_are_to_the_best_peer() {
        let options = Options::parse(&["--dir".to_owned(), "a".to_owned()]).expect("good");
        let mut report = Report::default();
        let names = crate::peer::kinds(&[]).expect("all peers");
        for (kind, rate) in names.iter().zip([100.0, 50.0]) {
            let sample = Sample { operations_per_second: rate, latency: Default::default() };
            report.add(kind, 1, sample);
        }
        let text = report.to_markdown(&options);
        let ratio = |line: &str| line.split('|').rev().nth(1).map(|cell| cell.trim().to_owned());
        let ratios: Vec<_> =
            text.lines().filter(|line| line.starts_with("| 1 |")).map(ratio).collect();
        assert_eq!(ratios, [Some("1.00".to_owned()), Some("0.50".to_owned())]);
    }
}
