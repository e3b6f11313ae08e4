//! What commands say on standard output: tables for people, JSON for programs.

use crate::cli::failure::Failure;
use clap::{Args, ValueEnum};
use std::io::{self, Write};

/// How a command says what it has found.
#[derive(Args, Debug)]
pub(crate) struct Output {
    /// How the result is written.
    #[arg(long = "output", value_enum, default_value_t = Form::Text, value_name = "FORM")]
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Tables for people.
    Text,
    /// JSON for programs.
    Json,
}

impl Output {
    /// Whether it is said to people.
    pub(crate) fn is_text(&self) -> bool {
        self.form == Form::Text
    }

    /// Says it, in the form that was asked for.
    pub(crate) fn say(
        &self,
        text: impl FnOnce() -> String,
        json: impl FnOnce() -> serde_json::Value,
    ) -> Result<(), Failure> {
        match self.form {
            Form::Text => say(&text()),
            Form::Json => say(&format!("{:#}\n", json())),
        }
    }
}

/// Writes to standard output.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    Ok(output.write_all(text.as_bytes()).and_then(|()| output.flush())?)
}

/// Lines whose columns stand under each other.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize, head: &str| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> =
        heads.iter().enumerate().map(|(column, head)| width(column, head)).collect();
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let lines = std::iter::once(&heads).chain(rows);
    lines.map(|cells| line(cells, &widths)).collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    let line = padded.collect::<Vec<_>>().join("  ");
    format!("{}\n", line.trim_end())
}

/// Numbers with commas between them.
pub(crate) fn list(numbers: &[i32]) -> String {
    let texts: Vec<String> = numbers.iter().map(i32::to_string).collect();
    texts.join(",")
}

/// A size as people say it.
pub(crate) fn size(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let Ok(bytes) = u64::try_from(bytes) else { return String::from("?") };
    let mut unit = 0;
    while unit + 1 < UNITS.len() && bytes >> (10 * (unit + 1)) > 0 {
        unit += 1;
    }
    let scale = 1u64 << (10 * unit);
    let (whole, tenth) = (bytes / scale, bytes % scale * 10 / scale);
    let name = UNITS[unit];
    if unit == 0 { format!("{whole} {name}") } else { format!("{whole}.{tenth} {name}") }
}

#[cfg(test)]
mod output_test {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [vec![String::from("orders"), String::from("3")]];
        assert_eq!(table(&["A", "B"], &rows), "A       B\norders  3\n");
        assert_eq!(table(&["A"], &[]), "A\n");
    }

    #[test]
    fn sizes_are_said_in_the_largest_unit() {
        let cases =
            [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (1 << 30, "1.0 GiB"), (-1, "?")];
        for (bytes, said) in cases {
            assert_eq!(size(bytes), said);
        }
    }
}
