//! A comparison as Markdown, ready for a page of documentation.

use super::summary::{Cell, Row, Summary};
use std::fmt::Write;

pub(super) fn render(summary: &Summary) -> String {
    let mut text = format!("Taken on {}.\n", summary.taken_at);
    for row in &summary.rows {
        let scenario = &row.scenario;
        let _ = write!(text, "\n### {}\n\n{}\n\n", scenario.title, scenario.why);
        let _ = writeln!(text, "`load {}`\n", scenario.load.join(" "));
        text.push_str("| broker | median | spread | ÷ first | CPU s per GB | memory |\n");
        text.push_str("|---|---|---|---|---|---|\n");
        let first = row.cells.first().and_then(Cell::figure).map(|spread| spread.median);
        for (name, cell) in summary.brokers.iter().zip(&row.cells) {
            text.push_str(&line(row, name, cell, first));
        }
        for (is_held, words) in verdicts(summary, row) {
            let verdict = if is_held { "held" } else { "**missed**" };
            let _ = write!(text, "\n- {verdict}: {words}");
        }
        for (name, cell) in summary.brokers.iter().zip(&row.cells) {
            for note in cell.notes() {
                let _ = write!(text, "\n- {name}: {note}");
            }
        }
        text.push('\n');
    }
    text
}

fn line(row: &Row, name: &str, cell: &Cell, first: Option<f64>) -> String {
    let unit = row.scenario.unit;
    let Some(figure) = cell.figure() else {
        return format!("| {name} | – | – | – | – | – |\n");
    };
    let ratio = first.map_or(String::from("–"), |first| format!("{:.2}", figure.median / first));
    let cpu = cell.cpu_seconds_per_gb();
    let cpu = cpu.map_or(String::from("–"), |spread| format!("{:.2}", spread.median));
    let memory = cell.memory_bytes();
    let memory = memory.map_or(String::from("–"), |bytes| format!("{} MiB", bytes >> 20));
    let (low, high) = (unit.show(figure.min), unit.show(figure.max));
    let median = unit.show(figure.median);
    format!("| {name} | {median} | {low} to {high} | {ratio} | {cpu} | {memory} |\n")
}

/// What became of the scenario's bars, as far as the brokers that they speak of were measured.
pub(super) fn verdicts(summary: &Summary, row: &Row) -> Vec<(bool, String)> {
    let Some(ours) = row.cells.first().and_then(Cell::figure) else { return Vec::new() };
    let theirs = |name: &str| summary.median(row, name);
    let judge = |bar: &super::bar::Bar| bar.judge(ours.median, theirs, row.scenario.unit);
    row.scenario.bars.iter().filter_map(judge).collect()
}
