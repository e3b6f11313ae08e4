//! `hw compare`: two cards side by side.

use super::card::Card;
use super::json;
use crate::calendar::date_time;
use crate::failure::Failure;
use crate::quantity::Unit;
use clap::Args;
use std::path::{Path, PathBuf};

/// Compare two score cards that were written with --json.
#[derive(Args, Debug)]
pub(super) struct Compare {
    /// The card that the other one is held against.
    first: PathBuf,
    /// The other one.
    second: PathBuf,
}

/// Differences below this are not worth a word: two runs on one machine differ by as much.
const NOISE_RATIO: f64 = 1.1;

impl Compare {
    pub(super) fn run(&self) -> Result<(), Failure> {
        print!("{}", render(&read(&self.first)?, &read(&self.second)?));
        Ok(())
    }
}

fn read(path: &Path) -> Result<Card, Failure> {
    let unusable = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    json::decode(&text).map_err(unusable)
}

/// A row of the comparison.
struct Row<'a> {
    name: &'a str,
    unit: Unit,
    first: f64,
    second: Option<f64>,
}

fn render(first: &Card, second: &Card) -> String {
    let mut text = String::new();
    let dates = (date_time(first.taken_at_ms), date_time(second.taken_at_ms));
    text.push_str(&format!("A: {}\nB: {}\n", dates.0, dates.1));
    for group in first.groups() {
        let rows = first.group(group).map(|figure| Row {
            name: &figure.name,
            unit: figure.unit,
            first: figure.value,
            second: second.value(group, &figure.name),
        });
        section(&mut text, group, rows.collect());
    }
    let rows = first.expectations.iter().map(|expected| {
        let is_it = |other: &&super::card::Expectation| other.name == expected.name;
        let second = second.expectations.iter().find(is_it).map(|other| other.value);
        Row { name: &expected.name, unit: expected.unit, first: expected.value, second }
    });
    section(&mut text, "what a broker should reach", rows.collect());
    let differing: Vec<_> = first
        .machine
        .iter()
        .filter_map(|fact| {
            let other = second.machine.iter().find(|other| other.name == fact.name)?;
            (other.value != fact.value).then_some((fact, other))
        })
        .collect();
    if !differing.is_empty() {
        text.push_str("\nWHAT DIFFERS OF THE MACHINES\n");
    }
    for (fact, other) in differing {
        text.push_str(&format!("  {}\n    A: {}\n    B: {}\n", fact.name, fact.value, other.value));
    }
    text
}

fn section(text: &mut String, title: &str, rows: Vec<Row<'_>>) {
    if rows.is_empty() {
        return;
    }
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let title = title.to_uppercase();
    text.push_str(&format!(
        "\n{title:<0$}  {1:>10}  {2:>10}  {3:>6}\n",
        width + 2,
        "A",
        "B",
        "B / A"
    ));
    for row in rows {
        let first = row.unit.show(row.first);
        let Some(second) = row.second else {
            text.push_str(&format!("  {:<width$}  {first:>10}  {:>10}\n", row.name, "–"));
            continue;
        };
        let (ratio, verdict) = (second / row.first, verdict(&row, second));
        let second = row.unit.show(second);
        text.push_str(&format!(
            "  {:<width$}  {first:>10}  {second:>10}  {ratio:>6.2}  {verdict}\n",
            row.name
        ));
    }
}

/// Whether B is better or worse than A beyond noise.
fn verdict(row: &Row<'_>, second: f64) -> &'static str {
    let (more, less) = (second > row.first * NOISE_RATIO, second * NOISE_RATIO < row.first);
    match (row.unit.is_more_better(), more, less) {
        (true, true, _) | (false, _, true) => "better",
        (true, _, true) | (false, true, _) => "worse",
        _ => "",
    }
}

#[cfg(test)]
mod compare_test {
    use super::super::sample::card;
    use super::super::{disk, network};
    use super::*;
    use crate::machine::Fact;

    #[test]
    fn better_and_worse_follow_the_unit_and_noise_is_neither() {
        let (first, mut second) = (card(), card());
        let factors = [
            (disk::DURABLE_RATE, 2.0),
            (disk::DURABLE_SMALL_P50, 2.0),
            (disk::DURABLE_SMALL_P99, 0.5),
            (disk::READ_RATE, 0.95),
        ];
        for figure in &mut second.figures {
            let factor = factors.iter().find(|(name, _)| figure.name == *name);
            figure.value *= factor.map_or(1.0, |(_, factor)| *factor);
        }
        second.figures.retain(|figure| figure.name != network::STREAM_RATE);
        second.machine = vec![Fact::new("kernel", "Linux 7")];
        let text = render(&first, &second);
        let line = |name: &str| {
            let found = text.lines().find(|line| line.trim_start().starts_with(name));
            found.unwrap_or_else(|| panic!("{name} is missing in:\n{text}")).to_owned()
        };
        assert!(line(disk::DURABLE_RATE).ends_with("2.00  better"));
        assert!(line(disk::DURABLE_SMALL_P50).ends_with("2.00  worse"));
        assert!(line(disk::DURABLE_SMALL_P99).ends_with("0.50  better"));
        assert!(line(disk::READ_RATE).trim_end().ends_with("0.95"));
        assert!(line(network::STREAM_RATE).ends_with('–'));
        assert!(text.contains("A: Linux <6>\n    B: Linux 7"), "{text}");
    }
}
