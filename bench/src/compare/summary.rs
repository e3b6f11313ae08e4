//! All rounds, and what they come to.

use super::round::Round;
use super::scenario::Scenario;
use crate::calendar;

/// A comparison, as far as it has come.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) taken_at: String,
    pub(super) brokers: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A scenario and what each broker made of it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) scenario: Scenario,
    /// In the order of the brokers.
    pub(super) cells: Vec<Cell>,
}

/// The rounds of a broker in a scenario.
#[derive(Debug, Default)]
pub(super) struct Cell {
    pub(super) rounds: Vec<Round>,
    /// Why there is no figure of a round.
    pub(super) faults: Vec<String>,
}

/// A median and how far the rounds lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Summary {
    pub(super) fn new(scenarios: &[Scenario], brokers: &[String]) -> Self {
        let name = |broker: &String| broker.split('=').next().unwrap_or(broker).to_owned();
        let brokers: Vec<String> = brokers.iter().map(name).collect();
        let row = |scenario: &Scenario| Row {
            scenario: scenario.clone(),
            cells: brokers.iter().map(|_| Cell::default()).collect(),
        };
        let rows = scenarios.iter().map(row).collect();
        Self { taken_at: calendar::date_time(calendar::now_ms()), brokers, rows }
    }

    pub(super) fn add(&mut self, row: usize, column: usize, measured: Result<Round, String>) {
        let cell = &mut self.rows[row].cells[column];
        match measured {
            Ok(round) => cell.rounds.push(round),
            Err(why) => cell.faults.push(why),
        }
    }

    /// The median of a broker's figures in a row.
    pub(super) fn median(&self, row: &Row, broker: &str) -> Option<f64> {
        let column = self.brokers.iter().position(|name| name == broker)?;
        row.cells[column].figure().map(|spread| spread.median)
    }
}

impl Cell {
    pub(super) fn figure(&self) -> Option<Spread> {
        Spread::of(self.rounds.iter().map(|round| round.figure))
    }

    pub(super) fn cpu_seconds_per_gb(&self) -> Option<Spread> {
        Spread::of(self.rounds.iter().filter_map(|round| round.cpu_seconds_per_gb))
    }

    pub(super) fn memory_bytes(&self) -> Option<u64> {
        self.rounds.iter().filter_map(|round| round.memory_bytes).max()
    }

    /// The round whose figure is the median, or next to it.
    pub(super) fn typical(&self) -> Option<&Round> {
        let median = self.figure()?.median;
        let distance = |round: &&Round| (round.figure - median).abs();
        self.rounds.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// What was not as it should be, each thing once.
    pub(super) fn notes(&self) -> Vec<&str> {
        let warnings = self.rounds.iter().flat_map(|round| &round.warnings);
        let mut notes: Vec<&str> = warnings.chain(&self.faults).map(String::as_str).collect();
        notes.sort_unstable();
        notes.dedup();
        notes
    }
}

impl Spread {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.collect();
        values.sort_unstable_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        Some(Self { median: f64::midpoint(low, high), min, max })
    }
}

#[cfg(test)]
mod summary_test {
    use super::*;

    #[test]
    fn a_median_is_the_middle_or_between_two() {
        let of = |values: &[f64]| Spread::of(values.iter().copied());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(of(&[4.0, 1.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0 }));
    }
}
